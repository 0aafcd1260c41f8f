"""Measured runs: one move, or one batch with one total, as a row of one CSV file."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import model_validator

from advisor.domain.hosts import PowerPlan, Rdma
from advisor.domain.options import Transport
from advisor.domain.word import Word, field
from advisor.units import MIB, seconds_to_ms


class MeasuredRun(Word):
    """One row. ``None`` is an empty cell and means unknown, never zero.

    A row with ``vm_count`` above 1 and one total is a batch; moves of one batch that were timed one
    by one are rows of their own and share ``batch_id``.
    """

    run_id: str = field(..., "Name of the run, unique in its file", min_length=1, max_length=128)
    study: str = field(
        ...,
        "Who measured on what; rows of one study never stand on both sides of a split",
        min_length=1,
        max_length=128,
    )
    batch_id: str | None = field(None, "Names the batch of moves that ran together", max_length=128)
    repeat: int | None = field(None, "Which repetition", ge=0, le=1_000_000)
    source: str | None = field(None, "Where the row comes from", max_length=1000)
    evidence: Literal["measured", "published", "seed"] | None = field(None, "Measured by the user, or read in print")
    platform: str = field(..., "Hypervisor: hyperv or qemu", min_length=1, max_length=32)
    platform_version: str | None = field(None, "Its version, such as 2012R2 or 10.0", max_length=32)
    transport: Transport = field(..., "Transport the memory really took")
    compressor: Literal["hyperv", "zlib", "zstd", "none"] | None = field(None, "What compressed the memory")
    streams: int | None = field(None, "Streams of one move", ge=1, le=1024)
    nic_gbps: float | None = field(None, "Link speed of one NIC", unit="Gbit/s", ge=0.01, le=1600)
    nic_count: int | None = field(None, "NICs that could carry the move", ge=1, le=64)
    links_used: int | None = field(None, "NICs that were seen to carry it", ge=1, le=64)
    mtu_bytes: int | None = field(None, "Largest IP packet", unit="bytes", ge=576, le=65536)
    jumbo_nics: int | None = field(None, "NICs that have this MTU where the others have 1500 bytes", ge=0, le=64)
    teaming: Literal["none", "address_hash", "hyperv_port", "dynamic", "lacp", "multipath"] | None = field(
        None, "How traffic was spread over the NICs"
    )
    rdma: Rdma | None = field(None, "RDMA protocol in use")
    power_plan: PowerPlan | None = field(None, "Power plan of the hosts")
    host_cores: int | None = field(None, "Physical cores of one host", ge=1, le=2048)
    host_cpu_busy: float | None = field(None, "Share of a host's CPU in use before the move", ge=0, le=1)
    core_speed: float | None = field(
        None, "Speed of one core against those that the model card's compression rates are of", ge=0.05, le=20
    )
    background_gbps: float | None = field(None, "Other traffic on the same NICs", unit="Gbit/s", ge=0, le=10_000)
    background_found_gbps: float | None = field(
        None, "What of it was seen during the move", unit="Gbit/s", ge=0, le=10_000
    )
    vm_count: int | None = field(None, "VMs the row speaks of", ge=1, le=4096)
    simultaneous: int | None = field(None, "Moves at once", ge=1, le=128)
    vm_memory_gib: float | None = field(None, "Assigned memory of one VM", unit="GiB", gt=0, le=65_536)
    vm_nonzero_gib: float | None = field(None, "Memory of one VM that is not zero pages", unit="GiB", ge=0, le=65_536)
    filled_gib: float | None = field(
        None, "Memory of it that a lab's guest filled; its system holds the rest", unit="GiB", ge=0, le=65_536
    )
    vcpus: int | None = field(None, "Virtual processors of one VM", ge=1, le=4096)
    workload: str | None = field(None, "Workload class, where no dirty rate was measured", max_length=64)
    dirty_rate_mib_s: float | None = field(
        None, "Page writes of one VM times page size", unit="MiB/s", ge=0, le=1_000_000
    )
    working_set_gib: float | None = field(None, "Memory one VM keeps rewriting", unit="GiB", ge=0, le=65_536)
    dirty_pattern: Literal["uniform", "sequential", "hot_cold"] | None = field(
        None, "How writes spread over the working set"
    )
    incompressible: float | None = field(None, "Share of the memory's bytes that does not compress", ge=0, le=1)
    max_passes: int | None = field(None, "Pass limit in force", ge=1, le=100_000)
    blackout_limit_ms: float | None = field(None, "Blackout limit in force", unit="ms", gt=0, le=86_400_000)
    auto_converge: bool | None = field(None, "QEMU slowed the VM down where it dirtied too fast")
    total_s: float | None = field(
        None, "Start of the move until the last VM ran at the destination", unit="s", gt=0, le=31_536_000
    )
    blackout_ms: float | None = field(None, "Longest time a VM ran nowhere", unit="ms", ge=0, le=86_400_000)
    sent_gib: float | None = field(None, "Bytes on the wire, all VMs of the row", unit="GiB", ge=0, le=10_000_000)
    passes: int | None = field(None, "Passes over memory", ge=1, le=100_000)
    outcome: Literal["converged", "forced", "failed"] | None = field(None, "How the move ended")
    src_cpu_s: float | None = field(None, "CPU seconds of the move at the source", unit="s", ge=0, le=1e9)
    dst_cpu_s: float | None = field(None, "CPU seconds of the move at the destination", unit="s", ge=0, le=1e9)
    extra_columns: dict[str, str] = field(
        {}, "Columns of the file that are not columns of a run, as they stood; no fit reads them"
    )

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        # Non-zero memory is not held against assigned memory: what a hypervisor counts includes video memory and ROM.
        for part, whole in (("links_used", "nic_count"), ("working_set_gib", "vm_memory_gib")):
            small, large = getattr(self, part), getattr(self, whole)
            if small is not None and large is not None and small > large:
                raise ValueError(f"{part} is larger than {whole}")
        if self.blackout_ms is not None and self.total_s is not None and self.blackout_ms > seconds_to_ms(self.total_s):
            raise ValueError("blackout_ms is longer than total_s")
        return self


MOST_BYTES: Final = 64 * MIB
"""The largest file of runs that is read [bytes]."""

RUN_COLUMNS: Final = tuple(name for name in MeasuredRun.model_fields if name != "extra_columns")
"""The columns of a file of runs, in order."""

REQUIRED_RUN_COLUMNS: Final = tuple(name for name in RUN_COLUMNS if MeasuredRun.model_fields[name].is_required())
"""The columns without which a row says nothing."""
