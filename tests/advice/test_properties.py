"""What must hold of any answer, whatever is described."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel

from advisor.advice import estimate, recommend
from advisor.advice.prepare import prepare, prepare_today
from advisor.domain.answers import Estimate, Interval, OptionAnswer, Recommendation, Verdict
from advisor.domain.options import Transport
from advisor.domain.scenario import Scenario
from advisor.units import bytes_s_to_gbps
from tests.advice.drawn import scenarios
from tests.advice.lab import IDLE_55, TUNED, r720, scenario

# Answers are slow to make beside what Hypothesis is used to.
FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def values_in(word: BaseModel) -> Iterator[tuple[str, Any]]:
    """Every value of an answer and of the words inside it, with its name."""
    for name in type(word).model_fields:
        value = getattr(word, name)
        yield name, value
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, BaseModel):
                yield from values_in(inner)


def check_numbers(answer: BaseModel) -> None:
    for name, value in values_in(answer):
        if isinstance(value, Interval):
            assert 0 < value.p05 <= value.p50 <= value.p95 < math.inf, name
        if isinstance(value, float):
            assert math.isfinite(value), name
            assert value >= 0, name


def check_option(option: OptionAnswer) -> None:
    assert option.passes >= 1
    assert option.modes == () or sum(mode.probability for mode in option.modes) == pytest.approx(1.0)
    assert option.modes == () or option.total_s.p05 <= max(mode.total_s for mode in option.modes)
    assert not any(
        text.strip() == "" or "  " in text for text in (option.label, option.limit, option.rejected_by or "-")
    )


@FEW
@given(scenarios())
def test_any_recommendation_is_sound(described):
    answer = recommend(described)
    check_numbers(answer)
    for option in answer.options:
        check_option(option)
    assert sum(option.rejected_by is None for option in answer.options) == (answer.recommended is not None)
    assert (answer.recommended is None) == (answer.acceptance is None) == (answer.vms == ())
    if answer.recommended is not None:
        assert answer.options[0] == answer.recommended
        assert sum(vm.count for vm in answer.vms) == sum(vm.count for vm in described.vms)
        assert not any(found.verdict == "forbid" and found.answer == "holds" for found in answer.recommended.findings)
        # A verdict that is not plain ready says why, and one that says why is not plain ready.
        assert all((vm.verdict is Verdict.READY) == (vm.reasons == ()) for vm in answer.vms)
    assert all(narrower.width_after < narrower.width_before for narrower in answer.measure_next)
    assert [tier.tier.rank for tier in answer.tiers] == sorted({tier.tier.rank for tier in answer.tiers})


@FEW
@given(scenarios())
def test_the_json_of_any_answer_fits_its_own_schema(described):
    for answer, model in ((recommend(described), Recommendation), (estimate(described, Transport.TCPIP), Estimate)):
        content = json.loads(answer.model_dump_json())
        jsonschema.Draft202012Validator(model.model_json_schema(mode="serialization")).validate(content)
        assert content["schema_version"]
        assert model.model_validate(content) == answer


@FEW
@given(scenarios())
def test_any_estimate_is_sound_and_never_beats_the_link(described):
    for transport in Transport:
        answer = estimate(described, transport)
        check_numbers(answer)
        check_option(answer)
        problem = prepare_today(described, transport)
        lines = [row[0].path for row, moves in zip(problem.cases, problem.vm_of, strict=True) if moves]
        fastest = max(min(path.line_rate_bytes_s, path.cap_bytes_s) for path in lines)
        assert answer.throughput_gbps <= bytes_s_to_gbps(fastest) * (1 + 1e-9)
        dark = [row.vm for row in answer.timeline if row.step == "blackout"]
        assert sorted(dark) == sorted({row.vm for row in answer.timeline})


@settings(FEW, max_examples=8)
@given(scenarios())
def test_the_same_question_has_the_same_answer(described):
    assert recommend(described) == recommend(described)


@FEW
@given(scenarios())
def test_options_are_distinct_and_tell_all_their_changes(described):
    problem = prepare(described)
    asked = [
        (option.transport, option.simultaneous, tuple(change.code for change in option.changes))
        for option in problem.options
    ]
    assert len(asked) == len(set(asked))
    for option in problem.options:
        assert option.tier.rank == max((change.tier.rank for change in option.changes), default=0)
        assert all(change.current != change.recommended for change in option.changes)


# ---------------------------------------------------------------- a little more in, a little more out


def p50(described: Scenario, transport: Transport = Transport.TCPIP) -> float:
    return estimate(described, transport).total_s.p50


@pytest.mark.parametrize("transport", list(Transport))
def test_54_gib_take_a_little_less_than_55(transport):
    less, more = (p50(r720(2, TUNED, {**IDLE_55, "memory_gib": size}), transport) for size in (54, 55))
    assert 0.96 < less / more < 1.0


def test_a_third_nic_helps_as_a_third_nic_should():
    times = [
        p50(scenario({"speed_gbps": 10, "count": count}, vms=[IDLE_55], power=TUNED), Transport.MULTICHANNEL)
        for count in (2, 3, 4)
    ]
    assert times[0] > times[1] > times[2]
    assert 0.60 < times[1] / times[0] < 0.80


def test_jumbo_on_one_of_three_nics_brings_a_third_of_jumbo_on_all():
    def of_three(jumbo: int) -> Scenario:
        nics = [{"speed_gbps": 10, "mtu_bytes": 9000 if nic < jumbo else 1500} for nic in range(3)]
        return scenario(*nics, vms=[IDLE_55], power=TUNED, os="2012R2")

    times = [p50(of_three(jumbo), Transport.MULTICHANNEL) for jumbo in range(4)]
    assert times == sorted(times, reverse=True)
    gains = [1 / after - 1 / before for before, after in pairwise(times)]
    assert max(gains) < 1.2 * min(gains)


@pytest.mark.parametrize(("field", "low", "high"), [("cpu_busy", 0.30, 0.32), ("cores", 16, 17)])
def test_a_little_cpu_moves_compression_a_little(field, low, high):
    one, other = (p50(r720(2, TUNED, **{field: value}), Transport.COMPRESSION) for value in (low, high))
    assert 0.9 < one / other < 1.1


def test_a_little_background_moves_the_time_a_little():
    times = [
        p50(scenario(power=TUNED, more={"network": {"background_gbps": rate}}), Transport.MULTICHANNEL)
        for rate in (0, 0.1, 0.2)
    ]
    assert times[0] < times[1] < times[2] < 1.03 * times[0]
