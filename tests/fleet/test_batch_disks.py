"""Disks in a batch: no move is faster than the storage at both ends, and no number is told of a copy without end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fleet.asked import Row, Told, answered, read, write_inventory

DISK: Row = {"disk_used_gib": 40.0, "disk_write_mib_s": 0.0}
USED_MIB = 40 * 1024.0
# Enough links and slots that storage is what binds.
FAST: Row = {"os": "2019", "nic_gbps": 100, "nic_count": 4, "simultaneous": 4, "performance_option": "SMB"}


def vms(count: int, host: str = "hv1", **fields: Any) -> list[dict[str, Any]]:
    of_all = {"host": host, "cluster": "c1", "memory_gib": 4.0, "workload": "idle", "vcpus": 2, "move": "storage"}
    return [{"vm": f"{host}-{i}", **of_all, **DISK, **fields} for i in range(count)]


def told(folder: Path, rows: list[dict[str, Any]], *hosts: Row, **goals: Any) -> Told:
    named = [{"host": f"hv{i + 1}", "cluster": "c1", **FAST, **host} for i, host in enumerate(hosts)]
    return answered(read(write_inventory(folder / "in", rows, named)), folder / "parts", **goals)


@pytest.mark.parametrize("move", ["storage", "shared_nothing"])
@pytest.mark.parametrize("at_once", [1, 2, 4])
@pytest.mark.parametrize("count", [1, 5])
def test_no_drain_is_faster_than_its_storage(tmp_path: Path, move: str, at_once: int, count: int) -> None:
    host = {"storage_mib_s": 400, "storage_simultaneous": at_once}
    answer = told(tmp_path, vms(count, move=move), host, host)
    drain = answer.hosts[0]
    # The rate is known: not even the lucky end is below it.
    assert drain["drain_s_p05"] >= count * USED_MIB / 400 * 0.999
    assert drain["drain_s_p50"] <= count * (USED_MIB / 400 + 20.0)
    assert all(vm["total_s_p05"] >= USED_MIB / 400 * 0.999 for vm in answer.vms)


@pytest.mark.parametrize("rates", [(400, 50), (50, 400), (400, 50, 50)])
def test_the_slower_of_both_ends_counts(tmp_path: Path, rates: tuple[int, ...]) -> None:
    hosts = [{"storage_mib_s": rate, "storage_simultaneous": 1} for rate in rates]
    (drain, *_) = told(tmp_path, vms(2), *hosts).hosts
    assert drain["drain_s_p50"] == pytest.approx(2 * USED_MIB / 50, rel=0.01)


def test_a_disk_that_nothing_is_written_to_is_still_a_file(tmp_path: Path) -> None:
    host = {"storage_mib_s": 400, "storage_simultaneous": 2}
    answer = told(tmp_path, vms(1, disk_used_gib=0.0) + vms(2, "hv2", disk_used_gib=0.0), host, host, window_s=60.0)
    assert [row["window"] for row in answer.hosts] == ["meets", "meets"]
    assert all(0 < row["drain_s_p05"] <= row["drain_s_p50"] <= row["drain_s_p95"] < 10 for row in answer.hosts)
    assert all(vm["total_s_p50"] * 400 >= 4.0 for vm in answer.vms)


def test_what_times_of_disks_rest_on_is_said(tmp_path: Path) -> None:
    host = {"storage_mib_s": 400, "storage_simultaneous": 2}
    memory = vms(2, "hv2", move="memory")
    answer = told(tmp_path, vms(2) + memory, host, host)
    assert answer.hosts[0]["basis"] == "physics"
    assert {vm["basis"] for vm in answer.vms if vm["host"] == "hv1"} == {"physics"}
    assert answer.hosts[1]["basis"] != "physics"
    assert "copies of disks" in [one.what for one in answer.summary.assumptions]
    without = told(tmp_path / "memory", memory, host, host)
    assert "copies of disks" not in [one.what for one in without.summary.assumptions]


# As things are one NIC carries TCP/IP, and a VM that writes 200 MiB/s is never copied over it; four carry it.
AS_IT_IS: Row = {
    "os": "2019", "nic_gbps": 1, "nic_count": 4, "simultaneous": 1, "performance_option": "TCPIP",
    "storage_mib_s": 2000, "storage_simultaneous": 2,
}  # fmt: skip


@pytest.mark.parametrize("goal", ["time", "blackout", "cpu", "network"])
def test_todays_drain_does_not_wait_for_a_copy_without_end(tmp_path: Path, goal: str) -> None:
    writer = vms(1, disk_write_mib_s=200.0)[0] | {"vm": "writer", "memory_gib": 2.0}
    rows = [*vms(3, move="memory", memory_gib=8.0), writer]
    (drain, _) = told(tmp_path / "with", rows, AS_IT_IS, AS_IT_IS, goal=goal).hosts
    (without, _) = told(tmp_path / "without", rows[:-1], AS_IT_IS, AS_IT_IS, goal=goal).hosts
    assert drain["drain_today_s_p50"] == pytest.approx(without["drain_today_s_p50"], rel=1e-3)


def test_a_copy_without_end_lets_no_host_meet_the_window(tmp_path: Path) -> None:
    host = {"storage_mib_s": 400, "storage_simultaneous": 2}
    answer = told(tmp_path, vms(2) + vms(1, "hv2", disk_write_mib_s=400.0), host, host, window_s=86400.0)
    assert [row["window"] for row in answer.hosts] == ["meets", "unknown"]
    assert (answer.vms[-1]["reasons"], answer.vms[-1]["total_s_p50"]) == ("storage_endless", None)
