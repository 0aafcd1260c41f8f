"""Hyper-V: its options by version and what each tier offers; every constant has a source and an order."""

from __future__ import annotations

import pytest

from advisor.domain.hosts import WINDOWS
from advisor.domain.options import Tier, Transport
from advisor.platforms import constant_names, get_platform
from advisor.platforms.hyperv import CONSTANTS
from tests.paths.pairs import IWARP, NIC, host, pair

HYPERV = get_platform("hyperv")


@pytest.mark.parametrize("name", constant_names())
def test_every_constant_is_an_ordered_range_with_a_source(name):
    one = CONSTANTS.named()[name]
    assert 0 <= one.p05 <= one.p50 <= one.p95
    assert one.source


def test_constants_map_and_replace_by_name():
    middles = CONSTANTS.map(lambda constant: constant.p50)
    assert middles.pass_limit == 5
    assert middles.with_values(pass_limit=3.0).pass_limit == 3
    assert middles.with_values(pass_limit=3.0).set_up_s == middles.set_up_s


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Transport.COMPRESSION),  # the default since 2012 R2
        ({"os": "2012"}, Transport.TCPIP),
        ({"performance_option": "TCPIP"}, Transport.TCPIP),
        ({"performance_option": "compression"}, Transport.COMPRESSION),
        ({"performance_option": "SMB"}, Transport.MULTICHANNEL),
        ({"performance_option": "SMBTransport"}, Transport.MULTICHANNEL),
        ({"performance_option": "SMB", "nics": [IWARP]}, Transport.RDMA),
        ({"performance_option": "SMB", "nics": [{**IWARP, "rdma_enabled": False}]}, Transport.MULTICHANNEL),
        ({"performance_option": "SMB", "os": "2012"}, Transport.TCPIP),
    ],
)
def test_the_option_in_force(fields, expected):
    assert HYPERV.today(pair({**host(), **fields})).transport is expected


@pytest.mark.parametrize(
    ("os", "cluster", "expected"),
    [
        ("2012R2", None, 2),
        ("2019", {}, 2),
        ("2022", None, 2),
        ("2022", {}, 1),
        ("2025", {}, 1),
        ("AzureLocal", None, 1),
    ],
)
def test_moves_at_once_by_default(os, cluster, expected):
    assert HYPERV.default_simultaneous(pair(host(os=os), cluster=cluster)) == expected


def test_tuning_weighs_less_on_newer_systems():
    weights = [HYPERV.generation(os).tuning_weight for os in WINDOWS]
    assert weights == sorted(weights, reverse=True)
    assert (weights[0], weights[-1]) == (1.0, 0.0)


def test_settings_have_the_words_of_set_vmhost():
    assert [HYPERV.way(transport).set_by for transport in Transport] == ["TCP/IP", "Compression", "SMB", "SMB"]


def codes(transport: Transport, tier: Tier, **fields: object) -> list[str] | None:
    offer = HYPERV.offer(pair(host(**fields) if "nics" not in fields else {"os": "2019", **fields}), transport, tier)
    return None if offer is None else [change.code for change in offer.changes]


def test_what_each_tier_offers():
    assert codes(Transport.TCPIP, Tier.SETTINGS) == []
    assert codes(Transport.TCPIP, Tier.TUNING) == ["Dynamic team", "jumbo", "power plan", "C-states off"]
    assert codes(Transport.TCPIP, Tier.HARDWARE) is None  # there are two NICs already
    assert codes(Transport.TCPIP, Tier.HARDWARE, nics=[NIC]) == [
        "2nd NIC",
        "Dynamic team",
        "jumbo",
        "power plan",
        "C-states off",
    ]
    assert codes(Transport.MULTICHANNEL, Tier.SETTINGS, smb={"multichannel": False}) == ["multichannel on"]
    assert codes(Transport.MULTICHANNEL, Tier.HARDWARE, nics=[NIC]) == [
        "2nd NIC",
        "jumbo",
        "power plan",
        "C-states off",
    ]


def test_rdma_is_tuned_where_nics_can_and_bought_where_they_cannot():
    off = [{**IWARP, "rdma": "roce", "rdma_enabled": False}]
    assert codes(Transport.RDMA, Tier.TUNING, nics=off) == ["RDMA on", "DCB", "jumbo", "power plan", "C-states off"]
    assert codes(Transport.RDMA, Tier.HARDWARE, nics=off) is None
    assert codes(Transport.RDMA, Tier.TUNING) is None
    assert codes(Transport.RDMA, Tier.HARDWARE) == ["2x25 GbE RDMA", "power plan", "C-states off"]


def test_a_tier_that_adds_nothing_is_not_offered():
    tuned = {"nics": [{**NIC, "mtu_bytes": 9000}], "power": {"plan": "high_performance", "c_states": False}}
    assert codes(Transport.MULTICHANNEL, Tier.TUNING, **tuned) is None
