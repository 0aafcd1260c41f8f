"""Moves one after another: none shares anything with another, so each is walked by itself, all of them side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from advisor.precopy.alike import different, told_of_all
from advisor.precopy.batch import PER_MOVE, Batch, Moves, Shared, stop_at


def one_after_another(moves: Moves, shared: Shared, walk: Callable[[Moves, Shared], Batch]) -> Batch:
    """Walk batches with one move at a time.

    As many steps as the longest move takes, where the whole batch would take those of all its moves; and equal VMs are
    walked once.

    Parameters
    ----------
    moves, shared : as in `sharing.move_batch`, every variant with one slot, and with all of the moves.
    walk : walks batches of one move.
    """
    n, variants = moves.first_bytes.shape
    every = np.tile(np.arange(variants), n)
    apart = Shared(
        link_bytes_s=shared.link_bytes_s[every],
        processor_bytes_s=shared.processor_bytes_s[every],
        flow_bytes_s=shared.flow_bytes_s[every],
        slots=shared.slots[every],
        # Of a move by itself the clock begins as its own turn does.
        set_up_s=np.zeros(every.size),
        per_vm_s=np.zeros(every.size),
        stop=stop_at(shared.stop, every),
        throttles=None if shared.throttles is None else shared.throttles[every],
    )
    single = moves.in_one_row
    firsts, like = different(single, apart)
    walked = told_of_all(walk(single.at(firsts), apart.at(firsts)), like)
    whole = Batch.of([getattr(walked, name).reshape(n, variants) for name in PER_MOVE])
    begin, end = shared.set_up_s, shared.set_up_s
    took = whole.end_s
    begins, ends = np.empty_like(took), np.empty_like(took)
    for i in range(n):
        begin = np.maximum(end, begin + shared.per_vm_s) if i else begin
        end = begin + took[i]
        # The batch's set-up belongs to the move it holds up.
        begins[i], ends[i] = begin if i else begin - shared.set_up_s, end
    return replace(whole, begin_s=begins, end_s=ends)
