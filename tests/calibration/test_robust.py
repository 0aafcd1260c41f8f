"""The heavy-tailed loss: small residuals stay, large ones grow as a root, and the slope is that of the curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.calibration.robust import heavy_tailed

RESIDUALS = st.floats(-1e4, 1e4)


def softened(residual: float) -> float:
    return float(heavy_tailed(np.array([residual]))[0][0])


def slope(residual: float) -> float:
    return float(heavy_tailed(np.array([residual]))[1][0])


def test_numbers_worked_out_by_hand() -> None:
    soft, bend = heavy_tailed(np.array([0.0, 0.75, -0.75, 2.4]))
    # sqrt(1 + 0.75^2) = 1.25 and sqrt(1 + 2.4^2) = 2.6.
    assert soft == pytest.approx([0.0, 0.5**0.5, -(0.5**0.5), 3.2**0.5])
    assert bend == pytest.approx([1.0, 0.75 / (1.25 * 0.5**0.5), 0.75 / (1.25 * 0.5**0.5), 2.4 / (2.6 * 3.2**0.5)])


@given(RESIDUALS)
@example(0.0)
@example(1e-6)
@example(-1e-5)
@example(1e-3)
def test_the_slope_is_the_numerical_derivative(residual: float) -> None:
    step = 1e-4 * max(abs(residual), 1.0)
    numerical = (softened(residual + step) - softened(residual - step)) / (2 * step)
    assert slope(residual) == pytest.approx(numerical, rel=5e-4)


@given(RESIDUALS, st.floats(1e-6, 10.0))
def test_a_larger_residual_counts_for_more(residual: float, more: float) -> None:
    assert softened(residual + more) > softened(residual)


@given(RESIDUALS)
def test_too_slow_counts_as_much_as_too_fast(residual: float) -> None:
    assert softened(-residual) == -softened(residual)
    assert slope(-residual) == slope(residual)


@given(RESIDUALS)
def test_no_residual_counts_for_more_than_it_is_or_pulls_harder(residual: float) -> None:
    assert abs(softened(residual)) <= abs(residual) * (1 + 1e-3)
    assert 0 < slope(residual) <= 1 + 1e-3


@given(st.floats(-1e-3, 1e-3))
def test_small_residuals_stay_as_they_are(residual: float) -> None:
    # What is lost is at most the square of the residual, and the last digits of 1 + r^2.
    assert softened(residual) == pytest.approx(residual, rel=1e-6, abs=2e-8)


@pytest.mark.parametrize("residual", [1e-9, -1e-8, 1e-7, 1e-6])
def test_next_to_nothing_stays_as_it_is_to_the_last_digit(residual: float) -> None:
    assert softened(residual) == pytest.approx(residual, rel=1e-9, abs=0)


@given(st.floats(1e3, 1e6))
def test_squares_of_large_residuals_grow_linearly(residual: float) -> None:
    assert softened(residual) ** 2 == pytest.approx(2 * residual, rel=2e-3)
    assert softened(4 * residual) == pytest.approx(2 * softened(residual), rel=2e-3)


def test_arrays_are_what_their_elements_are() -> None:
    residuals = np.random.default_rng(2).normal(0, 5, 50)
    soft, bend = heavy_tailed(residuals)
    assert soft.tolist() == [softened(one) for one in residuals]
    assert bend.tolist() == [slope(one) for one in residuals]
