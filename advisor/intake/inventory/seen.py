"""What the first pass over an inventory keeps of each VM, and which of them are listed twice."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.domain.inventory import Ints
from advisor.intake.inventory.vms import Block, Why

_ODD: Final = np.int64(0x9E3779B97F4A7C15 - 2**64)
"""Spreads numbers over all 64 bits; two of a million hashes are equal by chance once in thirty million inventories."""


class Seen:
    """What the first pass keeps of each row that may be answered."""

    def __init__(self) -> None:
        self.rows = 0
        self._parts: list[tuple[NDArray[Any], ...]] = []
        self._missed: list[Ints] = []

    def add(self, block: Block) -> None:
        """Take the rows of a block."""
        at = np.flatnonzero(block.why == Why.ANSWERED)
        names = _hashes(block.columns["vm"][at])
        if "vm_id" in block.columns:
            names = names * _ODD + _hashes(block.columns["vm_id"][at])
        self._parts.append(
            (
                block.place[at],
                names,
                at + self.rows,
                block.columns["memory_gib"][at] if at.size else np.zeros(0),
                np.full(at.size, block.understood.layout.tells == "servers"),
            )
        )
        self._missed.append(block.place[block.missed])
        self.rows += len(block)

    def close(self) -> None:
        """Put the rows of all blocks together."""
        types = (np.int32, np.int64, np.int64, np.float64, np.bool_)
        whole = [
            np.concatenate([np.zeros(0, kind), *parts]) if parts else np.zeros(0, kind)
            for kind, parts in zip(types, zip(*self._parts, strict=True) if self._parts else [()] * 5, strict=True)
        ]
        self.missed_place = np.concatenate([np.zeros(0, np.int32), *self._missed])
        self._parts, self._missed = [], []
        self.place, self.names, self.ordinal, self.memory_gib, self.is_server = whole


def _hashes(texts: NDArray[Any]) -> NDArray[np.int64]:
    return np.fromiter(map(hash, texts.tolist()), np.int64, texts.size)


def repeated(names: NDArray[np.int64], places: NDArray[Any], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows, among some, stand at a place where an earlier row of the same name stands.

    Examples
    --------
    >>> names, places = np.array([7, 7, 7, 8]), np.array([0, 1, 0, 0])
    >>> repeated(names, places, np.array([True] * 4)).tolist()
    [False, False, True, False]
    """
    both = names ^ (places.astype(np.int64) * _ODD)
    at = np.flatnonzero(among)
    _, first = np.unique(both[at], return_index=True)
    found = among.copy()
    found[at[first]] = False
    return found


def within(ordinals: NDArray[np.int64], begins: int, count: int) -> slice:
    """Where the rows of a block stand among sorted rows.

    Examples
    --------
    >>> within(np.array([2, 5, 6, 11]), 5, 5)
    slice(1, 3, None)
    """
    return slice(*np.searchsorted(ordinals, (begins, begins + count)).tolist())
