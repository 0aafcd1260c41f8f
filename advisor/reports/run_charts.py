"""Charts of an evaluation as pure functions: scored runs in, an Altair chart out, for reports and the app alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from advisor.calibration.evaluation import PlatformScore, RowScore
from advisor.reports.drawing import WIDTH, drawn, dressed, duration_axis
from advisor.reports.evaluation_words import BASELINES, percent
from advisor.reports.palette import PALETTE
from advisor.reports.run_findings import errors_finding, runs_finding
from advisor.reports.wording import printable

MOST_RUNS: Final = 2000
"""Runs drawn; of more, every so-many-th in order of their measured time."""

_HEIGHT: Final = 300
_ROW_HEIGHT: Final = 20
_TICKS_S: Final = (0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 21600, 86400, 864000, 8640000, 86400000)
_MARKS: Final = (
    ("tcpip", "circle", PALETTE.accent),
    ("compression", "square", PALETTE.second),
    ("multichannel", "triangle-up", PALETTE.allowed),
    ("rdma", "diamond", PALETTE.ink),
)
_ROOM_FOR_VALUES: Final = 1.3


def build_runs_chart(rows: Sequence[RowScore]) -> alt.LayerChart:
    """Predicted against measured total time on log scales: each run with its 90 % interval, and the diagonal.

    Transports are told apart by shape and colour. Where a run's interval does not cross the diagonal, its whisker is
    dashed: what was measured lies outside.
    """
    shown = drawn_runs(rows)
    points: list[dict[str, Any]] = [
        {
            "run": printable(row.run_id),
            "transport": row.transport,
            "measured": row.measured_s,
            "p05": max(row.total_s.p05, _TICKS_S[0]),
            "p50": max(row.total_s.p50, _TICKS_S[0]),
            "p95": max(row.total_s.p95, _TICKS_S[0]),
            "inside": row.total_s.p05 <= row.measured_s <= row.total_s.p95,
        }
        for row in shown
    ]
    ends = [value for point in points for value in (point["measured"], point["p05"], point["p95"])]
    low, high = (min(ends) / 1.2, max(ends) * 1.2) if ends else (1.0, 60.0)
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = duration_axis(_ticks(low, high))
    x = alt.X("measured:Q", scale=scale, axis=axis, title="Measured total time, log scale")

    def y(quantile: str) -> alt.Y:
        return alt.Y(f"{quantile}:Q", scale=scale, axis=axis, title="Predicted, 90 % interval; dashed: missed")

    used = [mark for mark in _MARKS if any(point["transport"] == mark[0] for point in points)]
    names = [name for name, _, _ in used]
    legend = alt.Legend(orient="bottom", title=None, columns=2, symbolOpacity=1) if used else None
    colour = alt.Color(
        "transport:N", sort=None, legend=legend, scale=alt.Scale(domain=names, range=[mark[2] for mark in used])
    )
    shape = alt.Shape(
        "transport:N", sort=None, legend=legend, scale=alt.Scale(domain=names, range=[mark[1] for mark in used])
    )
    diagonal = drawn([{"measured": low, "p50": low}, {"measured": high, "p50": high}])
    many = len(points) > 100
    layers = [
        diagonal.mark_line(color=PALETTE.muted, strokeWidth=1).encode(x=x, y=y("p50")),
        drawn([point for point in points if point["inside"]])
        .mark_rule(opacity=0.2 if many else 0.6)
        .encode(x=x, y=y("p05"), y2="p95:Q", color=colour),
        drawn([point for point in points if not point["inside"]])
        .mark_rule(opacity=0.4 if many else 0.9, strokeDash=[3, 3])
        .encode(x=x, y=y("p05"), y2="p95:Q", color=colour),
        drawn(points)
        .mark_point(filled=True, size=14 if many else 55, opacity=0.7 if many else 1)
        .encode(x=x, y=y("p50"), color=colour, shape=shape),
    ]
    return dressed(layers, runs_finding(rows, len(shown)), _HEIGHT, WIDTH - 20)


def build_errors_chart(platform: PlatformScore) -> alt.LayerChart:
    """Median error of total time by transport, beside simpler rules on the same runs."""
    several = len(platform.transports) > 1
    scores = (*platform.transports, *((platform.overall,) if several else ()))
    rows: list[dict[str, Any]] = [
        {"transport": one.transport, "what": what, "error": error, "value": f"{percent(error)} {what}"}
        for one in scores
        for what, error in (
            ("advisor", one.time.median_ape),
            *((label, one.baselines[name]) for name, label in BASELINES.items()),
        )
    ]
    kinds = ["advisor", *BASELINES.values()]
    highest = max((row["error"] for row in rows), default=0.0) or 1.0
    x = alt.X(
        "error:Q",
        scale=alt.Scale(domain=[0, highest * 2 * _ROOM_FOR_VALUES], nice=False),
        axis=None,
    )
    parts = {
        "y": alt.Y("transport:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.1)),
        "yOffset": alt.YOffset("what:N", sort=None, scale=alt.Scale(domain=["label", *kinds])),
    }
    colour = alt.condition("datum.what == 'advisor'", alt.value(PALETTE.accent), alt.value(PALETTE.forbidden))
    labels = drawn(
        [{"transport": one.transport, "what": "label", "label": _told(one.transport, one.n)} for one in scores]
    )
    base = drawn(rows)
    layers = [
        base.mark_bar(height=12).encode(**parts, x=x, color=colour),
        base.mark_text(align="left", dx=4, color=PALETTE.ink).encode(**parts, x=x, text="value:N"),
        labels.mark_text(align="left", color=PALETTE.ink, fontWeight="bold").encode(
            **parts, x=alt.value(0), text="label:N"
        ),
    ]
    return dressed(layers, errors_finding(platform), len(scores) * (len(kinds) + 1) * _ROW_HEIGHT)


def drawn_runs(rows: Sequence[RowScore]) -> list[RowScore]:
    """The runs that are drawn: all, or evenly many over the measured times."""
    ordered = sorted(rows, key=lambda row: row.measured_s)
    step = -(-len(ordered) // MOST_RUNS)
    return ordered[:: step or 1]


def _ticks(low: float, high: float) -> list[float]:
    """Times that read well between the two; two at least, so that an axis has a scale."""
    within = [tick for tick in _TICKS_S if low <= tick <= high]
    return within if len(within) > 1 else [low, (low * high) ** 0.5, high]


def _told(transport: str, runs: int) -> str:
    return f"{transport}, {runs} run{'' if runs == 1 else 's'}"
