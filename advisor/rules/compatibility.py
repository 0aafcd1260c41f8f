"""Whether the VMs may move between these hosts at all (K01 to K07)."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Os
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import FAST_GBPS, end_names, ends_running, named
from advisor.rules.logic import Known, all_of, any_of, below, equal, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY, since, span
from advisor.units import bytes_s_to_gbps

BEFORE_WORKGROUP_CLUSTERS: Final = span(Os.WS2012, Os.WS2022)
DYNAMIC_VERSION: Final = 10.0
"""VM configuration version with the dynamic common feature set."""
CROSS_VERSION: Final = 5.0
"""Oldest VM version that moves between 2012 R2 and 2016."""


def _vms(case: Case, wanted: set[str]) -> str:
    """Names of VMs, three at most."""
    names = [vm.name for vm in case.vms if vm.name in wanted]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


@rule(
    "K01",
    "forbid",
    EVERY,
    remedy="Move within one CPU manufacturer, or shut the VMs down to move them.",
    source=cite(official=sources.CPU_COMPATIBILITY),
)
def cpu_makers_must_match(case: Case) -> Answer:
    """A running VM cannot move between CPU manufacturers."""
    source, destination = case.pair.ends
    sender, receiver = end_names(case)
    return judge(
        _differ(case, source.cpu_vendor, destination.cpu_vendor),
        f"CPUs of {source.cpu_vendor} in {sender}, of {destination.cpu_vendor} in {receiver}.",
        "Verify that both hosts have CPUs of one manufacturer.",
    )


def _differ(case: Case, one: str | None, other: str | None) -> Known:
    # a destination that was not described is like the source
    return False if case.pair.source == case.pair.destination else negate(equal(one, other))


@rule(
    "K02",
    "forbid",
    EVERY,
    remedy="Set-VMProcessor -CompatibilityForMigrationEnabled $true, with the VM off.",
    source=cite(official=sources.CPU_COMPATIBILITY),
)
def cpu_features_must_match(case: Case) -> Answer:
    """CPUs with other features need processor compatibility."""
    source, destination = case.pair.ends
    differ = _differ(case, source.cpu_features, destination.cpu_features)
    strict = {vm.name for vm in case.vms if vm.processor_compatibility is False}
    return judge(
        all_of([differ, any_of(negate(vm.processor_compatibility) for vm in case.vms)]),
        f"CPU features differ ({source.cpu_features} / {destination.cpu_features}) and compatibility "
        f"is off for {_vms(case, strict)}: preflight cancels the move.",
        "Verify that CPU features agree, or that processor compatibility is on for every VM.",
    )


@rule(
    "K03",
    "warn",
    since(Os.WS2025),
    remedy="Update-VMVersion, with the VM off, or plan with the minimum feature set.",
    source=cite(official=sources.CPU_COMPATIBILITY),
)
def dynamic_features_need_version_10(case: Case) -> Answer:
    """The dynamic common CPU feature set needs configuration version 10.0."""
    wanting = [vm for vm in case.vms if vm.dynamic_compatibility]
    old = [vm for vm in wanting if vm.config_version is not None and vm.config_version < DYNAMIC_VERSION]
    versions = " and ".join(dict.fromkeys(f"{vm.config_version:g}" for vm in old))
    return judge(
        any_of(below(vm.config_version, DYNAMIC_VERSION) for vm in wanting),
        f"Configuration version {versions}, below {DYNAMIC_VERSION}: {_vms(case, {vm.name for vm in old})}.",
        f"Verify that the VMs have configuration version {DYNAMIC_VERSION} (Get-VM: Version).",
    )


@rule(
    "K04",
    "forbid",
    BEFORE_WORKGROUP_CLUSTERS,
    remedy="Join the nodes to a domain, or upgrade to Windows Server 2025.",
    source=cite(official=sources.WORKGROUP_CLUSTER),
)
def workgroup_clusters_need_2025(case: Case) -> Answer:
    """Live migration in a workgroup cluster needs Windows Server 2025."""
    cluster = case.pair.cluster
    old = ends_running(case, BEFORE_WORKGROUP_CLUSTERS)
    versions = " and ".join(dict.fromkeys(host.os.value for host in old))
    return judge(
        cluster is not None and cluster.kind == "workgroup",
        f"Workgroup cluster with Windows Server {versions} on {named(old)}: no live migration there.",
    )


@rule(
    "K05",
    "warn",
    {Os.WS2025},
    remedy="Set-VMHost -VirtualMachineMigrationAuthenticationType Kerberos, with constrained delegation.",
    source=cite(official=sources.SET_UP_HOSTS),
)
def credential_guard_breaks_credssp(case: Case) -> Answer:
    """Credential Guard keeps CredSSP from delegating."""
    hosts = ends_running(case, {Os.WS2025})
    guarded = [all_of([equal(host.authentication, "credssp"), host.credential_guard]) for host in hosts]
    stuck = [host for host, guard in zip(hosts, guarded, strict=True) if guard]
    return judge(
        any_of(guarded),
        f"CredSSP with Credential Guard on {named(stuck)}: the move may fail.",
        "Verify the authentication (Get-VMHost): Credential Guard, on by default in 2025, breaks CredSSP.",
    )


@rule(
    "K06",
    "forbid",
    span(Os.WS2012R2, Os.WS2016),
    remedy="Keep to VMs of version 5 or later.",
    source=cite(official=sources.SET_UP_HOSTS),
)
def cross_version_moves_need_version_5(case: Case) -> Answer:
    """Between 2012 R2 and 2016 a VM needs version 5 or later."""
    if {host.os for host in case.pair.ends} != {Os.WS2012R2, Os.WS2016}:
        return DOES_NOT
    old = {vm.name for vm in case.vms if vm.config_version is not None and vm.config_version < CROSS_VERSION}
    return judge(
        any_of(below(vm.config_version, CROSS_VERSION) for vm in case.vms),
        f"VM version below {CROSS_VERSION:g}: {_vms(case, old)} cannot move between 2012 R2 and 2016.",
        f"Verify that every VM has version {CROSS_VERSION:g} or later (Get-VM: Version).",
    )


@rule(
    "K07",
    "advise",
    since(Os.WS2022),
    remedy="Set EnableVhdCompression in the migration settings (WMI).",
    source=cite(official_schema=sources.WMI_SCHEMA),
)
def disks_can_be_compressed(case: Case) -> Answer:
    """From Windows Server 2022 on the disks of a move can be compressed."""
    moving = {vm.name for vm in case.vms if vm.move == "memory_and_storage"}
    speed = bytes_s_to_gbps(case.path.line_rate_bytes_s)
    return judge(
        bool(moving) and speed < FAST_GBPS,
        f"Disks move too over {speed:g} Gbit/s ({_vms(case, moving)}); they can travel compressed.",
    )
