"""A placement of VMs on nodes by branch and bound: what greedy placement leaves is found, or ruled out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from advisor.fleet.rooms import ROUNDING, Guest, Room, State

# Nodes looked at before the search for a placement gives up, a second or two; what greedy placement leaves is found,
# or ruled out, in far fewer.
_LOOKS_AT_MOST: Final = 2_000_000


class Search:
    """Branch and bound: always the guest with the fewest nodes left, and nodes that are alike only once."""

    def __init__(self, guests: Sequence[Guest], rooms: Sequence[Room], *, apart: bool) -> None:
        self.guests, self.rooms, self.apart = guests, rooms, apart
        self.state, self.at = State(rooms), [-1] * len(guests)
        self.looks = 0
        self.open = set(range(len(guests)))

    @property
    def exhausted(self) -> bool:
        """Nothing was left out: without a placement there is none."""
        return self.looks < _LOOKS_AT_MOST

    def run(self) -> list[int] | None:
        """A placement, or None."""
        stack: list[tuple[int, list[int]]] = []
        choice = self._next()
        while True:
            if choice is None:
                return self.at
            guest, nodes = choice
            stack.append((guest, nodes))
            self.open.discard(guest)
            while not stack[-1][1]:
                done, _ = stack.pop()
                self.open.add(done)
                if not stack:
                    return None
                self._take_back(stack[-1][0])
            guest, nodes = stack[-1]
            node = nodes.pop()
            self.at[guest] = node
            self.state.put(self.guests[guest], node)
            self.looks += len(self.open) * len(self.rooms) + 1
            if self.looks >= _LOOKS_AT_MOST:
                return None
            choice = self._next()

    def _take_back(self, guest: int) -> None:
        self.state.put(self.guests[guest], self.at[guest], -1)
        self.at[guest] = -1

    def _next(self) -> tuple[int, list[int]] | None:
        """The hardest guest that is left, and its nodes, the tightest last; no nodes where some guest has none."""
        best: tuple[int, list[int]] | None = None
        key = (math.inf, 0.0)
        for i in self.open:
            guest = self.guests[i]
            fits = [k for k in range(len(self.rooms)) if self.state.takes(guest, k, apart=self.apart)]
            own = (float(len(fits)), -guest.memory_gib)
            if own < key:
                best, key = (i, fits), own
            if not fits:
                return i, []
        if best is None:
            return None
        if math.fsum(self.guests[i].memory_gib for i in self.open) > math.fsum(self.state.memory) + ROUNDING:
            return best[0], []
        return best[0], self._different(best[1])

    def _different(self, nodes: list[int]) -> list[int]:
        """Nodes that differ for the guests to come, the least room last."""
        ranked = sorted(nodes, key=lambda k: (-self.state.memory[k], k))
        if any(guest.owners is not None for guest in self.guests):
            return ranked
        kept = ranked[:1]
        for before, k in pairwise(ranked):
            if self._alike(before, k):
                continue
            kept.append(k)
        return kept

    def _alike(self, one: int, other: int) -> bool:
        state = self.state

        def present(node: int) -> set[str]:
            return {name for name, count in state.classes[node].items() if count}

        same = state.memory[one] == state.memory[other] and state.cores[one] == state.cores[other]
        return same and present(one) == present(other)
