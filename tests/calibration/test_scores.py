"""Scores against numbers worked out by hand, and the properties that make them scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.calibration.scores import (
    FEWEST_FOR_QUANTILES,
    constant_width,
    coverage_range,
    error_score,
    gain_percent,
    interval_score,
    share_badly_wrong,
    study_weights,
    training_quantiles,
    weighted_quantile,
)

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


def test_the_range_of_a_coverage_is_over_studies_and_not_rows() -> None:
    # Two studies, one all inside and one all outside: both, or twice the same one, with odds of 1/4, 1/2, 1/4.
    assert coverage_range([True] * 9 + [False], ["many"] * 9 + ["one"]) == (0.0, 1.0)
    assert coverage_range([True, False, True, False], ["a", "a", "b", "b"]) == (0.5, 0.5)
    assert coverage_range([True, False], ["a", "a"]) is None


def test_the_range_of_a_coverage_is_the_same_each_time_and_as_wide_as_chance() -> None:
    held = np.random.default_rng(1).random(400) < 0.9
    studies = [f"s{i}" for i in range(400)]
    low, high = coverage_range(held, studies) or (0.0, 0.0)
    assert (low, high) == coverage_range(held, studies)
    deviation = float(np.sqrt(held.mean() * (1 - held.mean()) / 400))
    assert (high - low) / 2 == pytest.approx(1.96 * deviation, rel=0.1)
    assert low < held.mean() < high


def test_one_width_for_all_is_of_the_coverage_asked_for() -> None:
    measured = 10 * np.exp(np.arange(20) / 10)
    low, high = constant_width(measured, np.full(20, 10.0), 0.9, np.ones(20))
    # One row of twenty is left out at either end: the ends lie midway in the logarithm to the next.
    assert low == pytest.approx(np.full(20, 10 * np.exp(0.05)))
    assert high == pytest.approx(np.full(20, 10 * np.exp(1.85)))
    assert interval_score(measured, low, high, np.ones(20)).coverage_90 == pytest.approx(0.9)


@given(st.floats(0.3, 3.0))
def test_one_width_for_all_stands_around_each_rows_own_middle(factor: float) -> None:
    measured, middle = np.linspace(5, 30, 40), np.linspace(6, 25, 40)
    plain, scaled = (constant_width(measured * by, middle * by, 0.8, np.ones(40)) for by in (1.0, factor))
    np.testing.assert_allclose(np.array(scaled), factor * np.array(plain))


def test_training_quantiles_are_of_other_studies_and_of_the_same_kind_where_enough() -> None:
    few, many = FEWEST_FOR_QUANTILES - 1, FEWEST_FOR_QUANTILES
    values = [*range(many), *(1000.0 + i for i in range(few)), 5.0, 5.0]
    studies = ["a"] * (many + few) + ["b", "b"]
    kinds = [50] * many + [300] * few + [50, 300]
    found = training_quantiles(values, studies, kinds)
    # 50 ms: quantiles of 0 to 19; 300 ms has too few, so all 39 of the other study.
    assert found[-2] == pytest.approx((0.95, 9.5, 18.05))
    assert found[-1] == pytest.approx(tuple(np.quantile(values[:-2], [0.05, 0.5, 0.95])))
    assert found[0] is None  # the other study has two rows


def test_a_gain_is_what_of_the_others_score_is_saved() -> None:
    assert gain_percent(8, 10) == pytest.approx(20)
    assert gain_percent(15, 10) == pytest.approx(-50)
    assert gain_percent(1, 0) is None
