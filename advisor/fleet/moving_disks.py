"""Disks that move with their VMs: how fast the storage of both ends lets them be copied, move by move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import Disks
from advisor.precopy.storage import copy_seconds

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LOW: Final = 0
MIDDLE: Final = 1
HIGH: Final = 2
# A copy gains on its writes by a fiftieth of its path at least.
_GAINING: Final = 0.98


@dataclass(frozen=True)
class MovingDisks:
    """Disks of the moves of a drain.

    Attributes
    ----------
    used_bytes, write_bytes_s : by move, what is to be copied and what its VM writes meanwhile; 0 where none moves.
    rate_bytes_s : (3, nodes), low, middle and high of what the storage of a node reads or writes [bytes/s].
    simultaneous : by node, storage migrations at once.
    """

    used_bytes: Floats
    write_bytes_s: Floats
    rate_bytes_s: Floats
    simultaneous: Ints

    @property
    def rows(self) -> tuple[int, ...]:
        """Moves whose disks move too."""
        return tuple(np.flatnonzero(self.used_bytes > 0).tolist())

    @property
    def is_open(self) -> bool:
        """Whether the inventory leaves open how fast some storage is."""
        return bool((self.rate_bytes_s != self.rate_bytes_s[MIDDLE]).any())

    @property
    def rates_differ(self) -> bool:
        """Whether the storage of some nodes is faster than that of others."""
        return bool((self.rate_bytes_s[MIDDLE] != self.rate_bytes_s[MIDDLE, 0]).any())

    def with_any_far_end(self, near: int) -> MovingDisks:
        """The same where the storage of one node alone counts: no choice of the other ends copies faster."""
        rates = np.full_like(self.rate_bytes_s, np.inf)
        rates[:, near] = self.rate_bytes_s[:, near]
        return replace(self, rate_bytes_s=rates)

    def at_once(self, ends: Sequence[tuple[int, int]], slots: Ints) -> int:
        """Disks copied at once at the node that all moves leave, or come to."""
        own = [ends[row] for row in self.rows]
        hub = _most_common([source for source, _ in own], [end for _, end in own])
        return self._together(hub, len(own), slots)

    def copies(self, ends: Sequence[tuple[int, int]], slots: Ints, flow_bytes_s: Floats, ranges: Ints) -> Disks:
        """What the copies put on the wire, and at most how fast.

        Parameters
        ----------
        ends : source and destination of each move.
        slots : by node, moves at once.
        flow_bytes_s : by move, what the network carries of it at most.
        ranges : (variants,) which end of the rates each variant takes: `LOW`, `MIDDLE` or `HIGH`.

        Notes
        -----
        k copies at once share the storage of a node evenly: S = min over both ends of rate / k. What the VM writes
        meanwhile is mirrored over the same path: U bytes at rate S take U / (S - w), during which S U / (S - w) go
        over the wire (`storage.copy_seconds`).
        """
        rows = np.array(self.rows, dtype=np.intp)
        counts = Counter(node for row in self.rows for node in ends[row])
        together = np.array([self._together(node, counts[node], slots) for node in range(len(self.simultaneous))])
        shares = self.rate_bytes_s[ranges] / together  # (variants, nodes)
        both = np.array([ends[row] for row in self.rows], dtype=np.intp)
        share = np.minimum(shares[:, both[:, 0]], shares[:, both[:, 1]]).T
        path = np.minimum(share, flow_bytes_s[rows, None])
        written = np.minimum(self.write_bytes_s[rows, None], _GAINING * path)
        wire, most = np.zeros((len(ends), ranges.size)), np.full((len(ends), ranges.size), np.inf)
        wire[rows] = path * copy_seconds(self.used_bytes[rows, None], path, written)
        most[rows] = share
        return Disks(wire, most)

    def _together(self, node: int, count: int, slots: Ints) -> int:
        return max(min(int(self.simultaneous[node]), int(slots[node]), count), 1)


def _most_common(sources: Sequence[int], destinations: Sequence[int]) -> int:
    """The node that all moves have in common."""
    return sources[0] if len(set(sources)) == 1 else destinations[0]
