"""The charts' specifications: what is drawn, from which numbers, and what they say in words."""

import re
from itertools import pairwise

import pytest

from advisor.domain.answers import Interval
from advisor.domain.drain import PatchStep
from advisor.domain.goals import Goals
from advisor.domain.options import Transport
from advisor.reports.drawing import WIDTH, svg
from advisor.reports.fleet import charts, gantt
from advisor.reports.fleet.charts import build_host_drains_chart, build_settings_chart, build_sizing_chart
from advisor.reports.fleet.gantt import build_drain_gantt, build_patch_gantt
from advisor.reports.palette import PALETTE
from tests.reports.fleet import samples

GOALS = samples.GOALS


def layers(chart, mark):
    return [layer for layer in chart.to_dict()["layer"] if layer["mark"]["type"] == mark]


def values(layer, chart):
    data = layer.get("data") or chart.to_dict()["data"]  # layers that share their rows have them above
    return data["values"] if "values" in data else chart.to_dict()["datasets"][data["name"]]


def test_host_drains_draw_interval_and_median_against_the_window():
    hosts = [samples.missing_host(1), samples.host_row(2, 3000.0)]
    chart = build_host_drains_chart(hosts, GOALS)
    window, interval = layers(chart, "rule")
    assert values(window, chart) == [{"window": 7200.0}]
    assert [(row["p05"], row["p50"], row["p95"], row["window"]) for row in values(interval, chart)] == [
        (7200.0, 9000.0, 12600.0, "misses the window"),
        (2400.0, 3000.0, 4200.0, "fits the window"),
    ]
    assert chart.description == (
        "1 of 2 hosts shown misses the window of 2 h (dashed) at p80. Longest: HV-01, 2 h 30 min [2 h - 3 h 30 min]."
    )
    axis = interval["encoding"]["x"]
    assert axis["title"] == "Drain of the host; dashed: window of 2 h"
    assert axis["scale"]["domain"][1] >= 12600.0


def test_hosts_of_which_it_is_not_known_have_a_look_a_legend_and_a_sentence_of_their_own():
    hosts = [samples.missing_host(1), samples.host_row(2, window="unknown"), samples.host_row(3)]
    chart = build_host_drains_chart(hosts, GOALS)
    interval = layers(chart, "rule")[-1]
    assert [row["window"] for row in values(interval, chart)] == [
        "misses the window",
        "not known (what can be timed)",
        "fits the window",
    ]
    colour = interval["encoding"]["color"]
    assert dict(zip(colour["scale"]["domain"], colour["scale"]["range"], strict=True)) == {
        "misses the window": PALETTE.second,
        "not known (what can be timed)": PALETTE.forbidden,
        "fits the window": PALETTE.accent,
    }
    assert colour["legend"]["orient"] == "bottom"
    thickness = interval["encoding"]["strokeWidth"]
    assert thickness["condition"] == {"test": "datum.window === 'not known (what can be timed)'", "value": 2}
    assert thickness["value"] == 6
    assert chart.description.endswith(
        " Of one of these hosts it is not known whether the window is met: drawn is what of the drain can be timed."
    )
    assert "not known (what can be timed)" in svg(chart)


def test_hosts_that_all_stand_alike_need_no_legend():
    chart = build_host_drains_chart([samples.host_row(1), samples.host_row(2)], GOALS)
    assert layers(chart, "tick")[0]["encoding"]["color"]["legend"] is None
    assert "not known" not in chart.description


def test_host_drains_draw_forty_hosts_at_most_and_no_window_where_none_was_given():
    chart = build_host_drains_chart([samples.host_row(i) for i in range(1, 60)], Goals())
    (interval,) = layers(chart, "rule")
    assert len(values(interval, chart)) == charts.MOST_HOSTS
    assert "window" not in chart.description


def test_two_hosts_of_one_name_have_a_row_each():
    chart = build_host_drains_chart([samples.host_row(1, 100.0), samples.host_row(1, 200.0)], GOALS)
    rows = values(layers(chart, "tick")[0], chart)
    assert [row["row"] for row in rows] == ["0", "1"]
    assert '["HV-01", "HV-01"]' in layers(chart, "tick")[0]["encoding"]["y"]["axis"]["labelExpr"]


def test_the_sizing_chart_has_a_line_for_each_number_of_nics():
    chart = build_sizing_chart(samples.curve_of(samples.missing_host(1)), GOALS)
    (line,) = layers(chart, "line")
    rows = values(line, chart)
    assert {row["nics"] for row in rows} == {"1 NIC", "2 NICs", "4 NICs"}
    assert [row["p50"] for row in rows if row["nics"] == "1 NIC"] == [9000.0, 3600.0, 2250.0, 1500.0]
    assert line["encoding"]["x"]["scale"]["type"] == "log"
    assert values(layers(chart, "rule")[0], chart) == [{"window": 7200.0}]
    assert chart.description == "2 × 10 Gbit/s meet the window of 2 h at p80; the median is 1 h 15 min."


def test_of_several_transports_the_fastest_is_drawn():
    slow = samples.curve_of(samples.missing_host(1))
    fast = [
        point.model_copy(update={"transport": Transport.RDMA, "drain_s_p50": point.drain_s_p50 / 2}) for point in slow
    ]
    chart = build_sizing_chart([*slow, *fast], GOALS)
    assert len(values(layers(chart, "line")[0], chart)) == len(slow)
    assert max(row["p50"] for row in values(layers(chart, "line")[0], chart)) == 4500.0


def test_where_no_nics_help_the_sizing_chart_says_so():
    never = [point.model_copy(update={"meets": False}) for point in samples.curve_of(samples.missing_host(1))]
    assert build_sizing_chart(never, GOALS).description == (
        "No NICs tried meet the window of 2 h at p80; the fastest, 1 × 100 Gbit/s, take 25 min in the median."
    )


def test_settings_are_counted_most_first_ten_at_most():
    chart = build_settings_chart({f"setting {i}": i for i in range(1, 15)})
    rows = values(layers(chart, "bar")[0], chart)
    assert [row["clusters"] for row in rows] == list(range(14, 4, -1))
    assert chart.description == "14 settings; most often setting 14, for 14 clusters."


def test_long_settings_are_told_in_full():
    drawing = svg(build_settings_chart({"SMB Direct + RDMA on + DCB + jumbo + power plan + C-states off": 3}))
    assert "plan + C-states off" in drawing
    assert "…" not in drawing


def test_the_gantt_of_a_drain_has_a_bar_a_blackout_and_a_whisker_for_each_move():
    answer = samples.drain(6)
    chart = build_drain_gantt(answer)
    (bars,) = layers(chart, "bar")
    rows = values(bars, chart)
    live = [row for row in rows if row["part"] == "live"]
    dark = [row for row in rows if row["part"] == "blackout"]
    assert len(live) == len(dark) == 6
    assert sorted(row["start"] for row in live) == sorted(move.start_s.p50 for move in answer.moves)
    assert sorted(row["end"] for row in dark) == sorted(move.end_s.p50 for move in answer.moves)
    assert all(row["end"] - row["start"] == pytest.approx(0.4) for row in dark)
    whiskers = values(layers(chart, "rule")[-1], chart)
    assert sorted(row["end"] for row in whiskers) == sorted(move.end_s.p95 for move in answer.moves)
    labels = bars["encoding"]["y"]["axis"]["labelExpr"]
    assert '"to HV-02:", "app-0003", "app-0006", "to HV-03:"' in labels
    assert chart.description == (
        "6 moves to 3 nodes in 1 min 56 s [1 min 39 s - 2 min 31 s]. Last to end: app-0006 on HV-02. "
        "Dark longest: app-0001, 0.4 s [0.1-1.9 s]."
    )


def test_a_window_far_behind_the_end_is_not_drawn():
    near = samples.drain(6, goals=Goals(window_s=150))
    far = samples.drain(6, goals=Goals(window_s=15_000))
    assert len(layers(build_drain_gantt(near), "rule")) == 2
    assert len(layers(build_drain_gantt(far), "rule")) == 1


def test_many_moves_share_rows_and_none_of_a_row_overlap():
    answer = samples.drain(480)
    chart = build_drain_gantt(answer)
    rows = values(layers(chart, "bar")[0], chart)
    assert sum(row["part"] != "blackout" for row in rows) == 480
    by_row = {}
    for row in rows:
        by_row.setdefault(row["row"], []).append((row["start"], row["end"]))
    assert len(by_row) < 20
    for spans in by_row.values():
        ordered = sorted(spans)
        assert all(before[1] <= after[0] + 1e-9 for before, after in pairwise(ordered))
    assert chart.to_dict()["height"] < 400


def test_destinations_that_are_done_first_are_left_out_where_there_are_too_many():
    moves = tuple(
        samples.move(i + 1, 0.0, 40.0 + i, destination=f"HV-{i % 100:03}") for i in range(4 * gantt.MOST_ROWS)
    )
    chart = build_drain_gantt(samples.drain(0, moves=moves, end_s=samples.around(600.0)))
    assert len({row["row"] for row in values(layers(chart, "bar")[0], chart)}) <= gantt.MOST_ROWS
    assert "nodes done sooner not drawn." in chart.description


def test_the_gantt_of_a_patch_night_goes_node_by_node():
    answer = samples.patch(3)
    chart = build_patch_gantt(answer)
    (bars,) = layers(chart, "bar")
    rows = values(bars, chart)
    assert [row["row"] for row in rows] == ["0"] * 5 + ["1"] * 5 + ["2"] * 5
    assert [row["part"] for row in rows[:5]] == [
        "drain",
        "update and reboot",
        "storage resync",
        "fail back",
        "health check",
    ]
    whiskers = values(layers(chart, "rule")[-1], chart)
    assert [row["end"] for row in whiskers] == [
        answer.steps[5].start_s.p95,
        answer.steps[10].start_s.p95,
        answer.total_s.p95,
    ]
    assert "Most of it is update and reboot: 35 %." in chart.description


def test_a_patch_night_without_a_total_is_drawn_to_its_last_step():
    step = PatchStep(
        node="HV-01", step="update", start_s=Interval(p05=0, p50=10, p95=20), time_s=Interval(p05=5, p50=6, p95=7)
    )
    chart = build_patch_gantt(samples.patch(1, steps=(step,), total_s=None, feasible=False, constraint="no room"))
    assert values(layers(chart, "rule")[-1], chart) == [{"row": "0", "start": 16.0, "end": 26.0}]


ALL = {
    **{f"drain {name}": lambda made=made: build_drain_gantt(made()) for name, made in samples.DRAINS.items()},
    **{f"patch {name}": lambda made=made: build_patch_gantt(made()) for name, made in samples.PATCHES.items()},
    "no hosts": lambda: build_host_drains_chart([], GOALS),
    "no curve": lambda: build_sizing_chart([], GOALS),
    "no settings": lambda: build_settings_chart({}),
    "hostile host": lambda: build_host_drains_chart(samples.hostile().held["hosts"], GOALS),
    "hostile setting": lambda: build_settings_chart({samples.HOSTILE: 3}),
}


@pytest.mark.parametrize("name", ALL)
def test_every_chart_is_drawn_says_its_finding_and_keeps_to_the_palette(name):
    chart = ALL[name]()
    drawing = svg(chart)
    assert drawing.startswith("<svg")
    assert float(re.search(r'width="([0-9.]+)"', drawing)[1]) < WIDTH * 1.35
    assert len(chart.description) > 10
    assert "<script" not in drawing
    assert "\x1b" not in drawing
    themed = {getattr(PALETTE, name) for name in PALETTE.__slots__}
    assert set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{3,6})"', drawing)) <= themed
