"""The clusters of one partition, sorted into cells: hosts that share options and links, with their VMs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from advisor.domain.estate import EstateCluster, EstateHost, MoveKind
from advisor.domain.inventory import VmTable
from advisor.fleet.assumed import Assumed
from advisor.fleet.facts import TELLING, VARIED, completed, completeness
from advisor.fleet.hosted import Hosted
from advisor.fleet.kinds import Kind, Kinds, RuleFacts, host_kinds
from advisor.fleet.ready import Kinded
from advisor.fleet.reasons import BLOCKING
from advisor.fleet.vms import facts_of_vms
from advisor.precopy.storage import Storage
from advisor.rules.compatibility import CROSS_VERSION
from advisor.units import gib_to_bytes, mib_to_bytes

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Partition:
    """A piece of an inventory: whole clusters, with all their hosts and VMs.

    Attributes
    ----------
    number : its place.
    hosts : in order of (cluster, host).
    clusters : settings by name of the cluster; a host that stands alone has none.
    table : VMs; `host` is a position in `hosts`.
    """

    number: int
    hosts: tuple[EstateHost, ...]
    clusters: Mapping[str, EstateCluster]
    table: VmTable

    @property
    def cluster_names(self) -> tuple[str, ...]:
        """By host."""
        return tuple(host.cluster or host.host for host in self.hosts)


@dataclass(frozen=True, slots=True)
class Group:
    """One cluster of a partition.

    Attributes
    ----------
    name, kind : what it is.
    hosts : positions of its hosts in the partition.
    """

    name: str
    kind: Kind
    hosts: Ints


@dataclass(frozen=True, slots=True)
class Sorted:
    """A partition ready to be predicted.

    Attributes
    ----------
    groups : its clusters, in order.
    hosted, kinded : the VMs that move, and the kinds of the hosts they leave.
    busy, rows : where those hosts and VMs stand in the partition.
    completed, assumed_columns, completeness : by host, what it is taken to be.
    vm_completeness : by VM, what the inventory says of it and of its host.
    blocked : by VM, the code of what keeps it from moving, empty where nothing does.
    """

    partition: Partition
    groups: tuple[Group, ...]
    hosted: Hosted
    kinded: Kinded
    busy: Ints
    rows: Ints
    completed: tuple[EstateHost, ...]
    assumed_columns: tuple[tuple[str, ...], ...]
    completeness: Floats
    vm_completeness: Floats
    blocked: NDArray[np.object_]


def largest_first(partition: Partition) -> Partition:
    """The same with the VMs of each host side by side, largest first, of one size by name.

    The order of rows in a file says nothing: it must not change an answer.
    """
    table = partition.table
    ranked = {"host": table.host, "memory_gib": table.memory_gib, "vm": table.vm, "vm_id": table.vm_id}
    columns = pa.table({name: pa.array(column, from_pandas=True) for name, column in ranked.items()})
    order = pc.sort_indices(
        columns, [("host", "ascending"), ("memory_gib", "descending"), ("vm", "ascending"), ("vm_id", "ascending")]
    ).to_numpy()
    return Partition(partition.number, partition.hosts, partition.clusters, table.take(order))


def sort_out(partition: Partition, kinds: Kinds) -> Sorted:
    """Find the kind of every cluster, and put hosts of one kind together."""
    partition = largest_first(partition)
    assumed = kinds.assumed
    done = [completed(host, assumed) for host in partition.hosts]
    hosts = tuple(host for host, _ in done)
    names = partition.cluster_names
    facts = facts_of_vms(partition.table, assumed)
    storage = _storage(partition.table, hosts)
    blocked = _blocked(partition.table, storage)
    of_hosts = _rule_facts(partition.table, len(hosts))
    groups: list[Group] = []
    cells: dict[tuple[Kind, int], int] = {}
    cell_of = np.zeros(len(hosts), dtype=np.intp)
    # Hosts stand in order of clusters.
    starts = [i for i, name in enumerate(names) if i == 0 or name != names[i - 1]]
    for begin, end in zip(starts, [*starts[1:], len(names)], strict=True):
        own = hosts[begin:end]
        distinct, which = host_kinds(own)
        clustered = own[0].cluster is not None
        cluster = partition.clusters.get(names[begin], EstateCluster(cluster=names[begin])) if clustered else None
        kind = kinds.of(distinct, cluster, frozenset().union(*of_hosts[begin:end]))
        for host, pair in zip(range(begin, end), which.tolist(), strict=True):
            cell_of[host] = cells.setdefault((kind, pair), len(cells))
        groups.append(Group(names[begin], kind, np.arange(begin, end)))
    told = np.array([completeness(host) for host in partition.hosts])
    (rows,) = np.nonzero(blocked == "")
    counts = np.bincount(partition.table.host[rows], minlength=len(hosts))
    (busy,) = np.nonzero(counts)
    least, usual, most = assumed.values["host.cpu_busy"]
    idle = np.array([1.0 - (usual if host.cpu_busy is None else host.cpu_busy) for host in hosts])
    known = np.array([host.cpu_busy is not None for host in hosts], dtype=np.bool_)
    return Sorted(
        partition,
        tuple(groups),
        Hosted.of(facts.take(rows), counts[busy], storage.take(rows)),
        Kinded(
            tuple(cells),
            cell_of[busy],
            idle[busy],
            known[busy],
            (least, most),
            *_instead([done[at][1] for at in busy], assumed),
        ),
        busy,
        rows,
        hosts,
        _told(done, partition.table, storage),
        told,
        (facts.completeness + told[partition.table.host]) / 2.0,
        blocked,
    )


def _told(
    done: Sequence[tuple[EstateHost, tuple[str, ...]]], table: VmTable, storage: Storage
) -> tuple[tuple[str, ...], ...]:
    """By host, the defaults that bear on its drain: those of storage only where storage moves."""
    moves = np.bincount(table.host, weights=storage.used_bytes, minlength=len(done)) > 0
    storage_too = (*TELLING, "storage_mib_s", "storage_simultaneous")
    return tuple(
        tuple(column for column in columns if column in (storage_too if moves[at] else TELLING))
        for at, (_, columns) in enumerate(done)
    )


def _instead(taken: Sequence[tuple[str, ...]], assumed: Assumed) -> tuple[tuple[tuple[str, Any], ...], Bools]:
    """What columns that were taken from defaults may be instead, and on which hosts."""
    every = [(column, value) for column in VARIED for value in assumed.ends(f"host.{column}")]
    is_open = np.array([[column in own for own in taken] for column, _ in every], dtype=np.bool_)
    return tuple(every), is_open.reshape(len(every), len(taken))


def _rule_facts(table: VmTable, hosts: int) -> list[set[RuleFacts]]:
    """By host, what rules ask of its VMs: each combination once.

    Of versions they ask whether one is too old to move between 2012 R2 and 2016 (rule K06).
    """
    found: list[set[RuleFacts]] = [set() for _ in range(hosts)]
    version = np.where(np.isnan(table.config_version), -1.0, np.minimum(table.config_version, CROSS_VERSION))
    compatible = np.where(np.isnan(table.processor_compatibility), -1.0, table.processor_compatibility)
    seen = np.unique(np.stack([table.host.astype(np.float64), version, compatible]), axis=1)
    for host, own, on in seen.T.tolist():
        found[int(host)].add((None if own < 0 else own, None if on < 0 else bool(on)))
    return found


def _blocked(table: VmTable, storage: Storage) -> NDArray[np.object_]:
    """By VM, the code of what keeps it from moving while it runs; or of storage that nobody described."""
    codes = np.full(len(table), "", dtype=object)
    moves_disks = np.isin(table.move.astype(str), [MoveKind.STORAGE.value, MoveKind.SHARED_NOTHING.value])
    used = np.where(np.isnan(table.disk_used_gib), table.disk_gib, table.disk_used_gib)
    codes[moves_disks & (np.isnan(used) | np.isnan(table.disk_write_mib_s))] = "storage_not_known"
    # Disks written as fast as they are read are never copied.
    codes[(codes == "") & (storage.write_bytes_s >= storage.rate_bytes_s / storage.at_once)] = "storage_endless"
    for name in reversed(BLOCKING):
        codes[getattr(table, name) == 1.0] = name
    return codes


def _storage(table: VmTable, hosts: Sequence[EstateHost]) -> Storage:
    """Disks that move; what is not known of them is 0 here, and their VMs are not predicted."""
    kind = table.move.astype(str)
    moves = np.isin(kind, [MoveKind.STORAGE.value, MoveKind.SHARED_NOTHING.value])
    used = np.where(np.isnan(table.disk_used_gib), table.disk_gib, table.disk_used_gib)
    rate = np.array([np.nan if host.storage_mib_s is None else host.storage_mib_s for host in hosts])[table.host]
    at_once = np.array([float(host.storage_simultaneous or 2) for host in hosts])[table.host]
    return Storage(
        np.where(moves & ~np.isnan(used), gib_to_bytes(1.0) * used, 0.0),
        np.where(moves & ~np.isnan(table.disk_write_mib_s), mib_to_bytes(1.0) * table.disk_write_mib_s, 0.0),
        np.where(moves & ~np.isnan(rate), mib_to_bytes(1.0) * rate, np.inf),
        at_once,
        kind != MoveKind.STORAGE.value,
    )
