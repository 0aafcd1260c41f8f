"""Every move to every node that may take it: what no choice of nodes beats, and what moves take of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.traits import Traits
from advisor.fleet.bound import Bound, Far, Needs, bound_of
from advisor.fleet.cases import Cases
from advisor.fleet.ground import Ground, Saved, ground_of
from advisor.fleet.in_force import Setting
from advisor.fleet.leaving import Leaving
from advisor.fleet.moving_disks import MIDDLE, MovingDisks

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# Groups of nodes that the bound counts by themselves, of VMs that may not go anywhere.
_GROUPS_AT_MOST: Final = 32
# What is the most of a move, not the least.
_AT_MOST: Final = frozenset({"wire_most", "work_most"})


@dataclass(frozen=True)
class Choices:
    """What moves take at every node they may go to.

    Attributes
    ----------
    ground : of every move to a node of every kind, kind by kind; at the middle, once for each outcome of luck.
    source, nodes : that the moves leave, and that may take them.
    kind : (nodes,) which of the kinds each is.
    may : (moves, nodes) whether a move may go there, room or not.
    memory_gib, free_gib : of each move, and what each node has room for.
    """

    ground: Ground
    source: int
    nodes: Ints
    kind: Ints
    may: Bools
    memory_gib: Floats
    free_gib: Floats

    def needs(self, column: int = 0) -> Needs:
        """What each move takes at least, at the best of its nodes."""
        every = Needs.of(self.ground, column)
        n = self.may.shape[0]
        own = np.stack([self.may[:, self.kind == kind].any(axis=1) for kind in range(int(self.kind.max()) + 1)])

        def best(name: str) -> Any:
            values = getattr(every, name).reshape(-1, n)
            if name == "live":
                return values[0]
            return (
                np.where(own, values, 0.0).max(axis=0)
                if name in _AT_MOST
                else np.where(own, values, np.inf).min(axis=0)
            )

        return Needs(**{one.name: best(one.name) for one in fields(Needs)})

    def bound(self, limit: int, column: int = 0) -> Bound:
        """The time that no order and no choice of nodes beats, in one outcome of luck.

        Parameters
        ----------
        limit : slots of the node that is drained.
        """
        patterns: list[Bools] = list(np.unique(self.may, axis=0)[:_GROUPS_AT_MOST])
        groups = [*patterns, np.asarray(self.may.any(axis=0))]
        fars = [
            Far(~np.any(self.may & ~own, axis=1), self.nodes[own], self.memory_gib, self.free_gib[own])
            for own in groups
        ]
        return bound_of(self.ground, self.needs(column), self.source, fars, limit, column)

    @property
    def loads(self) -> tuple[Floats, Floats]:
        """(moves, resources) what moves take of links, slots, processors and storage, and (nodes, resources) of each.

        A node that a move takes longer to has so much fewer slots.
        """
        needs, nodes, at = self.needs(), self.ground.nodes, self.nodes
        seconds = Needs.of(self.ground).seconds.reshape(-1, self.may.shape[0])
        slower = np.median(seconds / needs.seconds, axis=1)[self.kind]
        loads = [needs.wire, needs.seconds, needs.work, needs.disk_bytes]
        storage = nodes.storage_bytes_s
        rates = [
            nodes.in_bytes_s[at, 0],
            nodes.in_slots[at, 0] / slower,
            nodes.in_work_s[at, 0],
            np.full(at.size, np.inf) if storage is None else storage[at, 0],
        ]
        return np.stack(loads, axis=1), np.stack(rates, axis=1)

    @property
    def speeds(self) -> Floats:
        """(nodes,) how fast each takes the longest move, against the fastest of them."""
        seconds = Needs.of(self.ground).seconds.reshape(-1, self.may.shape[0])
        longest = seconds[:, int(self.needs().seconds.argmax())]
        speeds: Floats = (longest.min() / longest)[self.kind].round(3)
        return speeds


def choices_of(
    setting: Setting,
    goes: Leaving,
    traits: Sequence[Traits],
    disks: MovingDisks | None = None,
    saved: Saved | None = None,
) -> Choices:
    """Every move of a drain to every node that may take it.

    Parameters
    ----------
    traits : of each move's VM.
    disks, saved : of the moves, as in `ground.ground_of`.
    """
    n, cases = len(goes.rows), Cases(setting, len(goes.rows))
    kinds: dict[tuple[int, float], int] = {}
    firsts: list[int] = []
    kind = []
    for node in goes.nodes:
        rate = 0.0 if disks is None else float(disks.rate_bytes_s[MIDDLE, node])
        key = cases.kind(setting.hosts, node), rate
        if key not in kinds:
            kinds[key] = len(kinds)
            firsts.append(node)
        kind.append(kinds[key])
    every = list(range(n)) * len(firsts)
    if saved is not None:
        moves = frozenset(own * n + move for own in range(len(firsts)) for move in saved.moves)
        saved = Saved(moves, saved.rate_bytes_s)
    ground = ground_of(
        setting,
        [(goes.source, node) for node in firsts for _ in range(n)],
        list(traits) * len(firsts),
        saved=saved,
        disks=None if disks is None else disks.of_moves(every),
        among=goes.among,
        varied=False,
    )
    rooms = range(len(goes.rooms))
    may = np.array([[guest.owners is None or k in guest.owners for k in rooms] for guest in goes.guests])
    return Choices(
        ground=ground,
        source=goes.source,
        nodes=np.array(goes.nodes, dtype=np.intp),
        kind=np.array(kind, dtype=np.intp),
        may=may,
        memory_gib=np.array([guest.memory_gib for guest in goes.guests]),
        free_gib=np.array([max(room.memory_gib - room.used_gib, 0.0) for room in goes.rooms]),
    )
