"""The published loop on the published memcached curve, against our walk with the curve fitted to its points.

The two differ in one thing: between the four points the loop is piecewise linear, ours is two saturating
sets. Dirtying only slows down, so the truth lies above the straight lines, and ours does: by up to a third
at 3 s, halfway between the points at 1 and 10 s. They must agree wherever that does not matter, and nowhere
differ by more than it explains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from advisor.precopy.dirty import DirtyCurve, fit_curve
from advisor.precopy.passes import walk
from tests.precopy.published_loop import LoopInput, Prediction, predict

MIB, GIB = 2**20, 2**30
POINTS = [(0.125, 66 * MIB), (1.0, 472 * MIB), (10.0, 1796 * MIB), (60.0, 5916 * MIB)]
# 61 % of the 32 GiB were zero pages.
MEMCACHED = LoopInput(nonzero_bytes=0.39 * 32 * GIB, zero_bytes=0.61 * 32 * GIB, points=POINTS)
GBIT_S = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 40, 100)
DOWNTIMES_S = (0.03, 0.1, 0.3, 0.6, 1.0, 2.0, 5.0)
# At 2 and 3 Gbit/s passes settle at a length that dirties as much as was sent: here it is about what is allowed.
ON_THE_EDGE = {(2, 5.0), (3, 2.0)}
LOWEST, HIGHEST = 0.96, 1.32  # our curve over theirs, from 0 to 60 s


@dataclass(frozen=True)
class Downtime:
    seconds: float

    def leaves(self, wire_bytes_s: np.ndarray, memory_bytes_s: np.ndarray, fullness: object = 1.0) -> np.ndarray:
        return np.zeros_like(memory_bytes_s)

    def met(self, dirty_bytes: np.ndarray, rate_bytes_s: np.ndarray) -> np.ndarray:
        return np.less_equal(dirty_bytes, rate_bytes_s * self.seconds)

    goes_on_s = 0.0

    def forced(self, passes_done: np.ndarray) -> np.ndarray:
        return np.greater_equal(passes_done, 200)


def our_curve() -> DirtyCurve:
    hot_set, hot_rate, cold_set, cold_rate = fit_curve([t for t, _ in POINTS], [d for _, d in POINTS])
    return DirtyCurve.of(hot_set, hot_rate, MEMCACHED.nonzero_bytes, cold_set, cold_rate)


def ours(gbit_s: float, downtime_s: float) -> tuple[bool, float]:
    rate = gbit_s * 1e9 / 8
    done = walk(MEMCACHED.first_pass_bytes(), rate, our_curve(), Downtime(downtime_s))
    return bool(done.converged), float(done.seconds + done.final_bytes / rate)


def loop(gbit_s: float, downtime_s: float, scale: float = 1.0) -> Prediction:
    scaled = [(t, d * scale) for t, d in POINTS]
    return predict(LoopInput(MEMCACHED.nonzero_bytes, MEMCACHED.zero_bytes, scaled), gbit_s * 1e9 / 8, downtime_s)


def test_the_two_curves_are_close() -> None:
    times = np.geomspace(0.01, 60, 300)
    linear = np.array([MEMCACHED.dirty(t) for t in times])
    ratio = our_curve().dirty(times) / linear
    assert LOWEST < ratio.min() < ratio.max() < HIGHEST
    assert np.median(np.abs(ratio - 1)) < 0.05


@pytest.mark.parametrize("gbit_s", GBIT_S)
@pytest.mark.parametrize("downtime_s", DOWNTIMES_S)
def test_same_verdict_and_a_time_between_those_of_the_loop_with_curves_that_far_apart(
    gbit_s: float, downtime_s: float
) -> None:
    # The total rises with the curve (see test_passes), so this holds exactly, on the edge of convergence too.
    low, high = loop(gbit_s, downtime_s, LOWEST), loop(gbit_s, downtime_s, HIGHEST)
    converges, total_s = ours(gbit_s, downtime_s)
    assert high.converges <= converges <= low.converges
    assert low.total_s * 0.999 <= total_s <= high.total_s * 1.001
    if (gbit_s, downtime_s) in ON_THE_EDGE:
        assert low.converges != high.converges
        return
    assert converges == loop(gbit_s, downtime_s).converges


def test_times_where_both_converge() -> None:
    apart = np.array([
        [ours(gbit_s, downtime_s)[1] / loop(gbit_s, downtime_s).total_s - 1 for downtime_s in DOWNTIMES_S]
        for gbit_s in (5, 6, 7, 8, 10, 15, 20, 25, 40, 100)
    ])  # fmt: skip
    assert np.median(np.abs(apart)) < 0.03
    assert np.abs(apart).max() < 0.10  # at 5 Gbit/s, where the last passes are the longest
    # Nearer to the edge, at 4 Gbit/s, small differences of the curve are walked again in every pass.
    assert ours(4, 1.0)[1] / loop(4, 1.0).total_s == pytest.approx(1.14, abs=0.02)


def test_far_below_the_dirty_rate_neither_converges() -> None:
    # 0.5 and 1 Gbit/s need passes far beyond the last measured point: both go on until they are cut.
    for gbit_s in (0.5, 1.0):
        assert not loop(gbit_s, 5.0).converges
        assert not ours(gbit_s, 5.0)[0]


def test_a_single_dirty_rate_would_be_wrong_about_convergence() -> None:
    # Why the curve matters: the slope of the first 125 ms, held for ever, is 4.4 Gbit/s: nothing below that
    # would converge, and 5 Gbit/s only after many passes; with the curve 5 Gbit/s takes less than a minute.
    rate = POINTS[0][1] / POINTS[0][0]
    constant = DirtyCurve.of(1e18, rate, MEMCACHED.nonzero_bytes)
    done = walk(MEMCACHED.first_pass_bytes(), 4e9 / 8, constant, Downtime(2.0))
    assert not done.converged
    assert ours(4, 2.0)[0]
    assert loop(4, 2.0).converges
