"""Times of many hosts or VMs with their intervals, where luck has one outcome for most and several for some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.residual.spread import mixture_quantile

Floats = NDArray[np.float64]


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
        first = self.middle[:1]
        found = mixture_quantile(first, self.down[None], self.up[None], np.ones_like(first), share)
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
