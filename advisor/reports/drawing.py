"""What charts share: a width a phone can show, axes in durations, the colours of the house, and the drawing itself."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import altair as alt
import vl_convert
from altair.utils import schemapi

from advisor.reports.palette import PALETTE
from advisor.units import format_duration

Kind = Literal["area", "bar", "line", "point", "rect", "rule", "text", "tick"]
"""Kinds of marks, as Vega-Lite calls them."""
WIDTH: Final = 330
LOWEST_HEIGHT: Final = 38
# Labels are laid out in another font than a browser may show them in.
_BETWEEN_LABELS: Final = 14
_NICE_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


# Altair would hold every word of a chart against the schema as it is said, which takes longer than all the rest. The
# whole is still held against it as a report writes the chart (`to_dict`); the app, which draws the same charts, leaves
# that out. For all threads alike, once: switched off and on
# around a chart, it would be switched on amid another's.
schemapi.disable_debug_mode()


class _Rows(alt.InlineData):
    """Rows that nobody changes: a chart, which is copied at each further word of it, shares them with its copies."""

    def __deepcopy__(self, _: object) -> _Rows:
        return self


class _Places(alt.FacetedEncoding):
    """What of a row goes where, which nobody changes either."""

    def __deepcopy__(self, _: object) -> _Places:
        return self


def drawn(rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """A chart of rows that travel inside it."""
    return alt.Chart(_Rows(values=[dict(row) for row in rows]))


def marked(
    kind: Kind, rows: Sequence[Mapping[str, Any]], look: Mapping[str, Any], channels: Mapping[str, Any]
) -> alt.Chart:
    """Marks of one kind, drawn from rows: all in one call, where `drawn(rows).mark_…().encode()` copies at each word.

    Parameters
    ----------
    look : properties of the mark.
    channels : what of a row goes where, as objects.
    """
    return alt.Chart(
        data=_Rows(values=[dict(row) for row in rows]),
        mark=alt.MarkDef(type=kind, **look),
        encoding=_Places(**channels),
    )


def even_ticks(highest_s: float) -> list[float]:
    """Ticks from 0 to the highest time or a little past it [s], six or so, at steps that read well.

    Examples
    --------
    >>> even_ticks(70.0)
    [0, 15, 30, 45, 60, 75]
    """
    step = next((step for step in _NICE_STEPS_S if highest_s / step <= 5), max(_NICE_STEPS_S[-1], highest_s / 5))
    return [step * i for i in range(math.ceil(highest_s / step) + 1)]


def decades(lowest: float, highest: float) -> list[float]:
    """Powers of ten that hold both values, two at least.

    Examples
    --------
    >>> decades(0.5, 20)
    [0.1, 1.0, 10.0, 100.0]
    """
    first = math.floor(math.log10(lowest))
    return [10.0**power for power in range(first, max(math.ceil(math.log10(highest)), first + 1) + 1)]


def worded(values: Sequence[Any], words: Sequence[str]) -> str:
    """An expression that writes a word in place of each value of an axis."""
    return f"{json.dumps(list(words))}[indexof({json.dumps(list(values))}, datum.value)]"


def duration_axis(ticks: Sequence[float]) -> alt.Axis:
    """An axis whose ticks are written as durations."""
    words = [format_duration(tick) if tick else "0" for tick in ticks]
    return alt.Axis(values=list(ticks), labelExpr=worded(ticks, words), labelSeparation=_BETWEEN_LABELS)


def dressed(layers: Sequence[alt.Chart], finding: str, height: float, width: float = WIDTH) -> alt.LayerChart:
    """The layers as one chart in the house's colours, its finding in words as its description."""
    # In one call: every other way of saying this copies all layers at each word.
    return alt.LayerChart(
        layer=list(layers),
        width=width,
        height=max(height, LOWEST_HEIGHT),
        description=finding,
        config=alt.Config(
            background="transparent",
            font="system-ui, sans-serif",
            padding=4,
            aria=False,
            view=alt.ViewConfig(stroke=None),
            axis=alt.AxisConfig(
                labelColor=PALETTE.muted,
                titleColor=PALETTE.muted,
                gridColor=PALETTE.grid,
                domainColor=PALETTE.muted,
                tickColor=PALETTE.muted,
                labelFontSize=11,
                titleFontSize=11,
                titleFontWeight="normal",
                titlePadding=8,
            ),
            legend=alt.LegendConfig(labelColor=PALETTE.ink, labelFontSize=11),
            text=alt.MarkConfig(fontSize=11.5),
        ),
    )


def svg(chart: alt.LayerChart) -> str:
    """The chart as an SVG element, for use inside a page: nothing in it is fetched from anywhere.

    Notes
    -----
    Text is escaped by the renderer. The XML namespaces are left out, since HTML knows the element without them.
    """
    version = "v" + ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    drawing: str = vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=version, allowed_base_urls=[])
    for namespace in ('xmlns="http://www.w3.org/2000/svg"', 'xmlns:xlink="http://www.w3.org/1999/xlink"'):
        drawing = drawing.replace(f" {namespace}", "", 1)
    return drawing
