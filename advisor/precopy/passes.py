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
    """Decides when the platform looks at the dirty set, and whether the VM is then paused for the final copy.

    Two rates are told apart: `wire_bytes_s`, what leaves the host, which is all the platform can measure, and
    `memory_bytes_s`, the memory that stands for: more, where it is compressed.
    """

    def leaves(self, wire_bytes_s: Floats, memory_bytes_s: Floats, fullness: ArrayLike = 1.0) -> Floats:
        """Bytes of a pass not yet sent as the platform looks: 0 where it sends every pass to its end [bytes].

        `fullness` is the share of them that has to travel: zero pages may not.
        """
        ...

    def met(self, dirty_bytes: Floats, wire_bytes_s: Floats) -> Bools:
        """True where so little is dirty that the platform switches over: the move has converged."""
        ...

    def forced(self, passes_done: Floats) -> Bools:
        """True where the platform switches over however much is dirty."""
        ...

    @property
    def goes_on_s(self) -> ArrayLike:
        """How long the copying still goes on beside the running VM once the switchover was forced [s]."""
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

    def leaves(self, wire_bytes_s: Floats, memory_bytes_s: Floats, fullness: ArrayLike = 1.0) -> Floats:
        """Nothing: every pass is sent to its end."""
        return np.zeros(np.broadcast_shapes(np.shape(wire_bytes_s), np.shape(memory_bytes_s)))

    def met(self, dirty_bytes: Floats, wire_bytes_s: Floats) -> Bools:
        """True where the dirty set is small; the rate does not matter to this rule."""
        return np.less_equal(dirty_bytes, self.small_dirty_bytes)

    def forced(self, passes_done: Floats) -> Bools:
        """True from the last pass on."""
        return np.greater_equal(passes_done, self.passes)

    @property
    def goes_on_s(self) -> ArrayLike:
        """Not at all: the VM is paused at the end of the pass."""
        return 0.0


@dataclass(frozen=True, slots=True)
class DowntimeLimit:
    """QEMU's rule: switch over once what is left fits into measured bandwidth x downtime limit.

    The bytes left of the pass under way are compared, not only those of a pass that has ended; at or below the
    threshold the dirty bitmap is read again, and the VM is paused where the sum is still at or below it. Else
    the pass goes on with the sum. The bandwidth is that of the wire, the bytes left are memory: compression
    makes the threshold stricter by its ratio. Between two looks QEMU sends for up to 50 ms, so that it looks
    late.

    Attributes
    ----------
    limit_s : downtime limit [s].
    passes : most passes before the switchover is forced.
    late_s : how long after the threshold was crossed QEMU looks [s].
    queued_bytes : memory that waits in the queues of multifd's channels, and counts as sent [bytes].

    References
    ----------
    QEMU, migration/migration.c, migration_iteration_run, and migration/ram.c, ram_save_iterate (MAX_WAIT).

    Examples
    --------
    At 100 bytes/s and with 0.3 s allowed the threshold is 30 bytes; half compressed it stands for 15:

    >>> rule = DowntimeLimit(limit_s=0.3, passes=1000, late_s=0.02)
    >>> rule.leaves(np.array([100.0]), np.array([200.0])).tolist(), rule.met(np.array([31.0]), np.array([100.0])).item()
    ([26.0], False)
    """

    limit_s: ArrayLike
    passes: ArrayLike
    late_s: ArrayLike
    queued_bytes: ArrayLike = 0.0

    def leaves(self, wire_bytes_s: Floats, memory_bytes_s: Floats, fullness: ArrayLike = 1.0) -> Floats:
        """What is left at the first look below the threshold, queues included."""
        threshold = np.multiply(wire_bytes_s, self.limit_s) * fullness
        left: Floats = np.maximum(threshold - np.multiply(memory_bytes_s, self.late_s), 0) + np.asarray(
            self.queued_bytes
        )
        return left

    def met(self, dirty_bytes: Floats, wire_bytes_s: Floats) -> Bools:
        """True where what is left and not queued is at or below the threshold."""
        allowed = np.multiply(wire_bytes_s, self.limit_s) + np.asarray(self.queued_bytes)
        met: Bools = np.less_equal(dirty_bytes, allowed)
        return met

    def forced(self, passes_done: Floats) -> Bools:
        """True from the last pass on."""
        return np.greater_equal(passes_done, self.passes)

    @property
    def goes_on_s(self) -> ArrayLike:
        """Until QEMU looks again and finds the limit raised: a turn of sending, twice what it is late on average."""
        return 2.0 * np.asarray(self.late_s)


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


def left_and_dirty(left_bytes: Floats, volume_bytes: Floats, dirty_bytes: Floats, hot_bytes: Floats) -> Floats:
    """What is to be sent after a look at the dirty set: the rest of the pass, and what got dirty and is not in it.

    left + D (1 - left / max(volume, hot set)): a page that got dirty and has not been sent yet is sent once. Writes
    fall anywhere on the hot set, so that the share of it, or of a pass that is larger, that has not been sent is the
    chance of that.

    Examples
    --------
    >>> ten = np.array([10.0, 10.0])
    >>> left_and_dirty(np.array([0.0, 5.0]), ten, np.array([4.0, 4.0]), np.array([5.0, 20.0])).tolist()
    [4.0, 8.0]
    """
    among = np.maximum(volume_bytes, hot_bytes)
    unsent = left_bytes / np.where(among > 0, among, 1.0)
    both: Floats = left_bytes + dirty_bytes * (1.0 - unsent)
    return both


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
        left = np.minimum(stop.leaves(rate, rate), volume)
        length = (volume - left) / rate
        seconds += np.where(walking, length, 0.0)
        sent += np.where(walking, volume - left, 0.0)
        passes += walking
        volume = np.where(walking, left_and_dirty(left, volume, curve.dirty(length), curve.hot_set), volume)
        met = walking & stop.met(volume, rate)
        converged |= met
        walking &= ~(met | stop.forced(passes))
        if not walking.any():
            break
    return Walk(seconds, volume, sent, passes, converged)
