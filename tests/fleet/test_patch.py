"""A patch night: the sum of its turns, what takes most, what helps, and when a node cannot be drained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from advisor.domain.drain import PatchAnswer
from advisor.domain.estate import EstateCluster, EstateHost
from advisor.domain.goals import Goals, Risk
from advisor.domain.inventory import Inventory
from advisor.domain.options import Transport
from advisor.errors import InventoryError, ScenarioError
from advisor.fleet.assumed import assumed_from
from advisor.fleet.drain import drain
from advisor.fleet.in_force import Asked, Wanted, setting_of
from advisor.fleet.night import round_of
from advisor.fleet.night_times import Grounds, times_of
from advisor.fleet.night_walk import Walks, walked_together
from advisor.fleet.one_cluster import cluster_named
from advisor.fleet.order import plain_order, walked
from advisor.fleet.patch import patch
from advisor.fleet.patch_course import RESYNC_S, Course, Night, NightPlan, course_of
from advisor.fleet.placement import NoPlace
from advisor.reports.fleet.runbook_words import patch_headline
from advisor.residual.card_files import shipped_card
from advisor.residual.spread import combine, swings
from advisor.units import format_duration
from tests.fleet.drawn_clusters import Drawn, draw_cluster
from tests.fleet.test_drain import estate
from tests.fleet.test_drain_answers import with_missed

MINUTE = 60.0


def cluster(
    vms: int = 12, hosts: int = 4, *, storage: str = "shared", smb_factor: int | None = None, **host: Any
) -> Inventory:
    """VMs spread over equal hosts."""
    made = estate([{"host": i % hosts, "workload": "idle"} for i in range(vms)], hosts, **host)
    enabled = None if smb_factor is None else True
    settings = EstateCluster(
        cluster="c1", storage=storage, smb_limit_factor=smb_factor, smb_limit_enabled=enabled, max_parallel_migrations=2
    )
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
    night = round_of(one, setting, range(8), 0, fail_back=True)
    times, grounds = times_of(one, setting, night), Grounds(one, setting)
    assert "host.nic_gbps" in times.factors
    for trips, found in ((night.out, times.out_s), (night.back, times.back_s)):
        for i, trip in enumerate(trips):
            ground = grounds.of(trip)
            at_once = (times.out_at_once if trips is night.out else times.back_at_once)[i]
            order = plain_order(np.argsort(-ground.alone.seconds[:, 0], kind="stable").tolist(), at_once)
            every = np.arange(ground.variants)
            if trips is night.out:
                alone = walked(ground, trip.ends, [order] * every.size, every).total_s
            else:
                alone = walked_together([Walks.in_every_variant(trip, ground, order)])[0].total_s
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
    turns = round_of(one, setting, range(len(one.hosts)), asked.reserve, fail_back=True)
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
    setting = setting_of(one.hosts, one.cluster, one.words, one.assumed, shipped_card("hyperv"))
    rolling = round_of(one, setting, range(4), 1, fail_back=False)
    where = one.vms.host.tolist()
    for trip in rolling.out:
        assert sorted(trip.rows) == [row for row, at in enumerate(where) if at == trip.node]
        for row, (_, end) in zip(trip.rows, trip.ends, strict=True):
            where[row] = end
    there_and_back = round_of(one, setting, range(4), 1, fail_back=True)
    assert [trip.ends for trip in there_and_back.back] == [
        tuple((end, source) for source, end in trip.ends) for trip in there_and_back.out
    ]


def test_helps_are_ranked_and_hold() -> None:
    inventory = cluster(48, nic_gbps=1.0, simultaneous=1)
    answer = patched(inventory, Night(update=sure(5), health=sure(1)))
    # What has to be bought comes last, whatever it saves.
    ranks = [(one.what.startswith("NICs"), -one.saves_s) for one in answer.helps]
    assert ranks == sorted(ranks)
    assert {bought for bought, _ in ranks} == {True, False}
    assert answer.total_s is not None
    faster = next(one for one in answer.helps if one.what == "NICs of 10 Gbit/s instead of 1")
    really = patched(cluster(48, nic_gbps=10.0, simultaneous=1), Night(update=sure(5), health=sure(1)))
    assert really.total_s is not None
    assert faster.total_s.p50 == pytest.approx(really.total_s.p50, rel=0.05)
    for one in answer.helps:
        assert one.saves_s == pytest.approx(answer.total_s.p50 - one.total_s.p50)


def test_helps_are_simulated_with_intervals_of_their_own() -> None:
    inventory, night = cluster(48, nic_gbps=1.0, simultaneous=1), Night(update=(300.0, 600.0, 3600.0), health=sure(1))
    answer = patched(inventory, night)
    told = next(one for one in answer.helps if one.what.startswith("updates and reboots in 5 min"))
    really = patched(inventory, Night(update=sure(5), health=sure(1))).total_s
    assert really is not None
    assert answer.total_s is not None
    assert told.total_s == really
    assert told.total_s.p95 / told.total_s.p50 < answer.total_s.p95 / answer.total_s.p50
    faster = next(one for one in answer.helps if one.what == "NICs of 10 Gbit/s instead of 1")
    with_faster = patched(cluster(48, nic_gbps=10.0, simultaneous=1), night).total_s
    assert with_faster is not None
    assert faster.total_s.p95 == pytest.approx(with_faster.p95, rel=0.05)


def test_some_nodes_stand_for_many_in_what_helps() -> None:
    answer = patched(cluster(90, hosts=9, nic_gbps=1.0), Night(update=sure(1), health=sure(1)))
    faster = next(one for one in answer.helps if one.what == "NICs of 10 Gbit/s instead of 1")
    really = patched(cluster(90, hosts=9, nic_gbps=10.0), Night(update=sure(1), health=sure(1))).total_s
    assert really is not None
    assert faster.total_s.p50 == pytest.approx(really.p50, rel=0.05)


def test_a_limit_on_smb_is_lifted_before_nics_are_bought() -> None:
    night = Night(update=sure(1), health=sure(1))
    smb: dict[str, Any] = {"nic_gbps": 10.0, "performance_option": "SMB", "os": "2022"}
    made = [cluster(24, smb_factor=factor, **smb) for factor in (1000, 5000)]
    held, lifted = (patched(one, night) for one in made)
    told = next(one for one in held.helps if "SMBBandwidthLimitFactor = 5000" in one.what)
    assert told.what.startswith("the cluster's limit on SMB live migration: 50 %")
    assert lifted.total_s is not None
    assert told.total_s.p50 == pytest.approx(lifted.total_s.p50, rel=0.05)
    assert not any("SMBBandwidthLimitFactor" in one.what for one in lifted.helps)
    nics = [one for one in held.helps if one.what.startswith("NICs")]
    assert nics
    assert all(one.what.endswith(", and the limits on SMB lifted") and one.saves_s > told.saves_s for one in nics)


def test_limits_that_hosts_have_of_their_own_are_lifted_too() -> None:
    inventory = cluster(24, nic_gbps=10.0, performance_option="SMB", smb_factor=10_000, smb_limit_mib_s=200.0)
    answer = patched(inventory, Night(update=sure(1), health=sure(1)))
    assert any(one.what.startswith("the hosts' own limit on SMB live migration: none") for one in answer.helps)


def test_the_window_is_answered_with_and_without_a_plan() -> None:
    night = Night(update=sure(30), health=sure(2))
    for vms, done in (([{}], ""), ([{}, {"local_iso": 1.0}], ", what blocks dealt with,")):
        inventory = estate(vms)
        for hours, state in ((1.0, "no-go"), (8.0, "go")):
            answer = patched(inventory, night, goals=Goals(window_s=hours * 3600), reserve=0)
            stands = "meets" if state == "go" else "misses"
            assert (answer.window, answer.window_then) == ((stands, "none") if not done else ("misses", stands))
            (check,) = (one for one in answer.checks if "within the window" in one.text)
            assert (check.when, check.state) == ("before", state)
            assert check.text.startswith(
                f"the night is over{done} within the window of {format_duration(hours * 3600)}"
            )
            verb = "fits" if state == "go" else "misses"
            assert f"{verb} the window of {format_duration(hours * 3600)} at p80" in patch_headline(answer)


def test_a_night_stops_in_time_for_its_window() -> None:
    answer = patched(cluster(), Night(health=sure(2)), goals=Goals(window_s=5 * 3600))
    assert answer.window == "meets"
    (check,) = (one for one in answer.checks if "2 of 4 nodes" in one.text)
    assert "begin no further turn" in check.text
    assert "at the latest" not in check.text
    (late,) = (one for one in patched(cluster()).checks if "2 of 4 nodes" in one.text)
    assert "at the latest" in late.text


def test_a_running_vm_that_cannot_be_read_leaves_no_plan_for_the_night() -> None:
    answer = patched(with_missed(estate([{}]), "hv2"), reserve=0)
    assert not answer.feasible
    assert answer.constraint.startswith("z is not in this plan: it may well run on hv2")
    assert [(one.vm, one.node, one.why) for one in answer.blockers] == [("z", "hv2", "unread")]
    (check,) = (one for one in answer.checks if "z on hv2" in one.text)
    assert check.state == "no-go"


def test_no_transport_that_a_rule_forbids_is_said_to_help() -> None:
    answer = patched(cluster(24, nic_gbps=1.0), Night(update=sure(1), health=sure(1)))
    assert not any("SMB Direct" in one.what for one in answer.helps)


def test_a_transport_that_a_rule_forbids_is_refused_with_the_nodes() -> None:
    made = cluster(8, rdma="roce")
    hosts = tuple(one.model_copy(update={"rdma": "none"}) if one.host == "hv3" else one for one in made.hosts)
    one_without = Drawn(made.clusters[0], hosts, next(made.tables())).inventory
    wanted = Asked(wanted=Wanted(transport=Transport.RDMA))
    for ask in (lambda: patch(one_without, "c1", asked=wanted), lambda: drain(one_without, "hv1", asked=wanted)):
        with pytest.raises(ScenarioError, match=r"R01 \(SMB Direct runs only .* on hv3 \(got rdma\); mend: Enable-Net"):
            ask()
    assert patch(made, "c1", asked=wanted).setting.startswith("SMB Direct")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hv2", "is a host, not a cluster .* its cluster is c1"),
        ("lone", "stands alone: no node could take its VMs .* mend: shut its VMs down"),
    ],
)
def test_a_host_is_no_cluster_and_the_message_says_what_to_do(name: str, words: str) -> None:
    made = cluster()
    hosts = (*made.hosts, EstateHost(host="lone"))
    with pytest.raises(InventoryError, match=words):
        patch(Drawn(made.clusters[0], hosts, next(made.tables())).inventory, name)


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
    assert answer.constraint.startswith("vm5 cannot leave hv2: an image")
    assert answer.total_s is not None


def test_a_cluster_without_vms_takes_its_updates() -> None:
    made = estate([{}], 3)
    empty = Drawn(made.clusters[0], made.hosts, next(made.tables()).take([])).inventory
    answer = patched(empty, Night(update=sure(30), health=sure(0)))
    assert answer.total_s is not None
    assert answer.total_s.p50 == pytest.approx(3 * 30 * MINUTE)


def in_states(inventory: Inventory, **states: str) -> Inventory:
    """The same with some nodes down or paused."""
    hosts = tuple(one.model_copy(update={"state": states.get(one.host, one.state)}) for one in inventory.hosts)
    return Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory


@pytest.mark.parametrize("fail_back", [True, False])
def test_a_node_without_vms_has_its_turn_beside_others(*, fail_back: bool) -> None:
    # Full and empty nodes side by side: hv3 has nothing to move, hv1 and hv2 have.
    inventory = estate([{"host": i % 2} for i in range(4)], 3)
    answer = patched(inventory, Night(fail_back=fail_back))
    drains = {step.node: step for step in answer.steps if step.step == "drain"}
    assert answer.nodes == 3
    assert drains["hv1"].moves == 2
    assert (drains["hv3"].moves == 0) == fail_back
    assert (drains["hv3"].time_s.p50 == 0) == fail_back
    assert drains["hv1"].at_once == 2
    assert drains["hv3"].at_once == (0 if fail_back else 2)


@pytest.mark.parametrize("fail_back", [True, False])
def test_one_vm_among_many_empty_nodes_is_weighed(*, fail_back: bool) -> None:
    # Changes are weighed by some of the trips only: by those that move something.
    answer = patched(
        estate([{"host": 15, "memory_gib": 128.0}], 16), Night(sure(1), health=sure(1), fail_back=fail_back)
    )
    assert answer.total_s is not None
    assert any(one.what.startswith("NICs of 25") for one in answer.helps)


@pytest.mark.parametrize("state", ["down", "paused"])
def test_no_night_without_a_node_that_is_up(state: str) -> None:
    inventory = cluster(4, hosts=2)
    none_up = patched(in_states(inventory, hv1=state, hv2=state))
    assert not none_up.feasible
    assert none_up.constraint == "no node is up"
    assert (none_up.nodes, none_up.left_out, none_up.total_s) == (0, {"hv1": state, "hv2": state}, None)
    one_up = patched(in_states(inventory, hv2=state), reserve=0)
    assert not one_up.feasible
    assert one_up.constraint.startswith("vm1 cannot leave hv1: no other node is up")


def test_nodes_that_are_not_up_have_no_turn() -> None:
    answer = patched(in_states(cluster(8, hosts=4), hv2="down", hv4="paused"), reserve=0)
    assert answer.feasible
    assert answer.nodes == 2
    assert {step.node for step in answer.steps} == {"hv1", "hv3"}
    assert answer.left_out == {"hv2": "down", "hv4": "paused"}
    (check,) = [check for check in answer.checks if "left out" in check.text]
    assert check.state == "no-go"
    assert check.text.endswith("hv2 (down), hv4 (paused)")
    assert any("every node that is up" in check.text for check in answer.checks if check.state == "go")


def test_every_drain_has_as_many_moves_at_once_as_suits_it() -> None:
    # One large VM is longest alone; many small ones are not to wait one for another because of it.
    vms = [{"host": 0, "memory_gib": 200.0}, *({"host": 1, "memory_gib": 2.0} for _ in range(40)), {"host": 2}]
    inventory = estate(vms, 3, nic_gbps=25.0, simultaneous=8)
    answer = patched(inventory, reserve=0)
    own = {step.node: step for step in answer.steps if step.step == "drain"}
    for node in ("hv1", "hv2"):
        alone = drain(inventory, node, asked=Asked(reserve=0))
        assert alone.end_s is not None
        assert own[node].time_s.p50 == pytest.approx(alone.end_s.p50, rel=0.03)
    assert own["hv1"].at_once == 1
    assert own["hv2"].at_once >= 3
    assert answer.setting.endswith(f"1 to {own['hv2'].at_once} at a time")


def test_vms_that_move_at_a_price_are_named_as_in_their_drains() -> None:
    writes = {"memory_gib": 64.0, "dirty_rate_mib_s": 2000.0, "working_set_gib": 48.0}
    apart = {"anti_affinity": ("dc",)}
    vms = [{"host": 0, **writes}, {"host": 0, **apart}, {"host": 1, **apart}, {"host": 1}]
    inventory = estate(vms, 2, nic_gbps=1.0)
    answer = patched(inventory, reserve=0)
    assert answer.feasible
    assert answer.constraint == ""
    assert {(one.vm, one.node, one.why, one.blocks) for one in answer.blockers} == {
        ("vm1", "hv1", "endless", False),
        ("vm2", "hv1", "anti_affinity", False),
        ("vm3", "hv2", "anti_affinity", False),
    }
    of_drain = next(one for one in drain(inventory, "hv1", asked=Asked(reserve=0)).blockers if one.why == "endless")
    of_night = next(one for one in answer.blockers if one.why == "endless")
    assert of_night.reason == of_drain.reason


def test_vms_of_one_name_block_each_on_its_node() -> None:
    held = {"vm": "v", "device_assigned": 1.0}
    answer = patched(estate([{"host": 0, **held}, {"host": 1, **held}, {"host": 0}], 2), reserve=0)
    assert [(one.vm, one.node) for one in answer.blockers] == [("v", "hv1"), ("v", "hv2")]
    assert answer.constraint.endswith("and 1 more")
    assert any(
        "v on hv1: shut it down first (assigned device); v on hv2: shut" in check.text
        for check in answer.checks
        if check.state == "no-go"
    )


def test_trips_with_disks_and_without_are_walked_together() -> None:
    own = {"move": "shared_nothing", "disk_gib": 50.0, "disk_used_gib": 50.0, "disk_write_mib_s": 1.0}
    vms = [{"host": 0, **own}, {"host": 0}, {"host": 1}, {"host": 2}]
    inventory = estate(vms, 3, storage_mib_s=500.0, storage_simultaneous=2)
    answer = patched(inventory, reserve=0)
    for node in ("hv1", "hv2"):
        alone = drain(inventory, node, asked=Asked(reserve=0)).end_s
        in_night = next(step for step in answer.steps if (step.node, step.step) == (node, "drain"))
        assert alone is not None
        assert in_night.time_s.p50 == pytest.approx(alone.p50, rel=0.03)


def test_a_search_that_was_cut_short_is_told_in_drain_and_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_short = NoPlace("no_room", "8 VMs do not fit", proven=False)
    monkeypatch.setattr("advisor.fleet.leaving.place", lambda *_, **__: cut_short)
    told = "8 VMs do not fit (none was found in the time a search may take)"
    assert drain(cluster(), "hv1").constraint == told
    assert patched(cluster()).constraint == f"hv1: {told}"


def test_walks_of_a_night_keep_to_the_copies_of_their_order() -> None:
    own = {"move": "shared_nothing", "disk_gib": 50.0, "disk_used_gib": 50.0, "disk_write_mib_s": 1.0}
    inventory = estate([own] * 4, 3, storage_mib_s=500.0, storage_simultaneous=4, simultaneous=4)
    one = cluster_named(inventory, "c1", assumed_from(()))
    setting = setting_of(one.hosts, one.cluster, one.words, one.assumed, shipped_card("hyperv"))
    night = round_of(one, setting, range(3), 0, fail_back=True)
    for trip in (night.out[0], night.back[0]):
        ground = Grounds(one, setting).of(trip)
        orders = tuple(plain_order(range(4), 4, copies) for copies in (None, 1))
        nodes = Walks(trip, ground, orders, np.zeros(2, dtype=np.intp)).nodes()
        assert nodes.storage_slots is not None
        assert nodes.storage_slots[0].tolist() == [4, 1]


@pytest.mark.parametrize(("name", "words"), [("c2", "did you mean c1"), ("nowhere", "no cluster")])
def test_clusters_that_cannot_be_patched_are_told_in_words(name: str, words: str) -> None:
    with pytest.raises(InventoryError, match=words):
        patch(cluster(), name)
