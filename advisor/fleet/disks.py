"""What a cluster says of disks that move with their VMs: how large, how fast written to, and what blocks them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from advisor.domain.answers import Assumption
from advisor.domain.drain import Blocker
from advisor.domain.estate import MoveKind
from advisor.fleet.moving_disks import MovingDisks
from advisor.fleet.one_cluster import OneCluster, some_of
from advisor.units import gib_to_bytes, mib_to_bytes


def moves_disks(one: OneCluster, row: int) -> bool:
    """Whether a VM's disks lie where no other node reads them."""
    return one.move(row) != MoveKind.MEMORY


def used_gib(one: OneCluster, row: int) -> float:
    """What of its disks is to be copied; all of them where nobody said what is written; not a number: not known."""
    used = float(one.vms.disk_used_gib[row])
    return float(one.vms.disk_gib[row]) if math.isnan(used) else used


def rate_mib_s(one: OneCluster, node: int) -> float:
    """What the storage of a node reads or writes for all copies together; 0 where nobody knows."""
    return one.hosts[node].storage_mib_s or 0.0


def keeps_up(one: OneCluster, row: int, node: int) -> bool:
    """Whether the storage of a node, copying nothing else, gains on what a VM writes."""
    return float(one.vms.disk_write_mib_s[row]) < rate_mib_s(one, node)


def disks_block(one: OneCluster, row: int, source: int, nodes: Sequence[int]) -> Blocker | None:
    """What keeps a VM's disks from leaving with it; None where nothing does.

    Parameters
    ----------
    nodes : that take VMs.
    """
    name, host = str(one.vms.vm[row]), one.hosts[source].host
    missing = ["disk_used_gib or disk_gib"] if math.isnan(used_gib(one, row)) else []
    if math.isnan(float(one.vms.disk_write_mib_s[row])):
        missing.append("disk_write_mib_s")
    if not rate_mib_s(one, source):
        missing.append(f"storage_mib_s of {host}")
    if nodes and not any(rate_mib_s(one, node) for node in nodes):
        missing.append("storage_mib_s of the other nodes")
    if missing:
        return Blocker(
            vm=name,
            why="storage",
            reason=f"its disks move too, and the inventory does not say how long they take: {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing",
            mend="add what is missing to the inventory; or move its disks to storage that the nodes share first "
            "(Move-VMStorage), or shut it down",
        )
    slow = host if not keeps_up(one, row, source) else None
    if slow is None and (not nodes or any(keeps_up(one, row, node) for node in nodes)):
        return None
    rate = rate_mib_s(one, source) if slow else max(rate_mib_s(one, node) for node in nodes)
    written = float(one.vms.disk_write_mib_s[row])
    return Blocker(
        vm=name,
        why="storage",
        reason=f"it writes {written:,.0f} MiB/s to its disks, and the storage of {slow or 'no other node'} copies "
        f"{'only' if slow else 'more than'} {rate:,.0f} MiB/s of them: the copy does not end",
        mend="lower its writes for the move, or shut it down and copy its disks then",
    )


def disks_of(one: OneCluster, rows: Sequence[int]) -> MovingDisks | None:
    """Disks of the VMs in these rows; None where none move."""
    moving = np.array([moves_disks(one, row) for row in rows], dtype=np.bool_)
    if not moving.any():
        return None
    used = np.array([used_gib(one, row) for row in rows])
    low, _, high = one.assumed.values.get("host.storage_mib_s", (None, None, None))
    rates = []
    for host, taken in zip(one.hosts, one.taken, strict=True):
        middle = host.storage_mib_s or 0.0
        is_open = "storage_mib_s" in taken
        rates.append((low or middle, middle, high or middle) if is_open else (middle,) * 3)
    return MovingDisks(
        used_bytes=np.where(moving, gib_to_bytes(1.0) * used, 0.0),
        write_bytes_s=np.where(moving, mib_to_bytes(1.0) * one.vms.disk_write_mib_s[list(rows)], 0.0),
        rate_bytes_s=mib_to_bytes(1.0) * np.array(rates).T,
        simultaneous=np.array([host.storage_simultaneous or 1 for host in one.hosts], dtype=np.intp),
    )


def disk_assumptions(one: OneCluster, rows: Sequence[int]) -> list[Assumption]:
    """What was taken for granted of disks that move with the VMs in these rows."""
    moving = [row for row in rows if moves_disks(one, row)]
    if not moving:
        return []
    found = []
    for column in ("storage_mib_s", "storage_simultaneous"):
        nodes = [one.hosts[i].host for i, taken in enumerate(one.taken) if column in taken]
        if nodes:
            who = "every node" if len(nodes) == len(one.hosts) else some_of(nodes)
            value = str(one.assumed.middle(f"host.{column}"))
            found.append(Assumption(what=f"{who}: {column}", value=value, why=one.assumed.sources[f"host.{column}"]))
    whole = [str(one.vms.vm[row]) for row in moving if math.isnan(float(one.vms.disk_used_gib[row]))]
    if whole:
        why = "assumption: the inventory does not say how much of them is written"
        found.append(Assumption(what=f"disks of {some_of(whole)}", value="all of their size is copied", why=why))
    found.append(
        Assumption(
            what="storage of a node while it copies",
            value="shared evenly by the copies under way, read and written in a row",
            why="assumption: the other VMs on it leave it the rate of the inventory",
        )
    )
    return found
