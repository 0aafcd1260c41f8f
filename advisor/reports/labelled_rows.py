"""Rows of a bar chart whose names stand above their bars: a long name takes several lines."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from advisor.reports.drawing import LOWEST_HEIGHT, duration_axis, marked
from advisor.reports.palette import PALETTE

WHERE_FORBIDDEN: Final = {"test": "datum.status == 'forbidden'", "value": PALETTE.forbidden}
# What a chart on a phone has room for; a name that is longer than all its lines is no name any more.
_LETTERS: Final = 46
_MOST_LINES: Final = 3
_NAME_HEIGHT: Final = 15.0
_BAR_HEIGHT: Final = 16.5
_BETWEEN_ROWS: Final = 6.0


@dataclass(frozen=True, slots=True)
class Stack:
    """Rows below each other: of each its name, then its bars.

    Attributes
    ----------
    y : where a bar is; its field is ``at``.
    names : the names, drawn.
    bars : where each bar is, by what its row and it are told apart by.
    height : of all rows.
    """

    y: alt.Y
    names: alt.Chart
    bars: Mapping[tuple[str, str], float]
    height: float

    def placed(self, row: Mapping[str, Any], part: str) -> dict[str, Any]:
        """A row with where one of its bars is."""
        return {**row, "at": self.bars[row["option"], part]}


def stacked(rows: Sequence[Mapping[str, Any]], *parts: str) -> Stack:
    """Divide a chart into its rows, which are as high as their names need.

    Parameters
    ----------
    rows : ``option`` (what a row is told apart by), ``label`` (its name) and, where it may be grey, ``status``.
    parts : what its bars are told apart by.
    """
    names: list[dict[str, Any]] = []
    bars: dict[tuple[str, str], float] = {}
    end = 0.0
    for row in rows:
        for text in _wrapped(row["label"]):
            names.append({**row, "text": text, "at": end + _NAME_HEIGHT / 2})
            end += _NAME_HEIGHT
        for part in parts:
            bars[row["option"], part] = end + _BAR_HEIGHT / 2
            end += _BAR_HEIGHT
        end += _BETWEEN_ROWS
    height = max(end, LOWEST_HEIGHT)
    y = alt.Y("at:Q", axis=None, scale=alt.Scale(domain=[0, height], reverse=True, nice=False, padding=0))
    left = alt.XValue(0)  # type: ignore[no-untyped-call]
    colour = alt.ColorValue(PALETTE.ink, condition=WHERE_FORBIDDEN)
    look = {"align": "left", "limit": alt.ExprRef("width")}
    drawn = marked("text", names, look, {"y": y, "x": left, "text": alt.Text("text:N"), "color": colour})
    return Stack(y, drawn, bars, height)


def bar_marks(
    rows: Sequence[Mapping[str, Any]], look: Mapping[str, Any], stack: Stack, x: alt.X, **colour: alt.Color
) -> list[alt.Chart]:
    """Bars from the left with their values in words behind them.

    Parameters
    ----------
    rows : placed, with ``value`` (in words).
    """
    bar = {"orient": "horizontal", "size": _BAR_HEIGHT - 1, **look}
    text = {"align": "left", "dx": 4, "color": PALETTE.ink}
    return [
        marked("bar", rows, bar, {"y": stack.y, "x": x, **colour}),
        marked("text", rows, text, {"y": stack.y, "x": x, "text": alt.Text("value:N")}),
    ]


def _wrapped(label: str) -> list[str]:
    """The lines of a name; each part of it that begins one of its own is shortened by itself."""
    lines: list[str] = []
    for part in label.split("\n"):
        lines += textwrap.wrap(part, _LETTERS, break_on_hyphens=False, max_lines=_MOST_LINES, placeholder=" …")
    return lines


def interval_marks(
    rows: Sequence[Mapping[str, Any]], scale: alt.Scale, ticks: Sequence[float], title: str
) -> tuple[list[alt.Chart], float]:
    """Intervals with their medians, values and names, a row for each; and the height they need.

    Parameters
    ----------
    rows : ``option`` (what it is told apart by), ``label``, ``status``, ``value`` (in words), ``p05``, ``p50`` and
        ``p95`` [s].
    """
    stack = stacked(rows, "bar")
    bars = [stack.placed(row, "bar") for row in rows]

    def x(quantile: str) -> alt.X:
        return alt.X(f"{quantile}:Q", scale=scale, title=title, axis=duration_axis(ticks))

    colour = _by_status()
    layers = [
        marked(
            "rule",
            bars,
            {"strokeWidth": 7, "opacity": 0.45},
            {"y": stack.y, "x": x("p05"), "x2": alt.X2("p95:Q"), "color": colour},
        ),
        marked(
            "tick",
            bars,
            {"orient": "vertical", "thickness": 3, "size": 15, "opacity": 1},
            {"y": stack.y, "x": x("p50"), "color": colour},
        ),
        marked(
            "text",
            bars,
            {"align": "left", "dx": 6, "color": PALETTE.ink},
            {"y": stack.y, "x": x("p95"), "text": alt.Text("value:N")},
        ),
        stack.names,
    ]
    return layers, stack.height


def _by_status() -> alt.Color:
    return alt.Color(
        "status:N",
        legend=None,
        scale=alt.Scale(
            domain=["recommended", "allowed", "forbidden"], range=[PALETTE.accent, PALETTE.allowed, PALETTE.forbidden]
        ),
    )
