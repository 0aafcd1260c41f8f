"""Moves between many nodes: each has a source and a destination, and takes a slot and bandwidth at both.

The event walk of `walking` over a small network: whoever shares a link at either end slows the other down. Variants
may differ in all: what moves where, in which order, how many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import PER_MOVE, Batch, Moves, stop_at
from advisor.precopy.ends import End, fair_at_both_ends
from advisor.precopy.passes import StopRule
from advisor.precopy.phases import DISKS, FREE
from advisor.precopy.walking import EventWalk

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

NOTHING_BEFORE: Final = -1
"""In `Routes.after`: nothing has to end before this move starts."""
NOTHING_ELSE: Final = -1
"""In `Routes.over`: the move goes over the links of its source and its destination."""

_LOOKED_AT_FIRST: Final = 12
_STORAGE_ROUNDS: Final = 2
_HELD_BACK: Final = 1.0 - 1e-9
# Moves x variants walked side by side: bounds memory whatever the batch.
_CELLS_AT_ONCE: Final = 1_500_000


@dataclass(frozen=True, slots=True)
class Nodes:
    """What each node carries and allows; arrays are (nodes, variants).

    Attributes
    ----------
    out_bytes_s, in_bytes_s : wire bytes per second it sends and receives.
    out_work_s, in_work_s : processor work per second for what it sends and receives, infinity where none is needed.
    out_slots, in_slots : moves at once that leave it and that come to it.
    storage_bytes_s : what its storage reads or writes for disks that move; not given: as much as there is.
    storage_slots : moves at once with disks, whichever way; not given: any number.
    """

    out_bytes_s: Floats
    in_bytes_s: Floats
    out_work_s: Floats
    in_work_s: Floats
    out_slots: Ints
    in_slots: Ints
    storage_bytes_s: Floats | None = None
    storage_slots: Ints | None = None

    def at(self, columns: Ints) -> Nodes:
        """These variants of the nodes."""
        return Nodes(**{name: array[:, columns] for name, array in self.given.items()})

    @property
    def given(self) -> dict[str, Any]:
        """Its arrays by name, those that are given."""
        arrays = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: array for name, array in arrays.items() if array is not None}


@dataclass(frozen=True, slots=True)
class Routes:
    """Where the moves go, and when each may start.

    Attributes
    ----------
    source, destination : (n, variants) nodes. Moves start in the order of the rows.
    flow_bytes_s : (n, variants) wire bytes per second of a move at most.
    after : (n, variants) the move that must have ended before, or `NOTHING_BEFORE`.
    count : (variants,) moves there are: the rows after these are empty.
    set_up_s : (variants,) before the first start at each source [s].
    per_vm_s : (variants,) least time between two starts at one source [s].
    stop, throttles : as in `batch.Shared`.
    over : (n, variants) the node whose links and processors carry the move both ways, where those are neither the
        source's nor the destination's, such as a storage that both see; elsewhere `NOTHING_ELSE`. Not given: nowhere.
    """

    source: Ints
    destination: Ints
    flow_bytes_s: Floats
    after: Ints
    count: Ints
    set_up_s: Floats
    per_vm_s: Floats
    stop: StopRule
    throttles: Bools | None = None
    over: Ints | None = None

    def at(self, columns: Ints) -> Routes:
        """These variants of the routes."""
        held = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "stop"}
        arrays = {name: array[..., columns] for name, array in held.items() if array is not None}
        return replace(self, **arrays, stop=stop_at(self.stop, columns))

    @property
    def links(self) -> tuple[Ints, Ints]:
        """(n, variants) whose links carry each move out, and in."""
        if self.over is None:
            return self.source, self.destination
        own = self.over == NOTHING_ELSE
        return np.where(own, self.source, self.over), np.where(own, self.destination, self.over)


def move_between(moves: Moves, routes: Routes, nodes: Nodes, *, record: bool = False) -> Batch:
    """Walk moves between nodes, all variants side by side.

    Parameters
    ----------
    moves : the n VMs, in the order they start.
    routes : where they go.
    nodes : what the nodes carry.
    record : keep the passes of the first variant, and what the wire carried.

    Returns
    -------
    Batch
        Rows that are empty have zeros.

    Notes
    -----
    Whenever something ends, the first move in order whose source and destination both have a slot, and whose
    predecessor has ended, starts; then the next such. One that has to wait does not hold up those behind it. Starts
    at one source are never closer than `per_vm_s`. Rates are fair over all links and processors
    (`ends.fair_at_both_ends`). Moves of one source whose destinations have room are those of `sharing.move_batch`.
    Disks are copied over the storage of both ends as well, which their copies share fairly; a move with disks takes
    one of the storage's slots at both ends until it is over.
    """
    n, variants = moves.first_bytes.shape
    at_once = max(_CELLS_AT_ONCE // max(n, 1), 1)
    if variants <= at_once:
        return _Network(moves, routes, nodes, record=record).walk()
    parts = []
    for start in range(0, variants, at_once):
        columns = np.arange(start, min(start + at_once, variants))
        first = record and start == 0
        network = _Network(moves.at(columns), routes.at(columns), nodes.at(columns), record=first)
        parts.append(network.walk())
    whole = Batch.of([np.concatenate([getattr(part, name) for part in parts], axis=1) for name in PER_MOVE])
    whole.records, whole.rates = parts[0].records, parts[0].rates
    return whole


class _Network(EventWalk):
    """Moves that share links and processors at both ends."""

    def __init__(self, moves: Moves, routes: Routes, nodes: Nodes, *, record: bool) -> None:
        n, variants = moves.first_bytes.shape
        rows = min(_most_at_once(routes, nodes), max(n, 1))
        super().__init__(moves, rows, routes.stop, routes.throttles, record=record)
        self.routes, self.nodes, self.links = routes, nodes, routes.links
        self.out_free, self.in_free = nodes.out_slots.copy(), nodes.in_slots.copy()
        # (n, variants) moves with disks; None where none copies over storage that is told of.
        self.copies = None if moves.disks is None else moves.disks.used_bytes > 0
        none_at_once = np.full(nodes.out_slots.shape, n, dtype=np.intp)
        self.storage_free = none_at_once if nodes.storage_slots is None else nodes.storage_slots.copy()
        self.starts_free = np.broadcast_to(routes.set_up_s, nodes.out_slots.shape).copy()
        # (variants, n) rows that are moves, and the move each waits for; a row that is empty follows none.
        filled = np.arange(n) < routes.count[:, None]
        self.after = np.where(filled, routes.after.T, NOTHING_BEFORE)
        self.chained = bool((self.after != NOTHING_BEFORE).any())
        # (variants, n) moves that wait for nothing but slots.
        self.ready = (self.after == NOTHING_BEFORE) & filled
        self.sends = _used(routes.source, routes.count, nodes.out_slots.shape)
        self.receives = _used(routes.destination, routes.count, nodes.in_slots.shape)
        # Where one node has its part in every move, and no more slots than any other, its slots are all that counts.
        self.one_queue = self.copies is None and bool(
            (
                _is_hub(self.sends, nodes.out_slots, nodes.in_slots)
                | _is_hub(self.receives, nodes.in_slots, nodes.out_slots)
            ).all()
        )
        # Variants in which something has changed since nobody could start.
        self.fresh = np.ones(variants, dtype=np.bool_)
        # By slot, whose links carry its move out and in, and as much of it as they do.
        self.out_link, self.in_link = (np.repeat(link[:1], rows, axis=0) for link in self.links)
        self.flow = np.zeros((rows, variants))

    def fill_slots(self) -> None:
        """Start every move that may, in order; starts at one source queue one behind another."""
        routes = self.routes
        while self.fresh.any():
            self.fresh &= ((self.out_free > 0) & self.sends).any(axis=0)
            self.fresh &= ((self.in_free > 0) & self.receives).any(axis=0)
            (column,) = np.nonzero(self.fresh)
            if column.size == 0:
                return
            move, found = self.next_in(column)
            self.fresh[column[~found]] = False
            move, column = move[found], column[found]
            if column.size == 0:
                return
            source, destination = routes.source[move, column], routes.destination[move, column]
            begin = np.maximum(self.now[column], self.starts_free[source, column])
            slot = (self.grid.phase[:, column] == FREE).argmax(axis=0)
            self.out_link[slot, column], self.in_link[slot, column] = (link[move, column] for link in self.links)
            self.flow[slot, column] = routes.flow_bytes_s[move, column]
            self.put(slot, column, move, begin, self.set_up_s(move, column))
            self.starts_free[source, column] = begin + routes.per_vm_s[column]
            self.out_free[source, column] -= 1
            self.in_free[destination, column] -= 1
            if self.copies is not None:
                taken = self.copies[move, column]
                self.storage_free[source, column] -= taken
                self.storage_free[destination, column] -= taken
            self.ready[column, move] = False

    def set_up_s(self, move: Ints, column: Ints) -> Floats:
        """What a move that starts first counts as its own; one over other links sets up none with the destination."""
        set_up = self.routes.set_up_s[column]
        if self.routes.over is None:
            return set_up
        return np.where(self.routes.over[move, column] == NOTHING_ELSE, set_up, 0.0)

    def next_in(self, column: Ints) -> tuple[Ints, Bools]:
        """In each of these variants the first move that may start, and whether there is one."""
        if self.one_queue:
            ready = self.ready[column]
            move = ready.argmax(axis=1)
            return move, ready[np.arange(column.size), move]
        # The next to start is nearly always among the next few.
        move, found = self.startable(column, _LOOKED_AT_FIRST)
        rest = np.flatnonzero(~found)
        if rest.size:
            move[rest], found[rest] = self.startable(column[rest], self.ready.shape[1])
        return move, found

    def startable(self, column: Ints, most: int) -> tuple[Ints, Bools]:
        """In each of these variants the first of so many moves from the next on that may start, and whether one may."""
        routes, ready = self.routes, self.ready[column]
        rows = ready.argmax(axis=1) + np.arange(min(most, ready.shape[1]))[:, None]
        inside = rows < ready.shape[1]
        rows = np.where(inside, rows, 0)
        may: Bools = inside & ready[np.arange(column.size), rows]
        may &= self.out_free[routes.source[rows, column], column] > 0
        may &= self.in_free[routes.destination[rows, column], column] > 0
        if self.copies is not None:
            free = self.storage_free[routes.source[rows, column], column] > 0
            free &= self.storage_free[routes.destination[rows, column], column] > 0
            may &= free | ~self.copies[rows, column]
        first = may.argmax(axis=0)
        which = np.arange(column.size)
        return rows[first, which], may[first, which]

    def left_slots(self, cells: Ints, columns: Ints) -> None:
        """Give the slots at both ends back."""
        move = self.cell.move[cells]
        np.add.at(self.out_free, (self.routes.source[move, columns], columns), 1)
        np.add.at(self.in_free, (self.routes.destination[move, columns], columns), 1)
        if self.copies is not None:
            given_back = self.copies[move, columns].astype(np.intp)
            np.add.at(self.storage_free, (self.routes.source[move, columns], columns), given_back)
            np.add.at(self.storage_free, (self.routes.destination[move, columns], columns), given_back)
        self.fresh[columns] = True
        if self.chained:
            which, next_move = np.nonzero(self.after[columns] == move[:, None])
            self.ready[columns[which], next_move] = True

    def wire_rates(self, most: Floats, per_work: Floats, sending: Bools) -> Floats:
        """Fair shares at both ends, of the links and of the storage that disks are copied over."""
        nodes = self.nodes
        out = End(self.out_link, nodes.out_bytes_s, nodes.out_work_s)
        into = End(self.in_link, nodes.in_bytes_s, nodes.in_work_s)
        own = np.where(sending, np.minimum(self.flow, most), 0.0)
        copying = self.grid.phase == DISKS
        if nodes.storage_bytes_s is None or not copying.any():
            return fair_at_both_ends(out, into, own, per_work, sending)
        unlimited, one = np.full_like(nodes.storage_bytes_s, np.inf), np.ones_like(own)
        read = End(self.out_link, nodes.storage_bytes_s, unlimited)
        written = End(self.in_link, nodes.storage_bytes_s, unlimited)
        rates, most = own, own
        # What the links hold back of a copy the storage has for others: it is shared again, once that is known.
        for _ in range(_STORAGE_ROUNDS):
            share = fair_at_both_ends(read, written, np.where(copying, most, 0.0), one, copying)
            rates = fair_at_both_ends(out, into, np.where(copying, share, own), per_work, sending)
            held = copying & (rates < share * _HELD_BACK)
            if not held.any():
                break
            most = np.where(held, rates, own)
        return rates


def _is_hub(used: Bools, slots: Ints, others: Ints) -> Bools:
    """(variants,) whether one node alone is used, with no more slots than any node has at the other ends."""
    own = np.where(used, slots, 0).max(axis=0)
    hub: Bools = (used.sum(axis=0) <= 1) & (own <= others.min(axis=0))
    return hub


def _most_at_once(routes: Routes, nodes: Nodes) -> int:
    """Most moves at once in any variant: slots of the nodes that send, and of those that receive."""
    ends = ((routes.source, nodes.out_slots), (routes.destination, nodes.in_slots))
    most = [np.where(_used(node, routes.count, slots.shape), slots, 0).sum(axis=0) for node, slots in ends]
    return max(int(np.minimum(*most).max(initial=0)), 1)


def _used(node: Ints, count: Ints, shape: tuple[int, ...]) -> Bools:
    """(nodes, variants) whether any move has its end there."""
    rows, columns = np.nonzero(np.arange(node.shape[0])[:, None] < count[None, :])
    used = np.zeros(shape, dtype=np.bool_)
    used[node[rows, columns], columns] = True
    return used
