"""What a chart of a batch, a drain or a patch night shows, in words, for whoever cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from advisor.domain.drain import DrainAnswer, PatchAnswer
from advisor.domain.fleet import CurveRow, HostRow
from advisor.domain.goals import Goals
from advisor.reports.fleet.runbook_words import drain_headline, patch_headline, shares_told
from advisor.reports.fleet.wording import by_count, counted, drain_interval, held_at
from advisor.reports.wording import number, printable, with_span
from advisor.units import format_duration


def host_drains_finding(hosts: Sequence[HostRow], goals: Goals) -> str:
    """How many of the hosts miss the window, and which takes longest."""
    if not hosts:
        return "No host has anything to drain."
    slowest = max(hosts, key=lambda row: row.drain_s_p95 or 0.0)
    finding = f"Longest: {printable(slowest.host)}, {with_span(drain_interval(slowest))}."
    if goals.window_s is None:
        return finding
    missing = sum(row.window == "misses" for row in hosts)
    return (
        f"{missing} of {counted(len(hosts), 'host')} shown {'misses' if missing == 1 else 'miss'} the window of "
        f"{format_duration(goals.window_s)} (dashed){held_at(goals)}. {finding}"
    )


def sizing_finding(points: Sequence[CurveRow], goals: Goals) -> str:
    """The fewest and slowest NICs with which a host fits the window, or that none do."""
    if not points:
        return "No other NICs were tried."
    best = min(points, key=lambda point: point.drain_s_p50)
    fitting = [point for point in points if point.meets]
    window = "the window" if goals.window_s is None else f"the window of {format_duration(goals.window_s)}"
    window += held_at(goals)
    if not fitting:
        return (
            f"No NICs tried meet {window}; the fastest, {_nics(best)}, take {format_duration(best.drain_s_p50)} in "
            "the median."
        )
    least = min(fitting, key=lambda point: (point.nic_count * point.nic_gbps, point.nic_count))
    return f"{_nics(least)} meet {window}; the median is {format_duration(least.drain_s_p50)}."


def _nics(point: CurveRow) -> str:
    return f"{point.nic_count} × {number(point.nic_gbps)} Gbit/s"


def settings_finding(settings: Mapping[str, int]) -> str:
    """The setting of most clusters, and how many there are."""
    ranked = by_count(settings)
    if not ranked:
        return "There is no cluster."
    name, count = ranked[0]
    return f"{counted(len(ranked), 'setting')}; most often {printable(name)}, for {counted(count, 'cluster')}."


def drain_gantt_finding(answer: DrainAnswer, not_drawn: int) -> str:
    """When the drain ends, which move ends last, which VM is dark longest, and what is not drawn."""
    if not answer.moves:
        return drain_headline(answer)
    last = max(answer.moves, key=lambda move: move.end_s.p50)
    darkest = max(answer.moves, key=lambda move: move.dark_s.p50)
    nodes = len({move.destination for move in answer.moves})
    end_s = answer.end_s or answer.others_s
    ends = f" in {with_span(end_s)}" if end_s is not None else ", without an end"
    finding = (
        f"{counted(len(answer.moves), 'move')} to {counted(nodes, 'node')}{ends}. Last to end: {printable(last.vm)} on "
        f"{printable(last.destination)}. Dark longest: {printable(darkest.vm)}, {with_span(darkest.dark_s)}."
    )
    if not_drawn:
        finding += f" {counted(not_drawn, 'node')} done sooner not drawn."
    return finding


def patch_gantt_finding(answer: PatchAnswer) -> str:
    """How long the night is, and which kind of step takes most of it."""
    told = shares_told(answer)
    if not answer.steps or answer.total_s is None:
        return patch_headline(answer)
    finding = f"{counted(answer.nodes, 'node')} in {with_span(answer.total_s)}."
    return f"{finding} Most of it is {told[0][0]}: {told[0][1] * 100:.0f} %." if told else finding
