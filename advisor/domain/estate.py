"""An estate: clusters, hosts and VMs as an inventory tells of them. Each word is a row, its fields are the columns.

``None`` is an empty cell and means unknown. What an export does not say comes from a table of defaults, which gives
a low, a middle and a high value, and is marked as such.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from advisor.domain.hosts import Balancing, Os, PowerPlan, Rdma
from advisor.domain.word import Word, field

Name = str

LEAST_MEMORY_GIB: Final = 1 / 1024
"""Hyper-V gives no VM less than 32 MiB; what is below 1 MiB was read in a wrong unit [GiB]."""


class VmState(StrEnum):
    """What a VM is doing, as far as moving it goes."""

    RUNNING = "running"
    OFF = "off"
    SAVED = "saved"
    PAUSED = "paused"
    TEMPLATE = "template"


class MoveKind(StrEnum):
    """What has to travel. Storage that hosts share stays where it is."""

    MEMORY = "memory"
    STORAGE = "storage"
    SHARED_NOTHING = "shared_nothing"


class Priority(StrEnum):
    """Priority of a clustered VM, highest first: the order in which a node is drained."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NO_AUTO_START = "no_auto_start"

    @property
    def number(self) -> int:
        """What failover clusters call it: 3000, 2000, 1000 or 0."""
        return {Priority.HIGH: 3000, Priority.MEDIUM: 2000, Priority.LOW: 1000, Priority.NO_AUTO_START: 0}[self]


class EstateVm(Word):
    """One VM of an inventory."""

    vm: Name = field(..., "Name of the VM; need not be unique", min_length=1, max_length=256)
    vm_id: str | None = field(None, "What tells it apart from others of its name", max_length=128)
    host: Name | None = field(None, "Host it runs on", max_length=256)
    cluster: Name | None = field(None, "Cluster of that host; none: the host stands alone", max_length=256)
    state: VmState = field(VmState.RUNNING, "Running, off, saved, paused, or a template")
    memory_gib: float = field(..., "Assigned memory", unit="GiB", ge=LEAST_MEMORY_GIB, le=65_536)
    startup_gib: float | None = field(
        None,
        "Start-up memory; placement counts the larger of this and assigned memory",
        unit="GiB",
        ge=LEAST_MEMORY_GIB,
        le=65_536,
    )
    vcpus: int | None = field(None, "Virtual processors", ge=1, le=4096)
    cpu_use: float | None = field(None, "Share of the host's processors it uses", ge=0, le=1)
    workload: str | None = field(None, "Workload class from data/workloads.csv", max_length=64)
    dirty_rate_mib_s: float | None = field(None, "Memory first dirtied per second", unit="MiB/s", ge=0, le=1_000_000)
    working_set_gib: float | None = field(None, "Memory it keeps rewriting", unit="GiB", gt=0, le=65_536)
    nonzero_gib: float | None = field(None, "Memory that is not zero pages", unit="GiB", gt=0, le=65_536)
    compression_ratio: float | None = field(None, "Raw to compressed size of the non-zero memory", ge=1, le=1000)
    config_version: float | None = field(None, "VM configuration version", ge=1, le=100)
    processor_compatibility: bool | None = field(None, "CompatibilityForMigrationEnabled")
    move: MoveKind | None = field(None, "What has to travel: memory, storage, or shared_nothing (storage, then memory)")
    disk_gib: float | None = field(None, "Size of its disks", unit="GiB", ge=0, le=100_000_000)
    disk_used_gib: float | None = field(None, "What of them is written", unit="GiB", ge=0, le=100_000_000)
    disk_write_mib_s: float | None = field(None, "Rate at which it writes to them", unit="MiB/s", ge=0, le=1_000_000)
    priority: Priority | None = field(None, "Priority in its cluster")
    possible_owners: tuple[Name, ...] | None = field(None, "Nodes it may run on, parted by ;", max_length=64)
    preferred_owners: tuple[Name, ...] | None = field(None, "Nodes it should run on, best first", max_length=64)
    anti_affinity: tuple[str, ...] | None = field(
        None, "Anti-affinity class names: VMs that share one are kept on different nodes", max_length=64
    )
    passthrough_disk: bool | None = field(None, "A physical disk of the host is attached to it")
    device_assigned: bool | None = field(None, "A device of the host is assigned to it (DDA)")
    local_iso: bool | None = field(None, "An image on a disk of the host is in its DVD drive")


class EstateHost(Word):
    """One host of an inventory."""

    host: Name = field(..., "Name of the host", min_length=1, max_length=256)
    cluster: Name | None = field(None, "Its cluster; none: it stands alone", max_length=256)
    state: Literal["up", "paused", "down"] | None = field(None, "State of the node")
    os: Os | None = field(None, "Windows Server version")
    updated: str | None = field(None, "Newest cumulative update, YYYY-MM", pattern=r"^20\d\d-(0[1-9]|1[0-2])$")
    cores: int | None = field(None, "Physical cores", ge=1, le=2048)
    cpu_busy: float | None = field(None, "Share of the host's CPU its VMs use", ge=0, le=1)
    cpu_vendor: Literal["intel", "amd", "arm"] | None = field(None, "CPU manufacturer")
    cpu_features: str | None = field(None, "CPU model or feature level", max_length=128)
    memory_gib: float | None = field(None, "Physical memory", unit="GiB", gt=0, le=1_000_000)
    nic_gbps: float | None = field(None, "Link speed of a migration NIC", unit="Gbit/s", ge=0.01, le=1600)
    nic_count: int | None = field(None, "Migration NICs that are up", ge=1, le=64)
    mtu_bytes: int | None = field(None, "Largest IP packet", unit="bytes", ge=576, le=65536)
    rdma: Rdma | None = field(None, "RDMA protocol its NICs speak")
    rdma_enabled: bool | None = field(None, "RDMA switched on")
    team: Literal["none", "lbfo", "set"] | None = field(None, "Team over the migration NICs")
    balancing: Balancing | None = field(None, "Load balancing of the team")
    vnics: int | None = field(None, "Host vNICs that carry live migration", ge=1, le=32)
    power_plan: PowerPlan | None = field(None, "Windows power plan")
    performance_option: Literal["TCPIP", "Compression", "SMB"] | None = field(
        None, "Live migration performance option (Get-VMHost)"
    )
    simultaneous: int | None = field(None, "Simultaneous live migrations allowed", ge=1, le=128)
    storage_simultaneous: int | None = field(None, "Simultaneous storage migrations allowed", ge=1, le=128)
    smb_limit_mib_s: float | None = field(
        None, "Set-SmbBandwidthLimit -Category LiveMigration", unit="MiB/s", ge=0, le=1_000_000
    )
    storage_mib_s: float | None = field(
        None, "What its own storage reads or writes in a row", unit="MiB/s", gt=0, le=10_000_000
    )


class EstateCluster(Word):
    """One cluster of an inventory."""

    cluster: Name = field(..., "Name of the cluster", min_length=1, max_length=256)
    kind: Literal["domain", "workgroup"] | None = field(None, "How nodes trust each other")
    max_parallel_migrations: int | None = field(None, "MaximumParallelMigrations", ge=1, le=128)
    smb_limit_enabled: bool | None = field(None, "SetSMBBandwidthLimit")
    smb_limit_factor: int | None = field(None, "SMBBandwidthLimitFactor", ge=0, le=10_000)
    network_atc: bool | None = field(None, "Network ATC manages the hosts' networks")
    storage: Literal["shared", "nodes", "none"] | None = field(
        None, "shared: SAN or file server; nodes: the nodes' own disks together (S2D); none: nothing is shared"
    )
    move_type_threshold: int | None = field(
        None,
        "MoveTypeThreshold of the virtual machine resource type: VMs of a lower priority leave by quick migration",
        ge=0,
        le=5000,
    )
    background_gbps: float | None = field(
        None, "Other traffic on the migration NICs of a host", unit="Gbit/s", ge=0, le=10_000
    )
    migration_share: float | None = field(
        None, "Share of the link that DCB or QoS grants live migration at least", gt=0, le=1
    )


VM_COLUMNS: Final = tuple(EstateVm.model_fields)
"""Columns of a table of VMs, in order."""
HOST_COLUMNS: Final = tuple(EstateHost.model_fields)
"""Columns of a table of hosts, in order."""
CLUSTER_COLUMNS: Final = tuple(EstateCluster.model_fields)
"""Columns of a table of clusters, in order."""


class Default(Word):
    """One row of data/defaults.csv: what is taken where an inventory does not say."""

    column: str = field(..., "Column of a VM, host or cluster, such as host.nic_gbps", max_length=64)
    low: str = field(..., "Low end of what it may be")
    middle: str = field(..., "What is taken")
    high: str = field(..., "High end of what it may be")
    source: str = field(..., "Where the numbers come from, or the word assumption", min_length=1)
