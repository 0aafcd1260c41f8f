"""Features: each column is what its name says, each move's are its own, and no move makes one that is no number."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.residual.features import BLACKOUT_FEATURES, HINGES, TIME_FEATURES, MoveFacts

# One plain move over one link; no two of its numbers are the same.
PLAIN: dict[str, Any] = {
    "total_s": 20.0,
    "resent_share": 0.6,
    "blackout_s": 0.2,
    "empty_tail_s": 0.1,
    "full_tail_s": 0.3,
    "early_look_s": 0.15,
    "late_look_s": 0.25,
    "converged": True,
    "limit_s": 0.4,
    "queue_s": 0.05,
    "compressed": False,
    "zlib": False,
    "several_streams": False,
    "links": 1,
    "crowded": False,
    "processor_bound": False,
    "streams": 1,
    "moves": 1,
}
ARRAYS = tuple(one.name for one in fields(MoveFacts) if "Floats" in str(one.type) or "Bools" in str(one.type))
TIMES = ("total_s", *(name for name in ARRAYS if name.endswith("_s") and name != "total_s"))


def facts_of(n: int = 1, **changed: Any) -> MoveFacts:
    """Facts of n moves, plain but for what is changed."""
    facts = PLAIN | changed
    return MoveFacts(**facts | {name: np.broadcast_to(np.asarray(facts[name]), (n,)) for name in ARRAYS})


def time_columns(**changed: Any) -> dict[str, float]:
    return dict(zip(TIME_FEATURES, facts_of(**changed).time_features()[0].tolist(), strict=True))


def blackout_columns(**changed: Any) -> dict[str, float]:
    return dict(zip(BLACKOUT_FEATURES, facts_of(**changed).blackout_features()[0].tolist(), strict=True))


PLAIN_TIME = dict.fromkeys(TIME_FEATURES, 0.0) | {
    "one": 1.0,
    "log seconds": math.log(20),
    "resent share": 0.6,
    "blackout share": 0.01,
    "log seconds above 1": math.log(20),
    "log seconds above 4": math.log(5),
}
PLAIN_BLACKOUT = dict.fromkeys(BLACKOUT_FEATURES, 0.0) | {
    "one": 1.0,
    "middle": 0.2,
    "empty tail": 0.1,
    "full tail": 0.3,
    "early look": 0.15,
    "late look": 0.25,
    "limit": 0.4,
}
OF_TIME: list[tuple[dict[str, Any], dict[str, float]]] = [
    ({}, {}),
    (
        {"total_s": 2.0},
        {
            "log seconds": math.log(2),
            "blackout share": 0.1,
            "log seconds above 1": math.log(2),
            "log seconds above 4": 0,
        },
    ),
    (
        {"total_s": 0.5},
        {"log seconds": -math.log(2), "blackout share": 0.4, "log seconds above 1": 0, "log seconds above 4": 0},
    ),
    ({"resent_share": 3.0}, {"resent share": 3.0}),
    ({"blackout_s": 0.8}, {"blackout share": 0.04}),
    ({"compressed": True}, {"compressed": 1.0}),
    ({"zlib": True}, {"zlib": 1.0}),
    ({"processor_bound": True}, {"processor bound": 1.0}),
    ({"streams": 8}, {"log streams": math.log(8)}),
    ({"moves": 3}, {"log moves": math.log(3)}),
    ({"links": 2}, {"log links together": math.log(2)}),
    ({"crowded": True}, {"other traffic": 1.0}),
    (
        {"processor_bound": True, "moves": 3},
        {"processor bound": 1.0, "log moves": math.log(3), "processor bound: log moves": math.log(3)},
    ),
    (
        {"links": 4, "compressed": True},
        {"compressed": 1.0, "log links together": math.log(4), "compressed: log links together": math.log(4)},
    ),
    ({"limit_s": 9.0, "queue_s": 9.0, "converged": False, "several_streams": True}, {}),
    ({"empty_tail_s": 9.0, "full_tail_s": 9.0, "early_look_s": 9.0, "late_look_s": 9.0}, {}),
]
OF_BLACKOUT: list[tuple[dict[str, Any], dict[str, float]]] = [
    ({}, {}),
    ({"blackout_s": 0.7}, {"middle": 0.7}),
    ({"empty_tail_s": 0.7}, {"empty tail": 0.7}),
    ({"full_tail_s": 0.7}, {"full tail": 0.7}),
    ({"early_look_s": 0.7}, {"early look": 0.7}),
    ({"late_look_s": 0.7}, {"late look": 0.7}),
    ({"limit_s": 0.7}, {"limit": 0.7}),
    ({"several_streams": True}, {"multifd: one": 1.0, "multifd: limit": 0.4, "multifd: queue": 0.05}),
    ({"compressed": True}, {"compressed: one": 1.0, "compressed: middle": 0.2, "compressed: queue": 0.05}),
    (
        {"compressed": True, "several_streams": True},
        {"compressed: one": 1.0, "compressed: middle": 0.2, "compressed: queue": 0.05},
    ),
    (
        {
            "total_s": 9.0,
            "resent_share": 9.0,
            "queue_s": 9.0,
            "converged": False,
            "zlib": True,
            "links": 3,
            "crowded": True,
        },
        {},
    ),
    ({"processor_bound": True, "streams": 8, "moves": 4}, {}),
]


@pytest.mark.parametrize(("changed", "expected"), OF_TIME, ids=[", ".join(one) or "plain" for one, _ in OF_TIME])
def test_time_columns_are_what_their_names_say(changed: dict[str, Any], expected: dict[str, float]) -> None:
    assert time_columns(**changed) == pytest.approx(PLAIN_TIME | expected)


@pytest.mark.parametrize(
    ("changed", "expected"), OF_BLACKOUT, ids=[", ".join(one) or "plain" for one, _ in OF_BLACKOUT]
)
def test_blackout_columns_are_what_their_names_say(changed: dict[str, Any], expected: dict[str, float]) -> None:
    assert blackout_columns(**changed) == pytest.approx(PLAIN_BLACKOUT | expected)


def test_the_hinges_stand_last() -> None:
    # A fit without them cuts off as many columns as there are.
    assert TIME_FEATURES[-len(HINGES) :] == tuple(f"log seconds above {knot:g}" for knot in HINGES)


@pytest.mark.parametrize("knot", HINGES)
def test_a_hinge_bends_the_line_and_does_not_break_it(knot: float) -> None:
    name = f"log seconds above {knot:g}"
    below, at, above = (time_columns(total_s=knot * by)[name] for by in (1 - 1e-9, 1.0, 1 + 1e-9))
    assert below == at == 0.0
    assert above == pytest.approx(1e-9, rel=1e-4)


POSITIVE = st.floats(0.0, 1e9)
HOSTILE = st.fixed_dictionaries(
    {name: POSITIVE for name in TIMES if name != "total_s"}
    | {"total_s": st.floats(1e-6, 1e9), "resent_share": st.floats(-1.0, 1e9)}
    | {name: st.booleans() for name, value in PLAIN.items() if isinstance(value, bool)}
    | {"streams": st.integers(1, 1024), "moves": st.integers(1, 4096), "links": st.integers(1, 64)}
)


@settings(max_examples=40)
@given(facts=HOSTILE, n=st.integers(1, 4))
def test_no_move_makes_a_feature_that_is_no_number(facts: dict[str, Any], n: int) -> None:
    hostile = facts_of(n, **facts)
    for found, names in ((hostile.time_features(), TIME_FEATURES), (hostile.blackout_features(), BLACKOUT_FEATURES)):
        assert found.shape == (n, len(names))
        assert found.dtype == np.float64
        assert np.isfinite(found).all()


@settings(max_examples=40)
@given(moves=st.lists(HOSTILE, min_size=2, max_size=4), flags=HOSTILE)
def test_moves_of_one_case_are_each_what_they_are_alone(moves: list[dict[str, Any]], flags: dict[str, Any]) -> None:
    of_case = {name: value for name, value in flags.items() if name not in ARRAYS}
    together = facts_of(len(moves), **{name: [one[name] for one in moves] for name in ARRAYS}, **of_case)
    for i, one in enumerate(moves):
        alone = facts_of(**{name: one[name] for name in ARRAYS}, **of_case)
        assert together.time_features()[i].tolist() == alone.time_features()[0].tolist()
        assert together.blackout_features()[i].tolist() == alone.blackout_features()[0].tolist()


@settings(max_examples=40)
@given(facts=HOSTILE, factor=st.floats(1e-3, 1e3))
def test_blackout_features_scale_with_the_move(facts: dict[str, Any], factor: float) -> None:
    # What is learned of small guests over slow links holds for ten times the memory over ten times the link.
    small = blackout_columns(**facts)
    large = blackout_columns(**facts | {name: facts[name] * factor for name in TIMES})
    assert large == pytest.approx({name: value * (1 if "one" in name else factor) for name, value in small.items()})
