"""Auto-converge: how far a guest is slowed down, and what that does to its move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.precopy.batch import Moves, Shared
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import DowntimeLimit
from advisor.precopy.sharing import move_batch
from advisor.precopy.throttle import Throttle

HERE = (np.array([0]),)


def held_after(shares: list[float], *, on: bool = True) -> list[float]:
    """What is held back after each of some passes, given what got dirty as a share of what was sent."""
    throttle = Throttle(np.array([on]), 1)
    throttle.begin(*HERE)
    found = []
    for share in shares:
        throttle.after_pass(*HERE, dirty=np.array([share]), sent=np.array([1.0]))
        found.append(round(1 - float(throttle.running(*HERE)[0]), 6))
    return found


def test_every_second_pass_above_the_trigger_raises_it() -> None:
    assert held_after([0.9] * 6) == [0, 0.2, 0.2, 0.3, 0.3, 0.4]
    assert held_after([0.9, 0.1, 0.9, 0.5, 0.9]) == [0, 0, 0.2, 0.2, 0.2]  # half of it is not above it


def test_it_ends_at_its_most() -> None:
    assert held_after([2.0] * 100)[-1] == 0.99


def test_switched_off_nothing_is_held_back() -> None:
    assert held_after([2.0] * 20, on=False) == [0.0] * 20


def test_a_new_guest_runs_at_full_speed() -> None:
    throttle = Throttle(np.array([True]), 1)
    for _ in range(8):
        throttle.after_pass(*HERE, dirty=np.array([1.0]), sent=np.array([1.0]))
    throttle.begin(*HERE)
    assert throttle.running(*HERE) == 1.0


@given(st.lists(st.floats(0, 10), max_size=60))
def test_it_never_falls_and_leaves_the_guest_something(shares: list[float]) -> None:
    found = held_after(shares)
    assert found == sorted(found)
    assert all(0 <= one <= 0.99 for one in found)


def moved(rate: float, *, throttled: bool) -> tuple[bool, float, float]:
    """Whether a VM of 8 GB with a working set of 2 GB converges over 1 GB/s and 0.1 s, its passes and its time."""
    one = np.ones((1, 1))
    curve = DirtyCurve.of(2e9 * one, rate * one, 8e9 * one, 0 * one, 0 * one, np.array([[False]]))
    shared = Shared(
        link_bytes_s=np.array([1e9]),
        processor_bytes_s=np.array([np.inf]),
        flow_bytes_s=np.array([1e9]),
        slots=np.array([1]),
        set_up_s=np.zeros(1),
        per_vm_s=np.zeros(1),
        stop=DowntimeLimit(limit_s=0.1, passes=100, late_s=0.0, queued_bytes=0.0),
        throttles=np.array([throttled]),
    )
    batch = move_batch(Moves.of(8e9 * one, curve, one, 0 * one), shared)
    return bool(batch.converged[0, 0]), float(batch.passes[0, 0]), float(batch.total_s[0])


def test_a_move_that_would_never_end_ends_where_its_guest_is_slowed_down() -> None:
    assert not moved(3e9, throttled=False)[0]
    converged, passes, seconds = moved(3e9, throttled=True)
    assert converged
    assert passes < 60
    assert seconds < moved(3e9, throttled=False)[2]


def test_a_move_that_converges_by_itself_is_left_alone() -> None:
    assert moved(0.3e9, throttled=True) == pytest.approx(moved(0.3e9, throttled=False))
