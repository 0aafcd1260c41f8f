"""Goals in: what is made small, what is held against which limit, and what is said where it cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.advice import recommend
from advisor.domain.answers import Basis, Recommendation, Verdict
from advisor.domain.goals import Goal, Goals
from advisor.domain.options import Tier, Transport
from advisor.residual.card import Card, Coverage
from advisor.residual.card_files import shipped_card
from tests.advice.lab import RDMA_25, TUNED, UNTUNED, Fields, chosen, options, r720, scenario

TCPIP, COMPRESSION, MULTICHANNEL, RDMA = Transport
# Much memory to send, hardly any of it compressible; idle cores enough.
STORED = {"name": "stored", "memory_gib": 64, "nonzero_gib": 64, "compression_ratio": 1.2, "workload": "idle"}
# Compresses well, on hosts with idle cores.
EMPTY = {"name": "empty", "memory_gib": 64, "nonzero_gib": 16, "compression_ratio": 3, "workload": "idle"}
# Rewrites 8 GiB all the time: what is left at the end depends on the rate.
WRITING = {
    "name": "writing",
    "memory_gib": 64,
    "dirty_rate_mib_s": 1200,
    "working_set_gib": 8,
    "nonzero_gib": 64,
    "compression_ratio": 1.1,
}


def advise(vm: Fields, goals: Fields, nic: Fields | None = None, **host: object) -> Recommendation:
    return recommend(scenario(nic or {"speed_gbps": 10, "count": 2}, vms=[vm], goals=goals, **{"power": TUNED, **host}))


# ---------------------------------------------------------------- each goal changes the choice


def test_time_takes_the_fastest():
    answer = advise(EMPTY, {"goal": "time"}, cores=64)
    assert chosen(answer).transport is COMPRESSION
    assert chosen(answer).total_s.p50 == min(
        option.total_s.p50 for option in answer.options if option.tier is not Tier.HARDWARE
    )


def measured_compression() -> Card:
    """The shipped card, as if the user's own runs covered Compression."""
    card = shipped_card("hyperv")
    seen = Coverage("calibrated", 30, 3, (25, 25), (1, 2), (32, 128), (1, 8), ("2019",))
    return replace(card, coverage={**card.coverage, "compression": seen})


def test_cpu_takes_what_costs_none_although_it_is_slower():
    by_time, by_cpu = (
        recommend(scenario(RDMA_25, vms=[EMPTY], goals={"goal": goal}, power=TUNED, cores=64), measured_compression())
        for goal in ("time", "cpu")
    )
    assert chosen(by_time).transport is COMPRESSION
    assert chosen(by_cpu).transport is RDMA
    assert chosen(by_cpu).cpu_cores.source < 0.1 * chosen(by_time).cpu_cores.source
    assert chosen(by_cpu).total_s.p50 > chosen(by_time).total_s.p50
    rejected = options(by_cpu, COMPRESSION)[0].rejected_by
    assert rejected is not None
    assert "core-seconds against" in rejected


def test_network_takes_what_sends_least_although_it_is_slower():
    # Four idle cores: compression is the slowest way, and the thriftiest on the wire.
    by_time, by_network = (advise(EMPTY, {"goal": goal}, cores=4, cpu_busy=0.0) for goal in ("time", "network"))
    assert chosen(by_time).transport is MULTICHANNEL
    assert chosen(by_network).transport is COMPRESSION
    assert chosen(by_network).sent_gib < 0.5 * chosen(by_time).sent_gib
    rejected = options(by_network, MULTICHANNEL)[0].rejected_by
    assert rejected is not None
    assert "GiB on the wire against" in rejected


def test_blackout_takes_the_shortest_pause_although_it_takes_longer():
    # Idle cores bind the time of compression, whatever is tuned; power settings halve the pause.
    untuned = r720(2, UNTUNED, EMPTY)
    by_time, by_blackout = (
        recommend(untuned.model_copy(update={"goals": Goals(goal=goal)})) for goal in (Goal.TIME, Goal.BLACKOUT)
    )
    assert chosen(by_time).tier is Tier.TODAY
    assert chosen(by_blackout).tier is Tier.TUNING
    assert chosen(by_blackout).blackout_ms.p50 < 0.6 * chosen(by_time).blackout_ms.p50
    assert "C-states off" in {change.code for change in chosen(by_blackout).changes}
    rejected = next(option.rejected_by for option in by_blackout.options if option.tier is Tier.SETTINGS)
    assert rejected is not None
    assert rejected.startswith("blackout ")


# ---------------------------------------------------------------- what SMB Direct yields to


def test_smb_direct_is_kept_against_what_is_faster_on_paper_only():
    answer = advise(EMPTY, {"goal": "time"}, RDMA_25, cores=64)
    assert chosen(answer).transport is RDMA
    squeezed = options(answer, COMPRESSION)[0]
    assert squeezed.total_s.p95 < chosen(answer).total_s.p95
    assert squeezed.rejected_by is not None
    assert squeezed.rejected_by.startswith("better on paper only (extrapolated)")
    assert any(line.startswith("Compression may be better (") for line in answer.why)


def test_runs_that_cover_the_case_overrule_smb_direct():
    hosts = scenario(RDMA_25, vms=[EMPTY], power=TUNED, cores=64)
    assert chosen(recommend(hosts, measured_compression())).transport is COMPRESSION


def test_few_bytes_on_the_network_overrule_smb_direct():
    assert chosen(advise(EMPTY, {"goal": "network"}, RDMA_25, cores=64)).transport is COMPRESSION


def test_smb_direct_that_misses_the_goals_is_not_kept():
    capped = {"network": {"cap_gbps": 1}}
    hosts = scenario(RDMA_25, vms=[EMPTY], power=TUNED, cores=64, more=capped, goals={"window_s": 400})
    assert chosen(recommend(hosts)).transport is COMPRESSION


# ---------------------------------------------------------------- limits


def test_a_window_that_is_kept_is_no_matter():
    answer = advise(STORED, {"window_s": 3600})
    assert chosen(answer).verdict in {Verdict.READY, Verdict.CONDITIONS}
    assert "miss" not in answer.summary


def test_a_missed_window_is_said_with_numbers():
    answer = advise(STORED, {"window_s": 5})
    best = chosen(answer)
    assert best.verdict is Verdict.NOT_RECOMMENDED
    assert answer.summary.startswith(f"Best found: {best.label}, but it misses the window of 5 s: the VM moves in ")
    assert "No option does all you ask; this one comes nearest (total time p80 " in answer.summary
    assert answer.summary.endswith(" against a window of 5 s).")
    assert all("all moves together miss the window" in vm.reasons for vm in answer.vms)
    assert all(
        option.rejected_by and "against a window of 5 s" in option.rejected_by
        for option in answer.options
        if option is not best and not option.rejected_by.startswith("R01")
    )


def test_hardware_is_recommended_only_where_nothing_else_meets_the_goals():
    window = chosen(advise(STORED, {})).total_s.p95
    assert chosen(advise(STORED, {"window_s": window})).tier is not Tier.HARDWARE
    tight = advise(STORED, {"window_s": window / 2})
    assert chosen(tight).tier is Tier.HARDWARE
    assert chosen(tight).total_s.p50 < window / 2
    assert tight.why[0] == "Nothing short of new hardware meets your goals."


def test_where_nothing_meets_the_goals_the_nearest_is_named():
    # By network alone it would be compression, the slowest here by far; nearest to the window is another.
    answer = advise(EMPTY, {"goal": "network", "window_s": 2}, cores=2, cpu_busy=0.0)
    assert chosen(answer).transport is MULTICHANNEL
    assert chosen(answer).tier is not Tier.HARDWARE


def test_a_blackout_limit_that_is_missed_is_said_with_its_name():
    goals = {"max_blackout_s": 5.0, "max_blackout_name": "guest_cluster_2012R2"}
    answer = advise({**WRITING, "dirty_rate_mib_s": 4000}, goals, {"speed_gbps": 1, "count": 2})
    missed = options(answer, TCPIP)[0].rejected_by
    assert missed is not None
    assert "blackout p80" in missed
    assert "against a limit of 5 s (guest_cluster_2012R2)" in missed


def test_only_the_vm_whose_blackout_breaks_the_limit_is_not_recommended():
    vms = [{**WRITING, "dirty_rate_mib_s": 4000}, {"name": "quiet", "memory_gib": 4, "workload": "idle"}]
    nic = {"speed_gbps": 1, "rdma": "iwarp", "rdma_enabled": True}  # RDMA-capable: no hardware is offered
    answer = recommend(scenario(nic, vms=vms, goals={"max_blackout_s": 10}))
    verdicts = {vm.name: vm.verdict for vm in answer.vms}
    assert verdicts["writing"] is Verdict.NOT_RECOMMENDED
    assert verdicts["quiet"] is not Verdict.NOT_RECOMMENDED
    writing = next(vm for vm in answer.vms if vm.name == "writing")
    assert "against a limit of 10 s" in writing.reasons[0]
    assert not writing.converges
    assert any("does not converge" in line for line in answer.why)


@pytest.mark.parametrize("limit_s", [0.4, 1.0, 2.9])
def test_a_limit_below_3_s_is_unknown_until_measured(limit_s):
    answer = advise(STORED, {"max_blackout_s": limit_s})
    assert chosen(answer).verdict is Verdict.UNKNOWN
    assert {vm.verdict for vm in answer.vms} == {Verdict.UNKNOWN}
    assert answer.summary.startswith("Best found: ")
    assert f"the longest blackout of {limit_s:g} s is not known until you measure: the VM moves in" in answer.summary
    assert any("cannot be promised" in line for line in answer.why)


def test_the_users_own_blackouts_let_it_be_judged():
    card = shipped_card("hyperv")
    everywhere = Coverage("calibrated", 30, 3, (1, 100), (1, 8), (1, 128), (1, 8), ("2019",))
    seen = dict.fromkeys((str(transport) for transport in Transport), everywhere)
    own = replace(card, kind="calibrated", blackout_coverage=seen)
    hosts = scenario(vms=[STORED], goals={"max_blackout_s": 2.9}, power=TUNED)
    best = chosen(recommend(hosts, own))
    assert best.blackout_basis is Basis.CALIBRATED
    assert best.verdict in {Verdict.READY, Verdict.CONDITIONS}


def test_a_limit_that_even_luck_breaks_is_missed_not_unknown():
    answer = advise(
        {**WRITING, "dirty_rate_mib_s": 8000}, {"max_blackout_s": 1}, {"speed_gbps": 1, "count": 2}, os="2012"
    )
    assert chosen(answer).verdict is Verdict.NOT_RECOMMENDED
    assert answer.vms[0].verdict is Verdict.NOT_RECOMMENDED


def test_storage_that_moves_too_makes_a_vm_unknown():
    answer = advise({**STORED, "move": "memory_and_storage"}, {})
    assert answer.vms[0].verdict is Verdict.UNKNOWN
    assert "its storage moves too" in answer.vms[0].reasons[0]


# ---------------------------------------------------------------- risk


def test_risk_changes_which_quantile_is_held():
    total = chosen(advise(STORED, {})).total_s
    window = (total.p50 + total.p95) / 2  # kept at the middle, broken at p95
    missed = {
        risk: any(
            option.rejected_by and f"total time {held}" in option.rejected_by
            for option in advise(STORED, {"risk": risk, "window_s": window}).options
        )
        for risk, held in (("aggressive", "p50"), ("balanced", "p80"), ("conservative", "p95"))
    }
    assert missed["conservative"]
    assert missed["aggressive"]  # the slow ways miss at any risk
    kept = [advise(STORED, {"risk": risk, "window_s": window}).recommended for risk in ("aggressive", "conservative")]
    assert kept[0] is not None
    assert kept[1] is not None
    assert kept[0].tier is not Tier.HARDWARE
    assert kept[1].tier is Tier.HARDWARE


# ---------------------------------------------------------------- nothing allowed; ties


def test_nothing_allowed_is_no_recommendation_but_reasons():
    other = {"os": "2019", "nics": [{"speed_gbps": 10}], "cpu_vendor": "amd"}
    answer = recommend(scenario(cpu_vendor="intel", more={"destination": other}))
    assert answer.recommended is None
    assert answer.summary.startswith("Nothing can be recommended: every option is forbidden. K01:")
    assert answer.options
    assert all(option.rejected_by and "K01" in option.rejected_by for option in answer.options)
    assert all(option.verdict is Verdict.NOT_RECOMMENDED for option in answer.options)
    assert (answer.vms, answer.why, answer.tiers, answer.timeline, answer.acceptance) == ((), (), (), (), None)


def test_forbidden_by_different_rules_is_said_so():
    # Windows Server 2012 has TCP/IP alone, and another rule forbids that one.
    answer = recommend(scenario(os="2012", team={"kind": "set", "balancing": "hyperv_port"}))
    assert answer.recommended is None
    assert "N04" in answer.summary or "the reasons stand with the options" in answer.summary


def test_ties_go_to_the_least_effort():
    # One 1 GbE link and nothing compressible: every transport takes as long, and today's is kept.
    hosts = scenario(
        {"speed_gbps": 1}, vms=[{**STORED, "compression_ratio": 1.0}], performance_option="TCPIP", power=TUNED
    )
    answer = recommend(hosts)
    best = chosen(answer)
    assert (best.tier, best.changes, best.transport) == (Tier.TODAY, (), TCPIP)
    assert answer.summary.startswith("Stay with TCP/IP")


def test_an_option_no_worse_in_the_bad_case_is_not_given_up_for_a_little():
    hosts = scenario(
        RDMA_25, vms=[{"name": "vm", "count": 10, "memory_gib": 16}], cores=32, cpu_busy=0.5, performance_option="SMB"
    )
    answer = recommend(hosts)
    assert chosen(answer).transport is RDMA
    squeezed = options(answer, COMPRESSION)[0]
    assert squeezed.total_s.p50 < chosen(answer).total_s.p50
    assert squeezed.total_s.p95 > chosen(answer).total_s.p95
    assert squeezed.rejected_by is not None
    assert "asks for more and gains little" in squeezed.rejected_by
    assert "but p95" in squeezed.rejected_by
