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
_DRAWS = 1000
# Quantiles of fewer rows than this are not the 5 % and 95 % points of anything.
FEWEST_FOR_QUANTILES = 20


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


def coverage_range(inside: ArrayLike, studies: Sequence[str], seed: int = 0) -> tuple[float, float] | None:
    """95 % range of a coverage: what it might have been, had other studies of the same kind been made.

    Studies are drawn again, as many as there are, with all their rows; each counts the same.

    Parameters
    ----------
    inside : whether each row lies in its interval.

    Returns
    -------
    2.5 % and 97.5 % points over 1,000 draws; none where there is one study, which says nothing of others.

    References
    ----------
    Field, Welsh, "Bootstrapping clustered data", J. R. Stat. Soc. B 69 (2007).

    Examples
    --------
    >>> coverage_range([True, True, True], ["a", "a", "b"])
    (1.0, 1.0)
    """
    held = np.asarray(inside, dtype=np.float64)
    names, of = np.unique(np.asarray(studies), return_inverse=True)
    if names.size < 2:
        return None
    by_study = np.bincount(of, weights=held) / np.bincount(of)
    drawn = np.random.default_rng(seed).integers(0, names.size, size=(_DRAWS, names.size))
    low, high = np.quantile(by_study[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def constant_width(
    measured: ArrayLike, middle: ArrayLike, coverage: float, weights: ArrayLike
) -> tuple[Floats, Floats]:
    """Intervals as wide for every row in the logarithm, around each row's own middle, that cover a given share.

    Both ends are quantiles of the very rows that they are judged on: no forecaster knows them so well.

    Examples
    --------
    >>> low, high = constant_width([5.0, 10.0, 20.0], [10.0, 10.0, 10.0], 1.0, [1.0, 1.0, 1.0])
    >>> low.round(6).tolist(), high.round(6).tolist()
    ([5.0, 5.0, 5.0], [20.0, 20.0, 20.0])
    """
    around = np.asarray(middle, dtype=np.float64)
    missed = np.log(np.asarray(measured, dtype=np.float64) / around)
    below, above = (weighted_quantile(missed, weights, (1 + side * coverage) / 2) for side in (-1, 1))
    return around * np.exp(below), around * np.exp(above)


def training_quantiles(
    values: ArrayLike, studies: Sequence[str], kinds: Sequence[object]
) -> list[tuple[float, float, float] | None]:
    """For each row p05, p50 and p95 of the other studies' rows of its kind: the forecast of one who knows no physics.

    Of all kinds where the other studies hold fewer than twenty rows of this one; none where they hold fewer in all.

    Examples
    --------
    >>> found = training_quantiles([float(i) for i in range(21)] + [99.0], ["a"] * 21 + ["b"], ["x"] * 22)
    >>> found[0], found[-1]
    (None, (1.0, 10.0, 19.0))
    """
    value, study = np.asarray(values, dtype=np.float64), np.asarray(studies)
    known: dict[tuple[str, object], tuple[float, float, float] | None] = {}
    for key in dict.fromkeys(zip(studies, kinds, strict=True)):
        others = study != key[0]
        alike = others & np.array([kind == key[1] for kind in kinds])
        chosen = value[alike if alike.sum() >= FEWEST_FOR_QUANTILES else others]
        if chosen.size < FEWEST_FOR_QUANTILES:
            known[key] = None
            continue
        low, middle, high = np.quantile(chosen, [0.05, 0.5, 0.95])
        known[key] = float(low), float(middle), float(high)
    return [known[key] for key in zip(studies, kinds, strict=True)]


def gain_percent(own: float, other: float) -> float | None:
    """How much smaller a score is than another [%]; none where the other is 0.

    Examples
    --------
    >>> gain_percent(5.0, 10.0)
    50.0
    """
    return 100 * (1 - own / other) if other > 0 else None
