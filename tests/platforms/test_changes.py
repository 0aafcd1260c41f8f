"""Changes: each does one thing, says so, and finds nothing to do where it is done already."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from advisor.domain.hosts import Balancing, PowerPlan, Rdma
from advisor.domain.options import Tier
from advisor.platforms import changes
from tests.paths.pairs import IWARP, NIC, host, pair

TUNED = {
    "power": {"plan": "high_performance", "c_states": False},
    "nics": [{"speed_gbps": 10, "mtu_bytes": 9000, "rss": True, "count": 2}],
}
ROCE = {**IWARP, "rdma": "roce"}
CLUSTER = {"cluster": {}}
CAPPED = {"smb": {"limit_feature": True}, "os": "2022"}

# what to change, where there is something to do, its short name, its tier, whether it disrupts
ACTS: list[tuple[changes.Improvement, dict[str, Any], str, Tier, str]] = [
    (changes.jumbo_frames, {}, "jumbo", Tier.TUNING, "disruptive"),
    (changes.receive_side_scaling, {"nics": [{**NIC, "rss": False}]}, "rss", Tier.TUNING, "disruptive"),
    (changes.receive_side_scaling, {"nics": [{**NIC, "rss": True, "rss_queues": 1}]}, "rss", Tier.TUNING, "disruptive"),
    (changes.power_plan, {}, "power plan", Tier.TUNING, "online"),
    (changes.c_states, {}, "C-states off", Tier.TUNING, "disruptive"),
    (changes.multichannel_enabled, {"smb": {"multichannel": False}}, "multichannel on", Tier.SETTINGS, "online"),
    (changes.team_dissolved, {"team": {"kind": "lbfo", "balancing": "dynamic"}}, "no team", Tier.TUNING, "disruptive"),
    (changes.dynamic_team, {}, "Dynamic team", Tier.TUNING, "disruptive"),
    (changes.rdma_enabled, {"nics": [{**ROCE, "rdma_enabled": False}]}, "RDMA on", Tier.TUNING, "disruptive"),
    (changes.data_center_bridging, {"nics": [ROCE]}, "DCB", Tier.TUNING, "disruptive"),
    (changes.second_nic, {"nics": [NIC]}, "2nd NIC", Tier.HARDWARE, "disruptive"),
    (changes.rdma_nics, {}, "2x25 GbE RDMA", Tier.HARDWARE, "disruptive"),
    (changes.smb_limit_removed, {"smb": {"limit_mib_s": 50}}, "SMB limit removed", Tier.SETTINGS, "online"),
    (partial(changes.faster_nics, speed_gbps=25.0), {}, "25 GbE", Tier.HARDWARE, "disruptive"),
    (partial(changes.faster_nics, speed_gbps=100.0), {"nics": [IWARP]}, "100 GbE", Tier.HARDWARE, "disruptive"),
]


@pytest.mark.parametrize(("improve", "fields", "code", "tier", "disruption"), ACTS)
def test_a_change_acts_once_on_both_ends(improve, fields, code, tier, disruption):
    before = pair({**host(), **fields})
    offer = improve(before)
    (change,) = offer.changes
    assert (change.code, change.tier, change.disruption) == (code, tier, disruption)
    assert change.current != change.recommended
    assert offer.pair.source != before.source
    assert offer.pair.destination != before.destination
    if (
        improve is not changes.rdma_nics
    ):  # new NICs are not looked at again: hosts without RDMA are the only ones offered them
        assert improve(offer.pair).changes == ()


@pytest.mark.parametrize(
    ("improve", "fields"),
    [
        (changes.jumbo_frames, TUNED),
        (changes.receive_side_scaling, {}),  # not known counts as Windows leaves it: on
        (changes.receive_side_scaling, TUNED),
        (changes.power_plan, TUNED),
        (changes.c_states, TUNED),
        (changes.c_states, {"power": {"plan": "high_performance"}}),  # taken to follow the plan
        (changes.multichannel_enabled, {}),
        (changes.team_dissolved, {"team": {"kind": "set", "balancing": "hyperv_port"}}),
        (changes.dynamic_team, {"os": "2012"}),
        (changes.dynamic_team, {"os": "AzureLocal"}),
        (changes.dynamic_team, {"vnic": {}}),
        (changes.dynamic_team, {"nics": [NIC]}),
        (changes.dynamic_team, {"nics": [NIC, {"speed_gbps": 1}]}),
        (changes.dynamic_team, {"team": {"kind": "lbfo", "balancing": "transport_ports"}}),
        (changes.rdma_enabled, {"nics": [IWARP]}),
        (changes.rdma_enabled, {}),
        (changes.data_center_bridging, {"nics": [IWARP]}),
        (changes.data_center_bridging, {"nics": [{**ROCE, "pfc": True, "ets": True, "vlan_id": 711}]}),
        (changes.second_nic, {}),
        (changes.smb_limit_raised, {}),
        (changes.smb_limit_removed, {}),
        (changes.smb_limit_removed, {"smb": {"limit_mib_s": 50, "limit_feature": False}}),
        (partial(changes.faster_nics, speed_gbps=25.0), {"nics": [IWARP]}),
        (partial(changes.faster_nics, speed_gbps=25.0), {"nics": [{"speed_gbps": 40, "count": 2}]}),
    ],
)
def test_a_change_with_nothing_to_do_changes_nothing(improve, fields):
    before = pair({**host(), **fields})
    offer = improve(before)
    assert offer.changes == ()
    assert offer.pair == before


@pytest.mark.parametrize(("speed", "count", "expected"), [(1, 1, 1), (1, 4, 2), (10, 4, 2), (10, 8, 8), (5, 3, 2)])
def test_two_faster_nics_stand_for_more_where_they_carry_as_much(speed, count, expected):
    after = changes.faster_nics(pair(host({**NIC, "speed_gbps": speed, "count": count})), speed_gbps=25.0)
    assert changes.nics_of(after.pair.source) == f"{expected} x 25 GbE"
    assert after.changes[0].recommended.startswith(f"{expected} x 25 GbE")


def test_one_end_is_enough_for_a_change():
    before = pair(host(), {**host(), **TUNED})
    offer = changes.power_plan(before)
    assert [change.code for change in offer.changes] == ["power plan"]
    assert offer.pair.destination == before.destination


def test_the_power_plan_says_nothing_of_c_states():
    after = changes.power_plan(pair(host())).pair
    assert after.source.power.plan is PowerPlan.HIGH_PERFORMANCE
    assert after.source.power.c_states is True
    assert after.source.power.sleeping == 1.0
    assert changes.c_states(after).pair.source.power.sleeping == 0.0


def test_jumbo_raises_the_switches_too_and_counts_what_is_on():
    mixed = pair(host({**NIC, "mtu_bytes": 9000}, NIC), network={"switch_mtu_bytes": 1500})
    offer = changes.jumbo_frames(mixed)
    assert offer.changes[0].current == "on some of them"
    assert offer.pair.network.switch_mtu_bytes == changes.JUMBO_BYTES
    only_switch = changes.jumbo_frames(pair({**host(), **TUNED}, network={"switch_mtu_bytes": 1500}))
    assert [change.code for change in only_switch.changes] == ["jumbo"]
    assert only_switch.pair.network.switch_mtu_bytes == changes.JUMBO_BYTES


def test_nics_that_are_not_selected_are_left_alone():
    other = {"speed_gbps": 1, "selected": False, "name": "management"}
    after = changes.apply_all(pair(host(NIC, other)), (changes.jumbo_frames, changes.second_nic)).pair
    assert after.source.nics[-1].mtu_bytes == 1500
    assert after.source.nics[-1].count == 1
    assert len(after.source.migration_nics) == 2
    assert changes.rdma_nics(pair(host(NIC, other))).pair.source.nics[-1].name == "management"


def test_the_team_is_dynamic_and_native():
    team = changes.dynamic_team(pair(host())).pair.source.team
    assert team is not None
    assert (team.kind, team.mode, team.balancing) == ("lbfo", "switch_independent", Balancing.DYNAMIC)


def test_new_nics_speak_a_protocol_that_asks_nothing_of_the_switches():
    after = changes.rdma_nics(pair(host(team={"kind": "lbfo", "balancing": "dynamic"}, vnic={}))).pair.source
    assert {nic.rdma for nic in after.migration_nics} == {Rdma.IWARP}
    assert after.team is None
    assert after.vnic is None


def test_faster_nics_are_as_many_and_keep_what_they_can() -> None:
    other = {"speed_gbps": 1, "selected": False, "name": "management"}
    team = {"kind": "set", "balancing": "hyperv_port"}
    slow = {**IWARP, "speed_gbps": 10, "count": 2, "mtu_bytes": 9000}
    before = pair(host(slow, {"speed_gbps": 40}, other, team=team))
    offer = changes.faster_nics(before, speed_gbps=25.0)
    (nic, fast, management) = offer.pair.source.nics
    assert (nic.speed_gbps, nic.count, nic.rdma, nic.mtu_bytes) == (25.0, 2, Rdma.IWARP, 9000)
    assert fast.speed_gbps == 40, "what is faster already stays"
    assert (management.name, management.speed_gbps) == ("management", 1)
    assert offer.pair.source.team == before.source.team
    assert offer.changes[0].current == "2 x 10 GbE, 1 x 40 GbE"


@pytest.mark.parametrize("speed_gbps", [25.0, 100.0])
def test_nics_with_rdma_are_of_the_speed_asked_for(speed_gbps: float) -> None:
    offer = changes.rdma_nics(pair(host()), speed_gbps=speed_gbps)
    assert {nic.speed_gbps for nic in offer.pair.source.migration_nics} == {speed_gbps}
    assert offer.changes[0].code == f"2x{speed_gbps:g} GbE RDMA"


def test_the_clusters_limit_is_raised_where_it_is_in_force():
    offer = changes.smb_limit_raised(pair({**host(), **CAPPED}, **CLUSTER))
    assert offer.pair.cluster is not None
    assert offer.pair.cluster.smb_limit_factor == changes.RAISED_SMB_FACTOR
    assert offer.changes[0].current == "25 % of all adapters"
    assert changes.smb_limit_raised(offer.pair).changes == ()


@pytest.mark.parametrize(
    ("fields", "cluster"),
    [
        (CAPPED, None),
        (CAPPED, {"smb_limit_enabled": False}),
        (CAPPED, {"virtual_nodes": True}),
        (CAPPED, {"smb_limit_factor": 6000}),
        ({}, {}),
    ],
)
def test_the_clusters_limit_is_left_alone_elsewhere(fields, cluster):
    before = pair({**host(), **fields}, cluster=cluster)
    assert changes.smb_limit_raised(before).pair == before
