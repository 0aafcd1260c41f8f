"""The resolved path: one set of facts that physics and rules both read, so that they cannot disagree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from advisor.domain.hosts import Os
from advisor.domain.options import Option, Transport
from advisor.domain.scenario import HostPair
from advisor.domain.vms import Vm


@dataclass(frozen=True, slots=True)
class Member:
    """One NIC pair that can carry the move: the slower speed and smaller packet of its two ends."""

    speed_bytes_s: float
    mtu_bytes: int


@dataclass(frozen=True, slots=True)
class Path:
    """An option over a host pair, resolved once.

    Attributes
    ----------
    option : what was asked for.
    effective : the transport it really uses (SMB without RDMA at both ends is multichannel).
    members : NIC pairs that could carry it.
    standby : selected networks that stand by, because TCP/IP and Compression use one at a time.
    connections : TCP or RDMA connections one move opens.
    striped : one move uses all members at once (Multichannel, SMB Direct); else one flow stays on one member.
    occupancy : (members' worth of bandwidth, probability) for the batch, luckiest first.
    mtu_bytes : smallest packet along the path.
    cores_free : idle cores at source and destination.
    sleeping : how far cores of either end are taken to fall into deep sleep, 0 to 1.
    oldest_os : the older Windows version of the two ends: what both can do.
    through_vnic : host vNICs carry the move at either end.
    background_bytes_s : other traffic on the same members.
    guaranteed_share : share of the members' bandwidth granted to migration whatever else runs, 0 for none.
    cap_bytes_s : the tightest cap that binds this transport, infinity for none.
    cap_name : what that cap is.
    core_speed : speed of a core at the slower end, against the model card's.
    one_machine : both ends share their processors, as in a lab.
    multipath : each connection goes over all members at once, by multipath TCP.
    no_rdma_because : why RDMA was asked for and is not used, empty where it is used or was not asked for.
    """

    option: Option
    effective: Transport
    members: tuple[Member, ...]
    standby: int
    connections: int
    striped: bool
    occupancy: tuple[tuple[float, float], ...]
    mtu_bytes: int
    cores_free: tuple[float, float]
    sleeping: float
    oldest_os: Os
    through_vnic: bool
    background_bytes_s: float
    guaranteed_share: float
    cap_bytes_s: float
    cap_name: str
    no_rdma_because: str
    core_speed: float = 1.0
    one_machine: bool = False
    multipath: bool = False

    @property
    def line_rate_bytes_s(self) -> float:
        """Sum of the members' line speeds."""
        return sum(member.speed_bytes_s for member in self.members)

    @property
    def expected_members(self) -> float:
        """Mean members' worth of bandwidth over the occupancy."""
        return math.fsum(members * probability for members, probability in self.occupancy)


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule sees: a host pair with an option's changes made, resolved, and the VMs that move over it."""

    platform: str
    pair: HostPair
    option: Option
    path: Path
    vms: tuple[Vm, ...]
