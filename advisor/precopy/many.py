"""Passes of very many independent moves: the loop of `passes.walk` for Hyper-V's rule, in tiles that stay in the cache.

What `passes.walk` does for any stop rule with clarity, this does for `PassLimit` alone with little memory: arrays of
any length are walked a tile at a time, in place, and moves that have ended leave the tile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.passes import PASSES_AT_MOST

Floats = NDArray[np.float64]

# Elements walked together: their dozen arrays fit a core's second-level cache.
_TILE: Final = 8192


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
    done = Passed(first_bytes.copy(), np.empty(n), np.ones(n), np.empty(n, dtype=np.bool_))
    for begin in range(0, n, _TILE):
        part = slice(begin, min(begin + _TILE, n))
        _walk_tile(
            part.start, first_bytes[part], rate_bytes_s[part], curve.at(part), pass_limit[part], small[part], done
        )
    return done


def _walk_tile(
    begin: int, volume: Floats, rate: Floats, curve: TwoSets, limit: Floats, small: Floats, done: Passed
) -> None:
    """Walk one tile and write what became of it into `done`, from row `begin` on."""
    rows = np.arange(begin, begin + volume.size)
    walked = 1
    while rows.size:
        dirty = _dirty(volume / rate, curve)
        met = dirty <= small
        ends = met | (limit <= walked) | (walked >= PASSES_AT_MOST)
        at = rows[ends]
        done.final_bytes[at], done.passes[at], done.converged[at] = dirty[ends], walked, met[ends]
        (going,) = np.nonzero(~ends)
        rows, volume, rate, curve = rows[going], dirty[going], rate[going], curve.at(going)
        limit, small = limit[going], small[going]
        done.sent_bytes[rows] += volume
        walked += 1


def _dirty(seconds: Floats, curve: TwoSets) -> Floats:
    """D(t) in place of `seconds`; 1 - exp(-x) loses nothing that matters to a volume of many bytes."""
    cold = np.multiply(seconds, curve.cold_per_s)
    hot = np.multiply(seconds, curve.hot_per_s, out=seconds)
    for grown, size in ((hot, curve.hot_set), (cold, curve.cold_set)):
        np.negative(grown, out=grown)
        np.exp(grown, out=grown)
        np.subtract(1.0, grown, out=grown)
        np.multiply(grown, size, out=grown)
    hot += cold
    return np.minimum(hot, curve.ceiling, out=hot)
