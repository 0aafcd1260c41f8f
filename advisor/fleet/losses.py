"""Nodes that fail while others are away: whether their VMs find room on those that are left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from advisor.fleet.placement_search import Search
from advisor.fleet.rooms import ROUNDING, Guest, Room

# Failures that are looked at one by one, and nodes looked at in the search for one of them.
_FAILURES_AT_MOST: Final = 4096
_LOOKS_AT_MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Losses:
    """What becomes of VMs whose nodes fail.

    Attributes
    ----------
    lack : the failure after which a VM finds no room, in words; empty where there is none.
    open : failures of which nobody knows, because the search was cut short.
    """

    lack: str = ""
    open: int = 0


ALL_FIND_ROOM: Final = Losses()
"""Whatever fails that is to be counted with, its VMs find room."""


def losses(rooms: Sequence[Room], placed: Sequence[Sequence[float]], reserve: int) -> Losses:
    """Whether the VMs of any so many nodes find room on the others.

    Memory alone counts. During a drain the nodes that stay only fill up: what finds room at the end does so before.

    Parameters
    ----------
    rooms : the nodes that stay.
    placed : by node, the memory of each VM that comes to it [GiB].
    reserve : how many nodes fail together.

    Notes
    -----
    VMs no larger than M find room in any order where the sum over nodes of max(free - M, 0) is their sum: to find no
    node, a VM has to meet every node with less than M free. Else they are placed largest first, and searched for.

    Examples
    --------
    >>> rooms = [Room(name, 100.0, 60.0, vms_gib=(60.0,)) for name in ("hv2", "hv3", "hv4")]
    >>> losses(rooms, [(), (), ()], 1).lack
    'should hv2 fail, its VM of 60 GiB finds no room: most is free on hv3, 40 GiB'
    """
    if reserve <= 0 or reserve >= len(rooms):
        return ALL_FIND_ROOM
    every = [(*room.vms_gib, *more) for room, more in zip(rooms, placed, strict=True)]
    free = [room.memory_gib - room.used_gib - math.fsum(more) for room, more in zip(rooms, placed, strict=True)]
    undecided = max(math.comb(len(rooms), reserve) - _FAILURES_AT_MOST, 0)
    for nth, lost in enumerate(combinations(range(len(rooms)), reserve)):
        if nth >= _FAILURES_AT_MOST:
            break
        homeless = sorted((size for k in lost for size in every[k]), reverse=True)
        left = {k: free[k] for k in range(len(rooms)) if k not in lost}
        if not homeless or _surely(homeless, list(left.values())):
            continue
        names = " and ".join(rooms[k].name for k in lost)
        most = max(left, key=lambda k: left[k])
        if homeless[0] > left[most] + ROUNDING:
            return Losses(
                f"should {names} fail, {'its' if reserve == 1 else 'their'} VM of {homeless[0]:,.4g} GiB finds no "
                f"room: most is free on {rooms[most].name}, {max(left[most], 0.0):,.4g} GiB"
            )
        if _tightly(homeless, list(left.values())):
            continue
        search = Search(
            [Guest(str(i), size) for i, size in enumerate(homeless)],
            [Room(rooms[k].name, amount, 0.0) for k, amount in left.items()],
            looks=_LOOKS_AT_MOST,
        )
        if search.run() is not None:
            continue
        if search.exhausted:
            return Losses(
                f"should {names} fail, not all of {'its' if reserve == 1 else 'their'} {len(homeless)} VMs "
                f"({math.fsum(homeless):,.4g} GiB) find room: most is free on {rooms[most].name}, {left[most]:,.4g} GiB"
            )
        undecided += 1
    return Losses(open=undecided)


def _surely(sizes: Sequence[float], free: Sequence[float]) -> bool:
    """Whether VMs find room in whatever order they come; the sizes with the largest first."""
    return math.fsum(max(amount - sizes[0], 0.0) for amount in free) >= math.fsum(sizes)


def _tightly(sizes: Sequence[float], free: list[float]) -> bool:
    """Whether VMs find room one by one, each where it leaves least."""
    left = list(free)
    for size in sizes:
        fits = [k for k, amount in enumerate(left) if size <= amount + ROUNDING]
        if not fits:
            return False
        left[min(fits, key=lambda k: left[k])] -= size
    return True
