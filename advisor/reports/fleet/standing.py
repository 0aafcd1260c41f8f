"""How the hosts and clusters of a batch stand, in words: what misses the window, what does not, what is best."""

from __future__ import annotations

from advisor.domain.answers import Verdict
from advisor.domain.fleet import BatchSummary, ClusterRow, HostRow
from advisor.reports.fleet.wording import counted, drain_interval, held_at
from advisor.reports.wording import with_span
from advisor.units import format_duration


def missing_told(row: HostRow) -> str:
    """How long a host that misses the window takes, under which setting, and with today's; then what helps."""
    drain = drain_interval(row)
    today = f", today {format_duration(row.drain_today_s_p50)}" if row.drain_today_s_p50 is not None else ""
    helped = f", then {format_duration(row.helped_s_p50)}" if row.helped_s_p50 is not None else ""
    told = f"{with_span(drain)} under {row.setting}{today}. "
    return told + row.helps[:1].upper() + row.helps[1:] + helped


def none_missing_told(summary: BatchSummary) -> str:
    """What is to be said where no host is known to miss the window."""
    if summary.goals.window_s is None:
        return "No window was given, so that none can be missed."
    with_vms = summary.hosts - summary.limits.get("none", 0)
    if not with_vms:
        return "None: no host has anything to drain."
    if not summary.hosts_unknown:
        of = "every host" if with_vms == summary.hosts else "every host with VMs"
        return f"None: {of} fits the window of {format_duration(summary.goals.window_s)}{held_at(summary.goals)}."
    known = with_vms - summary.hosts_unknown
    return f"None of the {counted(known, 'host')} of which it is known." if known > 0 else "It is known of no host."


def setting_told(row: ClusterRow) -> str:
    """The setting of a cluster as its verdict lets one speak of it.

    A setting that leaves a limit broken is the best there is, not one to be told to use without a word.
    """
    how = {
        Verdict.NOT_RECOMMENDED: "the best of what can be set, yet not recommended as it stands",
        Verdict.UNKNOWN: "the best of what is known; whether it holds is not known",
    }
    return how.get(row.verdict, row.verdict.value)
