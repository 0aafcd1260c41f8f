"""What a path can carry: the rates that its moves share, for many values of the constants at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.domain.options import Transport
from advisor.paths.path import Path
from advisor.platforms.constants import Constants
from advisor.platforms.platform import Generation
from advisor.precopy.compression import Compressor, processor_rate
from advisor.precopy.link import (
    ETHERNET_OVERHEAD_BYTES,
    VIRTUAL_OVERHEAD_BYTES,
    nic_rate,
    rdma_goodput,
    tcp_goodput,
    tuning_weight,
    what_others_leave,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the hosts are taken to be, one value a variant.

    Attributes
    ----------
    sleeping : 1 where cores sleep between packets, 0 where they do not.
    cores_source, cores_destination : idle cores.
    """

    sleeping: Floats
    cores_source: Floats
    cores_destination: Floats


@dataclass(frozen=True, slots=True)
class Capacity:
    """Rates of a path, (variants,) [bytes/s].

    Attributes
    ----------
    link : wire bytes per second for all moves together.
    flow : wire bytes per second of one move at most.
    processor : memory that compresses best, per second for all moves, infinity without compression.
    threads : the same for one move's own threads.
    ends : the same for each end alone.
    compressor : what compresses, and what memory takes of it; none without compression.
    age_weight : how much of the effect of cores that sleep is left on these hosts.
    binding : what the link's rate comes from, for people, at the first variant.
    """

    link: Floats
    flow: Floats
    processor: Floats
    threads: Floats
    ends: tuple[Floats, Floats]
    compressor: Compressor | None
    age_weight: Floats
    binding: str


def capacity_of(
    path: Path,
    members_worth: float,
    constants: Constants[Floats],
    conditions: Conditions,
    generation: Generation,
) -> Capacity:
    """The rates of a path with `members_worth` members in use."""
    nics, nic_reason = _nic_rates(path, constants, conditions, generation)
    reasons = [nic_reason]
    link = nics.sum(axis=0) * (members_worth / len(path.members))
    if path.multipath and len(path.members) > 2:
        further = len(path.members) - 2
        link = link * (2.0 + further * constants.multipath_share) / (2.0 + further)
        reasons = [f"{len(path.members)} links under multipath TCP"]
    if members_worth < len(path.members):
        reasons = [f"{members_worth:.2g} of {len(path.members)} NICs in use"]
    if path.background_bytes_s > 0:
        # Other traffic lies on all members alike: those in use have their part of it.
        others = path.background_bytes_s * min(members_worth / len(path.members), 1.0)
        left = what_others_leave(link, others, path.guaranteed_share)
        crowded = left[0] < link[0] / 2
        reasons = ["other traffic on the same NICs" if crowded else f"{reasons[0]} beside other traffic"]
        link = left

    def limit(by: Floats, reason: str) -> None:
        nonlocal link
        if by[0] < link[0]:
            reasons[0] = reason
        link = np.minimum(link, by)

    flow = link.copy() if path.striped else nics.max(axis=0)
    if path.effective is not Transport.RDMA:
        stream = constants.stream_bytes_s * generation.stream_factor * path.connections
        if path.through_vnic and generation.vnic_on_one_core:
            vnics = members_worth if path.striped else 1.0
            limit(constants.vnic_bytes_s * vnics, "one core receiving for each host vNIC")
        flow = np.minimum(flow, stream)
        # The kernel keeps a core's worth of TCP going whatever the VMs do; beyond that it has what they leave.
        idle = np.maximum(np.minimum(conditions.cores_source, conditions.cores_destination), 1.0)
        if path.one_machine:
            idle = idle / 2  # both ends' work falls on the same cores
        limit(path.core_speed * idle / constants.tcp_core_s_per_byte, "idle cores for TCP")
    limit(constants.copy_bytes_s, "memory copy and PCIe")
    if path.cap_bytes_s < np.inf:
        limit(np.full_like(link, path.cap_bytes_s), path.cap_name)
    processor = threads = np.full_like(link, np.inf)
    ends, compressor = (processor, processor), None
    if path.effective is Transport.COMPRESSION:
        compressor = _compressor(path, constants)
        cores = conditions.cores_source, conditions.cores_destination
        core, speedup = compressor.core_bytes_s, compressor.speedup
        processor = processor_rate(*cores, core, speedup, one_machine=path.one_machine)
        ends = np.maximum(cores[0], 1.0) * core, np.maximum(cores[1], 1.0) * core * speedup
        # Streams name the threads that compress; without a number all idle cores do. A share of them is kept busy.
        streams = path.option.streams
        threads = constants.compression_move_share * (processor if streams is None else streams * core)
    age = np.maximum(generation.tuning_weight, constants.newer_tuning_effect)
    return Capacity(link, np.minimum(flow, link), processor, threads, ends, compressor, age, reasons[0])


def _compressor(path: Path, constants: Constants[Floats]) -> Compressor:
    zlib = path.option.compressor == "zlib"
    return Compressor(
        core_bytes_s=path.core_speed * (constants.zlib_core_bytes_s if zlib else constants.compression_core_bytes_s),
        hardness=constants.zlib_hardness if zlib else constants.compression_hardness,
        random_hardness=constants.zlib_random_hardness if zlib else constants.compression_random_hardness,
        speedup=constants.decompression_speedup,
    )


def _nic_rates(
    path: Path, constants: Constants[Floats], conditions: Conditions, generation: Generation
) -> tuple[Floats, str]:
    """What each member carries, (members, variants), and why no more."""
    speeds = np.array([member.speed_bytes_s for member in path.members])[:, None]
    packets = np.array([member.mtu_bytes for member in path.members])[:, None]
    if path.effective is Transport.RDMA:
        return rdma_goodput(speeds, packets) * constants.rdma_efficiency, "the RDMA links"
    framing = generation.tcp_header_bytes, VIRTUAL_OVERHEAD_BYTES if path.one_machine else ETHERNET_OVERHEAD_BYTES
    rates = nic_rate(
        speeds,
        packets,
        constants.host_limit_bytes_s,
        constants.packet_limit_per_s,
        constants.sleep_factor**conditions.sleeping,
        tuning_weight(speeds, generation.tuning_weight, constants.newer_tuning_effect),
        *framing,
    )
    wire_bound = rates[0, 0] >= tcp_goodput(speeds, packets, *framing)[0, 0] * 0.999
    rates = rates * constants.link_efficiency
    return rates, "the link" if wire_bound else "what the hosts push through each NIC"
