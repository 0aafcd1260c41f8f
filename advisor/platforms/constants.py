"""The constants of the model: their names, their units, and how sure each is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
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


def _is(meaning: str, unit: str = "") -> Mapping[str, str]:
    return {"meaning": meaning, "unit": unit}


@dataclass(frozen=True, slots=True)
class Constants(Generic[T]):
    """The constants of the model. One set of names serves ranges, single numbers and arrays alike.

    What each is, and its unit, stands beside it: see `meaning`.
    """

    set_up_s: T = field(metadata=_is("set-up before the first move of a batch", "s"))
    per_vm_s: T = field(metadata=_is("least time between the starts of two moves, the serial cost of each", "s"))
    host_limit_bytes_s: T = field(
        metadata=_is("what a host pushes through one 10 GbE NIC with large packets", "bytes/s")
    )
    packet_limit_per_s: T = field(metadata=_is("packets a host serves one 10 GbE NIC with", "1/s"))
    sleep_factor: T = field(metadata=_is("share of throughput left where cores sleep between packets"))
    newer_tuning_effect: T = field(
        metadata=_is("how much of the effect of jumbo frames and power is left on new systems, 0 to 1")
    )
    stream_bytes_s: T = field(metadata=_is("what one TCP stream carries", "bytes/s"))
    vnic_bytes_s: T = field(metadata=_is("what one host vNIC receives where one core serves it", "bytes/s"))
    rdma_efficiency: T = field(metadata=_is("share of goodput RDMA reaches"))
    copy_bytes_s: T = field(metadata=_is("what memory copy and PCIe let through", "bytes/s"))
    compression_core_bytes_s: T = field(
        metadata=_is("raw memory one core compresses, where hardness is told: that repeats", "bytes/s")
    )
    compression_hardness: T = field(
        metadata=_is("more of a core for data that compresses: 1 + hardness, at either end")
    )
    compression_random_hardness: T = field(
        metadata=_is("more of a core for what does not compress: 1 + hardness, at the source")
    )
    decompression_speedup: T = field(metadata=_is("how much faster a core decompresses"))
    compression_move_share: T = field(
        metadata=_is("share of the idle cores, or of its streams' threads, that one move's compression keeps busy")
    )
    first_pass_share: T = field(metadata=_is("share of the first pass's memory really sent"))
    pass_limit: T = field(metadata=_is("passes before the switchover is forced"))
    small_dirty_bytes: T = field(metadata=_is("dirty set that ends the passes", "bytes"))
    blackout_fixed_s: T = field(metadata=_is("blackout of any VM for its devices and state", "s"))
    blackout_per_vcpu_s: T = field(metadata=_is("more blackout for each virtual processor", "s"))
    blackout_per_gib_s: T = field(metadata=_is("more blackout for each GiB of memory", "s"))
    blackout_sleep_factor: T = field(metadata=_is("how much longer state takes where cores sleep"))
    tcp_core_s_per_byte: T = field(metadata=_is("CPU of sending or receiving over TCP", "core s/byte"))
    rdma_core_s_per_byte: T = field(metadata=_is("CPU of RDMA", "core s/byte"))
    link_efficiency: T = field(metadata=_is("share of a link's goodput that memory reaches"))
    multipath_share: T = field(metadata=_is("share of each link beyond the second that multipath TCP really uses"))
    buffer_bytes: T = field(
        metadata=_is(
            "what the buffers of one connection on one link hold: it leaves at once, and is not waited for at the end",
            "bytes",
        )
    )
    look_late_s: T = field(
        metadata=_is("how long after its threshold was crossed the platform looks at the dirty set", "s")
    )
    tail_share: T = field(
        metadata=_is(
            "how full the last of the first pass is where zero pages do not travel, against all memory's share"
        )
    )
    zero_scan_bytes_s: T = field(metadata=_is("zero memory looked through, where zero pages do not travel", "bytes/s"))
    zlib_core_bytes_s: T = field(
        metadata=_is("raw memory that repeats, which one core compresses with zlib", "bytes/s")
    )
    zlib_hardness: T = field(
        metadata=_is("more of a core for data that compresses, with zlib: 1 + hardness, at either end")
    )
    zlib_random_hardness: T = field(
        metadata=_is("more of a core for what does not compress, with zlib: 1 + hardness, at the source")
    )

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


def meaning(name: str) -> tuple[str, str]:
    """What a constant is, and its unit; the unit is empty for a share, a factor or a count.

    Examples
    --------
    >>> meaning("stream_bytes_s")
    ('what one TCP stream carries', 'bytes/s')
    """
    told = next(one.metadata for one in fields(Constants) if one.name == name)
    return told["meaning"], told["unit"]
