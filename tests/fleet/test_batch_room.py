"""Whether the other nodes of a cluster take a host's VMs, and VMs that a batch could not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.domain.inventory import Inventory
from advisor.fleet.cluster_room import room_of
from advisor.fleet.drain import drain
from advisor.fleet.in_force import Asked
from advisor.fleet.reasons import HOST_WORDS
from tests.fleet.asked import Row, Told, answered, read, sorted_out, write_inventory
from tests.fleet.test_batch_goals import assert_sound

KEEPS_GIB = 4


def vms(host: str, *sizes_gib: float, called: str = "vm", **fields: Any) -> list[Row]:
    more = {"cluster": "c1", "workload": "idle", **fields}
    return [
        {"vm": f"{called}-{host}-{i}", "host": host, "memory_gib": size, **more} for i, size in enumerate(sizes_gib)
    ]


def nodes(*memory_gib: float | str, **fields: Any) -> list[Row]:
    return [{"host": f"hv{i + 1}", "cluster": "c1", "memory_gib": own, **fields} for i, own in enumerate(memory_gib)]


def told(folder: Path, machines: list[Row], hosts: list[Row], window_s: float | None = 3600.0) -> Told:
    answer = answered(inventory(folder, machines, hosts), folder / "parts", window_s=window_s)
    assert_sound(answer)
    return answer


def inventory(folder: Path, machines: list[Row], hosts: list[Row]) -> Inventory:
    return read(write_inventory(folder / "in", machines, hosts))


def windows(answer: Told) -> dict[str, str]:
    return {row["host"]: row["window"] for row in answer.hosts}


def test_a_host_whose_vms_fit_nowhere_does_not_meet_the_window(tmp_path: Path) -> None:
    machines = [*vms("hv1", *[16] * 15), *vms("hv2", *[16] * 15), *vms("hv3", *[16] * 15)]
    answer = told(tmp_path, machines, nodes(256, 256, 256))
    assert set(windows(answer).values()) == {"unknown"}
    # 240 GiB against twice the 12 GiB that are free beside what the host keeps.
    assert answer.clusters[0]["why"].startswith(
        "No room: the other nodes lack 216 GiB to take hv1's VMs, and have no room for those of 2 more; "
        "see `advisor patch c1`. "
    )
    assert answer.clusters[0]["verdict"] == "ready with conditions"
    assert answer.summary.obstacles == {"no_room": 3}
    assert answer.summary.reason_words["no_room"] == HOST_WORDS["no_room"]
    assert answer.summary.hosts_unknown == 3
    # What they take is told nonetheless.
    assert all(row["drain_s_p50"] > 0 for row in answer.hosts)


def test_only_the_host_that_lacks_room_is_held_back(tmp_path: Path) -> None:
    machines = [*vms("hv1", 100, 100), *vms("hv2", 8), *vms("hv3", 8)]
    answer = told(tmp_path, machines, nodes(256, 104, 104))
    assert windows(answer) == {"hv1": "unknown", "hv2": "meets", "hv3": "meets"}
    assert "the other nodes lack 16 GiB to take hv1's VMs; see" in answer.clusters[0]["why"]


@pytest.mark.parametrize(("spare_gib", "window"), [(0, "meets"), (-1, "unknown")])
def test_what_the_host_keeps_is_no_room(tmp_path: Path, spare_gib: float, window: str) -> None:
    answer = told(tmp_path, vms("hv1", 60, 40), nodes(256, 100 + KEEPS_GIB + spare_gib))
    assert windows(answer)["hv1"] == window


def test_start_up_memory_counts_where_it_is_more(tmp_path: Path) -> None:
    answer = told(tmp_path, vms("hv1", 8, startup_gib=64), nodes(256, 60))
    assert "lack 8 GiB" in answer.clusters[0]["why"]


def test_a_node_whose_memory_nobody_knows_is_taken_to_have_room(tmp_path: Path) -> None:
    answer = told(tmp_path, vms("hv1", 200), nodes(256, 64, ""))
    assert windows(answer)["hv1"] == "meets"
    assert "oom" not in answer.clusters[0]["why"]
    (room,) = [one for one in answer.summary.assumptions if one.what == "room on the other nodes"]
    assert "not checked beside 1 of 3 nodes" in room.value


def test_what_is_checked_is_said_where_all_memory_is_known(tmp_path: Path) -> None:
    answer = told(tmp_path, vms("hv1", 8), nodes(256, 256, 256))
    (room,) = [one for one in answer.summary.assumptions if one.what == "room on the other nodes"]
    assert room.value == "by sums of memory, no node kept in reserve"
    assert answer.summary.obstacles == {}
    assert answer.hosts[0]["obstacles"] == ""


@pytest.mark.parametrize("state", ["down", "paused"])
def test_nodes_that_are_not_up_take_nothing(tmp_path: Path, state: str) -> None:
    hosts = nodes(256, 256)
    hosts[1] = {**hosts[1], "state": state}
    answer = told(tmp_path, [*vms("hv1", 16), *vms("hv2", 16)], hosts)
    assert windows(answer)["hv1"] == "unknown"
    assert answer.clusters[0]["why"].startswith("No other node than hv1 is up: there is nowhere to go in the cluster")
    codes = {row["host"]: row["obstacles"] for row in answer.hosts}
    # One can move VMs off a paused node, and off none that is down.
    assert codes == {"hv1": "nowhere", "hv2": "host_down" if state == "down" else "no_reserve"}
    assert windows(answer)["hv2"] == ("unknown" if state == "down" else "meets")


def test_room_that_leaves_no_reserve_is_told_and_meets(tmp_path: Path) -> None:
    machines = [*vms("hv1", *[16] * 9), *vms("hv2", *[16] * 9), *vms("hv3", *[16] * 9)]
    answer = told(tmp_path, machines, nodes(256, 256, 256))
    assert set(windows(answer).values()) == {"meets"}
    # 432 GiB of VMs, and 252 GiB on the one node that is left.
    assert "Room only with no node kept in reserve: to keep one 180 GiB are missing" in answer.clusters[0]["why"]
    assert answer.summary.obstacles == {"no_reserve": 3}


def test_a_host_that_stands_alone_has_nowhere_to_go_in_a_cluster(tmp_path: Path) -> None:
    machines = vms("hv1", 16, cluster="")
    answer = told(tmp_path, machines, [{"host": "hv1", "memory_gib": 256}])
    assert "There is nowhere to go in a cluster: hv1 stands alone" in answer.clusters[0]["why"]
    assert answer.summary.obstacles == {"alone": 1}
    assert windows(answer) == {"hv1": "meets"}


def test_vms_that_cannot_leave_need_no_room(tmp_path: Path) -> None:
    machines = [*vms("hv1", 8), *vms("hv1", 200, called="tied", device_assigned="true")]
    answer = told(tmp_path, machines, nodes(256, 64))
    assert answer.hosts[0]["obstacles"] == "device_assigned;no_reserve"


def test_where_sums_leave_no_room_no_drain_finds_any(tmp_path: Path) -> None:
    lacking = {0: 0, 1: 0}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        hosts = nodes(*rng.choice([64.0, 128.0, 192.0], rng.integers(2, 5)))
        machines = [one for host in hosts for one in vms(host["host"], *rng.choice([8.0, 24.0, 40.0], 3))]
        there = inventory(tmp_path / str(seed), machines, hosts)
        room = room_of(sorted_out(there))
        for at, host in enumerate(there.hosts):
            for reserve, lack_gib in enumerate((room.lack_gib[at], room.reserve_lack_gib[at])):
                lacking[reserve] += lack_gib > 0
                assert not (lack_gib > 0 and drain(there, host.host, asked=Asked(reserve=reserve)).feasible)
    assert min(lacking.values()) > 2


def test_a_vm_that_could_not_be_read_leaves_its_host_unknown(tmp_path: Path) -> None:
    machines = [*vms("hv1", 8, 8), *vms("hv2", 8), {"vm": "z", "host": "hv2", "cluster": "c1", "memory_gib": ""}]
    answer = told(tmp_path, machines, nodes(256, 256, 256))
    assert windows(answer) == {"hv1": "meets", "hv2": "unknown", "hv3": "meets"}
    assert {row["host"]: (row["missed"], row["obstacles"]) for row in answer.hosts} == {
        "hv1": (0, ""),
        "hv2": (1, "missed"),
        "hv3": (0, ""),
    }
    assert answer.summary.rows_missed == answer.summary.rows_set_aside == 1
    assert answer.clusters[0]["why"].startswith("1 VM of hv2 that may well run could not be read")
    assert len(answer.vms) == 3


def test_a_host_of_which_no_vm_could_be_read_is_not_empty(tmp_path: Path) -> None:
    unread = {"vm": "z", "host": "hv9", "cluster": "c9", "memory_gib": ""}
    answer = told(tmp_path, [*vms("hv1", 8), unread], nodes(256, 256))
    host = next(row for row in answer.hosts if row["host"] == "hv9")
    assert (host["window"], host["drain_s_p50"], host["limit"]) == ("unknown", None, "unknown")
    cluster = next(row for row in answer.clusters if row["cluster"] == "c9")
    assert (cluster["verdict"], cluster["drain_s_p50"]) == ("unknown", None)
    assert "could not be read" in cluster["why"]


def test_vms_that_are_off_keep_no_host_from_its_window(tmp_path: Path) -> None:
    machines = [*vms("hv1", 8), *vms("hv1", 8, called="off", state="off")]
    answer = told(tmp_path, machines, nodes(256, 256))
    assert windows(answer) == {"hv1": "meets", "hv2": "meets"}
    assert answer.summary.rows_missed == 0
