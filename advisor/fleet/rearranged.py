"""Few moves put on other nodes and in another order at once, where neither alone comes near the bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from advisor.fleet.ground import Ground
from advisor.fleet.order import Order, rounds_of, shuffled, walked
from advisor.fleet.rooms import Guest, Room, State

_ROUND: Final = 48
# Rounds in a row that found nothing better.
_IN_VAIN: Final = 8
# Rounds for each that orders alone are worth: both are looked for at once.
_MORE: Final = 4
_ROUNDS_AT_MOST: Final = 32
MOVES_AT_MOST: Final = 64
"""More moves than this are spread well enough."""
PAIRS_AT_MOST: Final = 1_000
"""Moves times nodes."""


def rearranged(
    ground: Ground,
    pairs: Sequence[tuple[int, int]],
    guests: Sequence[Guest],
    rooms: Sequence[Room],
    at: Sequence[int],
    order: Order,
    limit: int,
    near_s: float,
) -> tuple[tuple[int, ...], Order, float]:
    """A placement and an order that end sooner, and when.

    At random but always the same: what ends sooner is kept. No placement breaks more wishes than the first.

    Parameters
    ----------
    ground : of every move to every node, move by move.
    pairs : the ends of each.
    at, order : where the moves go and in which order, to begin with.
    near_s : when to stop [s].
    """
    random = np.random.default_rng(len(guests))
    wishes = _wishes(guests, rooms, at)
    best = tuple(at), order, _ends(ground, pairs, len(rooms), [(at, order)])[0]
    in_vain = 0
    for _ in range(min(_MORE * rounds_of(ground, len(guests)), _ROUNDS_AT_MOST)):
        if best[2] <= near_s or in_vain >= _IN_VAIN:
            break
        others = [_another(best[0], best[1], limit, len(rooms), random) for _ in range(_ROUND)]
        kept = [
            one
            for one in others
            if (own := _wishes(guests, rooms, one[0])) is not None and wishes is not None and own <= wishes
        ]
        in_vain += 1
        if not kept:
            continue
        ended = _ends(ground, pairs, len(rooms), kept)
        first = int(np.argmin(ended))
        if ended[first] < best[2]:
            best, in_vain = (*kept[first], ended[first]), 0
    return best


def _another(
    at: tuple[int, ...], order: Order, limit: int, nodes: int, random: np.random.Generator
) -> tuple[tuple[int, ...], Order]:
    """A move or two on other nodes, or elsewhere in the order, or both."""
    if random.random() < 0.7:
        own = list(at)
        one, other = (int(i) for i in random.integers(0, len(own), 2))
        if random.random() < 0.5:
            own[one], own[other] = own[other], own[one]
        else:
            own[one] = int(random.integers(0, nodes))
        at = tuple(own)
    return at, shuffled(order, limit, random) if random.random() < 0.6 else order


def _wishes(guests: Sequence[Guest], rooms: Sequence[Room], at: Sequence[int]) -> tuple[int, int] | None:
    """Guests beside one of their class, and how far guests are from their preferred owners; None: there is no room."""
    state, clashes, ranks = State(rooms), 0, 0
    for guest, k in zip(guests, at, strict=True):
        if not state.takes(guest, k, apart=False):
            return None
        clashes += state.clashes(guest, k)
        ranks += guest.preferred.index(k) if k in guest.preferred else len(guest.preferred)
        state.put(guest, k)
    return clashes, ranks


def _ends(
    ground: Ground, pairs: Sequence[tuple[int, int]], nodes: int, plans: Sequence[tuple[Sequence[int], Order]]
) -> list[float]:
    """When each plan ends [s]."""
    orders = [replace(order, rows=tuple(i * nodes + at[i] for i in order.rows)) for at, order in plans]
    ended: list[float] = walked(ground, pairs, orders, np.zeros(len(orders), dtype=np.intp)).total_s.tolist()
    return ended
