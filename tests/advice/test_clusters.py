"""Clusters, unlike ends, measured curves and large batches."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from advisor.advice import estimate, recommend
from advisor.advice.prepare import MOVES_AT_MOST
from advisor.domain.answers import Basis, Verdict
from advisor.domain.options import Tier, Transport
from advisor.domain.scenario import Scenario
from advisor.errors import CardError, ScenarioError, UnknownNameError
from advisor.platforms import get_platform
from advisor.residual.card import unlearned_card
from tests.advice.lab import RDMA_25, TUNED, Fields, chosen, options, scenario
from tests.platforms import toy

TCPIP, COMPRESSION, MULTICHANNEL, RDMA = Transport
NIC: Fields = {"speed_gbps": 10, "count": 2}


def node(name: str, *nics: Fields, **fields: Any) -> Fields:
    return {
        "name": name,
        "os": "2022",
        "cores": 16,
        "cpu_busy": 0.2,
        "nics": list(nics) or [NIC],
        "cpu_vendor": "intel",
        "power": TUNED,
        **fields,
    }


def cluster(*nodes: Fields, vms: list[Fields], **fields: Any) -> Scenario:
    return Scenario.model_validate({"nodes": list(nodes), "vms": vms, "cluster": {}, **fields})


def vm(name: str, host: str | None = None, **fields: Any) -> Fields:
    return {
        "name": name,
        "memory_gib": 16,
        "workload": "idle",
        "vcpus": 2,
        **({"host": host} if host else {}),
        **fields,
    }


# ---------------------------------------------------------------- a ring of nodes


def test_each_node_sends_to_the_next_and_the_last_to_the_first():
    answer = recommend(
        cluster(node("a"), node("b"), node("c"), vms=[vm("1", "a"), vm("2", "b"), vm("3", "c"), vm("4")])
    )
    assert [(one.name, one.source, one.destination) for one in answer.vms] == [
        ("1", "a", "b"),
        ("4", "a", "b"),
        ("2", "b", "c"),
        ("3", "c", "a"),
    ]
    assumed = {one.what: one.value for one in answer.assumptions}
    assert "ring" in assumed["destination of each node's VMs"]
    assert assumed["node of VMs with no host"] == "a"


def test_the_drains_of_the_nodes_add_up():
    nodes = (node("a"), node("b"))
    both = estimate(cluster(*nodes, vms=[vm("1", "a"), vm("2", "b")]), TCPIP)
    each = [estimate(cluster(*nodes, vms=[vm("1", host)]), TCPIP) for host in "ab"]
    assert both.total_s.p50 == pytest.approx(sum(one.total_s.p50 for one in each), rel=1e-6)
    assert both.sent_gib == pytest.approx(sum(one.sent_gib for one in each))
    # The nodes share their constants, so what is not known does not average out.
    assert both.total_s.p95 == pytest.approx(sum(one.total_s.p95 for one in each), rel=0.02)
    assert both.blackout_ms.p50 == pytest.approx(max(one.blackout_ms.p50 for one in each))


def test_one_setting_serves_all_nodes():
    slow = node("b", {"speed_gbps": 1}, performance_option="TCPIP")
    answer = recommend(
        cluster(
            node("a", performance_option="SMB"),
            slow,
            node("c", performance_option="SMB"),
            vms=[vm("1", "a"), vm("2", "b"), vm("3", "c")],
        )
    )
    best = chosen(answer)
    (setting,) = (change for change in best.changes if change.code == "transport")
    assert "on every host" in setting.what + setting.recommended
    for host, option in (("a, c", "SMB"), ("b", "TCP/IP")):
        assert option == best.label.partition(" + ")[0] or f"{option} on {host}" in setting.current


def test_nodes_that_agree_already_need_no_setting():
    answer = recommend(
        cluster(node("a", performance_option="SMB"), node("b", performance_option="SMB"), vms=[vm("1", "a")])
    )
    multichannel = options(answer, MULTICHANNEL)[0]
    assert (multichannel.tier, multichannel.changes) == (Tier.TODAY, ())


def test_the_lowest_limit_of_all_nodes_is_todays():
    nodes = [
        node("a", simultaneous=4, os="2019"),
        node("b", simultaneous=2, os="2019"),
        node("c", simultaneous=8, os="2019"),
    ]
    assert estimate(cluster(*nodes, vms=[vm("1", "a", count=8)]), TCPIP).simultaneous == 2
    with_property = cluster(*nodes, vms=[vm("1", "a", count=8)], cluster={"max_parallel_migrations": 3})
    assert estimate(with_property, TCPIP).simultaneous == 3


def test_what_one_pair_forbids_is_forbidden_for_all():
    nodes = (node("a", RDMA_25), node("b", RDMA_25), node("c", {"speed_gbps": 25, "count": 2}))
    vms = [vm("1", "a"), vm("2", "b"), vm("3", "c")]
    direct = options(recommend(cluster(*nodes, vms=vms)), RDMA)
    assert direct[-1].verdict is Verdict.NOT_RECOMMENDED
    assert "the destination's NICs cannot do RDMA" in str(direct[-1].rejected_by)
    # Where SMB cannot use RDMA on every pair, Multichannel is something to choose.
    assert options(recommend(cluster(*nodes, vms=vms)), MULTICHANNEL)


def test_findings_of_equal_pairs_are_told_once():
    answer = recommend(cluster(node("a"), node("b"), vms=[vm("1", "a"), vm("2", "b")]))
    told = [(found.rule, found.answer, found.message) for found in chosen(answer).findings]
    assert len(told) == len(set(told))


def test_assumptions_alike_are_told_once():
    bare = [{"name": name, "os": "2022", "nics": [NIC]} for name in "abcde"]
    guests = [{"name": f"guest-{n}", "memory_gib": 8, "host": "a"} for n in range(30)]
    assumptions = recommend(cluster(*bare, vms=guests)).assumptions
    whats = [one.what for one in assumptions]
    assert "every host: cores" in whats
    assert "guest-0, guest-1, guest-2 and 27 more: virtual processors" in whats
    assert len(whats) == len(set(whats)) < 15


# ---------------------------------------------------------------- unlike ends


def test_unlike_ends_meet_at_the_lesser():
    small = {"os": "2016", "cores": 4, "cpu_busy": 0.5, "nics": [{"speed_gbps": 1}], "power": TUNED, "name": "small"}
    unlike = scenario(NIC, name="large", power=TUNED, more={"destination": small})
    alike = scenario({"speed_gbps": 1}, power=TUNED, os="2016")
    assert estimate(unlike, TCPIP).total_s.p50 == pytest.approx(estimate(alike, TCPIP).total_s.p50, rel=0.01)
    squeezed = estimate(unlike, COMPRESSION)
    assert squeezed.cpu_cores.destination <= 2.0 + 0.5
    (one,) = recommend(unlike).vms
    assert (one.source, one.destination) == ("large", "small")
    assumed = [
        each.what for each in recommend(scenario(NIC, more={"destination": {"os": "2016", "nics": [NIC]}})).assumptions
    ]
    assert "destination: cores" in assumed
    assert "destination host" not in assumed


def test_two_hosts_set_differently_are_set_alike():
    other = {"os": "2019", "nics": [NIC], "performance_option": "TCPIP", "name": "b"}
    answer = recommend(scenario(NIC, name="a", performance_option="SMB", more={"destination": other}))
    (setting,) = (change for change in options(answer, MULTICHANNEL)[0].changes if change.code == "transport")
    assert (setting.current, setting.recommended) == ("TCP/IP on b", "SMB (SMB Multichannel) on every host")


# ---------------------------------------------------------------- what binds is what is named


@pytest.mark.parametrize(
    ("fields", "transport", "limit"),
    [
        ({}, MULTICHANNEL, "what the hosts push through each NIC"),
        ({"more": {"network": {"background_gbps": 2}}}, MULTICHANNEL, "each NIC beside other traffic"),
        ({"more": {"network": {"background_gbps": 15}}}, MULTICHANNEL, "other traffic on the same NICs"),
        ({"more": {"network": {"cap_gbps": 3}}}, TCPIP, "the network's cap, 3.0 Gbit/s"),
        ({"smb": {"limit_mib_s": 500}}, MULTICHANNEL, "Set-SmbBandwidthLimit, 4.2 Gbit/s"),
        ({"cores": 2}, COMPRESSION, "idle cores for compression"),
        ({"smb": {"multichannel": False}}, MULTICHANNEL, "1 of 2 NICs in use"),
        (
            {"os": "2012R2", "vnic": {"count": 1}, "team": {"kind": "lbfo", "balancing": "dynamic"}},
            TCPIP,
            "one core receiving",
        ),
        (
            {"vms": [{"name": "tiny", "count": 20, "memory_gib": 0.5, "workload": "idle"}], "simultaneous": 4},
            TCPIP,
            "which no NIC cures",
        ),
    ],
)
def test_what_binds_the_time_is_named(fields, transport, limit):
    assert limit in estimate(scenario(power=TUNED, **fields), transport).limit


def test_one_gigabit_is_the_link_itself():
    assert estimate(scenario({"speed_gbps": 1}, power=TUNED), TCPIP).limit.startswith("the link, 0.9")


def test_memory_copy_binds_very_fast_links():
    fast = {"speed_gbps": 400, "count": 4, "mtu_bytes": 9000, "rdma": "iwarp", "rdma_enabled": True}
    assert "memory copy and PCIe" in estimate(scenario(fast, vms=[vm("big", memory_gib=2000)]), RDMA).limit


def test_two_vnics_receive_on_two_cores():
    fields: Fields = {"os": "2012R2", "team": {"kind": "lbfo", "balancing": "hyperv_port"}, "power": TUNED}
    one, two = (
        estimate(scenario(vnic={"count": count, "team_mapped": True}, **fields), MULTICHANNEL).total_s.p50
        for count in (1, 2)
    )
    assert two < 0.6 * one


# ---------------------------------------------------------------- measured curves


def test_a_measured_curve_does_what_the_rate_it_stands_for_does():
    points = [
        {"seconds": t, "dirty_mib": 2048 * (1 - 2.718281828 ** (-200 * t / 2048))} for t in (0.5, 2, 5, 10, 20, 60)
    ]
    by_curve = {"name": "curve", "memory_gib": 32, "vcpus": 2, "dirty_curve": points}
    by_rate = {"name": "rate", "memory_gib": 32, "vcpus": 2, "dirty_rate_mib_s": 200, "working_set_gib": 2}
    one, other = (estimate(scenario(vms=[each]), TCPIP) for each in (by_curve, by_rate))
    assert one.total_s.p50 == pytest.approx(other.total_s.p50, rel=0.02)
    assert one.blackout_ms.p50 == pytest.approx(other.blackout_ms.p50, rel=0.1)
    assert not any("dirtying" in each.what for each in one.assumptions)


@pytest.mark.parametrize("pattern", ["uniform", "sequential", "hot_cold"])
def test_every_pattern_of_writes_dirties(pattern):
    writing = {"name": "w", "memory_gib": 32, "dirty_rate_mib_s": 500, "working_set_gib": 8, "dirty_pattern": pattern}
    quiet = {"name": "w", "memory_gib": 32, "dirty_rate_mib_s": 0}
    answers = [estimate(scenario(vms=[each]), TCPIP) for each in (writing, quiet)]
    assert answers[0].sent_gib > answers[1].sent_gib + 1
    assert answers[1].sent_gib == pytest.approx(32)


# ---------------------------------------------------------------- what cannot be advised on


def test_an_unknown_workload_is_named_with_those_that_are_known():
    with pytest.raises(UnknownNameError, match="no workload is called 'chess'; known: database_oltp"):
        recommend(scenario(vms=[vm("1", workload="chess")]))


def test_a_card_of_another_platform_is_refused():
    with pytest.raises(CardError, match=r"card is of another platform.*got toy.*allowed: hyperv"):
        recommend(scenario(), unlearned_card(toy.PLATFORM))


def test_a_card_before_any_run_is_surer_of_nothing():
    described = scenario(power=TUNED)
    shipped, unlearned = (estimate(described, TCPIP, card) for card in (None, unlearned_card(get_platform("hyperv"))))
    assert unlearned.basis is Basis.PHYSICS
    assert unlearned.total_s.p50 == pytest.approx(shipped.total_s.p50, rel=0.15)
    assert unlearned.total_s.p95 / unlearned.total_s.p05 > shipped.total_s.p95 / shipped.total_s.p05


# ---------------------------------------------------------------- large batches


@pytest.mark.parametrize(
    "vms",
    [
        [{"name": "many", "memory_gib": 1, "count": 4096}, {"name": "one more", "memory_gib": 1}],
        [{"name": f"vm{n}", "memory_gib": 1, "count": 4} for n in range(2500)],
    ],
)
def test_too_many_moves_are_refused_with_what_is_allowed(vms):
    total = sum(one.get("count", 1) for one in vms)
    with pytest.raises(ScenarioError) as error:
        recommend(scenario(vms=vms))
    assert f"got {total:,}" in str(error.value)
    assert f"up to {MOVES_AT_MOST:,} moves" in str(error.value)
    assert "mend:" in str(error.value)


@pytest.mark.no_cover
@pytest.mark.slow
def test_as_many_moves_as_are_allowed_are_walked():
    answer = estimate(scenario(vms=[vm("many", count=MOVES_AT_MOST, memory_gib=0.5)], simultaneous=8), TCPIP)
    assert answer.total_s.p50 > MOVES_AT_MOST * 0.5 * 2**30 / 2.5e9
    assert len(answer.timeline) < 1000


def peak_bytes(count: int) -> int:
    """Most memory held while so many moves, 8 at a time, are advised on."""
    many = scenario(RDMA_25, vms=[vm("many", count=count, memory_gib=4)], simultaneous=8)
    tracemalloc.start()
    try:
        answer = recommend(many)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert chosen(answer).total_s.p50 > count * 4 * 2**30 / 6.25e9
    return peak


def test_memory_is_bounded_for_hundreds_of_vms():
    assert peak_bytes(150) < 100 * 2**20


@pytest.mark.no_cover
@pytest.mark.slow
def test_memory_stays_bounded_for_many_more():
    assert peak_bytes(500) < 200 * 2**20
