"""The charts' specifications: what is drawn, from which numbers, in which colour."""

import re

import altair as alt
import pytest
from altair.utils.schemapi import SchemaValidationError

from advisor.domain.answers import PassRow
from advisor.domain.goals import Goals
from advisor.reports import charts
from advisor.reports.drawing import drawn, marked, svg
from advisor.reports.palette import PALETTE
from advisor.reports.timeline import left_at, left_points, longest
from tests.reports import samples


def layers(chart, mark):
    return [layer for layer in chart.to_dict()["layer"] if layer["mark"]["type"] == mark]


def values(layer, chart):
    data = layer["data"]
    return data["values"] if "values" in data else chart.to_dict()["datasets"][data["name"]]


def test_options_chart_draws_the_interval_and_the_median_of_every_option():
    chart = charts.build_options_chart(samples.seed_lab())
    bars = values(layers(chart, "rule")[0], chart)
    assert [(row["p05"], row["p50"], row["p95"]) for row in bars] == [
        (option.total_s.p05, option.total_s.p50, option.total_s.p95) for option in samples.OPTIONS
    ]
    assert [row["value"] for row in bars][:2] == ["28 s", "26 s"]


def test_the_chosen_option_is_marked_and_forbidden_ones_are_grey_with_their_rule():
    chart = charts.build_options_chart(samples.seed_lab())
    rule = layers(chart, "rule")[0]
    rows = values(rule, chart)
    assert rows[0]["status"] == "recommended"
    assert rows[0]["label"] == "Recommended: SMB + jumbo + power plan + C-states off"
    assert rows[-1]["status"] == "forbidden"
    assert rows[-1]["label"] == "R01 forbids: SMB Direct"
    scale = rule["encoding"]["color"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True))["forbidden"] == PALETTE.forbidden


def test_blackout_chart_is_logarithmic_and_draws_the_limit():
    chart = charts.build_blackout_chart(samples.seed_lab())
    bars = layers(chart, "rule")
    assert len(bars) == 1
    assert bars[0]["encoding"]["x"]["scale"]["type"] == "log"
    assert values(bars[0], chart)[0]["p50"] == pytest.approx(0.42)
    chart = charts.build_blackout_chart(samples.seed_lab(goals=Goals(max_blackout_s=1.5)))
    assert values(layers(chart, "rule")[0], chart) == [{"limit": 1.5}]
    assert "limit of 1.5 s" in chart.description


def x_axis(chart, mark="rule"):
    return layers(chart, mark)[-1]["encoding"]["x"]


def test_options_chart_draws_a_window_that_is_near_and_reaches_it():
    chart = charts.build_options_chart(samples.seed_lab(goals=Goals(window_s=100)))
    rule, bars = layers(chart, "rule")
    assert values(rule, chart) == [{"window": 100}]
    assert rule["mark"]["strokeDash"]
    assert bars["encoding"]["x"]["title"] == "Total time; dashed: window 1 min 40 s"
    assert bars["encoding"]["x"]["scale"]["domain"][1] > 100
    assert rule["encoding"]["x"]["scale"] == bars["encoding"]["x"]["scale"]
    assert chart.description.endswith("Dashed: the window of 1 min 40 s.")


def test_a_window_far_behind_the_bars_is_told_and_does_not_press_them_together():
    chart = charts.build_options_chart(samples.seed_lab(goals=Goals(window_s=7200)))
    axis = x_axis(chart)
    assert len(layers(chart, "rule")) == 1
    assert axis["title"] == "Total time; window 2 h, far to the right"
    assert axis["scale"] == x_axis(charts.build_options_chart(samples.seed_lab()))["scale"]
    assert chart.description.endswith("The window of 2 h lies far to the right.")


def test_without_a_window_nothing_is_said_of_one():
    chart = charts.build_options_chart(samples.seed_lab())
    assert x_axis(chart)["title"] == "Total time"
    assert "window" not in chart.description


def test_charts_beside_each_other_reach_equally_far():
    quick = samples.seed_lab(options=(samples.option("quick", 10.0),))
    slow = samples.seed_lab(options=(samples.option("slow", 400.0),), goals=Goals(window_s=500))
    reach = charts.reach_s([quick, slow])
    assert reach == 500
    axes = [x_axis(charts.build_options_chart(answer, reach)) for answer in (quick, slow)]
    assert axes[0]["scale"] == axes[1]["scale"]
    assert axes[0]["axis"]["values"] == axes[1]["axis"]["values"]
    alone = x_axis(charts.build_options_chart(quick))
    assert alone["scale"]["domain"][1] < axes[0]["scale"]["domain"][1]


LONG = "SMB Direct + RDMA on + DCB + jumbo + power plan + C-states off"


@pytest.mark.parametrize("build", [charts.build_options_chart, charts.build_blackout_chart, charts.build_cpu_chart])
def test_long_names_are_told_in_full_over_several_lines(build):
    answer = samples.seed_lab(options=(samples.option(LONG, 10.0), samples.option("TCP/IP", 20.0)), recommended=None)
    chart = build(answer)
    drawn_names = values(layers(chart, "text")[-1], chart)
    assert [row["text"] for row in drawn_names] == [
        "SMB Direct + RDMA on + DCB + jumbo + power",
        "plan + C-states off",
        "TCP/IP",
    ]
    kind = "bar" if build is charts.build_cpu_chart else "tick"
    bars = values(layers(chart, kind)[0], chart)
    first = [row["at"] for row in bars if row["label"] == LONG]
    second = [row["at"] for row in bars if row["label"] == "TCP/IP"]
    places = [drawn_names[0]["at"], drawn_names[1]["at"], *first, drawn_names[2]["at"], *second]
    assert places == sorted(set(places))
    assert places[-1] < chart.to_dict()["height"]


@pytest.mark.parametrize("build", [charts.build_options_chart, charts.build_blackout_chart, charts.build_cpu_chart])
def test_names_in_the_drawing_of_a_report_are_not_cut(build):
    answer = samples.seed_lab(options=(samples.option(LONG, 10.0),), recommended=None)
    drawing = svg(build(answer))
    assert "plan + C-states off" in drawing
    assert "…" not in drawing


def test_bars_of_one_option_stand_close_and_do_not_overlap():
    chart = charts.build_cpu_chart(samples.seed_lab())
    found = re.findall(r'd="M0,([0-9.]+)h[0-9.]+v([0-9.]+)h-', svg(chart))
    _page, *tops = [(float(top), float(high)) for top, high in found]
    assert len(tops) == 2 * len(samples.OPTIONS)
    for (source, high), (destination, _) in zip(tops[::2], tops[1::2], strict=True):
        assert destination - source == pytest.approx(high + 1)


def test_a_blackout_of_nothing_still_has_a_place_on_a_log_scale():
    nothing = samples.option("quick", 20.0, 0.0)
    scale = layers(charts.build_blackout_chart(samples.seed_lab(options=(nothing,))), "rule")[0]["encoding"]["x"][
        "scale"
    ]
    assert scale["domain"][0] == 0.001
    assert scale["clamp"] is True


def test_cpu_chart_has_both_ends_of_every_option():
    chart = charts.build_cpu_chart(samples.seed_lab())
    rows = values(layers(chart, "bar")[0], chart)
    assert [(row["part"], row["cores"]) for row in rows[:2]] == [("source", 2.1), ("destination", 2.6)]
    assert len(rows) == 2 * len(samples.OPTIONS)
    assert layers(chart, "bar")[0]["encoding"]["color"]["condition"]["value"] == PALETTE.forbidden
    assert "the most at the source is 11, by Compression" in chart.description


def test_throughput_chart_steps_with_the_passes_and_shades_the_blackout():
    rows = samples.passes(first_s=47.24, start_s=2.0)
    chart = charts.build_throughput_chart(samples.rates(rows), rows)
    points = values(layers(chart, "area")[0], chart)
    assert points[0] == {"seconds": 0.0, "gbps": 0.0}
    assert points[1]["seconds"] == 2.0
    assert points[1]["gbps"] == pytest.approx(55 * 2**30 * 8 / 1e9 / 47.24)
    assert points[-1]["gbps"] == 0.0
    assert chart.description == "Up to 10 Gbit/s on the wire; over after 50 s."
    (dark,) = values(layers(chart, "rect")[0], chart)
    assert dark["end"] - dark["start"] == pytest.approx(0.31)


def test_dirty_chart_starts_with_all_memory_and_ends_with_none():
    chart = charts.build_dirty_chart(samples.passes())
    points = values(layers(chart, "point")[0], chart)
    assert [row["gib"] for row in points] == [55.0, 0.4, 0.02, 0.001]
    assert layers(chart, "point")[0]["encoding"]["y"]["scale"]["type"] == "log"
    assert layers(chart, "point")[0]["encoding"]["color"]["legend"] is None


def test_dirty_chart_of_many_vms_draws_the_longest_and_counts_the_rest():
    chart = charts.build_dirty_chart(samples.estimate_batch(9).timeline)
    names = {row["vm"] for row in values(layers(chart, "point")[0], chart)}
    assert len(names) == charts.MOST_VMS
    assert "4 shorter moves not drawn" in chart.description


@pytest.mark.parametrize("build", [charts.build_options_chart, charts.build_blackout_chart, charts.build_cpu_chart])
@pytest.mark.parametrize("answer", [samples.nothing_allowed(), samples.seed_lab(options=(), recommended=None)])
def test_charts_of_nothing_allowed_are_drawn_and_say_so(build, answer):
    chart = build(answer)
    assert "every one of them forbidden" in chart.description
    assert svg(chart).startswith("<svg")


@pytest.mark.parametrize("chart", [charts.build_throughput_chart((), ()), charts.build_dirty_chart(())])
def test_charts_of_no_passes_are_drawn(chart):
    assert svg(chart).startswith("<svg")


def test_a_recommendation_alone_has_no_longest_other():
    chart = charts.build_options_chart(samples.seed_lab(options=(samples.MULTICHANNEL,)))
    assert chart.description == ("Recommended: SMB + jumbo + power plan + C-states off, total time 28 s [25-31 s].")


def test_labels_are_escaped_in_the_drawing():
    drawn = svg(charts.build_options_chart(samples.hostile()))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "http" not in drawn


def test_time_axes_read_as_durations():
    axis = layers(charts.build_options_chart(samples.seed_lab()), "rule")[0]["encoding"]["x"]["axis"]
    assert axis["values"] == [0, 30, 60, 90]
    assert '"1 min 30 s"' in axis["labelExpr"]
    long = samples.seed_lab(options=(samples.option("slow", 4_000_000.0),))
    axis = layers(charts.build_options_chart(long), "rule")[0]["encoding"]["x"]["axis"]
    assert len(axis["values"]) <= 8


def test_memory_left_stays_whole_before_and_none_after():
    curve = left_points(samples.passes("a", 10.0, 4.0, 8.0), "a")
    assert left_at(curve, 0.0) == 8.0
    assert left_at(curve, 9.0) == pytest.approx((8.0 + 0.4) / 2)
    assert left_at(curve, 99.0) == 0.0
    assert left_points((), "a") == ()


def test_a_pass_without_length_breaks_no_curve():
    row = PassRow(vm="a", step="pass", number=1, start_s=1, time_s=0, memory_gib=4, sent_gib=0, dirty_left_gib=2)
    assert left_at(left_points((row,), "a"), 1.0) == 2.0
    assert longest((row,), 3) == (("a",), 0)


def test_marks_said_in_one_call_are_those_said_word_by_word():
    rows = [{"a": 1.0, "b": 2.0}]
    at_once = marked("rule", rows, {"opacity": 0.5}, {"x": alt.X("a:Q"), "x2": alt.X2("b:Q")})
    by_word = drawn(rows).mark_rule(opacity=0.5).encode(x=alt.X("a:Q"), x2=alt.X2("b:Q"))
    assert at_once.to_dict() == by_word.to_dict()
    assert at_once.properties(title="copied").to_dict()["encoding"] == by_word.to_dict()["encoding"]


def test_what_the_schema_does_not_know_is_found_as_a_chart_is_written():
    chart = charts.dressed([marked("rule", [], {"nonsense": 1}, {})], "", 10.0)
    with pytest.raises(SchemaValidationError, match="invalid value"):
        chart.to_dict()
