"""What `advisor import` shows: how an inventory was understood, what was set aside, what defaults have to fill in."""

from __future__ import annotations

from typing import Literal

from advisor.domain.answers import SCHEMA_VERSION
from advisor.domain.fleet import SetAside
from advisor.domain.hosts import Balancing, Os, Rdma
from advisor.domain.word import Word, field


class TableSeen(Word):
    """One table of an inventory, as it was understood."""

    file: str = field(..., "File")
    sheet: str = field(..., "Sheet, empty where there is none")
    format: str = field(..., "What it was understood as")
    holds: str = field(..., "What a row is: vms, hosts, clusters or nics")
    columns: dict[str, str] = field(..., "Column of the estate, and the column of the file it is read from")
    ignored: tuple[str, ...] = field(..., "Columns of the file that nothing is read from")
    rows: int = field(..., "Rows read")
    used: int = field(..., "Rows that were understood and are not set aside")


class AsideGroup(Word):
    """Rows set aside for one reason."""

    reason: str = field(..., "Why")
    column: str = field(..., "Column of the file that is the trouble, empty where it is the row")
    rows: int = field(..., "How many")
    examples: tuple[SetAside, ...] = field(..., "The first of them")


class DefaultTaken(Word):
    """A column that defaults have to fill in."""

    column: str = field(..., "Column, such as host.nic_gbps")
    missing: int = field(..., "VMs, hosts or clusters of which the inventory does not say it")
    of: int = field(..., "How many there are")
    low: str = field(..., "Low end of what it may be")
    middle: str = field(..., "What is taken")
    high: str = field(..., "High end of what it may be")
    source: str = field(..., "Where the numbers come from, or the word assumption")


class HostKind(Word):
    """Hosts of which the inventory says the same; none: it does not say."""

    hosts: int = field(..., "How many there are")
    names: tuple[str, ...] = field(..., "The first of them")
    nic_count: int | None = field(..., "NICs of a host that are taken for live migration")
    nic_gbps: float | None = field(..., "Speed of such a NIC", unit="Gbit/s")
    mtu_bytes: int | None = field(..., "Largest IP packet", unit="bytes")
    rdma: Rdma | None = field(..., "RDMA protocol the NICs speak")
    rdma_enabled: bool | None = field(..., "RDMA switched on")
    team: Literal["none", "lbfo", "set"] | None = field(..., "Team over the NICs")
    balancing: Balancing | None = field(..., "Load balancing of the team")
    os: Os | None = field(..., "Windows Server version")


class Survey(Word):
    """How an inventory was understood."""

    schema_version: str = field(SCHEMA_VERSION, "Version of this schema")
    files: tuple[str, ...] = field(..., "Files it was read from")
    tables: tuple[TableSeen, ...] = field(..., "Tables that were understood")
    unread: tuple[str, ...] = field((), "Files and sheets of no known format")
    note: str = field("", "What the inventory cannot say; empty where it describes Hyper-V")
    clusters: int = field(..., "Clusters; hosts that stand alone are not counted")
    hosts: int = field(..., "Hosts, also those that only VMs name")
    hosts_alone: int = field(0, "Of those, hosts in no cluster")
    host_kinds: tuple[HostKind, ...] = field((), "Hosts by what is known of their migration NICs and Windows version")
    vms: int = field(..., "VMs that are answered")
    memory_gib: float = field(..., "Their assigned memory", unit="GiB")
    rows_read: int = field(..., "Rows of VMs in the inventory")
    rows_set_aside: int = field(..., "Rows of VMs set aside")
    set_aside: tuple[AsideGroup, ...] = field(..., "Rows of VMs, hosts, NICs and clusters set aside, by reason")
    defaults: tuple[DefaultTaken, ...] = field(..., "Columns that come from defaults")
    fingerprint: str = field(..., "A hash over the content of all files")
