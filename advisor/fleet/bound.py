"""The time that no order of moves and no choice of nodes beats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.ground import Ground

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bound:
    """A time that no order and no choice of nodes beats [s], and what it counts."""

    seconds: float
    by: str


def lower_bound(
    ground: Ground,
    ends: Sequence[tuple[int, int]],
    limit: int,
    column: int = 0,
    far_ends: Collection[int] | None = None,
) -> Bound:
    """The earliest that VMs can have left one node, or come back to it, in one variant.

    Parameters
    ----------
    ends : source and destination of each move; the sources, or the destinations, are all one node.
    limit : slots of that node.
    far_ends : nodes at the other ends, where moves might as well go to others than `ends` says; that then names the
        fastest for each.

    Notes
    -----
    Each of these takes at least so long after the set-up, whatever the order: the longest move; the starts at one
    source, one after another, and the shortest move; the disks that move too, as many at once as the node's storage
    migrations; the bytes over the node's links, the work in its processors, or
    the bytes over all links at the other ends together, each along with the slots (`filled_slots`).

    A VM's bytes and own time are those of a move with all links to itself: the faster its memory leaves, the less of
    it gets dirty meanwhile. Disks that move too count in both.
    """
    alone, nodes = ground.alone, ground.nodes
    seconds, wire, work = (one[:, column] for one in (alone.seconds, alone.wire_bytes, alone.work_bytes))
    disk_bytes, disk_s = alone.disk_bytes[:, column], alone.disk_s[:, column]
    device = ground.moves.device_s[:, column]
    start_s, n = float(ground.per_vm_s[column]), len(ends)
    live = ground.over[:, column] < 0
    sources, destinations = Counter(source for source, _ in ends), sorted({end for _, end in ends})
    leaving = len(sources) == 1
    hub = next(iter(sources)) if leaving else destinations[0]
    others = sorted(far_ends) if far_ends is not None else destinations if leaving else sorted(sources)
    own, far = (nodes.out_bytes_s, nodes.in_bytes_s) if leaving else (nodes.in_bytes_s, nodes.out_bytes_s)
    own_work = nodes.out_work_s if leaving else nodes.in_work_s
    slots = min(limit, n)
    # One start after another: slot by slot, each stands empty a start longer at the beginning.
    empty = start_s * slots * (slots - 1) / 2 if leaving else 0.0
    capacities = {
        "links": (wire, float(own[hub, column])),
        "processors": (work, float(own_work[hub, column])),
        "links at the other ends": (wire, float(far[others, column].sum())),
    }
    in_turn = limit == 1 and leaving
    terms = {
        "the longest move": float(seconds.max()),
        "per-VM cost": (max(sources.values()) - 1) * start_s + float(seconds.min()),
        "slots": _one_by_one(seconds, start_s)
        if in_turn
        else max((float(seconds.sum()) + empty) / slots, in_lanes(seconds, slots)),
    }
    if ground.disks_at_once:
        copied = seconds[list(ground.disk_rows)]
        terms["storage migrations"] = max(
            float(copied.sum()) / ground.disks_at_once, in_lanes(copied, ground.disks_at_once)
        )
    sending = seconds - device
    for name, (load, capacity) in capacities.items():
        if live.any() and np.isfinite(capacity):
            # The last to end sends nothing while its state is put up.
            tail = float(device[live].min())
            own = load - disk_bytes if load is wire else load
            each = float((own[live] / np.maximum(sending[live] - disk_s[live], 1e-9)).max())
            if load is wire:
                # Disks and memory do not leave equally fast.
                each = max(each, float((disk_bytes[live] / np.maximum(disk_s[live], 1e-9)).max()))
            # Slots that save VMs to storage are not at the links' disposal.
            spare = float(device[live].sum() + seconds[~live].sum()) + empty
            whole = float(load[live].sum())
            filled = filled_slots(whole, capacity, each, spare, slots)
            full = whole / capacity + tail
            terms[f"{name} and slots" if filled > full else name] = max(filled, full)
    for storage in {int(one) for one in ground.over[~live, column]}:
        terms["the storage"] = float(wire[~live].sum() / nodes.out_bytes_s[storage, column])
    by = max(terms, key=lambda name: terms[name])
    return Bound(float(ground.set_up_s[column]) + terms[by], by)


def in_lanes(seconds: Floats, lanes: int) -> float:
    """The least time in which jobs are done in lanes, as far as their number tells [s].

    Of the j m + 1 longest of them some of m lanes has j + 1, which take at least as long as the j + 1 shortest of
    those.

    Examples
    --------
    >>> in_lanes(np.array([10.0, 10.0, 10.0]), 2), in_lanes(np.array([10.0, 4.0, 3.0]), 2)
    (20.0, 10.0)
    """
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
