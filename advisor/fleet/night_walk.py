"""Trips of a patch night walked side by side: each in its own ground, all in one pass over the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.ground import Ground, side_by_side
from advisor.fleet.night import Trip
from advisor.fleet.order import Order, nodes_of, routes_of
from advisor.precopy.batch import PER_MOVE, Batch, Disks, Moves
from advisor.precopy.routes import NOTHING_BEFORE, Nodes, Routes, move_between

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Walks:
    """Walks of one trip: order i in variant `columns[i]` of its ground."""

    trip: Trip
    ground: Ground
    orders: tuple[Order, ...]
    columns: Ints

    @classmethod
    def in_every_variant(cls, trip: Trip, ground: Ground, order: Order) -> Walks:
        """One order."""
        return cls(trip, ground, (order,) * ground.variants, np.arange(ground.variants))

    @property
    def rows(self) -> Ints:
        """(n, walks) moves in the order they start."""
        return np.array([order.rows for order in self.orders], dtype=np.intp).T

    def nodes(self) -> Nodes:
        """What the nodes carry; the trip's own lets no more go, or come, than the order says."""
        nodes = nodes_of(self.ground, self.trip.ends, self.orders, self.columns)
        in_slots, own = nodes.in_slots.copy(), self.trip.node
        in_slots[own] = np.minimum(in_slots[own], [order.at_once for order in self.orders])
        return replace(nodes, in_slots=in_slots)

    def moves(self, most: int, *, with_disks: bool) -> Moves:
        """The moves in the order they start, and as many empty rows as there are fewer than `most`."""
        moves = self.ground.moves.at(self.columns)
        if with_disks and moves.disks is None:
            none = np.zeros_like(moves.first_bytes)
            moves = replace(moves, disks=Disks(none, none))
        return moves.ordered(_padded(self.rows, most))

    def routes(self, most: int) -> Routes:
        """Where they go, with the same empty rows."""
        routes = routes_of(self.ground, self.trip.ends, self.orders, self.columns)
        padded: dict[str, Any] = {
            name: _padded(array, most)
            for name in ("source", "destination", "flow_bytes_s", "over")
            if (array := getattr(routes, name)) is not None
        }
        nothing = np.full((most - len(self.trip.rows), len(self.orders)), NOTHING_BEFORE, dtype=np.intp)
        return replace(routes, **padded, after=np.concatenate([routes.after, nothing]))


def walked_together(walks: Sequence[Walks]) -> list[Batch]:
    """What became of the moves of every trip, in the moves' own rows and the trip's own walks.

    Side by side go trips of one direction, whose moves all meet at one node and share its links alone, and with as
    many moves at once: one with few would have to carry the empty slots of the others.
    """
    alike: dict[tuple[bool, int], list[int]] = {}
    for i, one in enumerate(walks):
        alike.setdefault((one.trip.is_back, max(order.at_once for order in one.orders)), []).append(i)
    found = {
        i: batch for own in alike.values() for i, batch in zip(own, _side_by_side([walks[i] for i in own]), strict=True)
    }
    return [found[i] for i in range(len(walks))]


def _side_by_side(walks: Sequence[Walks]) -> list[Batch]:
    most = max(len(one.trip.rows) for one in walks)
    with_disks = any(one.ground.disk_rows for one in walks)
    routes = [one.routes(most) for one in walks]
    batch = move_between(
        Moves.joined([one.moves(most, with_disks=with_disks) for one in walks]),
        _joined(routes),
        side_by_side([one.nodes() for one in walks]),
    )
    ends = np.cumsum([len(one.orders) for one in walks])[:-1].tolist()
    found = []
    for one, own in zip(walks, batch.split(ends), strict=True):
        back = np.argsort(one.rows, axis=0)
        found.append(Batch.of([np.take_along_axis(getattr(own, name), back, axis=0) for name in PER_MOVE]))
    return found


def _padded(array: NDArray[Any], most: int) -> NDArray[Any]:
    """With its first row again and again below, up to `most` rows."""
    return np.concatenate([array, np.repeat(array[:1], most - array.shape[0], axis=0)])


def _joined(parts: Sequence[Routes]) -> Routes:
    """The variants of several, of as many rows."""
    names = ("source", "destination", "flow_bytes_s", "after", "count", "set_up_s", "per_vm_s", "over")
    joined: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in parts], axis=-1) for name in names}
    first = parts[0].stop
    stop: dict[str, Any] = {
        name: np.concatenate([np.atleast_1d(getattr(one.stop, name)) for one in parts])
        for name in getattr(first, "__dataclass_fields__", ())
    }
    return replace(parts[0], **joined, stop=replace(first, **stop) if stop else first)  # type: ignore[type-var]
