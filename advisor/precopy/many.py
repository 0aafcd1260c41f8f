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
Rows = NDArray[np.intp] | slice

# Elements walked together: few enough that their dozen arrays fit a last-level cache, and enough that what it costs to
# call NumPy is not felt (of 8,192 to 65,536 the fastest in tests.bench.bench_kernel).
_TILE: Final = 32_768


@dataclass(frozen=True, slots=True)
class TwoSets:
    """Dirty curves of two saturating sets, D(t) = Wh (1 - exp(-kh t)) + Wc (1 - exp(-kc t)); arrays are (n,).

    Attributes
    ----------
    hot_set, cold_set : sizes [bytes].
    hot_per_s, cold_per_s : rate at t = 0 over size; of a set of less than a byte, in which nothing grows, over a byte
        [1/s].
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

    def at(self, rows: NDArray[np.intp]) -> TwoSets:
        """The curves of these moves."""
        return TwoSets(
            self.hot_set[rows], self.hot_per_s[rows], self.cold_set[rows], self.cold_per_s[rows], self.ceiling[rows]
        )


def _over(rate: Floats, size: Floats) -> Floats:
    return rate / np.maximum(size, 1.0)


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


def walk_many(
    first_bytes: Floats,
    rate_bytes_s: Floats,
    curve: TwoSets,
    pass_limit: Floats,
    small: Floats,
    begun: Passed | None = None,
) -> Passed:
    """Walk the passes of n moves that each have a rate of their own.

    T_i = V_i / B, V_{i+1} = D(T_i), until V is small or the passes are used up.

    Parameters
    ----------
    first_bytes : (n,) bytes of the first pass [bytes].
    rate_bytes_s : (n,) memory bytes per second, above 0 [bytes/s].
    curve : (n,) how each VM dirties its memory.
    pass_limit : passes before the switchover is forced, (n,) or one for all.
    small : a dirty set of this size ends the passes, (n,) or one for all [bytes].
    begun : the same moves up to an end that comes no later; they are walked on from there.

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
    >>> walk_many(64 * one, one, curve, 5 * one, 3 * one, done).final_bytes.round(3).tolist()
    [2.0, 2.0]
    """
    n, limit = first_bytes.size, np.minimum(pass_limit, PASSES_AT_MOST)
    if begun is None:
        done = Passed(first_bytes.copy(), np.empty(n), np.ones(n), np.empty(n, dtype=np.bool_))
        for begin in range(0, n, _TILE):
            rows = slice(begin, min(begin + _TILE, n))
            _walk_tile(rows, _Going.of(rows, first_bytes, rate_bytes_s, curve, _of(limit, rows), small), done)
    else:
        done = Passed(
            begun.sent_bytes.copy(), begun.final_bytes.copy(), begun.passes.copy(), np.empty(n, dtype=np.bool_)
        )
        (further,) = np.nonzero((begun.final_bytes > small) & (begun.passes < limit))
        done.sent_bytes[further] += begun.final_bytes[further]
        done.passes[further] += 1.0
        for begin in range(0, further.size, _TILE):
            at = further[begin : begin + _TILE]
            left = _of(limit, at) - begun.passes[at]
            _walk_tile(at, _Going.of(at, begun.final_bytes, rate_bytes_s, curve, left, small), done)
    np.less_equal(done.final_bytes, small, out=done.converged)
    return done


def _walk_tile(rows: Rows, moves: _Going, done: Passed) -> None:
    """Walk these rows until all have ended; every pass of a move is written over the one before."""
    walked = 0.0
    while True:
        dirty, walked = moves.after_pass(), walked + 1.0
        done.final_bytes[rows] = dirty
        (going,) = np.nonzero((dirty > moves.small) & (moves.left > walked))
        if not going.size:
            return
        moves, rows = moves.at(going, dirty), going + rows.start if isinstance(rows, slice) else rows[going]
        done.sent_bytes[rows] += moves.volume
        done.passes[rows] += 1.0


@dataclass(frozen=True, slots=True)
class _Going:
    """Moves that go on, (n,).

    Attributes
    ----------
    volume : what the pass sends [bytes].
    hot_set, cold_set, ceiling : as of the curves [bytes].
    hot, cold : exponents of a byte sent, not above 0 [1/bytes].
    left : passes before the switchover is forced, this one among them.
    small : a dirty set of this size ends the passes [bytes].
    """

    volume: Floats
    hot_set: Floats
    hot: Floats
    cold_set: Floats
    cold: Floats
    ceiling: Floats
    left: Floats
    small: Floats

    @classmethod
    def of(cls, rows: Rows, volume: Floats, rate: Floats, curve: TwoSets, left: Floats, small: Floats) -> _Going:
        """Some moves by row; only `left` is of them alone."""
        per_byte = -1.0 / rate[rows]
        return cls(
            volume[rows],
            curve.hot_set[rows],
            curve.hot_per_s[rows] * per_byte,
            curve.cold_set[rows],
            curve.cold_per_s[rows] * per_byte,
            curve.ceiling[rows],
            left,
            _of(small, rows),
        )

    def at(self, going: NDArray[np.intp], volume: Floats) -> _Going:
        """Those that go on, and what each has to send."""
        return _Going(
            volume[going],
            self.hot_set[going],
            self.hot[going],
            self.cold_set[going],
            self.cold[going],
            self.ceiling[going],
            _of(self.left, going),
            _of(self.small, going),
        )

    def after_pass(self) -> Floats:
        """D(V / B); 1 - exp(-x) loses nothing that matters to a volume of many bytes."""
        hot, cold = self.volume * self.hot, self.volume * self.cold
        for grown, size in ((hot, self.hot_set), (cold, self.cold_set)):
            np.exp(grown, out=grown)
            np.subtract(1.0, grown, out=grown)
            np.multiply(grown, size, out=grown)
        hot += cold
        return np.minimum(hot, self.ceiling, out=hot)


def _of(values: Floats, rows: Rows) -> Floats:
    return values[rows] if values.ndim else values
