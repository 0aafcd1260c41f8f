"""The clusters of one partition, sorted into cells: hosts that share options and links, with their VMs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from advisor.domain.estate import EstateCluster, EstateHost
from advisor.domain.inventory import VmTable
from advisor.fleet.assumed import Assumed
from advisor.fleet.batch_disks import OF_HOSTS, MovingDisks
from advisor.fleet.facts import (
    TELLING,
    VARIED,
    VARIED_OF_CLUSTER,
    completed,
    completeness,
    limits_of,
    taken_of_cluster,
)
from advisor.fleet.hosted import Hosted
from advisor.fleet.kinds import Kind, Kinds, RuleFacts, host_kinds
from advisor.fleet.ready import Kinded
from advisor.fleet.reasons import BLOCKING
from advisor.fleet.vms import facts_of_vms, filled, taken_of_vms
from advisor.precopy.storage import Storage
from advisor.rules.compatibility import CROSS_VERSION

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
    missed : by host, rows set aside of VMs that may well run there; empty where there are none.
    """

    number: int
    hosts: tuple[EstateHost, ...]
    clusters: Mapping[str, EstateCluster]
    table: VmTable
    missed: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    @property
    def missed_of_host(self) -> Ints:
        """By host, how many rows of VMs that may well run there are set aside."""
        return self.missed if self.missed.size else np.zeros(len(self.hosts), dtype=np.intp)

    @property
    def cluster_names(self) -> tuple[str, ...]:
        """By host; where a host that stands alone is called like a cluster, that is said."""
        clusters = {host.cluster for host in self.hosts}
        return tuple(
            host.cluster or (f"{host.host} (stands alone)" if host.host in clusters else host.host)
            for host in self.hosts
        )


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

    def without(self, rows: Ints, code: str) -> Sorted:
        """The same where these VMs of the partition do not move, for a reason."""
        blocked = self.blocked.copy()
        blocked[rows] = code
        kept = np.flatnonzero(blocked[self.rows] == "")
        counts = np.bincount(self.hosted.host[kept], minlength=self.hosted.hosts)
        left = np.flatnonzero(counts)
        return replace(
            self,
            hosted=self.hosted.of_vms(kept, counts[left]),
            kinded=self.kinded.of_hosts(left),
            busy=self.busy[left],
            rows=self.rows[kept],
            blocked=blocked,
        )


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
    return replace(partition, table=table.take(order))


def sort_out(partition: Partition, kinds: Kinds) -> Sorted:
    """Find the kind of every cluster, and put hosts of one kind together."""
    partition = largest_first(partition)
    assumed = kinds.assumed
    done = [completed(host, assumed) for host in partition.hosts]
    hosts = tuple(host for host, _ in done)
    names = partition.cluster_names
    facts = facts_of_vms(partition.table, assumed)
    table = filled(partition.table, assumed)
    of_hosts = _rule_facts(table, len(hosts))
    groups: list[Group] = []
    cells: dict[tuple[Kind, int], int] = {}
    cell_of = np.zeros(len(hosts), dtype=np.intp)
    taken = [own for _, own in done]
    limits = np.empty((3, len(hosts)))
    for name, own in _by_name(names).items():
        distinct, which = host_kinds([hosts[at] for at in own.tolist()])
        clustered = hosts[own[0]].cluster
        cluster = None if clustered is None else partition.clusters.get(clustered, EstateCluster(cluster=clustered))
        kind = kinds.of(distinct, cluster, frozenset().union(*(of_hosts[at] for at in own.tolist())))
        of_cluster = taken_of_cluster(cluster, kind.problem.pairs, assumed)
        in_force = kind.problem.options[kind.today].simultaneous
        for host, pair in zip(own.tolist(), which.tolist(), strict=True):
            limits[:, host] = limits_of(cluster, partition.hosts[host], kind.problem.pairs, in_force, assumed)
            cell_of[host] = cells.setdefault((kind, pair), len(cells))
            taken[host] += of_cluster
        groups.append(Group(name, kind, own))
    disks = MovingDisks(table, hosts, taken, [group.hosts for group in groups], assumed)
    storage = disks.middle()
    blocked = _blocked(table, disks, storage)
    told = np.array([completeness(host) for host in partition.hosts])
    (rows,) = np.nonzero(blocked == "")
    counts = np.bincount(table.host[rows], minlength=len(hosts))
    (busy,) = np.nonzero(counts)
    least, usual, most = assumed.values["host.cpu_busy"]
    idle = np.array([1.0 - (usual if host.cpu_busy is None else host.cpu_busy) for host in hosts])
    known = np.array([host.cpu_busy is not None for host in hosts], dtype=np.bool_)
    other_disks = tuple(tuple(end.take(rows) for end in ends) for ends in disks.ends())
    return Sorted(
        partition,
        tuple(groups),
        Hosted.of(facts.take(rows), counts[busy], storage.take(rows), other_disks),
        Kinded(
            tuple(cells),
            cell_of[busy],
            idle[busy],
            known[busy],
            (least, most),
            *_instead([taken[at] for at in busy.tolist()], assumed),
            limits[:, busy],
        ),
        busy,
        rows,
        hosts,
        _told(taken, partition.table, disks.moves, assumed),
        told,
        (facts.completeness + told[partition.table.host]) / 2.0,
        blocked,
    )


def _by_name(names: Sequence[str]) -> dict[str, Ints]:
    """The hosts of each cluster: they need not stand side by side."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        found.setdefault(name, []).append(at)
    return {name: np.array(own, dtype=np.intp) for name, own in found.items()}


def _told(
    taken: Sequence[tuple[str, ...]], table: VmTable, moves_disks: Bools, assumed: Assumed
) -> tuple[tuple[str, ...], ...]:
    """By host, the defaults that bear on its drain: those of storage only where storage moves, of VMs where one has it.

    Columns of VMs and clusters are named with what they are of, such as ``vm.workload``.
    """
    hosts = len(taken)
    moves = np.bincount(table.host[moves_disks], minlength=hosts) > 0
    of_vms = {
        column: np.bincount(table.host[which], minlength=hosts) > 0
        for column, which in taken_of_vms(table, assumed, moves_disks).items()
    }
    has_vms = np.bincount(table.host, minlength=hosts) > 0
    return tuple(
        (
            *(name for name in own if name in TELLING or (name in OF_HOSTS and moves[at])),
            *(column for column, which in of_vms.items() if which[at]),
            *(name for name in own if "." in name and has_vms[at]),
        )
        for at, own in enumerate(taken)
    )


def _instead(taken: Sequence[tuple[str, ...]], assumed: Assumed) -> tuple[tuple[tuple[str, Any], ...], Bools]:
    """What columns that were taken from defaults may be instead, and on which hosts."""
    columns = {name: f"host.{name}" for name in VARIED} | {
        f"cluster.{name}": f"cluster.{name}" for name in VARIED_OF_CLUSTER
    }
    every = [(name, value) for name, column in columns.items() for value in assumed.ends(column)]
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


def _blocked(table: VmTable, disks: MovingDisks, storage: Storage) -> NDArray[np.object_]:
    """By VM, the code of what keeps it from moving while it runs; or of storage that nobody described."""
    codes = np.full(len(table), "", dtype=object)
    # Disks written as fast as storage with nothing else to do copies them are never copied.
    codes[disks.moves & (storage.write_bytes_s >= storage.rate_bytes_s)] = "storage_endless"
    for code, which in disks.unknown().items():
        codes[which] = code
    for name in reversed(BLOCKING):
        codes[getattr(table, name) == 1.0] = name
    return codes
