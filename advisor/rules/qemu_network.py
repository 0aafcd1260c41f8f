"""QEMU: the network a move takes, and what holds it back (B01 to B09)."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Balancing, Host, Os
from advisor.paths.path import Case
from advisor.platforms.qemu_changes import MULTIPATH_SINCE
from advisor.rules import sources
from advisor.rules.facts import asks_rdma, ends_running, fewest_members, jumbo_disagreement, named, selected
from advisor.rules.logic import Known, all_of, any_of, below, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY_QEMU, since, span
from advisor.units import MIB

WITH_MULTIPATH: Final = since(MULTIPATH_SINCE)
DEFAULT_CAP_MIB_S: Final = 128
OLD_DEFAULT_CAP_MIB_S: Final = 32
WITH_OLD_CAP: Final = span(Os.QEMU_5_0, Os.QEMU_5_1)
LEAST_GBPS: Final = 1
_BY_PORTS: Final = {Balancing.TRANSPORT_PORTS, Balancing.DYNAMIC}


def _bonded(case: Case) -> tuple[Host, ...]:
    """The ends with a bond of several NICs that hashes; RDMA does not go through it."""
    if asks_rdma(case):
        return ()
    return tuple(
        host
        for host in case.pair.ends
        if host.team is not None and host.team.balancing is not Balancing.MULTIPATH and len(host.migration_nics) > 1
    )


def _multipath(case: Case) -> tuple[Host, ...]:
    return tuple(
        host for host in case.pair.ends if host.team is not None and host.team.balancing is Balancing.MULTIPATH
    )


@rule(
    "B01",
    "warn",
    EVERY_QEMU,
    remedy="migrate_set_parameter max-bandwidth 0 (virsh migrate-setspeed), or what the link has.",
    source=cite(official=(sources.QEMU_OPTIONS, sources.QEMU_BANDWIDTH), community=sources.LIBVIRT_BANDWIDTH),
    platform="qemu",
)
def default_bandwidth_caps_moves(case: Case) -> Answer:
    """QEMU by itself caps a move at 128 MiB/s, 32 before 5.2; libvirt lifts that."""
    source = case.pair.source
    line = case.path.line_rate_bytes_s / MIB
    default = OLD_DEFAULT_CAP_MIB_S if source.os in WITH_OLD_CAP else DEFAULT_CAP_MIB_S
    cap = source.move_cap_mib_s
    if cap == 0 or (cap is None and default >= line):
        return DOES_NOT
    return judge(
        below(cap, line),
        f"max-bandwidth of {cap or 0:g} MiB/s at {source.name} holds each move below the link's {line:,.0f} MiB/s.",
        f"Verify max-bandwidth at {source.name}: QEMU's own {default} MiB/s would cap the link's {line:,.0f}; "
        "libvirt lifts it.",
    )


@rule(
    "B02",
    "warn",
    EVERY_QEMU,
    remedy="Multifd with several channels, or multipath TCP (mptcp, QEMU 6.1 and later).",
    source=cite(official=sources.LINUX_BONDING),
    platform="qemu",
)
def one_stream_uses_one_link(case: Case) -> Answer:
    """One TCP stream stays on one link of a bond, whatever the hash."""
    bonded = _bonded(case)
    count = min((len(host.migration_nics) for host in bonded), default=0)
    return judge(
        bool(bonded) and case.path.connections == 1,
        f"Each move is one stream: it stays on one of the {count} links of {named(bonded)}'s bond.",
    )


@rule(
    "B03",
    "advise",
    EVERY_QEMU,
    remedy="More channels even the luck out; multipath TCP needs none.",
    source=cite(official=sources.LINUX_BONDING, measured="own lab"),
    platform="qemu",
)
def streams_spread_by_luck(case: Case) -> Answer:
    """Several streams spread over a hashed bond as their ports happen to hash."""
    bonded = [host for host in _bonded(case) if host.team is not None and host.team.balancing in _BY_PORTS]
    fewest = fewest_members(case)
    worst = next(probability for members, probability in case.path.occupancy if members == fewest)
    how_often = f"{worst:.0%}" if worst >= 0.005 else "less than 1%"
    return judge(
        bool(bonded) and case.path.connections > 1 and len(case.path.occupancy) > 1,
        f"{case.path.connections} streams over {len(case.path.members)} links by hash: in {how_often} of moves only "
        f"{fewest:.2g} of them work.",
    )


@rule(
    "B04",
    "warn",
    EVERY_QEMU,
    remedy="xmit_hash_policy=layer3+4 on the bond, and a hash of ports on the switch.",
    source=cite(official=sources.LINUX_BONDING),
    platform="qemu",
)
def hash_must_see_ports(case: Case) -> Answer:
    """A bond that hashes addresses alone keeps all streams of two hosts on one link."""
    blind: list[tuple[Host, Known]] = [
        (host, True if host.team.balancing not in _BY_PORTS else negate(host.team.switch_hashes_ports))
        for host in _bonded(case)
        if host.team is not None
    ]
    if case.path.connections == 1:
        return DOES_NOT
    sure = [host for host, is_blind in blind if is_blind]
    return judge(
        any_of(is_blind for _, is_blind in blind),
        f"{named(sure)}'s bond, or the switch behind it, does not hash ports: {case.path.connections} streams share "
        "one link.",
        "Verify that the switches hash TCP ports (layer 3+4): else all streams come in over one link.",
    )


@rule(
    "B05",
    "forbid",
    EVERY_QEMU,
    remedy="Multipath TCP with net.mptcp.enabled=1 and QEMU 6.1 at both ends, or multifd over a bond.",
    source=cite(official=(sources.QEMU_SOCKETS, sources.LINUX_MPTCP, sources.LINUX_MPTCP_FALLBACK)),
    platform="qemu",
)
def multipath_needs_both_ends(case: Case) -> Answer:
    """Multipath TCP needs its kernel and QEMU 6.1 at both ends; else it is plain TCP."""
    able = _multipath(case)
    old = [host for host in able if host not in ends_running(case, WITH_MULTIPATH)]
    if asks_rdma(case) or not able:
        return DOES_NOT
    why = (
        f"QEMU {old[0].os.value} on {named(old)} has no mptcp" if old else f"only {named(able)} is set up for multipath"
    )
    return judge(bool(old) or len(able) < len(case.pair.ends), f"{why}: the move falls back to one link.")


@rule(
    "B06",
    "advise",
    EVERY_QEMU,
    remedy="Multipath TCP over all of them, or a bond with layer3+4 and multifd.",
    source=cite(inferred=sources.QEMU_SOCKETS + ": a move goes to one address"),
    platform="qemu",
)
def other_nics_stand_by(case: Case) -> Answer:
    """A move goes to one address: NICs that stand alone do not help each other."""
    return judge(
        case.path.standby > 0 and not asks_rdma(case),
        f"1 of {case.path.standby + 1} NICs carries the moves; the others wait.",
    )


@rule(
    "B07",
    "warn",
    EVERY_QEMU,
    remedy="The same MTU on both NICs and the switch (ip link set dev NIC mtu 9000), or 1500 everywhere.",
    source=cite(inferred="packets larger than the path are lost, and the connection hangs"),
    platform="qemu",
)
def mtu_agrees_end_to_end(case: Case) -> Answer:
    """Jumbo frames are on at both ends and the switch, or nowhere."""
    disagree, what, largest = jumbo_disagreement(case)
    return judge(
        disagree,
        f"Jumbo frames do not agree from end to end: {what}.",
        f"Verify that the switches pass packets of {largest} bytes (ping -M do -s {largest - 28}).",
    )


@rule(
    "B08",
    "warn",
    EVERY_QEMU,
    remedy="tls-creds at both ends (virsh migrate --tls), or a network of its own.",
    source=cite(official=sources.QEMU_SCHEMA + ", tls-creds: unset is unsecured"),
    platform="qemu",
)
def moves_are_encrypted_or_apart(case: Case) -> Answer:
    """Memory travels unencrypted without TLS, and belongs on a network of its own."""
    network = case.pair.network
    shared = any_of(nic.shared_with_vms for host in case.pair.ends for nic in selected(host))
    exposed: Known = shared if network.isolated is None else not network.isolated
    encrypted: Known = False if asks_rdma(case) else all_of(host.tls for host in case.pair.ends)
    place = "a network shared with management or VMs" if shared else "a network that is not isolated"
    return judge(
        all_of([exposed, negate(encrypted)]),
        f"Memory contents travel unencrypted over {place}.",
        "Verify that live migration has a network of its own, or TLS: memory travels unencrypted.",
    )


@rule(
    "B09",
    "forbid",
    EVERY_QEMU,
    remedy="Set tls-creds at both ends or at neither (virsh migrate --tls sets both).",
    source=cite(official=sources.QEMU_SCHEMA + ", tls-creds"),
    platform="qemu",
)
def tls_is_set_at_both_ends(case: Case) -> Answer:
    """TLS is set at both ends, or at neither: one end alone cannot connect."""
    source, destination = case.pair.ends
    wanting = [host for host in case.pair.ends if host.tls is False]
    one_known: Known = None if None in {source.tls, destination.tls} else source.tls != destination.tls
    if asks_rdma(case) or source.tls is destination.tls is None:
        return DOES_NOT
    return judge(
        one_known,
        f"TLS is not set on {named(wanting)}, and is on the other end: the connection fails.",
        "Verify that TLS is set at both ends: it is given for one of them only.",
    )
