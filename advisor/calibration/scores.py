"""Scores of predictions against measurements; studies weigh equally."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# An error this large, or a wrong word about convergence, is badly wrong (Gudkov's yardstick, qemu-devel 2023).
BADLY_WRONG = 0.25
_ALPHA = 0.10


@dataclass(frozen=True, slots=True)
class ErrorScore:
    """Absolute errors: percent of the measured value, and in its own unit."""

    n: int
    median_ape: float
    mean_ape: float
    p90_ape: float
    median_abs: float
    mean_abs: float
    p90_abs: float


@dataclass(frozen=True, slots=True)
class IntervalScore:
    """How good 90 % intervals are: coverage, and the mean interval score (smaller is better)."""

    coverage_90: float
    interval_score: float


def study_weights(studies: Sequence[str]) -> Floats:
    """Weights by which every study counts the same, however many rows it has.

    Examples
    --------
    >>> study_weights(["a", "a", "b"]).tolist()
    [0.5, 0.5, 1.0]
    """
    return np.array([1.0 / studies.count(study) for study in studies])


def weighted_quantile(values: ArrayLike, weights: ArrayLike, share: float) -> float:
    """Quantile of weighted values: the first whose weight reaches the share, midway where it falls between two.

    Examples
    --------
    >>> weighted_quantile([3.0, 1.0, 2.0], [1.0, 1.0, 1.0], 0.5), weighted_quantile([1.0, 3.0], [1.0, 1.0], 0.5)
    (2.0, 2.0)
    """
    value, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    order = np.argsort(value, kind="stable")
    reached = np.cumsum(weight[order])
    wanted = share * reached[-1]
    at = min(int(np.searchsorted(reached, wanted * (1 - 1e-12))), value.size - 1)
    if at + 1 < value.size and abs(reached[at] - wanted) < 1e-9 * reached[-1]:
        return float((value[order][at] + value[order][at + 1]) / 2)
    return float(value[order][at])


def error_score(measured: ArrayLike, predicted: ArrayLike, weights: ArrayLike) -> ErrorScore:
    """Errors of point predictions.

    Examples
    --------
    >>> score = error_score([10.0, 20.0], [11.0, 20.0], [1.0, 1.0])
    >>> round(score.mean_ape, 6), score.mean_abs
    (5.0, 0.5)
    """
    truth, guess, weight = (np.asarray(x, dtype=np.float64) for x in (measured, predicted, weights))
    missed = np.abs(guess - truth)
    percent = 100 * missed / np.maximum(truth, 1e-9)
    return ErrorScore(
        n=truth.size,
        median_ape=weighted_quantile(percent, weight, 0.5),
        mean_ape=float(np.average(percent, weights=weight)),
        p90_ape=weighted_quantile(percent, weight, 0.9),
        median_abs=weighted_quantile(missed, weight, 0.5),
        mean_abs=float(np.average(missed, weights=weight)),
        p90_abs=weighted_quantile(missed, weight, 0.9),
    )


def interval_score(measured: ArrayLike, p05: ArrayLike, p95: ArrayLike, weights: ArrayLike) -> IntervalScore:
    """Coverage and mean interval score of 90 % intervals.

    S = (u - l) + (2 / a) (l - y)+ + (2 / a) (y - u)+, a = 0.1.

    References
    ----------
    Gneiting, Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation", JASA 102 (2007), eq. 43.

    Examples
    --------
    >>> [interval_score([y], [4.0], [6.0], [1.0]).interval_score for y in (5.0, 7.0)]
    [2.0, 22.0]
    """
    truth, low, high, weight = (np.asarray(x, dtype=np.float64) for x in (measured, p05, p95, weights))
    inside = (low <= truth) & (truth <= high)
    score = (high - low) + 2 / _ALPHA * (np.maximum(low - truth, 0.0) + np.maximum(truth - high, 0.0))
    return IntervalScore(float(np.average(inside, weights=weight)), float(np.average(score, weights=weight)))


def share_badly_wrong(
    measured: ArrayLike, predicted: ArrayLike, wrong_about_convergence: ArrayLike, weights: ArrayLike
) -> float:
    """Share of moves missed by 25 % or more, or called converging when they were not, or the other way round.

    Examples
    --------
    >>> share_badly_wrong([10.0, 10.0], [10.0, 14.0], [False, False], [1.0, 1.0])
    0.5
    """
    truth, guess = np.asarray(measured, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    bad = (np.abs(guess / truth - 1) >= BADLY_WRONG) | np.asarray(wrong_about_convergence, dtype=np.bool_)
    return float(np.average(bad.astype(np.float64), weights=np.asarray(weights, dtype=np.float64)))
