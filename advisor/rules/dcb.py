"""What RDMA asks of the network between the hosts: Data Center Bridging and VLANs (R09 to R11)."""

from __future__ import annotations

from advisor.domain.hosts import Host, Nic, Rdma
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import asks_rdma, selected
from advisor.rules.logic import all_of, any_of, below, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY


def _nics_speaking(host: Host, protocol: Rdma) -> tuple[Nic, ...]:
    return tuple(nic for nic in selected(host) if nic.rdma is protocol and nic.rdma_on)


@rule(
    "R09",
    "forbid",
    EVERY,
    remedy="Enable-NetQosFlowControl -Priority 3 and an ETS class for SMB, on hosts and switch ports.",
    source=cite(official=(sources.HOST_NETWORK, sources.RDMA_AND_SET)),
)
def roce_needs_lossless_network(case: Case) -> Answer:
    """RoCE needs PFC and ETS from end to end."""
    if not asks_rdma(case):
        return DOES_NOT
    ports = [(host, nic) for host in case.pair.ends for nic in _nics_speaking(host, Rdma.ROCE)]
    missing = [f"{host.name}: {nic.name}" for host, nic in ports if all_of([nic.pfc, nic.ets]) is False]
    return judge(
        negate(all_of(known for _, nic in ports for known in (nic.pfc, nic.ets))),
        f"RoCE without PFC and ETS on {', '.join(dict.fromkeys(missing))}; it loses packets under load.",
        "Verify PFC and ETS for the RoCE NICs and their switch ports (Get-NetAdapterQos).",
    )


@rule(
    "R10",
    "forbid",
    EVERY,
    remedy="Put the RoCE NICs on a VLAN from 1 to 4094 (Set-NetAdapter -VlanID).",
    source=cite(official=sources.NETWORK_ATC),
)
def roce_needs_vlan(case: Case) -> Answer:
    """RoCE needs a tagged VLAN to carry its priority."""
    if not asks_rdma(case):
        return DOES_NOT
    ports = [(host, nic) for host in case.pair.ends for nic in _nics_speaking(host, Rdma.ROCE)]
    untagged = [f"{host.name}: {nic.name}" for host, nic in ports if nic.vlan_id == 0]
    return judge(
        any_of(below(nic.vlan_id, 1) for _, nic in ports),
        f"RoCE untagged on {', '.join(dict.fromkeys(untagged))}: PFC has no tag to ride on.",
        "Verify that the RoCE NICs carry a VLAN tag, 1 to 4094.",
    )


@rule(
    "R11",
    "advise",
    EVERY,
    remedy="On links shared with storage or VMs, configure DCB for SMB (priority 3).",
    source=cite(official=(sources.HOST_NETWORK, sources.RDMA_AND_SET)),
)
def iwarp_may_do_without_dcb(case: Case) -> Answer:
    """Without DCB iWARP runs, yet converged links gain from it."""
    if not asks_rdma(case):
        return DOES_NOT
    ports = [nic for host in case.pair.ends for nic in _nics_speaking(host, Rdma.IWARP)]
    return judge(
        any_of(negate(any_of([nic.pfc, nic.ets])) for nic in ports),
        "iWARP without DCB works; on a converged link DCB still keeps SMB its share.",
        "Verify whether DCB is configured; iWARP works either way.",
    )
