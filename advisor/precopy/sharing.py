"""Simultaneous moves: they share link and processors, and as one ends the others speed up.

An event walk (`walking`): passes lengthen while the link is shared, so more gets dirty: this is not a division by the
number of moves. Many variants of one batch (options, quantiles, luck) are walked side by side, each at its own pace.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import PER_MOVE, Batch, Content, Moves, PassRecord, RateRecord, Shared
from advisor.precopy.fairness import fair_rates
from advisor.precopy.walking import FREE, EventWalk

__all__ = ["Batch", "Content", "Moves", "PassRecord", "RateRecord", "Shared", "move_batch"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# Moves x variants walked side by side: bounds memory whatever the batch.
_CELLS_AT_ONCE: Final = 1_500_000


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
        n, variants = moves.first_bytes.shape
        rows = int(min(n, shared.slots.max()))
        super().__init__(moves, rows, shared.stop, shared.throttles, record=record)
        self.shared = shared
        self.allowed = np.arange(rows)[:, None] < shared.slots[None, :]
        self.starts_free = shared.set_up_s.copy()
        self.next_move = np.zeros(variants, dtype=np.intp)
        self.counts = np.full(variants, n) if shared.counts is None else shared.counts

    def fill_slots(self) -> None:
        """Put waiting moves into free slots; their starts queue one behind another."""
        while True:
            free = (self.grid.phase == FREE) & self.allowed
            take = free.any(axis=0) & (self.next_move < self.counts)
            if not take.any():
                return
            column = self.columns[take]
            begin = np.maximum(self.now[take], self.starts_free[take])
            self.put(free.argmax(axis=0)[take], column, self.next_move[take], begin, self.shared.set_up_s[take])
            self.starts_free[take] = begin + self.shared.per_vm_s[take]
            self.next_move[take] += 1

    def keep_shared(self, columns: Ints) -> bool:
        """Keep the links, processors and waiting moves of these variants."""
        self.shared, self.allowed = self.shared.at(columns), self.allowed[:, columns]
        self.starts_free, self.next_move = self.starts_free[columns], self.next_move[columns]
        self.counts = self.counts[columns]
        return True

    def left_slots(self, cells: Ints, columns: Ints) -> None:
        """Nothing to note: a free row is a free slot."""

    def wire_rates(self, most: Floats, per_work: Floats, sending: Bools) -> Floats:
        """Fair shares of the link and the processors."""
        shared = self.shared
        own = np.minimum(shared.flow_bytes_s, most)
        return fair_rates(shared.link_bytes_s, shared.processor_bytes_s, own, per_work, sending)
