"""Disks that move with their VMs: how much is to be copied, what is written meanwhile, and what storage allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LOW: Final = 0
MIDDLE: Final = 1
HIGH: Final = 2


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

    def of_moves(self, moves: Sequence[int]) -> MovingDisks:
        """The disks of other moves: those of these, each as often as it is named."""
        rows = list(moves)
        return replace(self, used_bytes=self.used_bytes[rows], write_bytes_s=self.write_bytes_s[rows])

    def path_bytes_s(self, ends: Sequence[tuple[int, int]], flow_bytes_s: Floats, ranges: Ints) -> Floats:
        """What the slowest of network and both storages carries of a move by itself, (n, variants) [bytes/s].

        Parameters
        ----------
        ends : source and destination of each move.
        flow_bytes_s : (n, variants) what the network carries of it at most.
        ranges : (variants,) which end of the rates each variant takes: `LOW`, `MIDDLE` or `HIGH`.
        """
        rates = self.rate_bytes_s[ranges].T
        both = np.array(ends, dtype=np.intp)
        storage = np.minimum(rates[both[:, 0]], rates[both[:, 1]])
        return np.where(self.used_bytes[:, None] > 0, np.minimum(storage, flow_bytes_s), flow_bytes_s)
