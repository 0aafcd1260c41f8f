"""Moves between nodes: against the event simulation, against one shared link, closed forms, slots and order."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.precopy import routes as routes_module
from advisor.precopy.batch import PER_MOVE, Batch
from advisor.precopy.ends import End, fair_at_both_ends
from advisor.precopy.passes import StopRule
from advisor.precopy.routes import NOTHING_BEFORE, Nodes, Routes, move_between
from tests.precopy.batches import as_moves, draw_batch, moved, one_vm, pass_limit, plain_host
from tests.precopy.event_simulation import Host, Vm
from tests.precopy.route_simulation import Node, Route, filled_network, simulate_routes

SEEDS = st.integers(0, 10**9)


def as_nodes(nodes: list[Node], work: tuple[float, float] = (np.inf, np.inf)) -> Nodes:
    def column(name: str) -> np.ndarray:
        return np.array([[getattr(node, name)] for node in nodes])

    return Nodes(
        out_bytes_s=column("out_link"),
        in_bytes_s=column("in_link"),
        out_work_s=np.full((len(nodes), 1), work[0]),
        in_work_s=np.full((len(nodes), 1), work[1]),
        out_slots=column("out_slots"),
        in_slots=column("in_slots"),
    )


def as_routes(routes: list[Route], host: Host, stop: StopRule) -> Routes:
    def column(name: str) -> np.ndarray:
        return np.array([[getattr(route, name)] for route in routes])

    return Routes(
        source=column("source"),
        destination=column("destination"),
        flow_bytes_s=column("flow"),
        after=column("after"),
        count=np.array([len(routes)]),
        set_up_s=np.array([host.set_up_s]),
        per_vm_s=np.array([host.per_vm_s]),
        stop=stop,
    )


def between(vms: list[Vm], routes: list[Route], nodes: list[Node], host: Host, passes=5.0, small=0.0) -> Batch:
    return move_between(as_moves([vms]), as_routes(routes, host, pass_limit(passes, small)), as_nodes(nodes))


def drawn(seed: int, shape: str) -> tuple[list[Vm], list[Route], list[Node], Host, float, float]:
    """VMs between up to six nodes: a drain, a fail-back, or anything at all."""
    vms, host, passes, small = draw_batch(seed, compressed=False)
    rng = random.Random(seed + 1)
    count = rng.randint(2, 6)

    def node() -> Node:
        return Node(
            host.link * rng.choice([1.0, rng.uniform(0.2, 3.0)]),
            host.link * rng.choice([1.0, rng.uniform(0.2, 3.0)]),
            rng.randint(1, 4),
            rng.randint(1, 4),
        )

    routes = []
    for index in range(len(vms)):
        source, destination = rng.sample(range(count), 2)
        if shape == "drain":
            source, destination = 0, rng.randrange(1, count)
        if shape == "fail_back":
            source, destination = rng.randrange(1, count), 0
        after = rng.randrange(index) if index and rng.random() < 0.2 else NOTHING_BEFORE
        routes.append(Route(source, destination, host.flow * rng.uniform(0.3, 1.0), after))
    return vms, routes, [node() for _ in range(count)], host, passes, small


@given(seed=SEEDS, shape=st.sampled_from(["drain", "fail_back", "any"]))
def test_agrees_with_the_event_simulation(seed: int, shape: str) -> None:
    vms, routes, nodes, host, passes, small = drawn(seed, shape)
    batch = between(vms, routes, nodes, host, passes, small)
    outcomes, begun = simulate_routes(vms, routes, nodes, host)
    for name in ("end_s", "blackout_s", "sent_bytes", "passes"):
        expected = [getattr(outcome, name) for outcome in outcomes]
        assert getattr(batch, name)[:, 0] == pytest.approx(expected, rel=1e-7, abs=1e-7), name
    assert batch.begin_s[:, 0] == pytest.approx(begun, rel=1e-7, abs=1e-7)


@given(seed=SEEDS, compressed=st.booleans())
def test_one_source_whose_destinations_have_room_is_one_shared_link(seed: int, compressed: bool) -> None:
    vms, host, passes, small = draw_batch(seed, compressed=compressed)
    rng = random.Random(seed)
    count = rng.randint(1, 5)
    wide = Node(host.link, host.link * 1.01, 64, 64)
    nodes = [Node(host.link, host.link, host.slots, 1), *[wide] * count]
    work = (host.processor, host.processor * 1.01)
    routes = [Route(0, rng.randint(1, count), host.flow) for _ in vms]
    stop = pass_limit(passes, small)
    batch = move_between(as_moves([vms]), as_routes(routes, host, stop), as_nodes(nodes, work))
    alone = moved(vms, host, passes, small)
    for name in PER_MOVE:
        assert getattr(batch, name) == pytest.approx(getattr(alone, name), rel=1e-9, abs=1e-9), name


@pytest.mark.no_cover
def test_variants_side_by_side_are_what_each_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = []
    seed = 0
    while len(cases) < 12:
        one = drawn(seed, "any")
        seed += 1
        if len(one[0]) <= 5 and len(one[2]) == 4:
            cases.append(one)
    most = 5
    filler = one_vm(1.0)
    padded = [[*vms, *[filler] * (most - len(vms))] for vms, *_ in cases]
    alone = [between(*one) for one in cases]

    def side_by_side(name: str, of: str) -> np.ndarray:
        return np.array([[getattr(route, of) for route in one[1]] + [0] * (most - len(one[1])) for one in cases]).T

    routes = Routes(
        source=side_by_side("source", "source"),
        destination=side_by_side("destination", "destination"),
        flow_bytes_s=side_by_side("flow", "flow").astype(float),
        after=side_by_side("after", "after"),
        count=np.array([len(one[0]) for one in cases]),
        set_up_s=np.array([one[3].set_up_s for one in cases]),
        per_vm_s=np.array([one[3].per_vm_s for one in cases]),
        stop=replace(
            pass_limit(1, 1),
            passes=np.array([one[4] for one in cases]),
            small_dirty_bytes=np.array([one[5] for one in cases]),
        ),
    )
    each = [as_nodes(one[2]) for one in cases]
    nodes = Nodes(**{name: np.concatenate([getattr(one, name) for one in each], axis=1) for name in each[0].given})
    for cells in (1_500_000, 15):  # all at once, and three variants at a time
        monkeypatch.setattr(routes_module, "_CELLS_AT_ONCE", cells)
        together = move_between(as_moves(padded), routes, nodes)
        for column, one in enumerate(alone):
            own = len(cases[column][0])
            assert together.end_s[:own, column] == pytest.approx(one.end_s[:, 0], rel=1e-9)
            assert (together.end_s[own:, column] == 0.0).all()


def test_equal_moves_over_one_link() -> None:
    # Four of 10 over a link of 2, two at once: 40/2, whoever goes where.
    nodes = [Node(2.0, 2.0, 2, 2)] * 3
    batch = between([one_vm(10.0)] * 4, [Route(0, 1 + i % 2, 2.0) for i in range(4)], nodes, plain_host(2.0, 2))
    assert batch.end_s[:, 0].tolist() == [10.0, 10.0, 20.0, 20.0]


def test_the_destinations_link_binds_a_fail_back() -> None:
    # Three sources of 2 each send into a link of 3: 1 each.
    nodes = [Node(3.0, 3.0, 3, 3), *[Node(2.0, 2.0, 1, 1)] * 3]
    batch = between([one_vm(5.0)] * 3, [Route(1 + i, 0, 2.0) for i in range(3)], nodes, plain_host(2.0))
    assert batch.end_s[:, 0].tolist() == [5.0, 5.0, 5.0]


def test_starts_at_one_source_keep_their_distance_and_sources_do_not_wait_for_each_other() -> None:
    nodes = [Node(1e9, 1e9, 4, 4)] * 3
    routes = [Route(0, 2, 1e9), Route(0, 2, 1e9), Route(1, 2, 1e9)]
    batch = between([one_vm(1.0)] * 3, routes, nodes, plain_host(1e9, 4, set_up=3.0, spacing=2.0))
    assert batch.end_s[:, 0] == pytest.approx([3.0, 5.0, 3.0])


def test_both_ends_need_a_slot_and_who_waits_holds_nobody_up() -> None:
    # Node 1 takes one at a time: the second move waits for it, the third overtakes to node 2.
    nodes = [Node(10.0, 10.0, 2, 2), Node(10.0, 10.0, 1, 1), Node(10.0, 10.0, 1, 1)]
    routes = [Route(0, 1, 1.0), Route(0, 1, 1.0), Route(0, 2, 1.0)]
    batch = between([one_vm(4.0)] * 3, routes, nodes, plain_host(10.0, 2))
    assert batch.begin_s[:, 0].tolist() == [0.0, 4.0, 0.0]


def test_a_move_waits_for_the_one_before_it() -> None:
    nodes = [Node(10.0, 10.0, 4, 4)] * 2
    routes = [Route(0, 1, 1.0), Route(0, 1, 1.0, after=0), Route(0, 1, 1.0)]
    batch = between([one_vm(4.0)] * 3, routes, nodes, plain_host(10.0, 4))
    assert batch.begin_s[:, 0].tolist() == [0.0, 4.0, 0.0]


NODES = st.lists(
    st.builds(Node, st.floats(0.1, 50), st.floats(0.1, 50), st.just(9), st.just(9)), min_size=2, max_size=6
)


@given(nodes=NODES, seed=SEEDS, count=st.integers(1, 8))
def test_links_at_both_ends_are_filled_progressively(nodes: list[Node], seed: int, count: int) -> None:
    rng = random.Random(seed)
    routes = [Route(*rng.sample(range(len(nodes)), 2), flow=rng.uniform(0.1, 60)) for _ in range(count)]
    assert shares(routes, nodes, [1.0] * count) == pytest.approx(filled_network(routes, nodes), rel=1e-8)


def shares(routes: list[Route], nodes: list[Node], per_work: list[float], work: float = np.inf) -> np.ndarray:
    made = as_nodes(nodes, (work, work))
    out = End(np.array([[one.source] for one in routes]), made.out_bytes_s, made.out_work_s)
    into = End(np.array([[one.destination] for one in routes]), made.in_bytes_s, made.in_work_s)
    most = np.array([[one.flow] for one in routes])
    return fair_at_both_ends(out, into, most, np.array(per_work)[:, None], np.ones(most.shape, dtype=bool))[:, 0]


@given(nodes=NODES, seed=SEEDS, count=st.integers(1, 8), work=st.floats(0.5, 100))
def test_every_move_has_its_limit_or_most_of_something_full(nodes, seed, count, work) -> None:
    rng = random.Random(seed)
    routes = [Route(*rng.sample(range(len(nodes)), 2), flow=rng.uniform(0.1, 60)) for _ in range(count)]
    per_work = np.array([rng.uniform(0.2, 1.0) for _ in range(count)])
    rates = shares(routes, nodes, list(per_work), work)
    pieces = rates / per_work
    resources = []
    for k, node in enumerate(nodes):
        for of, link in (("source", node.out_link), ("destination", node.in_link)):
            own = np.array([getattr(one, of) == k for one in routes])
            resources += [(rates, own, link), (pieces, own, work)]
    for share, own, capacity in resources:
        assert share[own].sum() <= capacity * (1 + 1e-9)
    for i, route in enumerate(routes):
        at_its_limit = rates[i] >= route.flow * (1 - 1e-6)
        assert at_its_limit or any(
            own[i] and share[own].sum() >= capacity * (1 - 1e-6) and share[i] >= share[own].max() * (1 - 1e-6)
            for share, own, capacity in resources
        )
