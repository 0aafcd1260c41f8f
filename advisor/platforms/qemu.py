"""QEMU, with KVM or without: live migration as `migrate` does it.

Every constant is a 90 % range with its source, or the word assumption. The card made from measured
runs (models/qemu.json) narrows those marked as fitted there; it knows guests under software emulation on
two cores, so with KVM on real hosts a number is extrapolated, and says so.
"""

from __future__ import annotations

from typing import Any, Final

from advisor.domain.hosts import Os
from advisor.domain.options import Option
from advisor.domain.scenario import Switchover
from advisor.platforms import qemu_ways
from advisor.platforms.constants import Constants, Range
from advisor.platforms.platform import Generation, Platform, Words
from advisor.precopy.link import TCP_TIMESTAMPS_HEADER_BYTES
from advisor.precopy.passes import DowntimeLimit, StopRule
from advisor.units import KIB, ms_to_seconds

_NOT_HERE: Final = Range(1.0, 1.0, 1.0, "does not apply to QEMU")

CONSTANTS: Final = Constants(
    set_up_s=Range(0.005, 0.02, 0.1, "connection and ram_save_setup; own lab"),
    per_vm_s=Range(0.0, 0.0, 0.0, "QEMU processes are independent of each other"),
    host_limit_bytes_s=Range(0.8e9, 1.2e9, 1.25e9, "one migration thread fills 10 GbE: assumption"),
    packet_limit_per_s=Range(5.6e5, 8.4e5, 9.0e5, "as for any host with TCP offloads: assumption"),
    sleep_factor=_NOT_HERE,
    newer_tuning_effect=Range(0.0, 0.0, 0.5, "jumbo frames on recent NICs gain little: assumption"),
    stream_bytes_s=Range(0.8e9, 1.4e9, 2.5e9, "one core's memory copy and TCP: assumption"),
    vnic_bytes_s=Range(1e12, 1e12, 1e12, "does not apply to QEMU"),
    rdma_efficiency=Range(0.85, 0.95, 0.99, "assumption, as for other RDMA"),
    copy_bytes_s=Range(5e9, 10e9, 20e9, "memory copy: assumption"),
    compression_core_bytes_s=Range(0.7e9, 1.5e9, 4e9, "zstd where memory repeats: assumption; see its hardness"),
    compression_hardness=Range(1.2, 3.0, 8.0, "zstd: 3.1 Gbit/s of Silesia data a core (Sapphire Rapids)"),
    compression_random_hardness=Range(0.3, 1.0, 4.0, "zstd gives up early where nothing compresses: assumption"),
    decompression_speedup=Range(0.4, 1.5, 5.0, "sender 8.1 cores, receiver 3.4, zstd (claim 90)"),
    compression_move_share=Range(0.7, 0.88, 1.0, "a stream's thread waits for pages and for its socket: assumption"),
    first_pass_share=Range(0.98, 1.0, 1.02, "pages that are not zero, with headers of 8 bytes"),
    pass_limit=Range(100, 100, 100, "QEMU has none: what has not converged after so many passes, never does"),
    small_dirty_bytes=Range(0, 0, 0, "QEMU compares what is left with rate x downtime-limit"),
    blackout_fixed_s=Range(0.003, 0.010, 0.05, "stop, last synchronisation, device state: assumption"),
    blackout_per_vcpu_s=Range(0.0005, 0.0018, 0.005, "680 ms beside memory for 384 vCPUs (claim 109)"),
    blackout_per_gib_s=Range(0.0002, 0.0006, 0.002, "36 ms for 64 GiB of dirty log (Cloud Hypervisor)"),
    blackout_sleep_factor=_NOT_HERE,
    tcp_core_s_per_byte=Range(0.5e-9, 1.2e-9, 2.5e-9, "own lab: 0.1-0.7 ns sending, 1.9-2.9 ns receiving, 2 cores"),
    rdma_core_s_per_byte=Range(0.0, 0.05e-9, 0.2e-9, "assumption, as for other RDMA"),
    link_efficiency=Range(0.985, 1.0, 1.005, "framing and headers are counted: what is left is retransmission"),
    multipath_share=Range(0.3, 0.65, 1.0, "own lab, three and four links; two are used in full"),
    buffer_bytes=Range(
        1.5e6, 3.5e6, 8e6, "net.ipv4.tcp_wmem, 4 MiB at most by default, and the link's queue: assumption"
    ),
    look_late_s=Range(0.002, 0.025, 0.048, "anywhere in the 50 ms that ram_save_iterate sends for (MAX_WAIT)"),
    tail_share=Range(0.08, 0.5, 1.0, "zero pages cluster: own lab's guests of many sizes; else assumption"),
    zero_scan_bytes_s=Range(2e9, 9e9, 30e9, "one core comparing memory with zero: assumption"),
    zlib_core_bytes_s=Range(0.4e9, 1.2e9, 3.5e9, "zlib level 1 where all repeats: assumption"),
    zlib_hardness=Range(3.0, 9.0, 27.0, "zlib level 1: 60 to 120 MB/s of data a core: assumption"),
    zlib_random_hardness=Range(6.0, 18.0, 54.0, "zlib searches longest where nothing compresses: assumption"),
)


def generation(_: Os) -> Generation:
    """QEMU's age changes no constant of the model; what a version lacks, rules say."""
    return Generation(
        tuning_weight=0.0, stream_factor=1.0, vnic_on_one_core=False, tcp_header_bytes=TCP_TIMESTAMPS_HEADER_BYTES
    )


def stop(constants: Constants[Any], switchover: Switchover, option: Option) -> StopRule:
    """The bytes left of the current pass against rate x downtime-limit, all the time (migration/migration.c)."""
    limit = switchover.blackout_limit_ms or qemu_ways.DEFAULT_BLACKOUT_LIMIT_MS
    # The first of QEMU's synchronisations comes before the first pass.
    return DowntimeLimit(
        limit_s=ms_to_seconds(limit),
        passes=switchover.max_passes or constants.pass_limit,
        late_s=constants.look_late_s,
        queued_bytes=PLATFORM.queued_bytes(option),
    )


PLATFORM: Final = Platform(
    name="qemu",
    title="QEMU/KVM",
    ways=qemu_ways.WAYS,
    constants=CONSTANTS,
    first_pass="nonzero",
    generation=generation,
    stop=stop,
    default_blackout_limit_ms=qemu_ways.DEFAULT_BLACKOUT_LIMIT_MS,
    # migration/multifd.h, MULTIFD_PACKET_SIZE
    packet_bytes=512 * KIB,
    counted_beside_passes=2,
    fitted=(
        "set_up_s",
        "link_efficiency",
        "buffer_bytes",
        "zero_scan_bytes_s",
        "compression_core_bytes_s",
        "compression_hardness",
        "compression_random_hardness",
        "decompression_speedup",
        "compression_move_share",
        "multipath_share",
        "zlib_core_bytes_s",
        "zlib_hardness",
        "zlib_random_hardness",
    ),
    default_simultaneous=lambda _: 1,
    today=qemu_ways.today,
    offer=qemu_ways.offer,
    words=Words(
        versions="QEMU versions",
        transport_setting="Migration capabilities and parameters",
        simultaneous="Moves started at once",
        simultaneous_why="QEMU has no limit of its own: assumption, one move after another",
        endless="QEMU has no pass limit, so the move goes on until somebody ends it",
        learn=qemu_ways.LEARN,
    ),
    suits=qemu_ways.suits,
    rescue=qemu_ways.rescue,
    assumes=qemu_ways.assumes,
    power_matters=False,
)
