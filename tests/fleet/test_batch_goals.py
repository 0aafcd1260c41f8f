"""Goals, verdicts and counts of a batch; inventories in which little or nothing can be done."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from advisor.domain.fleet import BATCH_TABLES
from advisor.domain.inventory import Inventory
from advisor.fleet.reasons import NOT_RECOMMENDED, REASON_WORDS, UNKNOWN
from tests.fleet.asked import Row, Told, answered, of_one_host, read, write_inventory
from tests.fleet.estates import write_estate


def vm(host: str = "hv1", **fields: Any) -> dict[str, Any]:
    return {"vm": "a", "host": host, "cluster": "c1", "memory_gib": 8, **fields}


def cluster(folder: Path, vms: list[dict[str, Any]], *hosts: Row, settings: Row | None = None) -> Inventory:
    """A cluster of named hosts, two equal ones where none are given."""
    rows = [{"host": f"hv{i + 1}", "cluster": "c1", **host} for i, host in enumerate(hosts or ({}, {}))]
    return read(write_inventory(folder, vms, rows, [] if settings is None else [{"cluster": "c1", **settings}]))


def assert_sound(told: Told) -> None:
    """Rows that the tables' words allow, without numbers that have no end, and counts that add up."""
    for name, word in BATCH_TABLES.items():
        for row in getattr(told, name):
            json.dumps(row, allow_nan=False)  # raises for what JSON does not know
            assert all(
                not isinstance(value, float) or (math.isfinite(value) and value < 1e300) for value in row.values()
            )
            word.model_validate(row)
    json.loads(told.summary.model_dump_json(), parse_constant=pytest.fail)
    summary = told.summary
    assert sum(summary.verdicts.values()) == summary.vms == len(told.vms)
    assert summary.rows_read == summary.vms + summary.rows_set_aside
    assert summary.verdicts == dict(Counter(row["verdict"] for row in told.vms))
    assert summary.hosts == len(told.hosts) == sum(row["hosts"] for row in told.clusters)
    assert sum(row["vms"] for row in told.hosts) == sum(row["vms"] for row in told.clusters) == summary.vms
    assert sum(summary.limits.values()) == summary.hosts
    assert sum(summary.settings.values()) == summary.clusters == len(told.clusters)
    for row in told.vms:
        codes = set(row["reasons"].split(";")) - {""}
        assert codes <= set(REASON_WORDS)
        expected = "ready with conditions" if codes else "ready"
        expected = "unknown" if codes & UNKNOWN else expected
        expected = "not recommended" if codes & NOT_RECOMMENDED else expected
        assert row["verdict"] == expected
        if row["total_s_p50"] is not None:
            assert 0 < row["total_s_p05"] <= row["total_s_p50"] <= row["total_s_p95"]
            assert 0 <= row["blackout_ms_p05"] <= row["blackout_ms_p50"] <= row["blackout_ms_p95"]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return read(write_estate(tmp_path_factory.mktemp("estate"), 1000, seed=11, hosts=30))


def test_rows_in_are_rows_answered_and_rows_set_aside(estate: Inventory, tmp_path: Path) -> None:
    told = answered(estate, tmp_path / "parts", window_s=180.0, max_blackout_s=5.0)
    assert told.summary.rows_read == 1000
    assert told.summary.rows_set_aside > 0
    assert len({row["name"] for row in told.set_aside} | {row["vm"] for row in told.vms}) == 1000
    assert_sound(told)


def test_a_host_misses_the_window_where_its_drain_at_the_risk_does(estate: Inventory, tmp_path: Path) -> None:
    window = 150.0
    told = answered(estate, tmp_path / "parts", window_s=window, risk="conservative", curves=False)
    for host in told.hosts:
        if host["not_moving"] == 0:
            assert (host["window"] == "misses") == (host["drain_s_p95"] > window)
    missing = [host for host in told.hosts if host["window"] == "misses"]
    assert told.summary.hosts_missing == len(missing) == sum(row["hosts_missing"] for row in told.clusters)
    late = {host["host"] for host in missing}
    assert late
    assert all(("window" in row["reasons"].split(";")) == (row["host"] in late) for row in told.vms)


def test_more_risk_misses_less(estate: Inventory, tmp_path: Path) -> None:
    missing = [
        answered(estate, tmp_path / risk, window_s=150.0, risk=risk, curves=False).summary.hosts_missing
        for risk in ("conservative", "balanced", "aggressive")
    ]
    assert missing == sorted(missing, reverse=True)
    assert missing[0] > missing[-1]


def test_without_a_window_nobody_misses_it(estate: Inventory, tmp_path: Path) -> None:
    told = answered(estate, tmp_path / "parts")
    assert {host["window"] for host in told.hosts} == {"none"}
    assert (told.summary.hosts_missing, told.curves, told.summary.helped_by) == (None, [], {})


def test_a_blackout_over_the_limit_is_not_recommended(tmp_path: Path) -> None:
    # A gigabyte a second over 1 GbE: what is dirty at the end takes minutes.
    hard = vm(memory_gib=64, dirty_rate_mib_s=1000, working_set_gib=40)
    told = answered(
        cluster(tmp_path / "in", [hard, vm(vm="b")], *({"nic_gbps": 1},) * 2), tmp_path / "o", max_blackout_s=5.0
    )
    by_name = {row["vm"]: row for row in told.vms}
    assert by_name["a"]["verdict"] == "not recommended"
    assert {"blackout_over", "not_converging"} <= set(by_name["a"]["reasons"].split(";"))
    assert by_name["a"]["converges"] is False
    assert "blackout_over" not in by_name["b"]["reasons"]
    assert_sound(told)


@pytest.mark.parametrize(("limit", "known"), [(2.9, False), (3.0, True)])
def test_a_blackout_limit_below_three_seconds_is_unknown_until_measured(
    tmp_path: Path, limit: float, known: bool
) -> None:
    told = answered(cluster(tmp_path / "in", [vm(workload="idle")]), tmp_path / "o", max_blackout_s=limit)
    (row,) = told.vms
    assert (row["verdict"] == "unknown") == (not known)
    assert ("blackout_not_known" in row["reasons"].split(";")) == (not known)
    assert (told.clusters[0]["verdict"] == "unknown") == (not known)


def test_a_limit_that_even_luck_breaks_is_broken_also_below_three_seconds(tmp_path: Path) -> None:
    hard = vm(memory_gib=64, dirty_rate_mib_s=1000, working_set_gib=40)
    told = answered(cluster(tmp_path / "in", [hard], *({"nic_gbps": 1},) * 2), tmp_path / "o", max_blackout_s=2.0)
    assert told.vms[0]["verdict"] == "not recommended"
    assert "blackout_over" in told.vms[0]["reasons"]


def test_the_goal_changes_what_is_chosen(tmp_path: Path) -> None:
    vms = [vm(vm=f"v{i}") for i in range(20)]
    inventory = cluster(tmp_path / "in", vms)
    told = {goal: answered(inventory, tmp_path / goal, goal=goal) for goal in ("time", "cpu", "network")}
    transports = {goal: one.clusters[0]["transport"] for goal, one in told.items()}
    assert transports["time"] == transports["network"] == "compression"
    assert transports["cpu"] != "compression"
    sent = {goal: sum(row["sent_gib"] for row in one.vms) for goal, one in told.items()}
    assert sent["network"] <= sent["time"] < sent["cpu"]


@pytest.mark.parametrize("column", ["passthrough_disk", "device_assigned", "local_iso"])
def test_what_ties_a_vm_to_its_host_is_said(tmp_path: Path, column: str) -> None:
    told = answered(
        cluster(tmp_path / "in", [vm(**{column: "true"}), vm(vm="b")]),
        tmp_path / "o",
        window_s=600.0,
        max_blackout_s=5.0,
    )
    by_name = {row["vm"]: row for row in told.vms}
    assert (by_name["a"]["verdict"], by_name["a"]["reasons"]) == ("not recommended", column)
    assert by_name["b"]["verdict"] != "not recommended"
    assert told.hosts[0]["window"] == "unknown"
    assert_sound(told)


FORBIDDEN = ({"cpu_vendor": "intel"}, {"cpu_vendor": "amd"})


@pytest.mark.parametrize("window_s", [None, 1.0, 7200.0])
@pytest.mark.parametrize("option", ["TCPIP", "Compression", "SMB"])
def test_hosts_of_different_vendors_are_refused_and_told_their_times(
    tmp_path: Path, window_s: float | None, option: str
) -> None:
    hosts = [{**host, "performance_option": option} for host in FORBIDDEN]
    told = answered(cluster(tmp_path / "in", [vm(), vm("hv2", vm="b")], *hosts), tmp_path / "o", window_s=window_s)
    (row,) = told.clusters
    assert row["verdict"] == "not recommended"
    assert row["why"].startswith("Rules forbid every setting.")
    assert {one["verdict"] for one in told.vms} == {"not recommended"}
    assert all("forbidden" in one["reasons"].split(";") for one in told.vms)
    assert all(one["total_s_p50"] > 0 for one in told.vms)
    assert all("forbidden" in one["obstacles"].split(";") for one in told.hosts)
    if window_s == 1.0:
        assert {host["helps"] for host in told.hosts} == {"no change helps: rules forbid whatever could be changed"}
    assert_sound(told)


def test_hosts_without_vms_have_nothing_to_drain(tmp_path: Path) -> None:
    told = answered(cluster(tmp_path / "in", [vm(state="off")]), tmp_path / "o", window_s=60.0, max_blackout_s=5.0)
    assert told.vms == []
    (row,) = told.clusters
    assert (row["vms"], row["why"], row["drain_s_p95"]) == (0, "nothing is there to move", 0.0)
    assert {(host["window"], host["limit"], host["drain_s_p95"]) for host in told.hosts} == {("meets", "none", 0.0)}
    assert_sound(told)


def test_a_cluster_of_which_no_vm_moves_keeps_its_setting(tmp_path: Path) -> None:
    told = answered(cluster(tmp_path / "in", [vm(device_assigned="true")]), tmp_path / "o", window_s=60.0)
    (row,) = told.clusters
    assert (row["setting"], row["changes"]) == ("TCP/IP", "")
    assert_sound(told)


def test_one_vm_on_one_host_is_an_estate(tmp_path: Path) -> None:
    told = answered(of_one_host(tmp_path / "in", [8.0]), tmp_path / "o", window_s=60.0)
    assert (told.summary.clusters, told.summary.hosts, told.summary.vms) == (1, 1, 1)
    assert told.clusters[0]["cluster"] == "hv1"
    assert told.hosts[0]["drain_s_p50"] == pytest.approx(told.vms[0]["total_s_p50"], rel=1e-3)
    assert_sound(told)


# What would be without end, were there no floor under it: links others fill, caps of nothing, busy hosts.
@pytest.mark.parametrize(
    ("of_vm", "of_host", "settings"),
    [
        ({}, {"smb_limit_mib_s": 0, "performance_option": "SMB"}, None),
        ({}, {}, {"background_gbps": 10_000}),
        ({}, {"performance_option": "SMB"}, {"smb_limit_enabled": "true", "smb_limit_factor": 0}),
        ({"dirty_rate_mib_s": 1_000_000}, {"cpu_busy": 1.0, "nic_gbps": 0.01, "nic_count": 1}, None),
        ({"move": "storage", "disk_gib": 1e8, "disk_write_mib_s": 1e6}, {"storage_mib_s": 1e7, "nic_gbps": 0.01}, None),
        (
            {"move": "shared_nothing", "disk_gib": 10, "disk_write_mib_s": 399},
            {"storage_mib_s": 1e7, "nic_gbps": 1},
            None,
        ),
        ({"move": "storage", "disk_gib": 0, "disk_write_mib_s": 0}, {}, None),
        ({"memory_gib": 65_536}, {"nic_gbps": 0.01}, None),
        ({"memory_gib": 0.001}, {"nic_gbps": 1600, "nic_count": 64}, None),
    ],
)
def test_nothing_is_written_that_has_no_end(tmp_path: Path, of_vm: Row, of_host: Row, settings: Row | None) -> None:
    inventory = cluster(tmp_path / "in", [vm(**of_vm), vm(vm="b")], of_host, of_host, settings=settings)
    for window in (None, 1.0, 3600.0):
        told = answered(inventory, tmp_path / f"o{window}", window_s=window, max_blackout_s=1.0)
        assert len(told.vms) == 2
        assert_sound(told)
