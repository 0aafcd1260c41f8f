"""Charts as pure functions: an answer in, an Altair chart out, for the HTML page and the app alike.

Each chart says its finding in words in its `description`. Charts are drawn narrow, so that they can be
read on a phone without shrinking; labels stand above their bars for the same reason. An option that a rule
forbids is grey and names the rule. Colours are those of `PALETTE`, which a page may swap for dark ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import altair as alt

from advisor.domain.answers import Interval, OptionAnswer, PassRow, RateStep, Recommendation
from advisor.reports.alt_text import (
    blackout_finding,
    cpu_finding,
    dirty_finding,
    options_finding,
    throughput_finding,
)
from advisor.reports.drawing import WIDTH, decades, dressed, duration_axis, even_ticks, marked
from advisor.reports.findings import forbidden_by, is_same
from advisor.reports.labelled_rows import WHERE_FORBIDDEN, bar_marks, interval_marks, stacked
from advisor.reports.palette import PALETTE
from advisor.reports.timeline import end_s, left_at, left_points, longest
from advisor.reports.wording import in_seconds, number, praise, printable
from advisor.units import format_duration

MOST_OPTIONS = 10
MOST_VMS = 5
_ROOM_FOR_VALUES = 1.25
_SHORTEST_S = 0.001
_LOWEST_GIB = 0.001
_BEND = 12
# A window further behind the longest time would press all bars into a corner.
_IN_SIGHT = 1.5


def build_options_chart(answer: Recommendation, until_s: float | None = None) -> alt.LayerChart:
    """Total time of every option with its 90 % interval, the chosen one marked, forbidden ones grey, and the window.

    Parameters
    ----------
    until_s : time that the axis reaches [s], the same for charts beside each other; none: as far as this one needs.
    """
    rows = [_interval_row(option, option.total_s, answer.recommended) for option in answer.options[:MOST_OPTIONS]]
    reached_s = reach_s([answer]) if until_s is None else until_s
    ticks = even_ticks(reached_s or 1.0)
    scale = alt.Scale(domain=[0, ticks[-1] * _ROOM_FOR_VALUES], nice=False)
    title, finding, window = "Total time", options_finding(answer), answer.goals.window_s
    if window is None:
        layers, height = interval_marks(rows, scale, ticks, title)
        return dressed(layers, finding, height)
    text = f"window {format_duration(window)}"
    if window > reached_s:
        layers, height = interval_marks(rows, scale, ticks, f"{title}; {text}, far to the right")
        return dressed(layers, f"{finding} The window of {format_duration(window)} lies far to the right.", height)
    layers, height = interval_marks(rows, scale, ticks, f"{title}; dashed: {text}")
    rule = _limit_rule("window", window, scale)
    return dressed([rule, *layers], f"{finding} Dashed: the window of {format_duration(window)}.", height)


def reach_s(answers: Sequence[Recommendation]) -> float:
    """How far charts of the options' total times reach [s]: to the longest, and to a window that is not far behind."""
    longest_s = max((option.total_s.p95 for answer in answers for option in answer.options[:MOST_OPTIONS]), default=0.0)
    windows = (answer.goals.window_s or 0.0 for answer in answers)
    return max([longest_s, *(window for window in windows if window <= longest_s * _IN_SIGHT)])


def build_blackout_chart(answer: Recommendation) -> alt.LayerChart:
    """Longest blackout of every option with its 90 % interval on a log scale, and the limit where one was given."""
    rows = [
        _interval_row(option, in_seconds(option.blackout_ms), answer.recommended)
        for option in answer.options[:MOST_OPTIONS]
    ]
    limit = answer.goals.max_blackout_s
    shown = [max(row[key], _SHORTEST_S) for row in rows for key in ("p05", "p95")] + ([limit] if limit else [])
    ticks = decades(min(shown, default=0.1), max(shown, default=1.0))
    scale = alt.Scale(type="log", domain=[ticks[0], ticks[-1] * len(ticks) ** 0.5], clamp=True, nice=False)
    title = "Longest blackout, log scale"
    if limit is not None:
        title += f"; dashed: limit {format_duration(limit)}"
    layers, height = interval_marks(rows, scale, ticks, title)
    drawn = [] if limit is None else [_limit_rule("limit", limit, scale)]
    return dressed([*drawn, *layers], blackout_finding(answer), height)


def build_cpu_chart(answer: Recommendation) -> alt.LayerChart:
    """CPU cores that each option takes at the source and at the destination."""
    shown = answer.options[:MOST_OPTIONS]
    labels = [_label_row(option, answer.recommended) for option in shown]
    stack = stacked(labels, "source", "destination")
    rows = [
        stack.placed(label, end) | {"part": end, "cores": cores, "value": f"{number(cores, 2)} {end}"}
        for label, option in zip(labels, shown, strict=True)
        for end, cores in (("source", option.cpu_cores.source), ("destination", option.cpu_cores.destination))
    ]
    highest = max((row["cores"] for row in rows), default=0.0) or 1.0
    x = alt.X(
        "cores:Q",
        scale=alt.Scale(domain=[0, highest * 1.45], nice=False),
        title="Cores used by the move",
        axis=alt.Axis(tickCount=5),
    )
    colour = alt.Color(
        "part:N",
        legend=None,
        scale=alt.Scale(domain=["source", "destination"], range=[PALETTE.accent, PALETTE.second]),
        condition=WHERE_FORBIDDEN,
    )
    layers = [*bar_marks(rows, {}, stack, x, color=colour), stack.names]
    return dressed(layers, cpu_finding(answer), stack.height)


def build_throughput_chart(rates: Sequence[RateStep], timeline: Sequence[PassRow]) -> alt.LayerChart:
    """Rate on the wire over the move, all VMs together; the blackouts of the longest moves are shaded."""
    end = rates[-1].end_s if rates else 0.0
    points = [{"seconds": step.start_s, "gbps": step.gbps} for step in rates]
    points += [{"seconds": end, "gbps": 0.0}] if rates else []
    vms, _ = longest(timeline, MOST_VMS)
    dark = [
        {"start": row.start_s, "end": row.start_s + row.time_s}
        for row in timeline
        if row.step == "blackout" and row.vm in vms
    ]
    x = _time_axis("seconds", end)
    # Colour is not the only sign: the axis says what is shaded.
    title = "Gbit/s on the wire, blackouts shaded" if dark else "Gbit/s on the wire"
    area = marked(
        "area",
        points,
        {"interpolate": "step-after", "color": PALETTE.accent, "fillOpacity": 0.25, "line": {"color": PALETTE.accent}},
        {"x": x, "y": alt.Y("gbps:Q", title=title)},
    )
    places = {"x": _time_axis("start", end), "x2": alt.X2("end:Q")}
    shades = marked("rect", dark, {"color": PALETTE.second, "opacity": 0.6}, places)
    return dressed([shades, area], throughput_finding(rates), 150)


def build_dirty_chart(timeline: Sequence[PassRow]) -> alt.LayerChart:
    """Memory left to send over the move on a log scale, a line for each of the VMs that take longest."""
    vms, more = longest(timeline, MOST_VMS)
    curves = {vm: left_points(timeline, vm) for vm in vms}
    rows = [_left_row(vm, point.seconds, point.left_gib) for vm, curve in curves.items() for point in curve]
    # Memory falls evenly within a pass; on a log scale that is a bend, which needs points between the passes.
    bent = [
        _left_row(vm, seconds, left_at(curve, seconds))
        for vm, curve in curves.items()
        for before, after in pairwise(curve)
        for seconds in (before.seconds + (after.seconds - before.seconds) * i / _BEND for i in range(_BEND + 1))
    ]
    end = end_s(timeline)
    ticks = decades(_LOWEST_GIB, max((row["gib"] for row in rows), default=1.0))
    names = [printable(vm) for vm in vms]
    colours = [PALETTE.accent, PALETTE.second, PALETTE.allowed, PALETTE.ink, PALETTE.forbidden]
    legend = alt.Legend(orient="bottom", title=None, columns=2, labelLimit=WIDTH // 2 - 60) if len(vms) > 1 else None
    y = alt.Y(
        "gib:Q",
        title="GiB left to send, log scale",
        scale=alt.Scale(type="log", domain=[ticks[0], ticks[-1]], nice=False),
        axis=alt.Axis(values=ticks, format="~g"),
    )
    colour = alt.Color("vm:N", sort=None, legend=legend, scale=alt.Scale(domain=names, range=colours[: len(vms)]))
    places = {"x": _time_axis("seconds", end), "y": y, "color": colour}
    layers = [
        marked("line", bent, {}, places),
        marked("point", rows, {"filled": True, "size": 30, "opacity": 1}, places),
    ]
    return dressed(layers, dirty_finding(timeline, more), 150)


def _label_row(option: OptionAnswer, recommended: OptionAnswer | None) -> dict[str, Any]:
    forbidden = forbidden_by(option)
    if forbidden:
        status, beginning = "forbidden", f"{', '.join(forbidden)} forbids: "
    elif is_same(option, recommended):
        status, beginning = "recommended", f"{praise(option).capitalize()}: "
    else:
        status, beginning = "allowed", ""
    label = printable(option.label)
    return {"option": f"{label}|{option.simultaneous}", "label": f"{beginning}{label}", "status": status}


def _interval_row(option: OptionAnswer, seconds: Interval, recommended: OptionAnswer | None) -> dict[str, Any]:
    return _label_row(option, recommended) | {
        "value": format_duration(seconds.p50),
        "p05": seconds.p05,
        "p50": seconds.p50,
        "p95": seconds.p95,
    }


def _limit_rule(name: str, seconds: float, scale: alt.Scale) -> alt.Chart:
    """A dashed line down the chart at what must not be exceeded."""
    look = {"strokeDash": [4, 3], "color": PALETTE.second, "strokeWidth": 1.5}
    return marked("rule", [{name: seconds}], look, {"x": alt.X(f"{name}:Q", scale=scale)})


def _left_row(vm: str, seconds: float, left_gib: float) -> dict[str, Any]:
    return {"vm": printable(vm), "seconds": seconds, "gib": max(left_gib, _LOWEST_GIB)}


def _time_axis(name: str, end: float) -> alt.X:
    ticks = even_ticks(end or 1.0)
    scale = alt.Scale(domain=[0, end or 1.0], nice=False)
    return alt.X(f"{name}:Q", scale=scale, title="Time since the move began", axis=duration_axis(ticks))
