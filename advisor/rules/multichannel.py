"""Which NICs and how many connections SMB Multichannel takes (M01 to M07)."""

from __future__ import annotations

from itertools import combinations, product
from typing import Final

from advisor.domain.hosts import Host, Nic, Os
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import (
    ends_running,
    is_tcp_multichannel,
    named,
    one_flow_per_move,
    selected,
    uses_rss,
)
from advisor.rules.logic import Known, all_of, any_of, equal, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import AZURE_LOCAL, EVERY, since

MOST_CONNECTIONS: Final = 32
"""SMB client default MaximumConnectionCountPerServer."""


@rule(
    "M01",
    "warn",
    EVERY,
    remedy="Enable-NetAdapterRss, or add a second equal NIC.",
    source=cite(official_blog=sources.RSS_BLOG, official=sources.FILE_SERVER_TUNING),
)
def one_nic_without_rss_gets_one_connection(case: Case) -> Answer:
    """A single NIC without RSS leaves Multichannel one connection."""
    if not is_tcp_multichannel(case):
        return DOES_NOT
    # host vNICs have rules of their own (N20, N22): their RSS is not the adapter's
    single = [host for host in case.pair.ends if host.vnic is None and _shows_one_interface(host)]
    has_rss = [all_of(uses_rss(nic) for nic in selected(host)) for host in single]
    return judge(
        negate(all_of(has_rss)),
        f"One NIC without RSS on {named(host for host, rss in zip(single, has_rss, strict=True) if rss is False)}: "
        "SMB opens one connection, Multichannel adds nothing.",
        f"Verify that RSS is on for the NIC of {named(single)} (Get-NetAdapterRss).",
    )


def _shows_one_interface(host: Host) -> bool:
    # SMB sees a team as one interface
    return host.team is not None or len(host.migration_nics) == 1


@rule(
    "M02",
    "warn",
    EVERY,
    remedy="Give migration NICs of one speed and kind, or exclude the lesser ones.",
    source=cite(official_blog=sources.RSS_BLOG, community=sources.MULTICHANNEL_MIRROR),
)
def multichannel_uses_equal_nics_only(case: Case) -> Answer:
    """Multichannel uses only NICs of one kind and speed together."""
    if not case.option.transport.is_smb:
        return DOES_NOT
    mixable = [host for host in case.pair.ends if host.vnic is None and host.team is None]
    mixed = [any_of(negate(_same_class(a, b)) for a, b in combinations(selected(host), 2)) for host in mixable]
    uneven = [host for host, answer in zip(mixable, mixed, strict=True) if answer]
    speeds = sorted({nic.speed_gbps for host in uneven for nic in selected(host)})
    listed = " and ".join(f"{speed:g}" for speed in speeds)
    return judge(
        any_of(mixed),
        f"NICs of {named(uneven)} differ in speed or kind ({listed} Gbit/s): the lesser ones stay idle.",
        "Verify that RSS is alike on all migration NICs; Multichannel leaves those without it idle.",
    )


def _same_class(one: Nic, other: Nic) -> Known:
    if one.speed_gbps != other.speed_gbps or one.rdma_on != other.rdma_on:
        return False
    return True if one.rdma_on else equal(uses_rss(one), uses_rss(other))


@rule(
    "M03",
    "advise",
    EVERY,
    remedy="Keep the defaults of Set-SmbClientConfiguration unless a measurement says otherwise.",
    source=cite(official=(sources.FILE_SERVER_TUNING, sources.GET_SMB_CLIENT)),
)
def connection_counts_have_good_defaults(case: Case) -> Answer:
    """SMB opens 1, 4 or 2 connections per plain, RSS or RDMA NIC."""
    return judge(
        case.option.transport.is_smb,
        f"{case.path.connections} connections here (1 per plain NIC, 4 with RSS, 2 with RDMA, "
        f"at most {MOST_CONNECTIONS} a server).",
    )


@rule(
    "M04",
    "warn",
    EVERY,
    remedy="Set-NetAdapterRss -NumberOfReceiveQueues to 2 or more.",
    source=cite(official_blog=sources.RSS_BLOG),
)
def one_rss_queue_counts_as_none(case: Case) -> Answer:
    """SMB treats an RSS NIC with one queue as one without RSS."""
    if not is_tcp_multichannel(case):
        return DOES_NOT
    reported = [(host, nic) for host in case.pair.ends for nic in selected(host) if nic.rss]
    single = [f"{host.name}: {nic.name}" for host, nic in reported if nic.rss_queues == 1]
    return judge(
        any_of(equal(nic.rss_queues, 1) for _, nic in reported),
        f"RSS with 1 queue on {', '.join(dict.fromkeys(single))}: SMB opens 1 connection there, not 4.",
        "Verify that RSS has more than one queue (Get-NetAdapterRss).",
    )


@rule(
    "M05",
    "warn",
    EVERY,
    remedy="New-SmbMultichannelConstraint -ServerName PEER -InterfaceAlias LM1,LM2, or subnets apart.",
    source=cite(community=(sources.HARDINIT_MULTICHANNEL, sources.PETRI), official=sources.SMB_CONSTRAINT),
)
def multichannel_may_leave_its_networks(case: Case) -> Answer:
    """SMB may use good NICs that were not selected for live migration."""
    if not case.option.transport.is_smb:
        return DOES_NOT
    at_risk = [all_of([_has_rivals(host), negate(host.smb.constrained)]) for host in case.pair.ends]
    exposed = [host for host, answer in zip(case.pair.ends, at_risk, strict=True) if answer]
    doubtful = [host for host, answer in zip(case.pair.ends, at_risk, strict=True) if answer is None]
    others = dict.fromkeys(f"{nic.name} {nic.speed_gbps:g} Gbit/s" for host in exposed for nic in host.other_nics)
    return judge(
        any_of(at_risk),
        f"SMB may also use NICs of {named(exposed)} not selected for migration: {', '.join(others)}.",
        f"Verify what keeps SMB on the selected NICs of {named(doubtful)} (Get-SmbMultichannelConstraint).",
    )


def _has_rivals(host: Host) -> Known:
    return any_of(_rivals(other, nic) for other, nic in product(host.other_nics, selected(host)))


def _rivals(other: Nic, chosen: Nic) -> Known:
    """Whether SMB would take the other NIC as soon as the chosen one: RDMA first, then RSS, then speed."""
    if other.rdma_on != chosen.rdma_on:
        return other.rdma_on
    fast_enough = other.speed_gbps >= chosen.speed_gbps
    if other.rdma_on:
        return fast_enough
    better = all_of([uses_rss(other), negate(uses_rss(chosen))])
    worse = all_of([uses_rss(chosen), negate(uses_rss(other))])
    return any_of([better, all_of([fast_enough, negate(worse)])])


@rule(
    "M06",
    "warn",
    since(Os.WS2012R2),
    remedy="Team the NICs, or take SMB to use them all; else order them by priority.",
    source=cite(community=sources.HARDINIT_MIGRATION),
)
def one_network_at_a_time(case: Case) -> Answer:
    """TCP/IP and Compression use one network at a time."""
    standby = case.path.standby
    return judge(
        one_flow_per_move(case) and standby > 0,
        f"{1 + standby} networks are selected, 1 is used; {standby} stand{'s' if standby == 1 else ''} by.",
    )


@rule(
    "M07",
    "advise",
    AZURE_LOCAL,
    remedy="One subnet and one VLAN per storage adapter.",
    source=cite(official=sources.HOST_NETWORK),
)
def one_subnet_per_storage_adapter(case: Case) -> Answer:
    """On Azure Local each storage adapter has its own subnet and VLAN."""
    if not case.option.transport.is_smb:
        return DOES_NOT
    local = ends_running(case, AZURE_LOCAL)
    shared = [_share_a_subnet(host.migration_nics) for host in local]
    sharing = [host for host, answer in zip(local, shared, strict=True) if answer]
    return judge(
        any_of(shared),
        f"Migration NICs of {named(sharing)} share a subnet and VLAN; traffic may cross between the switches.",
        "Verify that each migration NIC has its own subnet and VLAN.",
    )


def _share_a_subnet(nics: tuple[Nic, ...]) -> Known:
    return any_of(
        all_of([equal(one.subnet, other.subnet), equal(one.vlan_id, other.vlan_id)])
        for one, other in combinations(nics, 2)
    )
