"""The turns of a patch night: where every node's VMs go, and what cannot leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from advisor.domain.drain import Blocker
from advisor.fleet.bound import lower_bound
from advisor.fleet.choices import choices_of
from advisor.fleet.disks import disks_of
from advisor.fleet.ground import Among, ground_of
from advisor.fleet.in_force import Setting
from advisor.fleet.leaving import Leaving, leaving
from advisor.fleet.one_cluster import OneCluster
from advisor.fleet.placement import By, NoPlace, Placement
from advisor.fleet.priced import shares_a_node

Ends = tuple[tuple[int, int], ...]

# To leave memory unevenly spread, a trip must be shorter by more than this.
_WORTH_IT: Final = 1.015


@dataclass(frozen=True)
class Trip:
    """VMs that leave a node, or come back to it.

    Attributes
    ----------
    node : which.
    rows : the VMs; none where the node has nothing to move.
    ends : source and destination of each.
    among : what the ends were chosen from.
    is_back : whether they come back.
    """

    node: int
    rows: tuple[int, ...]
    ends: Ends
    among: Among
    is_back: bool = False

    @property
    def back(self) -> Trip:
        """The same VMs the other way."""
        ends, pairs = (tuple((end, source) for source, end in own) for own in (self.ends, self.among.pairs))
        return Trip(self.node, self.rows, ends, Among(pairs, self.among.moves), is_back=True)


@dataclass(frozen=True)
class Round:
    """Every node drained once.

    Attributes
    ----------
    out, back : trips, by node in turn; nothing comes back without fail-back.
    blockers : VMs that cannot leave their node, and those that leave it for one with a VM of their class.
    lack : why a node cannot be drained in its turn; empty where each can.
    """

    out: tuple[Trip, ...]
    back: tuple[Trip, ...]
    blockers: tuple[Blocker, ...]
    lack: str

    @property
    def blocking(self) -> tuple[Blocker, ...]:
        """VMs that cannot leave their node."""
        return tuple(blocker for blocker in self.blockers if blocker.blocks)


def nodes_in_turn(one: OneCluster) -> list[int]:
    """Nodes that have a turn: one that is not up can neither be drained nor take VMs."""
    return [node for node, host in enumerate(one.given) if host.state in {None, "up"}]


def round_of(one: OneCluster, setting: Setting, nodes: Sequence[int], reserve: int, *, fail_back: bool) -> Round:
    """Where every node's VMs go when its turn comes; without fail-back they stay there."""
    where = one.vms.host.astype(np.intp).copy()
    out: list[Trip] = []
    blockers: list[Blocker] = []
    together: dict[int, Blocker] = {}
    lack = "" if nodes else "no node is up"
    for node in nodes:
        goes, name = leaving(one, node, where=where.tolist()), one.hosts[node].host
        blockers += [blocker.model_copy(update={"node": name}) for blocker in goes.blockers]
        found = _placed(one, setting, goes, reserve)
        if isinstance(found, NoPlace):
            lack = f"{name}: {found.told}"
            break
        for i in found.together:
            room = goes.rooms[found.at[i]].name
            together.setdefault(goes.rows[i], shares_a_node(goes.guests[i].name, name, room))
        ends = tuple((node, goes.nodes[k]) for k in found.at)
        out.append(Trip(node, goes.rows, ends, goes.among))
        if not fail_back:
            where[list(goes.rows)] = [end for _, end in ends]
    back = tuple(trip.back for trip in out) if fail_back and not lack else ()
    return Round(tuple(out), back, (*blockers, *together.values()), lack)


def _placed(one: OneCluster, setting: Setting, goes: Leaving, reserve: int) -> Placement | NoPlace:
    """Where the VMs of a node go: evenly over free memory, unless nodes differ and another way is worth it."""
    evenly, disks = goes.placed(reserve), disks_of(one, goes.rows)
    if isinstance(evenly, NoPlace) or not goes.rows or (disks is None and _differ_by_use_alone(setting)):
        return evenly
    traits, limit = [one.traits[row] for row in goes.rows], setting.slots(goes.source)
    choices = choices_of(setting, goes, traits, disks)
    knowing = goes.with_loads(*choices.loads, choices.speeds)
    ways: tuple[By, ...] = ("time", "fastest") if knowing.speeds_differ else ("time",)
    found = [placed for way in ways if isinstance(placed := knowing.placed(reserve, way), Placement)]

    def least_s(placed: Placement) -> float:
        ends = tuple((goes.source, goes.nodes[k]) for k in placed.at)
        ground = ground_of(setting, ends, traits, disks=disks, among=goes.among, varied=False)
        return lower_bound(ground, ends, limit).seconds * (1.0 if placed is evenly else _WORTH_IT)

    return min((evenly, *found), key=least_s)


def _differ_by_use_alone(setting: Setting) -> bool:
    """Whether nothing but its name and its processors' use tells one node from another."""
    return len({host.model_copy(update={"name": "", "cpu_busy": None}) for host in setting.hosts}) == 1
