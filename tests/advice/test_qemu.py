"""Advice about QEMU: what is offered, told and promised differs from Hyper-V only where QEMU does."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.advice import estimate, recommend
from advisor.domain.answers import OptionAnswer, Verdict
from advisor.domain.goals import Goals
from advisor.domain.options import Tier, Transport
from advisor.domain.scenario import Scenario
from advisor.intake.scenario import read_scenario
from advisor.platforms import get_platform
from advisor.shipped import shipped_path

BUSY = {"memory_gib": 64, "vcpus": 8, "dirty_rate_mib_s": 3000, "working_set_gib": 20}
HOPELESS = BUSY | {"dirty_rate_mib_s": 9000, "working_set_gib": 40}  # whatever compresses, over whatever is offered
CALM = {"memory_gib": 16, "dirty_rate_mib_s": 20, "working_set_gib": 1}


def scenario(vm: dict[str, Any] = CALM, switchover: dict[str, Any] | None = None, **host: Any) -> Scenario:
    kvm = {"os": "10.0", "nics": [{"speed_gbps": 10, "mtu_bytes": 9000}], "move_cap_mib_s": 0, **host}
    return Scenario.model_validate(
        {"platform": "qemu", "source": kvm, "vms": [vm], "switchover": switchover or {}, "network": {"isolated": True}}
    )


def codes(option: OptionAnswer) -> list[str]:
    return [change.code for change in option.changes]


def test_a_calm_vm_is_not_offered_auto_converge():
    assert not [option for option in recommend(scenario()).options if "auto-converge" in codes(option)]


def test_a_vm_that_a_setting_lets_converge_is_not_slowed_down():
    busy = BUSY | {"dirty_rate_mib_s": 1500}
    answer = recommend(scenario(busy))
    assert answer.recommended is not None
    assert answer.recommended.converges
    assert "auto-converge" not in codes(answer.recommended)
    assert any("auto-converge" in codes(option) and option.converges for option in answer.options)


def test_a_vm_is_slowed_down_before_hardware_is_bought():
    answer = recommend(scenario(BUSY))
    assert answer.recommended is not None
    assert answer.recommended.converges
    assert "auto-converge" in codes(answer.recommended)
    assert "2nd NIC" not in codes(answer.recommended)
    # What slows nothing down, and never ends, is told beside it.
    alone = [option for option in answer.options if "auto-converge" not in codes(option) and not option.converges]
    assert alone
    assert all(option.verdict is Verdict.NOT_RECOMMENDED for option in alone)


def test_a_vm_that_never_converges_is_rescued():
    answer = recommend(scenario(HOPELESS))
    assert answer.recommended is not None
    assert "auto-converge" in codes(answer.recommended)
    left_alone = [option for option in answer.options if "auto-converge" not in codes(option)]
    assert left_alone
    assert all(option.verdict is Verdict.NOT_RECOMMENDED for option in left_alone if not option.converges)


@pytest.mark.parametrize(
    ("switchover", "verdict", "words"),
    [
        ({}, Verdict.NOT_RECOMMENDED, "QEMU has no pass limit"),
        ({"max_passes": 6}, Verdict.CONDITIONS, "the pass limit forces a blackout"),
    ],
)
def test_without_a_pass_limit_a_move_that_does_not_converge_is_not_recommended(switchover, verdict, words):
    answer = estimate(scenario(BUSY, switchover=switchover))
    assert not answer.converges
    assert answer.endless is not bool(switchover)
    assert answer.verdict is verdict
    assert any(words in reason for reason in answer.vms[0].reasons)


def test_todays_cap_is_told_beside_what_lifts_it():
    answer = recommend(scenario(move_cap_mib_s=128))
    today = next(tier for tier in answer.tiers if tier.tier is Tier.TODAY)
    lifted = next(tier for tier in answer.tiers if tier.tier is Tier.SETTINGS)
    assert today.changes == ()
    assert [change.code for change in lifted.changes if change.code != "transport"] == ["max-bandwidth"]
    assert lifted.total_s.p50 < today.total_s.p50 / 2
    assert "B01" in {found.rule for found in estimate(scenario(move_cap_mib_s=128)).findings}


def test_a_setting_that_is_no_offer_is_still_todays():
    odd = estimate(scenario(performance_option="multifd x3"))
    assert (odd.label, odd.transport) == ("multifd x3", Transport.MULTICHANNEL)
    answer = recommend(scenario(performance_option="multifd x3"))
    assert "multifd x3" in [*(option.label for option in answer.options), *(tier.label for tier in answer.tiers)]


def test_small_hosts_are_offered_few_channels():
    def most(cores: int) -> int:
        labels = [option.label for option in recommend(scenario(cores=cores, cpu_busy=0)).options]
        return max(int(label.split(" x")[1].split()[0].strip(",")) for label in labels if " x" in label)

    assert most(4) == 4
    assert most(64) > 4


def test_the_transport_is_set_by_a_command_linux_knows():
    answer = recommend(scenario({**CALM, "compression_ratio": 3}, performance_option="tcp"))
    changes = [c for option in answer.options for c in option.changes if c.code == "transport"]
    assert changes
    assert {change.what for change in changes} == {"Migration capabilities and parameters on every host"}
    assert all("virsh migrate" in change.recommended for change in changes)


def test_assumptions_are_qemus():
    told = {one.what: one.why for one in recommend(scenario(move_cap_mib_s=None)).assumptions}
    assert told["downtime limit"] == "QEMU's downtime-limit"
    assert "max-bandwidth" in told
    assert "QEMU has no limit" in told["simultaneous migrations today"]
    assert not [what for what in told if "plan" in what or "C-states" in what]


def test_what_to_measure_next_is_read_with_qemus_tools():
    for vm in (CALM, {"memory_gib": 16, "workload": "database_oltp"}):
        for one in recommend(scenario(vm, performance_option="multifd-zstd x8")).measure_next:
            assert "counter" not in one.how
            assert "Hyper-V" not in one.how


def test_a_blackout_limit_can_be_held_against_what_physics_says():
    held = scenario().model_copy(update={"goals": Goals(max_blackout_s=2.0)})
    assert get_platform("qemu").blackout_needs_measuring_s == 0
    assert recommend(held).recommended is not None
    assert recommend(held).recommended.verdict is not Verdict.UNKNOWN


def test_the_shipped_pair_needs_more_than_todays_setting():
    pair = read_scenario(shipped_path("data", "examples", "qemu_pair.yaml"))
    assert estimate(pair).verdict is Verdict.NOT_RECOMMENDED
    best = recommend(pair).recommended
    assert best is not None
    assert best.verdict in {Verdict.READY, Verdict.CONDITIONS}
    assert best.converges


@pytest.mark.parametrize("transport", [Transport.TCPIP, Transport.MULTICHANNEL, Transport.COMPRESSION])
def test_the_last_pass_ends_where_the_answer_says(transport):
    answer = estimate(scenario(CALM), transport)
    last = max(row.start_s + row.time_s for row in answer.timeline)
    assert last == pytest.approx(answer.total_s.p50, rel=0.005)
