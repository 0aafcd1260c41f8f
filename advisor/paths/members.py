"""What an option takes of a host pair, and the NIC pairs that carry it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.domain.hosts import Network, Nic
from advisor.domain.options import Transport
from advisor.paths.path import Member
from advisor.paths.teams import Occupancy
from advisor.units import gbps_to_bytes_s


@dataclass(frozen=True, slots=True)
class Taken:
    """What an option takes of a host pair; the words are those of `Path`."""

    effective: Transport
    members: tuple[Member, ...]
    standby: int
    connections: int
    striped: bool
    occupancy: Occupancy
    cap_bytes_s: float
    cap_name: str
    no_rdma_because: str = ""
    multipath: bool = False


def paired_members(source: Sequence[Nic], destination: Sequence[Nic], network: Network) -> tuple[Member, ...]:
    """The NICs that carry a move, with the smaller packet of the two ends.

    As many at either end: pair by pair, the slower speed. Unlike numbers: those of the end with less in all, for the
    switches between let any NIC of one end talk to any of the other (striping is work-conserving).
    """
    ends = [
        sorted(nics, key=lambda nic: (nic.speed_gbps, nic.mtu_bytes), reverse=True) for nics in (source, destination)
    ]
    switch = network.switch_mtu_bytes or math.inf
    if len(ends[0]) != len(ends[1]):
        totals = [sum(nic.speed_gbps for nic in nics) for nics in ends]
        weaker = min((0, 1), key=lambda end: (totals[end], -len(ends[end])))
        packet = min(switch, *(nic.mtu_bytes for nic in ends[1 - weaker]))
        return tuple(Member(gbps_to_bytes_s(nic.speed_gbps), int(min(nic.mtu_bytes, packet))) for nic in ends[weaker])
    return tuple(
        Member(
            gbps_to_bytes_s(min(one.speed_gbps, other.speed_gbps)),
            int(min(one.mtu_bytes, other.mtu_bytes, switch)),
        )
        for one, other in zip(*ends, strict=True)
    )


def network_cap(network: Network) -> tuple[float, str]:
    """The cap that binds every transport, and its name; infinity where there is none."""
    return (math.inf, "") if network.cap_gbps is None else (gbps_to_bytes_s(network.cap_gbps), "the network's cap")
