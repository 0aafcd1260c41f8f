"""Predicted against measured, and errors beside simpler rules: what is drawn, and what is said of it."""

import pytest

from advisor.calibration.evaluate import evaluate
from advisor.intake.runs import read_runs
from advisor.reports.drawing import svg
from advisor.reports.run_charts import MOST_RUNS, build_errors_chart, build_runs_chart, drawn_runs
from advisor.shipped import shipped_path


@pytest.fixture(scope="module")
def platform():
    runs = read_runs(shipped_path("data", "measured", "hyperv_published.csv")).runs
    return evaluate(runs, "applied").platforms[0]


def layers(chart, mark):
    spec = chart.to_dict()
    known = spec.get("datasets", {})
    return [
        layer | {"values": layer["data"].get("values") or known.get(layer["data"].get("name"), [])}
        for layer in spec["layer"]
        if layer["mark"]["type"] == mark
    ]


def values(layer):
    return layer["values"]


def test_each_run_is_a_mark_with_its_interval_and_those_outside_are_dashed(platform):
    chart = build_runs_chart(platform.rows)
    (points,) = layers(chart, "point")
    inside, outside = layers(chart, "rule")
    drawn = {row["run"]: row for row in values(points)}
    assert set(drawn) == {row.run_id for row in platform.rows}
    for row in platform.rows:
        told = drawn[row.run_id]
        assert (told["measured"], told["p05"], told["p50"], told["p95"]) == (
            row.measured_s, row.total_s.p05, row.total_s.p50, row.total_s.p95,
        )  # fmt: skip
    assert (
        [row["run"] for row in values(outside)]
        == [row.run_id for row in platform.rows if not row.total_s.p05 <= row.measured_s <= row.total_s.p95]
        == ["holman-0029"]
    )
    assert outside["mark"]["strokeDash"]
    assert "strokeDash" not in inside["mark"]
    assert len(values(inside)) + len(values(outside)) == len(drawn)


def test_transports_differ_in_shape_and_in_colour_and_both_axes_are_one_log_scale(platform):
    (points,) = layers(build_runs_chart(platform.rows), "point")
    encoding = points["encoding"]
    for channel in ("shape", "color"):
        assert len(set(encoding[channel]["scale"]["range"])) == len(encoding[channel]["scale"]["domain"]) == 3
    assert encoding["x"]["scale"] == encoding["y"]["scale"]
    assert encoding["x"]["scale"]["type"] == "log"


def test_the_diagonal_runs_from_corner_to_corner(platform):
    chart = build_runs_chart(platform.rows)
    (line,) = layers(chart, "line")
    (points,) = layers(chart, "point")
    low, high = points["encoding"]["x"]["scale"]["domain"]
    assert [(row["measured"], row["p50"]) for row in values(line)] == [(low, low), (high, high)]


def test_the_finding_counts_what_lies_inside_and_names_the_worst(platform):
    finding = build_runs_chart(platform.rows).description
    assert finding.startswith(
        "13 of 14 runs lie inside the 90 % interval. Missed most: holman-0029, measured 1 min 5 s"
    )
    assert "(+4" in finding


def test_of_many_runs_evenly_many_are_drawn_and_that_is_said(platform):
    rows = [
        platform.rows[0].model_copy(update={"run_id": str(i), "measured_s": 1.0 + i}) for i in range(MOST_RUNS * 2 + 1)
    ]
    shown = drawn_runs(rows)
    assert MOST_RUNS / 2 < len(shown) <= MOST_RUNS
    assert shown[0].measured_s == 1.0
    assert shown[-1].measured_s > MOST_RUNS * 2 - 3
    assert build_runs_chart(rows).description.endswith(f" {len(shown)} of them are drawn.")


def test_no_runs_and_names_with_signs_of_control_are_drawn_all_the_same(platform):
    assert build_runs_chart([]).description == "No run was predicted."
    assert "<svg" in svg(build_runs_chart([]))
    hostile = [platform.rows[0].model_copy(update={"run_id": "a\u202e<script>\x1b"})]
    chart = build_runs_chart(hostile)
    assert "a<script>" in chart.description
    assert "<script" not in svg(chart)


def test_errors_stand_beside_those_of_simpler_rules(platform):
    chart = build_errors_chart(platform)
    (bars,) = layers(chart, "bar")
    errors = {(row["transport"], row["what"]): row["error"] for row in values(bars)}
    for one in (*platform.transports, platform.overall):
        assert errors[one.transport, "advisor"] == one.time.median_ape
        assert errors[one.transport, "RAM / bandwidth"] == one.baselines["ram_over_bandwidth"]
        assert errors[one.transport, "physics, priors only"] == one.baselines["analytic"]
    assert len(errors) == 4 * 4
    assert chart.description.startswith("Median error of total time 5.4 %, against GB x 8 / Gbps 19.6 %")


def test_one_transport_is_not_repeated_as_all(platform):
    one = platform.model_copy(update={"transports": platform.transports[:1]})
    (bars,) = layers(build_errors_chart(one), "bar")
    assert {row["transport"] for row in values(bars)} == {platform.transports[0].transport}
