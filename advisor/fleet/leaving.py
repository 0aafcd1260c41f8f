"""What has to leave a node, what cannot, and which nodes take it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.domain.drain import Blocker
from advisor.domain.fleet import SetAside
from advisor.fleet.disks import disks_block, keeps_up, moves_disks
from advisor.fleet.ground import Among
from advisor.fleet.one_cluster import OneCluster
from advisor.fleet.placement import By, NoPlace, Placement, gib, lonely, place
from advisor.fleet.powershell import quoted
from advisor.fleet.rooms import Guest, Room, State

Floats = NDArray[np.float64]

# What a host keeps for itself beside its VMs (assumption).
HOST_KEEPS_GIB: Final = 4.0
# Processors of a node that takes VMs are not planned above this (assumption: peaks need the rest).
CPU_AT_MOST: Final = 0.9
# A node that takes nothing takes it for ever.
_SOME_RATE: Final = 1e-9


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

    def placed(self, reserve: int, by: By = "memory", *, preferring: bool = True) -> Placement | NoPlace:
        """Where they go, with so many nodes in reserve; preferred owners count unless they are not to."""
        guests = self.guests if preferring else [replace(guest, preferred=()) for guest in self.guests]
        return place(guests, self.rooms, reserve=reserve, by=by)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The node, with each that may take its VMs."""
        return tuple((self.source, node) for node in self.nodes)

    @property
    def among(self) -> Among:
        """What the ends of its moves are chosen from."""
        return Among(self.pairs, len(self.rows))

    def with_loads(self, loads: Floats, rates: Floats, speeds: Floats) -> Leaving:
        """The same, knowing what moves take of the nodes.

        Parameters
        ----------
        loads, rates : (moves, resources) what each takes, and (nodes, resources) what each node has a second.
        speeds : (nodes,) how fast each takes a VM, against the fastest.
        """
        had = np.maximum(rates, _SOME_RATE).tolist()
        rooms = tuple(
            replace(room, rates=tuple(own), speed=float(speed))
            for room, own, speed in zip(self.rooms, had, speeds, strict=True)
        )
        guests = tuple(replace(guest, loads=tuple(own)) for guest, own in zip(self.guests, loads.tolist(), strict=True))
        return replace(self, rooms=rooms, guests=guests)

    @property
    def speeds_differ(self) -> bool:
        """Whether some nodes take VMs faster than others."""
        return len({room.speed for room in self.rooms}) > 1

    def by_the_cluster(self, order: Sequence[int]) -> tuple[Leaving, tuple[int, ...]]:
        """Where a cluster sends them in that order: preferred owners first, then apart, then where most is free.

        Returns
        -------
        The same with the moves in that order, those that find no room any more among the blockers; and the room of
        each.
        """
        state = State(self.rooms)
        at: dict[int, int] = {}
        stuck: list[Blocker] = []
        for i in order:
            guest = self.guests[i]
            fits = [k for k in range(len(self.rooms)) if state.takes(guest, k, apart=False)]
            if not fits:
                stuck.append(_finds_no_room(guest, self.rooms, state))
                continue
            taken = list(at.values())

            def dislike(k: int, guest: Guest = guest, taken: list[int] = taken) -> tuple[float, ...]:
                rank = guest.preferred.index(k) if k in guest.preferred else len(guest.preferred)
                # Nodes whose memory nobody knows are taken in turn.
                return rank, state.clashes(guest, k), -state.memory[k], taken.count(k), k

            at[i] = min(fits, key=dislike)
            state.put(guest, at[i])
        kept = replace(
            self,
            rows=tuple(self.rows[i] for i in at),
            guests=tuple(self.guests[i] for i in at),
            blockers=(*self.blockers, *stuck),
        )
        return kept, tuple(at.values())


def _finds_no_room(guest: Guest, rooms: Sequence[Room], state: State) -> Blocker:
    """A VM that fits nowhere once those before it have gone."""
    own = [k for k in range(len(rooms)) if guest.owners is None or k in guest.owners]
    most = max(own, key=lambda k: state.memory[k])
    return Blocker(
        vm=guest.name,
        why="no_room",
        reason=f"{guest.name} needs {gib(guest.memory_gib)}; most room once the VMs before it are there: "
        f"{rooms[most].name} with {gib(max(state.memory[most], 0.0))}",
        mend="free memory on a node, shut the VM down for the drain, or try a planned drain, which chooses the nodes",
    )


def leaving(
    one: OneCluster, source: int, *, where: Sequence[int] | None = None, by_the_cluster: bool = False
) -> Leaving:
    """What leaves a node of a cluster.

    Parameters
    ----------
    where : the node that each VM of the cluster is on; not given, as the inventory says.
    by_the_cluster : as a cluster's own drain has it, which moves no disks that only their node reads, and looks at
        no processors.
    """
    at = one.vms.host if where is None else np.asarray(where)
    own = [int(row) for row in np.flatnonzero(at == source)]
    nodes = tuple(i for i, each in enumerate(one.given) if i != source and each.state in {None, "up"})
    blocked = {
        row: blocker
        for row in own
        if (blocker := _blocked(one, row, source, nodes, with_disks=not by_the_cluster)) is not None
    }
    rows = [row for row in own if row not in blocked]
    rooms = _rooms(one, nodes, at.tolist())
    if by_the_cluster:
        rooms = [replace(room, cores=math.inf) for room in rooms]
    guests = [_guest(one, row, nodes) for row in rows]
    blockers = list(blocked.values())
    alone = lonely(guests, rooms)
    for i, lack in alone.items():
        mend = (
            f"let another node own it: Get-ClusterGroup | where Name -eq {quoted(guests[i].name)} | "
            "Get-ClusterResource | Set-ClusterOwnerNode -Owners NODES, naming the nodes that may; or shut it down"
            if lack.why == "no_owner"
            else f"{'free memory on a node' if nodes else 'bring another node up'}, or shut the VM down for the drain"
        )
        blockers.append(Blocker(vm=guests[i].name, why=lack.why, reason=lack.reason, mend=mend))
    blockers += [_unread(row, one.hosts[source].host) for row in one.missed_on([source])]
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
            mend=f"eject it: Get-VM | where Name -eq {quoted(name)} | Get-VMDvdDrive | Set-VMDvdDrive -Path $null",
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


def _unread(row: SetAside, host: str) -> Blocker:
    """A VM that may well run there and whose row could not be read: nobody knows what it takes."""
    what = f"{row.column}: {row.reason}" if row.column else row.reason
    value = f" (got {row.value})" if row.value.strip("'") else ""
    return Blocker(
        vm=named(row),
        why="unread",
        reason=f"it may well run on {host}, and its row was set aside: {what}{value}",
        mend=f"{row.mend}; or shut the VM down for the drain",
    )


def named(row: SetAside) -> str:
    """What to call the VM of a row that was set aside: its name, else where the row stands."""
    return row.name or f"VM of {row.file}" + (f", line {row.line}" if row.line is not None else "")


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
        # What the host says of itself may be more than what its VMs in the inventory add up to.
        busy = (given.cpu_busy or 0.0) * (host.cores or 0)
        used = max(float(one.cores[own].sum()) if own else 0.0, busy)
        rooms.append(
            Room(
                name=host.host,
                memory_gib=math.inf if given.memory_gib is None else max(given.memory_gib - HOST_KEEPS_GIB, 0.0),
                used_gib=float(one.memory_gib[own].sum()) if own else 0.0,
                cores=(host.cores or 0) * CPU_AT_MOST if known else math.inf,
                used_cores=used,
                classes=classes,
                vms_gib=tuple(one.memory_gib[own].tolist()),
            )
        )
    return rooms


def _guest(one: OneCluster, row: int, nodes: Sequence[int]) -> Guest:
    """A VM as placement reads it; owners that are no nodes to go to are left out."""
    place_of = {node: k for k, node in enumerate(nodes)}

    def places(names: tuple[str, ...] | None) -> tuple[int, ...]:
        found = [one.node_named(name) for name in names or ()]
        return tuple(place_of[node] for node in found if node in place_of)

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
