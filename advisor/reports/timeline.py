"""What the passes of a move say over time: when it ends, which VMs take longest, the memory left to send.

Every row counts once. Medians are laid end to end, so the curves show the expected move, not its spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from advisor.domain.answers import PassRow


@dataclass(frozen=True, slots=True)
class Point:
    """Memory left to send at one time."""

    seconds: float
    left_gib: float


def end_s(rows: Sequence[PassRow]) -> float:
    """When the last row ends [s]; 0 without rows."""
    return max((row.start_s + row.time_s for row in rows), default=0.0)


def longest(rows: Sequence[PassRow], limit: int) -> tuple[tuple[str, ...], int]:
    """The VMs whose rows last longest, in their own order, and how many more there are."""
    lengths: dict[str, float] = {}
    for row in rows:
        lengths[row.vm] = lengths.get(row.vm, 0.0) + row.time_s
    kept = set(sorted(lengths, key=lambda vm: -lengths[vm])[:limit])
    return tuple(vm for vm in lengths if vm in kept), len(lengths) - len(kept)


def left_points(rows: Sequence[PassRow], vm: str) -> tuple[Point, ...]:
    """Memory one VM has left to send, at the start of its move and at the end of each of its rows [GiB]."""
    own = sorted((row for row in rows if row.vm == vm), key=lambda row: row.start_s)
    if not own:
        return ()
    return (
        Point(own[0].start_s, own[0].memory_gib),
        *(Point(row.start_s + row.time_s, row.dirty_left_gib) for row in own),
    )


def left_at(points: Sequence[Point], seconds: float) -> float:
    """Memory left at a time [GiB], on straight lines between the points; all of it before, the last of it after.

    Examples
    --------
    >>> left_at((Point(0, 8), Point(4, 2)), 2)
    5.0
    """
    for before, after in pairwise(points):
        if seconds < after.seconds:
            share = max(seconds - before.seconds, 0.0) / (after.seconds - before.seconds)
            return before.left_gib + share * (after.left_gib - before.left_gib)
    return points[-1].left_gib
