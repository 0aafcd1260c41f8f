"""VMs sorted into partitions on disk, so that an inventory of any size is held a partition at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from advisor.domain.fleet import SetAside
from advisor.domain.inventory import VM_ARRAYS, Inventory, VmTable
from advisor.fleet.cluster_group import Partition

Ints = NDArray[np.intp]

# VMs that are answered together; a cluster is never parted.
VMS_TOGETHER: Final = 60_000
_LISTS: Final = frozenset({"possible_owners", "preferred_owners", "anti_affinity"})


@dataclass(frozen=True, slots=True)
class Plan:
    """How an inventory is parted: whole clusters, in order.

    Attributes
    ----------
    edges : positions of hosts between partitions, the first 0, the last their number.
    """

    edges: tuple[int, ...]

    @property
    def parts(self) -> int:
        """How many."""
        return len(self.edges) - 1

    def vms(self, inventory: Inventory, number: int) -> int:
        """How many VMs are in one of them."""
        return int(inventory.vms_of_host[self.edges[number] : self.edges[number + 1]].sum())


def plan_of(inventory: Inventory) -> Plan:
    """Part an inventory into pieces of about `VMS_TOGETHER` VMs."""
    names, counts = inventory.cluster_names, inventory.vms_of_host
    edges, together = [0], 0
    for host, name in enumerate(names):
        begins = host == 0 or name != names[host - 1]
        if begins and together >= VMS_TOGETHER:
            edges.append(host)
            together = 0
        together += int(counts[host])
    return Plan((*edges, len(names)) if names else (0,))


def spill(
    inventory: Inventory,
    plan: Plan,
    wanted: frozenset[int],
    folder: Path,
    aside: Callable[[tuple[SetAside, ...]], None],
) -> Generator[int, None, None]:
    """Read the VMs and sort them into one file for each wanted partition.

    Parameters
    ----------
    aside : takes what is set aside beside them, in order.

    Yields
    ------
    Numbers of partitions, each as soon as all of it is there: those who answer need not wait for the whole inventory
    where its rows stand together.
    """
    edges = np.asarray(plan.edges)
    waits_for = {number: plan.vms(inventory, number) for number in sorted(wanted)}
    yield from (number for number, vms in waits_for.items() if not vms)
    writers: dict[int, pa.ipc.RecordBatchFileWriter] = {}
    try:
        for table in inventory.tables():
            part = np.searchsorted(edges, table.host, side="right") - 1
            order = np.argsort(part, kind="stable")
            cuts = np.searchsorted(part[order], np.arange(plan.parts + 1))
            whole = []
            for number in np.unique(part).tolist():
                if number not in wanted:
                    continue
                rows = order[cuts[number] : cuts[number + 1]]
                if number not in writers:
                    options = pa.ipc.IpcWriteOptions(compression="lz4")
                    writers[number] = pa.ipc.new_file(str(_file(folder, number)), _SCHEMA, options=options)
                writers[number].write_batch(_batch(table.take(rows), int(edges[number])))
                waits_for[number] -= rows.size
                if not waits_for[number]:
                    writers.pop(number).close()
                    whole.append(number)
            aside(table.set_aside)
            yield from whole
    finally:
        for writer in writers.values():
            writer.close()


def partition_of(inventory: Inventory, plan: Plan, number: int, folder: Path) -> Partition:
    """One partition, read back; its file is removed."""
    begin, end = plan.edges[number], plan.edges[number + 1]
    hosts = inventory.hosts[begin:end]
    named = {host.cluster for host in hosts}
    clusters = {cluster.cluster: cluster for cluster in inventory.clusters if cluster.cluster in named}
    missed = inventory.missed_of_host[begin:end].astype(np.intp)
    file = _file(folder, number)
    if not file.exists():  # nothing of these hosts is answered
        return Partition(number, hosts, clusters, _table(_SCHEMA.empty_table()), missed)
    with pa.ipc.open_file(str(file)) as reader:
        table = _table(reader.read_all())
    file.unlink()
    return Partition(number, hosts, clusters, table, missed)


def _file(folder: Path, number: int) -> Path:
    return folder / f"vms-{number:05d}.arrow"


def _type(name: str) -> pa.DataType:
    if name == "host":
        return pa.int32()
    if name in _LISTS:
        return pa.list_(pa.string())
    return pa.string() if VmTable.__annotations__[name] == "Texts" else pa.float64()


_SCHEMA: Final = pa.schema([(name, _type(name)) for name in VM_ARRAYS])


def _batch(table: VmTable, first_host: int) -> pa.RecordBatch:
    def column(name: str) -> Any:
        values = getattr(table, name)
        return values - first_host if name == "host" else values

    return pa.record_batch([pa.array(column(name), _type(name)) for name in VM_ARRAYS], schema=_SCHEMA)


def _table(held: pa.Table) -> VmTable:
    columns: dict[str, Any] = {}
    for name in VM_ARRAYS:
        column = held.column(name)
        if name == "host" or _type(name) == pa.float64():
            columns[name] = column.to_numpy()
        elif name in _LISTS:
            values = np.empty(held.num_rows, dtype=object)
            values[:] = [None if each is None else tuple(each) for each in column.to_pylist()]
            columns[name] = values
        else:
            columns[name] = column.to_numpy().astype(object)
    return VmTable(**columns)
