"""Which transports exist where, and what they cannot do (T01 to T06)."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Os
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import end_names, ends_running, keeps_performance_option, named, option_words
from advisor.rules.logic import judge
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import since, span

ACCEPTED_OPTIONS: Final = ("TCPIP", "Compression", "SMB")
"""Values Set-VMHost -VirtualMachineMigrationPerformanceOption accepts."""

BUSY_SHARE: Final = 0.6
"""Host CPU share from which compression is short of cores: the field reports 60 to 70 %."""

WITH_OPTION: Final = since(Os.WS2012R2)
WITH_NETWORK_ATC: Final = since(Os.WS2025)
SMB_WORDS: Final = frozenset({"smb", "multichannel", "rdma", "smbdirect"})


@rule(
    "T01",
    "forbid",
    span(Os.WS2012, Os.WS2012),
    remedy="Stay with TCP/IP, or upgrade both hosts to 2012 R2 or later.",
    source=cite(official_schema=sources.WMI_SCHEMA),
)
def performance_options_need_2012r2(case: Case) -> Answer:
    """Windows Server 2012 moves memory over plain TCP/IP only."""
    old = ends_running(case, {Os.WS2012})
    return judge(
        case.option.transport is not Transport.TCPIP,
        f"Windows Server 2012 on {named(old)}: no performance option there, memory goes over TCP/IP.",
    )


@rule(
    "T02",
    "forbid",
    WITH_OPTION,
    remedy="Set-VMHost -VirtualMachineMigrationPerformanceOption TCPIP, Compression or SMB.",
    source=cite(official=sources.SET_VMHOST),
)
def performance_option_is_one_of_three(case: Case) -> Answer:
    """The performance option is TCPIP, Compression or SMB."""
    accepted = {name.lower() for name in ACCEPTED_OPTIONS}
    odd = [
        host
        for host in ends_running(case, WITH_OPTION)
        if host.performance_option is not None and host.performance_option.lower() not in accepted
    ]
    values = " and ".join(dict.fromkeys(repr(host.performance_option) for host in odd))
    return judge(
        keeps_performance_option(case) and bool(odd),
        f"Performance option {values} on {named(odd)}: Set-VMHost does not accept that.",
    )


@rule(
    "T03",
    "advise",
    WITH_OPTION,
    remedy="Read it with Get-VMHost, and set it on every node rather than leave the default.",
    source=cite(official=sources.SET_UP_HOSTS, measured=sources.WMI_DEFAULT_HOST),
)
def default_option_is_compression(case: Case) -> Answer:
    """Where no performance option was set, it is Compression."""
    unset = [host for host in ends_running(case, WITH_OPTION) if host.performance_option is None]
    if not unset or not keeps_performance_option(case):
        return DOES_NOT
    message = f"No performance option given on {named(unset)}; the Windows default is Compression."
    cluster = case.pair.cluster
    if cluster is None or not any(host.os in WITH_NETWORK_ATC for host in unset):
        return judge(True, message)
    return judge(
        None if cluster.network_atc is None else not cluster.network_atc,
        message,
        f"No performance option given on {named(unset)}; verify whether Network ATC chose it.",
    )


@rule(
    "T04",
    "forbid",
    WITH_OPTION,
    remedy="For several NICs take SMB, or team the NICs under Compression.",
    source=cite(official=sources.SET_UP_HOSTS, community=sources.HARDINIT_COMPRESSION),
)
def compression_excludes_multichannel(case: Case) -> Answer:
    """Compression cannot be combined with Multichannel or RDMA."""
    mixed = [
        host
        for host in ends_running(case, WITH_OPTION)
        if host.performance_option is not None
        and "compression" in option_words(host.performance_option)
        and option_words(host.performance_option) & SMB_WORDS
    ]
    values = " and ".join(dict.fromkeys(repr(host.performance_option) for host in mixed))
    return judge(
        case.option.transport is Transport.COMPRESSION and keeps_performance_option(case) and bool(mixed),
        f"Performance option {values} on {named(mixed)}: Compression runs over one network, without SMB.",
    )


@rule(
    "T05",
    "warn",
    WITH_OPTION,
    remedy="Free CPU on that host first, or take a transport that needs less of it.",
    source=cite(community=(sources.HARDINIT_MIGRATION, sources.FINN_COMPRESSION)),
)
def compression_needs_idle_cpu(case: Case) -> Answer:
    """Compression lives on idle CPU."""
    busy = [
        f"{name} has {free:.1f} of {host.cores} cores idle ({host.cpu_busy:.0%} busy)"
        for name, host, free in zip(end_names(case), case.pair.ends, case.path.cores_free, strict=True)
        if host.cpu_busy >= BUSY_SHARE
    ]
    return judge(
        case.path.effective is Transport.COMPRESSION and bool(busy),
        f"Compression gains little: {', '.join(busy)}.",
    )


@rule(
    "T06",
    "warn",
    WITH_OPTION,
    remedy="Set-VMHost -VirtualMachineMigrationPerformanceOption alike on every node.",
    source=cite(official=(sources.CLUSTERING_BLOG, sources.SMB_LIMIT)),
)
def performance_options_should_agree(case: Case) -> Answer:
    """Every node should have the same performance option."""
    source, destination = (host.performance_option for host in case.pair.ends)
    sender, receiver = end_names(case)
    if not keeps_performance_option(case) or (source is None and destination is None):
        return DOES_NOT  # the option is set on every node, or T03 says what both have by default
    known = None if source is None or destination is None else source.lower() != destination.lower()
    return judge(
        known,
        f"Performance option {source} on {sender}, {destination} on {receiver}.",
        f"One end has {source or destination}; verify that the other has it too (Get-VMHost).",
    )
