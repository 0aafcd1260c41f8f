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

    Examples
    --------
    >>> throttle = Throttle(np.array([True]), 1)
    >>> here = np.array([0]), np.array([0])
    >>> for _ in range(4):
    ...     throttle.after_pass(*here, dirty=np.array([9.0]), sent=np.array([10.0]))
    >>> round(float(throttle.running(*here)[0]), 2)
    0.7
    """

    def __init__(self, on: Bools, slots: int) -> None:
        self._on = on
        self._held = np.zeros((slots, on.size))
        self._high = np.zeros((slots, on.size), dtype=np.intp)

    def at(self, columns: Ints) -> Throttle:
        """These variants of every slot."""
        kept = Throttle(self._on[columns], self._held.shape[0])
        kept._held, kept._high = self._held[:, columns], self._high[:, columns]
        return kept

    def begin(self, slots: Ints, columns: Ints) -> None:
        """A move begins in these slots: its guest runs at full speed."""
        self._held[slots, columns] = 0.0
        self._high[slots, columns] = 0

    def running(self, slots: Ints, columns: Ints) -> Floats:
        """Share of its time that each guest runs; it dirties memory that much more slowly."""
        share: Floats = 1.0 - self._held[slots, columns]
        return share

    def after_pass(self, slots: Ints, columns: Ints, *, dirty: Floats, sent: Floats) -> None:
        """Raise the throttle where more than half of what a pass sent got dirty in it, for the second time."""
        high = (dirty > THROTTLE_TRIGGER * sent) & self._on[columns]
        count = self._high[slots, columns] + high
        raised = high & (count >= _PASSES_TO_RAISE)
        held = self._held[slots, columns]
        more = np.where(held == 0.0, _FIRST, np.minimum(held + _FURTHER, _MOST))
        self._held[slots, columns] = np.where(raised, more, held)
        self._high[slots, columns] = np.where(raised, 0, count)
