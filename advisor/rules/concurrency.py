"""How many moves run at once, and what caps them (C01 to C07)."""

from __future__ import annotations

import math
from typing import Final

from advisor.domain.hosts import Host, Os
from advisor.paths.path import Case
from advisor.paths.smb import cluster_cap_bytes_s, cluster_caps_smb
from advisor.rules import sources
from advisor.rules.facts import ends_running, named
from advisor.rules.logic import Known, any_of, judge
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY, since
from advisor.units import bytes_s_to_gbps

WITH_PERFORMANCE_OPTION: Final = since(Os.WS2012R2)
WITH_PARALLEL_PROPERTY: Final = since(Os.WS2022)
WITH_NETWORK_ATC: Final = since(Os.WS2025)
PARALLEL_UPDATE: Final = "2022-09"
"""Cumulative update that brought MaximumParallelMigrations to Windows Server 2022."""
DEFAULT_SIMULTANEOUS: Final = 2
LEAST_LIMIT_MIB_S: Final = 1
WHOLE_FACTOR: Final = 10_000


@rule(
    "C01",
    "advise",
    WITH_PERFORMANCE_OPTION,
    remedy="Read Get-VMHost; set with Set-VMHost -MaximumVirtualMachineMigrations.",
    source=cite(official=(sources.SET_UP_HOSTS, sources.WORKGROUP_CLUSTER)),
)
def hosts_move_two_at_once(case: Case) -> Answer:
    """A stand-alone host moves 2 VMs at once by default."""
    if case.pair.cluster is not None:
        return DOES_NOT
    silent = [host for host in ends_running(case, WITH_PERFORMANCE_OPTION) if host.simultaneous is None]
    default = "1 or 2 (Microsoft's pages differ for 2025)" if any(host.os is Os.WS2025 for host in silent) else "2"
    return judge(bool(silent), f"No limit given on {named(silent)}; the default is {default} live, 2 storage moves.")


@rule(
    "C02",
    "advise",
    WITH_PARALLEL_PROPERTY,
    remedy=f"(Get-Cluster).MaximumParallelMigrations = {DEFAULT_SIMULTANEOUS}, or what the links carry.",
    source=cite(official=(sources.GET_CLUSTER, sources.SET_VMHOST, sources.PARALLEL_BLOG)),
)
def cluster_limit_overrides_hosts(case: Case) -> Answer:
    """The cluster's MaximumParallelMigrations overrides the hosts' limit."""
    cluster = case.pair.cluster
    if cluster is None:
        return DOES_NOT
    nodes = ends_running(case, WITH_PARALLEL_PROPERTY)
    limit = cluster.max_parallel_migrations
    own = {host.simultaneous for host in nodes} - {None, limit}
    if limit is not None and not own:
        return DOES_NOT  # the hosts do not contradict the cluster: nothing to tell
    given = "its default is 1" if limit is None else f"it is {limit}"
    hosts = f"; the hosts' own limit of {' and '.join(map(str, sorted(own, key=str)))} yields" if own else ""
    return judge(
        any_of(_has_parallel_property(host) for host in nodes),
        f"MaximumParallelMigrations decides: {given}{hosts}.",
        f"Verify the {PARALLEL_UPDATE} update on {named(nodes)}: with it the cluster's limit decides; {given}.",
    )


def _has_parallel_property(host: Host) -> Known:
    if host.os is not Os.WS2022:
        return True  # later systems have had it from the start
    return None if host.updated is None else host.updated >= PARALLEL_UPDATE


@rule(
    "C03",
    "warn",
    WITH_PARALLEL_PROPERTY,
    remedy="Raise it, (Get-Cluster).SMBBandwidthLimitFactor = 5000, or SetSMBBandwidthLimit = 0.",
    source=cite(official=sources.SMB_LIMIT),
)
def cluster_caps_smb_moves(case: Case) -> Answer:
    """A cluster caps SMB live migration at a quarter of all adapters by default."""
    cluster = case.pair.cluster
    if cluster is None or not case.option.transport.is_smb or cluster.smb_limit_factor >= WHOLE_FACTOR:
        return DOES_NOT
    nodes = ends_running(case, WITH_PARALLEL_PROPERTY)
    cap = bytes_s_to_gbps(min(cluster_cap_bytes_s(case.pair, host) for host in nodes))
    share = f"{cluster.smb_limit_factor / WHOLE_FACTOR:.0%} of all adapters, {cap:.3g} Gbit/s"
    return judge(
        any_of(cluster_caps_smb(case.pair, host) for host in nodes),
        f"SMB live migration is capped at {share}, whichever network is selected.",
        f"Verify FS-SMBBW and the {PARALLEL_UPDATE} update on {named(nodes)}: with both, SMB is capped at {share}.",
    )


@rule(
    "C04",
    "advise",
    WITH_NETWORK_ATC,
    remedy="Change it in New-NetIntentGlobalClusterOverrides; Set-VMHost by hand is drift.",
    source=cite(official=(sources.NETWORK_ATC, sources.MANAGE_ATC)),
)
def network_atc_owns_the_settings(case: Case) -> Answer:
    """Network ATC chooses networks, transport, limit and cap."""
    cluster = case.pair.cluster
    limit = case.option.simultaneous
    return judge(
        cluster.network_atc if cluster is not None else False,
        f"Network ATC owns the option, the SMB cap and the limit (default 1, at most 10; here {limit}).",
        "Verify whether Network ATC manages the cluster (Get-NetIntent): it would own these settings.",
    )


@rule(
    "C05",
    "advise",
    EVERY,
    remedy="Go back to 2, or cap SMB: Set-SmbBandwidthLimit -Category LiveMigration -BytesPerSecond 750MB.",
    source=cite(official=sources.CLUSTERING_BLOG),
)
def many_moves_want_a_cap(case: Case) -> Answer:
    """More than 2 moves at once want a look at the bandwidth."""
    moves = case.option.simultaneous
    return judge(
        moves > DEFAULT_SIMULTANEOUS and math.isinf(case.path.cap_bytes_s),
        f"{moves} moves at once and no cap: they may fill the links others need; Microsoft leaves it at 2.",
    )


@rule(
    "C06",
    "forbid",
    WITH_PERFORMANCE_OPTION,
    remedy="Set-SmbBandwidthLimit -Category LiveMigration -BytesPerSecond 750MB (bytes: 6 Gbit/s).",
    source=cite(official=(sources.SET_SMB_LIMIT, sources.HOST_NETWORK)),
)
def smb_limit_has_a_floor(case: Case) -> Answer:
    """An SMB bandwidth limit is at least 1 MB a second."""
    low = [
        host
        for host in ends_running(case, WITH_PERFORMANCE_OPTION)
        if host.smb.limit_mib_s is not None and host.smb.limit_mib_s < LEAST_LIMIT_MIB_S
    ]
    limits = " and ".join(dict.fromkeys(f"{host.smb.limit_mib_s:g}" for host in low))
    return judge(
        case.option.transport.is_smb and bool(low),
        f"SMB limit of {limits} MiB/s on {named(low)}; the cmdlet takes no less than {LEAST_LIMIT_MIB_S}. "
        "Bits taken for bytes?",
    )


@rule(
    "C07",
    "warn",
    WITH_PERFORMANCE_OPTION,
    remedy="Plan without the cap, or take SMB to keep it.",
    source=cite(official=(sources.MANAGE_ATC, sources.SET_SMB_LIMIT)),
)
def smb_limit_binds_smb_only(case: Case) -> Answer:
    """The SMB bandwidth limit does not bind TCP/IP or Compression."""
    limited = [
        host
        for host in ends_running(case, WITH_PERFORMANCE_OPTION)
        if host.smb.limit_mib_s is not None and host.smb.limit_feature is not False
    ]
    limits = " and ".join(dict.fromkeys(f"{host.smb.limit_mib_s:g}" for host in limited))
    return judge(
        not case.option.transport.is_smb and bool(limited),
        f"The SMB limit of {limits} MiB/s on {named(limited)} does not hold {case.option.name} back.",
    )
