"""Facts of a case that several families ask for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from advisor.domain.hosts import Host, Nic, Os, Rdma
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.platforms import get_platform
from advisor.rules.logic import Known, any_of, below
from advisor.units import bytes_s_to_gbps

FAST_GBPS = 10
"""Link speed [Gbit/s] from which a single core or a power setting can hold a NIC back."""


def ends_running(case: Case, versions: Collection[Os]) -> tuple[Host, ...]:
    """The ends of the pair whose Windows version is among those given."""
    return tuple(host for host in case.pair.ends if host.os in versions)


def selected(host: Host) -> tuple[Nic, ...]:
    """The kinds of NIC selected for live migration; equal ones stand together."""
    return tuple(nic for nic in host.nics if nic.selected)


def named(hosts: Iterable[Host]) -> str:
    """Names of hosts for a message; two hosts under one name are "both hosts"."""
    names = [host.name for host in hosts]
    return "both hosts" if len(names) > 1 and len(set(names)) == 1 else " and ".join(sorted(names))


def end_names(case: Case) -> tuple[str, str]:
    """What to call the two ends in a message: their names, or their roles where the names are the same."""
    source, destination = (host.name for host in case.pair.ends)
    return ("the source", "the destination") if source == destination else (source, destination)


def moves_at_once(case: Case) -> int:
    """Moves that really run at once: the option's limit, or fewer where there are fewer VMs."""
    return min(case.option.simultaneous, sum(vm.count for vm in case.vms))


def asks_rdma(case: Case) -> bool:
    """True where the option is SMB Direct."""
    return case.option.transport is Transport.RDMA


def keeps_performance_option(case: Case) -> bool:
    """True where the hosts' performance option stays as it is today, rather than being set on every node."""
    if any(change.code == "transport" for change in case.option.changes):
        return False
    platform = get_platform(case.platform)
    today = platform.today(case.pair).transport
    # Under SMB, RDMA and Multichannel are one setting.
    return case.option.transport is today or (platform.smb and case.option.transport.is_smb and today.is_smb)


def is_tcp_multichannel(case: Case) -> bool:
    """True where SMB really runs over TCP, asked for or as a fall-back."""
    return case.path.effective is Transport.MULTICHANNEL


def one_flow_per_move(case: Case) -> bool:
    """True for TCP/IP and Compression: a move is one data stream."""
    return not case.path.effective.is_smb


def slowest_gbps(case: Case) -> float:
    """Speed of the slowest member [Gbit/s]."""
    return bytes_s_to_gbps(min(member.speed_bytes_s for member in case.path.members))


def most_members(case: Case) -> float:
    """Members' worth of bandwidth in the luckiest mode."""
    return max(members for members, _ in case.path.occupancy)


def fewest_members(case: Case) -> float:
    """Members' worth of bandwidth in the unluckiest mode."""
    return min(members for members, _ in case.path.occupancy)


def uses_rss(nic: Nic) -> Known:
    """Whether SMB sees the NIC as RSS-capable: RSS is on, with more than one queue."""
    if nic.rss and nic.rss_queues is not None and nic.rss_queues <= 1:
        return False
    return nic.rss


def rdma_protocols(host: Host) -> frozenset[Rdma]:
    """RDMA protocols the host's migration NICs can speak, switched on or not."""
    return frozenset(nic.rdma for nic in selected(host)) - {Rdma.NONE}


def can_do_rdma(case: Case) -> bool:
    """True where both ends have NICs that speak one RDMA protocol, switched on or not."""
    source, destination = case.pair.ends
    return bool(rdma_protocols(source) & rdma_protocols(destination))


def jumbo_disagreement(case: Case) -> tuple[Known, str, int]:
    """Whether jumbo frames fail to agree from end to end, what is there, and the largest packet of an end [bytes].

    False where neither end has them; not known where nobody said what the switches pass.
    """
    ends = tuple(sorted(nic.mtu_bytes for nic in host.migration_nics) for host in case.pair.ends)
    largest, switch = max(map(max, ends)), case.pair.network.switch_mtu_bytes
    if not any(nic.has_jumbo for host in case.pair.ends for nic in host.migration_nics):
        return False, "", largest
    # one NIC of several with jumbo frames is slower but sound, as long as its opposite has them too
    uneven = any(a != b for a, b in zip(*map(reversed, ends), strict=False))
    packets = " against ".join(" and ".join(map(str, sorted(set(end)))) for end in ends)
    what = f"MTU {packets} bytes" if uneven else f"MTU {largest} bytes over switches that pass {switch}"
    return any_of([uneven, below(None if switch is None else float(switch), largest)]), what, largest


def is_converged(host: Host) -> bool:
    """True where migration shares its adapters with other traffic by design: on a vSwitch or SET."""
    return host.vnic is not None or (host.team is not None and host.team.kind == "set")


def option_words(text: str) -> frozenset[str]:
    """Words of a performance option as someone wrote it, in small letters.

    Examples
    --------
    >>> sorted(option_words("Compression + SMB"))
    ['compression', 'smb']
    """
    return frozenset(re.findall(r"[a-z/]+", text.lower()))
