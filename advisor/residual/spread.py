"""Intervals: one factor at a time, root of the sum of squares; mixtures where luck decides.

Every uncertain factor is set to its p05 and its p95 with the others at their middle; the changes of
the logarithm of the answer, taken up and down apart, add as independent errors do. What no factor
explains (the card's spread) adds the same way. The swings say which factor matters most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# F(x) = 1 / (1 + exp(-ln 19 x / u)) is 0.95 at x = u: a logistic with the given 5 % and 95 % points.
_LN_19 = float(np.log(19.0))
_TINY = 1e-9
# Halvings of a logarithm's interval: 1e-9 of any time.
_HALVINGS = 32


@dataclass(frozen=True, slots=True)
class Spread:
    """A middle and how far the answer reaches down and up, in logarithms; arrays of one shape."""

    middle: Floats
    down: Floats
    up: Floats

    def quantile(self, share: float) -> Floats:
        """The value that `share` of cases stay below.

        Examples
        --------
        >>> one = Spread(np.array([10.0]), np.log([2.0]), np.log([3.0]))
        >>> [round(float(one.quantile(q)[0]), 3) for q in (0.05, 0.5, 0.95)]
        [5.0, 10.0, 30.0]
        """
        logit = float(np.log(share / (1 - share)))
        reach = np.maximum(self.down if logit < 0 else self.up, _TINY) / _LN_19
        return np.asarray(np.exp(np.log(np.maximum(self.middle, _TINY)) + reach * logit))


@dataclass(frozen=True, slots=True)
class Modes:
    """Spreads of one answer in every outcome of luck, with their odds."""

    spreads: tuple[Spread, ...]
    odds: tuple[float, ...]

    @property
    def middle(self) -> Floats:
        """The middle in the likeliest outcome."""
        return self.spreads[int(np.argmax(self.odds))].middle

    def quantile(self, share: float) -> Floats:
        """The value that `share` of cases stay below, over all outcomes.

        Examples
        --------
        >>> one = Spread(np.array([10.0]), np.log([2.0]), np.log([3.0]))
        >>> round(float(Modes((one,), (1.0,)).quantile(0.95)[0]), 3)
        30.0
        """
        if len(self.spreads) == 1:
            return self.spreads[0].quantile(share)
        middle, down, up = (np.stack([getattr(one, name) for one in self.spreads]) for name in ("middle", "down", "up"))
        odds = np.array(self.odds).reshape((-1,) + (1,) * (middle.ndim - 1))
        return mixture_quantile(middle, down, up, odds, share)


def quantiles_together(each: Sequence[Modes], shares: Sequence[float]) -> list[Floats]:
    """Quantiles of many answers in one go: what each takes by itself is mostly the steps, however many take them.

    Returns
    -------
    For each answer (shares, ...), as its own `quantile` has them.

    Examples
    --------
    >>> def one(middle): return Spread(np.array([middle]), np.log([2.0]), np.log([3.0]))
    >>> sure, luck = Modes((one(10.0),), (1.0,)), Modes((one(1.0), one(9.0)), (0.5, 0.5))
    >>> low, high = quantiles_together([sure, luck], [0.05, 0.95])[1].ravel()
    >>> bool(low == luck.quantile(0.05)[0]), bool(high == luck.quantile(0.95)[0])
    (True, True)
    """
    found: list[Floats] = [np.empty(0)] * len(each)
    for count in dict.fromkeys(len(modes.spreads) for modes in each):
        own = [i for i, modes in enumerate(each) if len(modes.spreads) == count]
        sizes = [each[i].spreads[0].middle.size for i in own]
        middle, down, up = (
            np.concatenate([[getattr(one, name).ravel() for one in each[i].spreads] for i in own], axis=1)
            for name in ("middle", "down", "up")
        )
        odds = np.repeat(np.array([each[i].odds for i in own]).T, sizes, axis=1)
        quantiles = np.stack([mixture_quantile(middle, down, up, odds, share) for share in shares])
        for i, part in zip(own, np.split(quantiles, np.cumsum(sizes)[:-1], axis=1), strict=True):
            found[i] = part.reshape(len(shares), *each[i].spreads[0].middle.shape)
    return found


def swings(middle: ArrayLike, low: ArrayLike, high: ArrayLike) -> tuple[Floats, Floats]:
    """How far each factor moves the logarithm of the answer, down and up.

    Parameters
    ----------
    middle : (...,) the answer with every factor at its middle.
    low, high : (factors, ...) the answer with one factor at its p05 and its p95.

    Returns
    -------
    down, up : (factors, ...), none negative.

    Examples
    --------
    >>> down, up = swings(1.0, [0.5, 1.0], [1.0, 2.0])
    >>> down.round(3).tolist(), up.round(3).tolist()
    ([0.693, 0.0], [0.0, 0.693])
    """
    base = np.log(np.maximum(middle, _TINY))
    to_low = np.log(np.maximum(low, _TINY)) - base
    to_high = np.log(np.maximum(high, _TINY)) - base
    down = np.maximum(np.maximum(-to_low, -to_high), 0.0)
    up = np.maximum(np.maximum(to_low, to_high), 0.0)
    return down, up


class Reach:
    """Adds up, factor by factor, how far answers reach: roots of the sums of squared swings.

    The same as `swings` of all factors and `combine`, without holding them all.

    Parameters
    ----------
    middle : (...,) the answers with every factor at its middle.

    Examples
    --------
    >>> reach = Reach(np.ones(1))
    >>> reach.add(np.exp([-3.0]), np.exp([0.0]))
    >>> reach.add(np.exp([-4.0]), np.exp([1.0]))
    >>> reach.down.round(9).tolist(), reach.up.round(9).tolist()
    ([5.0], [1.0])
    """

    def __init__(self, middle: Floats) -> None:
        self._base = np.log(np.maximum(middle, _TINY))
        self._down, self._up = np.zeros_like(self._base), np.zeros_like(self._base)

    def add(self, low: Floats, high: Floats) -> None:
        """The answers with one factor at its p05 and its p95."""
        for squares, further in ((self._down, np.minimum), (self._up, np.maximum)):
            swing = further(low, high)
            np.maximum(swing, _TINY, out=swing)
            np.log(swing, out=swing)
            np.subtract(swing, self._base, out=swing)
            further(swing, 0.0, out=swing)
            np.multiply(swing, swing, out=swing)
            np.add(squares, swing, out=squares)

    @property
    def down(self) -> Floats:
        """From the middle to p05, in the logarithm."""
        return np.sqrt(self._down)

    @property
    def up(self) -> Floats:
        """From the middle to p95, in the logarithm."""
        return np.sqrt(self._up)


def combine(middle: ArrayLike, down: Floats, up: Floats, unexplained: float | tuple[ArrayLike, ArrayLike]) -> Spread:
    """One spread from the swings of all factors (first axis) and what no factor explains, down and up.

    Examples
    --------
    >>> spread = combine(1.0, np.array([[3.0]]), np.array([[0.0]]), 4.0)
    >>> float(spread.down[0]), float(spread.up[0])
    (5.0, 4.0)
    """
    lower, upper = unexplained if isinstance(unexplained, tuple) else (unexplained, unexplained)
    return Spread(
        np.atleast_1d(np.asarray(middle, dtype=np.float64)),
        np.sqrt((down**2).sum(axis=0) + np.square(lower)),
        np.sqrt((up**2).sum(axis=0) + np.square(upper)),
    )


def mixture_quantile(middle: Floats, down: Floats, up: Floats, odds: Floats, share: float) -> Floats:
    """Quantile of a mixture of modes, each a split logistic in the logarithm; exact for one mode.

    Parameters
    ----------
    middle, down, up : (modes, ...)
    odds : (modes, ...) or broadcastable, summing to 1 over modes.
    share : 0..1

    Examples
    --------
    >>> narrow = np.full((2, 1), 1e-3)
    >>> two = mixture_quantile(np.array([[1.0], [2.0]]), narrow, narrow, np.array([[0.75], [0.25]]), 0.5)
    >>> round(float(two[0]), 2)
    1.0
    """
    centre = np.log(np.maximum(middle, _TINY))
    below, above = np.maximum(down, _TINY) / _LN_19, np.maximum(up, _TINY) / _LN_19
    logit = float(np.log(share / (1 - share)))
    own = centre + (below if logit < 0 else above) * logit
    if middle.shape[0] == 1:
        return np.asarray(np.exp(own[0]))
    left, right = own.min(axis=0), own.max(axis=0)
    with np.errstate(over="ignore"):
        for _ in range(_HALVINGS):
            guess = (left + right) / 2
            offset = guess[None] - centre
            reached = (odds / (1 + np.exp(-offset / np.where(offset < 0, below, above)))).sum(axis=0)
            left, right = np.where(reached < share, guess, left), np.where(reached < share, right, guess)
    return np.asarray(np.exp((left + right) / 2))
