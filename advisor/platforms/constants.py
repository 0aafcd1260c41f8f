"""The constants of the model: their names, their units, and how sure each is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Range:
    """A constant and how sure it is: a 90 % interval, its middle, and where they come from.

    `source` cites, or begins with the word assumption.
    """

    p05: float
    p50: float
    p95: float
    source: str
    fitted: bool = False


@dataclass(frozen=True, slots=True)
class Constants(Generic[T]):
    """The constants of the model. One set of names serves ranges, single numbers and arrays alike.

    Attributes
    ----------
    set_up_s : before the first move of a batch [s].
    per_vm_s : least time between the starts of two moves, the serial cost of each [s].
    host_limit_bytes_s : what a host pushes through one 10 GbE NIC with large packets [bytes/s].
    packet_limit_per_s : packets a host serves one 10 GbE NIC with [1/s].
    sleep_factor : share of throughput left where cores sleep between packets.
    newer_tuning_effect : how much of the effect of jumbo frames and power is left on new systems, 0 to 1.
    stream_bytes_s : what one TCP stream carries [bytes/s].
    vnic_bytes_s : what one host vNIC receives where one core serves it [bytes/s].
    rdma_efficiency : share of goodput RDMA reaches.
    copy_bytes_s : memory copy and PCIe [bytes/s].
    compression_core_bytes_s : raw memory one core compresses, where hardness is told: that repeats [bytes/s].
    compression_hardness : more of a core for data that compresses: 1 + hardness, at either end.
    compression_random_hardness : the same for what does not compress, at the source.
    decompression_speedup : how much faster a core decompresses.
    compression_move_share : share of the idle cores, or of its streams' threads, that one move's compression keeps
        busy.
    first_pass_share : share of the first pass's memory really sent.
    pass_limit : passes before the switchover is forced.
    small_dirty_bytes : dirty set that ends the passes [bytes].
    blackout_fixed_s : devices and state, any VM [s].
    blackout_per_vcpu_s : more for each virtual processor [s].
    blackout_per_gib_s : more for each GiB of memory [s].
    blackout_sleep_factor : how much longer state takes where cores sleep.
    tcp_core_s_per_byte : CPU of sending or receiving over TCP [core s/byte].
    rdma_core_s_per_byte : CPU of RDMA [core s/byte].
    link_efficiency : share of a link's goodput that memory reaches.
    multipath_share : share of each link beyond the second that multipath TCP really uses.
    buffer_bytes : what the buffers of one connection on one link hold: it leaves at once, and is not waited for at
        the end [bytes].
    look_late_s : how long after its threshold was crossed the platform looks at the dirty set [s].
    tail_share : how full the last of the first pass is where zero pages do not travel, against all memory's share.
    zero_scan_bytes_s : zero memory looked through, where zero pages do not travel [bytes/s].
    zlib_core_bytes_s : raw memory that repeats, which one core compresses with zlib [bytes/s].
    zlib_hardness, zlib_random_hardness : the same for zlib.
    """

    set_up_s: T
    per_vm_s: T
    host_limit_bytes_s: T
    packet_limit_per_s: T
    sleep_factor: T
    newer_tuning_effect: T
    stream_bytes_s: T
    vnic_bytes_s: T
    rdma_efficiency: T
    copy_bytes_s: T
    compression_core_bytes_s: T
    compression_hardness: T
    compression_random_hardness: T
    decompression_speedup: T
    compression_move_share: T
    first_pass_share: T
    pass_limit: T
    small_dirty_bytes: T
    blackout_fixed_s: T
    blackout_per_vcpu_s: T
    blackout_per_gib_s: T
    blackout_sleep_factor: T
    tcp_core_s_per_byte: T
    rdma_core_s_per_byte: T
    link_efficiency: T
    multipath_share: T
    buffer_bytes: T
    look_late_s: T
    tail_share: T
    zero_scan_bytes_s: T
    zlib_core_bytes_s: T
    zlib_hardness: T
    zlib_random_hardness: T

    def named(self) -> dict[str, T]:
        """The constants by name, in order."""
        return {name: getattr(self, name) for name in constant_names()}

    def map(self, function: Callable[[T], U]) -> Constants[U]:
        """The same names with `function` of each value."""
        return Constants(**{name: function(value) for name, value in self.named().items()})

    def with_values(self, **values: T) -> Constants[T]:
        """A copy with some constants replaced."""
        changes: dict[str, Any] = dict(values)
        return replace(self, **changes)


def constant_names() -> tuple[str, ...]:
    """Names of the constants, in order.

    Examples
    --------
    >>> constant_names()[:2]
    ('set_up_s', 'per_vm_s')
    """
    return tuple(one.name for one in fields(Constants))
