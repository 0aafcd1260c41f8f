"""Every plan of a small drain: all placements, all orders, all numbers of moves at once, walked one beside another."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from advisor.domain.inventory import Inventory
from advisor.fleet.assumed import assumed_from
from advisor.fleet.choices import Choices, choices_of
from advisor.fleet.disks import disks_of
from advisor.fleet.ground import ground_of
from advisor.fleet.in_force import Asked, setting_of
from advisor.fleet.leaving import leaving
from advisor.fleet.one_cluster import cluster_with
from advisor.fleet.order import plain_order, walked
from advisor.fleet.rooms import State

Floats = np.ndarray


def best_of_every_plan(inventory: Inventory, host: str) -> tuple[Floats, Floats]:
    """When the best plan ends in each outcome of luck, and the bound of each [s].

    Every placement that has room, whatever is preferred or kept apart.
    """
    one, node = cluster_with(inventory, host, assumed_from(()))
    goes = leaving(one, node)
    words, traits = [one.words[row] for row in goes.rows], [one.traits[row] for row in goes.rows]
    setting = setting_of(one.hosts, one.cluster, words, one.assumed, Asked().own_card)
    disks = disks_of(one, goes.rows)
    choices: Choices = choices_of(setting, goes, traits, disks)
    n, nodes, limit = len(goes.rows), len(goes.nodes), setting.slots(node)
    moves = [i for i in range(n) for _ in range(nodes)]
    ground = ground_of(
        setting,
        goes.pairs * n,
        [traits[i] for i in moves],
        disks=None if disks is None else disks.of_moves(moves),
        among=goes.among,
        varied=False,
    )
    assert ground.odds == choices.ground.odds
    copies = (None,) if disks is None else (None, *range(1, min(limit, n)))
    orders = [
        plain_order([i * nodes + at[i] for i in order], at_once, few)
        for at in product(range(nodes), repeat=n)
        if has_room(goes.guests, goes.rooms, at)
        for order in permutations(range(n))
        for at_once in range(1, min(limit, n) + 1)
        for few in copies
    ]
    best, bounds = [], []
    for column, bound_at in zip(ground.luck, choices.ground.luck, strict=True):
        columns = np.full(len(orders), column, dtype=np.intp)
        best.append(float(walked(ground, goes.pairs * n, orders, columns).total_s.min()))
        bounds.append(choices.bound(limit, bound_at).seconds)
    return np.array(best), np.array(bounds)


def has_room(guests, rooms, at) -> bool:
    """Whether every guest fits where it is put."""
    state = State(rooms)
    for guest, k in zip(guests, at, strict=True):
        if not state.takes(guest, k, apart=False):
            return False
        state.put(guest, k)
    return True
