"""A lab plan: which migrations to run and measure, study by study."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from advisor.domain.options import Transport
from advisor.domain.word import Word, field

# What the guest's kernel, its page tables and the firmware hold beside what the guest fills (measured: first pass).
KERNEL_MIB = 96


class LabVm(Word):
    """The guest of a study: what it holds and how it dirties it."""

    memory_mib: int = field(256, "Assigned memory", unit="MiB", ge=160, le=65_536)
    fill_mib: int = field(64, "Memory filled with data; the kernel's own comes on top", unit="MiB", ge=1, le=65_000)
    incompressible: float = field(1.0, "Share of the filled bytes that does not compress", ge=0, le=1)
    dirty_rate_mib_s: float = field(0.0, "Page writes times page size", unit="MiB/s", ge=0, le=10_000)
    working_set_mib: float = field(1.0, "Memory the writes fall on", unit="MiB", ge=0.0625, le=65_000)
    dirty_pattern: Literal["uniform", "sequential", "hot_cold"] = field(
        "uniform", "How writes spread over the working set"
    )

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.working_set_mib > self.fill_mib:
            raise ValueError("working_set_mib is larger than fill_mib: writes fall on filled memory")
        if self.fill_mib + KERNEL_MIB > self.memory_mib:
            raise ValueError(f"fill_mib and the kernel's {KERNEL_MIB} MiB do not fit into memory_mib")
        return self


class LabLinks(Word):
    """The links between the two ends of a study."""

    count: int = field(1, "How many links", ge=1, le=4)
    gbps: float = field(1.0, "Speed of each", unit="Gbit/s", ge=0.01, le=40)
    mtu_bytes: int = field(1500, "Largest IP packet", unit="bytes", ge=576, le=65_535)
    teaming: Literal["none", "address_hash", "multipath"] = field(
        "none", "address_hash: each stream stays on one link; multipath: one stream over all links"
    )

    @model_validator(mode="after")
    def _team_fits(self) -> Self:
        if (self.count == 1) != (self.teaming == "none"):
            raise ValueError("one link has teaming none; several have address_hash or multipath")
        return self


class LabMove(Word):
    """One way to migrate the guests of a study."""

    transport: Transport = field(Transport.TCPIP, "tcpip: one stream; multichannel: multifd; compression: multifd")
    compressor: Literal["none", "zlib", "zstd"] = field("none", "What compresses the memory")
    streams: int = field(1, "multifd channels, each with a thread at either end", ge=1, le=16)
    blackout_limit_ms: int = field(300, "QEMU's downtime-limit", unit="ms", ge=1, le=100_000)
    max_passes: int | None = field(None, "Force the switchover after so many dirty syncs; none: never", ge=2, le=10_000)
    auto_converge: bool = field(False, "QEMU's auto-converge: slow the guest down where it dirties too fast")

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.transport is Transport.RDMA:
            raise ValueError("the lab has no RDMA adapters; transports are tcpip, multichannel and compression")
        if (self.transport is Transport.COMPRESSION) != (self.compressor != "none"):
            raise ValueError("compression needs compressor zlib or zstd, and only compression has one")
        if self.transport is Transport.TCPIP and self.streams != 1:
            raise ValueError("tcpip has one stream; multichannel has several")
        return self


class LabStudy(Word):
    """Guests, links and load that stay as they are while the moves of the study are run."""

    name: str = field(
        ...,
        "Name of the study, in letters, digits, point, dash and underscore; "
        "rows of one study never stand on both sides of a split",
        max_length=64,
        pattern=r"^[\w.-]+$",
    )
    vm: LabVm = field(LabVm(), "The guest")
    simultaneous: int = field(1, "Equal guests that move at once", ge=1, le=4)
    links: LabLinks = field(LabLinks(), "The links")
    busy_source_cores: float = field(0.0, "Cores kept busy beside the source", ge=0, le=64)
    busy_destination_cores: float = field(0.0, "Cores kept busy beside the destination", ge=0, le=64)
    background_gbps: float = field(0.0, "Other traffic, each way, over all links", unit="Gbit/s", ge=0)
    moves: tuple[LabMove, ...] = field(..., "What is measured", min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _room_is_left(self) -> Self:
        if self.background_gbps >= 0.95 * self.links.gbps * self.links.count:
            raise ValueError("background_gbps fills the links: leave at least 5 % to the moves")
        return self


class LabPlan(Word):
    """Studies, run one after another."""

    repeats: int = field(3, "How often each move of each study is run", ge=1, le=1000)
    seconds_at_most: float = field(180.0, "A move that takes longer is cancelled and failed", unit="s", ge=5, le=86_400)
    studies: tuple[LabStudy, ...] = field(..., "The studies", min_length=1, max_length=10_000)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [study.name for study in self.studies]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two studies are called {twice!r}")
        for name in names:
            # Runs are called study-move-repeat-guest: "a" with two guests would have runs of "a-0".
            longer = next((one for one in names if re.fullmatch(re.escape(name) + r"(-\d+)+", one)), None)
            if longer is not None:
                raise ValueError(f"study {longer!r} is another's name with numbers behind it: runs would share names")
        return self
