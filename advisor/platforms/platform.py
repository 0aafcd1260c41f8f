"""What a platform is: its options and their names there, its constants, its stop rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from advisor.domain.answers import Assumption
from advisor.domain.hosts import Os
from advisor.domain.options import Change, Option, Tier, Transport
from advisor.domain.scenario import HostPair, Switchover
from advisor.domain.vms import Vm
from advisor.platforms.constants import Constants, Range
from advisor.precopy.link import TCP_HEADER_BYTES
from advisor.precopy.passes import StopRule


@dataclass(frozen=True, slots=True)
class Generation:
    """What the age of an operating system changes.

    Attributes
    ----------
    tuning_weight : share of the 2013 effect of jumbo frames and power that is left.
    stream_factor : one TCP stream against the platform's `stream_bytes_s`.
    vnic_on_one_core : a host vNIC is received by a single core.
    pass_limit_factor : the pass limit against the platform's `pass_limit`.
    tcp_header_bytes : headers of a TCP packet, with the options its system sends [bytes].
    """

    tuning_weight: float
    stream_factor: float
    vnic_on_one_core: bool
    pass_limit_factor: float = 1.0
    tcp_header_bytes: float = TCP_HEADER_BYTES


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
    command : how, where one command does it.
    """

    transport: Transport
    name: str
    compressor: Literal["none", "hyperv", "zlib", "zstd"] = "none"
    streams: int | None = None
    setting: str = ""
    command: str = ""

    @property
    def set_by(self) -> str:
        """What an administrator sets to get it."""
        return self.setting or self.name


@dataclass(frozen=True, slots=True)
class Words:
    """What a platform calls things, for people.

    Attributes
    ----------
    versions : its releases.
    transport_setting : what chooses among its ways.
    simultaneous : its limit of moves at once.
    simultaneous_why : why the default number of moves at once is taken; empty for "the platform's default".
    endless : what happens to a VM that does not converge, where no pass limit forces its switchover.
    learn : by uncertain factor, what it is and how it is learned there; what is not named is learned as anywhere.
    """

    versions: str = "versions"
    transport_setting: str = "Live migration performance option"
    simultaneous: str = "Simultaneous live migrations"
    simultaneous_why: str = ""
    endless: str = ""
    learn: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)


def _nothing(_: HostPair) -> tuple[Assumption, ...]:
    return ()


def _everything(_: Way, __: HostPair) -> bool:
    return True


def _no_rescue(_: HostPair, __: tuple[Vm, ...]) -> Offer | None:
    return None


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
    stop : the stop rule for given constants, what was set, and the option; arrays may be (variants,).
    default_simultaneous : moves at once where nobody said.
    today : the way in force on a pair where nobody said.
    offer : the pair under a transport at a tier; None where the tier adds nothing.
    smb : its transports beside TCP/IP and Compression ride SMB, which takes several NICs by itself and falls back from
        RDMA to TCP without a word.
    rdma_advice : who advises RDMA where both ends can, for people; it then outranks predictions that no run covers.
    words : what it calls things.
    suits : whether a way is worth offering on a pair at all.
    rescue : a setting that makes VMs converge that otherwise might not; None where none of these need it.
    assumes : what is taken for granted about a pair beside the domain's own defaults.
    power_matters : the hosts' power plan and C-states bear on its moves.
    blackout_needs_measuring_s : a blackout limit below this cannot be promised until runs cover the case [s].
    default_blackout_limit_ms : its own limit where nobody set one; 0 for none [ms].
    packet_bytes : memory that each stream has in hand, and that counts as sent while it waits [bytes].
    counted_beside_passes : what its count of passes has beside them: QEMU's has the synchronisation before the first
        and the one as it switches over.
    fitted : constants that timed runs can speak of.
    """

    name: str
    title: str
    ways: tuple[Way, ...]
    constants: Constants[Range]
    first_pass: Literal["assigned", "nonzero"]
    generation: Callable[[Os], Generation]
    stop: Callable[[Constants[Any], Switchover, Option], StopRule]
    default_simultaneous: Callable[[HostPair], int]
    today: Callable[[HostPair], Way]
    offer: Callable[[HostPair, Transport, Tier], Offer | None]
    smb: bool = False
    rdma_advice: str = ""
    words: Words = field(default_factory=Words)
    suits: Callable[[Way, HostPair], bool] = _everything
    rescue: Callable[[HostPair, tuple[Vm, ...]], Offer | None] = _no_rescue
    assumes: Callable[[HostPair], tuple[Assumption, ...]] = _nothing
    power_matters: bool = True
    blackout_needs_measuring_s: float = 0.0
    default_blackout_limit_ms: float = 0.0
    packet_bytes: int = 0
    counted_beside_passes: int = 0
    fitted: tuple[str, ...] = (
        "set_up_s",
        "per_vm_s",
        "host_limit_bytes_s",
        "packet_limit_per_s",
        "compression_core_bytes_s",
    )

    def queued_bytes(self, option: Option) -> int:
        """Memory of one move that waits in its streams' hands under an option; none in a plain stream's.

        Examples
        --------
        >>> from advisor.domain.options import Tier
        >>> from advisor.platforms import get_platform
        >>> way = Option(transport=Transport.MULTICHANNEL, streams=4, name="multifd", tier=Tier.TODAY, simultaneous=1)
        >>> get_platform("qemu").queued_bytes(way), get_platform("hyperv").queued_bytes(way)
        (2097152, 0)
        """
        return 0 if option.transport is Transport.TCPIP else self.packet_bytes * (option.streams or 1)

    def is_endless(self, switchover: Switchover) -> bool:
        """Whether a move that does not converge goes on for ever: no pass limit, of the platform's own or given."""
        return bool(self.words.endless) and switchover.max_passes is None

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
