"""A patch night: the sum of its turns, what takes most, what helps, and when a node cannot be drained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from advisor.domain.drain import PatchAnswer
from advisor.domain.estate import EstateCluster
from advisor.domain.goals import Goals, Risk
from advisor.domain.inventory import Inventory
from advisor.errors import InventoryError
from advisor.fleet.assumed import assumed_from
from advisor.fleet.drain import drain
from advisor.fleet.in_force import Asked, setting_of
from advisor.fleet.night import Grounds, round_of, times_of
from advisor.fleet.one_cluster import cluster_named
from advisor.fleet.order import plain_order, walked
from advisor.fleet.patch import patch
from advisor.fleet.patch_course import RESYNC_S, Course, Night, NightPlan, course_of
from advisor.residual.card_files import shipped_card
from advisor.residual.spread import combine, swings
from tests.fleet.drawn_clusters import Drawn, draw_cluster
from tests.fleet.test_drain import estate

MINUTE = 60.0


def cluster(vms: int = 12, hosts: int = 4, *, storage: str = "shared", **host: Any) -> Inventory:
    """VMs spread over equal hosts."""
    made = estate([{"host": i % hosts, "workload": "idle"} for i in range(vms)], hosts, **host)
    settings = EstateCluster(cluster="c1", storage=storage)
    return Drawn(settings, made.hosts, next(made.tables())).inventory


def patched(inventory: Inventory, night: Night | None = None, **asked: Any) -> PatchAnswer:
    return patch(inventory, "c1", night=night, asked=Asked(**asked))


def sure(minutes: float) -> tuple[float, float, float]:
    return (minutes * MINUTE,) * 3


def test_a_night_is_the_sum_of_its_turns() -> None:
    night = Night(update=sure(30), health=sure(2), resync=sure(10))
    answer = patched(cluster(), night)
    assert answer.total_s is not None
    assert [step.step for step in answer.steps[:5]] == ["drain", "update", "resync", "health", "fail_back"]
    assert len(answer.steps) == 4 * 5
    own = {step.step: sum(one.time_s.p50 for one in answer.steps if one.step == step.step) for step in answer.steps}
    assert own["update"] == pytest.approx(4 * 30 * MINUTE)
    assert own["resync"] == pytest.approx(4 * 10 * MINUTE)
    assert answer.total_s.p50 == pytest.approx(sum(own.values()), rel=1e-6)
    assert sum(answer.shares.values()) == pytest.approx(1.0)
    for before, after in zip(answer.steps, answer.steps[1:], strict=False):
        assert after.start_s.p50 == pytest.approx(before.start_s.p50 + before.time_s.p50)


def test_a_drain_takes_in_the_night_what_it_takes_alone() -> None:
    inventory = cluster()
    alone = drain(inventory, "hv1").end_s
    answer = patched(inventory)
    own = next(step for step in answer.steps if step.step == "drain")
    assert alone is not None
    assert own.time_s.p50 == pytest.approx(alone.p50, rel=0.05)
    assert own.moves == 3


def test_quantiles_of_the_whole_are_no_sums_of_quantiles() -> None:
    answer = patched(cluster())
    assert answer.total_s is not None
    assert answer.total_s.p05 < answer.total_s.p50 < answer.total_s.p95
    assert answer.total_s.p95 < sum(step.time_s.p95 for step in answer.steps)
    for step in answer.steps:
        assert step.start_s.p05 <= step.start_s.p50 <= step.start_s.p95
        assert step.time_s.p05 <= step.time_s.p50 <= step.time_s.p95


def test_every_trip_is_simulated_in_every_variant() -> None:
    # Nodes that differ, some columns not known: a trip alone takes in each variant what it takes beside others.
    drawn = draw_cluster(3, 8, 72, unlike=True)
    open_ = tuple(one.model_copy(update={"nic_gbps": None}) if i % 3 else one for i, one in enumerate(drawn.hosts))
    one = cluster_named(Drawn(drawn.cluster, open_, drawn.vms).inventory, "c1", assumed_from(()))
    setting = setting_of(one.hosts, one.cluster, one.words, one.assumed, shipped_card("hyperv"))
    night = round_of(one, range(8), 0, fail_back=True)
    times, grounds = times_of(one, setting, night), Grounds(one, setting)
    assert "host.nic_gbps" in times.factors
    for trips, found in ((night.out, times.out_s), (night.back, times.back_s)):
        at_once = times.at_once if trips is night.out else max(setting.slots(node) for node in range(8))
        for i, trip in enumerate(trips):
            ground = grounds.of(trip)
            order = plain_order(np.argsort(-ground.alone.seconds[:, 0], kind="stable").tolist(), at_once)
            every = np.arange(ground.variants)
            alone = walked(ground, trip.ends, [order] * every.size, every).total_s
            own = [0, *(1 + 2 * times.factors.index(name) + end for name in ground.factors for end in (0, 1))]
            ratio = found[i, own] / alone[: len(own)]
            if i == int(np.argmax([sum(one.memory_gib[list(each.rows)]) for each in trips])) and trips is night.out:
                assert (ratio <= ratio[0] * 1.2).all()  # the order of the longest was searched for
            else:
                assert ratio == pytest.approx(ratio[0], rel=1e-6)


def test_the_nights_quantiles_are_those_of_simulated_sums() -> None:
    inventory = cluster(24, nic_gbps=1.0)
    course = night_of(inventory)
    whole = course.seconds.sum(axis=0)
    spread = combine(whole[:1], *swings(whole[:1], whole[1::2, None], whole[2::2, None]), 0.0)
    answer = patched(inventory)
    assert answer.total_s is not None
    for share, told in ((0.05, answer.total_s.p05), (0.5, answer.total_s.p50), (0.95, answer.total_s.p95)):
        assert told == pytest.approx(float(spread.quantile(share)[0]))


def night_of(inventory: Inventory) -> Course:
    """The course of its night."""
    one, asked, night = cluster_named(inventory, "c1", assumed_from(())), Asked(), Night()
    setting = setting_of(one.hosts, one.cluster, one.words, one.assumed, asked.own_card)
    turns = round_of(one, range(len(one.hosts)), asked.reserve, fail_back=True)
    return course_of(NightPlan(one, night, asked, setting, turns), times_of(one, setting, turns))


def test_sure_updates_leave_the_width_to_the_moves() -> None:
    wide, narrow = patched(cluster()), patched(cluster(), Night(update=sure(30), health=sure(2)))
    assert wide.total_s is not None
    assert narrow.total_s is not None
    assert narrow.total_s.p95 / narrow.total_s.p05 < wide.total_s.p95 / wide.total_s.p05


def test_storage_of_the_nodes_has_to_be_resynced() -> None:
    shared, nodes = patched(cluster()), patched(cluster(storage="nodes"))
    assert "resync" not in shared.shares
    assert nodes.shares["resync"] == max(nodes.shares.values())
    assert nodes.binds.startswith("resyncs of the storage")
    assert any("resync" in one.what and "40 min" in one.value for one in nodes.assumptions)
    steps = [step for step in nodes.steps if step.step == "resync"]
    assert len(steps) == 4
    assert steps[0].time_s.p50 == pytest.approx(RESYNC_S[1])
    assert any("virtual disk" in check.text for check in nodes.checks if check.when == "during")


def test_without_fail_back_the_next_nodes_have_more_to_move() -> None:
    inventory = cluster(nic_gbps=1.0)
    back, stay = patched(inventory), patched(inventory, Night(fail_back=False))
    assert {step.step for step in stay.steps} == {"drain", "update", "health"}
    assert sum(step.moves for step in stay.steps) > sum(step.moves for step in back.steps if step.step == "drain")
    assert back.total_s is not None
    assert stay.total_s is not None
    assert stay.total_s.p50 < back.total_s.p50
    assert any(one.what.startswith("no fail-back") for one in back.helps)
    assert not any(one.what.startswith("no fail-back") for one in stay.helps)


def test_vms_that_stay_away_are_where_their_drain_took_them() -> None:
    one = cluster_named(cluster(), "c1", assumed_from(()))
    rolling = round_of(one, range(4), 1, fail_back=False)
    where = one.vms.host.tolist()
    for trip in rolling.out:
        assert sorted(trip.rows) == [row for row, at in enumerate(where) if at == trip.node]
        for row, (_, end) in zip(trip.rows, trip.ends, strict=True):
            where[row] = end
    there_and_back = round_of(one, range(4), 1, fail_back=True)
    assert [trip.ends for trip in there_and_back.back] == [
        tuple((end, source) for source, end in trip.ends) for trip in there_and_back.out
    ]


def test_helps_are_ranked_and_hold() -> None:
    inventory = cluster(48, nic_gbps=1.0, simultaneous=1)
    answer = patched(inventory, Night(update=sure(5), health=sure(1)))
    saved = [one.saves_s for one in answer.helps]
    assert saved == sorted(saved, reverse=True)
    assert answer.total_s is not None
    faster = next(one for one in answer.helps if one.what == "NICs of 10 Gbit/s instead of 1")
    really = patched(cluster(48, nic_gbps=10.0, simultaneous=1), Night(update=sure(5), health=sure(1)))
    assert really.total_s is not None
    assert faster.total_s.p50 == pytest.approx(really.total_s.p50, rel=0.05)
    for one in answer.helps:
        assert one.saves_s == pytest.approx(answer.total_s.p50 - one.total_s.p50)


def test_the_window_is_held_against_the_whole() -> None:
    inventory = cluster()
    total = patched(inventory).total_s
    assert total is not None
    between = (total.p50 + total.p95) / 2
    for risk, window in ((Risk.CONSERVATIVE, "misses"), (Risk.AGGRESSIVE, "meets")):
        assert patched(inventory, goals=Goals(window_s=between, risk=risk)).window == window


def test_a_node_that_cannot_be_drained_is_named_with_its_numbers() -> None:
    answer = patched(cluster(48, hosts=3, memory_gib=256.0))
    assert not answer.feasible
    assert answer.total_s is None
    # 48 of 8 GiB on two nodes, of which one may be lost: 384 where there are 252.
    assert answer.constraint.startswith("hv1: with a reserve of 1 node, 384 GiB of VMs")
    assert "132 GiB is missing" in answer.constraint
    assert patched(cluster(48, hosts=3, memory_gib=256.0), reserve=0).feasible


def test_vms_that_block_are_named_and_the_rest_is_timed() -> None:
    made = estate([{"host": i % 3, "local_iso": 1.0 if i == 4 else None} for i in range(9)])
    answer = patched(Drawn(made.clusters[0], made.hosts, next(made.tables())).inventory)
    assert not answer.feasible
    assert [blocker.vm for blocker in answer.blockers] == ["vm5"]
    assert answer.constraint.startswith("vm5 cannot leave its node")
    assert answer.total_s is not None


def test_a_cluster_without_vms_takes_its_updates() -> None:
    made = estate([{}], 3)
    empty = Drawn(made.clusters[0], made.hosts, next(made.tables()).take([])).inventory
    answer = patched(empty, Night(update=sure(30), health=sure(0)))
    assert answer.total_s is not None
    assert answer.total_s.p50 == pytest.approx(3 * 30 * MINUTE)


@pytest.mark.parametrize(("name", "words"), [("c2", "did you mean c1"), ("lone", "no cluster")])
def test_clusters_that_cannot_be_patched_are_told_in_words(name: str, words: str) -> None:
    with pytest.raises(InventoryError, match=words):
        patch(cluster(), name)
