"""The time that no order of moves beats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.ground import Ground

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# Where what moves share takes as long as slots do within this, more moves at once would gain next to nothing.
_AS_TIGHT: Final = 0.05
_SHARED: Final = ("links", "processors", "storage of disks")


@dataclass(frozen=True, slots=True)
class Bound:
    """A time that nothing beats [s], and what it counts.

    Where links, processors or storage hold moves up for about as long as slots do, they are named: more moves at once
    would gain next to nothing.
    """

    seconds: float
    by: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What moves take at least, each with everything to itself; (moves,).

    Attributes
    ----------
    seconds, wire, work : time [s], bytes on the wire, work of processors.
    disk_s, disk_bytes : the parts of disks in the first two, the mirror of writes included.
    device_s : while nothing is sent at the end [s].
    wire_most, work_most : the most a move sends, and has worked on, in a second.
    live : False where it is saved to storage instead.
    """

    seconds: Floats
    wire: Floats
    work: Floats
    disk_s: Floats
    disk_bytes: Floats
    device_s: Floats
    wire_most: Floats
    work_most: Floats
    live: Bools

    @classmethod
    def of(cls, ground: Ground, column: int = 0) -> Needs:
        """Of the moves of a ground, in one variant."""
        alone = ground.alone
        seconds, wire, work, disk_s, disk_bytes = (
            one[:, column]
            for one in (alone.seconds, alone.wire_bytes, alone.work_bytes, alone.disk_s, alone.disk_bytes)
        )
        device_s = ground.moves.device_s[:, column]
        sending = np.maximum(seconds - device_s - disk_s, 1e-9)
        # Disks and memory do not leave equally fast.
        most = np.maximum((wire - disk_bytes) / sending, disk_bytes / np.maximum(disk_s, 1e-9))
        live = ground.over[:, column] < 0
        return cls(seconds, wire, work, disk_s, disk_bytes, device_s, most, work / sending, live)


@dataclass(frozen=True, slots=True)
class Far:
    """Nodes at the other ends, and the moves that have to share them.

    Attributes
    ----------
    moves : (moves,) which can go, or come from, nowhere else.
    nodes : which nodes.
    memory_gib : (moves,) of each move.
    free_gib : (nodes,) what each node has room for; infinity where that is no matter.
    """

    moves: Bools
    nodes: Ints
    memory_gib: Floats
    free_gib: Floats


def lower_bound(ground: Ground, ends: Sequence[tuple[int, int]], limit: int, column: int = 0) -> Bound:
    """The earliest that VMs can have left one node, or come back to it, in one variant: no order beats it.

    Parameters
    ----------
    ends : source and destination of each move; the sources, or the destinations, are all one node.
    limit : slots of that node.
    """
    sources = {source for source, _ in ends}
    leaving = len(sources) == 1
    hub = next(iter(sources)) if leaving else ends[0][1]
    others = np.array([end if leaving else source for source, end in ends], dtype=np.intp)
    memory = np.zeros(len(ends))
    fars = [Far(others == node, np.array([node]), memory, np.full(1, np.inf)) for node in np.unique(others)]
    starts = max(Counter(source for source, _ in ends).values())
    return bound_of(ground, Needs.of(ground, column), hub, fars, limit, column, leaving=leaving, starts=starts)


def bound_of(
    ground: Ground,
    needs: Needs,
    hub: int,
    fars: Sequence[Far],
    limit: int,
    column: int = 0,
    *,
    leaving: bool = True,
    starts: int | None = None,
) -> Bound:
    """The earliest that moves can have left a hub, or come to it.

    Parameters
    ----------
    ground : for what nodes carry.
    needs : of each move, at the best of the nodes it may have at its other end.
    fars : groups of nodes at the other ends.
    limit : slots of the hub.
    starts : most moves that start one after another at one source; not given: all.

    Notes
    -----
    Each of these takes at least so long after the set-up, whatever the order: the longest move; the starts at one
    source, one after another, and the shortest move; the moves in the hub's slots, and those with disks in the slots
    of its storage; the bytes over the hub's links and storage and the work in its processors, links and processors
    along with the slots (`filled_slots`); and for every group of nodes at the other ends, what can go nowhere else
    over their slots, links, processors and storage, as far as their memory lets each take of it (`shared_out`).

    A VM's bytes and own time are those of a move with everything to itself: the faster its memory leaves, the less
    of it gets dirty meanwhile. Disks that move too count in both.
    """
    nodes, n = ground.nodes, needs.seconds.size
    own, far = (nodes.out_bytes_s, nodes.in_bytes_s) if leaving else (nodes.in_bytes_s, nodes.out_bytes_s)
    own_work, far_work = (nodes.out_work_s, nodes.in_work_s) if leaving else (nodes.in_work_s, nodes.out_work_s)
    far_slots = nodes.in_slots if leaving else nodes.out_slots
    start_s, slots = float(ground.per_vm_s[column]), min(limit, n)
    seconds, live, copied = needs.seconds, needs.live, needs.disk_bytes > 0
    # The last to end sends nothing while its state is put up; the last to copy its disks has its memory to come.
    tail = float(needs.device_s[live].min(initial=np.inf)) if live.any() else 0.0
    after_copy = float((seconds - needs.disk_s)[copied].min()) if copied.any() else 0.0
    # One start after another: slot by slot, each stands empty a start longer at the beginning.
    empty = start_s * slots * (slots - 1) / 2 if leaving else 0.0
    queue_s = ((starts or n) - 1) * start_s
    serial = queue_s + float(seconds.min())
    terms, whole_s = {"the longest move": float(seconds.max())}, {}

    def count(name: str, least_s: float) -> None:
        terms[name] = max(terms.get(name, 0.0), least_s)

    # Few starts that wait for one another are no more than a beginning of what the moves themselves take.
    count("per-VM cost" if queue_s >= seconds.min() else "the longest move", serial)
    count(
        "slots",
        _one_by_one(seconds, start_s)
        if limit == 1 and leaving
        else max((float(seconds.sum()) + empty) / slots, in_lanes(seconds, slots)),
    )
    # Slots that save VMs to storage are not at the links' disposal.
    spare = float(needs.device_s[live].sum() + seconds[~live].sum()) + empty
    for name, load, most, capacity in (
        ("links", needs.wire, needs.wire_most, float(own[hub, column])),
        ("processors", needs.work, needs.work_most, float(own_work[hub, column])),
    ):
        if live.any() and np.isfinite(capacity):
            whole = float(load[live].sum())
            full = whole / capacity + tail
            # One slot that sends or stands still is what slots count by themselves.
            filled = filled_slots(whole, capacity, float(most[live].max()), spare, slots) if slots > 1 else 0.0
            count(f"{name} and slots" if filled > full else name, max(filled, full))
            whole_s[name] = full
    if copied.any() and nodes.storage_bytes_s is not None and nodes.storage_slots is not None:
        lanes = max(min(slots, int(nodes.storage_slots[hub, column])), 1)
        own_s = seconds[copied]
        count("storage migrations", max(float(own_s.sum()) / lanes, in_lanes(own_s, lanes)))
        count("storage of disks", float(needs.disk_bytes.sum() / nodes.storage_bytes_s[hub, column]) + after_copy)
    for one in fars:
        at = one.nodes
        parts = [
            ("slots", seconds, far_slots[at, column].astype(np.float64), 0.0),
            ("links", np.where(live, needs.wire, 0.0), far[at, column], tail),
            ("processors", np.where(live, needs.work, 0.0), far_work[at, column], tail),
        ]
        if copied.any() and nodes.storage_bytes_s is not None:
            parts.append(("storage of disks", needs.disk_bytes, nodes.storage_bytes_s[at, column], after_copy))
        for name, load, capacities, rest in parts:
            least = _at_the_other_ends(np.where(one.moves, load, 0.0), capacities, one, discrete=name != "slots")
            if name == "slots":
                least = max(least, in_lanes(seconds[one.moves], int(far_slots[at, column].sum())))
            if least > 0:
                count(f"{name} at the other ends", least + rest)
    for storage in {int(one) for one in ground.over[:, column] if one >= 0}:
        count("the storage", float(needs.wire[~live].sum() / nodes.out_bytes_s[storage, column]))
    seconds_most = max(terms.values())
    return Bound(float(ground.set_up_s[column]) + seconds_most, _what_binds(terms, whole_s))


def _what_binds(terms: Mapping[str, float], whole_s: Mapping[str, float]) -> str:
    """The largest of the terms; instead of slots, what all moves share where that alone takes about as long.

    Parameters
    ----------
    terms : by what is counted, the least time [s].
    whole_s : the least time over the hub's links and in its processors alone [s].
    """
    by = max(terms, key=lambda name: terms[name])
    if by != "slots":
        return by
    shared = {
        name: least_s for name, least_s in terms.items() if name.startswith(_SHARED) and "and" not in name.split()
    }
    shared |= whole_s
    tight = [name for name in shared if shared[name] >= (1 - _AS_TIGHT) * terms[by]]
    return max(tight, key=lambda name: shared[name], default=by)


def _at_the_other_ends(load: Floats, capacities: Floats, far: Far, *, discrete: bool) -> float:
    """The least time in which some nodes take a load, as much each as its memory has room for [s]."""
    loaded, able = load > 0, capacities > 0
    if not loaded.any() or np.isinf(capacities).any() or not able.any():
        return 0.0
    capacities, free = capacities[able], far.free_gib[able]
    with np.errstate(divide="ignore"):
        dense = np.argsort(-load[loaded] / far.memory_gib[loaded], kind="stable")
    memory = np.concatenate([[0.0], np.cumsum(far.memory_gib[loaded][dense])])
    most = np.interp(free, memory, np.concatenate([[0.0], np.cumsum(load[loaded][dense])]))
    least = shared_out(float(load.sum()), capacities, np.where(np.isinf(free), load.sum(), most))
    # A move goes to one node.
    pieces = in_lanes(load[loaded], capacities.size) / float(capacities.max()) if discrete else 0.0
    return max(least, pieces)


def shared_out(load: float, capacities: Floats, most: Floats) -> float:
    """The least time in which nodes take a load together, each so much a second and so much in all [s].

    The T at which the sum of min(c T, m) is the load: of all prefixes of nodes, by when each is full, the largest
    (load - what the prefix takes) / (capacity of the others).

    Examples
    --------
    >>> shared_out(10.0, np.array([1.0, 1.0]), np.array([10.0, 2.0]))
    8.0
    """
    order = np.argsort(most / capacities, kind="stable")
    full = np.concatenate([[0.0], np.cumsum(most[order])[:-1]])
    others = np.cumsum(capacities[order][::-1])[::-1]
    return float(((load - full) / others).max())


def in_lanes(seconds: Floats, lanes: int) -> float:
    """The least time in which jobs are done in lanes, as far as their number tells [s].

    Of the j m + 1 longest of them some of m lanes has j + 1, which take at least as long as the j + 1 shortest of
    those.

    Examples
    --------
    >>> in_lanes(np.array([10.0, 10.0, 10.0]), 2), in_lanes(np.array([10.0, 4.0, 3.0]), 2)
    (20.0, 10.0)
    """
    if seconds.size == 0:
        return 0.0
    longest = np.sort(seconds)[::-1]
    sums = np.concatenate([[0.0], np.cumsum(longest)])
    full = np.arange((len(longest) - 1) // lanes + 1)
    last = full * lanes + 1
    return float((sums[last] - sums[last - full - 1]).max())


def _one_by_one(seconds: Floats, start_s: float) -> float:
    """One slot: each move lasts as long as it takes, or until the next may start; nobody waits after the last."""
    lasts = np.maximum(seconds, start_s)
    return float(lasts.sum() - (lasts - seconds).max())


def filled_slots(load: float, capacity: float, each: float, spare_s: float, slots: int) -> float:
    """The least time in which slots carry a load and stand still for a given time, all slots together [s].

    With k slots sending they carry min(capacity, k x each) a second, and slots - k stand still. The time is shared
    among k = 0 .. slots so that both sums are reached: a linear programme of two rows, whose best is at two k.

    Parameters
    ----------
    load, capacity, each : what is to be carried, by all at once and by one at most [bytes], [bytes/s].
    spare_s : slot seconds in which nothing is sent: state being put up.

    Examples
    --------
    Two slots, each of which fills the link; 10 s of sending and 4 s of state: one sends while the other does not.

    >>> filled_slots(10.0, 1.0, 1.0, 4.0, 2)
    10.0
    >>> filled_slots(10.0, 1.0, 1.0, 14.0, 2)
    12.0
    """
    sending = np.arange(slots + 1, dtype=np.float64)
    rate, still = np.minimum(capacity, sending * each), slots - sending
    with np.errstate(divide="ignore", invalid="ignore"):
        # One k alone: as long as the harder of the two takes.
        alone = np.maximum(np.where(load > 0, load / rate, 0.0), np.where(spare_s > 0, spare_s / still, 0.0))
        best = float(np.nanmin(alone))
        # Two of them, both sums met exactly.
        determinant = rate[:, None] * still[None, :] - rate[None, :] * still[:, None]
        first = (load * still[None, :] - spare_s * rate[None, :]) / determinant
        second = (spare_s * rate[:, None] - load * still[:, None]) / determinant
        both = np.where((first >= 0) & (second >= 0), first + second, np.inf)
    return min(best, float(both.min()))
