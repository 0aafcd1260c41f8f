"""Disks that move with their VMs in a drain: closed form, what is missing, how many at once, bound, interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.domain.answers import Basis
from advisor.domain.drain import DrainAnswer
from advisor.domain.inventory import Inventory
from advisor.fleet.bound import in_lanes
from advisor.fleet.in_force import Asked
from advisor.fleet.patch import patch
from tests.fleet.drawn_clusters import Drawn, draw_cluster
from tests.fleet.test_drain import drained, estate, overlap

OWN: Mapping[str, Any] = {
    "move": "shared_nothing",
    "disk_used_gib": 100.0,
    "disk_write_mib_s": 10.0,
    "workload": "idle",
}
GIVEN: Mapping[str, Any] = {"storage_mib_s": 500.0, "storage_simultaneous": 2}


def median(answer: DrainAnswer) -> float:
    assert answer.end_s is not None
    return answer.end_s.p50


def test_disks_go_first_and_take_what_is_used_over_what_the_storage_gains() -> None:
    answer = drained(estate([OWN], **GIVEN))
    alone = drained(estate([{"workload": "idle"}], **GIVEN))
    # One copy has the storage to itself: 100 GiB at 500 MiB/s less the 10 that the VM writes.
    assert median(answer) - median(alone) == pytest.approx(100 * 1024 / (500 - 10), rel=0.02)
    (move,) = answer.moves
    assert (move.way, answer.basis) == ("storage", Basis.PHYSICS)
    # The VM runs on at its source meanwhile.
    assert move.dark_s.p50 == pytest.approx(alone.moves[0].dark_s.p50, rel=0.05)


def test_the_slower_storage_of_the_two_ends_binds() -> None:
    inventory = estate([OWN], hosts=2, storage_mib_s=1000.0)
    slower = inventory.hosts[1].model_copy(update={"storage_mib_s": 200.0})
    one_way = Drawn(inventory.clusters[0], (inventory.hosts[0], slower), next(inventory.tables())).inventory
    assert median(drained(one_way, reserve=0)) == pytest.approx(100 * 1024 / (200 - 10), rel=0.05)


def test_the_network_binds_where_it_is_slower_than_the_storage() -> None:
    at_once = median(drained(estate([OWN], nic_gbps=1.0, storage_mib_s=5000.0)))
    # Goodput of 1 GbE is about 118 MB/s, less what is written.
    assert at_once == pytest.approx(100 * 2**30 / (118e6 - 10 * 2**20), rel=0.2)


def test_copies_at_once_share_the_storage_and_are_no_more_than_allowed() -> None:
    vms = [OWN] * 4
    answer = drained(estate(vms, simultaneous=4, **GIVEN), reserve=0)
    assert {move.way for move in answer.moves} == {"storage"}
    assert max(overlap(answer)) <= 2
    # Two at once at 250 MiB/s each, twice.
    assert median(answer) == pytest.approx(2 * 100 * 1024 / (250 - 10), rel=0.05)


def test_memory_moves_beside_disks() -> None:
    answer = drained(estate([*[OWN] * 3, *[{"workload": "idle"}] * 6], simultaneous=4, **GIVEN))
    storage = [move for move in answer.moves if move.way == "storage"]
    live = [move for move in answer.moves if move.way == "live"]
    assert (len(storage), len(live)) == (3, 6)
    assert max(move.end_s.p50 for move in live) < max(move.end_s.p50 for move in storage)


def test_the_wire_carries_the_disks_too() -> None:
    vms = [*[OWN | {"disk_write_mib_s": 0.0}] * 2, {"memory_gib": 64.0, "workload": "idle"}]
    fast = {"storage_mib_s": 10_000.0, "storage_simultaneous": 4, "simultaneous": 4}
    # 200 GiB of disks and 80 of memory over one link of 10 Gbit/s, whatever the storage could.
    assert median(drained(estate(vms, **fast))) > 280 * 2**30 / 1.25e9


def test_storage_that_nobody_measured_widens_the_interval() -> None:
    known, open_ = drained(estate([OWN], **GIVEN)), drained(estate([OWN]))
    assert known.end_s is not None
    assert open_.end_s is not None
    assert open_.end_s.p50 == pytest.approx(known.end_s.p50, rel=0.05)
    assert open_.end_s.p95 > 2 * known.end_s.p95
    assert any("storage_mib_s" in one.what for one in open_.assumptions)
    assert not any("storage_mib_s" in one.what for one in known.assumptions)


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ({}, "disk_used_gib or disk_gib, disk_write_mib_s are missing"),
        ({"disk_gib": 500.0}, "disk_write_mib_s is missing"),
        ({"disk_write_mib_s": 5.0}, "disk_used_gib or disk_gib is missing"),
    ],
)
def test_what_is_missing_blocks_and_is_named(known: Mapping[str, Any], missing: str) -> None:
    answer = drained(estate([{"move": "shared_nothing", **known}, {}]))
    (blocker,) = answer.blockers
    assert (blocker.vm, blocker.why, blocker.blocks) == ("vm1", "storage", True)
    assert missing in blocker.reason
    assert [move.vm for move in answer.moves] == ["vm2"]


def test_a_size_without_what_is_written_is_copied_whole() -> None:
    answer = drained(estate([{**OWN, "disk_used_gib": None, "disk_gib": 100.0}], **GIVEN))
    assert median(answer) == pytest.approx(median(drained(estate([OWN], **GIVEN))))
    assert any("all of their size" in one.value for one in answer.assumptions)


def test_a_vm_that_writes_as_fast_as_its_storage_reads_blocks() -> None:
    (blocker,) = drained(estate([{**OWN, "disk_write_mib_s": 500.0}, {}], **GIVEN)).blockers
    assert blocker.why == "storage"
    assert "500 MiB/s" in blocker.reason


def test_a_vm_that_writes_more_than_its_share_is_copied_alone() -> None:
    # Of 500 MiB/s it gains 240 by itself, and nothing beside another copy.
    busy = {**OWN, "disk_write_mib_s": 260.0}
    one, two = drained(estate([busy], **GIVEN)), drained(estate([busy] * 2, **GIVEN))
    assert one.feasible
    assert two.feasible
    assert median(one) == pytest.approx(100 * 1024 / (500 - 260), rel=0.05)
    assert median(two) < 2.05 * median(one)


def hosts_of(inventory: Inventory, *rates: tuple[float, int]) -> Inventory:
    """The same with what each host's storage reads or writes [MiB/s], and how many copies at once."""
    hosts = tuple(
        host.model_copy(update={"storage_mib_s": rate, "storage_simultaneous": at_once})
        for host, (rate, at_once) in zip(inventory.hosts, rates, strict=True)
    )
    return Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory


def test_the_storage_at_the_other_end_binds_with_its_rate_and_its_limit() -> None:
    inventory = estate(
        [{**OWN, "disk_used_gib": 500.0, "disk_write_mib_s": 1.0}] * 8, 2, nic_gbps=100.0, simultaneous=8
    )
    answer = drained(hosts_of(inventory, (20_000.0, 8), (1000.0, 2)), reserve=0)
    assert answer.bound_by == "storage of disks at the other ends"
    assert max(overlap(answer)) <= 2
    assert 8 * 500 * 1024 / 1000 < median(answer) < 1.05 * 8 * 500 * 1024 / 1000


def test_a_long_copy_has_the_storage_to_itself_once_the_others_are_done() -> None:
    small, large = ({**OWN, "disk_used_gib": gib, "disk_write_mib_s": 1.0} for gib in (10.0, 2000.0))
    inventory = estate([small] * 3 + [large], 2, nic_gbps=100.0, simultaneous=8)
    answer = drained(hosts_of(inventory, (2000.0, 4), (2000.0, 4)), reserve=0)
    assert answer.bound_s is not None
    assert 2030 * 1024 / 2000 < median(answer) < 1.1 * 2030 * 1024 / 2000
    assert answer.bound_s <= median(answer)


def test_a_looser_limit_of_copies_is_never_slower() -> None:
    inventory = estate([{**OWN, "disk_write_mib_s": 300.0}] * 2, simultaneous=8)
    one, two = (drained(hosts_of(inventory, *[(1000.0, k)] * 3), reserve=0) for k in (1, 2))
    # Beside another copy each gains 200 of 500 MiB/s, alone 700 of 1,000.
    assert median(two) <= median(one) * (1 + 1e-9)
    assert median(two) == pytest.approx(2 * 100 * 1024 / 700, rel=0.1)
    for answer in (one, two):
        assert answer.bound_s is not None
        assert answer.bound_s <= median(answer) * (1 + 1e-9)


def test_disks_go_only_where_the_storage_gains_on_what_is_written() -> None:
    inventory = estate([{**OWN, "disk_write_mib_s": 200.0}], storage_mib_s=1000.0)
    slower = inventory.hosts[1].model_copy(update={"storage_mib_s": 150.0})
    hosts = (inventory.hosts[0], slower, inventory.hosts[2])
    drawn = Drawn(inventory.clusters[0], hosts, next(inventory.tables()))
    assert [move.destination for move in drained(drawn.inventory).moves] == ["hv3"]
    every = tuple(host.model_copy(update={"storage_mib_s": 150.0}) for host in hosts[1:])
    (blocker,) = drained(replace(drawn, hosts=(hosts[0], *every)).inventory).blockers
    assert "no other node" in blocker.reason


def test_a_clusters_own_drain_moves_no_disks() -> None:
    answer = drained(estate([OWN, {}], **GIVEN), mode="native")
    (blocker,) = answer.blockers
    assert (blocker.why, blocker.blocks) == ("storage", True)
    assert "-IncludeStorage" in blocker.mend


def test_room_for_disks_is_to_be_verified() -> None:
    checks = drained(estate([OWN], **GIVEN)).checks
    assert any("free storage for the disks of vm1" in check.text and check.state == "verify" for check in checks)


@pytest.mark.parametrize("seed", range(6))
def test_drains_of_disks_end_near_the_bound(seed: int) -> None:
    drawn = draw_cluster(seed, 8, 160)
    rng = np.random.default_rng(seed)
    count = len(drawn.vms)
    move = drawn.vms.move.copy()
    move[rng.random(count) < (1.0 if seed % 2 else 0.2)] = "shared_nothing"
    vms = replace(
        drawn.vms,
        move=move,
        disk_gib=rng.choice([20.0, 40.0, 100.0, 500.0], count),
        disk_write_mib_s=rng.choice([0.0, 1.0, 10.0], count),
    )
    hosts = drawn.hosts
    if seed % 3 == 0:
        hosts = tuple(one.model_copy(update={"storage_mib_s": float(rng.choice([300, 1000]))}) for one in hosts)
    answer = drained(Drawn(drawn.cluster, hosts, vms).inventory, "hv01", reserve=0)
    assert answer.end_s is not None
    assert answer.bound_s is not None
    assert answer.bound_s <= answer.end_s.p50 * (1 + 1e-9)
    assert answer.end_s.p50 <= 1.05 * answer.bound_s


@pytest.mark.parametrize("seed", range(5))
def test_jobs_in_lanes_take_no_less_than_the_best_of_all_schedules(seed: int) -> None:
    rng = np.random.default_rng(seed)
    jobs, lanes = rng.uniform(1, 10, 7), 3
    best = min(
        max(sum(job for job, own in zip(jobs, at, strict=True) if own == lane) for lane in range(lanes))
        for at in np.ndindex(*[lanes] * len(jobs))
    )
    assert in_lanes(jobs, lanes) <= best + 1e-9
    # Equal jobs: as many as the fullest lane has.
    assert in_lanes(np.ones(7), lanes) == 3.0


def test_a_patch_night_takes_disks_there_and_back() -> None:
    with_disks = estate([{**OWN, "host": i % 3} for i in range(6)], **GIVEN)
    without = estate([{"host": i % 3, "workload": "idle"} for i in range(6)], **GIVEN)
    long, short = (patch(one, "c1", asked=Asked()) for one in (with_disks, without))
    assert long.feasible
    for kind in ("drain", "fail_back"):
        takes = [sum(step.time_s.p50 for step in one.steps if step.step == kind) for one in (long, short)]
        # Two at once of 250 MiB/s each, on each of three nodes.
        assert takes[0] - takes[1] == pytest.approx(3 * 100 * 1024 / (250 - 10), rel=0.05)
