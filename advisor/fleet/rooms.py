"""Nodes that take VMs, VMs that need a place, and what is left while they are placed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

# What sums of memory in binary fractions leave over [GiB], [cores].
ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Room:
    """A node that takes VMs.

    Attributes
    ----------
    name : for people.
    memory_gib : what its VMs may have together, infinity where nobody knows [GiB].
    used_gib : what those already there have [GiB].
    cores, used_cores : the same of its processors; infinity where the inventory does not say.
    classes : anti-affinity classes of the VMs already there.
    vms_gib : the memory of each VM already there, where that is known [GiB].
    rates : what it has a second of everything that moves take: links, slots, processors, storage.
    speed : how fast it takes a VM, against the fastest.
    """

    name: str
    memory_gib: float
    used_gib: float
    cores: float = math.inf
    used_cores: float = 0.0
    classes: frozenset[str] = frozenset()
    vms_gib: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Guest:
    """A VM that needs a place.

    Attributes
    ----------
    memory_gib, cores : what it takes there.
    owners : positions of the nodes it may run on; None for any.
    preferred : positions of the nodes it should run on, best first.
    classes : its anti-affinity classes.
    loads : what its move takes of everything that nodes have a rate of.
    """

    name: str
    memory_gib: float
    cores: float = 0.0
    owners: frozenset[int] | None = None
    preferred: tuple[int, ...] = ()
    classes: frozenset[str] = frozenset()
    loads: tuple[float, ...] = ()


@dataclass(slots=True)
class State:
    """What is left on every node while guests are placed."""

    rooms: Sequence[Room]
    memory: list[float] = field(init=False)
    cores: list[float] = field(init=False)
    classes: list[dict[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.memory = [room.memory_gib - room.used_gib for room in self.rooms]
        self.cores = [room.cores - room.used_cores for room in self.rooms]
        self.classes = [dict.fromkeys(room.classes, 1) for room in self.rooms]

    def takes(self, guest: Guest, node: int, *, apart: bool) -> bool:
        """Whether a guest fits there as things stand; `apart` where anti-affinity counts."""
        if guest.owners is not None and node not in guest.owners:
            return False
        if guest.memory_gib > self.memory[node] + ROUNDING or guest.cores > self.cores[node] + ROUNDING:
            return False
        return not (apart and self.clashes(guest, node))

    def clashes(self, guest: Guest, node: int) -> bool:
        """Whether a VM of one of its anti-affinity classes is there."""
        return any(self.classes[node].get(name) for name in guest.classes)

    def put(self, guest: Guest, node: int, sign: int = 1) -> None:
        """Place a guest, or with -1 take it away."""
        self.memory[node] -= sign * guest.memory_gib
        self.cores[node] -= sign * guest.cores
        own = self.classes[node]
        for name in guest.classes:
            own[name] = own.get(name, 0) + sign
