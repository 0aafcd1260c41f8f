"""Charts of a batch as pure functions: rows in, an Altair chart out, for the page and the app alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from advisor.domain.fleet import CurveRow, HostRow
from advisor.domain.goals import Goals
from advisor.reports.drawing import WIDTH, drawn, dressed, duration_axis, even_ticks, worded
from advisor.reports.fleet.findings import host_drains_finding, settings_finding, sizing_finding
from advisor.reports.fleet.tables import MOST_HOSTS
from advisor.reports.fleet.wording import by_count, counted, held_at
from advisor.reports.labelled_rows import bar_marks, stacked
from advisor.reports.palette import PALETTE
from advisor.reports.wording import number, printable
from advisor.units import format_duration

MOST_SETTINGS: Final = 10
_WIDEST_NAME = 95
_LETTER_WIDTH = 6.5
_HOST_HEIGHT = 17
_FITS: Final = "fits the window"
_NOT_KNOWN: Final = "not known (what can be timed)"
_STANDS: Final = {"misses": "misses the window", "unknown": _NOT_KNOWN}
_HOST_COLOURS: Final = {_STANDS["misses"]: PALETTE.second, _NOT_KNOWN: PALETTE.forbidden, _FITS: PALETTE.accent}
_LINE_COLOURS = (PALETTE.accent, PALETTE.allowed, PALETTE.ink, PALETTE.forbidden, PALETTE.second)


def build_host_drains_chart(hosts: Sequence[HostRow], goals: Goals) -> alt.LayerChart:
    """Drain time of hosts with its 90 % interval, against the window; those that miss it or may miss it stand out.

    Parameters
    ----------
    hosts : in the order to be drawn; the first 40 are.
    """
    shown = hosts[:MOST_HOSTS]
    names = [printable(host.host) for host in shown]
    rows: list[dict[str, Any]] = [
        {
            "row": str(i),
            "p05": host.drain_s_p05,
            "p50": host.drain_s_p50,
            "p95": host.drain_s_p95,
            "window": _STANDS.get(host.window, _FITS),
        }
        for i, host in enumerate(shown)
    ]
    met = {row["window"] for row in rows}
    kinds = [kind for kind in _HOST_COLOURS if kind in met]
    highest = max([row["p95"] for row in rows] + ([goals.window_s] if goals.window_s else []), default=1.0)
    ticks = even_ticks(highest or 1.0)
    scale = alt.Scale(domain=[0, ticks[-1]], nice=False)
    base = drawn(rows).encode(
        y=named_rows(names),
        color=alt.Color(
            "window:N",
            sort=None,
            legend=alt.Legend(orient="bottom", title=None, columns=2, symbolOpacity=1) if len(kinds) > 1 else None,
            scale=alt.Scale(domain=kinds, range=[_HOST_COLOURS[kind] for kind in kinds]),
        ),
    )
    # Colour is not the only sign of a host of which it is not known.
    thickness = alt.condition(f"datum.window === '{_NOT_KNOWN}'", alt.value(2), alt.value(6))

    def x(quantile: str) -> alt.X:
        return alt.X(
            f"{quantile}:Q",
            scale=scale,
            title=f"Drain of the host{dashed_window(goals.window_s)}",
            axis=duration_axis(ticks),
        )

    layers = [
        *window_rule(goals.window_s, scale),
        base.mark_rule(opacity=0.45).encode(x=x("p05"), x2="p95:Q", strokeWidth=thickness),
        base.mark_tick(thickness=3, size=12, opacity=1).encode(x=x("p50")),
    ]
    finding = host_drains_finding(shown, goals) + _not_known_told(shown)
    return dressed(layers, finding, len(rows) * _HOST_HEIGHT, width_beside(names))


def build_sizing_chart(points: Sequence[CurveRow], goals: Goals) -> alt.LayerChart:
    """Drain time of one host against NIC speed, a line for each number of NICs, against the window.

    Parameters
    ----------
    points : of one host; where several transports were tried, the fastest at each point is drawn.
    """
    fastest: dict[tuple[int, float], CurveRow] = {}
    for point in sorted(points, key=lambda point: point.drain_s_p50):
        fastest.setdefault((point.nic_count, point.nic_gbps), point)
    rows: list[dict[str, Any]] = [
        {
            "nics": f"{count} NIC{'s' if count > 1 else ''}",
            "gbps": gbps,
            "p50": point.drain_s_p50,
            "meets": point.meets,
        }
        for (count, gbps), point in sorted(fastest.items())
    ]
    speeds = sorted({gbps for _, gbps in fastest})
    names = list(dict.fromkeys(row["nics"] for row in rows))
    highest = max([row["p50"] for row in rows] + ([goals.window_s] if goals.window_s else []), default=1.0)
    ticks = even_ticks(highest or 1.0)
    scale = alt.Scale(domain=[0, ticks[-1]], nice=False)
    base = drawn(rows).encode(
        x=alt.X(
            "gbps:Q",
            title=f"Gbit/s of a NIC, log scale{dashed_window(goals.window_s)}",
            scale=alt.Scale(type="log", domain=_around(speeds), nice=False),
            axis=alt.Axis(values=speeds, labelExpr=worded(speeds, [number(speed) for speed in speeds])),
        ),
        y=alt.Y("p50:Q", title=f"Median; filled: fits{held_at(goals)}", scale=scale, axis=duration_axis(ticks)),
        color=alt.Color(
            "nics:N",
            sort=None,
            scale=alt.Scale(domain=names, range=[_LINE_COLOURS[i % len(_LINE_COLOURS)] for i in range(len(names))]),
            legend=alt.Legend(orient="bottom", title=None) if names else None,
        ),
    )
    filled = alt.condition("datum.meets", alt.value(1), alt.value(0))
    layers = [
        *window_rule(goals.window_s, scale, across=True),
        base.mark_line(strokeWidth=1.5),
        base.mark_point(filled=True, size=36).encode(opacity=filled),
        base.mark_point(size=36, opacity=1),
    ]
    return dressed(layers, sizing_finding(list(fastest.values()), goals), 150, WIDTH - 40)


def build_settings_chart(settings: Mapping[str, int]) -> alt.LayerChart:
    """Clusters by the setting recommended to them, the ten most frequent ones."""
    rows: list[dict[str, Any]] = [
        {"option": str(i), "label": printable(name), "clusters": count, "value": counted(count, "cluster")}
        for i, (name, count) in enumerate(by_count(settings)[:MOST_SETTINGS])
    ]
    highest = max((row["clusters"] for row in rows), default=1)
    x = alt.X("clusters:Q", title=None, axis=None, scale=alt.Scale(domain=[0, highest * 1.3], nice=False))
    stack = stacked(rows, "bar")
    bars = [stack.placed(row, "bar") for row in rows]
    layers = [*bar_marks(bars, {"color": PALETTE.accent}, stack, x), stack.names]
    return dressed(layers, settings_finding(settings), stack.height)


def _not_known_told(hosts: Sequence[HostRow]) -> str:
    unknown = sum(host.window == "unknown" for host in hosts)
    if not unknown:
        return ""
    of = "one of these hosts it is" if unknown == 1 else f"{unknown} of these hosts it is"
    return f" Of {of} not known whether the window is met: drawn is what of the drain can be timed."


def named_rows(names: Sequence[str]) -> alt.Y:
    """A row for each name, in order, the name beside it; names may be the same. Its field is ``row``, from "0" on."""
    keys = [str(i) for i in range(len(names))]
    axis = alt.Axis(
        labelExpr=worded(keys, names),
        labelLimit=_WIDEST_NAME,
        labelOverlap=False,
        labelPadding=6,
        ticks=False,
        domain=False,
    )
    return alt.Y("row:N", title=None, sort=None, scale=alt.Scale(domain=keys, paddingInner=0.2), axis=axis)


def width_beside(names: Sequence[str]) -> float:
    """Width that the names leave, so that all charts are as wide together with what stands beside them."""
    longest = max((len(name) for name in names), default=0)
    return WIDTH - min(longest * _LETTER_WIDTH, _WIDEST_NAME)


def dashed_window(window_s: float | None) -> str:
    """What the dashed line is, for the title of an axis."""
    return "" if window_s is None else f"; dashed: window of {format_duration(window_s)}"


def window_rule(window_s: float | None, scale: alt.Scale, *, across: bool = False) -> list[alt.Chart]:
    """A dashed line at the window, down the chart or across it; none where no window was given."""
    if window_s is None:
        return []
    line = drawn([{"window": window_s}])
    place: Any = alt.Y("window:Q", scale=scale) if across else alt.X("window:Q", scale=scale)
    rule = line.mark_rule(strokeDash=[4, 3], color=PALETTE.second, strokeWidth=1.5)
    return [rule.encode(y=place) if across else rule.encode(x=place)]


def _around(speeds: Sequence[float]) -> list[float]:
    return [speeds[0] / 1.15, speeds[-1] * 1.15] if speeds else [1, 100]
