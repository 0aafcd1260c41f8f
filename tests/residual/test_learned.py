"""What was learned, applied: the correction of the time, margins by kind, and blackout quantiles in order."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.residual.features import BLACKOUT_FEATURES, TIME_FEATURES
from advisor.residual.learned import ALL_MOVES, BLACKOUT_FLOOR_S, KINDS, QUANTILES, Learned, Margin, kinds_of
from tests.residual.test_features import facts_of

SHORTEST_S = 0.001
ANY = Margin(400, 0.04, 0.3, 2.0, 2.5)
NOTHING = Learned((0.0,) * len(TIME_FEATURES), {ALL_MOVES: ANY}, ((0.0,) * len(BLACKOUT_FEATURES),) * 3, (0.0,) * 3, ())


def time_weights(**weights: float) -> tuple[float, ...]:
    """Weights of some features, spelt with underscores; none of the others."""
    return tuple(weights.get(name.replace(" ", "_"), 0.0) for name in TIME_FEATURES)


def line(**weights: float) -> tuple[float, ...]:
    return tuple(weights.get(name.replace(" ", "_"), 0.0) for name in BLACKOUT_FEATURES)


def blackouts(learned: Learned, **facts: Any) -> list[float]:
    return [float(one[0]) for one in learned.blackouts(facts_of(**facts))]


# ---------------------------------------------------------------- the time


def test_a_correction_of_no_weights_leaves_physics_as_it_is() -> None:
    assert NOTHING.time_correction(facts_of(3)).tolist() == [1.0, 1.0, 1.0]


def test_weights_sum_in_the_logarithm() -> None:
    learned = replace(NOTHING, time_weights=time_weights(one=0.02, compressed=0.1, log_streams=-0.05))
    assert learned.time_correction(facts_of(2)) == pytest.approx([math.exp(0.02)] * 2)
    factor = learned.time_correction(facts_of(compressed=True, streams=4))
    assert factor == pytest.approx([math.exp(0.12) * 4**-0.05])


def test_each_move_has_its_own_correction() -> None:
    learned = replace(NOTHING, time_weights=time_weights(log_seconds=0.1))
    assert learned.time_correction(facts_of(3, total_s=[2.0, 5.0, 9.0])) == pytest.approx([2**0.1, 5**0.1, 9**0.1])


@pytest.mark.parametrize(
    ("log", "expected"),
    [(0.29, 0.29), (-0.29, -0.29), (0.3, 0.3), (0.31, 0.3), (-0.31, -0.3), (5.0, 0.3), (-5.0, -0.3)],
)
def test_no_correction_is_by_more_than_a_third(log: float, expected: float) -> None:
    learned = replace(NOTHING, time_weights=time_weights(one=log))
    assert learned.time_correction(facts_of(2)) == pytest.approx([math.exp(expected)] * 2, rel=1e-12)


def test_each_move_meets_the_bound_by_itself() -> None:
    learned = replace(NOTHING, time_weights=time_weights(log_seconds=0.1))
    factors = learned.time_correction(facts_of(4, total_s=[1e-6, 0.5, 2.0, 1e9]))
    assert factors == pytest.approx([math.exp(-0.3), 0.5**0.1, 2**0.1, math.exp(0.3)])


def test_it_is_the_sum_that_is_bounded_and_not_what_each_feature_says() -> None:
    learned = replace(NOTHING, time_weights=time_weights(one=2.0, compressed=-1.9, log_streams=-3.0))
    assert learned.time_correction(facts_of(compressed=True)) == pytest.approx([math.exp(0.1)])
    assert learned.time_correction(facts_of(compressed=True, streams=2)) == pytest.approx([math.exp(-0.3)])


@settings(max_examples=40)
@given(
    weights=st.lists(st.floats(-5, 5), min_size=len(TIME_FEATURES), max_size=len(TIME_FEATURES)),
    total=st.floats(1e-6, 1e9),
    resent=st.floats(0, 1e9),
)
def test_whatever_was_learned_no_move_is_far_from_physics(weights: list[float], total: float, resent: float) -> None:
    factors = replace(NOTHING, time_weights=tuple(weights)).time_correction(
        facts_of(total_s=total, resent_share=resent)
    )
    assert abs(math.log(factors[0])) <= 0.3 * (1 + 1e-12)


# ---------------------------------------------------------------- margins


def test_a_margin_is_a_share_of_the_move_and_a_moment_at_its_ends() -> None:
    # 0.3 s of 10 s are 3 %: with 4 % they make 5 %.
    down, up = ANY.down_up(np.array([10.0]))
    assert (down.tolist(), up.tolist()) == ([pytest.approx(0.10)], [pytest.approx(0.125)])
    down, up = ANY.down_up(np.array([1e-3, 1e6]))
    assert down == pytest.approx([2.0 * 300, 2.0 * 0.04], rel=1e-6)
    assert up == pytest.approx([2.5 * 300, 2.5 * 0.04], rel=1e-6)


@given(st.floats(0.1, 1e5), st.floats(1.001, 100.0))
def test_a_longer_move_is_known_better_in_shares_and_worse_in_seconds(total: float, times: float) -> None:
    for short, long in zip(*(ANY.down_up(np.array([one])) for one in (total, total * times)), strict=True):
        assert long[0] < short[0] * (1 + 1e-12)
        assert long[0] * total * times > short[0] * total * (1 - 1e-12)


@pytest.mark.parametrize(
    ("facts", "finest"),
    [
        ({}, "plain, one link, one at a time"),
        ({"moves": 2}, "plain, one link, several at once"),
        ({"streams": 8, "several_streams": True}, "plain, one link, one at a time"),
        ({"links": 2}, "plain, two links together, one at a time"),
        ({"links": 3, "moves": 4}, "plain, more links together, several at once"),
        ({"links": 4}, "plain, more links together, one at a time"),
        ({"links": 4, "crowded": True}, "plain, links with other traffic, one at a time"),
        ({"crowded": True, "moves": 2}, "plain, links with other traffic, several at once"),
        ({"compressed": True}, "compressed, one link, one at a time"),
        ({"compressed": True, "zlib": True, "moves": 3}, "zlib, one link, several at once"),
        ({"compressed": True, "links": 2}, "compressed, two links together, one at a time"),
        ({"zlib": True}, "plain, one link, one at a time"),  # named, but not what the way does
    ],
)
def test_the_kinds_of_a_move(facts: dict[str, Any], finest: str) -> None:
    way, over, _ = finest.split(", ")
    assert kinds_of(facts_of(**facts)) == (finest, f"{way}, {over}", way, ALL_MOVES)


def test_every_kind_is_that_of_some_move_and_no_move_is_of_another() -> None:
    found = {
        kind
        for compressed, zlib in ((False, False), (False, True), (True, False), (True, True))
        for links in (1, 2, 8)
        for moves in (1, 2, 9)
        for crowded in (False, True)
        for kind in kinds_of(facts_of(compressed=compressed, zlib=zlib, links=links, moves=moves, crowded=crowded))
    }
    assert sorted(found) == sorted(KINDS)


def test_the_finest_kind_that_has_a_margin_is_used() -> None:
    kinds = kinds_of(facts_of(compressed=True, moves=2))
    known = {kind: replace(ANY, rows=i) for i, kind in enumerate(kinds)}
    others = {
        "plain": ANY,
        "zlib": ANY,
        "compressed, two links together": ANY,
        "compressed, one link, one at a time": ANY,
    }
    for i, kind in enumerate(kinds):
        # Coarse ones first in the card: the order there says nothing.
        assert replace(NOTHING, margins=others | dict(reversed(known.items()))).margin(kinds).rows == i
        del known[kind]


# ---------------------------------------------------------------- blackouts


def test_a_move_that_converges_reads_the_lines_and_a_forced_one_the_logarithms() -> None:
    learned = replace(
        NOTHING,
        blackout_weights=(line(early_look=1.0), line(middle=0.5, limit=0.25), line(late_look=1.0, one=0.05)),
        forced_logs=(-math.log(2), 0.0, math.log(3)),
    )
    assert blackouts(learned) == pytest.approx([0.15, 0.2, 0.3])
    # 20 ms are added before the logarithm and taken off after.
    assert blackouts(learned, converged=False) == pytest.approx([0.09, 0.2, 0.64])
    low, middle, high = learned.blackouts(facts_of(2, converged=[True, False]))
    assert (low.tolist(), middle.tolist(), high.tolist()) == (
        pytest.approx([0.15, 0.09]),
        pytest.approx([0.2, 0.2]),
        pytest.approx([0.3, 0.64]),
    )


def test_lines_that_cross_are_held_at_the_middle_one() -> None:
    crossed = replace(NOTHING, blackout_weights=(line(limit=2.0), line(limit=1.0), line(limit=0.5)))
    assert blackouts(crossed) == pytest.approx([0.4, 0.4, 0.4])
    forced = replace(NOTHING, forced_logs=(1.0, 0.0, -1.0))
    assert blackouts(forced, converged=False) == pytest.approx([0.2, 0.2, 0.2])


def test_no_blackout_is_shorter_than_stopping_a_vm_takes() -> None:
    assert blackouts(NOTHING) == [SHORTEST_S] * 3
    below = replace(
        NOTHING, blackout_weights=(line(one=-5.0), line(one=-1.0), line(limit=1.0)), forced_logs=(-9.0,) * 3
    )
    assert blackouts(below) == pytest.approx([SHORTEST_S, SHORTEST_S, 0.4])
    assert blackouts(below, converged=False) == [SHORTEST_S] * 3
    # Next to nothing predicted: what a measurement resolves is not taken off more than once.
    assert blackouts(replace(NOTHING, forced_logs=(0.0,) * 3), blackout_s=0.0, converged=False) == [SHORTEST_S] * 3


WEIGHTS = st.floats(-1e4, 1e4)
LINES = st.tuples(*[st.tuples(*[WEIGHTS] * len(BLACKOUT_FEATURES))] * len(QUANTILES))
LOGS = st.tuples(*[st.floats(-20, 20)] * len(QUANTILES))
SECONDS = st.lists(st.floats(0.0, 1e5), min_size=2, max_size=2)


@settings(max_examples=40)
@given(
    lines=LINES,
    logs=LOGS,
    times=st.fixed_dictionaries(dict.fromkeys(("blackout_s", "late_look_s", "limit_s", "queue_s"), SECONDS)),
    converged=st.lists(st.booleans(), min_size=2, max_size=2),
    way=st.fixed_dictionaries({"compressed": st.booleans(), "several_streams": st.booleans()}),
)
def test_quantiles_never_cross_and_never_fall_below_the_floor(
    lines: tuple[tuple[float, ...], ...],
    logs: tuple[float, ...],
    times: dict[str, list[float]],
    converged: list[bool],
    way: dict[str, bool],
) -> None:
    facts = facts_of(2, **times, **way, converged=converged)
    low, middle, high = replace(NOTHING, blackout_weights=lines, forced_logs=logs).blackouts(facts)
    assert (low >= SHORTEST_S).all()
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert np.isfinite(high).all()
    # The middle is never moved to make room: it is what its own line or logarithm says, or the floor.
    own = facts.blackout_features() @ np.array(lines[1])
    forced = (facts.blackout_s + BLACKOUT_FLOOR_S) * np.exp(logs[1]) - BLACKOUT_FLOOR_S
    assert middle == pytest.approx(np.maximum(np.where(facts.converged, own, forced), SHORTEST_S))
