"""What can be chosen on QEMU: the ways it moves memory, the one in force, and what may be changed."""

from __future__ import annotations

import re
from functools import partial
from typing import Final, Literal

from advisor.domain.answers import Assumption
from advisor.domain.dirtying import dirtying_of
from advisor.domain.hosts import Rdma
from advisor.domain.options import Tier, Transport
from advisor.domain.scenario import HostPair
from advisor.domain.vms import Vm
from advisor.platforms import changes, qemu_changes
from advisor.platforms.platform import Offer, Way
from advisor.precopy.throttle import THROTTLE_TRIGGER
from advisor.units import gbps_to_bytes_s, ms_to_seconds

# QAPI: downtime-limit, default 300 ms (qapi/migration.json, migration/options.c).
DEFAULT_BLACKOUT_LIMIT_MS: Final = 300.0
# Channels where nobody named a number: multifd-channels, default 2 (qapi/migration.json).
DEFAULT_CHANNELS: Final = 2
FEWEST_CHANNELS: Final = 4


def multifd(streams: int, compressor: Literal["none", "zlib", "zstd"] = "none") -> Way:
    """multifd with so many channels, the memory compressed or not.

    Examples
    --------
    >>> multifd(8, "zstd").name, multifd(4).set_by
    ('multifd zstd x8', 'multifd, 4 channels')
    """
    squeezed = f" {compressor}" if compressor != "none" else ""
    virsh = f" --compressed --comp-methods {compressor}" if squeezed else ""
    return Way(
        Transport.COMPRESSION if squeezed else Transport.MULTICHANNEL,
        f"multifd{squeezed} x{streams}",
        compressor=compressor,
        streams=streams,
        setting=f"multifd, {streams} channels" + (f", {compressor}" if squeezed else ""),
        command=f"virsh migrate --parallel --parallel-connections {streams}{virsh}",
    )


TCP: Final = Way(Transport.TCPIP, "TCP", streams=1, setting="multifd off", command="virsh migrate without --parallel")
RDMA: Final = Way(Transport.RDMA, "RDMA", setting="rdma: URI", command="virsh migrate --migrateuri rdma://HOST")
WAYS: Final = (
    TCP,
    *(multifd(streams) for streams in (FEWEST_CHANNELS, 8)),
    *(multifd(streams, "zstd") for streams in (FEWEST_CHANNELS, 8, 16)),
    *(multifd(streams, "zlib") for streams in (8, FEWEST_CHANNELS, 16)),
    RDMA,
)

_JUMBO: Final = partial(changes.jumbo_frames, how="ip link set dev NIC mtu 9000, and where the network is configured")


def today(pair: HostPair) -> Way:
    """The way that the source's `performance_option` names; plain TCP, where nobody switched a capability on.

    Understands tcp, multifd, multifd-zstd, multifd-zlib and rdma, the ways' own names, and what sets them.
    """
    option = (pair.source.performance_option or "").casefold()
    words = set(re.findall(r"[a-z]+", option))
    if "rdma" in words:
        return RDMA
    # zstd and zlib name a compression of multifd; nothing else of QEMU's has them.
    compressor = next((one for one in ("zstd", "zlib") if one in words), None)
    if "off" in words or not (compressor or "multifd" in words):
        return TCP
    number = re.search(r"\d+", option)
    channels = min(max(int(number[0]), 1), 255) if number and len(number[0]) <= 3 else DEFAULT_CHANNELS
    return multifd(channels) if compressor is None else multifd(channels, "zstd" if compressor == "zstd" else "zlib")


def suits(way: Way, pair: HostPair) -> bool:
    """Not more channels than either end has idle cores, but for the fewest that are worth trying."""
    idle = min(host.cores_idle for host in pair.ends)
    return way.streams is None or way.streams <= max(idle, FEWEST_CHANNELS)


def offer(pair: HostPair, transport: Transport, tier: Tier) -> Offer | None:
    """The pair under a transport with everything a tier allows; None where the tier adds nothing."""
    settings = changes.apply_all(pair, (qemu_changes.max_bandwidth_raised,))
    if tier in {Tier.TODAY, Tier.SETTINGS}:
        return settings
    if transport is Transport.RDMA:
        capable = all(any(nic.rdma is not Rdma.NONE for nic in host.migration_nics) for host in pair.ends)
        if tier is Tier.HARDWARE or not capable:
            return None
        nics: tuple[changes.Improvement, ...] = (changes.rdma_enabled, changes.data_center_bridging)
    elif transport is Transport.TCPIP:
        nics = (qemu_changes.multipath,)  # one stream: no hash spreads it
    elif any(host.team is not None for host in pair.ends):
        nics = (qemu_changes.bonded_by_ports,)  # a bond that is there needs no more than a hash that sees channels
    else:
        nics = (qemu_changes.multipath, qemu_changes.bonded_by_ports)  # the second where a version lacks the first
    grow = (changes.second_nic,) if tier is Tier.HARDWARE else ()
    made = changes.apply_all(pair, (qemu_changes.max_bandwidth_raised, *grow, *nics, _JUMBO))
    if tier is Tier.HARDWARE:
        return made if any(change.tier is tier for change in made.changes) else None
    return made if made.changes != settings.changes else None


def rescue(pair: HostPair, vms: tuple[Vm, ...]) -> Offer | None:
    """Auto-converge, where a VM may dirty memory so fast that QEMU would slow it down."""
    line = gbps_to_bytes_s(min(sum(nic.speed_gbps for nic in host.migration_nics) for host in pair.ends))
    allowed = line * ms_to_seconds(pair.switchover.blackout_limit_ms or DEFAULT_BLACKOUT_LIMIT_MS)
    fast = [one for one in map(dirtying_of, vms) if one.rate_bytes_s > line * THROTTLE_TRIGGER]
    if pair.switchover.max_passes is not None or not any(one.set_bytes > allowed for one in fast):
        return None
    made = qemu_changes.auto_converge(pair)
    return made if made.changes else None


def assumes(pair: HostPair) -> tuple[Assumption, ...]:
    """The limits QEMU has where nobody set them."""
    found = []
    if pair.switchover.blackout_limit_ms is None:
        found.append(
            Assumption(what="downtime limit", value=f"{DEFAULT_BLACKOUT_LIMIT_MS:g} ms", why="QEMU's downtime-limit")
        )
    if pair.source.move_cap_mib_s is None:
        found.append(
            Assumption(
                what="max-bandwidth", value="no limit", why="what libvirt sets; QEMU by itself has 128 MiB/s (rule B01)"
            )
        )
    return tuple(found)


LEARN: Final = {
    "stream_bytes_s": ("what one TCP stream carries between your hosts", "iperf3 with one stream"),
    "rdma_efficiency": (
        "what RDMA reaches between your hosts",
        "time one large VM over RDMA, then `advisor calibrate`",
    ),
    "compression_core_bytes_s": (
        "how fast your cores compress",
        "time one large VM with multifd-compression, then `advisor calibrate`",
    ),
    "zlib_core_bytes_s": (
        "how fast your cores compress with zlib",
        "time one large VM with multifd-compression zlib, then `advisor calibrate`",
    ),
    "first_pass_share": ("what the first pass sends", "query-migrate: ram, normal-bytes and precopy-bytes"),
    "blackout_fixed_s": ("blackout of your hosts", "query-migrate: downtime; virsh domjobinfo --completed"),
    "dirtying": ("how fast the VMs dirty memory", "calc-dirty-rate over several periods; give it as dirty_curve"),
    "zero pages": ("how much of the memory is zero pages", "query-migrate after a move: ram, duplicate against normal"),
    "compressibility": (
        "how well the VMs' memory compresses",
        "query-migrate after a compressed move: ram, multifd-bytes against normal-bytes",
    ),
    "CPU use": ("CPU use of the hosts at migration time", "mpstat, or virsh nodecpustats --percent"),
}
"""How a QEMU user learns the factors that make a prediction uncertain."""
