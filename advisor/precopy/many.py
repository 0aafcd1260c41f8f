"""Passes of very many independent moves: the loop of `passes.walk` for Hyper-V's rule, in tiles that stay in the cache.

What `passes.walk` does for any stop rule with clarity, this does for `PassLimit` alone with little memory: arrays of
any length are walked a tile at a time, and moves that have ended leave the tile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.passes import PASSES_AT_MOST

Floats = NDArray[np.float64]

# Elements walked together: few enough that their dozen arrays fit a last-level cache, and enough that what it costs to
# call NumPy is not felt (of 8,192 to 65,536 the fastest in tests.bench.bench_kernel).
_TILE: Final = 32_768


@dataclass(frozen=True, slots=True)
class TwoSets:
    """Dirty curves of two saturating sets, D(t) = Wh (1 - exp(-kh t)) + Wc (1 - exp(-kc t)); arrays are (n,).

    Attributes
    ----------
    hot_set, cold_set : sizes [bytes].
    hot_per_s, cold_per_s : rate at t = 0 over size, 0 for an empty set [1/s].
    ceiling : most memory that can be dirty [bytes].
    """

    hot_set: Floats
    hot_per_s: Floats
    cold_set: Floats
    cold_per_s: Floats
    ceiling: Floats

    @classmethod
    def of(cls, hot_set: Floats, hot_rate: Floats, cold_set: Floats, cold_rate: Floats, ceiling: Floats) -> TwoSets:
        """Curves from sizes [bytes] and rates [bytes/s].

        Examples
        --------
        >>> one = np.ones(1)
        >>> TwoSets.of(8 * one, 2 * one, 0 * one, 0 * one, 100 * one).hot_per_s.tolist()
        [0.25]
        """
        return cls(hot_set, _over(hot_rate, hot_set), cold_set, _over(cold_rate, cold_set), ceiling)

    def at(self, rows: NDArray[np.intp] | slice) -> TwoSets:
        """The curves of these moves."""
        return TwoSets(
            self.hot_set[rows],
            self.hot_per_s[rows],
            self.cold_set[rows],
            self.cold_per_s[rows],
            self.ceiling[rows],
        )


def _over(rate: Floats, size: Floats) -> Floats:
    return np.divide(rate, size, out=np.zeros_like(rate), where=size > 0)


@dataclass(frozen=True, slots=True)
class Passed:
    """What the passes came to; arrays are (n,).

    Attributes
    ----------
    sent_bytes : memory sent in all passes, the final copy not counted [bytes].
    final_bytes : left for the final copy, while the VM is paused [bytes].
    passes : passes walked.
    converged : the dirty set was small before the pass limit.
    """

    sent_bytes: Floats
    final_bytes: Floats
    passes: Floats
    converged: NDArray[np.bool_]


def walk_many(first_bytes: Floats, rate_bytes_s: Floats, curve: TwoSets, pass_limit: Floats, small: Floats) -> Passed:
    """Walk the passes of n moves that each have a rate of their own.

    T_i = V_i / B, V_{i+1} = D(T_i), until V is small or the passes are used up.

    Parameters
    ----------
    first_bytes : (n,) bytes of the first pass [bytes].
    rate_bytes_s : (n,) memory bytes per second, above 0 [bytes/s].
    curve : (n,) how each VM dirties its memory.
    pass_limit : (n,) passes before the switchover is forced.
    small : (n,) a dirty set of this size ends the passes [bytes].

    Returns
    -------
    Passed of (n,) arrays; equal to `passes.walk` with a `PassLimit`.

    Examples
    --------
    >>> one = np.ones(2)
    >>> curve = TwoSets.of(1e9 * one, 0.5 * one, 0 * one, 0 * one, 1e9 * one)
    >>> done = walk_many(64 * one, one, curve, np.array([3.0, 50.0]), np.array([0.0, 9.0]))
    >>> done.final_bytes.round(3).tolist(), done.passes.tolist(), done.converged.tolist()
    ([8.0, 8.0], [3.0, 3.0], [False, True])
    """
    n = first_bytes.size
    done = Passed(first_bytes.copy(), np.empty(n), np.empty(n), np.empty(n, dtype=np.bool_))
    for begin in range(0, n, _TILE):
        part = slice(begin, min(begin + _TILE, n))
        into = Passed(done.sent_bytes[part], done.final_bytes[part], done.passes[part], done.converged[part])
        _walk_tile(first_bytes[part], rate_bytes_s[part], curve.at(part), pass_limit[part], small[part], into)
    return done


def _walk_tile(volume: Floats, rate: Floats, curve: TwoSets, limit: Floats, small: Floats, into: Passed) -> None:
    """Walk one tile; `into` has the first pass in its `sent_bytes`, and takes what became of each move.

    Every pass of a move is written over the one before: that costs less than telling which is its last.
    """
    growth = _Growth.of(curve, rate)
    rows: NDArray[np.intp] | slice = slice(None)
    for walked in range(1, PASSES_AT_MOST + 1):
        dirty = growth.after(volume)
        met = dirty <= small
        into.final_bytes[rows], into.passes[rows], into.converged[rows] = dirty, walked, met
        (going,) = np.nonzero(~(met | (limit <= walked)))
        if not going.size or walked == PASSES_AT_MOST:
            return
        volume = dirty
        if going.size < dirty.size:
            rows = going if isinstance(rows, slice) else rows[going]
            volume, limit, small, growth = dirty[going], limit[going], small[going], growth.at(going)
        into.sent_bytes[rows] += volume


@dataclass(frozen=True, slots=True)
class _Growth:
    """What is dirty after a pass, by the bytes of the pass: the curves at the moves' rates, (n,).

    Attributes
    ----------
    hot_set, cold_set, ceiling : as of the curves [bytes].
    hot, cold : exponents of a byte sent, not above 0 [1/bytes].
    """

    hot_set: Floats
    hot: Floats
    cold_set: Floats
    cold: Floats
    ceiling: Floats

    @classmethod
    def of(cls, curve: TwoSets, rate: Floats) -> _Growth:
        backwards = np.negative(rate)
        return cls(
            curve.hot_set, curve.hot_per_s / backwards, curve.cold_set, curve.cold_per_s / backwards, curve.ceiling
        )

    def at(self, rows: NDArray[np.intp]) -> _Growth:
        return _Growth(self.hot_set[rows], self.hot[rows], self.cold_set[rows], self.cold[rows], self.ceiling[rows])

    def after(self, volume: Floats) -> Floats:
        """D(V / B); 1 - exp(-x) loses nothing that matters to a volume of many bytes."""
        hot, cold = volume * self.hot, volume * self.cold
        for grown, size in ((hot, self.hot_set), (cold, self.cold_set)):
            np.exp(grown, out=grown)
            np.subtract(1.0, grown, out=grown)
            np.multiply(grown, size, out=grown)
        hot += cold
        return np.minimum(hot, self.ceiling, out=hot)
