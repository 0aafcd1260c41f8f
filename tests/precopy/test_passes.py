"""Passes of one move: closed forms, an independent integration, and what is monotone and what is not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import PASSES_AT_MOST, PassLimit, Walk, walk

BOUNDLESS = 1e30
GB = 1e9


@dataclass(frozen=True)
class Downtime:
    """A switchover as soon as what is left would take no longer than `seconds`; never forced."""

    seconds: float

    def leaves(self, wire_bytes_s: np.ndarray, memory_bytes_s: np.ndarray, fullness: object = 1.0) -> np.ndarray:
        return np.zeros_like(memory_bytes_s)

    def met(self, dirty_bytes: np.ndarray, wire_bytes_s: np.ndarray) -> np.ndarray:
        return np.less_equal(dirty_bytes, wire_bytes_s * self.seconds)

    goes_on_s = 0.0

    def forced(self, passes_done: np.ndarray) -> np.ndarray:
        return np.zeros_like(passes_done, dtype=np.bool_)


def linear(rate: float) -> DirtyCurve:
    """D(t) = r t: a writer that never comes back to a page."""
    return DirtyCurve.of(hot_set=BOUNDLESS, hot_rate=rate, ceiling=BOUNDLESS, sequential=True)


def total_s(done: Walk, rate: float | np.ndarray) -> np.ndarray:
    """All passes and the final copy."""
    return done.seconds + done.final_bytes / rate


@pytest.mark.parametrize("passes", [1, 2, 5, 10, 29])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.99, 1.0, 1.7])
def test_a_constant_rate_is_the_geometric_series(passes: int, rate: float) -> None:
    # V_i = V_0 (r / B)^i, with B = 2 and V_0 = 64; at r >= B the passes do not shrink, and are cut all the same.
    ratio = rate / 2.0
    volumes = 64.0 * ratio ** np.arange(passes + 1)
    done = walk(64.0, 2.0, linear(rate), PassLimit(passes, 0.0))
    assert done.sent_bytes == pytest.approx(volumes[:-1].sum(), rel=1e-12)
    assert done.seconds == pytest.approx(volumes[:-1].sum() / 2.0, rel=1e-12)
    assert done.final_bytes == pytest.approx(volumes[-1], rel=1e-12)
    assert done.passes == passes
    assert not done.converged


@pytest.mark.parametrize("ratio", [0.05, 0.3, 0.6, 0.9])
def test_the_whole_series_is_m_over_b_minus_r(ratio: float) -> None:
    # mVM (Kherbache, Hermenier 2017) where the first pass is shorter than the hot set lasts:
    # T = M/b + (H/h) M/b / (b - H/h) = M / (b - r), r = H/h.
    done = walk(10 * GB, GB, linear(ratio * GB), PassLimit(900, 1e-3))
    assert total_s(done, GB) == pytest.approx(10 * GB / (GB - ratio * GB), rel=1e-9)


@pytest.mark.parametrize(("hot_set", "hot_s"), [(0.5, 2.0), (1.0, 4.0), (2.0, 7.0)])
def test_mvm_with_a_hot_set_that_is_written_again_and_again(hot_set: float, hot_s: float) -> None:
    # mVM, first pass longer than h, no cold pages: T = M/b + H/b + H/b (H/h) / (b - H/h). The hot set is
    # resent whole once, then shrinks by r / b a pass.
    curve = DirtyCurve.of(hot_set, hot_set / hot_s, ceiling=100.0, sequential=True)
    done = walk(20.0, 1.0, curve, PassLimit(900, 1e-12))
    rate = hot_set / hot_s
    assert total_s(done, 1.0) == pytest.approx(20.0 + hot_set + hot_set * rate / (1.0 - rate), rel=1e-9)


@pytest.mark.parametrize("cold_rate", [0.001, 0.005, 0.01])
def test_mvm_with_a_few_cold_pages(cold_rate: float) -> None:
    # mVM lets cold pages be dirtied once the hot set is: T = M/b + (H + (M/b - h) c) / (b - c) + H/b (H/h) / (b - H/h).
    # Here they are dirtied from the start, so their first-order term is h c larger: within 1 % for a small c.
    hot_set, hot_s, memory = 1.0, 4.0, 20.0
    rate = hot_set / hot_s
    mvm = memory + (hot_set + (memory - hot_s) * cold_rate) / (1 - cold_rate) + hot_set * rate / (1 - rate)
    curve = DirtyCurve.of(hot_set, rate, BOUNDLESS, cold_set=1e9, cold_rate=cold_rate, sequential=True)
    assert total_s(walk(memory, 1.0, curve, PassLimit(900, 1e-9)), 1.0) == pytest.approx(mvm, rel=0.01)


@pytest.mark.parametrize("passes", [1, 3, 6])
def test_saturating_sets_agree_with_an_integration_of_their_rates(passes: int) -> None:
    # dD/dt = r exp(-r t / W) for each set, integrated by scipy (DOP853) instead of the closed D(t).
    hot, hot_rate, cold, cold_rate = 2.0, 3.0, 9.0, 0.4

    def slope(t: float, _: np.ndarray) -> list[float]:
        return [hot_rate * np.exp(-hot_rate * t / hot) + cold_rate * np.exp(-cold_rate * t / cold)]

    volume, seconds = 12.0, 0.0
    for _ in range(passes):
        length = volume / 1.5
        seconds += length
        volume = float(solve_ivp(slope, (0.0, length), [0.0], method="DOP853", rtol=1e-12, atol=1e-14).y[0, -1])
    done = walk(12.0, 1.5, DirtyCurve.of(hot, hot_rate, 100.0, cold, cold_rate), PassLimit(passes, 0.0))
    assert done.seconds == pytest.approx(seconds, rel=1e-9)
    assert done.final_bytes == pytest.approx(volume, rel=1e-8)


def test_an_idle_vm_is_one_pass() -> None:
    # Nothing dirty: memory over bandwidth, and nothing is left to pause for.
    done = walk(55.0, 5.0, DirtyCurve.of(0.0, 0.0, 55.0), PassLimit(5, 0.0))
    assert (float(done.seconds), float(done.final_bytes), float(done.passes), bool(done.converged)) == (
        11.0,
        0.0,
        1.0,
        True,
    )


def test_a_fast_writer_sends_its_working_set_in_every_pass() -> None:
    # r >> B: a pass later the whole set is dirty again; only the limit ends it, with the set to copy at last.
    done = walk(100.0, 1.0, DirtyCurve.of(10.0, 1e6, 100.0), PassLimit(5, 1.0))
    assert done.seconds == pytest.approx(100.0 + 4 * 10.0)
    assert done.final_bytes == pytest.approx(10.0)
    assert not done.converged


def test_a_small_dirty_set_ends_the_passes() -> None:
    done = walk(64.0, 1.0, linear(0.5), PassLimit(100, 5.0))
    assert (float(done.passes), float(done.final_bytes), bool(done.converged)) == (4.0, 4.0, True)  # 32, 16, 8, 4


def test_a_small_set_in_the_last_pass_still_counts_as_converged() -> None:
    assert walk(64.0, 1.0, linear(0.5), PassLimit(4, 4.0)).converged


def test_nothing_to_send_is_done_at_once() -> None:
    done = walk(0.0, 1.0, linear(0.5), PassLimit(5, 0.0))
    assert (float(done.seconds), float(done.final_bytes), bool(done.converged)) == (0.0, 0.0, True)


def test_a_rule_that_never_ends_is_cut() -> None:
    done = walk(10.0, 1.0, DirtyCurve.of(10.0, 1e6, 10.0), Downtime(1.0))
    assert done.passes == PASSES_AT_MOST
    assert not done.converged


def test_each_element_has_its_own_limit() -> None:
    done = walk([64.0, 64.0], 1.0, linear(0.5), PassLimit([1, 3], [0.0, 0.0]))
    assert done.final_bytes.tolist() == [32.0, 8.0]


@dataclass(frozen=True)
class Move:
    memory: float
    bandwidth: float
    hot_set: float
    hot_rate: float
    cold_rate: float
    passes: int
    small: float
    sequential: bool

    def walked(self) -> tuple[float, float]:
        """Total time and passes."""
        curve = DirtyCurve.of(self.hot_set, self.hot_rate, 1e4, 100.0, self.cold_rate, self.sequential)
        done = walk(self.memory, self.bandwidth, curve, PassLimit(self.passes, self.small))
        return float(total_s(done, self.bandwidth)), float(done.passes)


MOVES = st.builds(
    Move,
    memory=st.floats(0.1, 1000.0),
    bandwidth=st.floats(0.05, 20.0),
    hot_set=st.floats(0.01, 50.0),
    hot_rate=st.floats(0.0, 30.0),
    cold_rate=st.floats(0.0, 3.0),
    passes=st.integers(1, 12),
    small=st.floats(0.0, 5.0),
    sequential=st.booleans(),
)


@given(one=MOVES, more=st.floats(1.0, 4.0))
def test_total_time_rises_with_memory_and_dirty_rate_and_falls_with_bandwidth(one: Move, more: float) -> None:
    """True of one move under this rule, always, final copy included.

    T_0 = M/B and T_i = D(T_{i-1})/B all rise with M and r and fall with B, as D rises with t; the rule
    ends at the first i with B T_i <= small, or at the limit, which can only come later when every
    B T_i is larger. The total is T_0 + ... + T_k, the final copy being T_k: more terms, each larger.
    """
    base, walks = one.walked()
    slack = 1e-9 * base
    larger, more_walks = replace(one, memory=one.memory * more).walked()
    busier, busier_walks = replace(one, hot_rate=one.hot_rate * more, cold_rate=one.cold_rate * more).walked()
    wider, _ = replace(one, hot_set=one.hot_set * more).walked()
    faster, fewer_walks = replace(one, bandwidth=one.bandwidth * more).walked()
    assert min(larger, busier, wider) >= base - slack
    assert faster <= base + slack
    assert fewer_walks <= walks <= min(more_walks, busier_walks)


def test_blackout_is_not_monotone_in_bandwidth() -> None:
    # A faster link gets below the small set one pass sooner, and then has the larger rest of that pass to copy:
    # at B = 1.0 the third pass leaves 1.0 (not below 0.9), the fourth 0.5; at 1.04 the third leaves 0.89.
    def blackout(bandwidth: float) -> float:
        done = walk(8.0, bandwidth, linear(0.5), PassLimit(10, 0.9))
        return float(done.final_bytes) / bandwidth

    assert blackout(1.0) == pytest.approx(0.5)
    assert blackout(1.04) == pytest.approx(0.855, abs=0.001)
    assert blackout(2.2) < blackout(1.04)


def test_blackout_is_not_monotone_in_memory_either() -> None:
    def blackout(memory: float) -> float:
        return float(walk(memory, 1.0, linear(0.5), PassLimit(10, 1.0)).final_bytes)

    assert blackout(8.0) == 1.0
    assert blackout(8.4) == pytest.approx(0.525)  # 1.05 is too much: one more pass


@given(memory=st.floats(1.0, 500.0), rate=st.floats(0.0, 0.9), change=st.floats(-0.02, 0.02))
def test_a_little_more_memory_moves_the_time_a_little(memory: float, rate: float, change: float) -> None:
    # Where a pass more or less is taken the total jumps by no more than one copy of the small set.
    small = 0.05
    one, other = (
        float(total_s(walk(m, 1.0, linear(rate), PassLimit(50, small)), 1.0)) for m in (memory, memory * (1 + change))
    )
    assert abs(other - one) <= abs(change) * memory / (1 - rate) + small + 1e-9
