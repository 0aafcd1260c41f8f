"""Auto-converge: a guest that dirties faster than memory moves is slowed down, step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# QEMU's defaults (qapi/migration.json): cpu-throttle-initial, cpu-throttle-increment, max-cpu-throttle,
# throttle-trigger-threshold; every second pass that is above the threshold raises the throttle (migration/ram.c).
_FIRST, _FURTHER, _MOST = 0.20, 0.10, 0.99
THROTTLE_TRIGGER = 0.5
_PASSES_TO_RAISE = 2


class Throttle:
    """How far each slot's guest is slowed down, and how many passes in a row asked for more.

    Parameters
    ----------
    on : (variants,) whether guests are slowed down at all.
    slots : moves at once.

    Notes
    -----
    A cell is a slot in a variant: its position in arrays of one row.

    Examples
    --------
    >>> throttle = Throttle(np.array([True]), 1)
    >>> here = np.array([0])
    >>> for _ in range(4):
    ...     throttle.after_pass(here, dirty=np.array([9.0]), sent=np.array([10.0]))
    >>> round(float(throttle.running(here)[0]), 2)
    0.7
    """

    def __init__(self, on: Bools, slots: int) -> None:
        self._on = np.tile(on, slots)
        self._held = np.zeros(self._on.size)
        self._high = np.zeros(self._on.size, dtype=np.intp)
        self._slots, self._variants = slots, on.size

    def at(self, columns: Ints, slots: int, new: Bools) -> Throttle:
        """These variants of so many slots, and behind them new ones, of which some are slowed down."""
        kept = Throttle(np.concatenate([self._on[columns], new]), slots)
        both = np.arange(min(slots, self._slots))[:, None]
        cells = (both * self._variants + columns).reshape(-1)
        taken = (both * kept._variants + np.arange(columns.size)).reshape(-1)
        kept._held[taken], kept._high[taken] = self._held[cells], self._high[cells]
        return kept

    def begin(self, cells: Ints) -> None:
        """A move begins in these cells: its guest runs at full speed."""
        self._held[cells] = 0.0
        self._high[cells] = 0

    def running(self, cells: Ints) -> Floats:
        """Share of its time that each guest runs; it dirties memory that much more slowly."""
        share: Floats = 1.0 - self._held[cells]
        return share

    def after_pass(self, cells: Ints, *, dirty: Floats, sent: Floats) -> None:
        """Raise the throttle where more than half of what a pass sent got dirty in it, for the second time."""
        high = cells[(dirty > THROTTLE_TRIGGER * sent) & self._on[cells]]
        if not high.size:
            return
        count = self._high[high] + 1
        raised = count >= _PASSES_TO_RAISE
        held = self._held[high]
        more = np.where(held == 0.0, _FIRST, np.minimum(held + _FURTHER, _MOST))
        self._held[high] = np.where(raised, more, held)
        self._high[high] = np.where(raised, 0, count)
