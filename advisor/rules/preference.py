"""Which transport the vendor and the field would take (P01 to P05)."""

from __future__ import annotations

import math
from typing import Final

from advisor.domain.hosts import Os
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import (
    can_do_rdma,
    ends_running,
    is_converged,
    is_tcp_multichannel,
    named,
    selected,
    slowest_gbps,
)
from advisor.rules.logic import Known, all_of, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import AZURE_LOCAL, since, span

SMB_FROM_GBPS: Final = 5
"""Bandwidth free for migration from which Microsoft prefers SMB on Azure Local."""
MIGRATION_SHARE: Final = 0.29
SMB_RESERVATION: Final = 0.5
"""Azure Local's example: half of the team for SMB, 29 % of that for live migration."""
COMPRESSION_UP_TO_GBPS: Final = 10


def _free_gbps(case: Case) -> tuple[float, bool]:
    """Bandwidth left for migration over all selected NICs [Gbit/s], and whether that is all there is to know."""
    network = case.pair.network
    line = min(sum(nic.speed_gbps for nic in host.migration_nics) for host in case.pair.ends)
    cap = math.inf if network.cap_gbps is None else network.cap_gbps
    if network.migration_share is not None:
        return min(line * network.migration_share, cap), True
    # what DCB or QoS leaves migration of adapters shared by design is not known until someone says
    sure = not any(is_converged(host) for host in case.pair.ends)
    return min(max(line - network.background_gbps, 0.0), cap), sure


def _is_short(case: Case) -> Known:
    """Whether migration is left less than `SMB_FROM_GBPS`."""
    free, sure = _free_gbps(case)
    if free < SMB_FROM_GBPS:
        return True
    return False if sure else None


@rule(
    "P01",
    "advise",
    AZURE_LOCAL,
    remedy="Take SMB with RDMA.",
    source=cite(official=sources.HOST_NETWORK),
)
def fast_links_want_smb(case: Case) -> Answer:
    """With 5 Gbit/s or more free and RDMA, Azure Local takes SMB."""
    if not can_do_rdma(case) or case.option.transport is Transport.RDMA:
        return DOES_NOT
    free, _ = _free_gbps(case)
    return judge(
        negate(_is_short(case)),
        f"{free:.3g} Gbit/s are free for migration and the NICs can do RDMA: Microsoft takes SMB here.",
        f"Verify that migration is left {SMB_FROM_GBPS} Gbit/s of the shared NICs: then Microsoft takes SMB with RDMA.",
    )


@rule(
    "P02",
    "advise",
    AZURE_LOCAL,
    remedy="Take Compression: it shortens the blackout on slow links.",
    source=cite(official=sources.HOST_NETWORK),
)
def slow_links_want_compression(case: Case) -> Answer:
    """With less than 5 Gbit/s free, Azure Local takes Compression."""
    if case.option.transport is Transport.COMPRESSION:
        return DOES_NOT
    free, _ = _free_gbps(case)
    return judge(
        _is_short(case),
        f"{free:.3g} Gbit/s are free for migration, less than {SMB_FROM_GBPS}: Microsoft takes Compression here.",
        f"Verify what migration is left of the shared NICs; below {SMB_FROM_GBPS} Gbit/s Microsoft takes Compression.",
    )


@rule(
    "P03",
    "advise",
    span(Os.WS2012R2, Os.WS2019),
    remedy="Take SMB, with RDMA on at both ends; without RDMA take Compression.",
    source=cite(community=sources.ALTARO),
)
def rdma_nics_want_smb(case: Case) -> Answer:
    """NICs that can do RDMA at both ends are best used by SMB."""
    return judge(
        can_do_rdma(case) and case.option.transport is not Transport.RDMA,
        f"The NICs of {named(case.pair.ends)} can do RDMA; {case.option.name} leaves that unused.",
    )


@rule(
    "P04",
    "advise",
    AZURE_LOCAL,
    remedy="Set-SmbBandwidthLimit -Category LiveMigration, or the ATC override, to that figure.",
    source=cite(official=sources.HOST_NETWORK),
)
def converged_pair_has_an_example_cap(case: Case) -> Answer:
    """For a converged team of two NICs Azure Local gives an example cap."""
    if not case.option.transport.is_smb:
        return DOES_NOT
    teams = [
        host
        for host in ends_running(case, AZURE_LOCAL)
        if host.team is not None and host.team.kind == "set" and len(host.migration_nics) == 2
    ]
    if not teams:
        return DOES_NOT
    speed = min(nic.speed_gbps for host in teams for nic in host.migration_nics)
    figure = (
        "take Compression instead of a cap"
        if speed <= COMPRESSION_UP_TO_GBPS
        else f"Microsoft's example caps migration at {2 * speed * SMB_RESERVATION * MIGRATION_SHARE:.3g} Gbit/s"
    )
    return judge(
        all_of(nic.ets for host in teams for nic in selected(host)),
        f"Two {speed:g} GbE NICs in SET with half for SMB: {figure}.",
        f"Verify that DCB reserves half of the two {speed:g} GbE NICs for SMB; then {figure}.",
    )


@rule(
    "P05",
    "advise",
    since(Os.WS2012R2),
    remedy="Compare with Compression, which sends fewer bytes.",
    source=cite(inferred=sources.SET_UP_HOSTS),
)
def smb_over_one_plain_nic_saves_nothing(case: Case) -> Answer:
    """SMB over one NIC without RDMA saves no bytes."""
    return judge(
        is_tcp_multichannel(case) and len(case.path.members) == 1,
        f"SMB over one {slowest_gbps(case):g} Gbit/s NIC without RDMA sends every byte.",
    )
