"""Quantiles: ordered, exact for one mode, between the modes for a mixture; swings and their sum."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.residual.spread import Spread, combine, mixture_quantile, swings

MIDDLES = st.floats(1e-3, 1e6)
WIDTHS = st.floats(0.0, 3.0)
SHARES = st.floats(0.01, 0.99)
MODES = st.lists(st.tuples(MIDDLES, WIDTHS, WIDTHS, st.floats(0.01, 1.0)), min_size=1, max_size=5)


def column(values: list[float]) -> np.ndarray:
    return np.array(values)[:, None]


def mixed(modes: list[tuple[float, float, float, float]], share: float) -> float:
    middle, down, up, odds = (column(list(values)) for values in zip(*modes, strict=True))
    return float(mixture_quantile(middle, down, up, odds / odds.sum(), share)[0])


@given(middle=MIDDLES, down=WIDTHS, up=WIDTHS)
def test_one_mode_meets_its_own_quantiles(middle: float, down: float, up: float) -> None:
    spread = Spread(np.array([middle]), np.array([down]), np.array([up]))
    assert spread.quantile(0.05) == pytest.approx([middle * math.exp(-down)])
    assert spread.quantile(0.50) == pytest.approx([middle])
    assert spread.quantile(0.95) == pytest.approx([middle * math.exp(up)])


@given(modes=MODES, one=SHARES, other=SHARES)
def test_quantiles_are_ordered(modes: list[tuple[float, float, float, float]], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert mixed(modes, low) <= mixed(modes, high) * (1 + 1e-6)


@given(modes=MODES, share=SHARES)
def test_a_mixture_lies_between_its_modes(modes: list[tuple[float, float, float, float]], share: float) -> None:
    alone = [mixed([mode], share) for mode in modes]
    assert min(alone) * (1 - 1e-6) <= mixed(modes, share) <= max(alone) * (1 + 1e-6)


@given(modes=MODES, share=SHARES)
def test_the_share_below_a_quantile_is_that_share(modes: list[tuple[float, float, float, float]], share: float) -> None:
    # The distribution itself, written again: a logistic in the logarithm, its two halves scaled apart.
    modes = [(middle, down + 0.01, up + 0.01, odds) for middle, down, up, odds in modes]  # a step has no density
    at = math.log(mixed(modes, share))
    below = 0.0
    for middle, down, up, odds in modes:
        offset = at - math.log(middle)
        steepness = math.log(19) / (down if offset < 0 else up)
        below += odds / (1 + math.exp(min(-offset * steepness, 700.0)))
    assert below / math.fsum(mode[3] for mode in modes) == pytest.approx(share, abs=1e-4)


@given(middle=MIDDLES, down=WIDTHS, up=WIDTHS, share=SHARES, split=st.floats(0.01, 0.99))
def test_a_mode_cut_in_two_is_the_same_mode(middle: float, down: float, up: float, share: float, split: float) -> None:
    whole = mixed([(middle, down, up, 1.0)], share)
    assert mixed([(middle, down, up, split), (middle, down, up, 1 - split)], share) == pytest.approx(whole, rel=1e-6)


@given(modes=MODES, share=SHARES, factor=st.floats(0.01, 100.0))
def test_units_do_not_matter(modes: list[tuple[float, float, float, float]], share: float, factor: float) -> None:
    scaled = [(middle * factor, down, up, odds) for middle, down, up, odds in modes]
    assert mixed(scaled, share) == pytest.approx(factor * mixed(modes, share), rel=1e-6)


def test_luck_puts_the_median_in_one_mode_and_the_tail_in_the_other() -> None:
    modes = [(27.5, 0.02, 0.02, 0.8), (53.0, 0.02, 0.02, 0.2)]  # two members in use, or one
    assert mixed(modes, 0.5) == pytest.approx(27.5, rel=0.02)
    assert mixed(modes, 0.95) == pytest.approx(53.0, rel=0.02)


def test_arrays_are_what_their_elements_are() -> None:
    rng = np.random.default_rng(1)
    middle, down, up = rng.uniform(1, 90, (3, 40)), rng.uniform(0, 1, (3, 40)), rng.uniform(0, 1, (3, 40))
    odds = column([0.2, 0.5, 0.3])
    together = mixture_quantile(middle, down, up, odds, 0.9)
    for i in range(40):
        at = (slice(None), slice(i, i + 1))
        assert together[i] == pytest.approx(mixture_quantile(middle[at], down[at], up[at], odds, 0.9)[0], rel=1e-12)


def test_a_time_of_nothing_has_quantiles_too() -> None:
    # A blackout of zero has no logarithm: it counts as a nanosecond.
    assert Spread(np.array([0.0]), np.array([0.1]), np.array([0.1])).quantile(0.5) == pytest.approx([1e-9])


def test_swings_count_the_worse_of_both_ends() -> None:
    # A factor whose two ends both lengthen the time swings up only, by the larger.
    down, up = swings(10.0, [5.0, 12.0, 10.0, 8.0], [20.0, 15.0, 10.0, 9.0])
    assert down == pytest.approx([math.log(2), 0.0, 0.0, math.log(10 / 8)])
    assert up == pytest.approx([math.log(2), math.log(1.5), 0.0, 0.0])


@given(middle=MIDDLES, low=MIDDLES, high=MIDDLES)
def test_swings_are_never_negative_and_cover_both_ends(middle: float, low: float, high: float) -> None:
    down, up = swings(middle, [low], [high])
    assert min(down[0], up[0]) >= 0
    for end in (low, high):
        assert middle * math.exp(-down[0]) * (1 - 1e-9) <= end <= middle * math.exp(up[0]) * (1 + 1e-9)


def test_swings_add_as_independent_errors_do() -> None:
    spread = combine(10.0, np.array([[0.3], [0.4]]), np.array([[0.0], [0.5]]), 1.2)
    assert spread.down == pytest.approx([1.3])  # 0.3, 0.4 and 1.2
    assert spread.up == pytest.approx([1.3])  # 0, 0.5 and 1.2
    assert spread.middle.tolist() == [10.0]


def test_without_factors_only_the_unexplained_is_left() -> None:
    spread = combine([1.0, 2.0], np.zeros((0, 2)), np.zeros((0, 2)), 0.25)
    assert spread.down.tolist() == spread.up.tolist() == [0.25, 0.25]
