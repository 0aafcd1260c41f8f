"""What programs read."""

import csv
import io
import json

import pytest

from advisor.domain.answers import Estimate, Recommendation
from advisor.domain.goals import Goals
from advisor.reports import render
from tests.reports import samples

RECOMMENDATIONS = [
    samples.seed_lab,
    samples.cluster,
    samples.nothing_allowed,
    samples.blackout_unknown,
    samples.hashed_team,
    samples.rdma_fallback,
    samples.hostile,
]
ESTIMATES = [samples.estimate, samples.estimate_batch]


@pytest.mark.parametrize(
    ("answer", "model"),
    [(answer, Recommendation) for answer in RECOMMENDATIONS] + [(answer, Estimate) for answer in ESTIMATES],
)
def test_json_is_read_back_by_its_own_model_and_written_the_same(answer, model):
    text = render(answer(), "json")
    again = model.model_validate_json(text)
    assert render(again, "json") == text
    assert set(json.loads(text)) == set(model.model_json_schema()["properties"])
    assert model.model_validate(json.loads(text)) == again


def test_json_keeps_four_digits_and_numbers_are_numbers():
    found = json.loads(render(samples.seed_lab(), "json"))
    assert found["schema_version"] == "1.0"
    assert found["recommended"]["sent_gib"] == 55.21
    assert found["recommended"]["cpu_cores"] == {"source": 2.1, "destination": 2.6}
    assert found["options"][3]["cpu_cores"]["source"] == 1.312
    assert found["options"][0]["total_s"] == {"p05": 25.2, "p50": 28.0, "p95": 31.36}


def test_json_leaves_the_users_own_numbers_alone():
    found = json.loads(render(samples.seed_lab(goals=Goals(max_blackout_s=0.123456)), "json"))
    assert found["goals"]["max_blackout_s"] == 0.123456


def test_json_is_ascii_and_gives_names_back_whole():
    text = render(samples.seed_lab(vms=(samples.vm("Büro \x1b仮"),)), "json")
    assert text.isascii()
    assert json.loads(text)["vms"][0]["name"] == "Büro \x1b仮"


def test_csv_has_a_row_per_option():
    rows = list(csv.DictReader(io.StringIO(render(samples.seed_lab(), "csv"))))
    assert [row["label"] for row in rows] == [option.label for option in samples.OPTIONS]
    assert [row["recommended"] for row in rows] == ["true"] + ["false"] * 6
    assert float(rows[0]["total_s_p95"]) == 31.36
    assert rows[0]["changes"] == "transport; jumbo; power plan; C-states off"
    assert rows[0]["rejected_by"] == ""
    assert rows[0]["rules_unknown"] == "J02; J03; M05; S01; A02; D07"
    assert rows[-1]["rules_holding"] == "R01"
    assert rows[-1]["effective"] == "multichannel"


def test_csv_of_an_estimate_has_a_row_per_pass():
    rows = list(csv.DictReader(io.StringIO(render(samples.estimate(), "csv"))))
    assert [(row["step"], row["number"]) for row in rows] == [("pass", "1"), ("pass", "2"), ("blackout", "3")]
    assert float(rows[0]["time_s"]) == 66.0


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r\n=1+1", "\x00=1+1", "\u202e=1+1"])
def test_csv_text_is_never_a_formula(name):
    rows = list(csv.DictReader(io.StringIO(render(samples.estimate(timeline=samples.passes(name)), "csv"))))
    assert rows[0]["vm"] == "'" + name.lstrip("\t\r\n\x00\u202e")


def test_csv_of_nothing_allowed_recommends_nothing():
    rows = list(csv.DictReader(io.StringIO(render(samples.nothing_allowed(), "csv"))))
    assert {row["recommended"] for row in rows} == {"false"}
