"""QEMU, with KVM or without: live migration as `migrate` does it.

Every constant is a 90 % range with its source, or the word assumption. The card made from measured
runs (models/qemu.json) narrows those marked as fitted there; it knows guests under software emulation on
two cores, so with KVM on real hosts a number is extrapolated, and says so.
"""

from __future__ import annotations

from typing import Any, Final

from advisor.domain.hosts import Os, Rdma
from advisor.domain.options import Tier, Transport
from advisor.domain.scenario import HostPair, Switchover
from advisor.platforms import changes
from advisor.platforms.platform import Constants, Generation, Offer, Platform, Range, Way
from advisor.precopy.passes import DowntimeLimit, StopRule
from advisor.units import ms_to_seconds

# QAPI: downtime-limit, default 300 ms (qapi/migration.json).
DEFAULT_BLACKOUT_LIMIT_MS: Final = 300.0

_NOT_HERE: Final = Range(1.0, 1.0, 1.0, "does not apply to QEMU")

CONSTANTS: Final = Constants(
    set_up_s=Range(0.005, 0.02, 0.1, "connection and ram_save_setup; own lab"),
    per_vm_s=Range(0.0, 0.0, 0.0, "QEMU processes are independent of each other"),
    host_limit_bytes_s=Range(
        0.8e9, 1.2e9, 1.25e9, "one migration thread fills 10 GbE: assumption"
    ),
    packet_limit_per_s=Range(5.6e5, 8.4e5, 9.0e5, "as for any host with TCP offloads: assumption"),
    sleep_factor=_NOT_HERE,
    newer_tuning_effect=Range(0.0, 0.0, 0.5, "jumbo frames on recent NICs gain little: assumption"),
    stream_bytes_s=Range(0.8e9, 1.4e9, 2.5e9, "one core's memory copy and TCP: assumption"),
    vnic_bytes_s=Range(1e12, 1e12, 1e12, "does not apply to QEMU"),
    rdma_efficiency=Range(0.85, 0.95, 0.99, "assumption, as for other RDMA"),
    copy_bytes_s=Range(5e9, 10e9, 20e9, "memory copy: assumption"),
    compression_core_bytes_s=Range(
        0.2e9, 0.39e9, 0.6e9, "zstd: 3.1 Gbit/s of raw memory a core at 2.9:1 (Silesia data, Sapphire Rapids)"
    ),
    decompression_speedup=Range(1.5, 2.4, 4.0, "sender 8.1 cores, receiver 3.4, zstd (claim 90)"),
    compression_move_share=Range(1.0, 1.0, 1.0, "streams say how many threads a move has"),
    first_pass_share=Range(0.98, 1.0, 1.02, "pages that are not zero, with headers of 8 bytes"),
    pass_limit=Range(1000, 1000, 1000, "QEMU has no pass limit; one set from outside is taken from the scenario"),
    small_dirty_bytes=Range(0, 0, 0, "QEMU compares what is left with rate x downtime-limit"),
    blackout_fixed_s=Range(0.003, 0.010, 0.05, "stop, last synchronisation, device state: assumption"),
    blackout_per_vcpu_s=Range(0.0005, 0.0018, 0.005, "680 ms beside memory for 384 vCPUs (claim 109)"),
    blackout_per_gib_s=Range(0.0002, 0.0006, 0.002, "36 ms for 64 GiB of dirty log (Cloud Hypervisor)"),
    blackout_sleep_factor=_NOT_HERE,
    tcp_core_s_per_byte=Range(0.4e-9, 0.8e-9, 1.6e-9, "assumption"),
    rdma_core_s_per_byte=Range(0.0, 0.05e-9, 0.2e-9, "assumption, as for other RDMA"),
)

_TCP: Final = Way(Transport.TCPIP, "TCP", streams=1, setting="multifd off")
_WAYS: Final = (
    _TCP,
    Way(Transport.MULTICHANNEL, "multifd", streams=4, setting="multifd, 4 channels"),
    Way(Transport.COMPRESSION, "multifd zstd", compressor="zstd", streams=4, setting="multifd, 4 channels, zstd"),
    Way(Transport.COMPRESSION, "multifd zstd x8", compressor="zstd", streams=8, setting="multifd, 8 channels, zstd"),
    Way(Transport.COMPRESSION, "multifd zlib x8", compressor="zlib", streams=8, setting="multifd, 8 channels, zlib"),
    Way(Transport.RDMA, "RDMA", setting="rdma: URI"),
)


def generation(_: Os) -> Generation:
    """QEMU's age changes no constant of the model; what a version lacks, rules say."""
    return Generation(tuning_weight=0.0, stream_factor=1.0, vnic_on_one_core=False)


def stop(constants: Constants[Any], switchover: Switchover) -> StopRule:
    """The bytes left of the current pass against rate x downtime-limit, all the time (migration/migration.c)."""
    limit = switchover.blackout_limit_ms or DEFAULT_BLACKOUT_LIMIT_MS
    return DowntimeLimit(limit_s=ms_to_seconds(limit), passes=switchover.max_passes or constants.pass_limit)


def today(_: HostPair) -> Way:
    """Plain TCP, where nobody switched a capability on."""
    return _TCP


def offer(pair: HostPair, transport: Transport, tier: Tier) -> Offer | None:
    """The pair under a transport with everything a tier allows; None where the tier adds nothing."""
    capable = all(any(nic.rdma is not Rdma.NONE for nic in host.migration_nics) for host in pair.ends)
    if tier in {Tier.TODAY, Tier.SETTINGS}:
        return Offer(pair, ())
    if tier is Tier.HARDWARE:
        made = changes.apply_all(pair, (changes.second_nic, changes.jumbo_frames))
        return made if transport is not Transport.RDMA and any(c.tier is tier for c in made.changes) else None
    if transport is Transport.RDMA:
        made = changes.apply_all(pair, (changes.rdma_enabled, changes.data_center_bridging, changes.jumbo_frames))
        return made if capable and made.changes else None
    made = changes.apply_all(pair, (changes.jumbo_frames,))
    return made if made.changes else None


PLATFORM: Final = Platform(
    name="qemu",
    title="QEMU/KVM",
    ways=_WAYS,
    constants=CONSTANTS,
    first_pass="nonzero",
    generation=generation,
    stop=stop,
    default_simultaneous=lambda _: 1,
    today=today,
    offer=offer,
)
