"""The regression: studies are held out whole, noise teaches nothing, a planted effect is found, the simpler wins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from advisor.calibration import regression
from advisor.calibration.regression import CANDIDATES, chosen_weights, held_out_errors, splits
from advisor.residual.features import HINGES, TIME_FEATURES

Floats = NDArray[np.float64]

WIDTH = len(TIME_FEATURES)
COMPRESSED, STREAMS = TIME_FEATURES.index("compressed"), TIME_FEATURES.index("log streams")


def made_features(rng: np.random.Generator, n: int) -> Floats:
    """Features as moves have them: seconds of all sizes with their hinges, shares and switches."""
    found = rng.uniform(0, 1, (n, WIDTH))
    seconds = np.exp(rng.uniform(np.log(0.3), np.log(60), n))
    found[:, 0], found[:, 1] = 1.0, np.log(seconds)
    found[:, COMPRESSED] = rng.integers(0, 2, n)
    found[:, STREAMS] = np.log(rng.choice([1, 2, 4, 8], n))
    found[:, -len(HINGES) :] = np.maximum(np.log(seconds[:, None] / np.array(HINGES)), 0.0)
    return found


def studies_of(n: int, count: int) -> list[str]:
    return [f"study {i % count}" for i in range(n)]


# ---------------------------------------------------------------- what is held out


@given(st.lists(st.sampled_from("abcdefghijkl"), min_size=2, max_size=60).filter(lambda names: len(set(names)) > 1))
def test_a_study_is_never_on_both_sides_and_every_row_is_held_out_once(studies: list[str]) -> None:
    found = splits(studies)
    assert len(found) == min(8, len(set(studies)))
    for train, test in found:
        assert not {studies[i] for i in train} & {studies[i] for i in test}
        assert sorted([*train, *test]) == list(range(len(studies)))
    assert sorted(i for _, test in found for i in test) == list(range(len(studies)))


def test_no_fit_behind_a_held_out_error_has_seen_the_study_held_out() -> None:
    """Not the last fit, and none of those that choose the pull: there are as many for each study held out."""
    seen: list[set[float]] = []

    def spy(features: Floats, missed: Floats, weights: Floats, pull: float) -> Floats:
        del missed, weights, pull
        seen.append(set(features[:, 0].tolist()))
        return np.zeros(1)

    of = np.repeat(np.arange(5.0), 3)
    held_out_errors(spy, of[:, None], np.ones(15), np.ones(15), [str(one) for one in of])
    each = len(seen) // 5
    assert len(seen) == 5 * each
    assert each > 1
    left_out = [set(of.tolist()) - set[float]().union(*seen[i * each : (i + 1) * each]) for i in range(5)]
    assert sorted(map(sorted, left_out)) == [[0.0], [1.0], [2.0], [3.0], [4.0]]
    # Those that choose the pull hold out a further study each; the last fit learns from all four.
    assert [len(one) for one in seen[:each]] == [3] * (each - 1) + [4]


@pytest.mark.parametrize("right", [1.0, 10.0, 100.0, 1000.0])
def test_the_pull_that_does_best_within_is_used(right: float) -> None:
    def fitter(features: Floats, missed: Floats, weights: Floats, pull: float) -> Floats:
        del features, missed, weights
        return np.array([0.2 if pull == right else 0.7])

    errors = held_out_errors(fitter, np.ones((12, 1)), np.full(12, 0.2), np.ones(12), studies_of(12, 4))
    assert errors == pytest.approx(np.zeros(4))


def test_the_error_of_no_correction_is_what_physics_misses() -> None:
    missed = np.array([0.1, -0.3, 0.2, 0.4])
    errors = held_out_errors(CANDIDATES["none"], np.ones((4, WIDTH)), missed, np.array([1, 3, 1, 1]), list("aabb"))
    assert sorted(errors) == pytest.approx([(0.1 + 3 * 0.3) / 4, 0.3])


def test_what_tells_only_studies_apart_teaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every study misses by its own amount, and its rows carry its name. Had the rows been split one by one, the
    # names would have explained everything.
    monkeypatch.setattr(regression, "CANDIDATES", {name: CANDIDATES[name] for name in ("none", "ridge")})
    monkeypatch.setattr(regression, "_PULLS", (1.0,))
    of = np.tile(np.arange(4), 4)
    amounts = np.array([-0.2, -0.1, 0.1, 0.2])
    features, missed = np.pad(np.eye(4), ((0, 0), (0, len(HINGES))))[of], amounts[of]
    ones = np.ones(of.size)
    assert not chosen_weights(features, missed, ones, [f"study {i}" for i in of]).any()
    by_row = chosen_weights(features, missed, ones, [f"row {i}" for i in range(of.size)])
    assert by_row[:4] == pytest.approx(amounts, rel=0.3)


# ---------------------------------------------------------------- what is found


@pytest.fixture
def few_pulls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pulls to choose from: half the time."""
    monkeypatch.setattr(regression, "_PULLS", (1.0, 100.0))


@pytest.mark.usefixtures("few_pulls")
def test_of_pure_noise_nothing_is_learned() -> None:
    rng = np.random.default_rng(11)
    features, missed = made_features(rng, 60), rng.laplace(0, 0.03, 60)
    assert chosen_weights(features, missed, np.ones(60), studies_of(60, 4)).tolist() == [0.0] * WIDTH


@pytest.mark.usefixtures("few_pulls")
def test_a_planted_effect_is_found_and_held_out_error_falls() -> None:
    rng = np.random.default_rng(12)
    features, fresh = made_features(rng, 60), made_features(rng, 400)
    missed = 0.2 * features[:, COMPRESSED] + rng.laplace(0, 0.02, 60)
    found = chosen_weights(features, missed, np.ones(60), studies_of(60, 4))
    assert found[COMPRESSED] == pytest.approx(0.2, abs=0.03)
    # Others may share what one cannot tell apart; together they say what was planted.
    assert np.abs(fresh @ found - 0.2 * fresh[:, COMPRESSED]).mean() < 0.02
    without, with_it = (
        held_out_errors(CANDIDATES[name], features, missed, np.ones(60), studies_of(60, 4)).mean()
        for name in ("none", "ridge")
    )
    assert with_it < 0.4 * without


def test_a_bend_takes_the_hinges() -> None:
    rng = np.random.default_rng(13)
    features = made_features(rng, 120)
    missed = 0.25 * features[:, -2] - 0.35 * features[:, -1] + rng.laplace(0, 0.01, 120)
    straight, bent = (
        held_out_errors(CANDIDATES[name], features, missed, np.ones(120), studies_of(120, 5)).mean()
        for name in ("ridge", "spline ridge")
    )
    assert bent < 0.6 * straight
    fitted = {name: fitter(features, missed, np.ones(120), 1.0) for name, fitter in CANDIDATES.items()}
    assert {name for name, weights in fitted.items() if weights[-len(HINGES) :].any()} == {"spline ridge"}
    assert all(weights.shape == (WIDTH,) for weights in fitted.values())


@pytest.mark.parametrize("name", ["ridge", "huber", "spline ridge"])
def test_odd_rows_do_not_rule(name: str) -> None:
    rng = np.random.default_rng(14)
    features = made_features(rng, 120)
    missed = 0.1 * features[:, COMPRESSED] + rng.normal(0, 0.01, 120)
    missed[::15] = 5.0
    fitted = CANDIDATES[name](features, missed, np.ones(120), 1.0)
    # One row in fifteen is off by 5: their mean alone is a third.
    assert np.median(np.abs(features @ fitted - 0.1 * features[:, COMPRESSED])) < 0.05


@pytest.mark.parametrize("name", ["ridge", "huber", "spline ridge"])
def test_a_stronger_pull_shrinks_the_weights(name: str) -> None:
    rng = np.random.default_rng(15)
    features = made_features(rng, 60)
    missed = 0.2 * features[:, COMPRESSED] + rng.normal(0, 0.02, 60)
    sizes = [float(np.linalg.norm(CANDIDATES[name](features, missed, np.ones(60), pull))) for pull in (1.0, 100.0, 1e5)]
    assert sizes[0] > sizes[1] > 3 * sizes[2]


@pytest.mark.parametrize("name", ["ridge", "huber"])
def test_ten_rows_of_one_batch_weigh_as_one(name: str) -> None:
    rng = np.random.default_rng(16)
    features = made_features(rng, 40)
    missed = 0.2 * features[:, COMPRESSED] + rng.normal(0, 0.05, 40)
    copies = np.repeat(np.arange(40), np.where(np.arange(40) == 7, 10, 1))
    share = np.where(copies == 7, 0.1, 1.0)
    missed[7] = 0.25
    once, heavy, tenth = (
        # Columns are scaled by the rows as they come: a pull next to nothing leaves that out.
        CANDIDATES[name](features[rows], missed[rows], weights, 1e-6)
        for rows, weights in ((np.arange(40), np.ones(40)), (copies, np.ones(49)), (copies, share))
    )
    assert tenth == pytest.approx(once, abs=2e-3)
    assert np.abs(heavy - once).max() > 1e-2


# ---------------------------------------------------------------- the simpler wins

Errors = dict[str, list[float]]


def chosen(monkeypatch: pytest.MonkeyPatch, errors: Errors) -> str:
    """The name of the candidate that is chosen where these are the errors of its folds."""
    made: dict[str, Callable[..., Floats]] = {}
    for i, name in enumerate(CANDIDATES):
        made[name] = lambda *_, i=i: np.array([float(i)])
    of = {id(fitter): name for name, fitter in made.items()}
    monkeypatch.setattr(regression, "CANDIDATES", made)
    monkeypatch.setattr(regression, "held_out_errors", lambda fitter, *_: np.array(errors[of[id(fitter)]]))
    found = chosen_weights(np.ones((4, 1)), np.zeros(4), np.ones(4), studies_of(4, 4))
    return list(CANDIDATES)[int(found[0])]


# Mean 0.25. Against the same number in each fold the standard error is 0.0645: one deviation would be 0.129.
BEST = [0.1, 0.2, 0.3, 0.4]
WORST = [9.0] * 4


def apart(*lost: float) -> list[float]:
    """Errors that are so much more than the best ones, fold by fold."""
    return [best + more for best, more in zip(BEST, lost, strict=True)]


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ({"none": [0.314] * 4, "ridge": BEST, "huber": WORST, "spline ridge": WORST}, "none"),
        ({"none": [0.315] * 4, "ridge": BEST, "huber": WORST, "spline ridge": WORST}, "ridge"),
        ({"none": [0.315] * 4, "ridge": [0.314] * 4, "huber": WORST, "spline ridge": BEST}, "ridge"),
        ({"none": WORST, "ridge": [0.315] * 4, "huber": [0.314] * 4, "spline ridge": BEST}, "huber"),
        ({"none": WORST, "ridge": [0.315] * 4, "huber": [0.315] * 4, "spline ridge": BEST}, "spline ridge"),
        ({"none": BEST, "ridge": BEST, "huber": BEST, "spline ridge": BEST}, "none"),
        ({"none": [0.1] * 4, "ridge": [0.09] * 4, "huber": WORST, "spline ridge": WORST}, "ridge"),
        # The error is that of the difference: folds are hard for all candidates alike, and that says nothing.
        ({"none": apart(0.01, 0.01, 0.01, 0.01), "ridge": BEST, "huber": WORST, "spline ridge": WORST}, "ridge"),
        # One fold in which the simpler one loses is no proof; that it loses in all of them is.
        ({"none": [0.0, 0.0, 0.0, 1.6], "ridge": BEST, "huber": WORST, "spline ridge": WORST}, "none"),
        ({"none": apart(-0.001, -0.001, -0.001, 0.04), "ridge": BEST, "huber": WORST, "spline ridge": WORST}, "none"),
        ({"none": apart(0.001, 0.001, 0.001, 0.04), "ridge": BEST, "huber": WORST, "spline ridge": WORST}, "ridge"),
    ],
)
def test_a_later_one_has_to_be_better_by_more_than_one_standard_error(
    monkeypatch: pytest.MonkeyPatch, errors: Errors, expected: str
) -> None:
    assert chosen(monkeypatch, errors) == expected
