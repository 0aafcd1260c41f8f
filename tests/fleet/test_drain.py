"""A drain: closed forms, the bound and how near it is, what is kept at every moment, blockers, what a cluster does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.domain.answers import Verdict
from advisor.domain.drain import DrainAnswer
from advisor.domain.estate import EstateCluster, EstateHost
from advisor.domain.goals import Goals, Risk
from advisor.domain.inventory import Inventory
from advisor.errors import InventoryError
from advisor.fleet.assumed import assumed_from
from advisor.fleet.bound import filled_slots, lower_bound
from advisor.fleet.drain import drain
from advisor.fleet.ground import ground_of
from advisor.fleet.in_force import Asked, Wanted, setting_of
from advisor.fleet.leaving import CPU_AT_MOST, HOST_KEEPS_GIB
from advisor.fleet.one_cluster import cluster_with
from advisor.fleet.order import best_order, plain_order, walked
from advisor.residual.card_files import shipped_card
from advisor.units import format_duration
from tests.fleet.drawn_clusters import Drawn, draw_cluster, draw_hard_cluster, table_of
from tests.fleet.every_plan import best_of_every_plan


def estate(
    vms: list[Mapping[str, Any]],
    hosts: int = 3,
    *,
    cluster: Mapping[str, Any] = {},
    **host: Any,
) -> Inventory:
    """A cluster of equal hosts, the VMs on the first unless they say otherwise."""
    given = {
        "os": "2019", "state": "up", "cores": 32, "cpu_busy": 0.2, "memory_gib": 256.0, "nic_gbps": 10.0,
        "nic_count": 1, "performance_option": "TCPIP", "simultaneous": 2, "power_plan": "high_performance",
    } | host  # fmt: skip
    made = tuple(EstateHost(host=f"hv{i + 1}", cluster="c1", **given) for i in range(hosts))
    settings_ = EstateCluster(cluster="c1", storage="shared", **cluster)
    rows = [{"host": 0, "vm": f"vm{i + 1}", "memory_gib": 8.0, "vcpus": 2, **vm} for i, vm in enumerate(vms)]
    return Drawn(settings_, made, table_of(rows)).inventory


def drained(inventory: Inventory, host: str = "hv1", mode: str = "planned", **asked: Any) -> DrainAnswer:
    return drain(inventory, host, mode=mode, asked=Asked(**asked))


# ---------------------------------------------------------------- times


def test_equal_vms_over_one_link_take_as_long_as_their_bytes() -> None:
    answer = drained(estate([{"workload": "idle"}] * 12), reserve=0)
    assert answer.feasible
    assert answer.end_s is not None
    assert answer.bound_s is not None
    memory = 12 * 8 * 2**30
    # Goodput of 10 GbE is 1.19 GB/s; hosts push 1.1 of it; set-up 3.4 s; a second of state at the end.
    assert memory / 1.25e9 < answer.end_s.p50 < memory / 0.95e9
    assert answer.bound_s <= answer.end_s.p50 <= 1.05 * answer.bound_s
    assert "Gbit/s" in answer.limit


def test_many_small_vms_are_bound_by_their_serial_cost() -> None:
    inventory = estate([{"memory_gib": 0.5, "workload": "idle"}] * 40, nic_gbps=100.0, simultaneous=8)
    answer = drained(inventory)
    assert answer.bound_by == "per-VM cost"
    assert "no network cures" in answer.limit
    assert answer.end_s is not None
    assert 39 * 0.6 < answer.end_s.p50 < 39 * 1.2


def test_a_lower_limit_is_slower_and_both_ends_count() -> None:
    vms = [{"memory_gib": 4.0, "workload": "idle"}] * 16
    at_once = [
        drained(estate(vms, nic_gbps=100.0, simultaneous=limit)).end_s.p50  # type: ignore[union-attr]
        for limit in (1, 2, 4)
    ]
    assert at_once == sorted(at_once, reverse=True)
    inventory = estate(vms, hosts=2, nic_gbps=100.0, simultaneous=4)
    slower = inventory.hosts[1].model_copy(update={"simultaneous": 1})
    one_way = Drawn(inventory.clusters[0], (inventory.hosts[0], slower), next(inventory.tables())).inventory
    alone = drained(one_way, reserve=0)
    assert max(overlap(alone)) == 1
    assert max(overlap(drained(inventory, reserve=0))) > 1


def test_the_clusters_limit_outranks_the_hosts() -> None:
    vms = [{"memory_gib": 4.0, "workload": "idle"}] * 8
    limited = estate(vms, nic_gbps=100.0, simultaneous=8, cluster={"max_parallel_migrations": 1})
    answer = drained(limited)
    assert max(overlap(answer)) == 1
    assert max(overlap(drained(limited, wanted=Wanted(simultaneous=4)))) > 1


def overlap(answer: DrainAnswer) -> list[int]:
    """Moves under way as each starts, at the median."""
    tiny = 1e-6
    return [
        sum(
            other.start_s.p50 <= move.start_s.p50 + tiny and other.end_s.p50 > move.start_s.p50 + tiny
            for other in answer.moves
        )
        for move in answer.moves
    ]


@settings(max_examples=12)
@given(seed=st.integers(0, 10**6))
def test_quantiles_are_in_order_and_no_move_ends_after_the_whole(seed: int) -> None:
    answer = drained(draw_cluster(seed, 8, 60).inventory, "hv01", reserve=0)
    assert answer.end_s is not None
    for move in answer.moves:
        for one in (move.start_s, move.end_s, move.dark_s):
            assert 0 <= one.p05 <= one.p50 <= one.p95
        assert move.start_s.p50 <= move.end_s.p50
        assert move.start_s.p95 <= move.end_s.p95 <= answer.end_s.p95 * (1 + 1e-9)
        assert move.dark_s.p50 <= move.end_s.p50
    assert answer.end_s.p05 < answer.end_s.p50 < answer.end_s.p95
    assert [move.order for move in answer.moves] == list(range(1, len(answer.moves) + 1))
    starts = [move.start_s.p50 for move in answer.moves]
    assert starts == sorted(starts)


def test_the_interval_of_the_end_is_no_sum_of_quantiles() -> None:
    answer = drained(estate([{"workload": "idle"}] * 10))
    assert answer.end_s is not None
    each = sum(move.end_s.p95 - move.start_s.p95 for move in answer.moves)
    assert answer.end_s.p95 < each


def test_what_the_inventory_does_not_say_widens_the_interval() -> None:
    vms = [{"workload": "idle"}] * 6
    known, open_ = drained(estate(vms)), drained(estate(vms, nic_gbps=None, nic_count=None))
    assert known.end_s is not None
    assert open_.end_s is not None
    assert open_.end_s.p95 / open_.end_s.p05 > 1.1 * known.end_s.p95 / known.end_s.p05
    assert any("nic_gbps" in one.what for one in open_.assumptions)


# ---------------------------------------------------------------- the bound


@pytest.mark.parametrize("seed", range(8))
def test_planned_drains_end_near_the_bound(seed: int) -> None:
    answer = drained(draw_cluster(seed, 8, 160).inventory, "hv01", reserve=0)
    assert answer.end_s is not None
    assert answer.bound_s is not None
    assert answer.bound_s <= answer.end_s.p50 * (1 + 1e-9)
    assert answer.end_s.p50 <= 1.05 * answer.bound_s


@pytest.mark.parametrize("seed", range(4))
def test_hosts_that_differ_are_near_it_too(seed: int) -> None:
    answer = drained(draw_cluster(seed, 8, 160, unlike=True).inventory, "hv01", reserve=0)
    assert answer.end_s is not None
    assert answer.bound_s is not None
    assert answer.bound_s <= answer.end_s.p50 * (1 + 1e-9)
    assert answer.end_s.p50 <= 1.05 * answer.bound_s


@pytest.mark.slow
@pytest.mark.parametrize(("hosts", "vms"), [(8, 4096), (16, 4096), (32, 4096), (64, 4096), (64, 256)])
def test_large_clusters_end_near_the_bound(hosts: int, vms: int) -> None:
    for seed in range(3):
        answer = drained(draw_cluster(seed, hosts, vms).inventory, "hv01", reserve=0)
        assert answer.end_s is not None
        assert answer.bound_s is not None
        assert answer.bound_s <= answer.end_s.p50 * (1 + 1e-9)
        assert answer.end_s.p50 <= 1.05 * answer.bound_s


@pytest.mark.parametrize("seed", range(4))
def test_no_order_and_no_choice_of_nodes_beats_the_bound_and_few_beat_the_plan(seed: int) -> None:
    drawn = draw_cluster(seed, 8, 32, unlike=True)
    one, node = cluster_with(drawn.inventory, "hv01", assumed_from(()))
    rows = one.on(node)[:3] if seed % 2 else one.on(node)[:4]
    words, traits = [one.words[row] for row in rows], [one.traits[row] for row in rows]
    setting = setting_of(one.hosts, one.cluster, words, one.assumed, shipped_card("hyperv"))
    limit = setting.slots(node)
    for nodes in product((1, 2), repeat=len(rows)):
        ends = [(node, end) for end in nodes]
        ground = ground_of(setting, ends, traits, varied=False)
        orders = [
            plain_order(order, at_once)
            for order in permutations(range(len(rows)))
            for at_once in range(1, min(limit, len(rows)) + 1)
        ]
        ended = walked(ground, ends, orders, np.zeros(len(orders), dtype=np.intp)).total_s
        assert lower_bound(ground, ends, limit).seconds <= ended.min() * (1 + 1e-9)
    order, end_s = best_order(ground, ends, limit)
    assert walked(ground, ends, [order], np.zeros(1, dtype=np.intp)).total_s[0] == pytest.approx(end_s)
    assert end_s <= 1.01 * ended.min()


@pytest.mark.parametrize("seed", range(12))
def test_no_plan_at_all_beats_the_bound_and_few_beat_the_drain(seed: int) -> None:
    inventory = draw_hard_cluster(seed, 4, 12).inventory
    answer = drained(inventory, "hv01", reserve=0)
    assert answer.end_s is not None
    assert answer.bound_s is not None
    ended, bounds = best_of_every_plan(inventory, "hv01")
    assert (bounds <= ended * (1 + 1e-9)).all()
    if len(ended) == 1:
        # One outcome of luck: the answer's middle is that of the walk.
        assert answer.bound_s <= ended[0] * (1 + 1e-9)
        assert answer.end_s.p50 <= 1.05 * ended[0] or told_of_preferred_owners(answer)


def told_of_preferred_owners(answer: DrainAnswer) -> bool:
    """Whether it says what preferred owners cost."""
    return any(one.what == "preferred owners" for one in answer.assumptions)


@pytest.mark.parametrize("seed", range(8))
def test_luck_in_teams_is_the_same_for_the_bound_and_for_every_plan(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inventory = estate(
        [{"memory_gib": float(rng.choice([1, 4, 16, 32])), "dirty_rate_mib_s": float(rng.choice([0, 200, 800]))}
         for _ in range(3)], team="set", simultaneous=4,
    )  # fmt: skip
    hosts = tuple(
        host.model_copy(
            update={
                "nic_gbps": float(rng.choice([1, 10, 25])),
                "nic_count": int(rng.choice([1, 2])),
                "balancing": str(rng.choice(["hyperv_port", "dynamic"])),
            }
        )
        for host in inventory.hosts
    )
    drawn = Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory
    ended, bounds = best_of_every_plan(drawn, "hv1")
    assert (bounds <= ended * (1 + 1e-9)).all()


def slower_ends(vms: list[Mapping[str, Any]], source: float) -> Inventory:
    """A fast source and two nodes of 10 Gbit/s, the second with 200 GiB in use."""
    inventory = estate([*vms, {"host": 2, "memory_gib": 200.0}], memory_gib=512.0, simultaneous=4)
    hosts = (inventory.hosts[0].model_copy(update={"nic_gbps": source}), *inventory.hosts[1:])
    return Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory


@pytest.mark.parametrize(("source", "count", "gib"), [(100.0, 2, 64.0), (25.0, 4, 32.0)])
def test_links_at_the_other_ends_are_filled_side_by_side(source: float, count: int, gib: float) -> None:
    answer = drained(slower_ends([{"memory_gib": gib, "workload": "idle"}] * count, source), reserve=0)
    assert Counter(move.destination for move in answer.moves) == {"hv2": count // 2, "hv3": count // 2}
    assert answer.end_s is not None
    assert answer.bound_s is not None
    assert answer.bound_s <= answer.end_s.p50 <= 1.05 * answer.bound_s


def test_preferred_owners_are_kept_and_their_cost_is_told() -> None:
    vms = [{"memory_gib": 32.0, "workload": "idle", "preferred_owners": ("hv2",)}] * 4
    answer = drained(slower_ends(vms, 100.0), reserve=0)
    assert {move.destination for move in answer.moves} == {"hv2"}
    assert answer.end_s is not None
    assert answer.bound_s is not None
    assert answer.bound_s < 0.6 * answer.end_s.p50
    assert told_of_preferred_owners(answer)


def test_slots_at_the_other_ends_are_shared_out() -> None:
    inventory = estate(
        [*[{"memory_gib": 16.0}] * 4, {"host": 2, "memory_gib": 200.0}], nic_gbps=100.0, memory_gib=512.0
    )
    limits = zip(inventory.hosts, (4, 1, 1), strict=True)
    hosts = tuple(host.model_copy(update={"simultaneous": limit}) for host, limit in limits)
    answer = drained(Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory, reserve=0)
    assert Counter(move.destination for move in answer.moves) == {"hv2": 2, "hv3": 2}
    assert answer.bound_by == "slots at the other ends"
    assert answer.end_s is not None
    assert answer.bound_s is not None
    assert answer.bound_s <= answer.end_s.p50 <= 1.05 * answer.bound_s


def test_a_move_that_waits_for_one_start_is_not_bound_by_starts() -> None:
    answer = drained(estate([{"memory_gib": 64.0, "workload": "idle"}] * 2, nic_gbps=100.0), reserve=0)
    assert answer.bound_by == "the longest move"


@pytest.mark.parametrize("seed", range(4))
def test_hard_clusters_end_near_the_bound(seed: int) -> None:
    answer = drained(draw_hard_cluster(seed, 8, 200).inventory, "hv01", reserve=0)
    assert answer.end_s is not None
    assert answer.bound_s is not None
    assert answer.bound_s <= answer.end_s.p50 * (1 + 1e-9)
    assert answer.end_s.p50 <= 1.05 * answer.bound_s or told_of_preferred_owners(answer)


@given(
    load=st.floats(0.1, 100.0),
    each=st.floats(0.1, 1.5),
    spare=st.floats(0.0, 100.0),
    slots=st.integers(1, 6),
)
def test_filled_slots_are_what_linear_programming_finds(load: float, each: float, spare: float, slots: int) -> None:
    from scipy.optimize import linprog

    sending = np.arange(slots + 1)
    rate, still = np.minimum(1.0, sending * each), slots - sending
    solved = linprog(np.ones(slots + 1), A_ub=-np.array([rate, still]), b_ub=-np.array([load, spare]))
    assert filled_slots(load, 1.0, each, spare, slots) == pytest.approx(solved.fun, rel=1e-6)


# ---------------------------------------------------------------- what is kept


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), reserve=st.integers(0, 2))
def test_room_and_reserve_are_kept_at_every_moment(seed: int, reserve: int) -> None:
    drawn = draw_cluster(seed, 8, 80)
    answer = drained(drawn.inventory, "hv01", reserve=reserve)
    if not answer.feasible:
        assert answer.constraint
        return
    table = drawn.vms
    room = {host.host: (host.memory_gib or 0.0) - HOST_KEEPS_GIB for host in drawn.hosts}
    size = {
        str(table.vm[row]): max(table.memory_gib[row], np.nan_to_num(table.startup_gib[row]))
        for row in range(len(table))
    }
    held = dict.fromkeys(room, 0.0)
    for row in range(len(table)):
        held[drawn.hosts[table.host[row]].host] += size[str(table.vm[row])]
    staying = [name for name in room if name != "hv01"]
    kept = sorted((room[name] for name in staying), reverse=True)[reserve:]
    # Replayed: a move takes its memory at the destination when it starts, and leaves the source when it ends.
    events = [(move.start_s.p50, 1, move) for move in answer.moves] + [
        (move.end_s.p50, 0, move) for move in answer.moves
    ]
    for _, starts, move in sorted(events, key=lambda event: (event[0], event[1])):
        held[move.destination if starts else "hv01"] += size[move.vm] * (1 if starts else -1)
        assert held[move.destination] <= room[move.destination] + 1e-6
        assert sum(held[name] for name in staying) <= sum(kept) + 1e-6
    assert held["hv01"] == pytest.approx(0.0, abs=1e-6)
    for load in answer.nodes[1:]:
        assert load.most_gib == pytest.approx(held[load.node])
        assert load.cpu_after is None or load.moves_in == 0 or load.cpu_after <= CPU_AT_MOST + 1e-9


def test_owners_of_other_case_and_with_a_domain_are_the_same() -> None:
    vms = [{"possible_owners": ("HV3.example.org",)}, {"preferred_owners": ("hv2",)}]
    moves = {move.vm: move.destination for move in drained(estate(vms)).moves}
    assert moves == {"vm1": "hv3", "vm2": "hv2"}


def test_names_that_share_their_first_part_are_different_nodes() -> None:
    inventory = estate([{"possible_owners": ("hv01.a.lan",)}, {"possible_owners": ("10.0.0.2",), "host": 1}])
    for names in (("hv02.a.lan", "hv01.a.lan", "hv01.b.lan"), ("hv02.a.lan", "hv01.b.lan", "hv01.a.lan")):
        named = zip(inventory.hosts, names, strict=True)
        hosts = tuple(host.model_copy(update={"host": name}) for host, name in named)
        drawn = Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory
        assert [move.destination for move in drained(drawn, "hv02", reserve=0).moves] == ["hv01.a.lan"]
        with pytest.raises(InventoryError, match="more than once"):
            drained(drawn, "hv01", reserve=0)
    named = zip(inventory.hosts, ("10.0.0.3", "10.0.0.1", "10.0.0.2"), strict=True)
    hosts = tuple(host.model_copy(update={"host": name}) for host, name in named)
    drawn = Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory
    assert [move.destination for move in drained(drawn, "10.0.0.1", reserve=0).moves] == ["10.0.0.2"]


def test_processors_that_a_host_says_are_busy_count_beside_its_vms() -> None:
    vms = [*[{"cpu_use": 0.1}] * 5, {"host": 1, "cpu_use": 0.05}, {"host": 2, "cpu_use": 0.05}]
    full = drained(estate(vms, cpu_busy=0.85), reserve=0)
    assert {blocker.why for blocker in full.blockers} == {"no_room"}
    for load in drained(estate(vms, cpu_busy=0.6), reserve=0).nodes[1:]:
        assert load.cpu_after is not None
        assert load.cpu_after <= CPU_AT_MOST


def test_processors_of_vms_of_which_nobody_knows_are_to_be_verified() -> None:
    inventory = estate([{"vcpus": 16}] * 6, cpu_busy=0.8)
    hosts = (inventory.hosts[0].model_copy(update={"cpu_busy": None}), *inventory.hosts[1:])
    answer = drained(Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory, reserve=0)
    assert [node.cpu_after for node in answer.nodes] == [None] * 3
    assert any("processors to spare" in check.text and check.state == "verify" for check in answer.checks)


def test_a_reserve_is_one_for_every_vm_not_for_their_sum() -> None:
    vms = [{"memory_gib": 2.0}, *[{"host": i, "memory_gib": 60.0} for i in (1, 2, 3)]]
    answer = drained(estate(vms, hosts=4, memory_gib=104.0))
    assert not answer.feasible
    assert "should hv2 fail, its VM of 60 GiB finds no room" in answer.constraint
    assert drained(estate(vms, hosts=4, memory_gib=104.0), reserve=0).feasible
    assert drained(estate(vms, hosts=4, memory_gib=130.0)).feasible


def test_only_what_cannot_be_apart_shares_a_node() -> None:
    vms = [
        {"anti_affinity": ("dc",)}, {"anti_affinity": ("dc",)}, {"anti_affinity": ("x",)},
        {"host": 1, "anti_affinity": ("x",)}, {"host": 2, "anti_affinity": ("x",)}, {"host": 1, "memory_gib": 100.0},
    ]  # fmt: skip
    answer = drained(estate(vms), reserve=0)
    assert [(one.vm, one.why) for one in answer.blockers] == [("vm3", "anti_affinity")]
    moves = {move.vm: move.destination for move in answer.moves}
    assert moves["vm1"] != moves["vm2"]


def test_a_class_that_cannot_be_kept_apart_is_told_and_moves() -> None:
    vms = [{"anti_affinity": ("dc",)}, {"host": 1, "anti_affinity": ("dc",)}]
    answer = drained(estate(vms, hosts=2), reserve=0)
    assert answer.feasible
    (blocker,) = answer.blockers
    assert (blocker.vm, blocker.why, blocker.blocks) == ("vm1", "anti_affinity", False)
    assert answer.moves[0].verdict is Verdict.CONDITIONS


def test_no_plan_names_the_constraint_with_its_numbers() -> None:
    vms = [{"memory_gib": 100.0}, *[{"host": i, "memory_gib": 120.0} for i in (1, 2)]]
    answer = drained(estate(vms))
    assert not answer.feasible
    assert answer.end_s is None
    assert answer.moves == ()
    assert answer.constraint == (
        "with a reserve of 1 node, 340 GiB of VMs would have to fit on the 2 remaining nodes less hv2, 252 GiB: "
        "88 GiB is missing; without a reserve (--reserve 0) they find room"
    )
    assert any(check.state == "no-go" for check in answer.checks)
    assert drained(estate(vms), reserve=0).feasible


def test_two_nodes_have_none_to_lose_and_are_told_so() -> None:
    answer = drained(estate([{}], hosts=2))
    assert not answer.feasible
    assert "with 1 node left there is none to lose" in answer.constraint
    assert "--reserve 0" in answer.constraint
    assert "8 GiB of VMs where there are 252 GiB" in answer.constraint
    without = drained(estate([{}], hosts=2), reserve=0)
    assert without.feasible
    assert any("no node is kept in reserve" in check.text for check in without.checks)
    full = drained(estate([{"memory_gib": 200.0}, {"host": 1, "memory_gib": 200.0}], hosts=2))
    assert not full.feasible


# ---------------------------------------------------------------- what blocks


@pytest.mark.parametrize(
    ("column", "why", "mend"),
    [
        ("passthrough_disk", "passthrough_disk", "shut it down"),
        ("device_assigned", "device_assigned", "Remove-VMAssignableDevice"),
        ("local_iso", "local_iso", "Set-VMDvdDrive"),
    ],
)
def test_what_is_tied_to_the_host_blocks(column: str, why: str, mend: str) -> None:
    answer = drained(estate([{column: 1.0}, {}]))
    (blocker,) = answer.blockers
    assert (blocker.vm, blocker.why, blocker.blocks) == ("vm1", why, True)
    assert mend in blocker.mend
    assert not answer.feasible
    assert answer.end_s is None
    assert [move.vm for move in answer.moves] == ["vm2"]
    assert any(check.state == "no-go" and "vm1" in check.text for check in answer.checks)


def test_owners_that_are_down_and_memory_that_is_nowhere_block() -> None:
    vms = [{"possible_owners": ("hv1", "hv9")}, {"memory_gib": 250.0}, {}]
    answer = drained(estate(vms + [{"host": i, "memory_gib": 20.0} for i in (1, 2)]), reserve=0)
    assert {blocker.vm: blocker.why for blocker in answer.blockers} == {"vm1": "no_owner", "vm2": "no_room"}


def test_a_vm_that_will_not_converge_is_named_and_moves() -> None:
    vms = [{"memory_gib": 64.0, "dirty_rate_mib_s": 4000.0, "working_set_gib": 48.0}, {}]
    answer = drained(estate(vms))
    assert answer.feasible
    (blocker,) = answer.blockers
    assert (blocker.vm, blocker.why, blocker.blocks) == ("vm1", "endless", False)
    assert "quick migration" in blocker.mend
    assert next(move for move in answer.moves if move.vm == "vm1").verdict is Verdict.CONDITIONS


# ---------------------------------------------------------------- what a cluster does


def test_a_native_drain_goes_by_priority_and_saves_the_low() -> None:
    vms = [{"priority": one} for one in ("low", None, "high", "no_auto_start", "medium")]
    answer = drained(estate(vms), mode="native")
    ways = {move.vm: move.way for move in answer.moves}
    assert ways == {"vm1": "quick", "vm2": "live", "vm3": "live", "vm4": "quick", "vm5": "live"}
    assert [move.vm for move in answer.moves] == ["vm3", "vm2", "vm5", "vm1", "vm4"]
    saved = next(move for move in answer.moves if move.vm == "vm1")
    # 8 GiB written and read at 500 MiB/s.
    assert 2 * 8 * 1024 / 1500 < saved.dark_s.p50 < 4 * 8 * 1024 / 200
    assert saved.dark_s.p50 == pytest.approx(saved.end_s.p50 - saved.start_s.p50, rel=0.2)
    assert any("saved states" in one.what for one in answer.assumptions)


def test_the_threshold_of_the_cluster_counts() -> None:
    vms = [{"priority": "low"}, {"priority": "medium"}]
    every = drained(estate(vms, cluster={"move_type_threshold": 0}), mode="native")
    none = drained(estate(vms, cluster={"move_type_threshold": 3000}), mode="native")
    assert {move.way for move in every.moves} == {"live"}
    assert {move.way for move in none.moves} == {"quick"}
    assert {move.way for move in drained(estate(vms)).moves} == {"live"}


def test_a_native_drain_goes_where_most_memory_is_free() -> None:
    vms = [{}, {}, {"host": 1, "memory_gib": 64.0}]
    assert {move.destination for move in drained(estate(vms), mode="native").moves} == {"hv3"}


def test_a_native_drain_keeps_no_reserve_and_looks_at_no_processors() -> None:
    answer = drained(estate([{"cpu_use": 0.45}] * 2, hosts=2, cpu_busy=0.9), mode="native", reserve=1)
    assert answer.feasible
    assert any(one.what == "nodes in reserve" and one.value == "none is asked for" for one in answer.assumptions)
    assert any(check.state == "no-go" and "may lose 1 more node" in check.text for check in answer.checks)


def test_a_native_drain_leaves_what_finds_no_room_and_says_so() -> None:
    inventory = estate([{"memory_gib": 100.0}] * 3, hosts=2)
    answer = drained(inventory, mode="native", goals=Goals(window_s=7200.0), reserve=0)
    assert not answer.feasible
    assert (answer.end_s, answer.window) == (None, "misses")
    assert [move.vm for move in answer.moves] == ["vm1", "vm2"]
    assert [(one.vm, one.why, one.blocks) for one in answer.blockers] == [("vm3", "no_room", True)]
    assert "hv2 with 52 GiB" in answer.constraint


def test_a_native_drain_prefers_owners_then_keeps_apart_then_goes_where_most_is_free() -> None:
    vms = [
        {"anti_affinity": ("dc",)}, {"anti_affinity": ("dc",)}, {"preferred_owners": ("hv3",)},
        {"anti_affinity": ("dc",), "preferred_owners": ("hv2",)}, {"host": 2, "memory_gib": 64.0},
    ]  # fmt: skip
    answer = drained(estate(vms), mode="native", reserve=0)
    assert {move.vm: move.destination for move in answer.moves} == {
        "vm1": "hv2", "vm2": "hv3", "vm3": "hv3", "vm4": "hv2",
    }  # fmt: skip
    assert {one.vm for one in answer.blockers if one.why == "anti_affinity"} == {"vm1", "vm4"}


def test_what_is_set_up_for_live_moves_is_no_part_of_a_saved_vms_outage() -> None:
    (move,) = drained(estate([{"priority": "low", "memory_gib": 1.0}], hosts=2), mode="native", reserve=0).moves
    # 1 GiB written and read at 500 MiB/s, and half a second of state.
    assert move.dark_s.p50 == pytest.approx(2 * 1024 / 500, abs=1.5)


def test_slots_are_refilled_in_a_native_drain() -> None:
    answer = drained(estate([{"workload": "idle"}] * 6), mode="native")
    assert max(overlap(answer)) == 2
    ends = sorted(move.end_s.p50 for move in answer.moves)
    third = answer.moves[2].start_s.p50
    assert third == pytest.approx(ends[0], rel=0.05)


# ---------------------------------------------------------------- goals, checks, questions


def test_the_window_is_held_at_the_quantile_of_the_risk() -> None:
    inventory = estate([{"workload": "idle"}] * 8)
    end = drained(inventory).end_s
    assert end is not None
    between = (end.p50 + end.p95) / 2
    held = {
        risk: drained(inventory, goals=Goals(window_s=between, risk=risk)).window
        for risk in (Risk.CONSERVATIVE, Risk.AGGRESSIVE)
    }
    assert held == {Risk.CONSERVATIVE: "misses", Risk.AGGRESSIVE: "meets"}
    assert drained(inventory).window == "none"


def test_a_blackout_limit_is_held_against_every_move() -> None:
    inventory = estate([{"workload": "idle", "priority": "low"}, {"workload": "idle"}])
    strict = drained(inventory, mode="native", goals=Goals(max_blackout_s=5.0))
    verdicts = {move.vm: move.verdict for move in strict.moves}
    assert verdicts == {"vm1": Verdict.NOT_RECOMMENDED, "vm2": Verdict.READY}
    short = drained(inventory, goals=Goals(max_blackout_s=1.0))
    assert {move.verdict for move in short.moves} == {Verdict.UNKNOWN}


def test_vms_that_stay_leave_the_others_their_time() -> None:
    vms = [{"passthrough_disk": 1.0}, {}, {}]
    answer, without = drained(estate(vms)), drained(estate([{}, {}]))
    assert (answer.feasible, answer.end_s, without.others_s) == (False, None, None)
    assert answer.others_s is not None
    assert without.end_s is not None
    assert answer.others_s.p50 == pytest.approx(without.end_s.p50, rel=0.05)
    (check,) = [one for one in answer.checks if one.state == "no-go"]
    assert check.text.endswith("vm1: shut it down first (pass-through disk)")


def test_a_blackout_limit_that_moves_break_is_no_go() -> None:
    writes = {"memory_gib": 64.0, "dirty_rate_mib_s": 4000.0, "working_set_gib": 48.0}
    answer = drained(estate([writes, writes]), goals=Goals(max_blackout_s=5.0))
    (check,) = [one for one in answer.checks if one.when == "before" and "dark for more than 5 s" in one.text]
    assert (check.when, check.state) == ("before", "no-go")
    assert "2 of 2 VMs may be, vm1, vm2" in check.text
    doubtful = drained(estate([{"workload": "idle"}]), goals=Goals(max_blackout_s=1.0))
    (check,) = [one for one in doubtful.checks if one.when == "before" and "dark for more than 1 s" in one.text]
    assert check.state == "verify"
    assert not any("dark for more" in one.text for one in drained(estate([{}])).checks if one.when == "before")


def test_a_node_over_full_beforehand_is_no_fault_of_the_plan() -> None:
    vms = [{}, {"host": 1, "memory_gib": 300.0}]
    answer = drained(estate(vms), reserve=0)
    told = {one.text: one.state for one in answer.checks if one.when == "before"}
    assert "go" in {state for text, state in told.items() if "fullest then: hv3" in text}
    assert told["the inventory is right about hv2: more memory of VMs than there is"] == "verify"


def test_planned_moves_have_commands_and_names_in_them_stay_names() -> None:
    answer = drained(estate([{"vm": "web01"}, {"vm": "sql[01]*'?"}]))
    commands = {move.vm: move.command for move in answer.moves}
    assert commands["web01"].startswith("Move-ClusterVirtualMachineRole -Name 'web01' -Node 'hv")
    assert commands["sql[01]*'?"].startswith(
        "Get-ClusterGroup | where Name -eq 'sql[01]*''?' | Move-ClusterVirtualMachineRole -Node 'hv"
    )
    assert not any(move.command for move in drained(estate([{}]), mode="native").moves)


def test_an_empty_host_beside_nodes_that_are_down_has_nothing_to_move() -> None:
    made = estate([{"host": 1}])
    hosts = (made.hosts[0], *(one.model_copy(update={"state": "down"}) for one in made.hosts[1:]))
    answer = drained(Drawn(made.clusters[0], hosts, next(made.tables())).inventory)
    assert (answer.feasible, answer.moves) == (True, ())
    assert answer.end_s is not None
    assert answer.end_s.p95 == 0.0


def test_a_host_that_is_down_has_nothing_to_drain() -> None:
    made = estate([{}, {"local_iso": 1.0}])
    hosts = (made.hosts[0].model_copy(update={"state": "down"}), *made.hosts[1:])
    answer = drained(Drawn(made.clusters[0], hosts, next(made.tables())).inventory, goals=Goals(window_s=60.0))
    assert (answer.feasible, answer.end_s, answer.moves, answer.blockers) == (False, None, (), ())
    assert answer.constraint.startswith("hv1 is down")


def test_the_recommended_setting_may_be_taken() -> None:
    inventory = estate([{}] * 6, performance_option=None, nic_count=2, nic_gbps=25.0, rdma="iwarp")
    today, better = drained(inventory), drained(inventory, wanted=Wanted(recommended=True))
    assert "Compression" in today.setting
    assert "SMB" in better.setting


def test_checks_tell_before_during_and_after_with_numbers() -> None:
    answer = drained(estate([{}] * 4), goals=Goals(window_s=3600.0, max_blackout_s=5.0))
    assert {check.when for check in answer.checks} == {"before", "during", "after"}
    assert any("p95" in check.text for check in answer.checks if check.when == "during")
    assert any(check.text.startswith("stop where") for check in answer.checks)
    assert any("Suspend-ClusterNode 'hv1'" in check.how for check in answer.checks if check.when == "after")


def test_a_move_is_late_past_the_p95_of_its_own_time() -> None:
    answer = drained(estate([{"priority": "low", "workload": "idle"}], hosts=2), mode="native", reserve=0)
    (move,) = answer.moves
    late = next(check.text for check in answer.checks if check.text.startswith("vm1 takes about"))
    # It is dark from its start to its end.
    assert format_duration(move.dark_s.p50) in late
    assert format_duration(move.dark_s.p95) in late
    assert "look at the storage" in late


def test_nodes_that_are_down_take_nothing_and_are_told() -> None:
    inventory = estate([{}] * 2)
    hosts = (inventory.hosts[0], inventory.hosts[1].model_copy(update={"state": "down"}), inventory.hosts[2])
    answer = drained(Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory, reserve=0)
    assert {move.destination for move in answer.moves} == {"hv3"}
    assert any(check.state == "no-go" and "hv2" in check.text for check in answer.checks)


def test_a_host_without_vms_is_drained_at_once() -> None:
    answer = drained(estate([{"host": 1}]))
    assert answer.end_s is not None
    assert (answer.end_s.p95, answer.moves, answer.feasible) == (0.0, (), True)


@pytest.mark.parametrize(
    ("host", "words"),
    [("hv11", "did you mean"), ("nothing-like-it", "no host"), ("lone", "stands alone")],
)
def test_hosts_that_cannot_be_drained_are_told_in_words(host: str, words: str) -> None:
    inventory = estate([{}])
    hosts = (*inventory.hosts, EstateHost(host="lone"))
    with pytest.raises(InventoryError, match=words):
        drain(Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory, host)


def test_what_a_host_uses_counts_once_for_its_vms() -> None:
    # Half of 32 cores is 16: one VM says 14.4 of them, so that 1.6 are of the other, whatever it has of processors.
    vms = [{"cpu_use": 0.45, "vcpus": 2}, {"vcpus": 8}]
    cluster = estate(vms, hosts=2, cores=32, cpu_busy=0.5)
    one, _ = cluster_with(cluster, "hv1", assumed_from(()))
    assert one.cores.tolist() == pytest.approx([14.4, 1.6])
    quiet, _ = cluster_with(
        estate([{"vcpus": 2}, {"vcpus": 6}], hosts=2, cores=32, cpu_busy=0.5), "hv1", assumed_from(())
    )
    assert quiet.cores.tolist() == pytest.approx([4.0, 12.0])
    over, _ = cluster_with(estate([{"cpu_use": 0.6}, {}], hosts=2, cores=32, cpu_busy=0.5), "hv1", assumed_from(()))
    assert over.cores.tolist() == pytest.approx([19.2, 0.0])


def test_processors_that_bind_are_named() -> None:
    vms = [*[{"cpu_use": 0.45}] * 3, {"host": 1, "cpu_use": 0.1}, {"host": 2, "cpu_use": 0.1}]
    answer = drained(estate(vms, hosts=3, cores=32), reserve=0)
    assert not answer.feasible
    assert "cores" in answer.constraint


def test_a_host_may_be_called_anything() -> None:
    cluster = estate([{}], hosts=2)
    odd = replace(cluster, hosts=(cluster.hosts[0].model_copy(update={"host": "rack/7"}), *cluster.hosts[1:]))
    assert drain(odd, "rack/7", asked=Asked(reserve=0)).host == "rack/7"
    assert drain(odd, "c1/rack/7", asked=Asked(reserve=0)).host == "rack/7"
    hosts = tuple(one.model_copy(update={"cluster": "hall/2"}) for one in odd.hosts)
    clusters = tuple(one.model_copy(update={"cluster": "hall/2"}) for one in odd.clusters)
    within = replace(odd, hosts=hosts, clusters=clusters)
    assert drain(within, "hall/2/rack/7", asked=Asked(reserve=0)).host == "rack/7"


def test_the_host_of_a_cluster_is_drained_and_none_whose_name_reads_alike() -> None:
    one = estate([{"host": 0}, {"host": 2}], hosts=4)
    names = (("A", "b"), ("A", "x"), ("B", "A/b"), ("B", "y"))
    hosts = tuple(
        each.model_copy(update={"cluster": cluster, "host": host})
        for each, (cluster, host) in zip(one.hosts, names, strict=True)
    )
    both = replace(
        one, hosts=hosts, clusters=tuple(one.clusters[0].model_copy(update={"cluster": name}) for name in "AB")
    )
    asked = Asked(reserve=0)
    assert drain(both, "b", cluster="A", asked=asked).host == "b"
    assert drain(both, "A/b", cluster="B", asked=asked).host == "A/b"
    assert drain(both, "A/b", asked=asked).host == "A/b", "a name in full is meant first"
    assert drain(both, "A/x", asked=asked).host == "x"
    with pytest.raises(InventoryError, match="no host"):
        drain(both, "y", cluster="A", asked=asked)
