"""What SMB Direct asks of adapters, teams and virtual switches (R01 to R08, R12, R13, R18, R19)."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Host, Os, Rdma
from advisor.paths.path import Case
from advisor.paths.smb import why_no_rdma
from advisor.rules import sources
from advisor.rules.facts import (
    asks_rdma,
    end_names,
    ends_running,
    is_converged,
    keeps_performance_option,
    named,
    option_words,
    rdma_protocols,
    selected,
)
from advisor.rules.logic import all_of, any_of, below, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import AZURE_LOCAL, EVERY, since, span

WITH_OPTION: Final = since(Os.WS2012R2)
RDMA_ON_VSWITCH: Final = since(Os.WS2016)
NO_RDMA_ON_VSWITCH: Final = span(Os.WS2012, Os.WS2012R2)


@rule(
    "R01",
    "forbid",
    WITH_OPTION,
    remedy="Enable-NetAdapterRdma on the migration NICs of both hosts, or plan with Multichannel.",
    source=cite(official=(sources.SET_UP_HOSTS, sources.SMB_DIRECT)),
)
def rdma_needs_both_ends(case: Case) -> Answer:
    """SMB Direct runs only where both ends have RDMA enabled."""
    reason = _why_no_rdma(case) if asks_rdma(case) else ""
    return judge(
        bool(reason),
        f"RDMA would not be used: {reason}. SMB falls back to {case.path.effective.value} over TCP.",
    )


def _why_no_rdma(case: Case) -> str:
    """The path's own reason; encryption is left out, for it leaves RDMA on but slow (R14 warns of that)."""
    if not any(host.smb.encryption for host in case.pair.ends):
        return case.path.no_rdma_because
    ends = {
        role: host.model_copy(update={"smb": host.smb.model_copy(update={"encryption": False})})
        for role, host in zip(("source", "destination"), case.pair.ends, strict=True)
    }
    return why_no_rdma(case.pair.model_copy(update=ends))


@rule(
    "R02",
    "forbid",
    WITH_OPTION,
    remedy="Set-VMHost -VirtualMachineMigrationPerformanceOption SMB on every node.",
    source=cite(official=(sources.SET_UP_HOSTS, sources.SET_VMHOST)),
)
def rdma_needs_smb(case: Case) -> Answer:
    """RDMA carries live migration only under the option SMB."""
    wanting = [
        host
        for host in ends_running(case, WITH_OPTION)
        if host.performance_option is not None
        and "rdma" in option_words(host.performance_option)
        and "smb" not in option_words(host.performance_option)
    ]
    values = " and ".join(dict.fromkeys(repr(host.performance_option) for host in wanting))
    return judge(
        keeps_performance_option(case) and not case.option.transport.is_smb and bool(wanting),
        f"Performance option {values} on {named(wanting)}: RDMA is used under SMB only.",
    )


@rule(
    "R03",
    "forbid",
    EVERY,
    remedy="Set-SmbClientConfiguration and Set-SmbServerConfiguration -EnableMultiChannel $true.",
    source=cite(official=sources.SMB_DIRECT),
)
def rdma_needs_multichannel(case: Case) -> Answer:
    """SMB Direct needs SMB Multichannel switched on."""
    off = [host for host in case.pair.ends if not host.smb.multichannel]
    return judge(
        asks_rdma(case) and bool(off),
        f"SMB Multichannel is off on {named(off)}; it is what discovers RDMA adapters.",
    )


@rule(
    "R04",
    "forbid",
    EVERY,
    remedy="Take the RDMA NICs out of the LBFO team, or use SET on Windows Server 2016 and later.",
    source=cite(official=(sources.SMB_DIRECT, sources.RDMA_AND_SET)),
)
def lbfo_team_loses_rdma(case: Case) -> Answer:
    """Adapters in an LBFO team lose RDMA."""
    teams = [host for host in case.pair.ends if host.team is not None and host.team.kind == "lbfo"]
    sizes = " and ".join(dict.fromkeys(str(len(host.migration_nics)) for host in teams))
    return judge(
        asks_rdma(case) and bool(teams),
        f"LBFO team of {sizes} NICs on {named(teams)}: its members have no RDMA.",
    )


@rule(
    "R05",
    "forbid",
    NO_RDMA_ON_VSWITCH,
    remedy="Give live migration physical NICs that no virtual switch is bound to.",
    source=cite(official=sources.RDMA_AND_SET),
)
def old_vswitch_has_no_rdma(case: Case) -> Answer:
    """Before Windows Server 2016 a NIC bound to a virtual switch has no RDMA."""
    bound = [host for host in ends_running(case, NO_RDMA_ON_VSWITCH) if host.vnic is not None]
    versions = " and ".join(dict.fromkeys(host.os.value for host in bound))
    return judge(
        asks_rdma(case) and bool(bound),
        f"Migration on {named(bound)} ({versions}) goes over host vNICs: no RDMA there.",
    )


@rule(
    "R06",
    "warn",
    RDMA_ON_VSWITCH,
    remedy='Enable-NetAdapterRdma "vEthernet (SMB_1)", and the physical members too.',
    source=cite(official=sources.RDMA_AND_SET),
)
def host_vnic_needs_rdma_enabled(case: Case) -> Answer:
    """RDMA over a virtual switch must be enabled on the host vNICs too."""
    if not asks_rdma(case):
        return DOES_NOT
    # SET has no team interface of its own: whatever uses it goes through a host vNIC
    virtual = [host for host in ends_running(case, RDMA_ON_VSWITCH) if is_converged(host)]
    enabled = [host.vnic.rdma_enabled if host.vnic is not None else None for host in virtual]
    off = [host for host, on in zip(virtual, enabled, strict=True) if on is False]
    return judge(
        negate(all_of(enabled)),
        f"RDMA is off on the host vNICs of {named(off)}.",
        f"Verify that RDMA is on for the host vNICs of {named(virtual)} (Get-NetAdapterRdma).",
    )


@rule(
    "R07",
    "advise",
    RDMA_ON_VSWITCH,
    remedy="One SMB vNIC per member, each pinned with Set-VMNetworkAdapterTeamMapping.",
    source=cite(official=sources.RDMA_AND_SET),
)
def map_vnics_to_team_members(case: Case) -> Answer:
    """RDMA over SET wants one vNIC per member, pinned to it."""
    if not asks_rdma(case):
        return DOES_NOT
    teams = [
        host
        for host in ends_running(case, RDMA_ON_VSWITCH)
        if host.team is not None and host.team.kind == "set" and len(host.migration_nics) > 1
    ]
    loose = [_vnics_are_loose(host) for host in teams]
    unpinned = [host for host, is_loose in zip(teams, loose, strict=True) if is_loose]
    return judge(
        any_of(loose),
        f"{' and '.join(dict.fromkeys(map(_vnics_over_members, unpinned)))} on {named(unpinned)}; a member may idle.",
        f"Verify that each SMB vNIC of {named(teams)} is pinned to a member (Get-VMNetworkAdapterTeamMapping).",
    )


def _vnics_are_loose(host: Host) -> bool | None:
    if host.vnic is None:
        return None
    return any_of([below(host.vnic.count, len(host.migration_nics)), negate(host.vnic.team_mapped)])


def _vnics_over_members(host: Host) -> str:
    count = host.vnic.count if host.vnic is not None else 0
    pinned = "" if host.vnic is not None and host.vnic.team_mapped else "unpinned "
    return f"{count} {pinned}vNIC{'s' if count > 1 else ''} over {len(host.migration_nics)} members"


@rule(
    "R08",
    "forbid",
    EVERY,
    remedy="Put adapters of one RDMA protocol into both hosts, or plan with Multichannel.",
    source=cite(official=sources.HOST_NETWORK),
)
def rdma_protocols_must_match(case: Case) -> Answer:
    """RDMA adapters understand only their own protocol."""
    source, destination = (rdma_protocols(host) for host in case.pair.ends)
    spoken = " against ".join(", ".join(sorted(protocols)) for protocols in (source, destination))
    return judge(
        asks_rdma(case) and bool(source) and bool(destination) and not source & destination,
        f"The ends speak different RDMA protocols: {spoken}.",
    )


@rule(
    "R12",
    "forbid",
    AZURE_LOCAL,
    remedy="Use iWARP or RoCE Ethernet adapters.",
    source=cite(official=sources.HOST_NETWORK),
)
def azure_local_takes_no_infiniband(case: Case) -> Answer:
    """Azure Local does not support InfiniBand."""
    found = [host for host in ends_running(case, AZURE_LOCAL) if Rdma.INFINIBAND in rdma_protocols(host)]
    return judge(bool(found), f"InfiniBand adapters carry migration on {named(found)}, under Azure Local.")


@rule(
    "R13",
    "forbid",
    EVERY,
    remedy="Take the InfiniBand adapters out of the team.",
    source=cite(official=(sources.NIC_TEAMING, sources.RDMA_AND_SET)),
)
def infiniband_cannot_be_teamed(case: Case) -> Answer:
    """InfiniBand and IPoIB adapters cannot be team members."""
    found = [host for host in case.pair.ends if host.team is not None and Rdma.INFINIBAND in rdma_protocols(host)]
    kinds = " and ".join(dict.fromkeys(host.team.kind.upper() for host in found if host.team is not None))
    return judge(bool(found), f"InfiniBand adapters in the {kinds} team of {named(found)}; teams take Ethernet only.")


@rule(
    "R18",
    "forbid",
    AZURE_LOCAL,
    remedy="Install the adapter maker's driver.",
    source=cite(official=sources.HOST_NETWORK),
)
def azure_local_needs_vendor_driver(case: Case) -> Answer:
    """Azure Local does not support the NIC drivers that come with Windows."""
    local = ends_running(case, AZURE_LOCAL)
    found = [f"{host.name}: {nic.name}" for host in local for nic in selected(host) if nic.inbox_driver]
    return judge(
        any_of(nic.inbox_driver for host in local for nic in selected(host)),
        f"In-box driver on {', '.join(dict.fromkeys(found))}.",
        "Verify that no NIC runs an in-box driver (Get-NetAdapter: DriverProvider is not Microsoft).",
    )


@rule(
    "R19",
    "forbid",
    AZURE_LOCAL,
    remedy="Disable-NetAdapterRdma on the adapters between sites; plan with Multichannel there.",
    source=cite(official=sources.HOST_NETWORK + " (stretched clusters, 22H2)"),
)
def rdma_stays_within_a_site(case: Case) -> Answer:
    """On Azure Local RDMA stays within one site."""
    return judge(
        case.pair.network.crosses_sites if asks_rdma(case) else False,
        f"Different sites or subnets: {' and '.join(end_names(case))}.",
        "Verify that both hosts stand in one site and subnet.",
    )
