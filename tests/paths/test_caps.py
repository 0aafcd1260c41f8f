"""Caps: which bind, which transport they bind, and which of several is the tightest."""

from __future__ import annotations

import math

import pytest

from advisor.paths import cluster_caps_smb
from advisor.units import gbps_to_bytes_s, mib_to_bytes
from tests.paths.pairs import IWARP, NIC, host, pair, path

ALL = ("tcpip", "compression", "multichannel", "rdma")
SMB_ONLY = ("multichannel", "rdma")
NODE = host(
    {**IWARP, "count": 2},
    {"speed_gbps": 1, "count": 4, "selected": False},
    os="2022",
    updated="2023-05",
    smb={"limit_feature": True},
)


@pytest.mark.parametrize("transport", ALL)
def test_without_a_cap_nothing_binds(transport):
    found = path(pair(host(IWARP)), transport)
    assert found.cap_bytes_s == math.inf
    assert found.cap_name == ""


@pytest.mark.parametrize("transport", ALL)
def test_the_networks_cap_binds_every_transport(transport):
    found = path(pair(host(IWARP), network={"cap_gbps": 5}), transport)
    assert found.cap_bytes_s == gbps_to_bytes_s(5)
    assert "network" in found.cap_name


@pytest.mark.parametrize("transport", ALL)
@pytest.mark.parametrize("end", [0, 1])
def test_set_smb_bandwidth_limit_binds_smb_alone_at_either_end(transport, end):
    ends = [host(IWARP), host(IWARP)]
    ends[end] = host(IWARP, smb={"limit_mib_s": 750})
    found = path(pair(*ends), transport)
    assert found.cap_bytes_s == (mib_to_bytes(750) if transport in SMB_ONLY else math.inf)


def test_an_smb_limit_without_the_feature_does_nothing():
    limited = host(IWARP, smb={"limit_mib_s": 750, "limit_feature": False})
    assert path(pair(limited), "rdma").cap_bytes_s == math.inf


def test_an_smb_limit_of_nothing_is_held_at_the_cmdlets_floor():
    assert path(pair(host(IWARP, smb={"limit_mib_s": 0})), "rdma").cap_bytes_s == mib_to_bytes(1)


@pytest.mark.parametrize("transport", ALL)
def test_the_clusters_factor_counts_every_adapter_and_binds_smb_alone(transport):
    found = path(pair(NODE, cluster={}), transport)
    quarter = gbps_to_bytes_s((2 * 25 + 4 * 1) * 0.25)
    assert found.cap_bytes_s == (quarter if transport in SMB_ONLY else math.inf)


def test_a_factor_of_nothing_still_lets_a_trickle_through():
    assert path(pair(NODE, cluster={"smb_limit_factor": 0}), "rdma").cap_bytes_s == mib_to_bytes(1)


def test_the_poorer_node_decides():
    poor = {**NODE, "nics": [{**IWARP, "count": 2}]}
    assert path(pair(NODE, poor, cluster={}), "rdma").cap_bytes_s == gbps_to_bytes_s(12.5)


@pytest.mark.parametrize(
    ("node", "cluster", "expected"),
    [
        ({}, None, False),
        ({}, {}, True),
        ({}, {"smb_limit_enabled": True}, True),
        ({}, {"smb_limit_enabled": False}, False),
        ({}, {"virtual_nodes": True}, False),
        ({"os": "2019"}, {}, False),
        ({"updated": "2022-08"}, {}, False),
        ({"updated": "2022-09"}, {}, True),
        ({"updated": None}, {}, None),
        ({"updated": None, "os": "2025"}, {}, True),
        ({"smb": {"limit_feature": None}}, {}, None),
        ({"smb": {"limit_feature": False}}, {}, False),
        # Who says that the limit is on says that it works, unless more is known.
        ({"smb": {"limit_feature": None}, "updated": None}, {"smb_limit_enabled": True}, True),
        ({"smb": {"limit_feature": False}}, {"smb_limit_enabled": True}, False),
        ({"smb": {"limit_feature": None}, "updated": "2022-08"}, {"smb_limit_enabled": True}, False),
    ],
)
def test_when_the_cluster_caps_smb(node, cluster, expected):
    hosts = pair({**NODE, **node}, cluster=cluster)
    assert cluster_caps_smb(hosts, hosts.source) is expected
    assert (path(hosts, "rdma").cap_bytes_s < math.inf) is (expected is True)


def test_the_tightest_of_several_caps_is_named():
    node = {**NODE, "smb": {"limit_feature": True, "limit_mib_s": 500}}
    hosts = pair(node, cluster={}, network={"cap_gbps": 40})
    found = path(hosts, "rdma")
    assert (found.cap_bytes_s, found.cap_name) == (mib_to_bytes(500), "Set-SmbBandwidthLimit")
    assert path(hosts, "tcpip").cap_name == "the network's cap"


def test_an_unlike_pair_of_plain_nics_has_no_cluster_cap():
    hosts = pair(host(NIC))
    assert cluster_caps_smb(hosts, hosts.source) is False
