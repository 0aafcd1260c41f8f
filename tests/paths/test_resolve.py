"""What a path resolves to: teams, NICs, connections, what RDMA needs, MTU, CPU, background."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.domain.options import Transport
from advisor.paths import Path, why_no_rdma
from advisor.units import gbps_to_bytes_s
from tests.paths.pairs import IWARP, NIC, Fields, host, pair, path

# ---------------------------------------------------------------- teams: mode x balancing x moves x native or vNIC

HASHES = ("transport_ports", "ip_addresses", "mac_addresses")
CONTESTED = {2.0: 0.75, 1.0: 0.25}  # the documentation says one receiver, a field test saw all members
TWO_FLOWS_HASHED_TWICE = {2.0: 0.25, 1.0: 0.75}  # each of two flows over two members, at either end
SIX_FLOWS_FULLEST = {2.0: 0.3125, 1.5: 0.46875, 1.2: 0.1875, 1.0: 0.03125}


def team(mode: str, balancing: str, **fields: Any) -> Fields:
    return {"kind": "lbfo", "mode": mode, "balancing": balancing, "one_logical_switch": True, **fields}


def use(found: Path) -> dict[float, float]:
    return dict(found.occupancy)


@pytest.mark.parametrize("moves", [1, 2, 6])
@pytest.mark.parametrize("balancing", HASHES)
@pytest.mark.parametrize("transport", ["tcpip", "compression", "multichannel"])
def test_switch_independent_address_hash_receives_on_one_member(transport, balancing, moves):
    hosts = pair(host(team=team("switch_independent", balancing)))
    assert use(path(hosts, transport, moves=moves)) == {1.0: 1.0}


@pytest.mark.parametrize("mode", ["switch_independent", "lacp", "static"])
@pytest.mark.parametrize(
    ("vnics", "transport", "expected"),
    [
        (None, "tcpip", {1.0: 1.0}),
        (1, "tcpip", {1.0: 1.0}),
        (2, "tcpip", {1.0: 1.0}),  # two vNICs are two networks, and TCP/IP uses one at a time
        (2, "compression", {1.0: 1.0}),
        (1, "multichannel", {1.0: 1.0}),
    ],
)
def test_hyperv_port_holds_one_port_to_one_member(mode, vnics, transport, expected):
    vnic = {} if vnics is None else {"vnic": {"count": vnics, "team_mapped": True}}
    hosts = pair(host(team=team(mode, "hyperv_port"), **vnic))
    assert use(path(hosts, transport, moves=6)) == expected


def test_hyperv_port_with_pinned_vnics_gives_multichannel_a_member_each():
    mapped = host(team=team("switch_independent", "hyperv_port"), vnic={"count": 2, "team_mapped": True})
    assert use(path(pair(mapped), "multichannel")) == {2.0: 1.0}


def test_unpinned_vnics_may_share_a_member():
    loose = host(team=team("switch_independent", "hyperv_port"), vnic={"count": 2})
    # Two ports on two members: half of the time on one, at either end.
    assert use(path(pair(loose), "multichannel")) == pytest.approx({2.0: 0.25, 1.0: 0.75})


@pytest.mark.parametrize("transport", ["tcpip", "compression"])
@pytest.mark.parametrize(("moves", "expected"), [(1, {1.0: 1.0}), (2, CONTESTED), (6, CONTESTED)])
def test_dynamic_uses_all_members_for_several_moves_as_the_likelier_mode(transport, moves, expected):
    hosts = pair(host(os="2012R2", team=team("switch_independent", "dynamic")))
    assert use(path(hosts, transport, moves=moves)) == expected


@pytest.mark.parametrize("moves", [1, 6])
def test_dynamic_with_a_vnic_receives_on_the_member_of_its_port(moves):
    hosts = pair(host(team=team("switch_independent", "dynamic"), vnic={"count": 1}))
    assert use(path(hosts, "tcpip", moves=moves)) == {1.0: 1.0}


def test_dynamic_sends_from_a_vnic_by_every_member():
    sender = host(team=team("switch_independent", "dynamic"), vnic={"count": 1})
    receiver = host(team=team("lacp", "dynamic", switch_hashes_ports=True))
    # All luck is the receiver's: what hashes to one of its two members.
    assert use(path(pair(sender, receiver), "tcpip", moves=2)) == {2.0: 0.5, 1.0: 0.5}


def test_multichannel_over_a_native_dynamic_team_is_like_several_streams():
    hosts = pair(host(team=team("switch_independent", "dynamic")))
    assert use(path(hosts, "multichannel")) == CONTESTED


@pytest.mark.parametrize("mode", ["lacp", "static"])
@pytest.mark.parametrize("balancing", ["transport_ports", "dynamic"])
@pytest.mark.parametrize(("moves", "expected"), [(1, {1.0: 1.0}), (2, TWO_FLOWS_HASHED_TWICE)])
def test_switch_dependent_teams_hash_each_move(mode, balancing, moves, expected):
    assert use(path(pair(host(team=team(mode, balancing))), moves=moves)) == expected


@pytest.mark.parametrize("mode", ["lacp", "static"])
def test_six_moves_over_a_team_at_the_receiver_alone(mode):
    one_fast = host({"speed_gbps": 20})
    hosts = pair(one_fast, host(team=team(mode, "dynamic")))
    # One sender NIC of twice the speed: through the switch it talks to both of the receiver's members.
    assert use(path(hosts, moves=6)) == pytest.approx(SIX_FLOWS_FULLEST)
    both = pair(host(team=team("switch_independent", "dynamic")), host(team=team(mode, "dynamic")))
    assert use(path(both, moves=6)) == pytest.approx(SIX_FLOWS_FULLEST)


@pytest.mark.parametrize(
    ("balancing", "hashes"),
    [
        ("ip_addresses", None),
        ("mac_addresses", None),
        ("transport_ports", False),
        ("dynamic", False),
    ],
)
def test_one_pair_of_addresses_is_one_hash(balancing, hashes):
    addresses = team("lacp", balancing, switch_hashes_ports=hashes)
    assert use(path(pair(host(team=addresses)), moves=6)) == {1.0: 1.0}


def test_fewer_vms_than_the_limit_are_fewer_flows():
    hosts = pair(host(os="2012R2", team=team("switch_independent", "dynamic")))
    assert use(path(hosts, moves=1, simultaneous=8)) == {1.0: 1.0}


def test_a_team_of_one_member_is_no_team():
    hosts = pair(host(NIC, team=team("switch_independent", "dynamic")))
    assert use(path(hosts, moves=6)) == {1.0: 1.0}


# ---------------------------------------------------------------- RDMA: each way to lose it


READY = host(IWARP, IWARP, os="2019")


def test_rdma_is_used_where_both_ends_can():
    found = path(pair(READY), "rdma")
    assert found.effective is Transport.RDMA
    assert found.no_rdma_because == ""
    assert len(found.members) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"nics": [NIC]}, "cannot do RDMA"),
        ({"nics": [{**IWARP, "rdma_enabled": False}]}, "RDMA is off"),
        ({"team": team("switch_independent", "dynamic")}, "LBFO team"),
        ({"smb": {"multichannel": False}}, "Multichannel is off"),
        ({"os": "2012R2", "vnic": {}}, "over a vSwitch"),
        ({"os": "2012", "vnic": {"rdma_enabled": True}}, "over a vSwitch"),
        ({"vnic": {"rdma_enabled": False}}, "host vNICs"),
        ({"smb": {"encryption": True}}, "encryption"),
        ({"nics": [{**IWARP, "rdma": "roce"}]}, "different RDMA protocols"),
    ],
)
@pytest.mark.parametrize("end", ["source", "destination"])
def test_rdma_is_lost_at_either_end(change, reason, end):
    other = {**READY, **change}
    hosts = pair(other, READY) if end == "source" else pair(READY, other)
    found = path(hosts, "rdma")
    assert found.effective is Transport.MULTICHANNEL
    assert reason in found.no_rdma_because
    assert found.no_rdma_because == why_no_rdma(hosts)
    if "different" not in reason:
        assert end in found.no_rdma_because


@pytest.mark.parametrize(
    "change",
    [
        {"os": "2022", "smb": {"encryption": True}},  # encrypts before placement
        {"os": "2016", "vnic": {"rdma_enabled": True}, "team": {"kind": "set", "balancing": "hyperv_port"}},
        {"vnic": {}},  # not known: rules ask for it
        {"nics": [{**IWARP, "rdma_enabled": None}]},
    ],
)
def test_rdma_is_kept(change):
    assert why_no_rdma(pair({**READY, **change})) == ""


def test_not_asking_for_rdma_gives_no_reason():
    assert path(pair(host()), "multichannel").no_rdma_because == ""


def test_only_nics_of_the_shared_protocol_carry_rdma():
    both = host(IWARP, {**IWARP, "rdma": "roce"})
    assert len(path(pair(both, READY), "rdma").members) == 1


def test_rdma_takes_its_fastest_nics_only():
    mixed = host(IWARP, {**IWARP, "speed_gbps": 10}, NIC)
    found = path(pair(mixed), "rdma")
    assert [member.speed_bytes_s for member in found.members] == [gbps_to_bytes_s(25)]


# ---------------------------------------------------------------- Multichannel: which NICs, how many connections


@pytest.mark.parametrize(
    ("nics", "speeds"),
    [
        ([{"speed_gbps": 25}, {"speed_gbps": 10}], [25]),
        ([{"speed_gbps": 25, "rss": False}, {"speed_gbps": 10, "rss": True}], [10]),
        ([{"speed_gbps": 25, "rss": True, "rss_queues": 1}, {"speed_gbps": 10, "rss": True}], [10]),
        ([{"speed_gbps": 10, "rss": False, "count": 2}], [10, 10]),
        ([{"speed_gbps": 10, "count": 2}, {"speed_gbps": 10, "rss": False}], [10, 10]),
        ([{"speed_gbps": 10, "selected": False}, {"speed_gbps": 1}], [1]),
    ],
)
def test_multichannel_prefers_rss_then_speed_and_takes_equals_only(nics, speeds):
    found = path(pair(host(*nics)), "multichannel")
    assert [member.speed_bytes_s for member in found.members] == [gbps_to_bytes_s(speed) for speed in speeds]


@pytest.mark.parametrize(
    ("transport", "nics", "connections"),
    [
        ("tcpip", [{**NIC, "count": 4}], 1),
        ("compression", [{**NIC, "count": 4}], 1),
        ("multichannel", [NIC], 4),
        ("multichannel", [{**NIC, "count": 2}], 8),
        ("multichannel", [{**NIC, "count": 2, "rss": False}], 2),
        ("multichannel", [{**NIC, "count": 2, "rss": True, "rss_queues": 1}], 2),
        ("multichannel", [{**NIC, "count": 8}], 32),
        ("multichannel", [{**NIC, "count": 9}], 32),
        ("multichannel", [{**NIC, "count": 40, "rss": False}], 32),
        ("rdma", [{**IWARP, "count": 2}], 4),
        ("rdma", [{**IWARP, "count": 16}], 32),
        ("rdma", [{**IWARP, "count": 20}], 32),
    ],
)
def test_connections(transport, nics, connections):
    found = path(pair(host(*nics)), transport)
    assert found.connections == connections
    assert found.striped is found.effective.is_smb


def test_multichannel_over_a_team_sees_one_interface():
    assert path(pair(host(team=team("switch_independent", "dynamic"))), "multichannel").connections == 4


def test_multichannel_over_vnics_sees_one_interface_each():
    converged = host(team={"kind": "set", "balancing": "hyperv_port"}, vnic={"count": 2, "team_mapped": True})
    assert path(pair(converged), "multichannel").connections == 8


def test_rss_missing_at_one_end_costs_the_connections():
    assert path(pair(host(NIC), host({**NIC, "rss": False})), "multichannel").connections == 1


def test_multichannel_switched_off_leaves_one_connection_and_one_member():
    off = host(smb={"multichannel": False})
    found = path(pair(off, host()), "multichannel")
    assert found.connections == 1
    assert use(found) == {1.0: 1.0}


# ---------------------------------------------------------------- networks that stand by


@pytest.mark.parametrize(
    ("fields", "transport", "standby"),
    [
        ({}, "tcpip", 1),
        ({}, "compression", 1),
        ({}, "multichannel", 0),
        ({"team": team("switch_independent", "dynamic")}, "tcpip", 0),
        ({"team": {"kind": "set", "balancing": "hyperv_port"}, "vnic": {"count": 3}}, "compression", 2),
        ({"team": {"kind": "set", "balancing": "hyperv_port"}, "vnic": {"count": 3}}, "multichannel", 0),
    ],
)
def test_standby(fields, transport, standby):
    assert path(pair(host(**fields)), transport).standby == standby


def test_tcpip_uses_the_first_selected_nic():
    found = path(pair(host({"speed_gbps": 1}, {"speed_gbps": 10})))
    assert [member.speed_bytes_s for member in found.members] == [gbps_to_bytes_s(1)]


# ---------------------------------------------------------------- what the two ends have in common


@pytest.mark.parametrize(
    ("source", "destination", "switch", "mtu"),
    [
        (9000, 9000, None, 9000),
        (9000, 1500, None, 1500),
        (1500, 9000, None, 1500),
        (9000, 9000, 1500, 1500),
        (9014, 9000, 9216, 9000),
        (4088, 9000, None, 4088),
    ],
)
def test_mtu_is_the_smallest_along_the_path(source, destination, switch, mtu):
    ends = [host({**NIC, "mtu_bytes": size}) for size in (source, destination)]
    assert path(pair(*ends, network={"switch_mtu_bytes": switch})).mtu_bytes == mtu


def test_jumbo_on_one_nic_of_two_stays_on_that_nic():
    found = path(pair(host({**NIC, "mtu_bytes": 9000}, NIC)), "multichannel")
    assert sorted(member.mtu_bytes for member in found.members) == [1500, 9000]
    assert found.mtu_bytes == 1500


def test_unlike_ends_meet_at_the_lesser():
    fast = host({"speed_gbps": 25, "count": 4}, os="2022", cores=64, cpu_busy=0.25)
    slow = host({"speed_gbps": 10, "count": 2}, os="2016", cores=8, cpu_busy=0.5, power={"plan": "high_performance"})
    found = path(pair(fast, slow), "multichannel")
    assert [member.speed_bytes_s for member in found.members] == [gbps_to_bytes_s(10)] * 2
    assert found.cores_free == (48.0, 4.0)
    assert found.oldest_os.value == "2016"
    assert found.sleeping == 1.0  # the source is left at Windows' Balanced plan


@pytest.mark.parametrize("counts", [(1, 4), (4, 1), (3, 2)])
def test_unequal_numbers_of_nics_pair_up(counts):
    ends = [host({**NIC, "count": count}) for count in counts]
    found = path(pair(*ends), "multichannel")
    assert len(found.members) == min(counts)
    assert use(found) == {float(min(counts)): 1.0}


def test_a_vswitch_without_a_team_has_one_nic_a_vnic():
    assert use(path(pair(host(vnic={"count": 1})), "multichannel")) == {1.0: 1.0}
    assert path(pair(host(), host(vnic={})), "multichannel").through_vnic


def test_background_and_the_guaranteed_share_travel_with_the_path():
    found = path(pair(host(), network={"background_gbps": 4, "migration_share": 0.3}))
    assert found.background_bytes_s == gbps_to_bytes_s(4)
    assert found.guaranteed_share == 0.3
    assert path(pair(host())).guaranteed_share == 0.0


def test_line_rate_and_expected_members():
    found = path(pair(host(os="2012R2", team=team("switch_independent", "dynamic"))), moves=2)
    assert found.line_rate_bytes_s == gbps_to_bytes_s(20)
    assert found.expected_members == pytest.approx(1.75)
