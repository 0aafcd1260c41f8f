"""Put the host pairs of one option together: one setting serves them all.

A pair's drain follows another's, so times add and the longest blackout counts. The constants are the
same on every pair, so a factor moves all of them together; luck is taken to strike all pairs alike,
which is the cautious side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from advisor.advice.predict import Forecast, Outcome
from advisor.domain.answers import Basis, CpuCores, Interval, Mode
from advisor.residual.spread import Modes, Spread, combine, quantiles_together, swings

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Combined:
    """One option over all host pairs that something moves over.

    Attributes
    ----------
    outcomes : by pair.
    factors : every factor of any pair.
    down, up : how far each moves the logarithm of the total time.
    unexplained : what no factor explains, down and up.
    modes : outcomes of luck.
    total : spread of the total time by mode [s].
    blackout : spread of the longest blackout by mode, shape (1,) [s].
    total_at, blackout_at : their quantiles that were asked for, which are asked for again [s].
    """

    outcomes: tuple[Outcome, ...]
    factors: tuple[str, ...]
    down: Floats
    up: Floats
    unexplained: tuple[float, float]
    modes: tuple[Mode, ...]
    total: Modes
    blackout: Modes
    total_at: dict[float, float] = field(default_factory=dict, repr=False, compare=False)
    blackout_at: dict[float, float] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def ask_together(every: Sequence[Combined], shares: Sequence[float]) -> None:
        """Find these quantiles of several options in one go; each option keeps its own."""
        totals = quantiles_together([one.total for one in every], shares)
        longest = quantiles_together([one.blackout for one in every], shares)
        outcomes = list({id(outcome): outcome for one in every for outcome in one.outcomes}.values())
        moves = quantiles_together([outcome.vm_blackout for outcome in outcomes], shares)
        darks = {id(outcome): own for outcome, own in zip(outcomes, moves, strict=True)}
        for one, total, dark in zip(every, totals, longest, strict=True):
            for i, share in enumerate(shares):
                one.total_at[share] = float(total[i, 0])
                own = [float(darks[id(outcome)][i].max()) for outcome in one.outcomes]
                one.blackout_at[share] = max(float(dark[i, 0]), *own)

    def total_quantile(self, share: float) -> float:
        """Quantile of the total time over all modes [s]."""
        if share not in self.total_at:
            self.total_at[share] = float(self.total.quantile(share)[0])
        return self.total_at[share]

    def blackout_quantile(self, share: float) -> float:
        """Quantile of the longest blackout [s]: never shorter than that of any VM, whose own factors may reach on."""
        if share not in self.blackout_at:
            each = [float(outcome.vm_blackout.quantile(share).max()) for outcome in self.outcomes]
            self.blackout_at[share] = max(float(self.blackout.quantile(share)[0]), *each)
        return self.blackout_at[share]

    @property
    def total_s(self) -> Interval:
        """The 90 % interval of the total time over all modes [s]."""
        return interval(self.total_quantile)

    @property
    def blackout_s(self) -> Interval:
        """The 90 % interval of the longest blackout over all modes [s]."""
        return interval(self.blackout_quantile)

    @property
    def middle_s(self) -> float:
        """Total time with every factor at its middle, likeliest luck [s]."""
        return float(sum(float(outcome.total_s[0]) for outcome in self.outcomes))

    @property
    def sent_bytes(self) -> float:
        """Bytes on the wire."""
        return float(sum(float(outcome.sent_bytes.sum()) for outcome in self.outcomes))

    @property
    def cpu(self) -> CpuCores:
        """Cores of the busiest pair."""
        return max((outcome.cpu for outcome in self.outcomes), key=lambda cpu: cpu.source + cpu.destination)

    @property
    def slowest(self) -> Outcome:
        """The pair that takes longest."""
        return max(self.outcomes, key=lambda outcome: float(outcome.total_s[0]))

    @property
    def basis(self) -> Basis:
        """The weakest basis of any pair."""
        return max((outcome.basis for outcome in self.outcomes), key=list(Basis).index)

    @property
    def blackout_basis(self) -> Basis:
        """The weakest basis of any pair."""
        return max((outcome.blackout_basis for outcome in self.outcomes), key=list(Basis).index)

    def without(self, factor: str) -> float:
        """Width p95/p05 of the likeliest mode if `factor` were known exactly."""
        kept = np.array([name != factor for name in self.factors])
        return self._width(kept)

    @property
    def width(self) -> float:
        """Width p95/p05 of the likeliest mode."""
        return self._width(np.ones(len(self.factors), dtype=bool))

    def _width(self, kept: NDArray[np.bool_]) -> float:
        one = combine(1.0, self.down[kept, None], self.up[kept, None], self.unexplained)
        return float(np.exp(one.down[0] + one.up[0]))


def interval(quantile: Callable[[float], float]) -> Interval:
    """p05, p50, p95 of a quantile function.

    Examples
    --------
    >>> interval(lambda share: round(100 * share)).p95
    95.0
    """
    return Interval(p05=quantile(0.05), p50=quantile(0.5), p95=quantile(0.95))


def combine_option(forecast: Forecast, k: int) -> Combined:
    """Option `k` of a forecast over all its host pairs."""
    outcomes = tuple(outcome for row in forecast.outcomes if (outcome := row[k]) is not None)
    return combine_pairs(outcomes)


def combine_pairs(outcomes: tuple[Outcome, ...]) -> Combined:
    """One option's outcomes on all pairs as one."""
    time_spread = _widest([outcome.time_extra for outcome in outcomes])
    blackout_spread = _widest([outcome.blackout_extra for outcome in outcomes])
    factors = tuple(dict.fromkeys(name for outcome in outcomes for name in outcome.factors))
    total = np.sum([_aligned(outcome.total_s, outcome.factors, factors) for outcome in outcomes], axis=0)
    blackout = np.maximum.reduce([_aligned(outcome.blackout_s, outcome.factors, factors) for outcome in outcomes])
    down, up = swings(total[0], total[1::2], total[2::2])
    spread = combine(total[:1], down[:, None], up[:, None], time_spread)
    black = swings(blackout[0], blackout[1::2], blackout[2::2])
    modes, darks = _together(outcomes)
    odds = tuple(mode.probability for mode in modes)
    by_mode = Modes(tuple(Spread(np.array([mode.total_s]), spread.down, spread.up) for mode in modes), odds)
    dark = combine(blackout[:1], black[0][:, None], black[1][:, None], blackout_spread)
    longest = Modes(tuple(Spread(np.array([one]), dark.down, dark.up) for one in darks), odds)
    return Combined(
        outcomes=outcomes,
        factors=factors,
        down=down,
        up=up,
        unexplained=time_spread,
        modes=modes,
        total=by_mode,
        blackout=longest,
    )


def _widest(extras: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return max(down for down, _ in extras), max(up for _, up in extras)


def _aligned(values: Floats, own: tuple[str, ...], factors: tuple[str, ...]) -> Floats:
    """Values by variant, with variants for factors this pair does not have: they do not move it."""
    full = np.full(1 + 2 * len(factors), values[0])
    for i, name in enumerate(own):
        at = 1 + 2 * factors.index(name)
        full[at : at + 2] = values[1 + 2 * i : 3 + 2 * i]
    return full


def _together(outcomes: tuple[Outcome, ...]) -> tuple[tuple[Mode, ...], list[float]]:
    """Modes of all pairs struck by the same luck, with their longest blackouts [s].

    The unit interval is cut wherever any pair's luck turns.
    """
    ends = [np.cumsum([mode[1] for mode in outcome.modes]) for outcome in outcomes]
    cuts = sorted({round(float(end), 12) for own in ends for end in own if end < 1 - 1e-9} | {1.0})
    modes, darks, begin = [], [], 0.0
    for cut in cuts:
        middle = (begin + cut) / 2
        picked = [
            outcome.modes[min(int(np.searchsorted(own, middle)), len(own) - 1)]
            for own, outcome in zip(ends, outcomes, strict=True)
        ]
        modes.append(
            Mode(
                members=min(mode[0] for mode in picked),
                probability=cut - begin,
                total_s=sum(mode[2] for mode in picked),
            )
        )
        darks.append(max(mode[3] for mode in picked))
        begin = cut
    return tuple(modes), darks
