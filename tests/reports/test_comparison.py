"""What-ifs side by side: their bars, what is said of those without, and inputs in a few words."""

import pytest

from advisor.domain.scenario import Scenario
from advisor.reports.comparison import build_comparison_chart, differences
from tests.reports import samples


def scenario(memory_gib=16, speed_gbps=10, **more):
    host = {"os": "2022", "nics": [{"speed_gbps": speed_gbps, "mtu_bytes": 1500}]} | more.pop("source", {})
    return Scenario.model_validate({"source": host, "vms": [{"memory_gib": memory_gib}]} | more)


def rows(chart, mark):
    spec = chart.to_dict()
    (layer,) = (one for one in spec["layer"] if one["mark"]["type"] == mark)
    return layer["data"].get("values") or spec["datasets"][layer["data"]["name"]]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (scenario(memory_gib=440), "VMs memory 440 GiB"),
        (scenario(speed_gbps=25), "NICs speed 25 Gbit/s"),
        (scenario(source={"os": "2019"}), "source OS 2019"),
        (scenario(source={"power": {"plan": "balanced"}}), "power plan balanced"),
        (scenario(goals={"window_s": 7200}), "goals window 7200 s"),
        (scenario(goals={"max_blackout_s": 1}), "goals max blackout 1 s"),
    ],
)
def test_a_difference_in_short_names_its_place_its_value_and_its_unit(other, told):
    assert differences([scenario(), other])[0].in_short(1) == told


def test_what_is_not_given_has_no_unit():
    assert differences([scenario(goals={"window_s": 7200}), scenario()])[0].in_short(1) == "goals window not given"


@pytest.mark.parametrize("blackout", [False, True])
def test_a_what_if_without_any_allowed_option_has_no_bar_and_that_is_said(blackout):
    chart = build_comparison_chart({"A": samples.seed_lab(), "B": samples.nothing_allowed()}, blackout=blackout)
    assert [row["option"] for row in rows(chart, "tick")] == ["A"]
    assert chart.description.startswith("Longest blackout: A: " if blackout else "Total time: A: ")
    assert chart.description.endswith(". B has no bar, for nothing is allowed there.")


def test_names_of_what_ifs_are_told_in_full():
    name = "A: Two R720 with 2 x 10 GbE, one idle VM of 55 GiB, edited: VMs memory 440 GiB"
    told = [row["text"] for row in rows_of_names(build_comparison_chart({name: samples.seed_lab()}))]
    assert len(told) > 1
    assert " ".join(told).startswith(f"{name}: ")


def rows_of_names(chart):
    spec = chart.to_dict()
    data = spec["layer"][-1]["data"]
    return data.get("values") or spec["datasets"][data["name"]]
