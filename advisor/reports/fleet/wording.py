"""How the facts of a batch, a drain and a patch night are put into words, the same in every report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from advisor.domain.answers import Assumption, Interval
from advisor.domain.drain import Blocker, Check, DrainAnswer, NodeLoad, PatchAnswer, PatchStep, PlannedMove
from advisor.domain.fleet import BINDING_WORDS, BatchSummary, HostRow
from advisor.domain.goals import Goals
from advisor.reports.wording import number, plural, printable, with_span
from advisor.units import format_duration

ELSEWHERE: Final = "in the CSV or Parquet files of the batch"
"""Where rows stand that a report leaves out."""

WAY_WORDS: Final[dict[str, str]] = {
    "live": "live migration",
    "quick": "quick migration: its state is saved, and read again at the destination",
    "storage": "storage, then memory",
    "role": "its role alone: it is off",
}
LATE_WORDS: Final[dict[str, str]] = {
    "live": "It runs on at its source while it is late. Start nothing that waits for it, and look whether its "
    "progress still rises. Where it does not, cancel the move: the VM stays where it is, and can leave by quick "
    "migration or shut down, each with its outage.",
    "quick": "It is dark while it is late. Do not cancel: its state is being written or read, so look at the storage.",
    "storage": "It runs on at its source while it is late. Look at the storage at both ends. A cancelled move starts "
    "from nothing, so cancel only where the window ends sooner.",
    "role": "There is nothing to copy: look at the events of the cluster, not at the network.",
}
STEP_WORDS: Final[dict[str, str]] = {
    "drain": "drain",
    "update": "update and reboot",
    "resync": "storage resync",
    "fail_back": "fail back",
    "health": "health check",
}
BLOCKER_WORDS: Final[dict[str, str]] = {
    "passthrough_disk": "pass-through disk",
    "device_assigned": "assigned device",
    "local_iso": "local image",
    "no_owner": "no possible owner",
    "no_room": "no room",
    "anti_affinity": "anti-affinity",
    "endless": "does not converge",
    "storage": "storage",
}
STATE_WORDS: Final[dict[str, str]] = {"no-go": "No-go", "verify": "Verify", "go": "Go"}
"""What a check says, gravest first."""

STATE_STYLES: Final[dict[str, str]] = {"no-go": "red", "verify": "yellow", "go": "green"}

WHEN_WORDS: Final[dict[str, str]] = {
    "before": "Before: go or no-go",
    "during": "While it runs, and when to stop",
    "after": "Afterwards",
}

_CHANGE: Final = re.compile(r"(?P<what>\S.*?) \((?P<disruption>online|disruptive)\)(?:;\s*|$)")


def counted(count: int, one: str) -> str:
    """A count with its thousands parted, and its noun.

    Examples
    --------
    >>> counted(1, "host"), counted(20000, "host")
    ('1 host', '20,000 hosts')
    """
    return f"{count:,} {plural(count, one).partition(' ')[2]}"


def clock(seconds: float) -> str:
    """Time since the start as a clock shows it, hours first.

    Examples
    --------
    >>> clock(0), clock(41.4), clock(7261), clock(360000)
    ('0:00:00', '0:00:41', '2:01:01', '100:00:00')
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def clock_span(seconds: Interval) -> str:
    """From p05 to p95 as a clock shows them.

    Examples
    --------
    >>> clock_span(Interval(p05=40, p50=50, p95=62))
    '0:00:40-0:01:02'
    """
    low, high = clock(seconds.p05), clock(seconds.p95)
    return low if low == high else f"{low}-{high}"


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
    return f"{verb} the window of {format_duration(goals.window_s)} at p{goals.risk.quantile * 100:.0f}"


def batch_headline(summary: BatchSummary) -> str:
    """The size of the estate, and how many hosts miss the window."""
    size = (
        f"{counted(summary.clusters, 'cluster')}, {counted(summary.hosts, 'host')}, {counted(summary.vms, 'VM')} "
        f"({summary.memory_gib:,.0f} GiB)"
    )
    window_s = summary.goals.window_s
    if window_s is None or summary.hosts_missing is None:
        return f"{size}: no window was given."
    verb = "misses" if summary.hosts_missing == 1 else "miss"
    missing = f"{counted(summary.hosts_missing, 'host')} {verb}" if summary.hosts_missing else "no host misses"
    window = f"the window of {format_duration(window_s)}"
    if not summary.hosts_unknown:
        return f"{size}: {missing} {window}."
    if summary.hosts_unknown == summary.hosts:
        return f"{size}: whether any host meets {window} is not known."
    return f"{size}: {missing} {window}; of {counted(summary.hosts_unknown, 'host')} it is not known."


def longest_phrase(summary: BatchSummary) -> str:
    """The longest drain of a host, and what the interval cannot cover."""
    if summary.drain_s_p50_longest is None:
        return "No drain is known: no VM can be timed. The reasons say what to add to the inventory."
    longest = f"The longest drain of a host takes {format_duration(summary.drain_s_p50_longest)}"
    text = f"{longest} in the median, the longest p95 is {format_duration(summary.drain_s_p95_longest)}."
    if summary.hosts_unknown:
        has = "has" if summary.hosts_unknown == 1 else "have"
        text += f" {counted(summary.hosts_unknown, 'host')} {has} VMs whose time is not known, which no drain counts."
    return text


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


def changes_told(text: str) -> list[tuple[str, str]]:
    """Changes of a cluster, each with whether it is online or disruptive; nothing where it does not say so.

    Examples
    --------
    >>> changes_told("option: TCPIP -> SMB (online); jumbo: off -> on; on the switch too (disruptive)")
    [('online', 'option: TCPIP -> SMB'), ('disruptive', 'jumbo: off -> on; on the switch too')]
    """
    told = [(found["disruption"], found["what"]) for found in _CHANGE.finditer(text)]
    return told or [("", piece) for piece in pieces(text)]


def drain_headline(answer: DrainAnswer) -> str:
    """What becomes of a drain, in one sentence."""
    start = f"Drain of {printable(answer.host)}, cluster {printable(answer.cluster)}, {answer.mode}: "
    if not answer.feasible:
        return f"{start}no plan. {answer.constraint}".strip()
    if answer.end_s is None:
        return f"{start}it never ends. {answer.constraint}".strip()
    if not answer.moves:
        return f"{start}nothing has to move."
    return f"{start}{_parts(counted(len(answer.moves), 'move'), with_span(answer.end_s), answer.window, answer.goals)}."


def patch_headline(answer: PatchAnswer) -> str:
    """What becomes of a patch night, in one sentence."""
    start = f"Patch night of {printable(answer.cluster)}: "
    if not answer.feasible or answer.total_s is None:
        return f"{start}no plan. {answer.constraint}".strip()
    if not answer.nodes:
        return f"{start}no node is to be patched."
    parts = _parts(counted(answer.nodes, "node"), with_span(answer.total_s), answer.window, answer.goals)
    left_out = ", ".join(f"{printable(node)} ({state})" for node, state in answer.left_out.items())
    return f"{start}{parts}{f'; left out: {left_out}' if left_out else ''}."


def _parts(size: str, time: str, window: str, goals: Goals) -> str:
    stands = window_phrase(window, goals)
    return f"{size} in {time}" + (f"; {stands}" if stands else "")


def bound_phrase(answer: DrainAnswer) -> str:
    """The time that no order and no choice of nodes undercuts; nothing where it is not known."""
    if answer.bound_s is None:
        return ""
    by = f", for {answer.bound_by}" if answer.bound_by else ""
    return f"No order of moves and no choice of nodes ends before {format_duration(answer.bound_s)}{by}."


def move_phrase(move: PlannedMove) -> str:
    """Size and way of a move."""
    return f"{number(move.memory_gib)} GiB, {move.way}"


def shares_told(answer: PatchAnswer) -> list[tuple[str, float]]:
    """Kinds of step with their share of the whole, most first."""
    ranked = sorted(answer.shares.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(STEP_WORDS.get(step, step), share) for step, share in ranked if share > 0]


def steps_of_nodes(steps: Sequence[PatchStep]) -> list[list[PatchStep]]:
    """Steps of each node, nodes in the order of their turns."""
    nodes: dict[str, list[PatchStep]] = {}
    for step in steps:
        nodes.setdefault(step.node, []).append(step)
    return list(nodes.values())


def cpu_phrase(node: NodeLoad) -> str:
    """Share of a node's processors in use, before and after; a question mark where it is not known."""
    before, after = ("?" if share is None else f"{share * 100:.0f} %" for share in (node.cpu_before, node.cpu_after))
    return f"{before} → {after}"


def checks_of(checks: Sequence[Check], when: str) -> list[Check]:
    """Checks of one moment, gravest first."""
    return sorted((check for check in checks if check.when == when), key=lambda one: list(STATE_WORDS).index(one.state))


def blocker_name(one: Blocker, host: str = "") -> str:
    """Name of a VM, and its node unless that is the host that all is about.

    Examples
    --------
    >>> blocker_name(Blocker(vm="web", node="hv1", why="endless", reason="", mend=""))
    'web on hv1'
    """
    return one.vm if one.node in {"", host} else f"{one.vm} on {one.node}"


def blockers_first(blockers: Sequence[Blocker]) -> list[Blocker]:
    """VMs that block, then those that move at a price."""
    return sorted(blockers, key=lambda one: not one.blocks)


def assumption_told(one: Assumption) -> str:
    """An assumption with its reason.

    Examples
    --------
    >>> assumption_told(Assumption(what="MTU", value="1500", why="default"))
    'MTU: 1500 (default)'
    """
    return f"{one.what}: {one.value} ({one.why})"
