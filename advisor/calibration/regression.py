"""Choose a correction of the time by nested cross-validation: none, ridge, Huber, or ridge over hinges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import HuberRegressor, Ridge
from sklearn.model_selection import GroupKFold

from advisor.residual.features import HINGES

Floats = NDArray[np.float64]
Fitter = Callable[[Floats, Floats, Floats, float], Floats]

_FOLDS: Final = 8
_PULLS: Final = (1.0, 10.0, 100.0, 1000.0)


def _none(features: Floats, missed: Floats, weights: Floats, pull: float) -> Floats:
    del missed, weights, pull  # physics as it is
    return np.zeros(features.shape[1])


def _ridge(features: Floats, missed: Floats, weights: Floats, pull: float) -> Floats:
    scale = _scale(features)
    bounded = np.clip(missed, -0.3, 0.3)
    fitted = Ridge(alpha=pull, fit_intercept=False).fit(features / scale, bounded, sample_weight=weights)
    return np.asarray(fitted.coef_ / scale, dtype=np.float64)


def _huber(features: Floats, missed: Floats, weights: Floats, pull: float) -> Floats:
    scale = _scale(features)
    fitted = HuberRegressor(alpha=pull, fit_intercept=False, max_iter=500).fit(
        features / scale, missed / 0.03, sample_weight=weights
    )
    return np.asarray(0.03 * fitted.coef_ / scale, dtype=np.float64)


def _linear(fitter: Fitter) -> Fitter:
    """The same without the hinges, which stand last among the features."""

    def fit(features: Floats, missed: Floats, weights: Floats, pull: float) -> Floats:
        straight = features.shape[1] - len(HINGES)
        return np.append(fitter(features[:, :straight], missed, weights, pull), np.zeros(len(HINGES)))

    return fit


# Simplest first: a later one has to be better by more than one standard error.
CANDIDATES: Final[dict[str, Fitter]] = {
    "none": _none,
    "ridge": _linear(_ridge),
    "huber": _linear(_huber),
    "spline ridge": _ridge,
}


def chosen_weights(features: Floats, missed: Floats, weights: Floats, studies: Sequence[str]) -> Floats:
    """Weights of the features that sum to log(measured / predicted).

    Parameters
    ----------
    features : (n, F)
    missed : (n,) log(measured / predicted).
    weights : (n,) 1 / k for each of k moves of one batch.
    studies : the study of each row: one study is never on both sides of a split.
    """
    scores = {name: held_out_errors(fitter, features, missed, weights, studies) for name, fitter in CANDIDATES.items()}
    best = min(scores, key=lambda name: float(scores[name].mean()))
    simplest = next(name for name in CANDIDATES if _as_good(scores[name], scores[best]))
    fitter = CANDIDATES[simplest]
    return fitter(features, missed, weights, _best_pull(fitter, features, missed, weights, studies))


def _as_good(simpler: Floats, best: Floats) -> bool:
    """Whether a candidate loses by no more than one standard error: of the difference, for the folds are the same."""
    lost = simpler - best
    return bool(lost.mean() <= lost.std(ddof=1) / len(lost) ** 0.5)


def held_out_errors(
    fitter: Fitter, features: Floats, missed: Floats, weights: Floats, studies: Sequence[str]
) -> Floats:
    """(folds,) mean absolute error of the logarithm in studies held out; the pull is chosen within the others."""
    errors = []
    for train, test in splits(studies):
        inner = [studies[i] for i in train]
        pull = _best_pull(fitter, features[train], missed[train], weights[train], inner)
        fitted = fitter(features[train], missed[train], weights[train], pull)
        errors.append(np.average(np.abs(missed[test] - features[test] @ fitted), weights=weights[test]))
    return np.array(errors)


def _best_pull(fitter: Fitter, features: Floats, missed: Floats, weights: Floats, studies: Sequence[str]) -> float:
    """The pull towards 0 that does best on studies held out."""
    if fitter is _none:
        return 0.0

    def loss(pull: float) -> float:
        total = 0.0
        for train, test in splits(studies):
            fitted = fitter(features[train], missed[train], weights[train], pull)
            total += float(np.sum(weights[test] * np.abs(missed[test] - features[test] @ fitted)))
        return total

    return min(_PULLS, key=loss)


def splits(studies: Sequence[str]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows to learn from and rows held out, a study never on both sides."""
    folds = GroupKFold(min(_FOLDS, len(set(studies))))
    return list(folds.split(np.zeros(len(studies)), groups=list(studies)))


def _scale(features: Floats) -> Floats:
    scale: Floats = np.maximum(np.sqrt((features**2).mean(axis=0)), 1e-9)
    return scale
