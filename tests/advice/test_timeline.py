"""The rate over the move: what the wire carries, and all of it."""

from __future__ import annotations

import pytest

from advisor.advice import estimate, recommend
from advisor.domain.answers import Estimate, RateStep, Recommendation, mean_rates
from advisor.domain.scenario import Scenario
from advisor.units import bytes_s_to_gbps, gib_to_bytes
from tests.advice.lab import SIX_OF_9, Fields, scenario

LINK_GBPS = 10


def six_at_once(**vm: object) -> Scenario:
    nic: Fields = {"speed_gbps": LINK_GBPS}
    return scenario(nic, vms=[{**SIX_OF_9, "workload": "web", **vm}], simultaneous=6)


def carried_gbit(answer: Estimate | Recommendation) -> float:
    return sum(step.gbps * (step.end_s - step.start_s) for step in answer.rates)


@pytest.mark.parametrize("count", [6, 60])
def test_no_rate_is_above_that_of_the_link_and_no_byte_is_lost(count: int) -> None:
    answer = estimate(six_at_once(count=count))
    assert answer.simultaneous == 6
    assert max(step.gbps for step in answer.rates) <= LINK_GBPS
    assert carried_gbit(answer) == pytest.approx(bytes_s_to_gbps(gib_to_bytes(answer.sent_gib)), rel=0.01)
    assert len(answer.rates) <= 400


def test_rates_follow_without_gaps_from_the_start_to_the_end_of_the_last_move() -> None:
    answer = estimate(six_at_once())
    assert answer.rates[0].start_s == 0.0
    assert [step.start_s for step in answer.rates[1:]] == pytest.approx([step.end_s for step in answer.rates[:-1]])
    assert answer.rates[-1].end_s == pytest.approx(max(row.start_s + row.time_s for row in answer.timeline))
    assert answer.rates[-1].gbps == pytest.approx(0.0), "while the last VM's devices come alive nothing is sent"


def test_a_recommendation_carries_all_it_says_it_sends() -> None:
    answer = recommend(six_at_once())
    assert answer.recommended is not None
    expected = bytes_s_to_gbps(gib_to_bytes(answer.recommended.sent_gib))
    assert carried_gbit(answer) == pytest.approx(expected, rel=0.01)


def test_means_over_equal_stretches_lose_no_byte() -> None:
    steps = [RateStep(start_s=i * 0.7, end_s=(i + 1) * 0.7, gbps=i % 7) for i in range(1000)]
    coarse = mean_rates(steps, 60)
    assert len(coarse) == 60
    sent = [sum(step.gbps * (step.end_s - step.start_s) for step in each) for each in (steps, coarse)]
    assert sent[0] == pytest.approx(sent[1])
