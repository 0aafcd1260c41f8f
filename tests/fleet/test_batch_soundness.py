"""Drawn inventories of all kinds: levels of one answer never contradict each other, and nothing unknown is a number."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from advisor.fleet.drain import drain
from advisor.reports.fleet.wording import batch_headline, longest_phrase
from tests.fleet.asked import Row, Told, answered, read, write_inventory

SHARES = ("p05", "p50", "p95")
OPEN = ("nic_gbps", "nic_count", "cores", "power_plan", "simultaneous", "mtu_bytes")


def drawn(seed: int) -> tuple[list[Row], list[Row]]:
    """Clusters of a few hosts, some columns of which are empty, with VMs of every kind of move."""
    rng = random.Random(seed)
    hosts: list[Row] = []
    vms: list[Row] = [{"vm": "first", "host": "h-0-0", "cluster": "c0", "memory_gib": 4}]
    for number in range(rng.randint(2, 3)):
        alike = {
            "cluster": f"c{number}", "nic_gbps": rng.choice([1, 10, 25]), "nic_count": rng.choice([1, 2, 4]),
            "performance_option": rng.choice(["TCPIP", "Compression", "SMB"]), "mtu_bytes": rng.choice([1500, 9000]),
            "os": rng.choice(["2012R2", "2016", "2019", "2022", "2025"]), "simultaneous": rng.choice([1, 2, 4, 8]),
            "rdma": rng.choice(["none", "none", "roce"]), "team": rng.choice(["none", "none", "set"]),
            "power_plan": rng.choice(["balanced", "high_performance"]),
        }  # fmt: skip
        for node in range(rng.randint(1, 3)):
            name = f"h-{number}-{node}"
            own = {
                "host": name, "storage_mib_s": rng.choice([100, 400, 2000, ""]),
                "storage_simultaneous": rng.choice([1, 2, 4, ""]), "cpu_busy": rng.choice([0.1, 0.5, 0.8, ""]),
            }  # fmt: skip
            hosts.append({**alike, **own, **{column: "" for column in OPEN if rng.random() < 0.15}})
            vms += [_vm(rng, f"v-{number}-{node}-{i}", name, f"c{number}") for i in range(rng.choice([0, 1, 2, 5, 12]))]
    return vms, hosts


def _vm(rng: random.Random, name: str, host: str, cluster: str) -> dict[str, Any]:
    vm = {
        "vm": name, "host": host, "cluster": cluster, "memory_gib": rng.choice([0.5, 2, 4, 8, 16, 64, 200]),
        "workload": rng.choice(["", "typical", "idle", "database_oltp", "vdi"]), "vcpus": rng.choice(["", 2, 8]),
        "passthrough_disk": rng.choice(["", "", "", "", "true"]),
    }  # fmt: skip
    if rng.random() < 0.4:
        vm |= {
            "move": rng.choice(["storage", "shared_nothing"]), "disk_used_gib": rng.choice(["", 0, 5, 50, 500]),
            "disk_gib": rng.choice(["", 60, 600]), "disk_write_mib_s": rng.choice(["", 0, 5, 50, 300]),
        }  # fmt: skip
    return vm


def told(seed: int, folder: Path, **goals: Any) -> Told:
    vms, hosts = drawn(seed)
    return answered(read(write_inventory(folder / "in", vms, hosts)), folder / "parts", curves=False, **goals)


@pytest.mark.parametrize("seed", range(10))
def test_levels_of_an_answer_agree(seed: int, tmp_path: Path) -> None:
    answer = told(seed, tmp_path, window_s=(30.0, 600.0, 7200.0)[seed % 3])
    assert len(answer.vms) + answer.summary.rows_set_aside == len(drawn(seed)[0])
    for host in answer.hosts:
        own = [vm for vm in answer.vms if vm["host"] == host["host"]]
        timed = [vm for vm in own if vm["total_s_p50"] is not None]
        assert host["not_moving"] == len(own) - len(timed)
        if not timed:
            assert host["drain_s_p50"] == (None if own else 0.0)
            assert host["window"] == ("unknown" if own else "meets")
            continue
        for share in SHARES:
            assert host[f"drain_s_{share}"] >= max(vm[f"total_s_{share}"] for vm in timed)
        assert host["blackout_ms_p95"] == max(vm["blackout_ms_p95"] for vm in timed)
        assert host["drain_s_p05"] <= host["drain_s_p50"] <= host["drain_s_p95"]
        assert host["window"] != "meets" or len(timed) == len(own)
        assert host["drain_today_s_p50"] > 0
    for cluster in answer.clusters:
        hosts = [host for host in answer.hosts if host["cluster"] == cluster["cluster"] and host["limit"] != "none"]
        known = [host for host in hosts if host["drain_s_p50"] is not None]
        if known:
            assert cluster["drain_s_p50"] == max(host["drain_s_p50"] for host in known)
            assert cluster["today_s_p50"] == max(host["drain_today_s_p50"] for host in known)
            assert cluster["blackout_ms_p95"] == max(host["blackout_ms_p95"] for host in known)
        elif hosts:
            assert (cluster["drain_s_p50"], cluster["today_s_p50"], cluster["blackout_ms_p95"]) == (None, None, None)
            assert cluster["verdict"] in {"unknown", "not recommended"}
        assert cluster["hosts_missing"] == sum(host["window"] == "misses" for host in hosts)
        assert cluster["verdict"] == "not recommended" or not cluster["hosts_missing"]
        if not cluster["changes"]:
            assert all(host["drain_today_s_p50"] == host["drain_s_p50"] for host in known)


@pytest.mark.parametrize("seed", [3, 5, 26])
def test_todays_drain_does_not_depend_on_the_goal(seed: int, tmp_path: Path) -> None:
    """Under the setting for one of the goals copies of disks end that never do as things are."""
    drains = [
        {host["host"]: host["drain_today_s_p50"] for host in told(seed, tmp_path / goal, goal=goal).hosts}
        for goal in ("time", "blackout", "network")
    ]
    assert drains[0] == drains[1] == drains[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("host", "with_disks"),
    [
        ({"nic_gbps": 10, "simultaneous": 4}, False),
        ({"nic_gbps": 1, "simultaneous": 2}, False),
        ({"nic_gbps": 25, "simultaneous": 2, "performance_option": "Compression"}, False),
        ({"nic_gbps": 10, "simultaneous": 1, "performance_option": "SMB"}, True),
        ({"nic_gbps": 10, "simultaneous": 2}, True),
    ],
)
def test_a_batch_tells_of_a_host_what_its_drain_does(host: Row, with_disks: bool, tmp_path: Path) -> None:
    """A planned drain orders its moves, and starts fewer at once where that is faster: it may be a little shorter.

    A cluster takes its VMs in another order than the largest first: it may be a little longer.
    """
    alike = {"cluster": "c1", "os": "2019", "memory_gib": 2048, "storage_mib_s": 800, "storage_simultaneous": 2, **host}
    rng = random.Random(4)
    vms = [
        {
            "vm": f"v-{node}-{i}", "host": f"hv{node}", "cluster": "c1", "memory_gib": rng.choice([2, 4, 8, 16, 32]),
            "workload": rng.choice(["typical", "idle", "vdi"]), "vcpus": 2, "cpu_use": 0.005,
            "move": "shared_nothing" if with_disks and i % 2 else "memory", "disk_used_gib": 20, "disk_write_mib_s": 5,
        }
        for node in range(4)
        for i in range(10)
    ]  # fmt: skip
    hosts = [{"host": f"hv{node}", **alike} for node in range(4)]
    inventory = read(write_inventory(tmp_path / "in", vms, hosts))
    (row, *_) = answered(inventory, tmp_path / "parts").hosts
    planned = drain(inventory, "hv0")
    assert planned.end_s is not None
    assert 0.85 * row["drain_today_s_p50"] <= planned.end_s.p50 <= 1.02 * row["drain_today_s_p50"]
    if not with_disks:
        native = drain(inventory, "hv0", mode="native")
        assert native.end_s is not None
        assert native.end_s.p50 == pytest.approx(row["drain_today_s_p50"], rel=0.08)


@pytest.mark.parametrize("window_s", [1.0, 7200.0])
def test_what_is_not_known_is_never_told_as_met(window_s: float, tmp_path: Path) -> None:
    """The other host of the cluster has no VMs: that it meets the window says nothing."""
    vms = [{"vm": f"v{i}", "host": "hv1", "cluster": "c1", "memory_gib": 8, "move": "storage"} for i in range(3)]
    hosts = [{"host": name, "cluster": "c1"} for name in ("hv1", "hv2")]
    answer = answered(read(write_inventory(tmp_path / "in", vms, hosts)), tmp_path / "parts", window_s=window_s)
    assert "whether any host with VMs meets the window" in batch_headline(answer.summary)
    assert "No drain is known" in longest_phrase(answer.summary)


def test_a_known_drain_that_rules_forbid_is_not_called_unknown(tmp_path: Path) -> None:
    vms = [{"vm": "v", "host": "hv1", "cluster": "c1", "memory_gib": 8}]
    hosts = [{"host": f"hv{i}", "cluster": "c1", "cpu_vendor": vendor} for i, vendor in ((1, "intel"), (2, "amd"))]
    answer = answered(read(write_inventory(tmp_path / "in", vms, hosts)), tmp_path / "parts", window_s=7200.0)
    assert "whether any host with VMs meets the window of 2 h is not known" in batch_headline(answer.summary)
    assert "has VMs whose time is not known" not in longest_phrase(answer.summary)
