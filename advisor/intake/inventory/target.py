"""Servers of which no host is known are put on hosts of a cluster to be, and what an inventory cannot say is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.domain.defaults import default_values
from advisor.domain.estate import Default
from advisor.domain.inventory import Floats, Ints
from advisor.intake.inventory.layouts import Layout
from advisor.intake.inventory.readings import CLUSTERED, HYPERV_WORDS, VMWARE_WORDS
from advisor.intake.inventory.roster import Roster

NOWHERE: Final = -1
"""In place of a host's position: the row has none."""

CLUSTER: Final = "target"
"""Name of the cluster to be; its hosts are called after it."""

_FILLED: Final = 0.8
"""Share of a host's memory that servers take; the rest is head-room. Assumption."""

_HOST_MEMORY: Final = "host.memory_gib"


class Target:
    """A cluster to be, of hosts with the default memory.

    Attributes
    ----------
    memory_gib : memory of each host.
    hosts : how many there are, once servers were spread.
    """

    def __init__(self, defaults: Sequence[Default]) -> None:
        row = next((row for row in reversed(defaults) if row.column == _HOST_MEMORY), None)
        self.memory_gib = 512.0 if row is None else float(default_values(row)[1])
        self.hosts = 0

    def spread(self, memory_gib: Floats, among: NDArray[np.bool_], roster: Roster) -> Ints:
        """The number of the host that each server is put on, `NOWHERE` for rows that are no servers or too large.

        There are as many hosts as leave a fifth of every host's memory free, and one to spare. The largest servers
        are dealt out first, to and fro, so that all hosts carry about as much.
        """
        room = _FILLED * self.memory_gib
        found = np.full(memory_gib.size, NOWHERE, np.int32)
        rows = np.flatnonzero(among & (memory_gib <= room))
        if rows.size == 0:
            return found
        rows = rows[np.argsort(-memory_gib[rows], kind="stable")]
        hosts = max(1, math.ceil(memory_gib[rows].sum() / room))
        while True:
            dealt = _to_and_fro(rows.size, hosts + 1)
            if np.bincount(dealt, memory_gib[rows]).max() <= room:
                break
            hosts += max(1, hosts // 50)
        self.hosts = hosts + 1
        found[rows] = dealt
        for name in self._names():
            roster.say(name, CLUSTER, {"memory_gib": self.memory_gib})
        return found

    def positions(self, roster: Roster) -> Ints:
        """By number of a host, its position in the roster; behind the last stands `NOWHERE`."""
        found = [roster.position(name, CLUSTER) for name in self._names()]
        return np.array([NOWHERE if at is None else at for at in [*found, None]], np.int32)

    def _names(self) -> list[str]:
        width = max(2, len(str(self.hosts)))
        return [f"{CLUSTER}-{number:0{width}}" for number in range(1, self.hosts + 1)]

    def words(self) -> str:
        """What was done, for people."""
        return (
            f"Its servers were spread over {self.hosts} hosts of {self.memory_gib:g} GiB (default {_HOST_MEMORY}), "
            f"a fifth of every host's memory kept free and one host to spare."
        )


def _to_and_fro(count: int, hosts: int) -> Ints:
    turn, at = np.divmod(np.arange(count, dtype=np.int32), np.int32(hosts))
    return np.where(turn % 2 == 0, at, hosts - 1 - at).astype(np.int32)


def note_of(layouts: Sequence[Layout], words: set[str], target: Target, *, clusters: bool) -> str:
    """What an inventory of these formats does not say; empty where it describes Hyper-V and its clusters.

    Parameters
    ----------
    words : what it says of states of VMs and versions of hosts.
    clusters : whether any cluster is known.
    """
    tells = {layout.tells for layout in layouts}
    notes = []
    if "servers" in tells:
        notes.append(f"The inventory lists servers to be moved and knows no Hyper-V hosts. {target.words()}")
    if "vmware" in tells or ("either" in tells and (words & VMWARE_WORDS or not words & HYPERV_WORDS)):
        notes.append(
            "The inventory describes VMware: its clusters, hosts and NICs stand for those of a Hyper-V cluster to be, "
            "and settings and versions of Hyper-V come from defaults."
        )
    if CLUSTERED in words and not clusters:
        notes.append(
            "Some VMs are clustered, and no table says which hosts form a cluster: each host is taken for itself. Add "
            "the nodes (Get-ClusterNode) or a column cluster."
        )
    return " ".join(notes)
