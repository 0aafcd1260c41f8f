"""A measured run enters through the same door as advice: as a scenario and a way to migrate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from advisor.domain.hosts import QEMU, Balancing, Host, Network, Nic, Os, Power, Rdma, Team
from advisor.domain.options import Transport
from advisor.domain.runs import MeasuredRun
from advisor.domain.scenario import Scenario, Switchover
from advisor.domain.vms import Vm
from advisor.platforms import Way, get_platform
from advisor.platforms.qemu_ways import DEFAULT_CHANNELS, multifd
from advisor.precopy.compression import DATA_RATIO
from advisor.units import gib_to_bytes, mib_to_bytes

# What compresses, compresses about this well (zlib level 1, KubeVirt's zstd: 3.4-3.6).
_COMPRESSIBLE_RATIO = 3.5
# The lab's compressible bytes all repeat: hundreds to one (own lab, bytes sent for a page).
_REPEATING_RATIO = 150.0
# What a Linux guest holds beside its data: its kernel and page tables, of which so much is data of its own; the rest,
# left over from its start where no data took its place, repeats (own lab, bytes sent for idle guests of many sizes).
_SYSTEM_BYTES, _SYSTEM_SHARE = mib_to_bytes(62.5), 0.016
_KERNEL_BYTES = mib_to_bytes(64)
# What a guest of the lab uses of a core itself under software emulation, at both ends together, and more for each
# page it writes (own lab, processor time beside that of sending, by regression over uncompressed moves).
_GUEST_CORES, _GUEST_CORES_PER_MIB_S = 0.2, 0.0004
# QEMU's own most (QAPI, MAX_MIGRATE_DOWNTIME): above it no limit is left.
_NO_LIMIT_MS = 2_000_000.0
_TEAMS = {
    "address_hash": Team(kind="lbfo", mode="switch_independent", balancing=Balancing.TRANSPORT_PORTS),
    "hyperv_port": Team(kind="lbfo", mode="switch_independent", balancing=Balancing.HYPERV_PORT),
    "dynamic": Team(kind="lbfo", mode="switch_independent", balancing=Balancing.DYNAMIC),
    "lacp": Team(kind="lbfo", mode="lacp", balancing=Balancing.TRANSPORT_PORTS),
}


_BONDS = {
    "address_hash": Team(kind="bond", mode="lacp", balancing=Balancing.TRANSPORT_PORTS),
    "lacp": Team(kind="bond", mode="lacp", balancing=Balancing.TRANSPORT_PORTS),
    "multipath": Team(kind="bond", balancing=Balancing.MULTIPATH),
}


def scenario_of(run: MeasuredRun) -> tuple[Scenario, Way]:
    """The scenario a measured run stands for; what its row leaves empty takes the usual defaults.

    Examples
    --------
    >>> run = MeasuredRun(run_id="1", study="s", platform="hyperv", platform_version="2012R2", transport="tcpip",
    ...                   nic_gbps=10, vm_memory_gib=55)
    >>> scenario, way = scenario_of(run)
    >>> way.name, scenario.vms[0].memory_gib
    ('TCP/IP', 55.0)
    """
    return scenario_of_batch([run])


def scenario_of_batch(runs: Sequence[MeasuredRun]) -> tuple[Scenario, Way]:
    """The scenario of moves that started together, each a row of its own; hosts, links and way are the first row's."""
    run = runs[0]
    qemu = run.platform == "qemu"
    host = Host(
        **_given(
            name=run.study,
            os=_os(run),
            cores=run.host_cores,
            cpu_busy=_cpu_busy(runs),
            core_speed=run.core_speed,
            nics=_nics(run),
            # Links that were seen to carry the move are known members: no luck is left.
            team=_team(run, _BONDS if qemu else _TEAMS),
            power=Power(plan=run.power_plan),
            simultaneous=run.simultaneous,
        )
    )
    background = run.background_gbps if run.background_found_gbps is None else run.background_found_gbps
    network = Network(**_given(background_gbps=background, one_machine=_is_of_a_lab(run) or None))
    scenario = Scenario(
        platform=run.platform,
        source=host,
        vms=tuple(_vm(one) for one in runs),
        network=network,
        switchover=_switchover(run) if qemu else Switchover(),
    )
    return scenario, _way(run)


def _is_of_a_lab(run: MeasuredRun) -> bool:
    """Whether a row is of a lab's guest: one virtual processor, filled with data of which a known share is random.

    Both ends are one machine then. Other QEMU rows are of two hosts.
    """
    return run.platform == "qemu" and run.vcpus == 1 and run.incompressible is not None


def _cpu_busy(runs: Sequence[MeasuredRun]) -> float | None:
    """CPU use beside the moves' own: what the row names, and the lab's guests themselves."""
    busy, cores = runs[0].host_cpu_busy, runs[0].host_cores
    if not _is_of_a_lab(runs[0]) or cores is None or runs[0].extra_columns.get("accelerator") == "kvm":
        return busy
    guests = max(len(runs), runs[0].simultaneous or 1)
    written = sum(run.dirty_rate_mib_s or 0.0 for run in runs) * guests / len(runs)
    return min((busy or 0.0) + (guests * _GUEST_CORES + written * _GUEST_CORES_PER_MIB_S) / cores, 1.0)


def _way(run: MeasuredRun) -> Way:
    """The way a row names; the platform's usual one for its transport where it says no more."""
    usual = get_platform(run.platform).way(run.transport)
    if run.platform != "qemu" or run.transport not in {Transport.MULTICHANNEL, Transport.COMPRESSION}:
        return usual
    streams = run.streams or usual.streams or DEFAULT_CHANNELS
    if run.transport is Transport.MULTICHANNEL:
        return multifd(streams)
    return multifd(streams, "zlib" if run.compressor == "zlib" else "zstd")


def _switchover(run: MeasuredRun) -> Switchover:
    return Switchover(
        **_given(
            blackout_limit_ms=None if run.blackout_limit_ms is None else min(run.blackout_limit_ms, _NO_LIMIT_MS),
            # QEMU counts two synchronisations before the first pass has ended: fewer are no fewer.
            max_passes=None if run.max_passes is None else max(run.max_passes, 2),
            auto_converge=run.auto_converge,
        )
    )


def _team(run: MeasuredRun, teams: dict[str, Team]) -> Team | None:
    """The team; none where links that were seen to carry the move are known members, and no luck is left."""
    if run.links_used == 1 and run.platform != "qemu":
        return None
    return teams.get(run.teaming or "none")


def _vm(run: MeasuredRun) -> Vm:
    content: dict[str, float | None] = {"compression_ratio": _ratio(run.incompressible)}
    if _is_of_a_lab(run) and run.incompressible is not None:
        content = _guest_content(
            run.incompressible,
            gib_to_bytes(run.vm_nonzero_gib or run.vm_memory_gib or 0.0),
            _filled_bytes(run),
        )
    return Vm(
        **_given(
            name=run.run_id,
            count=run.vm_count or 1,
            memory_gib=run.vm_memory_gib,
            vcpus=run.vcpus,
            workload=run.workload,
            dirty_rate_mib_s=run.dirty_rate_mib_s,
            working_set_gib=run.working_set_gib if run.dirty_rate_mib_s is not None and run.working_set_gib else None,
            dirty_pattern=run.dirty_pattern,
            nonzero_gib=min(run.vm_nonzero_gib, run.vm_memory_gib or run.vm_nonzero_gib)
            if run.vm_nonzero_gib
            else None,
            **content,
        )
    )


def can_replay(run: MeasuredRun) -> bool:
    """Whether a row says enough to be predicted: a size, a speed, a time, a known version, no failure."""
    return (
        run.vm_memory_gib is not None
        and run.nic_gbps is not None
        and run.total_s is not None
        and run.outcome != "failed"
        and _os(run) is not None
    )


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that are known: what is empty stays unset, and counts as an assumption."""
    return {name: value for name, value in fields.items() if value is not None}


def _os(run: MeasuredRun) -> Os | None:
    """The version a row names, however it is spelt; none where its platform has no such version."""
    if run.platform_version is None:
        # Assumption: neither the first nor the last of ten years.
        return Os.QEMU_8_2 if run.platform == "qemu" else Os.WS2019
    if run.platform == "qemu":
        return _qemu(run.platform_version)
    plain = run.platform_version.casefold().replace("windows server", "").replace("ws", "").replace(" ", "")
    return {os.value.casefold(): os for os in Os if os.platform == run.platform}.get(plain)


def _qemu(version: str) -> Os | None:
    """The newest known QEMU that is no newer than a version such as 10.0.2; none for what is no version, or too old."""
    found = re.match(r"\s*v?(\d+)\.(\d+)", version)
    if found is None:
        return None
    asked = int(found[1]), int(found[2])
    older = [os for os in QEMU if tuple(int(part) for part in os.value.split(".")) <= asked]
    return older[-1] if older else None


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


def _filled_bytes(run: MeasuredRun) -> float:
    """Memory that a lab's guest filled; where the row does not say, what its system does not hold."""
    if run.filled_gib is not None:
        return gib_to_bytes(run.filled_gib)
    assigned = gib_to_bytes(run.vm_memory_gib or 0.0)
    nonzero = gib_to_bytes(run.vm_nonzero_gib) if run.vm_nonzero_gib else assigned
    return max(nonzero - _SYSTEM_BYTES - _SYSTEM_SHARE * assigned, 0.0)


def _guest_content(incompressible: float, nonzero_bytes: float, filled_bytes: float) -> dict[str, float | None]:
    """What a guest holds whose data is part random and part repeating, and that data alone, which it rewrites."""
    data = incompressible + (1.0 - incompressible) / _REPEATING_RATIO
    if not nonzero_bytes:
        return {}
    kernel = min(_KERNEL_BYTES, nonzero_bytes)
    filled = min(filled_bytes, nonzero_bytes - kernel)
    left_over = nonzero_bytes - kernel - filled
    on_the_wire = kernel / DATA_RATIO + filled * data + left_over / _REPEATING_RATIO
    return {
        "compression_ratio": nonzero_bytes / on_the_wire,
        "rewritten_compression_ratio": 1.0 / data,
        "repeating_share": (filled * (1.0 - incompressible) + left_over) / nonzero_bytes,
        "rewritten_repeating_share": 1.0 - incompressible,
    }


def _ratio(incompressible: float | None) -> float | None:
    """Ratio of memory of which a share does not compress."""
    return None if incompressible is None else 1.0 / (incompressible + (1.0 - incompressible) / _COMPRESSIBLE_RATIO)
