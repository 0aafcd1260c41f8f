"""What Hyper-V takes of a host pair: SMB picks NICs and connections by itself, the others take one network."""

from __future__ import annotations

from collections.abc import Collection

from advisor.domain.hosts import Host, Nic, Os, Rdma
from advisor.domain.options import Option, Transport
from advisor.domain.scenario import HostPair
from advisor.paths.members import Taken, network_cap, paired_members
from advisor.paths.path import Member
from advisor.paths.teams import Occupancy, certain, team_occupancy, worse_of
from advisor.units import gbps_to_bytes_s, mib_to_bytes

# Connections SMB opens by default: ConnectionCountPerRssNetworkInterface 4, PerNetworkInterface 1,
# PerRdmaNetworkInterface 2, MaximumConnectionCountPerServer 32 (Windows Server performance tuning, file servers).
RSS_CONNECTIONS, PLAIN_CONNECTIONS, RDMA_CONNECTIONS, SERVER_CONNECTIONS = 4, 1, 2, 32

# Set-SmbBandwidthLimit takes no less than 1 MB a second; the cluster sets its factor through the same feature.
LEAST_SMB_LIMIT_BYTES_S = mib_to_bytes(1)

_BEFORE_2016 = {Os.WS2012, Os.WS2012R2}
_BEFORE_2022 = {Os.WS2012, Os.WS2012R2, Os.WS2016, Os.WS2019}


def taken_by_smb(pair: HostPair, option: Option, moves: int) -> Taken:
    """What Hyper-V takes of a host pair: SMB where it is asked for, else one network."""
    reason = why_no_rdma(pair) if option.transport is Transport.RDMA else ""
    effective = Transport.MULTICHANNEL if reason else option.transport
    members = _members(pair, effective)
    connections = _connections(pair, effective, len(members))
    cap, cap_name = _tightest_cap(pair, effective)
    return Taken(
        effective=effective,
        members=members,
        standby=_standby(pair, effective),
        connections=connections,
        striped=effective.is_smb,
        occupancy=_occupancy(pair, effective, len(members), moves, connections),
        cap_bytes_s=cap,
        cap_name=cap_name,
        no_rdma_because=reason,
    )


def why_no_rdma(pair: HostPair) -> str:
    """Why SMB cannot use RDMA between these hosts; empty where it can."""
    protocols = []
    for role, host in zip(("source", "destination"), pair.ends, strict=True):
        on = _protocols_on(host)
        if not on:
            able = any(nic.rdma is not Rdma.NONE for nic in host.migration_nics)
            return f"RDMA is off on the {role}'s NICs" if able else f"the {role}'s NICs cannot do RDMA"
        if host.team is not None and host.team.kind == "lbfo":
            return f"the {role}'s NICs are in an LBFO team, which hides RDMA"
        if not host.smb.multichannel:
            return f"SMB Multichannel is off on the {role}, and SMB Direct with it"
        if host.vnic is not None and host.os in _BEFORE_2016:
            return f"the {role} migrates over a vSwitch, where Windows Server {host.os.value} has no RDMA"
        if host.vnic is not None and host.vnic.rdma_enabled is False:
            return f"RDMA is off on the {role}'s host vNICs"
        if host.smb.encryption and host.os in _BEFORE_2022:
            return f"SMB encryption on the {role} turns direct placement off before Windows Server 2022"
        protocols.append(on)
    if not protocols[0] & protocols[1]:
        return "the two ends speak different RDMA protocols"
    return ""


def _usable(host: Host, transport: Transport, protocols: Collection[Rdma] = tuple(Rdma)) -> list[Nic]:
    """NICs the transport would use; with RDMA those that speak one of the protocols."""
    nics = list(host.migration_nics)
    # SMB takes RDMA before RSS before other adapters, then the fastest, and only equals together (rule M02).
    if transport is Transport.RDMA:
        return _fastest([nic for nic in nics if nic.rdma_on and nic.rdma in protocols])
    if host.team is not None:
        return nics
    if not transport.is_smb:
        return nics[:1]
    return _fastest([nic for nic in nics if has_rss(nic)] or nics)


def _fastest(nics: list[Nic]) -> list[Nic]:
    return [nic for nic in nics if nic.speed_gbps == max(one.speed_gbps for one in nics)]


def _protocols_on(host: Host) -> set[Rdma]:
    """RDMA protocols that some migration NIC of the host speaks, switched on."""
    return {nic.rdma for nic in host.migration_nics if nic.rdma_on}


def has_rss(nic: Nic) -> bool:
    """RSS with more than one queue; taken as on where nobody said (Windows enables it)."""
    return nic.rss is not False and nic.rss_queues != 1


def _members(pair: HostPair, effective: Transport) -> tuple[Member, ...]:
    """The NICs that carry the move, as many as both ends can use together."""
    shared = _protocols_on(pair.source) & _protocols_on(pair.destination)
    source, destination = (_usable(host, effective, shared) for host in pair.ends)
    return paired_members(source, destination, pair.network)


def _standby(pair: HostPair, effective: Transport) -> int:
    """Selected networks that wait while one is used: TCP/IP and Compression take one network at a time."""
    if effective.is_smb:
        return 0
    if pair.source.vnic is not None:
        return pair.source.vnic.count - 1
    return 0 if pair.source.team is not None else len(pair.source.migration_nics) - 1


def _connections(pair: HostPair, effective: Transport, members: int) -> int:
    """Connections one move opens."""
    if effective is Transport.RDMA:
        return min(RDMA_CONNECTIONS * members, SERVER_CONNECTIONS)
    if effective is not Transport.MULTICHANNEL:
        return 1
    if any(not host.smb.multichannel for host in pair.ends):
        return 1
    rss = all(has_rss(nic) for host in pair.ends for nic in _usable(host, effective))
    each = RSS_CONNECTIONS if rss else PLAIN_CONNECTIONS
    # A team shows SMB one interface, vNICs one each; alone, every NIC is one.
    interfaces = min(_interfaces(host, members) for host in pair.ends)
    return min(each * interfaces, SERVER_CONNECTIONS)


def _interfaces(host: Host, members: int) -> int:
    if host.vnic is not None:
        return host.vnic.count
    return 1 if host.team is not None else members


def _occupancy(pair: HostPair, effective: Transport, members: int, moves: int, connections: int) -> Occupancy:
    """Members in use between the two hosts, both ends' teams taken together."""
    if effective.is_smb and connections == 1 and members > 1:
        return certain(1.0)
    occupancy = certain(float(members))
    for host, receives in zip(pair.ends, (False, True), strict=True):
        own = len(host.migration_nics)
        if host.team is None and host.vnic is not None:
            # Without a team under it, a vSwitch has one NIC: so many vNICs, so many NICs.
            occupancy = worse_of(occupancy, certain(float(min(host.vnic.count, members))))
        if host.team is not None:
            flows = connections * moves if effective.is_smb else moves
            used = team_occupancy(
                host.team, host, min(own, members), flows, receives=receives, one_move_shares=effective.is_smb
            )
            occupancy = worse_of(occupancy, used)
    return occupancy


def _tightest_cap(pair: HostPair, effective: Transport) -> tuple[float, str]:
    """The lowest cap that binds this transport, and its name."""
    caps = [network_cap(pair.network)]
    if effective.is_smb:
        caps += [
            (max(mib_to_bytes(host.smb.limit_mib_s), LEAST_SMB_LIMIT_BYTES_S), "Set-SmbBandwidthLimit")
            for host in pair.ends
            if host.smb.limit_mib_s is not None and host.smb.limit_feature is not False
        ]
        caps += [
            (cluster_cap_bytes_s(pair, host), "the cluster's SMBBandwidthLimitFactor")
            for host in pair.ends
            if cluster_caps_smb(pair, host)
        ]
    return min(caps)


def cluster_caps_smb(pair: HostPair, host: Host) -> bool | None:
    """Whether the cluster's SMB factor is in force; None where the feature or the update is not known.

    Failover clustering documentation: Windows Server 2022 and later with the 2022-09 update and
    FS-SMBBW installed, physical nodes. A cluster of which it is said that its limit is on has both, unless more is
    known of the node (assumption: the slower case).
    """
    cluster = pair.cluster
    if cluster is None or cluster.virtual_nodes or cluster.smb_limit_enabled is False or host.os in _BEFORE_2022:
        return False
    if host.smb.limit_feature is False or (host.updated is not None and host.updated < "2022-09"):
        return False
    # Systems released after that update have it from the start; so has a cluster that knows of the property.
    updated = host.os is Os.WS2025 or host.updated is not None or cluster.smb_limit_enabled is True
    return True if cluster.smb_limit_works(host) and updated else None


def cluster_cap_bytes_s(pair: HostPair, host: Host) -> float:
    """Factor / 10,000 of the sum of all the node's adapters, whichever network is selected."""
    factor = pair.cluster.smb_limit_factor if pair.cluster is not None else 10_000
    share = gbps_to_bytes_s(sum(nic.speed_gbps * nic.count for nic in host.nics)) * factor / 10_000
    return max(share, LEAST_SMB_LIMIT_BYTES_S)
