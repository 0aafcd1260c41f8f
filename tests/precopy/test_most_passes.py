"""A move that never converges is walked to the most passes there may be, and then it ends: no time is lost."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.precopy.batch import Batch, Moves, Shared
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import PASSES_AT_MOST, DowntimeLimit
from advisor.precopy.sharing import move_batch

RATE = 1e8
MEMORY = 2e9


def walked(moves: int, passes: float, at_once: int = 1) -> Batch:
    """VMs whose every pass dirties half of their memory again, under QEMU's way of ending a move."""
    one = np.ones((moves, 1))
    curve = DirtyCurve.of(one * 1e9, one * 1e10, one * MEMORY)
    every = Moves.of(one * MEMORY, curve, one, one * 0.1)
    each = np.ones(1)
    stop = DowntimeLimit(each * 0.3, each * passes, each * 0.025)
    slots = np.full(1, at_once)
    return move_batch(every, Shared(each * RATE, each * np.inf, each * RATE, slots, each * 0.02, each * 0, stop))


@pytest.mark.parametrize("moves", [1, 2, 3])
@pytest.mark.parametrize("passes", [PASSES_AT_MOST - 1, PASSES_AT_MOST, 2 * PASSES_AT_MOST])
def test_every_further_pass_takes_as_long_as_the_one_before(moves: int, passes: int) -> None:
    few, more = walked(1, 400).end_s.item(), walked(1, 500).end_s.item()
    each = few + (min(passes, PASSES_AT_MOST) - 400) * (more - few) / 100
    batch = walked(moves, passes)
    assert np.sort(batch.end_s[:, 0]) == pytest.approx(
        each * np.arange(1, moves + 1), rel=1e-5
    )  # what is set up once counts once
    assert (batch.blackout_s[:, 0] > 0).all()


def test_moves_at_once_take_as_long_together() -> None:
    alone, together = walked(2, PASSES_AT_MOST), walked(2, PASSES_AT_MOST, at_once=2)
    assert together.end_s.max() == pytest.approx(alone.end_s.max(), rel=2e-2)
