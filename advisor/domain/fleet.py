"""What a batch over an inventory answers: one row a VM, host and cluster, and curves for hosts that miss the window.

Each word is a row, its fields are the columns of the written tables. Numbers have four significant digits.
"""

from __future__ import annotations

from typing import Final, Literal

from advisor.domain.answers import SCHEMA_VERSION, Assumption, Basis, Verdict
from advisor.domain.goals import Goals
from advisor.domain.options import Transport
from advisor.domain.word import Word, field

Binding = Literal["link", "cpu", "per_vm", "slots", "cap", "storage", "none", "unknown"]
"""What holds a drain up most."""

BINDING_WORDS: Final[dict[str, str]] = {
    "link": "the network links",
    "cpu": "idle processor cores for compression",
    "per_vm": "the serial cost of each VM, which no network cures",
    "slots": "the number of simultaneous moves",
    "cap": "a bandwidth cap",
    "storage": "the storage at an end, or its traffic on the same links",
    "none": "nothing: there is nothing to move",
    "unknown": "not known: none of its VMs can be timed",
}


class VmRow(Word):
    """What the cluster's setting means for one VM."""

    cluster: str = field(..., "Its cluster, or its host's own name where that stands alone")
    host: str = field(..., "Host it leaves")
    vm: str = field(..., "Name of the VM")
    vm_id: str = field(..., "What tells it apart, empty where unknown")
    memory_gib: float = field(..., "Assigned memory", unit="GiB")
    verdict: Verdict = field(..., "How it stands")
    total_s_p05: float | None = field(..., "Own time of its move, undercut in 5 % of cases", unit="s")
    total_s_p50: float | None = field(..., "Own time of its move, median", unit="s")
    total_s_p95: float | None = field(..., "Own time of its move, exceeded in 5 % of cases", unit="s")
    blackout_ms_p05: float | None = field(..., "Time it runs nowhere, undercut in 5 % of cases", unit="ms")
    blackout_ms_p50: float | None = field(..., "Time it runs nowhere, median", unit="ms")
    blackout_ms_p95: float | None = field(..., "Time it runs nowhere, exceeded in 5 % of cases", unit="ms")
    passes: float | None = field(..., "Passes over memory")
    sent_gib: float | None = field(..., "Bytes on the wire, storage included", unit="GiB")
    converges: bool | None = field(..., "Meets the stop rule before the pass limit")
    move: str = field(..., "What travels: memory, storage, shared_nothing")
    basis: Basis = field(..., "What the times rest on")
    completeness: float = field(..., "Share of what bears on its move that the inventory says, 0 to 1")
    reasons: str = field(..., "Why the verdict is not plain ready, codes parted by ;")


class HostRow(Word):
    """Draining one host under its cluster's setting."""

    cluster: str = field(..., "Its cluster, or its own name where it stands alone")
    host: str = field(..., "Name of the host")
    vms: int = field(..., "VMs to move")
    memory_gib: float = field(..., "Their assigned memory", unit="GiB")
    setting: str = field(..., "The cluster's setting")
    drain_s_p05: float | None = field(
        ..., "Until the last VM has left that can be timed, undercut in 5 % of cases; empty: none can", unit="s"
    )
    drain_s_p50: float | None = field(..., "Until the last VM has left, median", unit="s")
    drain_s_p95: float | None = field(..., "Until the last VM has left, exceeded in 5 % of cases", unit="s")
    drain_today_s_p50: float | None = field(..., "The same with today's setting, median", unit="s")
    blackout_ms_p50: float | None = field(..., "Longest blackout of a VM, median", unit="ms")
    blackout_ms_p95: float | None = field(..., "Longest blackout of a VM, exceeded in 5 % of cases", unit="ms")
    limit: Binding = field(..., "What holds the drain up")
    window: Literal["meets", "misses", "unknown", "none"] = field(
        ..., "Whether the drain fits the window at the quantile of --risk; none: no window was given"
    )
    helps: str = field(..., "For a host that misses: the cheapest change that meets the window, or why none does")
    helps_codes: str = field(..., "The changes of that, codes parted by +; empty where none is needed or none helps")
    helped_s_p50: float | None = field(..., "Drain with that change, median", unit="s")
    helped_s_p95: float | None = field(..., "Drain with that change, exceeded in 5 % of cases", unit="s")
    basis: Basis = field(..., "What the times rest on")
    completeness: float = field(..., "Share of what bears on the drain that the inventory says, 0 to 1")
    assumed: str = field(..., "Columns that were taken from defaults, parted by ;")
    not_moving: int = field(..., "VMs of the host whose time is not known: see their reasons")
    missed: int = field(0, "VMs that may well run there and could not be read: they are among the rows set aside")
    obstacles: str = field("", "What stands in the way of emptying it, whatever the setting: codes parted by ;")


class ClusterRow(Word):
    """The one setting of a cluster, or of a host that stands alone."""

    cluster: str = field(..., "Name")
    hosts: int = field(..., "Hosts")
    vms: int = field(..., "VMs to move")
    memory_gib: float = field(..., "Their assigned memory", unit="GiB")
    verdict: Verdict = field(..., "How the setting stands")
    setting: str = field(..., "Transport and changes")
    transport: Transport = field(..., "Transport asked for")
    simultaneous: int = field(..., "Moves at once")
    cap_mib_s: float | None = field(..., "Bandwidth cap that stays in force; none: none", unit="MiB/s")
    changes: str = field(..., "What must be altered, current -> recommended (online or disruptive), parted by ;")
    why: str = field(..., "Why it is not plainly ready, in a sentence; then the reasons for the setting")
    runner_up: str = field(..., "The next best setting; empty where there is none")
    runner_up_why: str = field(..., "Why it was not taken")
    rejected: str = field(..., "Settings that rules forbid, with the rules, parted by ;")
    verify: str = field(..., "Rules that cannot tell: what to verify, parted by ;")
    drain_s_p50: float | None = field(
        ..., "Longest drain of a host, median; empty: none of its VMs can be timed", unit="s"
    )
    drain_s_p95: float | None = field(..., "Longest drain of a host, exceeded in 5 % of cases", unit="s")
    today_s_p50: float | None = field(..., "Longest drain with today's setting, median", unit="s")
    all_hosts_s_p50: float | None = field(..., "Sum of the medians of its hosts' drains", unit="s")
    blackout_ms_p95: float | None = field(..., "Longest blackout of a VM, exceeded in 5 % of cases", unit="ms")
    hosts_missing: int = field(..., "Hosts that miss the window")
    helps: str = field(..., "The cheapest change that lets every host meet the window, or why none does")
    basis: Basis = field(..., "What the times rest on")


class CurveRow(Word):
    """One point of a sizing curve: the drain of a host that misses, with other NICs."""

    cluster: str = field(..., "Its cluster")
    host: str = field(..., "Host that misses the window")
    transport: Transport = field(..., "Transport")
    nic_gbps: float = field(..., "Speed of a NIC", unit="Gbit/s")
    nic_count: int = field(..., "Number of NICs")
    drain_s_p50: float = field(..., "Drain, median", unit="s")
    drain_s_p95: float = field(..., "Drain, exceeded in 5 % of cases", unit="s")
    meets: bool = field(..., "Fits the window at the quantile of --risk")


class SetAside(Word):
    """A row of the inventory that is not answered, and why."""

    file: str = field(..., "File")
    line: int | None = field(..., "Line, or row of a sheet")
    sheet: str = field(..., "Sheet, empty where there is none")
    name: str = field(..., "Name of the VM, host or cluster, as far as it can be read")
    column: str = field(..., "Column that is the trouble, empty where it is the row")
    value: str = field(..., "What stands there")
    reason: str = field(..., "Why")
    mend: str = field(..., "How to mend it")


class BatchSummary(Word):
    """Totals of a batch: what a pipeline reads."""

    schema_version: str = field(SCHEMA_VERSION, "Version of this schema")
    inventory: tuple[str, ...] = field(..., "Files it was read from")
    formats: tuple[str, ...] = field(..., "What they were understood as")
    note: str = field("", "What the inventory cannot say: it describes another hypervisor, or servers to be moved")
    goals: Goals = field(..., "What was wanted")
    clusters: int = field(..., "Clusters, hosts that stand alone counted too")
    hosts: int = field(..., "Hosts")
    hosts_alone: int = field(0, "Of those, hosts that stand alone")
    vms: int = field(..., "VMs answered")
    memory_gib: float = field(..., "Their assigned memory", unit="GiB")
    rows_read: int = field(..., "Rows of VMs in the inventory")
    rows_set_aside: int = field(..., "Rows of VMs set aside")
    rows_missed: int = field(0, "Of those, rows of VMs that may well run")
    verdicts: dict[str, int] = field(..., "VMs by verdict")
    reasons: dict[str, int] = field(..., "VMs by reason code")
    set_aside: dict[str, int] = field(..., "Rows set aside by reason")
    limits: dict[str, int] = field(..., "Hosts by what holds their drain up")
    hosts_missing: int | None = field(..., "Hosts that miss the window; none: no window was given")
    hosts_unknown: int = field(
        0, "Hosts with VMs whose time is not known, or that rules or room on the other nodes let nothing leave"
    )
    obstacles: dict[str, int] = field({}, "Hosts by code of what stands in the way of emptying them")
    helped_by: dict[str, int] = field({}, "Hosts that miss, by the cheapest change that helps")
    drain_s_p50_longest: float | None = field(
        ..., "Longest drain of a host, median; none: no VM of the inventory can be timed", unit="s"
    )
    drain_s_p95_longest: float | None = field(..., "Longest drain of a host, exceeded in 5 % of cases", unit="s")
    settings: dict[str, int] = field(..., "Clusters by recommended setting")
    assumptions: tuple[Assumption, ...] = field((), "What was taken for granted, with its origin")
    reason_words: dict[str, str] = field({}, "What the codes of reasons and obstacles mean")
    card: str = field(..., "Model card used")


BATCH_TABLES: Final[dict[str, type[Word]]] = {
    "clusters": ClusterRow,
    "hosts": HostRow,
    "vms": VmRow,
    "curves": CurveRow,
    "set_aside": SetAside,
}
"""Tables of a batch, coarse to fine, and the word that each row of them is."""
