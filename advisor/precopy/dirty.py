"""How a running VM dirties its memory: D(t), unique bytes dirty t seconds after the bitmap was clean.

A hot and a cold set, each saturating: pages re-dirtied within a pass count once. A single constant
rate over-predicts long passes 3 to 7 times (PostgreSQL and memcached curves, qemu-devel 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DirtyCurve:
    """Parameters of D(t); every field is an array, or a number, of one common shape.

    Attributes
    ----------
    hot_set, cold_set : sizes of the two sets [bytes].
    hot_rate, cold_rate : their dirty rates at t = 0 [bytes/s].
    ceiling : most memory that can be dirty [bytes].
    sequential : where true, writes walk through the hot set in order: min(hot_set, hot_rate t).
    """

    hot_set: Floats
    hot_rate: Floats
    cold_set: Floats
    cold_rate: Floats
    ceiling: Floats
    sequential: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        hot_set: ArrayLike,
        hot_rate: ArrayLike,
        ceiling: ArrayLike,
        cold_set: ArrayLike = 0.0,
        cold_rate: ArrayLike = 0.0,
        sequential: ArrayLike = False,
    ) -> DirtyCurve:
        """A curve from anything array-like, broadcast to one shape.

        Examples
        --------
        >>> float(DirtyCurve.of(hot_set=100.0, hot_rate=10.0, ceiling=1000.0).dirty(1e9))
        100.0
        """
        numbers = np.broadcast_arrays(
            *(np.asarray(x, dtype=np.float64) for x in (hot_set, hot_rate, cold_set, cold_rate, ceiling)),
            np.asarray(sequential, dtype=np.bool_),
        )
        hot, hot_r, cold, cold_r, top = numbers[:5]
        return cls(hot, hot_r, cold, cold_r, top, numbers[5])

    def dirty(self, seconds: ArrayLike) -> Floats:
        """Unique bytes dirty `seconds` after the bitmap was clean.

        D(t) = Wh (1 - exp(-rh t / Wh)) + Wc (1 - exp(-rc t / Wc)), never above `ceiling`; a
        sequential writer: min(Wh, rh t) for the hot set.

        Parameters
        ----------
        seconds : broadcastable to the curve's shape [s].

        Returns
        -------
        array of the common shape [bytes]

        References
        ----------
        Nathan, Bellur, Kulkarni, "Towards a Comprehensive Performance Model of Virtual Machine Live
        Migration", SoCC 2015: earlier models err because they do not let D(t) saturate.

        Examples
        --------
        >>> curve = DirtyCurve.of(hot_set=8.0, hot_rate=2.0, ceiling=100.0, sequential=True)
        >>> curve.dirty([1.0, 10.0]).tolist()
        [2.0, 8.0]
        """
        time = np.asarray(seconds, dtype=np.float64)
        hot = _saturating(self.hot_set, self.hot_rate, time)
        if np.count_nonzero(self.sequential):
            hot = np.where(self.sequential, np.minimum(self.hot_set, self.hot_rate * time), hot)
        if np.count_nonzero(self.cold_rate):
            hot = hot + _saturating(self.cold_set, self.cold_rate, time)
        return np.minimum(hot, self.ceiling)

    def take(self, index: tuple[NDArray[np.intp], ...]) -> DirtyCurve:
        """The curves at these positions of the arrays."""
        return DirtyCurve(
            self.hot_set[index],
            self.hot_rate[index],
            self.cold_set[index],
            self.cold_rate[index],
            self.ceiling[index],
            self.sequential[index],
        )


def _saturating(size: Floats, rate: Floats, time: Floats) -> Floats:
    """W (1 - exp(-r t / W)), 0 for an empty set."""
    safe = np.where(size > 0, size, 1.0)
    grown: Floats = size * -np.expm1(-rate * time / safe)
    return grown


def fit_curve(seconds: ArrayLike, dirty_bytes: ArrayLike) -> tuple[float, float, float, float]:
    """Fit the hot and cold sets to a measured dirty curve.

    For every pair of time constants on a grid the two set sizes that fit best are a small
    non-negative least-squares problem with a closed solution; the best pair wins. Errors are
    taken relative to the measured point, so short periods count as much as long ones. Points too
    few to tell the sets apart leave many pairs that fit alike: then the hot set is taken to fill
    within half the first period and the cold one to go on growing after the last, as measured
    curves do; one point alone is a straight line.

    Parameters
    ----------
    seconds, dirty_bytes : (n,) measured points, n >= 1, times above 0, sizes 0 or more [s], [bytes].

    Returns
    -------
    (hot_set, hot_rate, cold_set, cold_rate) [bytes], [bytes/s]; hot is the set that fills faster.

    Raises
    ------
    ValueError
        When there is no point, the two arrays differ in length, or a point is out of bounds.

    Examples
    --------
    >>> hot, rate, cold, cold_rate = fit_curve([1.0, 2.0, 4.0, 8.0], [632.1, 864.7, 981.7, 999.7])
    >>> round(hot + cold, -1), round(rate + cold_rate, -2)
    (1000.0, 1000.0)
    """
    time = np.atleast_1d(np.asarray(seconds, dtype=np.float64))
    dirty = np.atleast_1d(np.asarray(dirty_bytes, dtype=np.float64))
    if time.size == 0 or time.shape != dirty.shape:
        raise ValueError("a dirty curve needs as many sizes as times, and at least one of each")
    if not (np.isfinite(time + dirty).all() and (time > 0).all() and (dirty >= 0).all()):
        raise ValueError("a dirty curve needs times above 0 and sizes of 0 or more")
    # Less than a byte is nothing, and so little of one cannot be divided by.
    dirty = np.where(dirty < 1.0, 0.0, dirty)
    if not dirty.any():
        return 0.0, 0.0, 0.0, 0.0
    # Unique bytes never fall, and never grow faster than before: a short period cannot have dirtied less
    # than its share of a longer one. What was measured below that saw too little, if only by too few samples.
    order = np.argsort(time)
    time, dirty = time[order], np.maximum.accumulate(dirty[order])
    dirty = time * np.maximum.accumulate((dirty / time)[::-1])[::-1]
    # A set much slower than the last point is a straight line there: eight times that is slow enough.
    slowest = time[-1] * 8
    taus = np.geomspace(time[0] / 8, slowest, 121) if time.size > 1 else np.array([slowest])
    whole = dirty[-1]
    shapes = -np.expm1(-time[None, :] / taus[:, None]) * (whole / dirty)  # (taus, n), relative to the points
    target = np.ones(time.size)
    gram, project = shapes @ shapes.T, shapes @ target
    diagonal = np.diag(gram)
    determinant = diagonal[:, None] * diagonal[None, :] - gram**2
    with np.errstate(divide="ignore", invalid="ignore"):
        first = (project[:, None] * diagonal[None, :] - project[None, :] * gram) / determinant
        second = (project[None, :] * diagonal[:, None] - project[:, None] * gram) / determinant
    both = (determinant > 1e-12 * diagonal[:, None] * diagonal[None, :]) & (first >= 0) & (second >= 0)
    lone = np.maximum(project / diagonal, 0.0)
    first = np.where(both, first, lone[:, None])
    second = np.where(both, second, 0.0)
    # Squared error: target.target - 2 p.x + x.G.x, for every pair at once.
    error = (
        target @ target
        - 2 * (first * project[:, None] + second * project[None, :])
        + first**2 * diagonal[:, None]
        + 2 * first * second * gram
        + second**2 * diagonal[None, :]
    )
    # Far too small to matter where the points decide.
    slow, fast = np.log(slowest / taus) ** 2, np.log(2 * taus / time[0]) ** 2
    preference = 1e-6 * (np.minimum(slow[:, None], slow) + np.minimum(fast[:, None], fast))
    i, j = np.unravel_index(int(np.argmin(error + preference * time.size)), error.shape)
    sets = sorted(((taus[i], whole * first[i, j]), (taus[j], whole * second[i, j])))
    (hot_tau, hot), (cold_tau, cold) = sets if sets[0][1] > 0 else reversed(sets)
    return float(hot), float(hot / hot_tau), float(cold), float(cold / cold_tau)
