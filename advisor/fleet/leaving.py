"""What has to leave a node, what cannot, and which nodes take it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from advisor.domain.drain import Blocker
from advisor.fleet.disks import disks_block, keeps_up, moves_disks
from advisor.fleet.one_cluster import OneCluster, alike
from advisor.fleet.placement import By, NoPlace, Placement, lonely, place
from advisor.fleet.powershell import quoted
from advisor.fleet.rooms import Guest, Room

# What a host keeps for itself beside its VMs (assumption).
HOST_KEEPS_GIB: Final = 4.0
# Processors of a node that takes VMs are not planned above this (assumption: peaks need the rest).
CPU_AT_MOST: Final = 0.9


@dataclass(frozen=True)
class Leaving:
    """VMs that leave a node.

    Attributes
    ----------
    source : position of the node.
    rows : VMs that can leave, as rows of the cluster's table.
    nodes : positions of the nodes that may take them.
    rooms, guests : the same as placement reads them.
    blockers : VMs that cannot leave.
    """

    source: int
    rows: tuple[int, ...]
    nodes: tuple[int, ...]
    rooms: tuple[Room, ...]
    guests: tuple[Guest, ...]
    blockers: tuple[Blocker, ...]

    def placed(self, reserve: int, by: By = "memory") -> Placement | NoPlace:
        """Where they go, with so many nodes in reserve."""
        return place(self.guests, self.rooms, reserve=reserve, by=by)

    def with_rates(self, seconds: Sequence[float]) -> Leaving:
        """The same, knowing how long one VM takes to each node [s]."""
        rooms = tuple(
            replace(room, in_rate=float(f"{1.0 / own:.3g}")) for room, own in zip(self.rooms, seconds, strict=True)
        )
        return replace(self, rooms=rooms)

    @property
    def rates_differ(self) -> bool:
        """Whether some nodes take VMs faster than others."""
        return len({room.in_rate for room in self.rooms}) > 1

    @property
    def fastest(self) -> list[int]:
        """By guest, the room that takes VMs fastest of those that may own it, however much is free there."""
        found = []
        for guest in self.guests:
            owners = [k for k in range(len(self.rooms)) if guest.owners is None or k in guest.owners]
            found.append(max(owners, key=lambda k: (self.rooms[k].in_rate, -k)))
        return found

    def freest(self, order: Sequence[int]) -> list[int]:
        """Where a cluster sends them in that order: to the node with most free memory, for each in turn.

        Memory alone is looked at, and possible owners; one that fits nowhere goes where most is free.
        """
        free = [room.memory_gib - room.used_gib for room in self.rooms]
        at = [-1] * len(self.guests)
        for i in order:
            guest = self.guests[i]
            owners = [k for k in range(len(self.rooms)) if guest.owners is None or k in guest.owners]
            # Nodes whose memory nobody knows are taken in turn.
            at[i] = max(owners, key=lambda k: (free[k], -at.count(k), -k))
            free[at[i]] -= guest.memory_gib
        return at


def leaving(one: OneCluster, source: int, *, where: Sequence[int] | None = None, with_disks: bool = True) -> Leaving:
    """What leaves a node of a cluster.

    Parameters
    ----------
    where : the node that each VM of the cluster is on; not given, as the inventory says.
    with_disks : whether disks that only their node reads may move with their VMs; a cluster's own drain moves none.
    """
    at = one.vms.host if where is None else np.asarray(where)
    own = [int(row) for row in np.flatnonzero(at == source)]
    nodes = tuple(i for i, each in enumerate(one.given) if i != source and each.state in {None, "up"})
    blocked = {
        row: blocker for row in own if (blocker := _blocked(one, row, source, nodes, with_disks=with_disks)) is not None
    }
    rows = [row for row in own if row not in blocked]
    rooms = _rooms(one, nodes, at.tolist())
    guests = [_guest(one, row, nodes) for row in rows]
    blockers = list(blocked.values())
    alone = lonely(guests, rooms)
    for i, lack in alone.items():
        mend = (
            f"let another node own it: Get-ClusterGroup {quoted(guests[i].name)} | Set-ClusterOwnerNode; "
            "or shut it down"
            if lack.why == "no_owner"
            else "free memory on a node, or shut the VM down for the drain"
        )
        blockers.append(Blocker(vm=guests[i].name, why=lack.why, reason=lack.reason, mend=mend))
    kept = [i for i in range(len(rows)) if i not in alone]
    return Leaving(
        source,
        tuple(rows[i] for i in kept),
        nodes,
        tuple(rooms),
        tuple(guests[i] for i in kept),
        tuple(blockers),
    )


def _blocked(one: OneCluster, row: int, source: int, nodes: Sequence[int], *, with_disks: bool) -> Blocker | None:
    """What keeps a VM from leaving by itself."""
    name, host = str(one.vms.vm[row]), one.hosts[source].host
    if one.is_set("passthrough_disk", row):
        return Blocker(
            vm=name,
            why="passthrough_disk",
            reason=f"a physical disk of {host} is attached to it",
            mend="shut it down for the drain, or move the disk's data into a virtual disk",
        )
    if one.is_set("device_assigned", row):
        return Blocker(
            vm=name,
            why="device_assigned",
            reason=f"a device of {host} is assigned to it (DDA), and such a VM cannot move while it runs",
            mend="shut it down for the drain; Remove-VMAssignableDevice frees it of the device",
        )
    if one.is_set("local_iso", row):
        return Blocker(
            vm=name,
            why="local_iso",
            reason=f"an image on a disk of {host} is in its DVD drive, which no other node can read",
            mend=f"eject it: Get-VMDvdDrive -VMName {quoted(name)} | Set-VMDvdDrive -Path $null",
        )
    if not moves_disks(one, row):
        return None
    if with_disks:
        return disks_block(one, row, source, nodes)
    return Blocker(
        vm=name,
        why="storage",
        reason="its disks lie where no other node reads them: a cluster's own drain moves memory alone",
        mend="move it with its disks before (Move-VM -IncludeStorage), as a planned drain does; or its disks to "
        "storage that the nodes share (Move-VMStorage)",
    )


def _rooms(one: OneCluster, nodes: Sequence[int], at: Sequence[int]) -> list[Room]:
    """The nodes that take VMs, with what is on them."""
    on: dict[int, list[int]] = {node: [] for node in nodes}
    for row, node in enumerate(at):
        if node in on:
            on[node].append(row)
    rooms = []
    for node in nodes:
        given, host, own = one.given[node], one.hosts[node], on[node]
        classes = frozenset(name for row in own for name in one.vms.anti_affinity[row] or ())
        known = given.cpu_busy is not None
        used = float(one.cores[own].sum()) if own else 0.0
        rooms.append(
            Room(
                name=host.host,
                memory_gib=math.inf if given.memory_gib is None else max(given.memory_gib - HOST_KEEPS_GIB, 0.0),
                used_gib=float(one.memory_gib[own].sum()) if own else 0.0,
                cores=(host.cores or 0) * CPU_AT_MOST if known else math.inf,
                used_cores=used,
                classes=classes,
            )
        )
    return rooms


def _guest(one: OneCluster, row: int, nodes: Sequence[int]) -> Guest:
    """A VM as placement reads it; owners that are no nodes to go to are left out."""
    place_of = {alike(one.hosts[node].host): k for k, node in enumerate(nodes)}

    def places(names: tuple[str, ...] | None) -> tuple[int, ...]:
        return tuple(place_of[alike(name)] for name in names or () if alike(name) in place_of)

    owners = frozenset(places(one.vms.possible_owners[row])) if one.vms.possible_owners[row] else None
    if moves_disks(one, row):
        # Storage that is written to as fast as it writes takes no copy.
        fast = frozenset(k for k, node in enumerate(nodes) if keeps_up(one, row, node))
        owners = fast if owners is None else owners & fast
    return Guest(
        name=str(one.vms.vm[row]),
        memory_gib=float(one.memory_gib[row]),
        cores=float(one.cores[row]),
        owners=owners,
        preferred=places(one.vms.preferred_owners[row]),
        classes=frozenset(one.vms.anti_affinity[row] or ()),
    )
