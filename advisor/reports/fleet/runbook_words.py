"""How the facts of a drain and of a patch night are put into words, the same in every runbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from advisor.domain.answers import Interval, Verdict
from advisor.domain.drain import Blocker, Check, DrainAnswer, NodeLoad, PatchAnswer, PatchStep, PlannedMove
from advisor.domain.goals import Goals
from advisor.reports.fleet.wording import counted, window_phrase
from advisor.reports.wording import number, printable, with_span
from advisor.units import format_duration

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
STATE_WORDS: Final[dict[str, str]] = {"no-go": "No-go", "verify": "Verify", "go": "Go"}
"""What a check says, gravest first."""

STATE_STYLES: Final[dict[str, str]] = {"no-go": "red", "verify": "yellow", "go": "green"}

WHEN_WORDS: Final[dict[str, str]] = {
    "before": "Before: go or no-go",
    "during": "While it runs, and when to stop",
    "after": "Afterwards",
}

_EMPTIES_NOT: Final = {"planned": "no plan empties it as it stands", "native": "Windows' own drain does not empty it"}
_AS_IT_STANDS: Final = "no plan as it stands"

# VMs that cannot leave, named in a headline.
_MOST_STUCK: Final = 3


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


def drain_headline(answer: DrainAnswer) -> str:
    """What becomes of a drain, in one sentence."""
    of = f"Drain of {printable(answer.host)}, cluster {printable(answer.cluster)}"
    if not answer.feasible:
        told = _no_plan(answer, [one for one in answer.blockers if one.blocks])
        return f"{of}: {_EMPTIES_NOT[answer.mode]}: {told}."
    start = f"{of}, {answer.mode}: "
    if answer.end_s is None:
        return f"{start}it never ends. {printable(answer.constraint)}".strip()
    if not answer.moves:
        return f"{start}nothing has to move."
    parts = _parts(counted(len(answer.moves), "move"), with_span(answer.end_s), answer.window, answer.goals)
    return f"{start}{parts}{_dark(answer)}{_no_go(answer)}."


def _no_plan(answer: DrainAnswer, stuck: Sequence[Blocker]) -> str:
    """What can leave all the same, and when; what stays, and what to do about it."""
    stays, constraint = f"; {stays_phrase(stuck)}" if stuck else "", printable(answer.constraint).rstrip(".")
    if not answer.moves and stuck and constraint.startswith(printable(stuck[0].stands)):
        return f"{constraint}; {stuck[0].to_do}" if len(stuck) == 1 else f"no VM can leave{stays}"
    if not answer.moves:
        return f"{constraint}{stays}"
    time = f" in {with_span(answer.others_s)}" if answer.others_s is not None else ""
    every = counted(len(stuck) + len(answer.moves), "VM")
    part = window_phrase(answer.others_window, answer.goals)
    time += f"; that alone {part}" if part else ""
    return f"{len(answer.moves):,} of {every} can leave{time}{stays}{_dark(answer)}"


def _no_go(answer: DrainAnswer | PatchAnswer) -> str:
    """That something else than the window says no-go, where the headline would read as a go."""
    count = sum(check.when == "before" and check.state == "no-go" for check in answer.checks)
    if not count or answer.window == "misses":
        return ""
    return f"; {counted(count, 'check')} before it {'says' if count == 1 else 'say'} no-go"


def _dark(answer: DrainAnswer) -> str:
    """How moves stand to the limit on blackouts, where some break it or it cannot be told."""
    limit = answer.goals.max_blackout_s
    if limit is None:
        return ""
    every, told = len(answer.moves), ""
    for verdict, of_all, of_some in (
        (Verdict.NOT_RECOMMENDED, "every VM may be dark for longer than", "may be dark for longer than"),
        (Verdict.UNKNOWN, "no VM can be promised a blackout of at most", "cannot be promised a blackout of at most"),
    ):
        count = sum(move.verdict is verdict for move in answer.moves)
        if count:
            what = of_all if count == every else f"{count:,} of {counted(every, 'VM')} {of_some}"
            told += f"; {what} {format_duration(limit)}"
    return told


def stays_phrase(stuck: Sequence[Blocker], *, with_nodes: bool = False) -> str:
    """VMs that stay, and what to do about each first.

    Examples
    --------
    >>> stays_phrase([Blocker(vm="web01", why="passthrough_disk", reason="", mend="")])
    'web01 stays: shut it down first (pass-through disk)'
    """
    told = [
        f"{printable(one.vm)} stays{f' on {printable(one.node)}' if with_nodes else ''}: {one.to_do}"
        for one in stuck[:_MOST_STUCK]
    ]
    more = len(stuck) - _MOST_STUCK
    return "; ".join([*told, *([f"{more:,} more {'stays' if more == 1 else 'stay'}"] if more > 0 else [])])


def patch_headline(answer: PatchAnswer) -> str:
    """What becomes of a patch night, in one sentence."""
    start = f"Patch night of {printable(answer.cluster)}: "
    stuck = [one for one in answer.blockers if one.blocks]
    if not answer.feasible and answer.total_s is not None and stuck:
        size = f"{counted(answer.nodes, 'node')} in {with_span(answer.total_s)}"
        size += _then(answer.window_then, answer.goals)
        stays = stays_phrase(stuck, with_nodes=True)
        return f"{start}{_AS_IT_STANDS}: {stays}. With that done: {size}{_left_out(answer)}."
    if not answer.feasible or answer.total_s is None:
        return f"{start}{_AS_IT_STANDS}: {printable(answer.constraint).rstrip('.')}{_left_out(answer)}."
    if not answer.nodes:
        return f"{start}no node is to be patched."
    parts = _parts(counted(answer.nodes, "node"), with_span(answer.total_s), answer.window, answer.goals)
    return f"{start}{parts}{_no_go(answer)}{_left_out(answer)}."


def _left_out(answer: PatchAnswer) -> str:
    left_out = ", ".join(f"{printable(node)} ({state})" for node, state in answer.left_out.items())
    return f"; left out: {left_out}" if left_out else ""


def _parts(size: str, time: str, window: str, goals: Goals) -> str:
    stands = window_phrase(window, goals)
    return f"{size} in {time}" + (f"; {stands}" if stands else "")


def _then(window: str, goals: Goals) -> str:
    """How what there is a plan for stands to the window."""
    stands = window_phrase(window, goals)
    return f", which {stands}" if stands else ""


def bound_phrase(answer: DrainAnswer) -> str:
    """The time that no order and no choice of nodes undercuts; nothing where it is not known or nothing moves."""
    if not answer.bound_s:
        return ""
    by = f", for {answer.bound_by}" if answer.bound_by else ""
    least = format_duration(answer.bound_s)
    return f"In the median no order of moves and no choice of nodes ends before {least}{by}."


def move_phrase(move: PlannedMove) -> str:
    """Size and way of a move."""
    return f"{number(move.memory_gib)} GiB, {move.way}"


def commands_of(answer: DrainAnswer) -> list[str]:
    """The commands of the moves in their order, in a planned drain."""
    return [move.command for move in answer.moves if move.command]


def commands_note(answer: DrainAnswer) -> str:
    """How the commands are to be run."""
    ways = {move.way for move in answer.moves}
    note = "In PowerShell, in this order; each returns when its move is over. "
    if answer.at_once > 1 and ways - {"storage"}:
        note += f"For {answer.at_once} at once, add -Wait 0 and start the next as one ends. "
    note += "A VM's role is taken to be called like the VM."
    if "storage" in ways:
        note += " Move-VM is run on the node that is drained; say with -DestinationStoragePath where the disks are to "
        note += "lie; a VM that is a role of the cluster has to be taken out of it first."
    return note


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


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Names of nodes without their domain, as far as they stay different and are no addresses.

    Examples
    --------
    >>> short_names(["hv1.a.lan", "hv2.a.lan"])["hv1.a.lan"], short_names(["hv1.a.lan", "hv1.b.lan"])["hv1.a.lan"]
    ('hv1', 'hv1.a.lan')
    """
    every = list(dict.fromkeys(names))
    short = {name: name.partition(".")[0] for name in every}
    alike = len(set(short.values())) < len(every) or any(one.isdigit() or not one for one in short.values())
    return {name: name for name in every} if alike else short


def nodes_told(answer: DrainAnswer | PatchAnswer) -> dict[str, str]:
    """The nodes of an answer as its tables name them."""
    if isinstance(answer, PatchAnswer):
        return short_names(step.node for step in answer.steps)
    return short_names([*(node.node for node in answer.nodes), *(move.destination for move in answer.moves)])


def blockers_first(blockers: Sequence[Blocker]) -> list[Blocker]:
    """VMs that block, then those that move at a price."""
    return sorted(blockers, key=lambda one: not one.blocks)
