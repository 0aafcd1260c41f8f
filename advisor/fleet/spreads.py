"""Times of many hosts or VMs with their intervals: how far factors reach, and luck of several outcomes for some."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.residual.spread import mixture_quantile

Floats = NDArray[np.float64]

# Shorter times are none [s].
_NONE: Final = 1e-9
# Where fewer answers move, it pays to pick them.
_FEW: Final = 0.3
# A logistic reaches its 5 % and 95 % points here.
_LN_19: Final = math.log(19.0)


class Reaches:
    """How far several answers reach, factor by factor: roots of the sums of squared swings of logarithms.

    The same as `residual.spread.Reach`, for factors some of which add the same seconds to every answer, or have one
    end that differs from the middle.

    Parameters
    ----------
    middle : (answers, n) with every factor at its middle [s].

    Examples
    --------
    >>> reach = Reaches(np.ones((1, 1)))
    >>> reach.add(np.exp([[-3.0]]), np.exp([[1.0]]))
    >>> reach.add_changes(np.exp([-4.0]) - 1.0)
    >>> reach.down.round(9).tolist(), reach.up.round(9).tolist()
    ([[5.0]], [[1.0]])
    """

    def __init__(self, middle: Floats) -> None:
        self.middle = middle
        self._base = np.maximum(middle, _NONE)
        self._down, self._up = np.zeros_like(middle), np.zeros_like(middle)

    def add(self, *ends: Floats) -> None:
        """The answers at the ends of a factor, (answers, n) [s]; they are written over."""
        for end in ends:
            np.maximum(end, _NONE, out=end)
            np.divide(end, self._base, out=end)
        self._add(ends)

    def add_changes(self, *changes: Floats) -> None:
        """What the ends of a factor add to each answer, (n,) [s]."""
        ends = [change / self._base for change in changes]
        for end in ends:
            np.add(end, 1.0, out=end)
        self._add(ends)

    def _add(self, ratios: Sequence[Floats]) -> None:
        for squares, further in ((self._down, np.minimum), (self._up, np.maximum)):
            swing = further(ratios[0], 1.0)
            for ratio in ratios[1:]:
                further(swing, ratio, out=swing)
            moved = swing != 1.0
            count = np.count_nonzero(moved)
            if count > _FEW * swing.size:
                np.log(swing, out=swing)
                np.multiply(swing, swing, out=swing)
                np.add(squares, swing, out=squares)
            elif count:
                squares[moved] += np.log(swing[moved]) ** 2

    @property
    def down(self) -> Floats:
        """From the middle to p05, in the logarithm."""
        return np.sqrt(self._down)

    @property
    def up(self) -> Floats:
        """From the middle to p95, in the logarithm."""
        return np.sqrt(self._up)


@dataclass(frozen=True, slots=True)
class Spreads:
    """Answers by outcome of luck, (outcomes, n); how far their logarithms reach, (n,).

    Attributes
    ----------
    middle, odds : of each outcome; odds are 0 where there is no such outcome. The first is the likeliest.
    down, up : from the middle to p05 and to p95.
    """

    middle: Floats
    odds: Floats
    down: Floats
    up: Floats

    def quantile(self, share: float) -> Floats:
        """The value that `share` of cases stay below, (n,).

        Examples
        --------
        >>> one = np.ones((1, 2))
        >>> Spreads(10 * one, one, np.log([2.0, 1.0]), np.log([3.0, 1.0])).quantile(0.95).round(3).tolist()
        [30.0, 10.0]
        """
        # What `mixture_quantile` comes to where there is one outcome: m (q / (1 - q))^(u / ln 19).
        logit = math.log(share / (1.0 - share))
        found: Floats = np.maximum(self.middle[0], _NONE)
        if logit:
            reach = np.maximum(self.down if logit < 0 else self.up, _NONE)
            found *= np.exp(reach * (logit / _LN_19))
        (several,) = np.nonzero(self.odds[0] < 1.0)
        if several.size:
            middle, odds = self.middle[:, several], self.odds[:, several]
            down, up = (np.broadcast_to(each[several], middle.shape) for each in (self.down, self.up))
            found[several] = mixture_quantile(np.where(odds > 0, middle, middle[:1]), down, up, odds, share)
        return found

    def times(self, factor: Floats | float) -> Spreads:
        """Every answer multiplied."""
        return Spreads(self.middle * factor, self.odds, self.down, self.up)

    def at(self, rows: NDArray[np.intp]) -> Spreads:
        """Those of these hosts or VMs."""
        return Spreads(self.middle[:, rows], self.odds[:, rows], self.down[rows], self.up[rows])
