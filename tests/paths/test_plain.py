"""Paths of a platform without SMB: what caps them, and why there is no RDMA."""

from __future__ import annotations

import math

import pytest

from advisor.domain.options import Option, Tier, Transport
from advisor.domain.vms import Vm
from advisor.paths import Path, resolve_path
from advisor.platforms import get_platform
from advisor.units import MIB, gbps_to_bytes_s
from tests.paths.pairs import Fields, host, pair

PLATFORM = get_platform("qemu")
ROCE: Fields = {"speed_gbps": 25, "rdma": "roce"}


def path(source: Fields, destination: Fields | None = None, transport: str = "tcpip", moves: int = 1, **more) -> Path:
    way = PLATFORM.way(Transport(transport))
    option = Option(transport=way.transport, streams=way.streams, name=way.name, tier=Tier.TODAY, simultaneous=moves)
    return resolve_path(PLATFORM, pair(source, destination, **more), option, (Vm(memory_gib=8, count=moves),))


@pytest.mark.parametrize(("cap", "moves", "bytes_s"), [(128, 1, 128 * MIB), (128, 4, 512 * MIB), (0, 1, math.inf)])
def test_each_move_has_its_own_max_bandwidth(cap, moves, bytes_s):
    found = path(host(os="10.0", move_cap_mib_s=cap), moves=moves)
    assert found.cap_bytes_s == bytes_s
    assert ("max-bandwidth" in found.cap_name) is bool(cap)


def test_only_the_sources_max_bandwidth_counts():
    assert math.isinf(path(host(os="10.0"), host(os="10.0", move_cap_mib_s=32)).cap_bytes_s)


def test_the_lower_of_two_caps_binds():
    found = path(host(os="10.0", move_cap_mib_s=500), network={"cap_gbps": 1})
    assert (found.cap_bytes_s, found.cap_name) == (gbps_to_bytes_s(1), "the network's cap")


@pytest.mark.parametrize(
    ("source", "destination", "reason"),
    [
        (ROCE, ROCE, ""),
        (ROCE, {"speed_gbps": 25}, "the destination's NICs cannot do RDMA"),
        ({**ROCE, "rdma_enabled": False}, ROCE, "RDMA is off on the source's NICs"),
        (ROCE, {**ROCE, "rdma": "iwarp"}, "the two ends speak different RDMA protocols"),
    ],
)
def test_why_there_is_no_rdma(source, destination, reason):
    ends = host(source, os="10.0"), host(destination, os="10.0")
    assert path(*ends, transport="rdma").no_rdma_because == reason
    assert path(*ends).no_rdma_because == ""
