"""What a platform without SMB takes: one NIC or a team, with the streams that its setting names."""

from __future__ import annotations

import math

from advisor.domain.hosts import Balancing, Host, Nic, Rdma
from advisor.domain.options import Option, Transport
from advisor.domain.scenario import HostPair
from advisor.paths.members import Taken, network_cap, paired_members
from advisor.paths.teams import Occupancy, certain, fullest_member, members_hit, worse_of
from advisor.units import mib_to_bytes

# Balancing that sends every stream by its ports; the others tell hosts apart, not streams.
_BY_PORTS = {Balancing.TRANSPORT_PORTS, Balancing.DYNAMIC}


def taken_plainly(pair: HostPair, option: Option, moves: int) -> Taken:
    """What an option takes of a host pair: the migration goes to one address, over the NIC or team that has it."""
    source, destination = (_usable(host, option.transport) for host in pair.ends)
    members = paired_members(source, destination, pair.network)
    streams = option.streams or 1
    occupancy = certain(float(len(members)))
    # Within one machine the links are joined pair by pair: the sender's hash alone decides.
    for host in pair.ends[:1] if pair.network.one_machine else pair.ends:
        occupancy = worse_of(occupancy, _team_occupancy(host, len(members), streams, moves))
    multipath = len(members) > 1 and all(_is_multipath(host) for host in pair.ends)
    cap, cap_name = min(network_cap(pair.network), _cap_of_moves(pair, moves))
    return Taken(
        effective=option.transport,
        members=members,
        standby=0 if pair.source.team is not None else len(pair.source.migration_nics) - 1,
        connections=streams,
        striped=streams > 1 or multipath,
        occupancy=occupancy,
        cap_bytes_s=cap,
        cap_name=cap_name,
        no_rdma_because=_why_no_rdma(pair) if option.transport is Transport.RDMA else "",
        multipath=multipath,
    )


def _cap_of_moves(pair: HostPair, moves: int) -> tuple[float, str]:
    """The cap of each move, for all that run at once: each VM's process keeps its own; infinity where there is none."""
    cap = pair.source.move_cap_mib_s
    return (mib_to_bytes(cap) * moves, "max-bandwidth of each move") if cap else (math.inf, "")


def _why_no_rdma(pair: HostPair) -> str:
    """Why the hosts cannot move memory over RDMA; empty where they can."""
    spoken = []
    for role, host in zip(("source", "destination"), pair.ends, strict=True):
        on = {nic.rdma for nic in host.migration_nics if nic.rdma_on}
        if not on:
            able = any(nic.rdma is not Rdma.NONE for nic in host.migration_nics)
            return f"RDMA is off on the {role}'s NICs" if able else f"the {role}'s NICs cannot do RDMA"
        spoken.append(on)
    return "" if spoken[0] & spoken[1] else "the two ends speak different RDMA protocols"


def _usable(host: Host, transport: Transport) -> list[Nic]:
    """The team's NICs, or the first; RDMA takes one adapter that speaks it, where there is one."""
    nics = list(host.migration_nics)
    if transport is Transport.RDMA:
        return ([nic for nic in nics if nic.rdma_on] or nics)[:1]
    return nics if host.team is not None else nics[:1]


def _is_multipath(host: Host) -> bool:
    return host.team is not None and host.team.balancing is Balancing.MULTIPATH


def _team_occupancy(host: Host, members: int, streams: int, moves: int) -> Occupancy:
    """Members that one end's team uses: hashed streams stay where they fall, multipath uses all."""
    if host.team is None or members == 1 or _is_multipath(host):
        return certain(float(members))
    if host.team.balancing not in _BY_PORTS:
        return certain(1.0)
    # Streams of one move share its memory, so none waits for another; single streams end one by one.
    return members_hit(streams * moves, members) if streams > 1 else fullest_member(moves, members)
