"""Storage that moves: closed forms with everything given, and what is said where something is missing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from advisor.precopy.storage import copy_seconds
from advisor.residual.card_files import shipped_card
from advisor.units import gib_to_bytes, mib_to_bytes
from tests.fleet.asked import Told, answered, of_one_host, read, write_inventory

SET_UP_S = shipped_card("hyperv").constants.set_up_s.p50
DISK = {"disk_gib": 200.0, "disk_used_gib": 50.0, "disk_write_mib_s": 20.0}
STORAGE = {"storage_mib_s": 400.0, "storage_simultaneous": 2, "simultaneous": 1}


def told(tmp_path: Path, *, vm: Mapping[str, Any], sizes: tuple[float, ...] = (8.0,), **fields: Any) -> Told:
    goals = {name: fields.pop(name) for name in ("window_s", "max_blackout_s") if name in fields}
    return answered(of_one_host(tmp_path / "in", sizes, vm=vm, **fields), tmp_path / "parts", **goals)


def test_disks_alone_take_their_used_bytes_over_what_writes_leave(tmp_path: Path) -> None:
    # One copy has all of the storage to itself, less the 20 MiB/s that the mirror of the writes takes.
    answer = told(tmp_path, vm={"move": "storage", **DISK}, **STORAGE)
    (vm,) = answer.vms
    # The first move of a host waits for the set-up, as everywhere.
    copying_s = float(copy_seconds(gib_to_bytes(50), mib_to_bytes(400), mib_to_bytes(20)))
    assert vm["total_s_p50"] == pytest.approx(copying_s + SET_UP_S, rel=1e-3)
    # What is written meanwhile goes to both ends.
    assert vm["sent_gib"] == pytest.approx(50 + copying_s * 20 / 1024, rel=1e-3)
    # The VM goes on running where it is: it is nowhere dark.
    assert (vm["blackout_ms_p05"], vm["blackout_ms_p50"], vm["blackout_ms_p95"]) == (0.0, 0.0, 0.0)
    (host,) = answer.hosts
    assert (host["limit"], host["not_moving"]) == ("storage", 0)


def test_shared_nothing_is_the_disks_and_then_the_memory(tmp_path: Path) -> None:
    (both,) = told(tmp_path / "both", vm={"move": "shared_nothing", **DISK}, **STORAGE).vms
    (memory,) = told(tmp_path / "memory", vm={"move": "memory"}, **STORAGE).vms
    (disks,) = told(tmp_path / "disks", vm={"move": "storage", **DISK}, **STORAGE).vms
    # The settings may differ: memory is a few seconds of five minutes.
    assert both["total_s_p50"] == pytest.approx(disks["total_s_p50"] + memory["total_s_p50"], rel=0.02)
    assert both["total_s_p50"] > disks["total_s_p50"]
    assert both["sent_gib"] == pytest.approx(disks["sent_gib"] + 8, rel=0.02)
    assert both["blackout_ms_p50"] > 0


def test_the_whole_disk_counts_where_nobody_says_what_is_used(tmp_path: Path) -> None:
    disk = {"disk_gib": 200.0, "disk_write_mib_s": 20.0}
    (vm,) = told(tmp_path, vm={"move": "storage", **disk}, **STORAGE).vms
    copying_s = float(copy_seconds(gib_to_bytes(200), mib_to_bytes(400), mib_to_bytes(20)))
    assert vm["sent_gib"] == pytest.approx(200 + copying_s * 20 / 1024, rel=1e-3)


def test_a_slow_network_holds_the_copy_up(tmp_path: Path) -> None:
    answer = told(tmp_path, vm={"move": "storage", **DISK}, **{**STORAGE, "nic_gbps": 1, "nic_count": 1})
    # 1 GbE carries less than the storage's 200 MiB/s.
    assert answer.vms[0]["total_s_p50"] > float(copy_seconds(gib_to_bytes(50), 118e6, mib_to_bytes(20))) * 0.99
    assert answer.hosts[0]["limit"] == "link"


@pytest.mark.parametrize("kind", ["storage", "shared_nothing"])
@pytest.mark.parametrize(
    ("known", "reason", "words"),
    [
        (("disk_write_mib_s",), "disk_size_not_known", "how much of it there is to copy"),
        (("disk_gib", "disk_used_gib"), "disk_writes_not_known", "how fast it is written to"),
        ((), "storage_not_known", "neither how much of it"),
    ],
)
def test_what_is_not_known_of_the_disks_makes_the_verdict_unknown(
    tmp_path: Path, kind: str, known: tuple[str, ...], reason: str, words: str
) -> None:
    disk = {name: DISK[name] for name in known}
    answer = told(tmp_path, vm={"move": kind, **disk}, **STORAGE, window_s=7200.0)
    (vm,) = answer.vms
    assert (vm["verdict"], vm["reasons"], vm["total_s_p50"]) == ("unknown", reason, None)
    # A host whose VMs are not all predicted does not meet a window: nobody knows.
    (host,) = answer.hosts
    assert (host["window"], host["not_moving"]) == ("unknown", 1)
    assert answer.summary.hosts_unknown == 1
    assert words in answer.summary.reason_words[reason]


def test_the_storages_rate_is_taken_from_the_defaults_and_said(tmp_path: Path) -> None:
    answer = told(tmp_path, vm={"move": "storage", **DISK})
    assert "storage_mib_s" in answer.hosts[0]["assumed"].split(";")
    assert any("storage_mib_s" in one.what for one in answer.summary.assumptions)
    known = told(tmp_path / "known", vm={"move": "storage", **DISK}, **STORAGE)
    assert "storage" not in known.hosts[0]["assumed"]


@pytest.mark.parametrize("writes", [400.0, 450.0])
def test_writes_as_fast_as_the_storage_never_end(tmp_path: Path, writes: float) -> None:
    answer = told(tmp_path, vm={"move": "storage", **DISK, "disk_write_mib_s": writes}, **STORAGE, window_s=60.0)
    (vm,) = answer.vms
    assert (vm["verdict"], vm["reasons"]) == ("not recommended", "storage_endless")
    assert vm["total_s_p95"] is None
    assert answer.summary.verdicts == {"not recommended": 1}


def test_writes_as_fast_as_the_network_never_end_either(tmp_path: Path) -> None:
    slow = {**STORAGE, "nic_gbps": 1, "nic_count": 1}
    (vm,) = told(tmp_path, vm={"move": "storage", **DISK, "disk_write_mib_s": 150.0}, **slow).vms
    assert vm["verdict"] == "not recommended"
    assert "storage_endless" in vm["reasons"].split(";")


def test_vms_that_move_go_on_beside_those_that_cannot(tmp_path: Path) -> None:
    alone = told(tmp_path / "alone", vm={"move": "memory"}, sizes=(8.0, 4.0))
    rows = [{"vm": f"vm{i}", "host": "hv1", "memory_gib": size, "move": "memory"} for i, size in enumerate((8.0, 4.0))]
    rows.append({"vm": "stays", "host": "hv1", "memory_gib": 64.0, "move": "shared_nothing"})
    mixed = answered(read(write_inventory(tmp_path / "mixed", rows, [{"host": "hv1"}])), tmp_path / "mixed.parts")
    assert [row for row in mixed.vms if row["vm"] != "stays"] == alone.vms
    assert mixed.hosts[0]["drain_s_p50"] == alone.hosts[0]["drain_s_p50"]
    assert mixed.hosts[0]["not_moving"] == 1
