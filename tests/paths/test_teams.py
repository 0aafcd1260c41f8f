"""Members in use: against an enumeration of every outcome of the hash, and at the limits."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.paths.teams import Occupancy, certain, fullest_member, members_hit, worse_of

SMALL = [(flows, members) for flows in range(1, 7) for members in range(1, 5)]


def every_outcome(flows: int, members: int, worth) -> dict[float, float]:
    """The distribution of a worth over all ways the flows can hash, each as likely as any other."""
    outcomes = Counter(worth(Counter(ways)) for ways in product(range(members), repeat=flows))
    return {worth: float(Fraction(ways, members**flows)) for worth, ways in outcomes.items()}


def assert_same(found: Occupancy, expected: dict[float, float]) -> None:
    assert [members for members, _ in found] == sorted(expected, reverse=True)
    assert dict(found) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("flows", "members"), SMALL)
def test_fullest_member_is_what_enumeration_finds(flows, members):
    assert_same(fullest_member(flows, members), every_outcome(flows, members, lambda load: flows / max(load.values())))


@pytest.mark.parametrize(("flows", "members"), SMALL)
def test_members_hit_is_what_enumeration_finds(flows, members):
    assert_same(members_hit(flows, members), every_outcome(flows, members, lambda load: float(len(load))))


@settings(max_examples=50)
@given(st.integers(1, 60), st.integers(1, 32))
def test_every_occupancy_is_a_distribution_within_what_there_is(flows, members):
    for occupancy in (fullest_member(flows, members), members_hit(flows, members)):
        assert sum(odds for _, odds in occupancy) == pytest.approx(1.0, abs=1e-9)
        assert all(odds > 0 for _, odds in occupancy)
        assert all(1.0 <= worth <= min(flows, members) + 1e-9 for worth, _ in occupancy)
        worths = [worth for worth, _ in occupancy]
        assert worths == sorted(worths, reverse=True)


def mean(occupancy: Occupancy) -> float:
    return sum(worth * odds for worth, odds in occupancy)


def test_many_flows_spread_over_all_members_and_one_flow_over_one():
    assert fullest_member(1, 8) == certain(1.0)
    assert members_hit(1, 8) == certain(1.0)
    # 32 flows leave hardly a member idle, but their fullest member still holds more than its share.
    assert mean(members_hit(32, 4)) == pytest.approx(4.0, abs=0.01)
    assert 2.5 < mean(fullest_member(32, 4)) < 4.0


def test_flows_beyond_the_cap_count_as_the_cap():
    assert fullest_member(1000, 4) == fullest_member(32, 4)
    assert members_hit(1000, 4) == members_hit(32, 4)


@given(st.integers(1, 12), st.integers(1, 8), st.integers(1, 12), st.integers(1, 8))
def test_two_ends_are_never_better_than_either(flows, members, other_flows, other_members):
    one, other = fullest_member(flows, members), members_hit(other_flows, other_members)
    both = worse_of(one, other)
    assert sum(odds for _, odds in both) == pytest.approx(1.0, abs=1e-9)
    assert mean(both) <= min(mean(one), mean(other)) + 1e-9
    assert both == worse_of(other, one) or dict(both) == pytest.approx(dict(worse_of(other, one)))
