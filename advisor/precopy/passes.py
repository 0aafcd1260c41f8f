"""Passes of pre-copy, and the rules that end them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from advisor.precopy.dirty import DirtyCurve

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class StopRule(Protocol):
    """Decides, as a pass ends, whether the VM is paused for the final copy."""

    def met(self, dirty_bytes: Floats, rate_bytes_s: Floats) -> Bools:
        """True where so little is dirty that the platform switches over: the move has converged."""
        ...

    def forced(self, passes_done: Floats) -> Bools:
        """True where the platform switches over however much is dirty."""
        ...


@dataclass(frozen=True, slots=True)
class PassLimit:
    """Switch over when the dirty set is small, or after a number of passes.

    Attributes
    ----------
    passes : most passes before the switchover is forced.
    small_dirty_bytes : a dirty set this small ends the passes early [bytes].
    """

    passes: ArrayLike
    small_dirty_bytes: ArrayLike

    def met(self, dirty_bytes: Floats, rate_bytes_s: Floats) -> Bools:
        """True where the dirty set is small; the rate does not matter to this rule."""
        return np.less_equal(dirty_bytes, self.small_dirty_bytes)

    def forced(self, passes_done: Floats) -> Bools:
        """True from the last pass on."""
        return np.greater_equal(passes_done, self.passes)


@dataclass(frozen=True, slots=True)
class DowntimeLimit:
    """QEMU's rule: switch over once what is left can be sent within the downtime limit.

    The bytes left of the pass under way are compared all the time; at or below the limit the dirty bitmap
    is read again, and the VM is paused where the sum is still at or below it. Else the pass goes on
    with the sum.

    Attributes
    ----------
    limit_s : downtime limit [s].
    passes : most passes before the switchover is forced.

    References
    ----------
    QEMU, migration/migration.c, migration_iteration_run.
    """

    limit_s: ArrayLike
    passes: ArrayLike

    def met(self, dirty_bytes: Floats, rate_bytes_s: Floats) -> Bools:
        """True where what is left can be sent within the limit."""
        return np.less_equal(dirty_bytes, rate_bytes_s * self.limit_s)

    def forced(self, passes_done: Floats) -> Bools:
        """True from the last pass on."""
        return np.greater_equal(passes_done, self.passes)


# A move that no rule ends would walk for ever: every walk is cut here.
PASSES_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Walk:
    """What the passes of independent moves came to; every array has the moves' shape.

    Attributes
    ----------
    seconds : length of all passes, the final copy not counted [s].
    final_bytes : left for the final copy, while the VM is paused [bytes].
    sent_bytes : memory sent in all passes, the final copy not counted [bytes].
    passes : passes walked.
    converged : the stop rule was met before it was forced.
    """

    seconds: Floats
    final_bytes: Floats
    sent_bytes: Floats
    passes: Floats
    converged: Bools


def walk(first_bytes: ArrayLike, rate_bytes_s: ArrayLike, curve: DirtyCurve, stop: StopRule) -> Walk:
    """Walk the passes of moves that each have their rate to themselves.

    T_i = V_i / B, V_{i+1} = D(T_i), until the stop rule. With D(t) = r t this is the closed
    geometric form V_i = V_0 (r/B)^i.

    Parameters
    ----------
    first_bytes : bytes of the first pass [bytes].
    rate_bytes_s : memory bytes per second, above 0 [bytes/s].
    curve : how the VM dirties its memory.
    stop : when the platform switches over.

    Returns
    -------
    Walk of arrays of the common shape.

    Examples
    --------
    >>> curve = DirtyCurve.of(hot_set=1e15, hot_rate=0.5, ceiling=1e15)
    >>> done = walk(64.0, 1.0, curve, PassLimit(passes=3, small_dirty_bytes=0.0))
    >>> round(float(done.seconds), 6), round(float(done.final_bytes), 6), bool(done.converged)
    (112.0, 8.0, False)
    """
    first, rate, *_ = np.broadcast_arrays(
        np.asarray(first_bytes, dtype=np.float64), np.asarray(rate_bytes_s, dtype=np.float64), curve.hot_set
    )
    volume, seconds, sent = first.copy(), np.zeros(first.shape), np.zeros(first.shape)
    passes, converged = np.zeros(first.shape), np.zeros(first.shape, dtype=np.bool_)
    walking = np.ones(first.shape, dtype=np.bool_)
    for _ in range(PASSES_AT_MOST):
        length = volume / rate
        seconds += np.where(walking, length, 0.0)
        sent += np.where(walking, volume, 0.0)
        passes += walking
        volume = np.where(walking, curve.dirty(length), volume)
        met = walking & stop.met(volume, rate)
        converged |= met
        walking &= ~(met | stop.forced(passes))
        if not walking.any():
            break
    return Walk(seconds, volume, sent, passes, converged)
