"""How the facts of a batch are put into words, the same in every report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from advisor.domain.answers import Assumption, Interval, Verdict
from advisor.domain.fleet import BINDING_WORDS, BatchSummary, ClusterRow, HostRow
from advisor.domain.goals import Goals
from advisor.reports.wording import plural
from advisor.units import format_duration

ELSEWHERE: Final = "in the CSV or Parquet files of the batch"
"""Where rows stand that a report leaves out."""

_SENTENCE: Final = re.compile(r"\. (?=[A-Z0-9])")
_MOST_SENTENCES: Final = 2
_CHANGE: Final = re.compile(r"(?P<what>\S.*?) \((?P<disruption>online|disruptive)\)(?:;\s*|$)")


def counted(count: int, one: str) -> str:
    """A count with its thousands parted, and its noun.

    Examples
    --------
    >>> counted(1, "host"), counted(20000, "host")
    ('1 host', '20,000 hosts')
    """
    return f"{count:,} {plural(count, one).partition(' ')[2]}"


def drain_interval(row: HostRow) -> Interval:
    """How long the drain of a host takes that is known [s]."""
    return Interval(p05=row.drain_s_p05 or 0.0, p50=row.drain_s_p50 or 0.0, p95=row.drain_s_p95 or 0.0)


def window_phrase(window: str, goals: Goals) -> str:
    """How a time stands to the window; nothing where no window was given.

    Examples
    --------
    >>> window_phrase("misses", Goals(window_s=7200))
    'misses the window of 2 h at p80'
    """
    if goals.window_s is None or window not in {"meets", "misses"}:
        return ""
    verb = "fits" if window == "meets" else "misses"
    return f"{verb} the window of {format_duration(goals.window_s)}{held_at(goals)}"


def held_at(goals: Goals) -> str:
    """The quantile at which a window is held.

    Examples
    --------
    >>> held_at(Goals(window_s=7200))
    ' at p80'
    """
    return f" at p{goals.risk.quantile * 100:.0f}"


def hosts_told(hosts: int, alone: int) -> str:
    """How many hosts there are, and how many of them are in no cluster.

    Examples
    --------
    >>> hosts_told(10, 1), hosts_told(10, 0)
    ('10 hosts (1 in no cluster)', '10 hosts')
    """
    return counted(hosts, "host") + (f" ({alone:,} in no cluster)" if alone else "")


def settings_title(summary: BatchSummary) -> str:
    """What is counted by setting: clusters, and hosts that stand alone where there are such."""
    return f"Clusters{', and hosts in none,' if summary.hosts_alone else ''} by setting"


def batch_headline(summary: BatchSummary) -> str:
    """The size of the estate, and how many hosts miss the window; a host that stands alone is no cluster."""
    alone = summary.hosts_alone
    size = (
        f"{counted(summary.clusters - alone, 'cluster')}, {hosts_told(summary.hosts, alone)}, "
        f"{counted(summary.vms, 'VM')} ({summary.memory_gib:,.0f} GiB)"
    )
    window_s = summary.goals.window_s
    if window_s is None or summary.hosts_missing is None:
        return f"{size}: no window was given."
    verb = "misses" if summary.hosts_missing == 1 else "miss"
    missing = f"{counted(summary.hosts_missing, 'host')} {verb}" if summary.hosts_missing else "no host misses"
    window = f"the window of {format_duration(window_s)}"
    if not summary.hosts_unknown:
        return f"{size}: {missing} {window}."
    with_vms = summary.hosts - summary.limits.get("none", 0)
    if summary.hosts_unknown == with_vms and not summary.hosts_missing:
        of = "any host" if with_vms == summary.hosts else "any host with VMs"
        return f"{size}: whether {of} meets {window} is not known."
    return f"{size}: {missing} {window}; of {counted(summary.hosts_unknown, 'host')} it is not known."


def longest_phrase(summary: BatchSummary) -> str:
    """The longest drain of a host, and what the interval cannot cover."""
    if summary.drain_s_p50_longest == 0:
        return "No host has anything to drain."
    if summary.drain_s_p50_longest is None:
        return "No drain is known: no VM can be timed. The reasons say what to add to the inventory."
    longest = f"The longest drain of a host takes {format_duration(summary.drain_s_p50_longest)}"
    text = f"{longest} in the median, the longest p95 is {format_duration(summary.drain_s_p95_longest)}."
    if summary.rows_missed or summary.obstacles.keys() & summary.reasons.keys():
        text += " No drain counts VMs whose time is not known."
    return text


def drain_told(seconds: float | None) -> str:
    """How long a drain takes; a dash where there is nothing to drain.

    Examples
    --------
    >>> drain_told(95.0), drain_told(None), drain_told(0.0)
    ('1 min 35 s', 'not known', '-')
    """
    return "-" if seconds == 0 else format_duration(seconds)


def why_told(row: ClusterRow) -> list[str]:
    """Why a cluster stands as it does, in short: at most two sentences, and what was not taken where drains get longer.

    Nothing where the setting is plainly ready, changes nothing and makes no drain longer.
    """
    longer = (row.drain_s_p50 or 0.0) > (row.today_s_p50 or 0.0)
    if row.verdict is Verdict.READY and not row.changes and not longer:
        return []
    told = [sentence.rstrip(".") for sentence in _SENTENCE.split(row.why)[:_MOST_SENTENCES] if sentence]
    if longer and row.runner_up:
        told.append(f"Next best: {row.runner_up}" + (f" ({row.runner_up_why})" if row.runner_up_why else ""))
    return told


def by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Names and counts, most first, then by name; a count of none is left out.

    Examples
    --------
    >>> by_count({"b": 2, "a": 2, "c": 9, "d": 0})
    [('c', 9), ('a', 2), ('b', 2)]
    """
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda pair: (-pair[1], pair[0]))


def reasons_told(summary: BatchSummary) -> list[tuple[str, int]]:
    """Reasons in words, with how many VMs each concerns, most first."""
    return [(summary.reason_words.get(code, code), count) for code, count in by_count(summary.reasons)]


def obstacles_told(summary: BatchSummary) -> list[tuple[str, int]]:
    """What keeps hosts from being emptied beside the reasons of VMs, in words, with how many hosts, most first."""
    own = {code: count for code, count in summary.obstacles.items() if code not in summary.reasons}
    return [(summary.reason_words.get(code, code), count) for code, count in by_count(own)]


def limits_told(summary: BatchSummary) -> list[tuple[str, int]]:
    """What holds drains up, in words, with how many hosts, most first."""
    return [(BINDING_WORDS.get(code, code), count) for code, count in by_count(summary.limits)]


def pieces(text: str) -> list[str]:
    """Parts of a text that ; parts.

    Examples
    --------
    >>> pieces("a; b;"), pieces("")
    (['a', 'b'], [])
    """
    return [piece for piece in (part.strip() for part in text.split(";")) if piece]


def rules_told(rows: Iterable[ClusterRow]) -> list[tuple[str, str]]:
    """The rules that cannot tell of some cluster, each with its title."""
    from advisor.rules import get_rule

    ids = sorted({rule for row in rows for rule in pieces(row.verify)})
    return [(rule, get_rule(rule).title) for rule in ids]


def changes_told(text: str) -> list[tuple[str, str]]:
    """Changes of a cluster, each with whether it is online or disruptive; nothing where it does not say so.

    Examples
    --------
    >>> changes_told("option: TCPIP -> SMB (online); jumbo: off -> on; on the switch too (disruptive)")
    [('online', 'option: TCPIP -> SMB'), ('disruptive', 'jumbo: off -> on; on the switch too')]
    """
    told = [(found["disruption"], found["what"]) for found in _CHANGE.finditer(text)]
    return told or [("", piece) for piece in pieces(text)]


def assumption_told(one: Assumption) -> str:
    """An assumption with its reason.

    Examples
    --------
    >>> assumption_told(Assumption(what="MTU", value="1500", why="default"))
    'MTU: 1500 (default)'
    """
    return f"{one.what}: {one.value} ({one.why})"
