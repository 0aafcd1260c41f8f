"""Learn what dozens of studies teach beside the constants.

The correction of the time is chosen among none, ridge, Huber and ridge over hinges by nested cross-validation
with studies held out whole, and the one-standard-error rule towards the simpler. Margins are conformal: the
share of measured moves outside is what it should be. Blackout quantiles are linear in what physics says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import QuantileRegressor

from advisor.advice.predict import Outcome, predict
from advisor.calibration.posterior import MANY_STUDIES
from advisor.calibration.regression import chosen_weights, splits
from advisor.calibration.rows import Row
from advisor.calibration.scores import weighted_quantile
from advisor.residual.card import UNLEARNED_LOG_SPREAD, Card
from advisor.residual.features import BLACKOUT_FEATURES, MoveFacts
from advisor.residual.learned import ALL_MOVES, BLACKOUT_FLOOR_S, LARGEST_LOG, QUANTILES, Learned, Margin, kinds_of

Floats = NDArray[np.float64]

# A kind of move has a margin of its own from this many studies on, and this many rows.
_FEWEST_STUDIES_OF_A_KIND: Final = 5
_FEWEST_ROWS_OF_A_KIND: Final = 30
# L1 pulls of the blackout weights towards 0, in shares of the limit.
_PULLS: Final = (1e-3, 3e-3, 1e-2, 3e-2)
_SHORTEST_SCALE_S: Final = 0.005


class Example:
    """A measured row with what physics says of it under some constants."""

    def __init__(self, row: Row, outcome: Outcome) -> None:
        at = row.move or 0
        self.row, self.outcome, self.at = row, outcome, at
        self.hashed = len(outcome.case.path.occupancy) > 1
        self.kinds = kinds_of(outcome.moves)

    @property
    def facts(self) -> MoveFacts:
        """What physics says of the row's moves."""
        return self.outcome.moves


def examples_of(rows: Sequence[Row], card: Card) -> list[Example]:
    """The rows with what physics says under a card's constants; one problem is predicted once."""
    outcomes: dict[int, Outcome] = {}
    found = []
    for row in rows:
        key = id(row.problem)
        if key not in outcomes:
            outcome = predict(row.problem, card).outcomes[0][0]
            assert outcome is not None  # noqa: S101 - a row's problem has moves
            outcomes[key] = outcome
        found.append(Example(row, outcomes[key]))
    return found


def learn(rows: Sequence[Row], card: Card) -> Learned | None:
    """What the rows teach beside a card's constants; none where they are of too few studies.

    Rows that speak of several moves at once say nothing of one, and are left out.
    """
    alone = [row for row in rows if row.move is not None or len(row.traits) == 1]
    if len({row.run.study for row in alone if len(row.case.path.occupancy) == 1}) <= MANY_STUDIES:
        return None
    examples = examples_of(alone, card)
    certain = [one for one in examples if not one.hashed]
    time_weights = _time_weights(certain)
    margins = _margins(certain, time_weights)
    dark = [one for one in examples if one.row.blackout_s is not None]
    return Learned(
        time_weights,
        margins,
        _blackout_weights(dark),
        _forced_logs(dark),
        tuple(sum(one.row.was_forced == forced for one in dark) for forced in (False, True)),
    )


def _weights(examples: Sequence[Example]) -> Floats:
    """1 / k for each of k moves of a batch, and as much for each lab: the one with more runs is not the truth.

    Labs are told apart by the rows' source; the weights sum to the number of batches.
    """
    share = np.array([one.row.share for one in examples])
    labs, of = np.unique([one.row.run.source or "" for one in examples], return_inverse=True)
    runs = np.bincount(of, share)
    weights: Floats = share * (share.sum() / max(len(labs), 1) / runs)[of]
    return weights


def _time_weights(examples: Sequence[Example]) -> tuple[float, ...]:
    features = np.array([one.facts.time_features()[one.at] for one in examples])
    missed = np.array([np.log(one.row.total_s / one.facts.total_s[one.at]) for one in examples])
    weights = _weights(examples)
    studies = [one.row.run.study for one in examples]
    return tuple(float(weight) for weight in chosen_weights(features, missed, weights, studies))


def _margins(certain: Sequence[Example], time_weights: tuple[float, ...]) -> dict[str, Margin]:
    """A margin for every kind with enough studies; hashed teams' own luck is in their modes: they take the others'."""
    found = {}
    for kind in dict.fromkeys(kind for one in certain for kind in one.kinds):
        own = [one for one in certain if kind in one.kinds]
        studies = {one.row.run.study for one in own}
        enough = len(studies) >= _FEWEST_STUDIES_OF_A_KIND and len(own) >= _FEWEST_ROWS_OF_A_KIND
        if kind == ALL_MOVES or enough:
            found[kind] = _margin(own, np.array(time_weights))
    return found


def _margin(own: Sequence[Example], time_weights: Floats) -> Margin:
    """Shape by likelihood, size by conformal quantiles."""
    predicted = np.array([one.facts.total_s[one.at] for one in own])
    correction = np.array([one.facts.time_features()[one.at] @ time_weights for one in own])
    missed = np.log([one.row.total_s for one in own]) - np.log(predicted) - correction
    weight = _weights(own)
    relative, seconds = _shape(missed, predicted, weight)
    width = np.sqrt(relative**2 + (seconds / predicted) ** 2)
    low, high = (_reach(sign * missed / width, weight) for sign in (-1.0, 1.0))
    return Margin(len(own), relative, seconds, low, high)


def _shape(missed: Floats, predicted: Floats, weight: Floats) -> tuple[float, float]:
    """The share and the seconds of a Laplace distribution's width that fit best."""

    def surprise(logs: Floats) -> float:
        width = np.sqrt(np.exp(2 * logs[0]) + (np.exp(logs[1]) / predicted) ** 2)
        return float(np.sum(weight * (np.log(width) + np.abs(missed) / width)))

    best = minimize(surprise, np.log([0.02, 0.02]), method="Nelder-Mead", bounds=[(-7.0, 0.0), (-9.0, 1.0)])
    return float(np.exp(best.x[0])), float(np.exp(best.x[1]))


def _reach(missed: Floats, weight: Floats) -> float:
    """How many widths it takes for 95 % of moves to lie within, this side."""
    needed = np.maximum(missed, 0.0)
    order = np.argsort(needed)
    # The usual correction for a finite sample: one more row beyond all of them.
    reached = np.cumsum(weight[order]) / (weight.sum() + weight.mean())
    at = min(int(np.searchsorted(reached, 0.95)), needed.size - 1)
    return float(needed[order][at])


def _blackout_weights(examples: Sequence[Example]) -> tuple[tuple[float, ...], ...]:
    """Weights of the blackout features for each quantile, of moves that converge as predicted."""
    own = [one for one in examples if not one.row.was_forced]
    if len({one.row.run.study for one in own}) < _FEWEST_STUDIES_OF_A_KIND:
        return tuple(_physics_line(reach) for reach in (-UNLEARNED_LOG_SPREAD, 0.0, UNLEARNED_LOG_SPREAD))
    features = np.array([one.facts.blackout_features()[one.at] for one in own])
    measured = np.array([one.row.blackout_s or 0.0 for one in own])
    # In shares of what it scales with, so that short limits count as much as long ones; weighed back into seconds.
    scale = np.maximum([one.facts.limit_s[one.at] for one in own], _SHORTEST_SCALE_S)
    weight = _weights(own) * scale
    studies = [one.row.run.study for one in own]
    data = features / scale[:, None], measured / scale, weight
    pulls = [_best_pull(*data, quantile, studies) for quantile in QUANTILES]
    lines = [np.array(_line(*data, quantile, pull)) for quantile, pull in zip(QUANTILES, pulls, strict=True)]
    # Conformal: as much wider, in shares of the limit, as studies held out need for 90 % to lie within.
    limit = BLACKOUT_FEATURES.index("limit")
    further = _further(*data, pulls, studies)
    lines[0][limit] -= further
    lines[2][limit] += further
    return tuple(tuple(float(weight) for weight in line) for line in lines)


def _physics_line(reach: float) -> tuple[float, ...]:
    """A line that gives what physics says, times e^reach."""
    return tuple(float(np.exp(reach)) if name == "middle" else 0.0 for name in BLACKOUT_FEATURES)


def _further(
    features: Floats, measured: Floats, weight: Floats, pulls: Sequence[float], studies: Sequence[str]
) -> float:
    """How far beyond p05 and p95 it takes for 90 % of moves in studies held out to lie within.

    References
    ----------
    Romano, Patterson, Candes, "Conformalized Quantile Regression", NeurIPS 2019.
    """
    outside = np.zeros(measured.size)
    for train, test in splits(studies):
        low, high = (
            features[test] @ np.array(_line(features[train], measured[train], weight[train], QUANTILES[i], pulls[i]))
            for i in (0, 2)
        )
        outside[test] = np.maximum(np.maximum(low, 0.0) - measured[test], measured[test] - high)
    return max(float(np.quantile(outside, min(0.9 * (1 + 1 / outside.size), 1.0))), 0.0)


def _best_pull(features: Floats, measured: Floats, weight: Floats, quantile: float, studies: Sequence[str]) -> float:
    """The L1 pull that does best on studies held out."""

    def loss(pull: float) -> float:
        total = 0.0
        for train, test in splits(studies):
            line = _line(features[train], measured[train], weight[train], quantile, pull)
            missed = measured[test] - features[test] @ np.array(line)
            total += float(np.sum(weight[test] * np.maximum(quantile * missed, (quantile - 1.0) * missed)))
        return total

    return min(_PULLS, key=loss)


def _line(features: Floats, measured: Floats, weight: Floats, quantile: float, pull: float) -> tuple[float, ...]:
    regressor = QuantileRegressor(quantile=quantile, alpha=pull, fit_intercept=False, solver="highs")
    regressor.fit(features, measured, sample_weight=weight / weight.mean())
    return tuple(float(value) for value in regressor.coef_)


def _forced_logs(examples: Sequence[Example]) -> tuple[float, ...]:
    """Quantiles of how far forced switchovers lie from physics; a belief of some rows where there are few."""
    own = [one for one in examples if one.row.was_forced]
    logs = [
        float(
            np.log((one.row.blackout_s or 0.0) + BLACKOUT_FLOOR_S)
            - np.log(one.facts.blackout_s[one.at] + BLACKOUT_FLOOR_S)
        )
        for one in own
    ]
    believed = [-UNLEARNED_LOG_SPREAD, 0.0, UNLEARNED_LOG_SPREAD]
    weights = [*_weights(own)] + [1.0] * len(believed)
    found = (weighted_quantile(logs + believed, weights, quantile) for quantile in QUANTILES)
    return tuple(float(np.clip(log, -LARGEST_LOG, LARGEST_LOG)) for log in found)
