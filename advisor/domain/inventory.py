"""An inventory as it was read: hosts and clusters as words, VMs as columns that come in tables of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.domain.estate import EstateCluster, EstateHost
from advisor.domain.fleet import SetAside

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Texts = NDArray[np.object_]
"""Strings, with None where nothing is known."""


@dataclass(frozen=True, slots=True)
class VmTable:
    """Rows of VMs as columns; arrays are (n,), a number not known is NaN, a text not known is None.

    Attributes
    ----------
    host : position in `Inventory.hosts`.
    yes/no columns are 1.0, 0.0 or NaN; lists of names are tuples or None.
    set_aside : rows that were read beside these and are not answered.
    missed : those of them whose VMs may well run, each with the position of its host.
    The others are the columns of `EstateVm`; `move` and `priority` hold the words of their enumerations.
    """

    host: Ints
    vm: Texts
    vm_id: Texts
    memory_gib: Floats
    startup_gib: Floats
    vcpus: Floats
    cpu_use: Floats
    workload: Texts
    dirty_rate_mib_s: Floats
    working_set_gib: Floats
    nonzero_gib: Floats
    compression_ratio: Floats
    config_version: Floats
    processor_compatibility: Floats
    move: Texts
    disk_gib: Floats
    disk_used_gib: Floats
    disk_write_mib_s: Floats
    priority: Texts
    possible_owners: Texts
    preferred_owners: Texts
    anti_affinity: Texts
    passthrough_disk: Floats
    device_assigned: Floats
    local_iso: Floats
    set_aside: tuple[SetAside, ...] = ()
    missed: tuple[tuple[int, SetAside], ...] = ()

    def __len__(self) -> int:
        return int(self.host.size)

    def take(self, rows: NDArray[Any]) -> VmTable:
        """These rows, without what was set aside beside them."""
        return VmTable(**{name: getattr(self, name)[rows] for name in VM_ARRAYS})


VM_ARRAYS = tuple(one.name for one in fields(VmTable) if one.name not in {"set_aside", "missed"})
"""Names of the columns of a `VmTable`."""


@dataclass(frozen=True)
class Mapped:
    """How one table of an inventory was understood.

    Attributes
    ----------
    file, sheet : where it stands; sheet is empty for a text file.
    format : what it is, for people, such as "Get-VM as CSV".
    holds : vms, hosts, clusters or nics.
    columns : column of the estate to column of the file.
    ignored : columns of the file that nothing is read from.
    rows, used : rows read, and rows that were understood.
    """

    file: str
    sheet: str
    format: str
    holds: str
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    rows: int
    used: int


@dataclass(frozen=True)
class Inventory:
    """Everything an inventory says.

    Attributes
    ----------
    files : what was read.
    mapped : how each table was understood.
    hosts : every host, also those that only VMs name, in order of (cluster, host).
    clusters : every cluster of `hosts` that has a name of its own, in order.
    vms_of_host : rows of VMs that are answered, by host.
    missed_of_host : rows of VMs that may well run and are not answered, because a cell of theirs cannot be read or
        nobody says how much memory they have, by host; (hosts,).
    rows_read, rows_set_aside : rows of VMs.
    set_aside : rows of hosts, NICs and clusters that were set aside; those of VMs come with their tables.
    note : what such an inventory cannot say, for people; empty where it describes Hyper-V.
    fingerprint : a hash over the content of all files.
    read_tables : reads the VMs again, in order of the file, at most 65,536 rows a table.
    unread : files and sheets of no known format, from which nothing was read.
    """

    files: tuple[str, ...]
    mapped: tuple[Mapped, ...]
    hosts: tuple[EstateHost, ...]
    clusters: tuple[EstateCluster, ...]
    vms_of_host: Ints
    missed_of_host: Ints
    rows_read: int
    rows_set_aside: int
    set_aside: tuple[SetAside, ...]
    note: str
    fingerprint: str
    read_tables: Callable[[], Iterator[VmTable]] = field(repr=False)
    unread: tuple[str, ...] = ()

    @cached_property
    def cluster_names(self) -> tuple[str, ...]:
        """By host, the name of its cluster, or its own where it stands alone."""
        return tuple(host.cluster or host.host for host in self.hosts)

    def tables(self) -> Iterator[VmTable]:
        """The VMs, in order of the file, at most 65,536 rows a table; each call reads them again."""
        return self.read_tables()
