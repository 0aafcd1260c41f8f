"""Moves between nodes, one event at a time, in plain Python: what `routes.move_between` has to agree with.

Nothing of advisor is imported. Rates are found by progressive filling: all grow alike, and whoever meets a full link
or has enough stops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.precopy.event_simulation import Host, Mover, Outcome, Request, Vm, _move, _until


@dataclass(frozen=True)
class Node:
    """Links [bytes/s] and slots of one node, each way."""

    out_link: float
    in_link: float
    out_slots: int
    in_slots: int


@dataclass(frozen=True)
class Route:
    """Where one VM goes, how fast at most [bytes/s], and which must have ended before."""

    source: int
    destination: int
    flow: float
    after: int = -1


def simulate_routes(
    vms: Sequence[Vm], routes: Sequence[Route], nodes: Sequence[Node], host: Host
) -> tuple[list[Outcome], list[float]]:
    """Outcomes, and when each move's turn began; of `host` the set-up, the spacing and the stop rule count.

    The set-up belongs to the turn of what it holds up.
    """
    outcomes = [Outcome() for _ in vms]
    begun = [math.nan] * len(vms)
    waiting, active, ended = list(range(len(vms))), {}, set()
    earliest = [host.set_up_s] * len(nodes)
    now = 0.0
    while waiting or active:
        for index in list(waiting):
            route = routes[index]
            leaving = sum(routes[i].source == route.source for i in active)
            coming = sum(routes[i].destination == route.destination for i in active)
            full = leaving >= nodes[route.source].out_slots or coming >= nodes[route.destination].in_slots
            if full or not (route.after < 0 or route.after in ended):
                continue
            waiting.remove(index)
            begin = max(now, earliest[route.source])
            begun[index] = begin - host.set_up_s if now == 0.0 else begin
            earliest[route.source] = begin + host.per_vm_s
            mover = _move(vms[index], host, outcomes[index], begin - now)
            active[index] = (mover, next(mover))
        _set_rates(routes, nodes, active)
        step = min(_until(request) for _, request in active.values())
        done = [index for index, (_, request) in active.items() if _until(request) <= step * (1 + 1e-12)]
        now += step
        for _, request in active.values():
            request.bytes_left -= request.rate * step
            request.seconds_left -= step
            request.elapsed += step
        for index in done:
            mover, request = active[index]
            try:
                active[index] = (mover, mover.send((request.elapsed, request.rate)))
            except StopIteration:
                outcomes[index].end_s = now
                ended.add(index)
                del active[index]
    return outcomes, begun


def _set_rates(routes: Sequence[Route], nodes: Sequence[Node], active: dict[int, tuple[Mover, Request]]) -> None:
    sending = [index for index, (_, request) in active.items() if request.is_sending]
    for _, request in active.values():
        request.rate = 0.0
    for index, rate in zip(sending, filled_network([routes[i] for i in sending], nodes), strict=True):
        active[index][1].rate = rate


def filled_network(routes: Sequence[Route], nodes: Sequence[Node]) -> list[float]:
    """Progressive filling of every link at both ends."""
    rates = [0.0] * len(routes)
    growing = set(range(len(routes)))

    def links() -> list[tuple[float, list[int]]]:
        out = [(node.out_link, [i for i, one in enumerate(routes) if one.source == k]) for k, node in enumerate(nodes)]
        into = [
            (node.in_link, [i for i, one in enumerate(routes) if one.destination == k]) for k, node in enumerate(nodes)
        ]
        return [(capacity, users) for capacity, users in (*out, *into) if users]

    while growing:
        room = [
            (capacity - math.fsum(rates[i] for i in users), [i for i in users if i in growing])
            for capacity, users in links()
        ]
        steps = [left / len(users) for left, users in room if users] + [routes[i].flow - rates[i] for i in growing]
        step = max(min(steps), 0.0)
        for i in growing:
            rates[i] += step
        stopped = {i for i in growing if routes[i].flow - rates[i] <= 1e-12 * routes[i].flow}
        for capacity, users in links():
            if capacity - math.fsum(rates[i] for i in users) <= 1e-12 * capacity:
                stopped |= growing.intersection(users)
        growing -= stopped
    return rates
