"""What many runs teach beside the constants: a correction of the time, margins by kind of move, blackout quantiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.residual.features import MoveFacts

Floats = NDArray[np.float64]

# No blackout is shorter than it takes to stop a VM and start it again [s].
_SHORTEST_BLACKOUT_S: Final = 0.001
# Added to both blackouts before a logarithm: what a measurement resolves (HOUSE: 20 ms) [s].
BLACKOUT_FLOOR_S: Final = 0.020
QUANTILES: Final = (0.05, 0.5, 0.95)
# Of a logarithm that a card holds: a factor of 150.
LARGEST_LOG: Final = 5.0
# A move unlike any measured must not be corrected by more than the measured ones were (by a third, in the lab).
_LARGEST_CORRECTION_LOG: Final = 0.3


@dataclass(frozen=True, slots=True)
class Margin:
    """How far a kind of move's logarithm lies from its prediction, beside what factors explain.

    The half-width of a move of T seconds is sqrt(relative^2 + (seconds / T)^2): some of what differs from
    run to run is a share of the move, some a moment at its ends.

    Attributes
    ----------
    rows : measured moves behind it.
    relative, seconds : see above.
    low, high : half-widths down to p05 and up to p95.
    """

    rows: int
    relative: float
    seconds: float
    low: float
    high: float

    def down_up(self, total_s: Floats) -> tuple[Floats, Floats]:
        """How far the logarithm reaches down to p05 and up to p95.

        Examples
        --------
        >>> down, up = Margin(40, 0.03, 0.4, 1.0, 2.0).down_up(np.array([10.0]))
        >>> down.round(3).tolist(), up.round(3).tolist()
        ([0.05], [0.1])
        """
        width = np.sqrt(self.relative**2 + (self.seconds / total_s) ** 2)
        return self.low * width, self.high * width


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned for one platform from dozens of studies.

    Attributes
    ----------
    time_weights : of `TIME_FEATURES`, summing to log(measured / predicted); all 0 where no correction helps.
    margins : by kind of move, coarse and fine (`kinds_of`).
    blackout_weights : of `BLACKOUT_FEATURES`, for p05, p50 and p95 of a move that converges [s].
    forced_logs : p05, p50 and p95 of log((measured + 20 ms) / (predicted + 20 ms)) where the switchover is forced.
    blackout_rows : measured moves behind the two.
    """

    time_weights: tuple[float, ...]
    margins: Mapping[str, Margin]
    blackout_weights: tuple[tuple[float, ...], ...]
    forced_logs: tuple[float, ...]
    blackout_rows: tuple[int, ...]

    def time_correction(self, facts: MoveFacts) -> Floats:
        """(n,) factor that the predicted time is multiplied by, never far from what was learned of known moves."""
        logs = facts.time_features() @ np.array(self.time_weights)
        factor: Floats = np.exp(np.clip(logs, -_LARGEST_CORRECTION_LOG, _LARGEST_CORRECTION_LOG))
        return factor

    def margin(self, kinds: tuple[str, ...]) -> Margin:
        """The margin of the finest kind that has one."""
        return next(self.margins[kind] for kind in kinds if kind in self.margins)

    def blackouts(self, facts: MoveFacts) -> tuple[Floats, Floats, Floats]:
        """(n,) p05, p50 and p95 of the blackout, in order [s]."""
        features = facts.blackout_features()
        found = []
        for weights, forced_log in zip(self.blackout_weights, self.forced_logs, strict=True):
            forced = (facts.blackout_s + BLACKOUT_FLOOR_S) * np.exp(forced_log) - BLACKOUT_FLOOR_S
            found.append(np.where(facts.converged, features @ np.array(weights), forced))
        middle = np.maximum(found[1], _SHORTEST_BLACKOUT_S)
        return np.clip(found[0], _SHORTEST_BLACKOUT_S, middle), middle, np.maximum(found[2], middle)


def kinds_of(facts: MoveFacts) -> tuple[str, ...]:
    """The kinds a move belongs to, finest first: all are of `KINDS`.

    A hashed team's luck is in its modes; in each of them it is as sure as one link.
    """
    way = _WAYS[(1 + facts.zlib) if facts.compressed else 0]
    over = _OVER[3 if facts.crowded else min(facts.links, 3) - 1]
    return f"{way}, {over}, {_MANY[facts.moves > 1]}", f"{way}, {over}", way, ALL_MOVES


_WAYS: Final = ("plain", "compressed", "zlib")
_OVER: Final = ("one link", "two links together", "more links together", "links with other traffic")
_MANY: Final = ("one at a time", "several at once")
ALL_MOVES: Final = "all"
KINDS: Final = (
    ALL_MOVES,
    *_WAYS,
    *(f"{way}, {over}" for way in _WAYS for over in _OVER),
    *(f"{way}, {over}, {many}" for way in _WAYS for over in _OVER for many in _MANY),
)
"""Every kind a margin may be of."""
