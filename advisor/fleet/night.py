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
from advisor.fleet.disks import disks_of
from advisor.fleet.ground import Ground, ground_of, side_by_side
from advisor.fleet.in_force import Setting
from advisor.fleet.leaving import leaving
from advisor.fleet.one_cluster import OneCluster
from advisor.fleet.order import Order, best_order, plain_order, routes_of, walked
from advisor.fleet.placement import NoPlace
from advisor.precopy.batch import PER_MOVE, Batch, Disks, Moves
from advisor.precopy.routes import NOTHING_BEFORE, Nodes, Routes, move_between
from advisor.residual.basis import PROVEN

Floats = NDArray[np.float64]

Ends = tuple[tuple[int, int], ...]

# Turns of a night that changes of the setting are weighed by; more would say the same and take long.
_TURNS_WEIGHED: Final = 8


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
    """How long the trips of a round take, simulated in every variant: the middle, then low and high of each factor.

    Attributes
    ----------
    out_s, back_s : (trips, variants) by node in turn [s].
    factors : what is varied.
    out_luck_s, back_luck_s : (trips, outcomes) the same at the middle in each outcome of luck [s].
    odds : how likely each outcome is; the likeliest has the middle of `out_s`.
    extra : what no factor explains of the logarithm, down and up.
    binds : what holds the longest drain up, and its ground.
    at_once : moves at once.
    """

    out_s: Floats
    back_s: Floats
    factors: tuple[str, ...]
    out_luck_s: Floats
    back_luck_s: Floats
    odds: tuple[float, ...]
    extra: tuple[float, float]
    binds: Bound | None
    ground: Ground | None
    basis: Basis
    at_once: int


def times_of(one: OneCluster, setting: Setting, night: Round) -> Times:
    """How long the trips take: every one of them simulated in every variant.

    In a variant all trips have the same factor at its low or its high, so that their sum is a night that may be.
    What a card has learned is put on all of them as on the longest drain.
    """
    trips = [trip for trip in night.out if trip.rows]
    if not trips:
        nothing = np.zeros((len(night.out), 1))
        return Times(
            nothing, nothing, (), nothing, nothing, (1.0,), (0.0, 0.0), None, None, Basis.PHYSICS, setting.slots(0)
        )
    grounds = Grounds(one, setting)
    weights = [sum(one.vms.memory_gib[row] for row in trip.rows) for trip in trips]
    longest = trips[int(np.argmax(weights))]
    ground = grounds.of(longest)
    order, _ = best_order(ground, longest.ends, setting.slots(longest.node))
    every = np.arange(ground.variants)
    batch = walked(ground, longest.ends, [order] * every.size, every)
    main = Batch.of([getattr(batch, name)[:, : ground.main] for name in PER_MOVE])
    traits = [one.traits[row] for row in longest.rows]
    largest = max(trait.memory_bytes for trait in traits)
    rests, _ = rests_on(ground.case, setting.card, largest, len(traits), float(main.passes[:, 0].max()))
    if any(grounds.of(trip).disk_rows for trip in trips):
        # No run behind any card moved disks.
        rests = Basis.PHYSICS
    walk = Walk(main, ground.capacity, ground.moves.at(every[: ground.main]))
    facts = facts_of(setting.platform, ground.case, ground.factors, walk, traits)
    found = adjusted(ground.case, ground.factors, main, facts, setting.card, proven=rests in PROVEN)
    learned = found.total_s / main.total_s
    factors = tuple(dict.fromkeys(name for trip in (*trips, *night.back) for name in grounds.of(trip).factors))
    by_name = dict(zip(ground.factors, learned[1:].reshape(-1, 2), strict=True))
    ratio = np.concatenate([learned[:1], *(by_name.get(name, learned[[0, 0]]) for name in factors)])

    def seconds(own: Sequence[Trip], at_once: int, known: dict[int, Order]) -> tuple[Floats, Floats]:
        real = [(i, trip, grounds.of(trip)) for i, trip in enumerate(own) if trip.rows]
        orders = [known.get(trip.node) or _longest_first(each, at_once) for _, trip, each in real]
        totals = _side_by_side([each for *_, each in real], [trip.ends for _, trip, _ in real], orders) if real else []
        main_s, luck_s = np.zeros((len(night.out), ratio.size)), np.zeros((len(night.out), len(ground.odds)))
        for (i, _, each), total in zip(real, totals, strict=True):
            main_s[i] = _in_order(total, each.factors, factors) * ratio
            # Where luck has other outcomes than on the longest drain, its likeliest stands for all.
            luck = each.luck if each.odds == ground.odds else (0,) * len(ground.odds)
            luck_s[i] = total[list(luck)] * ratio[0]
        return main_s, luck_s

    out_s, out_luck_s = seconds(night.out, order.at_once, {longest.node: order})
    back_s, back_luck_s = seconds(night.back, setting.slots(longest.node), {})
    return Times(
        out_s=out_s,
        back_s=back_s,
        factors=factors,
        out_luck_s=out_luck_s,
        back_luck_s=back_luck_s,
        odds=ground.odds,
        extra=unexplained(rests, found.time_extra),
        binds=lower_bound(ground, longest.ends, int(ground.nodes.out_slots[longest.node, 0])),
        ground=ground,
        basis=rests,
        at_once=order.at_once,
    )


class Grounds:
    """The ground of every trip, once each."""

    def __init__(self, one: OneCluster, setting: Setting, *, varied: bool = True) -> None:
        self._one, self._setting, self._varied = one, setting, varied
        self._open = one.open_columns()
        self._kept: dict[tuple[Ends, tuple[int, ...]], Ground] = {}

    def of(self, trip: Trip) -> Ground:
        """The ground of a trip that moves something."""
        key = trip.ends, trip.rows
        if key not in self._kept:
            self._kept[key] = ground_of(
                self._setting,
                trip.ends,
                [self._one.traits[row] for row in trip.rows],
                open_columns=self._open,
                disks=disks_of(self._one, trip.rows),
                varied=self._varied,
            )
        return self._kept[key]


def _in_order(total: Floats, own: Sequence[str], factors: Sequence[str]) -> Floats:
    """(1 + 2 factors,) of a trip; a factor that it does not have leaves it at its middle."""
    pairs = dict(zip(own, total[1 : 1 + 2 * len(own)].reshape(-1, 2), strict=True))
    return np.concatenate([total[:1], *(pairs.get(name, total[[0, 0]]) for name in factors)])


def _longest_first(ground: Ground, at_once: int) -> Order:
    return plain_order(np.argsort(-ground.alone.seconds[:, 0], kind="stable").tolist(), at_once)


def _side_by_side(grounds: Sequence[Ground], ends: Sequence[Ends], orders: Sequence[Order]) -> list[Floats]:
    """How long trips of several grounds take, all walked together in all their variants: (variants,) each [s]."""
    most = max(len(own) for own in ends)
    with_disks = any(ground.disk_rows for ground in grounds)
    parts: list[tuple[Moves, Routes, Nodes]] = []
    for ground, own, order in zip(grounds, ends, orders, strict=True):
        filler, every = most - len(own), np.arange(ground.variants)
        routes = routes_of(ground, own, [order] * every.size, every)
        rows = np.array([*order.rows, *[order.rows[0]] * filler], dtype=np.intp)
        nodes = ground.nodes
        if len({source for source, _ in own}) == 1:
            slots = nodes.out_slots.copy()
            slots[own[0][0]] = np.minimum(slots[own[0][0]], order.at_once)
            nodes = replace(nodes, out_slots=slots)
        padded: dict[str, Any] = {
            name: np.concatenate([array, np.repeat(array[:1], filler, axis=0)])
            for name in ("source", "destination", "flow_bytes_s", "over")
            if (array := getattr(routes, name)) is not None
        }
        nothing = np.full((filler, every.size), NOTHING_BEFORE, dtype=np.intp)
        padded["after"] = np.concatenate([routes.after, nothing])
        moves = ground.moves
        if with_disks and moves.disks is None:
            none = np.zeros_like(moves.first_bytes)
            moves = replace(moves, disks=Disks(none, np.full_like(none, np.inf)))
        parts.append((moves.ordered(np.repeat(rows[:, None], every.size, axis=1)), replace(routes, **padded), nodes))
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
    total = move_between(
        Moves.joined([moves for moves, _, _ in parts]),
        replace(parts[0][1], **joined, stop=together),
        side_by_side([nodes for _, _, nodes in parts]),
    ).total_s
    return np.split(total, np.cumsum([ground.variants for ground in grounds])[:-1])


def bounds_of(one: OneCluster, setting: Setting, night: Round) -> float:
    """What the trips of a night take at least, at the middle: of some turns, evenly over the night [s]."""
    grounds = Grounds(one, setting, varied=False)
    step = max(len(night.out) // _TURNS_WEIGHED, 1)
    return sum(
        lower_bound(grounds.of(trip), trip.ends, setting.slots(trip.node)).seconds
        for trip in (*night.out[::step], *night.back[::step])
        if trip.rows
    )
