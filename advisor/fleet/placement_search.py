"""A placement of VMs on nodes by branch and bound: what greedy placement leaves is found, or ruled out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from advisor.fleet.rooms import ROUNDING, Guest, Room, State

# Nodes looked at before the search for a placement gives up, a second or two; what greedy placement leaves is found,
# or ruled out, in far fewer.
LOOKS_AT_MOST: Final = 2_000_000


class Search:
    """Branch and bound: always the guest with the fewest nodes left, and nodes that are alike only once.

    Parameters
    ----------
    clashes : guests that may be placed beside another of their anti-affinity class.
    looks : nodes looked at before the search gives up.
    """

    def __init__(
        self, guests: Sequence[Guest], rooms: Sequence[Room], *, clashes: int = 0, looks: int = LOOKS_AT_MOST
    ) -> None:
        self.guests, self.rooms = guests, rooms
        self.state, self.at = State(rooms), [-1] * len(guests)
        self.clashes_left, self.most = clashes, looks
        # By guest, whether it was placed beside another of its class.
        self.clashed = [False] * len(guests)
        self.looks = 0
        self.open = set(range(len(guests)))
        # Guests in the order they were placed, each with the nodes that are not tried yet.
        self._stack: list[tuple[int, list[int]]] = []

    @property
    def exhausted(self) -> bool:
        """Nothing was left out: without a placement there is none."""
        return self.looks < self.most

    def run(self) -> list[int] | None:
        """A placement, or None; asked again, the next."""
        if self._stack:
            self._take_back(self._stack[-1][0])
        elif not self._branch():
            return list(self.at)
        while self._place_next():
            if not self._branch():
                return list(self.at)
        return None

    def _branch(self) -> bool:
        """Take up the hardest guest that is left; False where none is."""
        choice = self._next()
        if choice is not None:
            self._stack.append(choice)
            self.open.discard(choice[0])
        return choice is not None

    def _place_next(self) -> bool:
        """Place the last guest on its next node, going back where it has none; False at the end of the search."""
        while self._stack and not self._stack[-1][1]:
            done, _ = self._stack.pop()
            self.open.add(done)
            if self._stack:
                self._take_back(self._stack[-1][0])
        if not self._stack:
            return False
        guest, nodes = self._stack[-1]
        self.at[guest] = nodes.pop()
        self.clashed[guest] = self.state.clashes(self.guests[guest], self.at[guest])
        self.clashes_left -= self.clashed[guest]
        self.state.put(self.guests[guest], self.at[guest])
        self.looks += len(self.open) * len(self.rooms) + 1
        return self.looks < self.most

    def _take_back(self, guest: int) -> None:
        self.state.put(self.guests[guest], self.at[guest], -1)
        self.at[guest] = -1
        self.clashes_left += self.clashed[guest]

    def _next(self) -> tuple[int, list[int]] | None:
        """The hardest guest that is left, and its nodes, the tightest last; no nodes where some guest has none."""
        best: tuple[int, list[int]] | None = None
        key = (math.inf, 0.0)
        for i in self.open:
            guest = self.guests[i]
            apart = self.clashes_left <= 0
            fits = [k for k in range(len(self.rooms)) if self.state.takes(guest, k, apart=apart)]
            own = (float(len(fits)), -guest.memory_gib)
            if own < key:
                best, key = (i, fits), own
            if not fits:
                return i, []
        if best is None:
            return None
        if math.fsum(self.guests[i].memory_gib for i in self.open) > math.fsum(self.state.memory) + ROUNDING:
            return best[0], []
        return best[0], self._different(best[0], best[1])

    def _different(self, guest: int, nodes: list[int]) -> list[int]:
        """Nodes that differ for the guests to come, the least room last, and those without its class behind them."""
        clashes = {k: self.state.clashes(self.guests[guest], k) for k in nodes}
        ranked = sorted(nodes, key=lambda k: (not clashes[k], -self.state.memory[k], k))
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
