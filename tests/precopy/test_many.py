"""Passes of very many moves: the same answers as the plain walk, whatever the number of moves and of tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.precopy import many
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.many import Passed, TwoSets, walk_many
from advisor.precopy.passes import PASSES_AT_MOST, PassLimit, Walk, walk

Floats = np.ndarray


def both(
    first: Floats,
    rate: Floats,
    sets: tuple[Floats, Floats, Floats, Floats],
    ceiling: Floats,
    limit: Floats,
    small: Floats,
) -> tuple[Passed, Walk]:
    """The same moves by the two ways."""
    hot_set, hot_rate, cold_set, cold_rate = sets
    ours = walk_many(first, rate, TwoSets.of(hot_set, hot_rate, cold_set, cold_rate, ceiling), limit, small)
    curve = DirtyCurve.of(hot_set, hot_rate, ceiling, cold_set, cold_rate)
    return ours, walk(first, rate, curve, PassLimit(limit, small))


def assert_equal(ours: Passed, plain: Walk, rate: Floats) -> None:
    # Bytes: 1 - exp(-x) loses digits of a set that hardly grew, but never a byte of what matters.
    assert ours.sent_bytes == pytest.approx(plain.sent_bytes, rel=1e-9, abs=1.0)
    assert ours.final_bytes == pytest.approx(plain.final_bytes, rel=1e-9, abs=1.0)
    assert ours.sent_bytes / rate == pytest.approx(plain.seconds, rel=1e-9, abs=1e-6)
    # Where less than a byte is dirty and none is allowed, the last digit says whether that is nothing.
    told = np.maximum(plain.final_bytes, ours.final_bytes) >= 1.0
    assert ours.passes[told].tolist() == plain.passes[told].tolist()
    assert ours.converged[told].tolist() == plain.converged[told].tolist()


@pytest.mark.no_cover
@pytest.mark.parametrize("n", [0, 1, many._TILE - 1, many._TILE, many._TILE + 1, 2 * many._TILE + 17])
def test_any_number_of_moves_is_walked_as_the_plain_walk_does(n: int) -> None:
    rng = np.random.default_rng(n)

    def between(low: float, high: float) -> Floats:
        return rng.uniform(low, high, n)

    def some(values: Floats) -> Floats:
        return values * rng.integers(0, 2, n)

    sets = some(between(1e6, 1e10)), between(0, 2e9), some(between(0, 1e10)), between(0, 1e8)
    first, rate = some(between(0, 6e10)), between(1e8, 3e9)
    limit, small = rng.integers(1, 11, n).astype(float), some(between(0, 3e8))
    assert_equal(*both(first, rate, sets, between(1e9, 1e11), limit, small), rate)


SIZES = st.just(0.0) | st.floats(1.0, 1e11)
# A first pass of a byte, of which a set of 35 GB makes eight in every pass, shows the digits that 1 - exp(-x) loses.
FIRST = st.just(0.0) | st.floats(1e6, 1e11)


@given(
    first=FIRST, rate=st.floats(1e6, 1e10), hot=SIZES, hot_rate=SIZES, cold=SIZES, cold_rate=SIZES, ceiling=SIZES,
    limit=st.integers(1, 40), small=SIZES,
)  # fmt: skip
def test_any_move_is_walked_as_the_plain_walk_does(
    *, first: float, rate: float, hot: float, hot_rate: float, cold: float, cold_rate: float, ceiling: float,
    limit: int, small: float,
) -> None:  # fmt: skip
    one = np.ones(1)
    ours, plain = both(
        first * one, rate * one, (hot * one, hot_rate * one, cold * one, cold_rate * one), ceiling * one, limit * one,
        small * one,
    )  # fmt: skip
    if abs(float(plain.final_bytes[0]) - small) <= 1e-6 * small + 1.0:
        return  # at the edge of "small" the last digit decides
    assert_equal(ours, plain, rate * one)


def test_a_move_does_not_depend_on_the_moves_beside_it() -> None:
    rng = np.random.default_rng(3)
    n = many._TILE + 100
    first, rate, size = rng.uniform(1e9, 6e10, n), rng.uniform(1e8, 3e9, n), rng.uniform(1e8, 1e10, n)
    limit, small, none = np.full(n, 5.0), np.full(n, 1e7), np.zeros(n)
    together = walk_many(first, rate, TwoSets.of(size, 2e8 + none, none, none, 1e12 + none), limit, small)
    for i in (0, many._TILE - 1, many._TILE, n - 1):
        own = slice(i, i + 1)
        curve = TwoSets.of(size[own], 2e8 + none[own], none[own], none[own], 1e12 + none[own])
        alone = walk_many(first[own], rate[own], curve, limit[own], small[own])
        assert (alone.sent_bytes[0], alone.final_bytes[0]) == (together.sent_bytes[i], together.final_bytes[i])


def test_what_goes_in_stays_as_it_is() -> None:
    # Tiles are walked in place: in place of copies, not of the caller's arrays.
    first, rate = np.array([8e9, 4e9]), np.array([1e9, 1e9])
    curve = TwoSets.of(2 * rate, rate, 0 * rate, 0 * rate, 9 * rate)
    kept = first.copy(), rate.copy(), curve.hot_set.copy(), curve.hot_per_s.copy()
    walk_many(first, rate, curve, np.full(2, 5.0), np.zeros(2))
    for before, after in zip(kept, (first, rate, curve.hot_set, curve.hot_per_s), strict=True):
        assert before.tolist() == after.tolist()


def test_a_move_without_end_is_cut_where_the_plain_walk_cuts_it() -> None:
    # Dirtied as fast as sent and no pass limit: nobody would ever switch over.
    one = np.ones(1)
    ours, plain = both(1e9 * one, 1e6 * one, (1e9 * one, 1e9 * one, 0 * one, 0 * one), 1e9 * one, np.inf * one, 0 * one)
    assert ours.passes.tolist() == plain.passes.tolist() == [PASSES_AT_MOST]
    assert not ours.converged.any()


@pytest.mark.parametrize("seed", range(6))
def test_walked_on_from_an_earlier_end_is_walked_from_the_start(seed: int) -> None:
    n = 2 * many._TILE + 17 if seed == 0 else 500
    rng = np.random.default_rng(seed)
    curve = TwoSets.of(
        rng.uniform(0, 1e10, n), rng.uniform(0, 2e9, n), rng.uniform(0, 1e10, n), rng.uniform(0, 1e8, n),
        rng.uniform(1e9, 1e11, n),
    )  # fmt: skip
    first, rate = rng.uniform(0, 6e10, n), rng.uniform(1e8, 3e9, n)
    early_limit, early_small = rng.integers(1, 6, n).astype(float), rng.uniform(1e8, 3e8, n)
    limit, small = early_limit + rng.integers(0, 8, n), early_small * rng.uniform(0, 1, n)
    # Some are to end where they ended before.
    limit[::3], small[::3] = early_limit[::3], early_small[::3]
    begun = walk_many(first, rate, curve, early_limit, early_small)
    kept = begun.sent_bytes.copy(), begun.final_bytes.copy(), begun.passes.copy()
    whole, on = (walk_many(first, rate, curve, limit, small, at) for at in (None, begun))
    for name in ("final_bytes", "passes", "converged"):
        assert (getattr(on, name) == getattr(whole, name)).all(), name
    assert on.sent_bytes == pytest.approx(whole.sent_bytes, rel=1e-12)
    assert (on.passes > begun.passes).any()
    # What they began from is as it was.
    assert all((a == b).all() for a, b in zip(kept, (begun.sent_bytes, begun.final_bytes, begun.passes), strict=True))
