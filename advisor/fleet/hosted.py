"""VMs of many hosts as columns, those of one host side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.vms import VmFacts
from advisor.precopy.storage import Storage

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
OtherDisks = tuple[tuple[Storage, ...], ...]


@dataclass(frozen=True, slots=True)
class Hosted:
    """VMs and the hosts they leave; (hosts,) and (n,) arrays.

    Attributes
    ----------
    vms : the VMs, those of one host side by side, largest first.
    host : the host of each VM, rising.
    counts, starts : VMs of each host, at least one, and where they begin.
    storage : what has to travel beside memory.
    other_disks : what that may be instead, by what is not known of it: its low and high, or the one of them that is
        not what is taken.
    """

    vms: VmFacts
    host: Ints
    counts: Floats
    starts: Ints
    storage: Storage
    other_disks: OtherDisks = ()

    @classmethod
    def of(cls, vms: VmFacts, counts: Ints, storage: Storage, other_disks: OtherDisks = ()) -> Hosted:
        """VMs of hosts with so many each."""
        host = np.repeat(np.arange(counts.size), counts)
        return cls(vms, host, counts.astype(np.float64), np.cumsum(counts) - counts, storage, other_disks)

    @property
    def hosts(self) -> int:
        """How many hosts."""
        return self.counts.size

    def sums(self, values: Floats) -> Floats:
        """Sum over each host's VMs, last axis."""
        total: Floats = np.add.reduceat(values, self.starts, axis=-1)
        return total

    def means(self, values: Floats) -> Floats:
        """Mean over each host's VMs, last axis."""
        return self.sums(values) / self.counts

    def most(self, values: Floats) -> Floats:
        """Largest of each host's VMs, last axis."""
        top: Floats = np.maximum.reduceat(values, self.starts, axis=-1)
        return top

    def of_hosts(self, hosts: Ints) -> tuple[Hosted, Ints]:
        """The VMs of these hosts alone, and their rows here."""
        if hosts.size == self.hosts:
            return self, np.arange(self.host.size)
        counts = self.counts.astype(np.intp)[hosts]
        ends = np.cumsum(counts)
        rows = np.repeat(self.starts[hosts] - (ends - counts), counts) + np.arange(int(counts.sum()))
        return self.of_vms(rows, counts), rows

    def of_vms(self, rows: Ints, counts: Ints) -> Hosted:
        """These VMs, so many a host, those of one host side by side."""
        others = tuple(tuple(end.take(rows) for end in ends) for ends in self.other_disks)
        return Hosted.of(self.vms.take(rows), counts, self.storage.take(rows), others)
