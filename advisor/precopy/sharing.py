"""Simultaneous moves: they share link and processors, and as one ends the others speed up.

An event walk (`walking`): passes lengthen while the link is shared, so more gets dirty: this is not a division by the
number of moves. Many variants of one batch (options, quantiles, luck) are walked side by side, each at its own pace.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.alone import one_after_another
from advisor.precopy.batch import PER_MOVE, Batch, Content, Moves, Shared
from advisor.precopy.fairness import even_rates, fair_rates
from advisor.precopy.phases import FREE
from advisor.precopy.records import PassRecord, RateRecord
from advisor.precopy.walking import EventWalk

__all__ = ["Batch", "Content", "Moves", "PassRecord", "RateRecord", "Shared", "move_batch"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# Moves x variants of one walk: bounds memory whatever the batch.
_CELLS_AT_ONCE: Final = 1_500_000
# Slots x variants walked side by side: few enough that what is known of them stays in a cache, and enough that what it
# costs to call NumPy is not felt; and fewest variants, however many their slots.
_SIDE_BY_SIDE: Final = 8_192
_FEWEST: Final = 256


def move_batch(moves: Moves, shared: Shared, *, record: bool = False) -> Batch:
    """Walk one batch of moves, all variants side by side.

    Parameters
    ----------
    moves : the n VMs.
    shared : what they share.
    record : keep the passes of the first variant, and what the wire carried.

    Notes
    -----
    Moves start as slots become free, never closer than `per_vm_s`, which overlaps with the transfers
    already running: n equal moves that fit the slots take set-up + max(n M/B, (n-1) c + M/B). Rates
    are fair on the wire and in the processors (`fairness.fair_rates`). With one slot and one VM this
    is `passes.walk` and the blackout after it.
    """
    n, variants = moves.first_bytes.shape
    if record or n == 1 or shared.counts is not None or shared.slots.size != variants:
        return _walked(moves, shared, record=record)
    (alone,), (together,) = (shared.slots == 1).nonzero(), (shared.slots != 1).nonzero()
    if not alone.size:
        return _walked(moves, shared)
    batch = Batch.of([np.empty((n, variants), dtype=np.bool_ if name == "converged" else None) for name in PER_MOVE])
    parts = [(alone, one_after_another(moves.at(alone), shared.at(alone), _walked))]
    if together.size:
        parts.append((together, _walked(moves.at(together), shared.at(together))))
    for columns, part in parts:
        for name in PER_MOVE:
            getattr(batch, name)[:, columns] = getattr(part, name)
    return batch


def _walked(moves: Moves, shared: Shared, *, record: bool = False) -> Batch:
    """Every variant from event to event."""
    n, variants = moves.first_bytes.shape
    at_once = max(_CELLS_AT_ONCE // n, 1)
    if variants <= at_once:
        return _OneLink(moves, shared, record=record).walk()
    parts = []
    for start in range(0, variants, at_once):
        columns = np.arange(start, min(start + at_once, variants))
        parts.append(_OneLink(moves.at(columns), shared.at(columns), record=record and start == 0).walk())
    whole = Batch.of([np.concatenate([getattr(part, name) for part in parts], axis=1) for name in PER_MOVE])
    whole.records, whole.rates = parts[0].records, parts[0].rates
    return whole


class _OneLink(EventWalk):
    """Moves that all share one link and the processors at its ends."""

    def __init__(self, moves: Moves, shared: Shared, *, record: bool) -> None:
        n = moves.first_bytes.shape[0]
        every = np.arange(moves.first_bytes.shape[1])
        order = every if record else _order(shared)
        self.every_rows = np.minimum(np.broadcast_to(shared.slots, every.shape), n)
        at_once = every.size if record else self.enough_of(order)
        rows = int(self.every_rows[order[:at_once]].max())
        super().__init__(moves, rows, shared.stop, shared.throttles, record=record, order=order, at_once=at_once)
        # Whether a move's own threads hold it back anywhere, or all moves of a variant want as much of the link.
        self.own_threads = any(bool(np.isfinite(one.most_bytes_s).any()) for one in (moves.content, moves.rewritten))
        self.every = shared
        self.every_count = np.full(order.size, n) if shared.counts is None else shared.counts
        self.starts_free, self.next_move = np.empty(0), np.empty(0, dtype=np.intp)
        self.keep_shared(np.empty(0, dtype=np.intp), self.walked)

    def keep_shared(self, columns: Ints, walked: Ints) -> int:
        """Keep the links, processors and waiting moves of these columns, and take in new variants."""
        shared, new = self.every.at(walked), walked.size - columns.size
        self.starts_free = np.concatenate([self.starts_free[columns], shared.set_up_s[columns.size :]])
        self.next_move = np.concatenate([self.next_move[columns], np.zeros(new, dtype=np.intp)])
        rows = int(self.every_rows[walked].max())
        self.allowed = np.arange(rows)[:, None] < shared.slots[None, :]
        self.shared, self.counts = shared, self.every_count[walked]
        # Whether a link is all that any move waits for.
        self.works = self.own_threads or bool(np.isfinite(shared.processor_bytes_s).any())
        return rows

    def enough_of(self, waiting: Ints, beside: int = 0) -> int:
        """How many variants that wait are walked now beside so many others: as many as their slots leave room for."""
        cells = (beside + np.arange(1, waiting.size + 1)) * self.every_rows[waiting]
        return max(int(np.searchsorted(cells, _SIDE_BY_SIDE, side="right")), _FEWEST - beside)

    def fill_slots(self) -> None:
        """Put waiting moves into free slots; their starts queue one behind another."""
        while True:
            (waits,) = (self.next_move < self.counts).nonzero()
            if not waits.size:
                return
            free = (self.grid.phase[:, waits] == FREE) & self.allowed[:, waits]
            (take,) = np.logical_or.reduce(free, axis=0).nonzero()
            if not take.size:
                return
            column, slot = waits[take], free.argmax(axis=0)[take]
            begin = np.maximum(self.now[column], self.starts_free[column])
            self.put(slot, column, self.next_move[column], begin, self.shared.set_up_s[column])
            self.starts_free[column] = begin + self.shared.per_vm_s[column]
            self.next_move[column] += 1

    def left_slots(self, cells: Ints, columns: Ints) -> None:
        """Nothing to note: a free row is a free slot."""

    def wire_rates(self, most: Floats, per_work: Floats, sending: Bools) -> Floats:
        """Fair shares of the link and the processors."""
        shared = self.shared
        if not self.works:
            return even_rates(shared.link_bytes_s, shared.flow_bytes_s, sending)
        own = np.minimum(shared.flow_bytes_s, most) if self.own_threads else shared.flow_bytes_s
        return fair_rates(shared.link_bytes_s, shared.processor_bytes_s, own, per_work, sending)


def _order(shared: Shared) -> Ints:
    """The variants in the order they are walked: alike ones side by side, those that take most steps first.

    Where fewer move at once, fewer events fall together.
    """
    throttles = np.zeros(shared.slots.size, dtype=np.bool_) if shared.throttles is None else shared.throttles
    order: Ints = np.lexsort((np.isfinite(shared.processor_bytes_s), throttles, shared.slots))
    return order
