"""Room on the other nodes of its cluster for the VMs of each host, by sums of memory, and what else keeps them there.

How VMs cut that room up, processors, owners and anti-affinity are left to `advisor drain` and `advisor patch`: what
does not fit here does not fit there either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.cluster_group import Group, Sorted
from advisor.fleet.leaving import HOST_KEEPS_GIB
from advisor.fleet.placement import gib
from advisor.fleet.reasons import BLOCKING
from advisor.fleet.rooms import ROUNDING

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class ClusterRoom:
    """What each host of a partition finds beside it, (hosts,).

    Attributes
    ----------
    leaving : something is there to be moved.
    missed : rows set aside of VMs that may well run there.
    lack_gib : memory that the other nodes that are up lack to take its VMs; 0 where they fit or nobody knows [GiB].
    reserve_lack_gib : the same to lose the largest of them too; 0 where `lack_gib` is not [GiB].
    last : the reserve would be the only other node that is up.
    alone : the inventory has no other node of its cluster.
    nowhere : it has, and none of them is up.
    down : the host is down itself.
    """

    leaving: Bools
    missed: Ints
    lack_gib: Floats
    reserve_lack_gib: Floats
    last: Bools
    alone: Bools
    nowhere: Bools
    down: Bools

    def by_code(self) -> dict[str, Bools]:
        """By code of `HOST_WORDS`, of which hosts it is said."""
        return {
            "missed": self.missed > 0,
            "host_down": self.down & self.leaving,
            "nowhere": self.nowhere,
            "no_room": self.lack_gib > 0,
            "no_reserve": self.reserve_lack_gib > 0,
            "alone": self.alone & self.leaving,
        }

    def kept_from(self) -> Bools:
        """Hosts of which nobody can say that they can be emptied, however long their moves take, (hosts,)."""
        return (self.missed > 0) | (self.down & self.leaving) | self.nowhere | (self.lack_gib > 0)


def room_of(sorted_: Sorted) -> ClusterRoom:
    """Hold the VMs of every host against what the other nodes of its cluster have free.

    Only what the inventory says of a host's memory counts: a node of which it says nothing takes all.
    """
    partition = sorted_.partition
    hosts = len(partition.hosts)
    cluster = np.empty(hosts, dtype=np.intp)
    for at, group in enumerate(sorted_.groups):
        cluster[group.hosts] = at
    used, going = _memory_gib(sorted_)
    told = np.array([np.nan if host.memory_gib is None else host.memory_gib for host in partition.hosts], dtype=float)
    down = np.array([host.state == "down" for host in partition.hosts], dtype=np.bool_)
    takes = np.array([host.state not in {"down", "paused"} for host in partition.hosts], dtype=np.bool_)
    room = np.where(takes, np.maximum(np.nan_to_num(told) - HOST_KEEPS_GIB, 0.0), 0.0)
    known = _others(takes & np.isnan(told), cluster) == 0
    others, up = _others(np.ones(hosts), cluster), _others(takes, cluster)
    leaving = (going > 0) & ~down
    held = leaving & known & (up > 0)
    lack = np.where(held, going - _others(np.maximum(room - used, 0.0) * takes, cluster), 0.0)
    kept = _others(room, cluster) - _largest_other(room, cluster)
    reserve_lack = np.where(held & (lack <= ROUNDING), going + _others(used * takes, cluster) - kept, 0.0)
    return ClusterRoom(
        going > 0,
        partition.missed_of_host,
        np.where(lack > ROUNDING, lack, 0.0),
        np.where(reserve_lack > ROUNDING, reserve_lack, 0.0),
        up == 1,
        others == 0,
        leaving & (others > 0) & (up == 0),
        down,
    )


def _memory_gib(sorted_: Sorted) -> tuple[Floats, Floats]:
    """By host, what its VMs take of a node, the larger of assigned and start-up memory; and those that can leave."""
    table, hosts = sorted_.partition.table, len(sorted_.partition.hosts)
    each = np.fmax(table.memory_gib, table.startup_gib)
    stays = np.zeros(len(table), dtype=np.bool_)
    for code in BLOCKING:
        stays |= sorted_.blocked == code
    used, staying = (
        np.bincount(table.host[own], weights=each[own], minlength=hosts).astype(np.float64)
        for own in (np.ones_like(stays), stays)
    )
    return used, used - staying


def _others(values: Floats | Bools, cluster: Ints) -> Floats:
    """By host, the sum over the other hosts of its cluster."""
    own = values.astype(np.float64)
    found: Floats = np.bincount(cluster, weights=own)[cluster] - own if own.size else own
    return found


def _largest_other(values: Floats, cluster: Ints) -> Floats:
    """By host, the largest of the other hosts of its cluster; 0 where there is none."""
    order = np.lexsort((-values, cluster))
    first = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    largest, rest = np.zeros(cluster.size), values.copy()
    top = order[first]
    rest[top] = 0.0
    second, of_all = np.zeros(top.size), values[top]
    np.maximum.at(second, cluster, rest)
    largest[:] = of_all[cluster]
    largest[top] = second[cluster[top]]
    return largest


def kept_told(sorted_: Sorted, group: Group, room: ClusterRoom) -> list[str]:
    """Why hosts of a cluster cannot be emptied, or nobody knows, whatever the setting: a sentence each."""
    names = [sorted_.partition.hosts[host].host for host in group.hosts.tolist()]
    clustered = sorted_.partition.hosts[group.hosts[0]].cluster
    see = f"see `advisor patch {clustered}`"
    lack, said = room.lack_gib[group.hosts], []
    (short,) = np.nonzero(lack)
    if short.size:
        more = f", and have no room for those of {short.size - 1} more" if short.size > 1 else ""
        most = int(lack.argmax())
        said.append(f"no room: the other nodes lack {gib(float(lack[most]))} to take {names[most]}'s VMs{more}; {see}")
    (stuck,) = np.nonzero(room.nowhere[group.hosts])
    if stuck.size:
        said.append(
            f"no other node than {_listed(names, stuck)} is up: there is nowhere to go in the cluster, and times are "
            f"to a host of its kind; {see}"
        )
    (down,) = np.nonzero((room.down & room.leaving)[group.hosts])
    if down.size:
        said.append(f"nothing can be moved off {_listed(names, down)}: the node is down")
    missed = room.missed[group.hosts]
    if missed.any():
        count = int(missed.sum())
        where = _listed(names, np.flatnonzero(missed))
        said.append(
            f"{count} VM{'s' if count > 1 else ''} of {where} that may well run could not be read, and no time counts "
            f"{'them' if count > 1 else 'it'}: see the rows set aside"
        )
    return said


def room_told(sorted_: Sorted, group: Group, room: ClusterRoom) -> list[str]:
    """What to know of where the VMs go, though they can: a sentence, or none."""
    if room.alone[group.hosts[0]] and room.leaving[group.hosts[0]]:
        host = sorted_.partition.hosts[group.hosts[0]]
        where = "stands alone" if host.cluster is None else "is the only node of its cluster here"
        return [f"there is nowhere to go in a cluster: {host.host} {where}, and times are to a host of its kind"]
    lack = room.reserve_lack_gib[group.hosts]
    if not lack.any():
        return []
    most = int(lack.argmax())
    host = sorted_.partition.hosts[group.hosts[most]]
    why = "one node is left" if room.last[group.hosts[most]] else f"to keep one {gib(float(lack[most]))} are missing"
    see = f"see `advisor patch {host.cluster}`"
    return [f"room only with no node kept in reserve: {why} while {host.host} is empty; {see}"]


def _listed(names: list[str], which: Ints) -> str:
    """A few names, and how many more there are."""
    own = [names[at] for at in which.tolist()]
    more = f" and {len(own) - _NAMED} more" if len(own) > _NAMED else ""
    return f"{', '.join(own[:_NAMED])}{more}"
