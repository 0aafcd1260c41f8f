"""What a platform is: its options and their names there, its constants, its stop rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from advisor.domain.hosts import Os
from advisor.domain.options import Change, Tier, Transport
from advisor.domain.scenario import HostPair, Switchover
from advisor.precopy.passes import StopRule

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
    compression_core_bytes_s : raw memory one core compresses [bytes/s].
    decompression_speedup : how much faster a core decompresses.
    compression_move_share : share of the idle cores that one move's compression keeps busy.
    first_pass_share : share of the first pass's memory really sent.
    pass_limit : passes before the switchover is forced.
    small_dirty_bytes : dirty set that ends the passes [bytes].
    blackout_fixed_s : devices and state, any VM [s].
    blackout_per_vcpu_s : more for each virtual processor [s].
    blackout_per_gib_s : more for each GiB of memory [s].
    blackout_sleep_factor : how much longer state takes where cores sleep.
    tcp_core_s_per_byte : CPU of sending or receiving over TCP [core s/byte].
    rdma_core_s_per_byte : CPU of RDMA [core s/byte].
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


@dataclass(frozen=True, slots=True)
class Generation:
    """What the age of an operating system changes.

    Attributes
    ----------
    tuning_weight : share of the 2013 effect of jumbo frames and power that is left.
    stream_factor : one TCP stream against the platform's `stream_bytes_s`.
    vnic_on_one_core : a host vNIC is received by a single core.
    pass_limit_factor : the pass limit against the platform's `pass_limit`.
    """

    tuning_weight: float
    stream_factor: float
    vnic_on_one_core: bool
    pass_limit_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Offer:
    """A host pair as it would be after some changes."""

    pair: HostPair
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way a platform moves memory.

    Attributes
    ----------
    transport, name : what it is, and what the platform calls it.
    compressor : what compresses the memory.
    streams : streams of one move, where the setting names a number.
    setting : what an administrator sets to get it, where that is not the name.
    """

    transport: Transport
    name: str
    compressor: Literal["none", "hyperv", "zlib", "zstd"] = "none"
    streams: int | None = None
    setting: str = ""

    @property
    def set_by(self) -> str:
        """What an administrator sets to get it."""
        return self.setting or self.name


@dataclass(frozen=True)
class Platform:
    """A hypervisor, as the rest of the house sees it.

    Attributes
    ----------
    name, title : for the command line, for people.
    ways : how it can move memory, in order of display; the first of a transport stands for it.
    constants : see `Constants`; a model card may replace some.
    first_pass : whether zero pages travel like any other (assigned) or not (nonzero).
    generation : what the operating system's age changes.
    stop : the stop rule for given constants and what was set; the constants' arrays may be (variants,).
    default_simultaneous : moves at once where nobody said.
    today : the way in force on a pair where nobody said.
    offer : the pair under a transport at a tier; None where the tier adds nothing.
    smb : its transports beside TCP/IP and Compression ride SMB, which takes several NICs by itself and falls back from
        RDMA to TCP without a word.
    rdma_advice : who advises RDMA where both ends can, for people; it then outranks predictions that no run covers.
    """

    name: str
    title: str
    ways: tuple[Way, ...]
    constants: Constants[Range]
    first_pass: Literal["assigned", "nonzero"]
    generation: Callable[[Os], Generation]
    stop: Callable[[Constants[Any], Switchover], StopRule]
    default_simultaneous: Callable[[HostPair], int]
    today: Callable[[HostPair], Way]
    offer: Callable[[HostPair, Transport, Tier], Offer | None]
    smb: bool = False
    rdma_advice: str = ""

    @cached_property
    def transports(self) -> Mapping[Transport, str]:
        """Its transports and their names there, in order of display."""
        return {transport: self.way(transport).name for transport in dict.fromkeys(way.transport for way in self.ways)}

    def way(self, transport: Transport) -> Way:
        """The way that stands for a transport it has.

        Examples
        --------
        >>> from advisor.platforms import get_platform
        >>> get_platform("hyperv").way(Transport.RDMA).set_by
        'SMB'
        """
        return next(way for way in self.ways if way.transport is transport)
