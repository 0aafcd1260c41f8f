"""Gantt charts of a drain and of a patch night as pure functions: an answer in, an Altair chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import altair as alt

from advisor.domain.drain import DrainAnswer, PatchAnswer, PatchStep, PlannedMove
from advisor.reports.drawing import drawn, dressed, duration_axis, even_ticks
from advisor.reports.fleet.charts import dashed_window, named_rows, width_beside, window_rule
from advisor.reports.fleet.findings import drain_gantt_finding, patch_gantt_finding
from advisor.reports.fleet.runbook_words import STEP_WORDS, short_names
from advisor.reports.palette import PALETTE
from advisor.reports.wording import printable

MOST_NAMED: Final = 40
"""Moves up to which each has a row with its name; more share rows, by destination."""

MOST_ROWS: Final = 120
# Letters of a name that stand beside a chart in full.
_MOST_LETTERS: Final = 13
_NAMED_HEIGHT = 16
_LANE_HEIGHT = 10
_NODE_HEIGHT = 18
_WAY_COLOURS: Final = {
    "live": PALETTE.accent,
    "storage": PALETTE.allowed,
    "quick": PALETTE.forbidden,
    "role": PALETTE.ink,
    "blackout": PALETTE.second,
}
_STEP_COLOURS: Final = {
    STEP_WORDS["drain"]: PALETTE.accent,
    STEP_WORDS["update"]: PALETTE.second,
    STEP_WORDS["resync"]: PALETTE.allowed,
    STEP_WORDS["fail_back"]: PALETTE.forbidden,
    STEP_WORDS["health"]: PALETTE.ink,
}
# A window far behind the end would press all moves into a corner; the finding tells it in any case.
_WINDOW_IN_SIGHT = 1.6

Lane = tuple[str, Sequence[PlannedMove]]


def build_drain_gantt(answer: DrainAnswer) -> alt.LayerChart:
    """Moves by destination: a bar from median start to median end, a whisker to the end's p95, the blackout marked."""
    short = short_names(move.destination for move in answer.moves)
    lanes, not_drawn = _lanes(
        [move.model_copy(update={"destination": short[move.destination]}) for move in answer.moves]
    )
    bars: list[dict[str, Any]] = []
    whiskers: list[dict[str, Any]] = []
    for i, (_, moves) in enumerate(lanes):
        for move in moves:
            dark = max(move.end_s.p50 - move.dark_s.p50, move.start_s.p50)
            bars.append({"row": str(i), "part": move.way, "start": move.start_s.p50, "end": dark})
            bars.append({"row": str(i), "part": "blackout", "start": dark, "end": move.end_s.p50})
        # In a row of many moves only the last one's whisker has room.
        whiskers += [{"row": str(i), "start": move.end_s.p50, "end": move.end_s.p95} for move in moves[-1:]]
    names = told_apart([printable(name) for name, _ in lanes])
    layers = _layers(bars, whiskers, names, _WAY_COLOURS, answer.goals.window_s, "Time since the drain began")
    height = _NAMED_HEIGHT if len(answer.moves) <= MOST_NAMED else _LANE_HEIGHT
    return dressed(layers, drain_gantt_finding(answer, not_drawn), len(lanes) * height, width_beside(names))


def build_patch_gantt(answer: PatchAnswer) -> alt.LayerChart:
    """Steps by node: a bar from median start over the median time, a whisker to the p95 of the node's end."""
    rows = {node: str(i) for i, node in enumerate(dict.fromkeys(step.node for step in answer.steps))}
    bars = [
        {
            "row": rows[step.node],
            "part": STEP_WORDS[step.step],
            "start": step.start_s.p50,
            "end": step.start_s.p50 + step.time_s.p50,
        }
        for step in answer.steps
    ]
    done = {bar["row"]: bar["end"] for bar in bars}
    whiskers = [
        {"row": rows[node], "start": done[rows[node]], "end": late} for node, late in _latest_ends(answer).items()
    ]
    short = short_names(rows)
    names = told_apart([printable(short[node]) for node in rows])
    layers = _layers(bars, whiskers, names, _STEP_COLOURS, answer.goals.window_s, "Time since the night began")
    return dressed(layers, patch_gantt_finding(answer), len(rows) * _NODE_HEIGHT, width_beside(names))


def told_apart(names: Sequence[str]) -> list[str]:
    """Names short enough to stand beside a chart, cut in the middle where that keeps most of them different.

    Examples
    --------
    >>> told_apart(["production-webserver-01", "production-webserver-02", "db"])
    ['produ…rver-01', 'produ…rver-02', 'db']
    """

    def cut(name: str, head: int) -> str:
        tail = _MOST_LETTERS - 1 - head
        return name if len(name) <= _MOST_LETTERS else f"{name[:head]}…{name[-tail:]}"

    heads = sorted(range(2, _MOST_LETTERS - 2), key=lambda head: abs(head - _MOST_LETTERS // 2 + 1))
    ways = [[cut(name, head) for name in names] for head in heads]
    return max(ways, key=lambda way: len(set(way)))


def _lanes(moves: Sequence[PlannedMove]) -> tuple[list[Lane], int]:
    """Rows of the chart with what is named beside them, and how many destinations are left out for want of room."""
    by_destination: dict[str, list[PlannedMove]] = {}
    for move in sorted(moves, key=lambda move: (move.start_s.p50, move.order)):
        by_destination.setdefault(move.destination, []).append(move)
    if len(moves) <= MOST_NAMED:
        return [lane for name in sorted(by_destination) for lane in _named(name, by_destination[name])], 0
    lanes: list[Lane] = []
    last_first = sorted(by_destination, key=lambda name: -max(move.end_s.p50 for move in by_destination[name]))
    for drawn_so_far, name in enumerate(last_first):
        packed = _packed(by_destination[name])
        if lanes and len(lanes) + len(packed) > MOST_ROWS:
            return lanes, len(last_first) - drawn_so_far
        lanes += [(name if i == 0 else "", own) for i, own in enumerate(packed)]
    return lanes, 0


def _named(destination: str, moves: Sequence[PlannedMove]) -> list[Lane]:
    return [(f"to {destination}:", ()), *((move.vm, (move,)) for move in moves)]


def _packed(moves: Sequence[PlannedMove]) -> list[list[PlannedMove]]:
    """Moves in as few rows as there are at once; they come in order of their starts."""
    lanes: list[list[PlannedMove]] = []
    for move in moves:
        free = next((lane for lane in lanes if lane[-1].end_s.p50 <= move.start_s.p50), None)
        if free is None:
            lanes.append([move])
        else:
            free.append(move)
    return lanes


def _latest_ends(answer: PatchAnswer) -> dict[str, float]:
    """By node, the p95 of its end: when the step that follows its last one starts, or the whole ends [s]."""
    ends = {before.node: after.start_s.p95 for before, after in pairwise(answer.steps) if before.node != after.node}
    if answer.steps:
        last: PatchStep = answer.steps[-1]
        ends[last.node] = answer.total_s.p95 if answer.total_s else last.start_s.p95 + last.time_s.p50
    return ends


def _layers(
    bars: Sequence[Mapping[str, Any]],
    whiskers: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    colours: Mapping[str, str],
    window_s: float | None,
    title: str,
) -> list[alt.Chart]:
    """The window, the whiskers and the bars, whose parts are told apart by colour."""
    highest = max((row["end"] for row in (*bars, *whiskers)), default=1.0)
    if window_s is not None and window_s > highest * _WINDOW_IN_SIGHT:
        window_s = None
    ticks = even_ticks(max(highest, window_s or 0.0) or 1.0)
    scale = alt.Scale(domain=[0, ticks[-1]], nice=False)
    x = alt.X("start:Q", scale=scale, title=f"{title}{dashed_window(window_s)}", axis=duration_axis(ticks))
    used = [part for part in colours if any(bar["part"] == part for bar in bars)]
    colour = alt.Scale(domain=used, range=[colours[part] for part in used])
    legend = alt.Legend(orient="bottom", title=None, columns=2, columnPadding=30) if used else None
    # The outline keeps a blackout of a second in sight on an axis of hours.
    outline = alt.condition("datum.part == 'blackout'", alt.value(1), alt.value(0))
    y = named_rows(names)
    return [
        *window_rule(window_s, scale),
        drawn(whiskers).mark_rule(color=PALETTE.muted, strokeWidth=1).encode(x=x, x2="end:Q", y=y),
        drawn(bars)
        .mark_bar()
        .encode(
            x=x,
            x2="end:Q",
            y=y,
            color=alt.Color("part:N", sort=None, scale=colour, legend=legend),
            stroke=alt.Stroke("part:N", sort=None, scale=colour, legend=legend),
            strokeWidth=outline,
        ),
    ]
