"""What a chart shows, in words, for whoever cannot see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.domain.answers import Interval, OptionAnswer, PassRow, RateStep, Recommendation
from advisor.reports.findings import forbidden_by, is_same
from advisor.reports.wording import in_seconds, number, plural, praise, printable, with_span
from advisor.units import format_duration


def options_finding(answer: Recommendation) -> str:
    """Total time: of the recommended option, of the longest other, and what is forbidden."""
    return _interval_finding(answer, "total time", lambda option: option.total_s)


def blackout_finding(answer: Recommendation) -> str:
    """Blackout: of the recommended option, of the longest other, what is forbidden, and the limit."""
    finding = _interval_finding(answer, "longest blackout", lambda option: in_seconds(option.blackout_ms))
    limit = answer.goals.max_blackout_s
    return finding if limit is None else f"{finding} Dashed: the limit of {format_duration(limit)}."


def _interval_finding(answer: Recommendation, what: str, read: Callable[[OptionAnswer], Interval]) -> str:
    if answer.recommended is None:
        return f"The {what} of {len(answer.options)} options, every one of them forbidden."
    allowed = [o for o in answer.options if not forbidden_by(o) and not is_same(o, answer.recommended)]
    option = answer.recommended
    finding = f"{praise(option).capitalize()}: {printable(option.label)}, {what} {with_span(read(option))}."
    if allowed:
        slowest = max(allowed, key=lambda option: read(option).p50)
        finding += f" The longest of the others: {printable(slowest.label)}, {with_span(read(slowest))}."
    forbidden = [option for option in answer.options if forbidden_by(option)]
    if forbidden:
        finding += f" Forbidden by rules: {', '.join(printable(option.label) for option in forbidden)}."
    return finding


def cpu_finding(answer: Recommendation) -> str:
    """CPU: what the recommended option takes, and which takes most."""
    if answer.recommended is None:
        return f"CPU cores taken by {len(answer.options)} options, every one of them forbidden."
    cores = answer.recommended.cpu_cores
    most = max(answer.options, key=lambda option: option.cpu_cores.source, default=answer.recommended)
    return (
        f"{praise(answer.recommended).capitalize()}: {printable(answer.recommended.label)}, which takes "
        f"{number(cores.source, 2)} cores at the source and "
        f"{number(cores.destination, 2)} at the destination; the most at the source is "
        f"{number(most.cpu_cores.source, 2)}, by {printable(most.label)}."
    )


def throughput_finding(rates: Sequence[RateStep]) -> str:
    """The highest rate, and when the move is over."""
    peak = max((step.gbps for step in rates), default=0.0)
    end = rates[-1].end_s if rates else 0.0
    return f"Up to {number(peak)} Gbit/s on the wire; over after {format_duration(end)}."


def dirty_finding(timeline: Sequence[PassRow], not_drawn: int) -> str:
    """How much the first pass left dirty, and whose curves are not drawn."""
    dirty = max((row.dirty_left_gib for row in timeline if row.number == 1), default=0.0)
    finding = f"After its first pass a VM has at most {number(dirty)} GiB left to send."
    return f"{finding} {plural(not_drawn, 'shorter move')} not drawn." if not_drawn else finding
