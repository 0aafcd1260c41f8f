"""Virtual machines and how they dirty their memory."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self, get_origin

from pydantic import Field, model_validator

from advisor.domain.word import Word, field

Rate = Annotated[float, Field(ge=0, le=1_000_000)]
Size = Annotated[float, Field(gt=0, le=100_000_000)]
Share = Annotated[float, Field(gt=0, le=1)]
Ratio = Annotated[float, Field(ge=1, le=1000)]


class CurvePoint(Word):
    """One measured point of a dirty curve."""

    seconds: float = field(..., "Time since the bitmap was clean", unit="s", gt=0, le=86_400)
    dirty_mib: float = field(..., "Unique dirty memory by then", unit="MiB", ge=0, le=100_000_000)


class Vm(Word):
    """One VM, or `count` equal ones, that move together."""

    name: str = field("vm", "Name of the VM", max_length=256)
    count: int = field(1, "How many VMs of this kind", ge=1, le=4096)
    memory_gib: float = field(..., "Assigned memory", unit="GiB", gt=0, le=65_536)
    vcpus: int = field(2, "Virtual processors", ge=1, le=4096, assumed="a small VM")
    workload: str | None = field(
        None,
        "Workload class from data/workloads.csv; gives what is not measured: dirty rate, working set, payload",
        max_length=64,
    )
    dirty_rate_mib_s: float | None = field(None, "Memory first dirtied per second", unit="MiB/s", ge=0, le=1_000_000)
    working_set_gib: float | None = field(None, "Memory the VM keeps rewriting", unit="GiB", gt=0, le=65_536)
    dirty_pattern: Literal["uniform", "sequential", "hot_cold"] = field(
        "uniform", "How writes spread over the working set"
    )
    dirty_curve: tuple[CurvePoint, ...] | None = field(
        None, "Measured dirty curve, rising in time", min_length=1, max_length=1000
    )
    nonzero_gib: float | None = field(None, "Memory that is not zero pages", unit="GiB", gt=0, le=65_536)
    compression_ratio: float | None = field(None, "Raw to compressed size of the non-zero memory", ge=1, le=1000)
    rewritten_compression_ratio: float | None = field(
        None, "The same for what the VM writes anew; not given: as the rest", ge=1, le=1000
    )
    repeating_share: float = field(
        0.0,
        "Share of the non-zero memory that repeats one value, which a compressor passes quickly",
        ge=0,
        le=1,
    )
    rewritten_repeating_share: float | None = field(
        None, "The same for what the VM writes anew; not given: as the rest", ge=0, le=1
    )
    config_version: float | None = field(None, "VM configuration version", ge=1, le=100)
    processor_compatibility: bool | None = field(None, "CompatibilityForMigrationEnabled")
    dynamic_compatibility: bool = field(False, "The dynamic common CPU feature set is wanted")
    machine_type: str | None = field(
        None, "QEMU's machine type with its version, such as pc-q35-9.2 (virsh dumpxml, os/type)", max_length=64
    )
    cpu_model: str | None = field(
        None, "CPU the VM is shown: host-passthrough, host-model or a model such as EPYC-Milan", max_length=64
    )
    passthrough: bool = field(False, "A device of the host is passed through to the VM")
    move: Literal["memory", "memory_and_storage"] = field(
        "memory", "memory: storage is shared or SMB; else storage moves too"
    )
    host: str | None = field(None, "Node the VM runs on, in a cluster", max_length=128)

    @model_validator(mode="after")
    def _curve_rises(self) -> Self:
        points = self.dirty_curve or ()
        for before, after in pairwise(points):
            if after.seconds <= before.seconds or after.dirty_mib < before.dirty_mib:
                raise ValueError("dirty_curve must rise: later points need more seconds and no less dirty memory")
        return self

    @model_validator(mode="after")
    def _one_way_to_dirty(self) -> Self:
        if self.dirty_curve and (self.dirty_rate_mib_s is not None or self.working_set_gib is not None):
            raise ValueError("give dirty_curve, or dirty_rate_mib_s with working_set_gib, not both")
        if self.working_set_gib is not None and self.dirty_rate_mib_s is None:
            raise ValueError("working_set_gib needs dirty_rate_mib_s beside it")
        if self.nonzero_gib is not None and self.nonzero_gib > self.memory_gib:
            raise ValueError("nonzero_gib is larger than memory_gib")
        if self.working_set_gib is not None and self.working_set_gib > self.memory_gib:
            raise ValueError("working_set_gib is larger than memory_gib")
        return self


class Workload(Word):
    """One row of data/workloads.csv: a class of VM as far as migration sees it. Triples are p05, p50, p95."""

    name: str = field(..., "Name of the class", min_length=1, max_length=64)
    title: str = field(..., "What it stands for", min_length=1)
    hot_rate_mib_s: tuple[Rate, Rate, Rate] = field(..., "Dirty rate of the hot set", unit="MiB/s")
    hot_set_mib: tuple[Size, Size, Size] = field(..., "Size of the hot set", unit="MiB")
    cold_rate_mib_s: tuple[Rate, Rate, Rate] = field(..., "Dirty rate of the cold set", unit="MiB/s")
    cold_set_mib: tuple[Size, Size, Size] = field(..., "Size of the cold set", unit="MiB")
    nonzero_share: tuple[Share, Share, Share] = field(..., "Share of assigned memory that is not zero pages")
    compression_ratio: tuple[Ratio, Ratio, Ratio] = field(..., "Raw to compressed size of non-zero memory")
    source: str = field(..., "Where the numbers come from, or the word assumption", min_length=1)

    @model_validator(mode="after")
    def _triples_rise(self) -> Self:
        for name, field_info in type(self).model_fields.items():
            value = getattr(self, name)
            if get_origin(field_info.annotation) is tuple and list(value) != sorted(value):
                raise ValueError(f"{name} must rise from p05 to p50 to p95")
        return self
