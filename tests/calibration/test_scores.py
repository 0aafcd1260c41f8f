"""Scores against numbers worked out by hand, and the properties that make them scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.calibration.scores import error_score, interval_score, share_badly_wrong, study_weights, weighted_quantile

positive = st.floats(0.1, 1e4)


def test_errors_worked_out_by_hand() -> None:
    score = error_score([10, 20, 40], [11, 18, 60], [1, 1, 1])
    assert score.median_ape == pytest.approx(10)
    assert score.mean_ape == pytest.approx((10 + 10 + 50) / 3)
    assert (score.median_abs, score.p90_abs) == (2, 20)


def test_a_study_with_many_rows_counts_as_one() -> None:
    weights = study_weights(["many"] * 9 + ["one"])
    assert error_score([10] * 10, [20] * 9 + [10], weights).mean_ape == pytest.approx(50)


@given(st.lists(positive, min_size=1, max_size=30), st.floats(0, 1))
def test_weighted_quantile_with_equal_weights_lies_between_numpy_neighbours(values: list[float], share: float) -> None:
    found = weighted_quantile(values, np.ones(len(values)), share)
    low, high = (float(np.quantile(values, share, method=method)) for method in ("lower", "higher"))
    ordered = sorted(values)
    at = ordered.index(low)
    assert ordered[max(at - 1, 0)] <= found <= high


def test_coverage_and_score_of_intervals() -> None:
    both = interval_score([5, 12], [4, 4], [10, 10], [1, 1])
    assert both.coverage_90 == 0.5
    # widths 6 and 6; the second is missed by 2, which costs 2 * 20.
    assert both.interval_score == pytest.approx((6 + 6 + 40) / 2)


@given(positive, st.floats(0.5, 0.99))
def test_the_interval_score_is_best_for_the_true_quantiles(scale: float, shrink: float) -> None:
    draws = np.random.default_rng(3).normal(100, 1, 4000) * scale
    low, high = np.quantile(draws, [0.05, 0.95])
    middle, weights = (low + high) / 2, np.ones(draws.size)
    true = interval_score(draws, np.full(draws.size, low), np.full(draws.size, high), weights).interval_score
    for factor in (shrink, 1 / shrink):
        half = (high - low) / 2 * factor
        other = interval_score(draws, np.full(draws.size, middle - half), np.full(draws.size, middle + half), weights)
        assert true <= other.interval_score * (1 + 1e-3)


def test_badly_wrong_is_a_quarter_or_the_wrong_word_about_convergence() -> None:
    assert share_badly_wrong([100, 100, 100, 100], [124, 126, 74, 100], [False, False, False, True], np.ones(4)) == 0.75
