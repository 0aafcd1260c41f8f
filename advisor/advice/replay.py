"""A measured run enters through the same door as advice: as a scenario and a transport."""

from __future__ import annotations

from typing import Any

from advisor.domain.hosts import Balancing, Host, Network, Nic, Os, Power, Rdma, Team
from advisor.domain.options import Transport
from advisor.domain.runs import MeasuredRun
from advisor.domain.scenario import Scenario
from advisor.domain.vms import Vm

# What compresses, compresses about this well (zlib level 1, KubeVirt's zstd: 3.4-3.6).
_COMPRESSIBLE_RATIO = 3.5
_TEAMS = {
    "address_hash": Team(kind="lbfo", mode="switch_independent", balancing=Balancing.TRANSPORT_PORTS),
    "hyperv_port": Team(kind="lbfo", mode="switch_independent", balancing=Balancing.HYPERV_PORT),
    "dynamic": Team(kind="lbfo", mode="switch_independent", balancing=Balancing.DYNAMIC),
    "lacp": Team(kind="lbfo", mode="lacp", balancing=Balancing.TRANSPORT_PORTS),
}


def scenario_of(run: MeasuredRun) -> tuple[Scenario, Transport]:
    """The scenario a measured run stands for; what its row leaves empty takes the usual defaults.

    Examples
    --------
    >>> run = MeasuredRun(run_id="1", study="s", platform="hyperv", platform_version="2012R2", transport="tcpip",
    ...                   nic_gbps=10, vm_memory_gib=55)
    >>> scenario, transport = scenario_of(run)
    >>> transport.value, scenario.vms[0].memory_gib
    ('tcpip', 55.0)
    """
    host = Host(
        **_given(
            name=run.study,
            os=_os(run.platform_version),
            cores=run.host_cores,
            cpu_busy=run.host_cpu_busy,
            nics=_nics(run),
            # Links that were seen to carry the move are known members: no luck is left.
            team=_TEAMS.get(run.teaming or "none") if run.links_used is None or run.links_used > 1 else None,
            power=Power(plan=run.power_plan),
            simultaneous=run.simultaneous,
        )
    )
    vm = Vm(
        **_given(
            name=run.run_id,
            count=run.vm_count or 1,
            memory_gib=run.vm_memory_gib,
            vcpus=run.vcpus,
            workload=run.workload,
            dirty_rate_mib_s=run.dirty_rate_mib_s,
            working_set_gib=run.working_set_gib if run.dirty_rate_mib_s is not None and run.working_set_gib else None,
            dirty_pattern=run.dirty_pattern,
            nonzero_gib=run.vm_nonzero_gib or None,
            compression_ratio=_ratio(run.incompressible),
        )
    )
    network = Network(**_given(background_gbps=run.background_gbps))
    return Scenario(platform=run.platform, source=host, vms=(vm,), network=network), run.transport


def can_replay(run: MeasuredRun) -> bool:
    """Whether a row says enough to be predicted: a size, a speed, a time, a known version, no failure."""
    return (
        run.vm_memory_gib is not None
        and run.nic_gbps is not None
        and run.total_s is not None
        and run.outcome != "failed"
        and _os(run.platform_version) is not None
    )


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that are known: what is empty stays unset, and counts as an assumption."""
    return {name: value for name, value in fields.items() if value is not None}


def _os(version: str | None) -> Os | None:
    """The Windows version a row names, however it is spelt; none where it names another."""
    if version is None:
        return Os.WS2019  # assumption: neither the first nor the last of ten years
    plain = version.casefold().replace("windows server", "").replace("ws", "").replace(" ", "")
    return {os.value.casefold(): os for os in Os}.get(plain)


def _nics(run: MeasuredRun) -> tuple[Nic, ...]:
    count = run.nic_count or 1
    if (
        run.links_used is not None
        and run.transport not in {Transport.MULTICHANNEL, Transport.RDMA}
        and run.teaming in {None, "none"}
    ):
        count = run.links_used
    rdma = run.rdma or Rdma.NONE
    if run.transport is Transport.RDMA and rdma is Rdma.NONE:
        rdma = Rdma.IWARP  # memory took RDMA, whatever its protocol; this one asks nothing of the switches
    one = Nic(
        **_given(
            speed_gbps=run.nic_gbps, mtu_bytes=run.mtu_bytes, rdma=rdma, rdma_enabled=run.transport is Transport.RDMA
        )
    )
    jumbo = count if run.jumbo_nics is None else min(run.jumbo_nics, count)
    plain = one.model_copy(update={"mtu_bytes": 1500, "count": count - jumbo})
    nics = [one.model_copy(update={"count": jumbo})] if jumbo else []
    return (*nics, plain) if count > jumbo else tuple(nics)


def _ratio(incompressible: float | None) -> float | None:
    """Ratio of memory of which a share does not compress."""
    return None if incompressible is None else 1.0 / (incompressible + (1.0 - incompressible) / _COMPRESSIBLE_RATIO)
