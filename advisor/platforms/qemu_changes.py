"""Changes only QEMU and Linux hosts can be offered; those any host can stand in `changes`."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Balancing, Host, Os, Team
from advisor.domain.options import Change, Tier
from advisor.domain.scenario import HostPair
from advisor.platforms.changes import on_both_ends
from advisor.platforms.platform import Offer
from advisor.units import gbps_to_bytes_s, mib_to_bytes

# `mptcp` of an InetSocketAddress: qapi/sockets.json, since 6.1.
MULTIPATH_SINCE: Final = Os.QEMU_6_1
_VERSIONS: Final = list(Os)


def max_bandwidth_raised(pair: HostPair) -> Offer:
    """No max-bandwidth, where the source holds each move to less than the NICs carry."""
    cap = pair.source.move_cap_mib_s
    nics = sum(gbps_to_bytes_s(nic.speed_gbps) for nic in pair.source.migration_nics)
    if not cap or mib_to_bytes(cap) >= nics:
        return Offer(pair, ())
    change = Change(
        code="max-bandwidth",
        tier=Tier.SETTINGS,
        what="QEMU's max-bandwidth on both hosts",
        current=f"{cap:g} MiB/s",
        recommended="no limit (migrate_set_parameter max-bandwidth 0; virsh migrate-setspeed)",
        disruption="online",
    )
    # The source's counts; hosts stay alike, for the next move may go the other way.
    return on_both_ends(pair, lambda host: host.model_copy(update={"move_cap_mib_s": 0.0}), change)


def auto_converge(pair: HostPair) -> Offer:
    """Let QEMU slow the VM's processors down until it dirties less than the link carries."""
    if pair.switchover.auto_converge:
        return Offer(pair, ())
    change = Change(
        code="auto-converge",
        tier=Tier.SETTINGS,
        what="Auto-converge: the VM's processors are slowed down while it moves",
        current="off",
        recommended="on (migrate_set_capability auto-converge on; virsh migrate --auto-converge)",
        disruption="online",
    )
    switchover = pair.switchover.model_copy(update={"auto_converge": True})
    return Offer(pair.model_copy(update={"switchover": switchover}), (change,))


def bonded_by_ports(pair: HostPair) -> Offer:
    """A bond that tells streams apart by their ports, so that several streams can use several NICs."""
    team = Team(kind="bond", mode="lacp", balancing=Balancing.TRANSPORT_PORTS)
    change = Change(
        code="bond layer3+4",
        tier=Tier.TUNING,
        what="The migration NICs of each host",
        current=_nics_today(pair),
        recommended="LACP bond with xmit_hash_policy=layer3+4, and the same hash on the switch",
        disruption="disruptive",
    )
    return _with_team(pair, team, change)


def multipath(pair: HostPair) -> Offer:
    """Multipath TCP over every NIC: one move uses all of them, whatever hashes would have done."""
    if any(_VERSIONS.index(host.os) < _VERSIONS.index(MULTIPATH_SINCE) for host in pair.ends):
        return Offer(pair, ())
    change = Change(
        code="MPTCP",
        tier=Tier.TUNING,
        what="The migration NICs of each host",
        current=_nics_today(pair),
        recommended="an address each, net.mptcp.enabled=1 and ip mptcp endpoint add at both ends, "
        "and mptcp: true in the migration address",
        disruption="disruptive",
    )
    return _with_team(pair, Team(kind="bond", balancing=Balancing.MULTIPATH), change)


def _with_team(pair: HostPair, team: Team, change: Change) -> Offer:
    """The team on both hosts, where each has several equal NICs and does better with it than today."""

    def may(host: Host) -> bool:
        nics = host.migration_nics
        return len(nics) > 1 and len({nic.speed_gbps for nic in nics}) == 1

    done = {Balancing.MULTIPATH, team.balancing}
    if not all(may(host) for host in pair.ends) or all(host.team and host.team.balancing in done for host in pair.ends):
        return Offer(pair, ())
    return on_both_ends(pair, lambda host: host.model_copy(update={"team": team}), change)


def _nics_today(pair: HostPair) -> str:
    team = pair.source.team
    if team is None:
        return "each alone, one in use"
    return f"{team.mode.replace('_', ' ')} bond, {team.balancing.value.replace('_', ' ')}"
