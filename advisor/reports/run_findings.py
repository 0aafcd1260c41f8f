"""What a chart of an evaluation shows, in words, for whoever cannot see it."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.calibration.evaluation import PlatformScore, RowScore
from advisor.reports.evaluation_words import BASELINES, percent
from advisor.reports.wording import plural, printable, with_span
from advisor.units import format_duration


def runs_finding(rows: Sequence[RowScore], shown: int) -> str:
    """How many runs lie inside their interval, and which was missed most."""
    if not rows:
        return "No run was predicted."
    inside = sum(row.total_s.p05 <= row.measured_s <= row.total_s.p95 for row in rows)
    worst = max(rows, key=lambda row: abs(row.error_percent))
    finding = (
        f"{inside} of {plural(len(rows), 'run')} {'lies' if inside == 1 else 'lie'} inside the 90 % interval. "
        f"Missed most: {printable(worst.run_id)}, measured "
        f"{format_duration(worst.measured_s)}, predicted {with_span(worst.total_s)} ({worst.error_percent:+.0f} %)."
    )
    return finding if shown == len(rows) else f"{finding} {shown} of them are drawn."


def errors_finding(platform: PlatformScore) -> str:
    """The median error beside that of the best simpler rule, and the transport that is predicted worst."""
    whole = platform.overall
    others = ", ".join(f"{label} {percent(whole.baselines[name])}" for name, label in BASELINES.items())
    finding = f"Median error of total time {percent(whole.time.median_ape)}, against {others}."
    if len(platform.transports) > 1:
        worst = max(platform.transports, key=lambda one: one.time.median_ape)
        finding += f" Predicted worst: {worst.transport}, {percent(worst.time.median_ape)}."
    return finding
