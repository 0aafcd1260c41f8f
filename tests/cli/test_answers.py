"""Every command in every format: the shape that programs rely on, the width that people see."""

import csv
import io
import json
import re

import pytest
import yaml
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from advisor.cli.schema import SCHEMAS
from tests.cli.conftest import BRANCH, EXAMPLES, LEAST, QEMU_LEAST, QEMU_PAIR, SEED_LAB

OPTION_KEYS = (
    "transport label tier verdict total_s blackout_ms sent_gib throughput_gbps passes converges cpu_cores basis "
    "findings"
).split()
PASS_KEYS = "vm step number start_s time_s memory_gib sent_gib dirty_left_gib".split()


@pytest.fixture
def schema(advisor):
    def of(name):
        return Draft202012Validator(json.loads(advisor("schema", name).out))

    return of


def holds_an_option(option):
    assert set(OPTION_KEYS) <= set(option)
    for interval in ("total_s", "blackout_ms"):
        assert set(option[interval]) == {"p05", "p50", "p95"}
        assert 0 <= option[interval]["p05"] <= option[interval]["p50"] <= option[interval]["p95"]
    assert set(option["cpu_cores"]) == {"source", "destination"}
    for finding in option["findings"]:
        assert {"rule", "verdict", "message", "remedy", "source"} <= set(finding)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("command", ["recommend", "estimate"])
def test_a_table_fits_80_columns_of_a_pipe(advisor, command, path):
    done = advisor(command, path)
    assert (done.code, done.err) == (0, "")
    assert max(map(cell_len, done.out.splitlines())) <= 80
    assert "\x1b" not in done.out
    assert "None" not in done.out


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_json_of_a_recommendation_is_as_promised(advisor, schema, path):
    done = advisor("recommend", path, "-f", "json")
    assert (done.code, done.err) == (0, "")
    answer = json.loads(done.out)
    schema("recommendation").validate(answer)
    assert {"schema_version", "recommended", "vms", "options"} <= set(answer)
    assert answer["recommended"]["label"] in [option["label"] for option in answer["options"]]
    for option in answer["options"]:
        holds_an_option(option)
    assert answer["vms"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_json_of_an_estimate_is_one_option_and_its_passes(advisor, schema, path):
    answer = json.loads(advisor("estimate", path, "-f", "json").out)
    schema("estimate").validate(answer)
    holds_an_option(answer)
    assert {"schema_version", "timeline"} <= set(answer)
    assert set(answer["timeline"][0]) == set(PASS_KEYS)
    assert {row["step"] for row in answer["timeline"]} == {"pass", "blackout"}
    option = json.loads(advisor("recommend", path, "-f", "json").out)["options"][0]
    assert set(option) <= set(answer)
    assert not answer["changes"]


@pytest.mark.parametrize("command", ["recommend", "estimate"])
def test_csv_is_a_table_of_numbers(advisor, command):
    done = advisor(command, BRANCH, "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert (done.code, done.err) == (0, "")
    column = "total_s_p50" if command == "recommend" else "time_s"
    assert all(float(row[column]) > 0 for row in rows)


@pytest.mark.parametrize("command", ["recommend", "estimate"])
def test_html_is_one_page_that_needs_nothing_else(advisor, command):
    done = advisor(command, BRANCH, "-f", "html")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("<!doctype html>")
    assert done.out.count("<svg") >= 2
    assert not re.search(r"""(src|href)=["']https?://[^"']*\.(js|css|png|svg|woff2?)["']""", done.out)
    assert "<script src" not in done.out


@pytest.mark.parametrize("transport", ["tcpip", "compression", "multichannel", "rdma"])
def test_an_estimate_is_of_the_transport_asked_for_and_improves_nothing(advisor, transport):
    answer = json.loads(advisor("estimate", *LEAST, "--transport", transport, "-f", "json").out)
    assert answer["transport"] == transport
    assert answer["tier"] == "today"
    assert answer["changes"] == []


def test_an_estimate_without_a_transport_is_of_the_one_in_force(advisor):
    today = json.loads(advisor("estimate", SEED_LAB, "-f", "json").out)
    assert today == json.loads(advisor("estimate", SEED_LAB, "-f", "json", "--transport", "TCPIP").out)
    assert today["transport"] == "tcpip"


def test_the_estimate_of_several_vms_is_the_batchs(advisor):
    one = json.loads(advisor("estimate", "--os", "2019", "--vms", "1x9", "--nics", "1x10", "-f", "json").out)
    six = json.loads(advisor("estimate", "--os", "2019", "--vms", "6x9", "--nics", "1x10", "-f", "json").out)
    assert six["total_s"]["p50"] > 2 * one["total_s"]["p50"]


def test_flags_and_the_file_that_says_the_same_agree(advisor, tmp_path):
    file = tmp_path / "least.yaml"
    file.write_text("source: {os: 2012R2, nics: [{speed_gbps: 10, count: 2}]}\nvms: [{memory_gib: 55}]\n")
    assert advisor("recommend", file, "-f", "json").out == advisor("recommend", *LEAST, "-f", "json").out


def test_goals_given_as_flags_replace_those_of_the_file(advisor):
    goals = ("--goal", "cpu", "--max-blackout", "3s", "--window", "2h", "--risk", "conservative")
    answer = json.loads(advisor("recommend", BRANCH, *goals, "-f", "json").out)
    assert answer["goals"] == {
        "goal": "cpu",
        "max_blackout_s": 3.0,
        "max_blackout_name": None,
        "window_s": 7200.0,
        "risk": "conservative",
    }
    kept = json.loads(advisor("recommend", BRANCH, "--goal", "network", "-f", "json").out)["goals"]
    assert (kept["goal"], kept["max_blackout_name"], kept["window_s"]) == ("network", "tcp_session", 3600.0)


def test_repeated_flags_add_up(advisor):
    split = advisor("recommend", "--os", "2019", "--vms", "2x4", "--vms", "1x8", "--nics", "1x10", "--nics", "1x1")
    joined = advisor("recommend", "--os", "2019", "--vms", "2x4,1x8", "--nics", "1x10,1x1")
    assert split.code == 0
    assert split.out == joined.out


def test_strict_says_by_its_exit_code_that_something_is_not_recommended(advisor):
    hopeless = ("--os", "2019", "--vms", "40x64", "--nics", "1x1", "--window", "10s")
    assert advisor("recommend", *hopeless).code == 0
    strict = advisor("recommend", *hopeless, "--strict")
    assert strict.code == 3
    assert strict.out == advisor("recommend", *hopeless).out
    assert advisor("estimate", *hopeless, "--strict").code == 3
    assert advisor("recommend", *LEAST, "--strict").code == 0
    assert advisor("estimate", *LEAST, "--strict").code == 0


def test_the_shipped_card_can_be_named_or_given(advisor, checkout):
    named = advisor("recommend", *LEAST, "--card", "shipped")
    given = advisor("recommend", *LEAST, "--card", checkout / "models" / "hyperv.json")
    assert named.out == given.out == advisor("recommend", *LEAST).out


def test_rules_are_listed_and_explained(advisor):
    listed = advisor("rules")
    assert listed.code == 0
    assert max(map(cell_len, listed.out.splitlines())) <= 80
    rules = json.loads(advisor("rules", "-f", "json").out)["rules"]
    assert len(rules) == 79 + 39
    for one in rules:
        explained = advisor("rules", one["id"].lower())
        assert explained.out.startswith(f"{one['id']}: ")
        assert max(map(cell_len, explained.out.splitlines())) <= 80
    (alone,) = json.loads(advisor("rules", "R04", "-f", "json").out)["rules"]
    assert alone in rules
    assert len(list(csv.DictReader(io.StringIO(advisor("rules", "-f", "csv").out)))) == len(rules)


@pytest.mark.parametrize(("platform", "count"), [("hyperv", 79), ("qemu", 39)])
def test_rules_of_one_platform_are_listed_alone(advisor, platform, count):
    rules = json.loads(advisor("rules", "--platform", platform, "-f", "json").out)["rules"]
    assert len(rules) == count
    assert {one["platform"] for one in rules} == {platform}
    wrong = advisor("rules", "--platform", platform[:-1])
    assert (wrong.code, wrong.out) == (2, "")
    assert "known: hyperv, qemu" in wrong.err


WINDOWS_WORDS = re.compile(
    r"windows|hyper-?v|\bsmb|microsoft|powershell|c-states|lbfo|\bset-|\bget-|enable-net|jumbopacket|azure",
    re.IGNORECASE,
)


@pytest.mark.parametrize("format", ["table", "json", "csv", "html"])
@pytest.mark.parametrize("command", ["recommend", "estimate"])
@pytest.mark.parametrize(
    "given", [(QEMU_PAIR,), QEMU_LEAST, (*QEMU_LEAST, "--rdma", "roce")], ids=["file", "least", "rdma"]
)
def test_an_answer_about_qemu_does_not_speak_of_windows(advisor, command, given, format):
    done = advisor(command, *given, "-f", format)
    assert (done.code, done.err) == (0, "")
    written = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<meta[^>]*>", "", done.out, flags=re.DOTALL)
    assert WINDOWS_WORDS.findall(written) == []


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("tcpip", "TCP"),
        ("rdma", "RDMA"),
        ("multifd x8", "multifd x8"),
        ("Multifd-ZSTD-x16", "multifd zstd x16"),
        ("multifd_zlib_x8", "multifd zlib x8"),
    ],
)
def test_an_estimate_takes_the_platforms_own_names(advisor, written, label):
    answer = json.loads(advisor("estimate", *QEMU_LEAST, "--transport", written, "-f", "json").out)
    assert answer["label"] == label
    wrong = advisor("estimate", *QEMU_LEAST, "--transport", "multifd zst x8")
    assert wrong.code == 2
    assert "did you mean multifd zstd x8?" in wrong.err


def test_moves_that_never_end_are_said_to(advisor):
    busy = ("--os", "9.2", "--vms", "64", "--nics", "1x10", "--dirty-rate", "3000", "--working-set", "20")
    told = " ".join(advisor("estimate", *busy).out.split())
    assert "goes on until somebody ends it" in told
    assert "Verdict: not recommended" in told
    assert "pass limit forces" not in told
    forced = " ".join(advisor("estimate", *busy, "--max-passes", "6").out.split())
    assert "the pass limit forces the switchover" in forced
    assert "until somebody ends it" not in forced
    hopeless = ("--os", "9.2", "--vms", "64", "--nics", "1x10", "--dirty-rate", "9000", "--working-set", "40")
    rescued = json.loads(advisor("recommend", *hopeless, "-f", "json").out)
    assert "auto-converge" in [change["code"] for change in rescued["recommended"]["changes"]]
    assert {found["rule"] for option in rescued["options"] for found in option["findings"]} >= {"S01", "S04"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_describes_every_field(advisor, name):
    found = json.loads(advisor("schema", name).out)
    Draft202012Validator.check_schema(found)
    properties = found["properties"] | {
        f"{model}.{key}": value
        for model, definition in found.get("$defs", {}).items()
        for key, value in definition.get("properties", {}).items()
    }
    assert [key for key, value in properties.items() if not value.get("description")] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_editor_that_knows_the_schema_accepts_every_example(schema, path):
    schema("scenario").validate(yaml.safe_load(path.read_text("utf-8")))


def test_the_scenario_schema_refuses_what_the_reader_refuses(schema):
    scenario = yaml.safe_load(EXAMPLES[0].read_text("utf-8"))
    assert not schema("scenario").is_valid(scenario | {"vmz": []})
    assert not schema("scenario").is_valid(scenario | {"goals": {"windows": "2h"}})


def test_auto_converge_ends_a_move_that_would_not(advisor):
    asked = ("estimate", "--os", "9.2", "--vms", "16", "--nics", "1x10", "--dirty-rate", "2000", "--working-set", "8")
    left_alone, slowed_down = (
        json.loads(advisor(*asked, "--auto-converge", value, "-f", "json").out) for value in ("off", "on")
    )
    assert not left_alone["converges"]
    assert slowed_down["converges"]
    assert slowed_down["total_s"]["p50"] < left_alone["total_s"]["p50"] / 3


def test_what_emulated_guests_taught_of_two_hosts_is_extrapolated(advisor):
    """The card's runs were taken within one machine."""
    found = json.loads(advisor("estimate", "--os", "10.0", "--vms", "0.5", "--nics", "1x1", "-f", "json").out)
    assert found["basis"] == "extrapolated"
    assert found["blackout_basis"] != "published"


def test_todays_compressor_stays_as_it_is_where_its_transport_is_asked_for(advisor, tmp_path):
    file = tmp_path / "pair.yaml"
    file.write_text(
        "platform: qemu\nsource: {os: '9.2', performance_option: multifd-zstd-16, nics: [{speed_gbps: 10}]}\n"
        "vms: [{memory_gib: 16}]\n",
        encoding="utf-8",
    )
    named, today = (advisor("estimate", str(file), *more).out for more in (("--transport", "compression"), ()))
    assert "x16" in named
    assert named == today
