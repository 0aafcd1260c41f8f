"""A hypervisor that does not exist, in one file: two transports, constants and a stop rule of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.domain.hosts import Os
from advisor.domain.options import Option, Tier, Transport
from advisor.domain.scenario import HostPair, Switchover
from advisor.platforms import Constants, Generation, Offer, Platform, Range, Way
from advisor.platforms.changes import apply_all, jumbo_frames
from advisor.precopy.passes import StopRule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ShortPause:
    """Switch over as soon as the rest can be sent within a pause; never give up."""

    pause_s: float

    def leaves(self, wire_bytes_s: Floats, memory_bytes_s: Floats, fullness: object = 1.0) -> Floats:
        return np.zeros_like(memory_bytes_s)

    def met(self, dirty_bytes: Floats, rate_bytes_s: Floats) -> Bools:
        return np.less_equal(dirty_bytes, rate_bytes_s * self.pause_s)

    goes_on_s = 0.0

    def forced(self, passes_done: Floats) -> Bools:
        return np.zeros(np.shape(passes_done), dtype=np.bool_)


def sure(value: float) -> Range:
    return Range(value, value, value, "assumption: a toy")


CONSTANTS = Constants(
    set_up_s=sure(1.0),
    per_vm_s=sure(0.1),
    host_limit_bytes_s=Range(1.0e9, 1.2e9, 1.25e9, "assumption: a toy"),
    packet_limit_per_s=sure(1e6),
    sleep_factor=sure(1.0),
    newer_tuning_effect=sure(0.0),
    stream_bytes_s=sure(5e9),
    vnic_bytes_s=sure(1e9),
    rdma_efficiency=sure(1.0),
    copy_bytes_s=sure(50e9),
    compression_core_bytes_s=sure(0.5e9),
    compression_move_share=sure(1.0),
    compression_hardness=sure(0.0),
    compression_random_hardness=sure(0.0),
    decompression_speedup=sure(3.0),
    first_pass_share=sure(1.0),
    pass_limit=sure(30),
    small_dirty_bytes=sure(1e6),
    blackout_fixed_s=sure(0.05),
    blackout_per_vcpu_s=sure(0.001),
    blackout_per_gib_s=sure(0.0),
    blackout_sleep_factor=sure(1.0),
    tcp_core_s_per_byte=sure(1e-9),
    rdma_core_s_per_byte=sure(0.0),
    link_efficiency=sure(1.0),
    multipath_share=sure(1.0),
    buffer_bytes=sure(0.0),
    look_late_s=sure(0.0),
    tail_share=sure(1.0),
    zero_scan_bytes_s=sure(1e12),
    zlib_core_bytes_s=sure(1e9),
    zlib_hardness=sure(0.0),
    zlib_random_hardness=sure(0.0),
)


def stop(_: Constants[Any], __: Switchover, ___: Option) -> StopRule:
    return ShortPause(pause_s=0.3)


def generation(_: Os) -> Generation:
    return Generation(tuning_weight=1.0, stream_factor=1.0, vnic_on_one_core=False)


def offer(pair: HostPair, _: Transport, tier: Tier) -> Offer | None:
    """Jumbo frames is all there is to tune."""
    if tier is Tier.TUNING:
        return apply_all(pair, (jumbo_frames,))
    return Offer(pair, ()) if tier in {Tier.TODAY, Tier.SETTINGS} else None


PLATFORM = Platform(
    name="toy",
    title="Toy hypervisor",
    ways=(Way(Transport.TCPIP, "plain"), Way(Transport.COMPRESSION, "squeezed", compressor="zstd")),
    constants=CONSTANTS,
    first_pass="nonzero",
    generation=generation,
    stop=stop,
    default_simultaneous=lambda _: 3,
    today=lambda _: Way(Transport.TCPIP, "plain"),
    offer=offer,
)
