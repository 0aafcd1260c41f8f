"""One cluster out of an inventory: its nodes completed with defaults, its VMs, and what is known of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.traits import Traits, traits_of
from advisor.domain.answers import Assumption
from advisor.domain.estate import EstateCluster, EstateHost, Priority
from advisor.domain.fleet import SetAside
from advisor.domain.inventory import VM_ARRAYS, Inventory, VmTable
from advisor.domain.vms import Vm
from advisor.errors import InventoryError, Problem
from advisor.fleet.assumed import Assumed
from advisor.fleet.facts import VARIED, completed
from advisor.fleet.ground import OpenColumn
from advisor.fleet.vms import vm_of

_NAMES_SHOWN: Final = 3
# Columns that tell VMs apart for rules and physics.
_OF_WORDS: Final = (
    "memory_gib", "workload", "dirty_rate_mib_s", "working_set_gib", "nonzero_gib", "compression_ratio", "vcpus",
    "config_version", "processor_compatibility",
)  # fmt: skip
# Columns that say nothing of memory that moves.
_OF_STORAGE: Final = frozenset({"storage_mib_s", "storage_simultaneous", "memory_gib"})


def called(name: str, names: Sequence[str]) -> list[int]:
    """Positions of the names that mean the same node: letters of either case, with or without a domain.

    The same name in full comes first; else one of the two has no domain. Two domains are two nodes, and an address
    stands for itself.

    Examples
    --------
    >>> called("HV01.example.org", ["hv01", "hv02"]), called("hv01", ["hv01.a.lan", "hv01.b.lan"])
    ([0], [0, 1])
    >>> called("hv01.a.lan", ["hv01.b.lan"]), called("10.0.0.2", ["10.0.0.3"])
    ([], [])
    """
    own = name.casefold()
    others = [one.casefold() for one in names]
    exact = [i for i, other in enumerate(others) if other == own]
    if exact or _is_address(own):
        return exact
    host, _, domain = own.partition(".")
    found = [(i, other.partition(".")) for i, other in enumerate(others) if not _is_address(other)]
    return [i for i, (other, _, its) in found if other == host and not (domain and its)]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class OneCluster:
    """One cluster of an inventory.

    Attributes
    ----------
    name : of the cluster.
    cluster : its settings; None where no table of clusters names it.
    given, hosts : its nodes as the inventory has them, and completed with defaults.
    taken : by node, the columns that were taken from defaults.
    vms : its VMs; `host` is a position in `hosts`, and so are the places of those that were missed.
    """

    name: str
    cluster: EstateCluster
    given: tuple[EstateHost, ...]
    hosts: tuple[EstateHost, ...]
    taken: tuple[tuple[str, ...], ...]
    vms: VmTable
    assumed: Assumed

    @cached_property
    def words(self) -> tuple[Vm, ...]:
        """By VM, what rules and physics read; all are called alike, so that equal VMs are one."""
        known: dict[tuple[Any, ...], Vm] = {}
        columns = [getattr(self.vms, name).tolist() for name in _OF_WORDS]
        found = []
        # An empty number is not equal to itself, but its text is.
        for row, values in enumerate(zip(*columns, strict=True)):
            key = tuple(map(str, values))
            if key not in known:
                known[key] = self._word(row)
            found.append(known[key])
        return tuple(found)

    @cached_property
    def traits(self) -> tuple[Traits, ...]:
        """By VM, what the physics has to know."""
        known = {vm: traits_of(vm) for vm in dict.fromkeys(self.words)}
        return tuple(known[vm] for vm in self.words)

    @cached_property
    def memory_gib(self) -> NDArray[np.float64]:
        """By VM, what it takes of a node: the larger of assigned and start-up memory [GiB]."""
        startup = np.where(np.isnan(self.vms.startup_gib), 0.0, self.vms.startup_gib)
        return np.maximum(self.vms.memory_gib, startup)

    @cached_property
    def cores(self) -> NDArray[np.float64]:
        """By VM, cores it uses; where neither it nor its host says, as a default has it, or 0.

        What a host uses beyond what its VMs say of themselves lies on the others by their virtual processors.
        """
        cores = np.array([host.cores or 0 for host in self.hosts], dtype=np.float64)
        found = self.vms.cpu_use * cores[self.vms.host]
        vcpus = np.where(np.isnan(self.vms.vcpus), self.assumed.middle("vm.vcpus") or 1, self.vms.vcpus)
        for node, host in enumerate(self.given):
            own = self.vms.host == node
            silent = own & np.isnan(self.vms.cpu_use)
            busy = self.assumed.middle("host.cpu_busy") if host.cpu_busy is None else host.cpu_busy
            if silent.any():
                left = max(float(busy or 0.0) * cores[node] - np.nansum(found[own]), 0.0)
                found[silent] = left * vcpus[silent] / vcpus[silent].sum()
        return found

    @cached_property
    def cores_known(self) -> NDArray[np.bool_]:
        """By VM, whether it or its host says how much of the processors it uses."""
        told = np.array([host.cpu_busy is not None for host in self.given], dtype=np.bool_)
        known: NDArray[np.bool_] = told[self.vms.host] | ~np.isnan(self.vms.cpu_use)
        return known

    def node_named(self, name: str) -> int | None:
        """The node that is called so; None where none is, or more than one."""
        found = called(name, [host.host for host in self.hosts])
        return found[0] if len(found) == 1 else None

    def on(self, node: int) -> list[int]:
        """VMs of a node, in order of the inventory."""
        return [int(row) for row in np.flatnonzero(self.vms.host == node)]

    def missed_on(self, nodes: Sequence[int]) -> list[SetAside]:
        """Rows of VMs that may well run on some nodes and could not be read."""
        return [aside for node, aside in self.vms.missed if node in nodes]

    def is_set(self, column: str, row: int) -> bool:
        """A yes or no of a VM; what nobody said is the default."""
        value = float(getattr(self.vms, column)[row])
        return bool(self.assumed.middle(f"vm.{column}")) if np.isnan(value) else value > 0

    def priority(self, row: int) -> Priority:
        """A VM's priority; Medium where nobody changed it."""
        return Priority(self.vms.priority[row] or self.assumed.middle("vm.priority") or Priority.MEDIUM)

    def move(self, row: int) -> str:
        """What has to travel with a VM."""
        return str(self.vms.move[row] or self.assumed.middle("vm.move") or "memory")

    def setting(self, column: str) -> Any:
        """A setting of the cluster; what nobody said is the default."""
        value = getattr(self.cluster, column)
        return self.assumed.middle(f"cluster.{column}") if value is None else value

    def open_columns(self) -> tuple[OpenColumn, ...]:
        """What the inventory does not say of nodes and could be otherwise."""
        found = []
        for column in VARIED:
            nodes = frozenset(node for node, own in enumerate(self.taken) if column in own)
            low, _, high = self.assumed.values.get(f"host.{column}", (None, None, None))
            if nodes and low != high:
                found.append(OpenColumn(column, low, high, nodes))
        return tuple(found)

    def assumptions(self) -> list[Assumption]:
        """The columns of nodes that were taken from defaults, and whose they are."""
        found = []
        for column in dict.fromkeys(name for own in self.taken for name in own if name not in _OF_STORAGE):
            nodes = [self.hosts[i].host for i, own in enumerate(self.taken) if column in own]
            value = str(self.assumed.middle(f"host.{column}"))
            every = len(nodes) == len(self.hosts)
            who = "every node" if every else some_of(nodes)
            found.append(Assumption(what=f"{who}: {column}", value=value, why=self.assumed.sources[f"host.{column}"]))
        for column in ("workload", "vcpus"):
            missing = sum(value is None or str(value) == "nan" for value in getattr(self.vms, column).tolist())
            if missing:
                found.append(
                    Assumption(
                        what=f"{missing} of {len(self.vms)} VMs: {column}",
                        value=str(self.assumed.middle(f"vm.{column}")),
                        why=self.assumed.sources.get(f"vm.{column}", "assumption"),
                    )
                )
        return found

    def _word(self, row: int) -> Vm:
        table = self.vms
        vcpus = table.vcpus[row]
        version, compatible = table.config_version[row], table.processor_compatibility[row]
        update = {
            "name": "vm",
            "vcpus": int(self.assumed.middle("vm.vcpus") or 2) if np.isnan(vcpus) else int(vcpus),
            "config_version": None if np.isnan(version) else float(version),
            "processor_compatibility": None if np.isnan(compatible) else bool(compatible),
        }
        return vm_of(table, row, self.assumed.middle("vm.workload")).model_copy(update=update)


def some_of(names: Sequence[str], between: str = ", ") -> str:
    """Names, the first few and how many more.

    Examples
    --------
    >>> some_of(["hv1", "hv2"]), some_of(["hv1", "hv2", "hv3", "hv4", "hv5"])
    ('hv1, hv2', 'hv1, hv2, hv3 and 2 more')
    """
    more = len(names) - _NAMES_SHOWN
    return between.join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def cluster_with(
    inventory: Inventory, host: str, assumed: Assumed, cluster: str | None = None
) -> tuple[OneCluster, int]:
    """The cluster of a host, and the host's position in it.

    Parameters
    ----------
    host : its name, with or without a domain; where several clusters have one, ``cluster/host``.
    cluster : the cluster it is in; not given, any.

    Raises
    ------
    InventoryError
        When there is no such host, or several; when it stands alone, so that nothing can go anywhere.
    """
    exact = _meant(inventory, host, cluster)
    if not exact:
        raise _unknown("host", host, [one.host for one in inventory.hosts])
    if len(exact) > 1:
        names = ", ".join(f"{one.cluster or '(none)'}/{one.host}" for one in exact[:8])
        raise InventoryError(
            Problem("stands in the inventory more than once", column="HOST", value=host, mend=f"write one of {names}")
        )
    if exact[0].cluster is None:
        raise InventoryError(
            Problem(
                "stands alone: it has no cluster, and so no node that could take its VMs",
                column="HOST",
                value=exact[0].host,
                mend="give the host a cluster in the inventory, or ask `advisor batch` how long its VMs take",
            )
        )
    one = cluster_named(inventory, exact[0].cluster, assumed)
    return one, one.given.index(exact[0])


def _meant(inventory: Inventory, host: str, cluster: str | None) -> list[EstateHost]:
    """The hosts that a name may mean: names in full come first, then those with their cluster's before a slash."""
    if cluster is not None:
        return _called_in(inventory, cluster, host)
    whole = [one for one in inventory.hosts if one.host.casefold() == host.casefold()]
    parts = host.split("/")  # names may hold slashes of their own
    splits = ((("/".join(parts[:at])), "/".join(parts[at:])) for at in range(1, len(parts)))
    within = [one for name, own in splits if name for one in _called_in(inventory, name, own)]
    return whole or within or [inventory.hosts[i] for i in called(host, [one.host for one in inventory.hosts])]


def _called_in(inventory: Inventory, cluster: str, host: str) -> list[EstateHost]:
    there = [one for one in inventory.hosts if (one.cluster or "").casefold() == cluster.casefold()]
    return [there[i] for i in called(host, [one.host for one in there])]


def cluster_named(inventory: Inventory, name: str, assumed: Assumed) -> OneCluster:
    """A cluster of an inventory.

    Raises
    ------
    InventoryError
        When there is no such cluster; when it has a single node.
    """
    names = list(dict.fromkeys(host.cluster for host in inventory.hosts if host.cluster is not None))
    own_name = next((one for one in names if one.casefold() == name.casefold()), None)
    if own_name is None and called(name, [host.host for host in inventory.hosts]):
        raise InventoryError(_is_a_host(inventory, name))
    if own_name is None:
        raise _unknown("cluster", name, names)
    places = [i for i, host in enumerate(inventory.hosts) if host.cluster == own_name]
    if len(places) < 2:
        raise InventoryError(
            Problem(
                "has a single node, and so no node that could take its VMs",
                column="CLUSTER",
                value=own_name,
                mend="add the other nodes to the inventory",
            )
        )
    given = tuple(inventory.hosts[i] for i in places)
    made = [completed(host, assumed) for host in given]
    settings = next((one for one in inventory.clusters if one.cluster == own_name), EstateCluster(cluster=own_name))
    return OneCluster(
        name=own_name,
        cluster=settings,
        given=given,
        hosts=tuple(host for host, _ in made),
        taken=tuple(columns for _, columns in made),
        vms=_vms_of(inventory.tables(), places),
        assumed=assumed,
    )


def _is_a_host(inventory: Inventory, name: str) -> Problem:
    """A host where a cluster was asked for: its cluster, or what to do where it has none."""
    own = next(inventory.hosts[i] for i in called(name, [host.host for host in inventory.hosts]))
    if own.cluster is not None:
        return Problem(
            "is a host, not a cluster",
            column="CLUSTER",
            value=own.host,
            mend=f"its cluster is {own.cluster}; the drain of that host alone: `advisor drain {own.host}`",
        )
    return Problem(
        "is a host that stands alone: no node could take its VMs while it is updated",
        column="CLUSTER",
        value=own.host,
        mend="shut its VMs down, or save them, while it is updated; or give it a cluster in the inventory; "
        "`advisor batch` tells how long its VMs take to another host",
    )


def _vms_of(tables: Iterable[VmTable], places: Sequence[int]) -> VmTable:
    """The VMs of some hosts, whose positions become those in `places`."""
    order = np.array(places, dtype=np.intp)
    parts, missed = [], []
    for table in tables:
        rows = np.flatnonzero(np.isin(table.host, order))
        parts.append(table.take(rows))
        missed += [(places.index(host), aside) for host, aside in table.missed if host in places]
    if not parts:
        raise InventoryError(Problem("holds no VMs", column="VMs", mend="add a table of VMs to the inventory"))
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in VM_ARRAYS}
    columns["host"] = np.searchsorted(order, columns["host"]).astype(np.int32)
    return VmTable(**columns, missed=tuple(missed))


def _unknown(kind: str, name: str, known: Sequence[str]) -> InventoryError:
    by_letters = {one.casefold(): one for one in known}
    near = [by_letters[one] for one in get_close_matches(name.casefold(), list(by_letters), n=3, cutoff=0.4)]
    shown = near or list(known[:_NAMES_SHOWN])
    return InventoryError(
        Problem(
            f"no {kind} of the inventory is called so",
            column=kind.upper(),
            value=name,
            mend=f"did you mean {' or '.join(shown)}?" if near else f"it has {some_of(known)}",
        )
    )
