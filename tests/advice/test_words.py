"""What a person reads: whole sentences, numbers with their units, and the reason that really decides."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from advisor.advice import recommend
from advisor.domain.answers import Recommendation
from advisor.domain.options import Tier, Transport
from advisor.domain.scenario import Scenario
from advisor.intake.scenario import read_scenario
from advisor.shipped import shipped_path
from tests.advice.lab import DYNAMIC, RDMA_25, SIX_OF_9, TUNED, chosen, options, r720, scenario

TCPIP, COMPRESSION, MULTICHANNEL, RDMA = Transport
BY_RULE = re.compile(r"[A-Z]\d\d: ")
NEVER = {"name": "batch job", "memory_gib": 64, "workload": "write_heavy", "vcpus": 8}


def shipped(name: str) -> Scenario:
    return read_scenario(shipped_path("data", "examples", f"{name}.yaml"))


SCENARIOS = {
    "seed lab": lambda: shipped("seed_lab"),
    "seed team": lambda: shipped("seed_compression_team"),
    "Azure Local": lambda: shipped("azure_local"),
    "branch office": lambda: shipped("branch_1gbe"),
    "cluster": lambda: shipped("cluster_4_nodes"),
    "converged RDMA": lambda: scenario(
        {**RDMA_25, "rdma": "roce", "pfc": True, "ets": True, "vlan_id": 711},
        os="2022",
        cores=32,
        cpu_busy=0.4,
        team={"kind": "set", "balancing": "hyperv_port"},
        vnic={"count": 2, "rdma_enabled": True, "team_mapped": True},
        more={"network": {"background_gbps": 8, "migration_share": 0.3}},
    ),
    "40 VMs": lambda: scenario(RDMA_25, vms=[{"name": "vm", "count": 40, "memory_gib": 16}], cpu_busy=0.5),
    "Windows Server 2012": lambda: scenario(os="2012", vms=[{"name": "vm", "count": 4, "memory_gib": 32}]),
    "busy hosts": lambda: scenario(os="2016", cpu_busy=0.8, vms=[{"name": "vm", "count": 4, "memory_gib": 32}]),
    "never converges": lambda: scenario({"speed_gbps": 1}, vms=[NEVER], goals={"max_blackout_s": 10}),
    "mixed speeds": lambda: scenario({"name": "fast", "speed_gbps": 25}, {"name": "slow", "speed_gbps": 10}),
    "vNIC on 2012 R2": lambda: scenario(os="2012R2", team=DYNAMIC, vnic={"count": 1}, vms=[SIX_OF_9]),
    "small VMs": lambda: scenario(vms=[{"name": "tiny", "count": 30, "memory_gib": 0.5}], simultaneous=4),
    "nothing allowed": lambda: scenario(
        cpu_vendor="intel", more={"destination": {"os": "2019", "nics": [{"speed_gbps": 10}], "cpu_vendor": "amd"}}
    ),
}


def sentences(answer: Recommendation) -> Iterator[str]:
    yield answer.summary
    yield from answer.why
    if answer.acceptance is not None:
        yield answer.acceptance.text


def phrases(answer: Recommendation) -> Iterator[str]:
    for option in answer.options:
        yield from (option.label, option.limit, *([option.rejected_by] if option.rejected_by else []))
        for change in option.changes:
            yield from (change.what, change.current, change.recommended)
    for vm in answer.vms:
        yield from vm.reasons
    for one in answer.assumptions:
        yield from (one.what, one.value, one.why)
    for measurement in answer.measure_next:
        yield from (measurement.what, measurement.how)


@pytest.mark.parametrize("name", SCENARIOS)
def test_everything_reads_well(name):
    answer = recommend(SCENARIOS[name]())
    for text in sentences(answer):
        assert text[0].isupper(), text
        assert text[-1] == ".", text
    for text in (*sentences(answer), *phrases(answer)):
        assert text == text.strip(), text
        assert not re.search(r"\.;|;\.|\.\.|,,|  |\bNone\b|\bnan\b|\binf\b|[<{}]", text), text
        assert not re.search(r"\b1 (members|NICs|VMs|moves|streams|connections)\b", text), text
        assert not re.search(r"\b([2-9]|\d\d+) (member|NIC|VM|move|stream|connection) ", text), text


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_option_that_was_not_chosen_says_why_in_numbers_or_by_a_rule(name):
    for option in recommend(SCENARIOS[name]()).options:
        if option.rejected_by is not None:
            assert (
                BY_RULE.match(option.rejected_by)
                or len(re.findall(r"\d+(?:\.\d+)? (?:s|ms|min|h|GiB|core)", option.rejected_by)) >= 2
            ), option.rejected_by


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_chosen_option_says_what_binds_it_and_names_its_rivals(name):
    answer = recommend(SCENARIOS[name]())
    if answer.recommended is None:
        return
    assert f"What binds the time: {answer.recommended.limit}." in answer.why
    for option in answer.options:
        forbidden = BY_RULE.match(option.rejected_by or "")
        if option.transport is not answer.recommended.transport and option.tier is not Tier.HARDWARE and not forbidden:
            transport = option.label.partition(" + ")[0]
            told = [line for line in answer.why if line.startswith(transport)]
            assert any("; it is bound by " in line or "may be better (" in line for line in told), option.label


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_assumption_is_told_twice_and_nothing_that_was_given_is_assumed(name):
    described = SCENARIOS[name]()
    assumptions = recommend(described).assumptions
    assert len({one.what for one in assumptions}) == len(assumptions) <= 14
    given = described.hosts[0].model_fields_set
    for field, word in (("cores", "cores"), ("cpu_busy", "cpu busy"), ("performance_option", "transport today")):
        if all(field in host.model_fields_set for host in described.hosts):
            assert not any(one.what.endswith(word) for one in assumptions), field
    assert "os" in given


# ---------------------------------------------------------------- one scenario, one thing to read


def test_one_vm_is_not_moved_n_at_a_time():
    assert re.fullmatch(
        r"(Use|Stay with) Compression: the VM moves in \S+ s \(.* to .* s\), with a blackout of .* s \(.* to .* s\)\.",
        recommend(r720()).summary,
    )


def test_many_vms_are():
    summary = recommend(r720(2, TUNED, SIX_OF_9, team=DYNAMIC, simultaneous=6)).summary
    assert summary.startswith("Stay with Compression, 6 at a time: all 6 VMs move in ")
    assert "the longest blackout is" in summary


def test_a_vm_that_never_converges_is_named_with_its_blackout():
    answer = recommend(SCENARIOS["never converges"]())
    assert chosen(answer).tier is Tier.HARDWARE
    assert answer.why[0].startswith("Nothing short of new hardware")
    assert any(line.startswith("The VM does not converge:") for line in answer.why)
    assert all("it misses: blackout p80" in line for line in answer.why if "; it is bound by" in line)


def test_of_several_vms_those_that_do_not_converge_are_counted():
    quiet = {"name": "quiet", "memory_gib": 8, "workload": "idle"}
    vms = [{**NEVER, "name": f"job {n}", "memory_gib": 16} for n in range(4)]
    answer = recommend(scenario({"speed_gbps": 1, "rdma": "iwarp", "rdma_enabled": True}, vms=[*vms, quiet]))
    (line,) = (line for line in answer.why if "converge" in line)
    assert line.startswith("Of 5 VMs 4 (job 0, job 1, job 2 and others) do not converge")


def test_uncertain_teams_tell_both_modes():
    answer = recommend(r720(2, TUNED, SIX_OF_9, team=DYNAMIC, simultaneous=6, cores=2, performance_option="TCPIP"))
    best = chosen(answer)
    lines = [line for line in answer.why if line.startswith("How many team members really carry the moves")]
    assert bool(lines) is (len(best.modes) > 1)
    teamed = options(answer, TCPIP)[0]
    assert [mode.members for mode in teamed.modes] == [2.0, 1.0]


def test_small_vms_are_told_that_no_nic_cures_them():
    answer = recommend(SCENARIOS["small VMs"]())
    assert "which no NIC cures" in chosen(answer).limit


def test_azure_local_keeps_smb_direct_and_raises_its_limit():
    answer = recommend(SCENARIOS["Azure Local"]())
    raised = chosen(answer)
    today = next(option for option in options(answer, RDMA) if option.tier is Tier.TODAY)
    assert (raised.transport, raised.tier) == (RDMA, Tier.SETTINGS)
    assert [(change.code, change.disruption) for change in raised.changes] == [("SMB limit raised", "online")]
    assert "SMBBandwidthLimitFactor, 12.5 Gbit/s" in today.limit
    assert "SMBBandwidthLimitFactor, 25.0 Gbit/s" in raised.limit
    assert raised.total_s.p50 < 0.6 * today.total_s.p50


def test_the_setting_is_called_what_the_console_calls_it():
    answer = recommend(SCENARIOS["40 VMs"]())
    assert chosen(answer).transport is RDMA
    (setting,) = (change for change in chosen(answer).changes if change.code == "transport")
    assert (setting.current, setting.recommended) == ("Compression", "SMB (SMB Direct)")


def test_what_to_measure_says_how_and_what_it_brings():
    (first, *_) = recommend(r720()).measure_next
    assert first.how == "time one large VM with Compression; give its time to `advisor calibrate`"
    assert first.width_after < 0.9 * first.width_before


def test_what_is_known_needs_no_measuring():
    measured = {one.what for one in recommend(r720()).measure_next}
    assert not any("C-states" in what or "CPU use" in what for what in measured)
