"""What the passes of a move say over time: the rate on the wire, the memory left to send.

Every row counts once. Medians are laid end to end, so the curves show the expected move, not its spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from advisor.domain.answers import PassRow
from advisor.units import bytes_s_to_gbps, gib_to_bytes


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of time with one rate."""

    start_s: float
    end_s: float
    gbps: float


@dataclass(frozen=True, slots=True)
class Point:
    """Memory left to send at one time."""

    seconds: float
    left_gib: float


def end_s(rows: Sequence[PassRow]) -> float:
    """When the last row ends [s]; 0 without rows."""
    return max((row.start_s + row.time_s for row in rows), default=0.0)


def rate_steps(rows: Sequence[PassRow], most: int = 400) -> tuple[Step, ...]:
    """Rate on the wire of all rows together [Gbit/s]; beyond `most` steps, their means over equal stretches.

    Examples
    --------
    >>> row = PassRow(vm="a", step="pass", number=1, start_s=0, time_s=8, memory_gib=8, sent_gib=8, dirty_left_gib=0)
    >>> [round(step.gbps, 2) for step in rate_steps([row])]
    [8.59]
    """
    jumps: dict[float, float] = {}
    for row in rows:
        if row.time_s > 0:
            rate = bytes_s_to_gbps(gib_to_bytes(row.sent_gib) / row.time_s)
            jumps[row.start_s] = jumps.get(row.start_s, 0.0) + rate
            jumps[row.start_s + row.time_s] = jumps.get(row.start_s + row.time_s, 0.0) - rate
    steps, rate = [], 0.0
    for start, end in pairwise(sorted(jumps)):
        rate += jumps[start]
        steps.append(Step(start, end, max(rate, 0.0)))
    return tuple(steps) if len(steps) <= most else mean_rates(steps, most)


def mean_rates(steps: Sequence[Step], count: int) -> tuple[Step, ...]:
    """The steps' mean rate over `count` equal stretches from time 0 to their end."""
    length = steps[-1].end_s / count
    sent = [0.0] * count
    for step in steps:
        first, last = int(step.start_s / length), min(int(step.end_s / length), count - 1)
        for i in range(first, last + 1):
            overlap = min(step.end_s, (i + 1) * length) - max(step.start_s, i * length)
            sent[i] += step.gbps * max(overlap, 0.0)
    return tuple(Step(i * length, (i + 1) * length, sent[i] / length) for i in range(count))


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
