"""Charts of a sensitivity as pure functions: a heat map over two inputs, and what makes the interval wide.

Cells keep their colours on a dark page: each is written on in black or white, whichever reads better on it. Lines,
frames and whatever stands beside the cells are in the colours of `PALETTE`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from advisor.domain.sensitivity import Axis, Cell, Measure, Quantile, Sensitivity, State, Uncertainty
from advisor.reports.drawing import WIDTH, drawn, dressed, worded
from advisor.reports.heat_colours import cell_colours
from advisor.reports.heat_map_words import (
    axis_title,
    heat_map_finding,
    letters,
    seconds_of,
    tick,
    uncertainty_finding,
    worth_drawing,
)
from advisor.reports.palette import PALETTE
from advisor.reports.wording import number, printable
from advisor.units import format_duration

_CELL_HEIGHT = 48
_BELOW = 50  # for an axis with its title, where a page makes them share the height
_LETTER_WIDTH = 6
_SHORTEST_LINE = 24
_HATCHES = 4
_FACTOR_HEIGHT = 54
_MOST_FACTORS = 10
_SIGNS = {State.IMPOSSIBLE: "×", State.FORBIDDEN: "–"}


def build_heat_map(found: Sensitivity, measure: Measure, quantile: Quantile = "p50") -> alt.LayerChart:
    """A cell for each pair of values, its time as colour and in words, lines where the recommendation changes.

    Parameters
    ----------
    measure : which time.
    quantile : which end of its interval, or the median.
    """
    names = letters(found)
    rows = _cell_rows(found, measure, quantile, names)
    told = [row for row in rows if row["fill"]]
    height = len(found.up.values) * _CELL_HEIGHT
    x = _axis(alt.X, "left", found.across, WIDTH // _LETTER_WIDTH)
    y = _axis(alt.Y, "bottom", found.up, max(height // _LETTER_WIDTH, _SHORTEST_LINE))
    box = {"x": x, "x2": "right:Q", "y": y, "y2": "top:Q"}
    middle = {"x": _on(alt.X, "x", found.across), "y": _on(alt.Y, "y", found.up)}
    own_fill, own_ink = alt.Color("fill:N", scale=None, legend=None), alt.Color("ink:N", scale=None, legend=None)
    size = alt.ExprRef(f"max(8, min(12.5, width / {len(found.across.values)} / 4))")
    written: dict[str, Any] = {"baseline": "middle", "lineBreak": "\n", "lineHeight": 12, "fontSize": size}
    layers = [
        drawn([row for row in rows if not row["fill"]]).mark_rect(fill="transparent").encode(**box),
        drawn(told).mark_rect(stroke=PALETTE.page, strokeWidth=0.5).encode(**box, color=own_fill),
        _hatches(told, found, own_ink),
        # A rim in the cell's colour keeps what is written clear of the hatches.
        drawn(told)
        .mark_text(**written, strokeWidth=4, strokeJoin="round")
        .encode(**middle, text="value:N", stroke=alt.Stroke("fill:N", scale=None)),
        drawn(told).mark_text(**written).encode(**middle, text="value:N", color=own_ink),
        drawn([row for row in rows if not row["fill"]])
        .mark_text(fontSize=15, color=PALETTE.muted)
        .encode(**middle, text="value:N"),
        *_lines(found),
        *_today(rows, box, found),
    ]
    if len(names) > 1:
        corner = {"x": _on(alt.X, "letter_x", found.across), "y": _on(alt.Y, "letter_y", found.up)}
        layers.append(
            drawn(told)
            .mark_text(align="right", baseline="top", dx=-5, dy=4, fontSize=9, fontWeight="bold")
            .encode(**corner, text="letter:N", color=own_ink)
        )
    finding = heat_map_finding(found, measure, quantile)
    return dressed(layers, finding, height + _BELOW, max(WIDTH, _CELL_HEIGHT * len(found.across.values)))


def build_uncertainty_chart(found: Uncertainty) -> alt.LayerChart:
    """How wide the interval is now and once each factor were known, the ten that matter most."""
    shown = worth_drawing(found.factors)[:_MOST_FACTORS]
    rows: list[dict[str, Any]] = [
        {
            "row": str(i),
            "label": printable(one.what),
            "part": part,
            "width": width,
            "value": f"{number(width)} × {part}",
        }
        for i, one in enumerate(shown)
        for part, width in (("now", one.width_before), ("once known", one.width_after))
    ]
    bands = {
        "y": alt.Y("row:N", sort=None, axis=None),
        "yOffset": alt.YOffset("part:N", sort=None, scale=alt.Scale(domain=["label", "now", "once known"])),
    }
    highest = max((row["width"] for row in rows), default=1.0)
    x = alt.X(
        "width:Q",
        title="p95 / p05 of the total time of all moves",
        scale=alt.Scale(domain=[0, highest * 1.6], nice=False),
        axis=alt.Axis(tickCount=5),
    )
    colour = alt.Color(
        "part:N",
        legend=None,
        scale=alt.Scale(domain=["now", "once known"], range=[PALETTE.forbidden, PALETTE.accent]),
    )
    labels = drawn([{**row, "part": "label"} for row in rows if row["part"] == "now"])
    layers = [
        drawn(rows).mark_bar().encode(**bands, x=x, color=colour),
        drawn(rows).mark_text(align="left", dx=4, color=PALETTE.ink).encode(**bands, x=x, text="value:N"),
        labels.mark_text(align="left", limit=WIDTH - 10, color=PALETTE.ink).encode(
            **bands, x=alt.value(0), text="label:N"
        ),
    ]
    return dressed(layers, uncertainty_finding(found), len(shown) * _FACTOR_HEIGHT + _BELOW)


def _cell_rows(
    found: Sensitivity, measure: Measure, quantile: Quantile, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """A row for each cell, where it lies and what is written on it."""
    seconds = [seconds_of(cell, measure, quantile) for cell in found.cells]
    colours = iter(cell_colours([one for one in seconds if one is not None]))
    width = len(found.across.values)
    rows = []
    for i, (cell, own) in enumerate(zip(found.cells, seconds, strict=True)):
        up, across = divmod(i, width)
        fill, ink = next(colours) if own is not None else ("", "")
        rows.append(
            {
                "left": across,
                "right": across + 1,
                "bottom": up,
                "top": up + 1,
                "x": across + 0.5,
                "y": up + 0.5,
                "letter_x": across + 1,
                "letter_y": up + 1,
                "fill": fill,
                "ink": ink,
                "value": _SIGNS[cell.state] if own is None else _in_two_lines(format_duration(own)),
                "letter": names.get(cell.label or "", ""),
                "stuck": cell.converges is False,
                "today": cell is found.today,
            }
        )
    return rows


def _in_two_lines(duration: str) -> str:
    r"""A duration of two units on two lines, so that it fits a narrow cell.

    Examples
    --------
    >>> _in_two_lines("1 min 15 s"), _in_two_lines("0.84 s")
    ('1 min\n15 s', '0.84 s')
    """
    words = duration.split(" ")
    return "\n".join(" ".join(words[at : at + 2]) for at in range(0, len(words), 2))


def _axis(side: Any, name: str, axis: Axis, letters: int) -> Any:
    """An axis of cells, each named in its middle by its value; its title in lines of so many letters."""
    middles = [i + 0.5 for i in range(len(axis.values))]
    words = [tick(axis.input, value) for value in axis.values]
    return side(
        f"{name}:Q",
        scale=_scale(axis),
        title=textwrap.wrap(axis_title(axis.input), letters),
        axis=alt.Axis(values=middles, labelExpr=worded(middles, words), grid=False, ticks=False, titleLimit=0),
    )


def _on(side: Any, name: str, axis: Axis) -> Any:
    return side(f"{name}:Q", scale=_scale(axis))


def _scale(axis: Axis) -> alt.Scale:
    return alt.Scale(domain=[0, len(axis.values)], nice=False)


def _hatches(rows: Sequence[Mapping[str, Any]], found: Sensitivity, ink: alt.Color) -> alt.Chart:
    """Slanting lines over the cells that do not converge."""
    shares = [i / _HATCHES for i in range(1, _HATCHES)]
    # Parallel to the diagonal, above it and below it.
    ends = [(0.0, 1 - s, s, 1.0) for s in shares] + [(0.0, 0.0, 1.0, 1.0)] + [(s, 0.0, 1.0, 1 - s) for s in shares]
    lines = [
        {
            "x": row["left"] + a,
            "y": row["bottom"] + b,
            "x2": row["left"] + c,
            "y2": row["bottom"] + d,
            "ink": row["ink"],
        }
        for row in rows
        if row["stuck"]
        for a, b, c, d in ends
    ]
    hatched: alt.Chart = (
        drawn(lines)
        .mark_rule(strokeWidth=1, opacity=0.6)
        .encode(x=_on(alt.X, "x", found.across), y=_on(alt.Y, "y", found.up), x2="x2:Q", y2="y2:Q", color=ink)
    )
    return hatched


def _lines(found: Sensitivity) -> list[alt.Chart]:
    """A line between each two neighbours whose recommendation differs, with a rim that shows on any cell."""
    rows = found.rows
    lines = [
        {"x": i + 1, "x2": i + 1, "y": j, "y2": j + 1}
        for j, row in enumerate(rows)
        for i in range(len(row) - 1)
        if _differ(row[i], row[i + 1])
    ] + [
        {"x": i, "x2": i + 1, "y": j + 1, "y2": j + 1}
        for j in range(len(rows) - 1)
        for i in range(len(rows[j]))
        if _differ(rows[j][i], rows[j + 1][i])
    ]
    base = drawn(lines).encode(x=_on(alt.X, "x", found.across), x2="x2:Q", y=_on(alt.Y, "y", found.up), y2="y2:Q")
    return [
        base.mark_rule(strokeWidth=6, strokeCap="square", color=PALETTE.page),
        base.mark_rule(strokeWidth=3, strokeCap="square", color=PALETTE.second),
    ]


def _differ(one: Cell, other: Cell) -> bool:
    return (one.state, one.label) != (other.state, other.label)


def _today(rows: Sequence[Mapping[str, Any]], box: Mapping[str, Any], found: Sensitivity) -> list[alt.Chart]:
    """A frame within today's cell and a dot in its corner."""
    own = [{**row, "ink": row["ink"] or PALETTE.ink} for row in rows if row["today"]]
    frame: dict[str, Any] = {"xOffset": 3, "x2Offset": -3, "yOffset": -3, "y2Offset": 3}
    corner = {"x": _on(alt.X, "left", found.across), "y": _on(alt.Y, "top", found.up)}
    return [
        drawn(own)
        .mark_rect(fill="transparent", strokeWidth=2, **frame)
        .encode(**box, stroke=alt.Stroke("ink:N", scale=None)),
        drawn(own)
        .mark_point(filled=True, size=36, opacity=1, xOffset=9, yOffset=9)
        .encode(**corner, color=alt.Color("ink:N", scale=None)),
    ]
