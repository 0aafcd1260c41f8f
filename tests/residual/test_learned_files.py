"""The learned part of a card's file: what is written comes back; what is wrong is refused, and the field is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import CardError
from advisor.platforms import get_platform
from advisor.residual.card import Card, card_checksum, unlearned_card
from advisor.residual.card_files import load_card, parse_card
from advisor.residual.features import BLACKOUT_FEATURES, TIME_FEATURES
from advisor.residual.learned import ALL_MOVES, KINDS, QUANTILES, Learned, Margin
from tests.residual.test_features import facts_of

FILE = "card.json"
LEARNED = Learned(
    time_weights=tuple(i / 100 for i in range(len(TIME_FEATURES))),
    margins={
        ALL_MOVES: Margin(400, 0.03, 0.2, 2.0, 2.5),
        "zlib, one link, one at a time": Margin(40, 0.1, 0.0, 1.5, 3.25),
    },
    blackout_weights=tuple(tuple((10 * q + i) / 100 for i in range(len(BLACKOUT_FEATURES))) for q in range(3)),
    forced_logs=(-0.5, 0.0, 0.25),
    blackout_rows=(300, 50),
)
CARD = replace(unlearned_card(get_platform("qemu")), learned=LEARNED)
BODY: dict[str, Any] = json.loads(CARD.to_json())


def sealed(learned: Any) -> str:
    """A card with this learned part and a checksum that fits, as a careful forger would."""
    body = {**BODY, "learned": learned}
    return json.dumps(body | {"checksum": card_checksum(body)})


def refusal_of_any_length(learned: Any) -> CardError:
    with pytest.raises(CardError) as caught:
        parse_card(sealed(learned), FILE)
    for problem in caught.value.problems:
        assert problem.file == FILE
        assert problem.mend
        assert problem.column is not None
        assert problem.column.split(".")[0] == "learned"
    return caught.value


def refusal(learned: Any) -> CardError:
    error = refusal_of_any_length(learned)
    assert len(str(error)) < 600 * len(error.problems)
    return error


def with_value(value: Any, *path: str | int) -> Any:
    """The learned part with a value at a place of it."""
    learned = copy.deepcopy(BODY["learned"])
    inner = learned
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return learned


def without(*path: str | int) -> Any:
    learned = copy.deepcopy(BODY["learned"])
    inner = learned
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return learned


# ---------------------------------------------------------------- what is sound


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(CARD.to_json(), encoding="utf-8")
    back = load_card(path)
    assert back.learned == LEARNED
    assert back.to_json() == CARD.to_json()
    facts = facts_of(2, converged=[True, False], total_s=[3.0, 30.0])
    assert back.learned.time_correction(facts).tolist() == LEARNED.time_correction(facts).tolist()
    for found, written in zip(back.learned.blackouts(facts), LEARNED.blackouts(facts), strict=True):
        assert found.tolist() == written.tolist()


def test_a_card_that_learned_nothing_comes_back_as_such() -> None:
    assert parse_card(replace(CARD, learned=None).to_json(), FILE).learned is None


# What a card may hold: logarithms, weights of seconds, and a margin's share, seconds and widths.
LARGEST_LOG, LARGEST_WEIGHT, LARGEST_SECONDS = 5.0, 1e4, 100.0


def lines(length: int, largest: float) -> st.SearchStrategy[tuple[float, ...]]:
    return st.lists(st.floats(-largest, largest), min_size=length, max_size=length).map(tuple)


@settings(max_examples=40)
@given(
    time=lines(len(TIME_FEATURES), LARGEST_WEIGHT),
    dark=lines(len(BLACKOUT_FEATURES), LARGEST_WEIGHT),
    logs=lines(len(QUANTILES), LARGEST_LOG),
    margin=st.builds(Margin, st.integers(0, 10**6), st.floats(0, LARGEST_LOG), *[st.floats(0, LARGEST_SECONDS)] * 3),
)
def test_every_number_comes_back_to_seven_digits(
    time: tuple[float, ...], dark: tuple[float, ...], logs: tuple[float, ...], margin: Margin
) -> None:
    learned = Learned(time, {ALL_MOVES: margin}, (dark, dark[::-1], dark), logs, (7, 3))
    back = parse_card(replace(CARD, learned=learned).to_json(), FILE).learned
    assert back is not None
    assert back.time_weights == pytest.approx(time, rel=1e-6, abs=1e-300)
    assert back.forced_logs == pytest.approx(logs, rel=1e-6, abs=1e-300)
    np.testing.assert_allclose(back.blackout_weights, learned.blackout_weights, rtol=1e-6, atol=1e-300)
    assert asdict(back.margins[ALL_MOVES]) == pytest.approx(asdict(margin), rel=1e-6, abs=1e-300)
    assert back.blackout_rows == (7, 3)


def test_whole_numbers_are_numbers() -> None:
    learned = with_value([0] * len(TIME_FEATURES), "time_weights")
    assert parse_card(sealed(learned), FILE).learned == replace(LEARNED, time_weights=(0.0,) * len(TIME_FEATURES))


# ---------------------------------------------------------------- what is wrong

NO_NUMBERS: dict[str, Any] = {
    "a text": "0.1",
    "a bool": True,
    "nothing": None,
    "a list": [0.1],
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "a huge number": 1e300,
    "a huge whole number": 10**400,
}
NO_LINES: dict[str, Any] = {"nothing": None, "a number": 1.0, "a text": "0" * 12, "an object": {}, "an empty list": []}


def cases_of(values: dict[str, Any], *path: str | int) -> list[Any]:
    place = ".".join(map(str, path))
    return [pytest.param(with_value(value, *path), id=f"{place}: {what}") for what, value in values.items()]


def ill_sized(*path: str | int) -> list[Any]:
    value: Any = BODY["learned"]
    for key in path:
        value = value[key]
    return cases_of({"one too few": value[:-1], "one too many": [*value, value[-1]]}, *path)


def assert_only(learned: Any, message: str) -> None:
    error = refusal(learned)
    assert len(error.problems) == 1
    assert message in str(error)


@pytest.mark.parametrize("name", [one.name for one in fields(Learned)])
def test_a_missing_part_is_named(name: str) -> None:
    error = refusal(without(name))
    assert error.problems[0].column == "learned"
    assert name in error.problems[0].message


def test_a_part_too_many_is_refused() -> None:
    assert_only(with_value(1, "magic"), "learned: needs time_weights, margins")


@pytest.mark.parametrize("value", [[], "text", 3, 1.5, True, False], ids=repr)
def test_a_learned_part_of_another_kind_is_refused(value: Any) -> None:
    assert_only(value, "learned: is of the wrong kind")


@pytest.mark.parametrize(
    "learned",
    [
        *cases_of(NO_NUMBERS, "time_weights", 3),
        *cases_of(NO_LINES, "time_weights"),
        *ill_sized("time_weights"),
    ],
)
def test_time_weights_are_a_number_for_each_feature(learned: Any) -> None:
    assert_only(learned, "learned.time_weights: needs a number for each feature")


@pytest.mark.parametrize("learned", [*cases_of(NO_LINES, "margins"), without("margins", ALL_MOVES)])
def test_all_moves_have_a_margin(learned: Any) -> None:
    assert_only(learned, "learned.margins: needs a margin for all")


@pytest.mark.parametrize(
    "learned",
    [
        *(
            one
            for name in ("relative", "seconds", "low", "high")
            for one in cases_of(NO_NUMBERS | {"less than nothing": -0.01}, "margins", ALL_MOVES, name)
        ),
        *cases_of({"a half": 1.5, "a text": "3", "nothing": None, "a list": [3]}, "margins", ALL_MOVES, "rows"),
        *cases_of(NO_LINES, "margins", ALL_MOVES),
        *(pytest.param(without("margins", ALL_MOVES, one.name), id=f"no {one.name}") for one in fields(Margin)),
        *cases_of({"one too many": 1.0}, "margins", ALL_MOVES, "magic"),
    ],
)
def test_a_margin_is_five_numbers_of_nothing_or_more(learned: Any) -> None:
    assert_only(learned, "learned.margins.all: needs rows, relative, seconds, low and high")


def test_the_kind_whose_margin_is_wrong_is_named() -> None:
    kind = "zlib, one link, one at a time"
    assert_only(with_value(-1, "margins", kind, "low"), f"learned.margins.{kind}: needs rows")


@pytest.mark.parametrize(
    "learned",
    [
        *cases_of(NO_NUMBERS, "blackout_weights", 1, 4),
        *cases_of(NO_LINES, "blackout_weights", 2),
        *cases_of(NO_LINES, "blackout_weights"),
        *ill_sized("blackout_weights"),
        *ill_sized("blackout_weights", 0),
    ],
)
def test_blackout_weights_are_a_number_for_each_feature_and_quantile(learned: Any) -> None:
    assert_only(learned, "learned.blackout_weights: needs a number for each feature and quantile")


@pytest.mark.parametrize(
    "learned",
    [*cases_of(NO_NUMBERS, "forced_logs", 2), *cases_of(NO_LINES, "forced_logs"), *ill_sized("forced_logs")],
)
def test_forced_logs_are_a_logarithm_for_each_quantile(learned: Any) -> None:
    assert_only(learned, "learned.forced_logs: needs a logarithm for each quantile")


@pytest.mark.parametrize(
    "learned",
    [
        *cases_of({"a half": 1.5, "a text": "3", "nothing": None, "NaN": float("nan")}, "blackout_rows", 1),
        *cases_of(NO_LINES, "blackout_rows"),
        *ill_sized("blackout_rows"),
    ],
)
def test_blackout_rows_are_two_counts(learned: Any) -> None:
    assert_only(learned, "learned.blackout_rows: needs two counts")


@pytest.mark.parametrize(
    ("learned", "place"),
    [
        (with_value(True, "margins", ALL_MOVES, "rows"), "learned.margins.all"),
        (with_value(-1, "margins", ALL_MOVES, "rows"), "learned.margins.all"),
        (with_value(True, "blackout_rows", 0), "learned.blackout_rows"),
        (with_value(-1, "blackout_rows", 1), "learned.blackout_rows"),
    ],
)
def test_a_count_is_a_whole_number_of_nothing_or_more(learned: Any, place: str) -> None:
    assert_only(learned, place)


@pytest.mark.parametrize("kind", ["rumour", "", "plain, one link, now and then", "zlib, hashed, one at a time, "])
def test_a_kind_that_no_move_is_of_is_refused(kind: str) -> None:
    # No move would ever read it: a kind that is spelt wrongly would go unnoticed.
    error = refusal_of_any_length(of_kind(kind))
    assert [problem.column for problem in error.problems] == [f"learned.margins.{kind}"]
    assert (error.problems[0].message, error.problems[0].value) == ("no move is of this kind", repr(kind))


def of_kind(kind: str) -> Any:
    return with_value(BODY["learned"]["margins"][ALL_MOVES], "margins", kind)


def test_a_refused_kind_makes_no_endless_message() -> None:
    refusal(of_kind("rumour"))


def test_a_kind_without_end_is_told_in_short() -> None:
    long, short = (len(str(refusal_of_any_length(of_kind("x" * length)))) for length in (10_000, 80))
    assert long <= short


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_a_move_can_be_of_is_taken(kind: str) -> None:
    learned = parse_card(sealed(of_kind(kind)), FILE).learned
    assert learned is not None
    assert learned.margins[kind] == LEARNED.margins[ALL_MOVES]


@pytest.mark.parametrize(
    "learned",
    [
        with_value(9e3, "forced_logs", 2),
        with_value(-9e3, "forced_logs", 0),
    ],
    ids=["blackouts without end", "blackouts of nothing"],
)
def test_logarithms_that_make_no_finite_number_are_refused(learned: Any) -> None:
    refusal(learned)


@pytest.mark.parametrize(
    ("largest", "place"),
    [
        (LARGEST_WEIGHT, ("time_weights", 0)),
        (LARGEST_LOG, ("forced_logs", 2)),
        (LARGEST_LOG, ("margins", ALL_MOVES, "relative")),
        (LARGEST_SECONDS, ("margins", ALL_MOVES, "seconds")),
        (LARGEST_SECONDS, ("margins", ALL_MOVES, "low")),
        (LARGEST_SECONDS, ("margins", ALL_MOVES, "high")),
        (LARGEST_WEIGHT, ("blackout_weights", 1, 4)),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}",
)
def test_a_bound_is_where_it_is_said_to_be(largest: float, place: tuple[str | int, ...]) -> None:
    assert parse_card(sealed(with_value(largest, *place)), FILE).learned is not None
    beyond = [largest * (1 + 1e-9)] if "margins" in place else [largest * (1 + 1e-9), -largest * (1 + 1e-9)]
    named = ".".join(map(str, place[:2] if "margins" in place else place[:1]))
    for value in beyond:
        assert_only(with_value(value, *place), f"learned.{named}")
    if "margins" not in place:
        assert parse_card(sealed(with_value(-largest, *place)), FILE).learned is not None


def test_several_things_wrong_are_all_named() -> None:
    learned = with_value([], "time_weights") | {"forced_logs": [1], "blackout_rows": 3, "blackout_weights": []}
    learned["margins"][ALL_MOVES]["low"] = "wide"
    assert {problem.column for problem in refusal(learned).problems} == {
        "learned.time_weights",
        "learned.margins.all",
        "learned.blackout_weights",
        "learned.forced_logs",
        "learned.blackout_rows",
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**320) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(place for key, one in inner for place in places(one, (*path, key)))]


@given(change=st.sampled_from((with_value, without)), place=st.sampled_from(places(BODY["learned"])), value=JSON)
def test_a_mutated_learned_part_is_refused_or_usable(
    change: Callable[..., Any], place: tuple[str | int, ...], value: Any
) -> None:
    learned = change(value, *place) if change is with_value else change(*place)
    try:
        card = parse_card(sealed(learned), FILE)
    except CardError:
        refusal(learned)
        return
    assert isinstance(card, Card)
    assert card.learned is not None
    assert parse_card(card.to_json(), FILE).to_json() == card.to_json()
    assert 0.7 < card.learned.time_correction(facts_of())[0] < 1.4
    low, middle, high = card.learned.blackouts(facts_of())
    assert 0 < low[0] <= middle[0] <= high[0]
    assert min(one[0] for one in card.learned.margin((ALL_MOVES,)).down_up(np.array([20.0]))) >= 0
