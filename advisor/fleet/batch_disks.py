"""Disks that move with the VMs of a batch: what is copied, over what storage, and what else that may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.domain.estate import EstateHost, MoveKind
from advisor.domain.inventory import VmTable
from advisor.fleet.assumed import Assumed
from advisor.precopy.storage import Storage
from advisor.units import gib_to_bytes, mib_to_bytes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OF_HOSTS: Final = ("storage_mib_s", "storage_simultaneous")
"""Columns of a host that bear on disks that move."""
_OF_VMS: Final = ("disk_gib", "disk_used_gib", "disk_write_mib_s")
# The least that is copied: a VHDX to which nothing is written has its header, log, metadata and block table, in steps
# of 1 MiB: [MS-VHDX], section 2 [bytes].
_LEAST_BYTES: Final = mib_to_bytes(4.0)


def moves_disks(table: VmTable) -> Bools:
    """Which VMs move with their disks, (n,)."""
    moves: Bools = np.isin(table.move.astype(str), [MoveKind.STORAGE.value, MoveKind.SHARED_NOTHING.value])
    return moves


class MovingDisks:
    """What an inventory and its defaults say of disks that move.

    Parameters
    ----------
    table : VMs, with `move` filled in.
    hosts, taken : completed hosts, and the columns of each that were taken from defaults.
    clusters : the hosts of each cluster.
    """

    def __init__(
        self,
        table: VmTable,
        hosts: Sequence[EstateHost],
        taken: Sequence[tuple[str, ...]],
        clusters: Sequence[NDArray[np.intp]],
        assumed: Assumed,
    ) -> None:
        self._table, self._assumed, self._clusters = table, assumed, clusters
        self.moves = moves_disks(table)
        self._memory: Bools = table.move.astype(str) != MoveKind.STORAGE.value
        self._any = bool(self.moves.any())
        self._of_hosts = {name: _numbers(hosts, name) for name in OF_HOSTS} if self._any else {}
        self._open = {name: np.array([name in own for own in taken], dtype=np.bool_) for name in OF_HOSTS}

    def middle(self) -> Storage:
        """Disks at the middle; what is not known of them is 0, and their VMs are not to be predicted."""
        return self._with({}) if self._any else Storage.none(len(self._table))

    def ends(self) -> tuple[tuple[Storage, ...], ...]:
        """The same at the low and the high of every column that was taken from a default with a range."""
        if not self._any:
            return ()
        open_vms = {name: self.moves & np.isnan(getattr(self._table, name)) for name in _OF_VMS}
        open_hosts = {name: self._open[name] for name in OF_HOSTS}
        columns = [(f"vm.{name}", cells) for name, cells in open_vms.items()]
        columns += [(f"host.{name}", cells) for name, cells in open_hosts.items()]
        return tuple(
            tuple(self._with({column: end}) for end in self._assumed.ends(column))
            for column, cells in columns
            if cells.any() and self._assumed.ends(column)
        )

    def unknown(self) -> dict[str, Bools]:
        """By reason code, the VMs of whose disks too little is known."""
        used, writes = np.isnan(self._used({})), np.isnan(self._vms("disk_write_mib_s", {}))
        return {
            "storage_not_known": self.moves & used & writes,
            "disk_size_not_known": self.moves & used & ~writes,
            "disk_writes_not_known": self.moves & writes & ~used,
        }

    def _vms(self, name: str, instead: Mapping[str, Any]) -> Floats:
        """A column of VMs, with its default in empty cells."""
        column: Floats = getattr(self._table, name)
        value = instead.get(f"vm.{name}", self._assumed.middle(f"vm.{name}"))
        return column if value is None else np.where(np.isnan(column), float(value), column)

    def _used(self, instead: Mapping[str, Any]) -> Floats:
        """What is to be copied [GiB]: what is written of the disks, else all of them."""
        whole, said = self._vms("disk_gib", instead), self._table.disk_used_gib
        used = self._vms("disk_used_gib", instead)
        # What is taken for written is no more than there is.
        return np.where(np.isnan(said), np.fmin(used, whole), said)

    def _hosts(self, name: str, instead: Mapping[str, Any]) -> Floats:
        """A column of hosts as it is for moves off them: the smaller of both ends."""
        values = self._of_hosts[name]
        if f"host.{name}" in instead:
            values = np.where(self._open[name], float(instead[f"host.{name}"]), values)
        found = values.copy()
        for own in self._clusters:
            found[own] = np.minimum(values[own], _of_the_others(values[own]))
        return found

    def _with(self, instead: Mapping[str, Any]) -> Storage:
        moves, host = self.moves, self._table.host
        used, writes = self._used(instead), self._vms("disk_write_mib_s", instead)
        rate, at_once = (self._hosts(name, instead)[host] for name in OF_HOSTS)
        return Storage(
            np.where(moves & ~np.isnan(used), np.maximum(gib_to_bytes(1.0) * used, _LEAST_BYTES), 0.0),
            np.where(moves & ~np.isnan(writes), mib_to_bytes(1.0) * writes, 0.0),
            np.where(moves, mib_to_bytes(1.0) * rate, np.inf),
            at_once,
            self._memory,
        )


def _numbers(hosts: Sequence[EstateHost], name: str) -> Floats:
    values = [getattr(host, name) for host in hosts]
    return np.array([np.inf if value is None else value for value in values], dtype=np.float64)


def _of_the_others(values: Floats) -> Floats:
    """For each of some hosts the middle of the others', the lower of two; its own where there is no other.

    Examples
    --------
    >>> _of_the_others(np.array([2000.0, 50.0])).tolist(), _of_the_others(np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    ([50.0, 2000.0], [3.0, 3.0, 2.0, 2.0])
    """
    if values.size < 2 or (values == values[0]).all():
        return values
    order = np.argsort(values, kind="stable")
    rank = np.empty(values.size, dtype=np.intp)
    rank[order] = np.arange(values.size)
    middle = (values.size - 2) // 2
    others: Floats = values[order][np.where(rank <= middle, middle + 1, middle)]
    return others
