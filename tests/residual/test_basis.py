"""The basis of a number: where the runs lie, and a little beyond."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.domain.answers import Basis
from advisor.residual.basis import CaseFacts, basis
from advisor.residual.card import Coverage

SEEN = {"tcpip": Coverage("published", 4, 2, (1.0, 10.0), (1.0, 2.0), (8.0, 55.0), (1.0, 6.0), ("2012", "2012R2"))}
CASE = CaseFacts("tcpip", 10.0, 1.0, 55.0, 1.0, "2012R2")


def test_within_published_runs() -> None:
    assert basis(CASE, SEEN) is Basis.PUBLISHED


def test_within_the_users_own_runs() -> None:
    own = {"tcpip": replace(SEEN["tcpip"], evidence="calibrated")}
    assert basis(CASE, own) is Basis.CALIBRATED


def test_no_run_of_that_transport() -> None:
    assert basis(replace(CASE, transport="rdma"), SEEN) is Basis.PHYSICS
    assert basis(CASE, {}) is Basis.PHYSICS


@pytest.mark.parametrize(
    "change",
    [
        {"nic_gbps": 25.0}, {"nic_gbps": 0.1}, {"nic_count": 4.0}, {"memory_gib": 512.0}, {"memory_gib": 2.0},
        {"simultaneous": 20.0}, {"version": "2022"},
    ],
)  # fmt: skip
def test_outside_in_any_respect_is_extrapolated(change: dict[str, object]) -> None:
    assert basis(replace(CASE, **change), SEEN) is Basis.EXTRAPOLATED


def test_a_quarter_beyond_the_measured_range_still_counts() -> None:
    for inside, outside in ((6.4, 6.3), (68.75, 69.0)):
        assert basis(replace(CASE, memory_gib=inside), SEEN) is Basis.PUBLISHED
        assert basis(replace(CASE, memory_gib=outside), SEEN) is Basis.EXTRAPOLATED
