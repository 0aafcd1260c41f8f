"""In which order, and how many at once, VMs leave a node; and the time that no order beats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.bound import lower_bound
from advisor.fleet.ground import Ground
from advisor.precopy.batch import PER_MOVE, Batch
from advisor.precopy.routes import NOTHING_BEFORE, Nodes, Routes, move_between

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

# Numbers of moves at once that are tried: below the limit where sharing only makes memory dirty again.
_LIMITS_TRIED: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128)
# A move is long where it takes so many times the cost of a start: long ones then leave some slots to the short.
_LONG: Final = (1.0, 2.0, 4.0)
# So many moves are spread evenly whatever the lanes are: fewer of them are tried.
_MANY: Final = 256
# An order this near the bound is not worth a better one; elsewhere so many are tried a round, and moves in all rounds.
_NEAR: Final = 1.025
_ROUND: Final = 48
_ROUNDS: Final = 20
_MOVES_IN_ROUNDS: Final = 500
# A walk with disks takes so many times as long.
_DISKS_TAKE: Final = 4
# An order that asks for more at once must be better by more than this: the fewer at once, the less gets dirty.
_WORTH_IT: Final = 0.002


@dataclass(frozen=True, slots=True)
class Order:
    """When moves may start.

    Attributes
    ----------
    rows : the moves in the order they start.
    after : by place in that order, the place that must have ended before, or `NOTHING_BEFORE`.
    at_once : moves at once that leave the source.
    copies : of these, moves at once with disks; None: as many as the storage allows.
    """

    rows: tuple[int, ...]
    after: tuple[int, ...]
    at_once: int
    copies: int | None = None


def plain_order(rows: Sequence[int], at_once: int, copies: int | None = None) -> Order:
    """Moves in that order, as slots become free."""
    return Order(tuple(rows), (NOTHING_BEFORE,) * len(rows), at_once, copies)


def routes_of(ground: Ground, ends: Sequence[tuple[int, int]], orders: Sequence[Order], columns: Ints) -> Routes:
    """Routes of orders in variants of the ground: order i in variant `columns[i]`."""
    rows = np.array([order.rows for order in orders], dtype=np.intp).T
    both = np.array(ends, dtype=np.intp)
    stop = ground.stop
    picked = {
        name: np.broadcast_to(getattr(stop, name), ground.variants)[columns]
        for name in getattr(stop, "__dataclass_fields__", ())
    }
    return Routes(
        source=both[:, 0][rows],
        destination=both[:, 1][rows],
        flow_bytes_s=ground.flow_bytes_s[rows, columns],
        after=np.array([order.after for order in orders], dtype=np.intp).T,
        count=np.full(len(orders), rows.shape[0], dtype=np.intp),
        set_up_s=ground.set_up_s[columns],
        per_vm_s=ground.per_vm_s[columns],
        stop=replace(stop, **picked) if picked else stop,  # type: ignore[type-var]
        over=ground.over[rows, columns],
    )


def nodes_of(ground: Ground, ends: Sequence[tuple[int, int]], orders: Sequence[Order], columns: Ints) -> Nodes:
    """What nodes carry while orders are walked: no more moves leave at once, and no more with disks, than they say."""
    nodes, both = ground.nodes.at(columns), np.array(ends, dtype=np.intp)
    at_once = np.array([order.at_once for order in orders], dtype=np.intp)
    sources = np.unique(both[:, 0])
    out_slots = nodes.out_slots.copy()
    out_slots[sources] = np.minimum(out_slots[sources], at_once)
    if nodes.storage_slots is None:
        return replace(nodes, out_slots=out_slots)
    hub = sources if sources.size == 1 else np.unique(both[:, 1])
    copies = np.array([order.at_once if order.copies is None else order.copies for order in orders], dtype=np.intp)
    storage_slots = nodes.storage_slots.copy()
    storage_slots[hub] = np.minimum(storage_slots[hub], copies)
    return replace(nodes, out_slots=out_slots, storage_slots=storage_slots)


def walked(ground: Ground, ends: Sequence[tuple[int, int]], orders: Sequence[Order], columns: Ints) -> Batch:
    """Orders walked, each in one variant; what became of each move stands in the moves' own rows."""
    routes = routes_of(ground, ends, orders, columns)
    rows = np.array([order.rows for order in orders], dtype=np.intp).T
    nodes = nodes_of(ground, ends, orders, columns)
    batch = move_between(ground.moves.at(columns).ordered(rows), routes, nodes)
    back = np.argsort(rows, axis=0, kind="stable")
    return Batch.of([np.take_along_axis(getattr(batch, name), back, axis=0) for name in PER_MOVE])


def best_order(ground: Ground, ends: Sequence[tuple[int, int]], limit: int) -> tuple[Order, float]:
    """The order that ends first at the middle, and when [s].

    Longest first, short ones beside them, no more at once than helps.

    Several orders are walked side by side. In each the longest start first; in some a few slots are left to the
    short ones, whose starts cost more than their bytes, so that the link is never idle while they queue. Where the
    best is further from the bound than what matters, moves are put elsewhere in it, at random but always the same,
    and what ends sooner is kept.
    """
    copies = _copies_tried(ground, ends, limit)
    orders = _first_orders(ground, ends, limit, copies)
    random = np.random.default_rng(len(ends))
    # A walk of many moves takes long, however many orders stand side by side in it.
    many = _walks_long(ground, len(ends))
    mixed = _mixed(orders[0].rows, [one.at_once for one in orders], random) if many else []
    ended = _ends(ground, ends, [*orders, *mixed])
    order, end_s = _best(orders, ended[: len(orders)])
    near = lower_bound(ground, ends, limit).seconds * _NEAR
    if end_s > near and len(ends) > 1:
        if not many:
            mixed = [
                replace(one, copies=order.copies) for one in _mixed(orders[0].rows, (order.at_once, limit), random)
            ]
        more = ended[len(orders) :] if many else _ends(ground, ends, mixed)
        order, end_s = min((order, end_s), _best(mixed, more), key=lambda one: one[1])
    for _ in range(rounds_of(ground, len(ends))):
        if end_s <= near:
            break
        others = [shuffled(order, limit, random, copies) for _ in range(_ROUND)]
        found, ends_at = _best(others, _ends(ground, ends, others))
        if ends_at < end_s:
            order, end_s = found, ends_at
    return order, end_s


def rounds_of(ground: Ground, moves: int) -> int:
    """How many rounds of other orders so many moves are worth: a walk with disks takes several times as long."""
    if moves < 2:
        return 0
    return min(_ROUNDS, _MOVES_IN_ROUNDS // (moves * (_DISKS_TAKE if ground.disk_rows else 1)))


def _walks_long(ground: Ground, moves: int) -> bool:
    return moves * (_DISKS_TAKE if ground.disk_rows else 1) > _MANY


def _best(orders: Sequence[Order], ended: Floats) -> tuple[Order, float]:
    """The order that ends first, of those about as good the one with fewest at once; and when."""
    good: list[int] = np.flatnonzero(ended <= ended.min() * (1 + _WORTH_IT)).tolist()
    at = min(good, key=lambda i: (orders[i].at_once, ended[i]))
    return orders[at], float(ended[at])


def _ends(ground: Ground, ends: Sequence[tuple[int, int]], orders: Sequence[Order]) -> Floats:
    return walked(ground, ends, orders, np.zeros(len(orders), dtype=np.intp)).total_s


def _mixed(longest: Sequence[int], limits: Iterable[int], random: np.random.Generator) -> list[Order]:
    """Orders at random, some with the shortest moves at the end, each with every limit.

    Moves of one length that start together also end together, and leave the link idle while their state is put up.
    """
    rows = np.array(longest, dtype=np.intp)
    kept = (0, len(rows) // 20, 0, len(rows) // 20) * 2
    every = [[*random.permutation(rows[: len(rows) - few]).tolist(), *rows[len(rows) - few :].tolist()] for few in kept]
    return [plain_order(one, at_once) for at_once in dict.fromkeys(limits) for one in every]


def _copies_tried(ground: Ground, ends: Sequence[tuple[int, int]], limit: int) -> tuple[int | None, ...]:
    """How many disks are copied at once: the more, the more of the storage is taken by the mirrors of writes."""
    moving, storage_slots = len(ground.disk_rows), ground.nodes.storage_slots
    if not moving or storage_slots is None:
        return (None,)
    most = max(int(storage_slots[node, 0]) for node in ends[0])
    return (None, *(one for one in _LIMITS_TRIED if one < min(most, moving, limit)))


def shuffled(order: Order, limit: int, random: np.random.Generator, copies: Sequence[int | None] = (None,)) -> Order:
    """A few moves elsewhere, in whatever slot is free."""
    rows = list(order.rows)
    for _ in range(int(random.integers(1, 4))):
        one, other = (int(place) for place in random.integers(0, len(rows), 2))
        if random.random() < 0.5:
            rows[one], rows[other] = rows[other], rows[one]
        else:
            rows.insert(other, rows.pop(one))
    at_once = order.at_once if random.random() < 0.5 else limit
    if len(copies) > 1 and random.random() < 0.25:
        order = replace(order, copies=copies[int(random.integers(0, len(copies)))])
    return replace(order, rows=tuple(rows), at_once=at_once)


def _first_orders(
    ground: Ground, ends: Sequence[tuple[int, int]], limit: int, copies: Sequence[int | None]
) -> list[Order]:
    """Longest first, with every limit up to the one in force, and with lanes for the long."""
    seconds = ground.alone.seconds[:, 0]
    longest = np.argsort(-seconds, kind="stable")
    start_s = float(ground.per_vm_s[0])
    orders: list[Order] = []
    few = _LONG[1:2] if _walks_long(ground, len(ends)) else ()
    for at_once in sorted({one for one in _LIMITS_TRIED if one < limit} | {limit}):
        if at_once > len(ends) and orders:
            break
        tried = [one for one in copies if one is None or one < at_once]
        orders += [plain_order(longest.tolist(), at_once, few_copies) for few_copies in tried]
        for times in few or _LONG:
            long = int((seconds > times * start_s).sum())
            orders += [
                _in_lanes(longest.tolist(), long, lanes, at_once)
                for lanes in ({at_once - 1} if few else sorted({1, at_once // 2, at_once - 1}))
                if 0 < lanes < at_once and lanes < long < len(ends)
            ]
    return list(dict.fromkeys(orders))


def _in_lanes(rows: list[int], long: int, lanes: int, at_once: int) -> Order:
    """The first `long` moves one after another in a few lanes; the others, longest first, as slots become free."""
    after = [place - lanes if lanes <= place < long else NOTHING_BEFORE for place in range(len(rows))]
    return Order(tuple(rows), tuple(after), at_once)
