"""The moves of a patch night: every node drained in its turn, and its VMs brought back, walked side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.adjust import adjusted, facts_of
from advisor.advice.lanes import Walk
from advisor.advice.predict import rests_on, unexplained
from advisor.domain.answers import Basis
from advisor.domain.drain import Blocker
from advisor.fleet.bound import Bound, lower_bound
from advisor.fleet.ground import Ground, ground_of, side_by_side
from advisor.fleet.in_force import Setting
from advisor.fleet.leaving import leaving
from advisor.fleet.one_cluster import OneCluster
from advisor.fleet.order import Order, best_order, plain_order, routes_of, walked
from advisor.fleet.placement import NoPlace
from advisor.precopy.batch import PER_MOVE, Batch, Moves
from advisor.precopy.routes import NOTHING_BEFORE, Nodes, Routes, move_between
from advisor.residual.basis import PROVEN

Floats = NDArray[np.float64]

Ends = tuple[tuple[int, int], ...]

_MIDDLE: Final = np.zeros(1, dtype=np.intp)


@dataclass(frozen=True)
class Trip:
    """VMs that leave a node, or come back to it.

    Attributes
    ----------
    node : which.
    rows : the VMs.
    ends : source and destination of each.
    """

    node: int
    rows: tuple[int, ...]
    ends: Ends

    @property
    def back(self) -> Trip:
        """The same VMs the other way."""
        return Trip(self.node, self.rows, tuple((end, source) for source, end in self.ends))


@dataclass(frozen=True)
class Round:
    """Every node drained once.

    Attributes
    ----------
    out, back : trips, by node in turn; nothing comes back without fail-back.
    blockers : VMs that cannot leave their node.
    lack : why a node cannot be drained in its turn; empty where each can.
    """

    out: tuple[Trip, ...]
    back: tuple[Trip, ...]
    blockers: tuple[Blocker, ...]
    lack: str


def round_of(one: OneCluster, nodes: Sequence[int], reserve: int, *, fail_back: bool) -> Round:
    """Where every node's VMs go when its turn comes; without fail-back they stay there."""
    where = one.vms.host.astype(np.intp).copy()
    out: list[Trip] = []
    blockers: dict[str, Blocker] = {}
    for node in nodes:
        goes = leaving(one, node, where=where.tolist())
        for blocker in goes.blockers:
            blockers.setdefault(blocker.vm, blocker)
        found = goes.placed(reserve)
        if isinstance(found, NoPlace):
            lack = f"{one.hosts[node].host}: {found.reason}"
            return Round(tuple(out), (), tuple(blockers.values()), lack)
        ends = tuple((node, goes.nodes[k]) for k in found.at)
        out.append(Trip(node, goes.rows, ends))
        if not fail_back:
            where[list(goes.rows)] = [end for _, end in ends]
    back = tuple(trip.back for trip in out) if fail_back else ()
    return Round(tuple(out), back, tuple(blockers.values()), "")


@dataclass(frozen=True)
class Times:
    """How long the trips of a round take.

    Attributes
    ----------
    out_s, back_s : by node in turn, at the middle [s].
    factors : what is varied; `out_ratio` and `back_ratio`, (1 + 2 factors,), say what each does to every trip.
    luck, odds : the same of each outcome of luck, and how likely it is.
    extra : what no factor explains of the logarithm, down and up.
    binds : what holds the longest drain up, and its ground.
    at_once : moves at once.
    """

    out_s: Floats
    back_s: Floats
    factors: tuple[str, ...]
    out_ratio: Floats
    back_ratio: Floats
    luck: Floats
    odds: tuple[float, ...]
    extra: tuple[float, float]
    binds: Bound | None
    ground: Ground | None
    basis: Basis
    at_once: int


def times_of(one: OneCluster, setting: Setting, night: Round) -> Times:
    """How long the trips take: all of them at the middle, the longest drain and its way back in every variant.

    The constants are the same for every node, so that a factor moves all trips as it moves the longest.
    """
    trips = [trip for trip in night.out if trip.rows]
    if not trips:
        nothing, same = np.zeros(len(night.out)), np.ones(1)
        none = (0.0, 0.0)
        limit = setting.slots(0)
        return Times(nothing, nothing, (), same, same, same, (1.0,), none, None, None, Basis.PHYSICS, limit)
    weight = [sum(one.vms.memory_gib[row] for row in trip.rows) for trip in trips]
    longest = trips[int(np.argmax(weight))]
    traits = [one.traits[row] for row in longest.rows]
    ground = ground_of(setting, longest.ends, traits, open_columns=one.open_columns())
    order, _ = best_order(ground, longest.ends, setting.slots(longest.node))
    every = np.arange(ground.variants)
    batch = walked(ground, longest.ends, [order] * every.size, every)
    main = Batch.of([getattr(batch, name)[:, : ground.main] for name in PER_MOVE])
    largest = max(trait.memory_bytes for trait in traits)
    rests, _ = rests_on(ground.case, setting.card, largest, len(traits), float(main.passes[:, 0].max()))
    walk = Walk(main, ground.capacity, ground.moves.at(every[: ground.main]))
    facts = facts_of(setting.platform, ground.case, ground.factors, walk, traits)
    found = adjusted(ground.case, ground.factors, main, facts, setting.card, proven=rests in PROVEN)
    ratio = float(found.total_s[0] / main.total_s[0])
    out_ratio = found.total_s / found.total_s[0]
    back_ratio = out_ratio
    if night.back:
        home = ground_of(setting, longest.back.ends, traits, open_columns=one.open_columns())
        back_ratio = _swung(home, longest.back, setting)
    middle = _middle_times(one, setting, night.out, order.at_once, {longest.node: order})
    returns = _middle_times(one, setting, night.back, setting.slots(longest.node), {})
    limit = int(ground.nodes.out_slots[longest.node, 0])
    return Times(
        out_s=middle * ratio,
        back_s=returns * ratio if night.back else np.zeros(len(night.out)),
        factors=ground.factors,
        out_ratio=out_ratio,
        back_ratio=back_ratio if back_ratio.size == out_ratio.size else out_ratio,
        luck=np.array([batch.total_s[at] for at in ground.luck]) / batch.total_s[0],
        odds=ground.odds,
        extra=unexplained(rests, found.time_extra),
        binds=lower_bound(ground, longest.ends, limit),
        ground=ground,
        basis=rests,
        at_once=order.at_once,
    )


def _swung(ground: Ground, trip: Trip, setting: Setting) -> Floats:
    """What each factor does to a trip back, against its middle."""
    columns = np.arange(ground.main)
    order = _longest_first(ground, setting.slots(trip.node))
    total = walked(ground, trip.ends, [order] * columns.size, columns).total_s
    ratio: Floats = total / total[0]
    return ratio


def _longest_first(ground: Ground, at_once: int) -> Order:
    return plain_order(np.argsort(-ground.alone.seconds[:, 0], kind="stable").tolist(), at_once)


def _middle_times(
    one: OneCluster, setting: Setting, trips: Sequence[Trip], at_once: int, known: dict[int, Order]
) -> Floats:
    """How long each trip takes at the middle, all walked side by side [s]."""
    seconds = np.zeros(len(trips))
    real = [i for i, trip in enumerate(trips) if trip.rows]
    if not real:
        return seconds
    grounds = [
        ground_of(setting, trips[i].ends, [one.traits[row] for row in trips[i].rows], varied=False) for i in real
    ]
    orders = [
        known.get(trips[i].node) or _longest_first(ground, at_once) for i, ground in zip(real, grounds, strict=True)
    ]
    total = _side_by_side(grounds, [trips[i].ends for i in real], orders).total_s
    seconds[real] = total
    return seconds


def _side_by_side(grounds: Sequence[Ground], ends: Sequence[Ends], orders: Sequence[Order]) -> Batch:
    """Trips of several grounds walked together at the middle, each in a variant of its own."""
    most = max(len(own) for own in ends)
    parts: list[tuple[Moves, Routes, Nodes]] = []
    for ground, own, order in zip(grounds, ends, orders, strict=True):
        filler = most - len(own)
        routes = routes_of(ground, own, [order], _MIDDLE)
        rows = np.array([*order.rows, *[order.rows[0]] * filler], dtype=np.intp)[:, None]
        nodes = ground.nodes.at(_MIDDLE)
        if len({source for source, _ in own}) == 1:
            source = own[0][0]
            slots = nodes.out_slots.copy()
            slots[source] = np.minimum(slots[source], order.at_once)
            nodes = replace(nodes, out_slots=slots)
        padded: dict[str, Any] = {
            name: np.concatenate([array, np.repeat(array[:1], filler, axis=0)])
            for name in ("source", "destination", "flow_bytes_s", "over")
            if (array := getattr(routes, name)) is not None
        }
        after = np.concatenate([routes.after, np.full((filler, 1), NOTHING_BEFORE, dtype=np.intp)])
        parts.append((ground.moves.at(_MIDDLE).ordered(rows), replace(routes, **padded, after=after), nodes))
    names = ("source", "destination", "flow_bytes_s", "after", "count", "set_up_s", "per_vm_s", "over")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(routes, name) for _, routes, _ in parts], axis=-1) for name in names
    }
    first = parts[0][1].stop
    stop: dict[str, Any] = {
        name: np.concatenate([np.atleast_1d(getattr(routes.stop, name)) for _, routes, _ in parts])
        for name in getattr(first, "__dataclass_fields__", ())
    }
    together = replace(first, **stop) if stop else first  # type: ignore[type-var]
    return move_between(
        Moves.joined([moves for moves, _, _ in parts]),
        replace(parts[0][1], **joined, stop=together),
        side_by_side([nodes for _, _, nodes in parts]),
    )


def bounds_of(one: OneCluster, setting: Setting, night: Round) -> float:
    """What all trips of a night take at least, at the middle [s]."""
    total = 0.0
    for trip in (*night.out, *night.back):
        if trip.rows:
            ground = ground_of(setting, trip.ends, [one.traits[row] for row in trip.rows], varied=False)
            total += lower_bound(ground, trip.ends, setting.slots(trip.node)).seconds
    return total
