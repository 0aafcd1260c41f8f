"""Every default that is accepted changes a batch and is told of, or is said to have been given in vain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from advisor.domain.defaults import RANGED, default_columns
from advisor.domain.estate import Default
from advisor.domain.goals import Goals
from advisor.fleet.assumed import assumed_from
from advisor.fleet.cluster_group import Partition, sort_out
from advisor.fleet.forecasts import forecast
from advisor.fleet.kinds import Kinds
from advisor.fleet.own_times import own_times
from advisor.residual.card_files import shipped_card
from tests.fleet.asked import HOST, Told, answered, read, write_inventory

DISKS = {"move": "storage", "disk_used_gib": 40, "disk_write_mib_s": 10}


@dataclass(frozen=True)
class Case:
    """A value and a range of a column, and what else has to be there for it to matter."""

    value: str
    low_to_high: tuple[str, str, str] | None = None
    vm: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)
    cluster: Mapping[str, Any] = field(default_factory=dict)


SMB = {"performance_option": "SMB"}
COMPRESSED = {"performance_option": "Compression", "nic_gbps": 1, "nic_count": 1}
WORKED = {"performance_option": "Compression", "nic_gbps": 25}
CASES = {
    "vm.vcpus": Case("64", ("2", "2", "64")),
    "vm.workload": Case("database_oltp", ("idle", "typical", "database_oltp"), host=COMPRESSED),
    "vm.dirty_rate_mib_s": Case("400", ("10", "100", "400"), {"workload": ""}),
    "vm.working_set_gib": Case("2", ("1", "2", "6"), {"workload": "", "dirty_rate_mib_s": 100}, {"nic_gbps": 1}),
    "vm.nonzero_gib": Case("1", ("1", "4", "8"), {"workload": ""}, COMPRESSED),
    "vm.compression_ratio": Case("5", ("1.2", "2", "6"), {"workload": ""}, COMPRESSED),
    "vm.move": Case("storage", vm={**DISKS, "move": ""}),
    "vm.disk_gib": Case("50", ("20", "40", "80"), {**DISKS, "disk_used_gib": ""}),
    "vm.disk_used_gib": Case("50", ("20", "40", "80"), {**DISKS, "disk_used_gib": ""}),
    "vm.disk_write_mib_s": Case("50", ("0", "10", "100"), {**DISKS, "disk_write_mib_s": ""}),
    "vm.passthrough_disk": Case("true"),
    "vm.device_assigned": Case("true"),
    "vm.local_iso": Case("true"),
    "host.os": Case("2012R2", ("2012R2", "2016", "2025")),
    "host.updated": Case("2026-01", host={"os": "2022"}),
    "host.cores": Case("4", ("4", "16", "64"), host=WORKED),
    "host.cpu_busy": Case("0.9", ("0.1", "0.5", "0.9"), host=WORKED),
    "host.nic_gbps": Case("1", ("1", "10", "25")),
    "host.nic_count": Case("4", ("1", "2", "4"), host=SMB),
    "host.mtu_bytes": Case("9000", ("1500", "1500", "9000"), host={"os": "2012R2", "nic_count": 1}),
    "host.rdma": Case("iwarp"),
    "host.rdma_enabled": Case("false", host={"rdma": "iwarp"}),
    "host.team": Case("set"),
    "host.balancing": Case("transport_ports", host={**SMB, "team": "lbfo", "nic_count": 4}),
    "host.vnics": Case("2", host=SMB),
    "host.power_plan": Case("high_performance", ("balanced", "balanced", "high_performance"), host={"os": "2012R2"}),
    "host.performance_option": Case("SMB"),
    "host.simultaneous": Case("8", ("1", "2", "8")),
    "host.storage_simultaneous": Case("1", ("1", "2", "8"), DISKS, {"storage_mib_s": 400}),
    "host.storage_mib_s": Case("100", ("100", "400", "1000"), DISKS),
    "host.smb_limit_mib_s": Case("100", ("100", "400", "1000"), host={**SMB, "nic_count": 1}),
    "cluster.kind": Case("workgroup"),
    "cluster.max_parallel_migrations": Case("4", ("1", "2", "8"), host={"os": "2022"}),
    "cluster.smb_limit_enabled": Case("true", host={**SMB, "os": "2022"}),
    "cluster.smb_limit_factor": Case(
        "100", ("100", "200", "1000"), host={**SMB, "os": "2022"}, cluster={"smb_limit_enabled": "true"}
    ),
    "cluster.background_gbps": Case("5", ("0", "2", "8")),
    "cluster.migration_share": Case("0.2", ("0.2", "0.5", "0.9"), cluster={"background_gbps": 15}),
}
# Told where they are taken, but of rules that ask how the two ends differ, or whether a network is Network ATC's.
OF_RULES = {
    "vm.config_version": Case("5"),
    "vm.processor_compatibility": Case("true"),
    "host.cpu_vendor": Case("intel"),
    "host.cpu_features": Case("x"),
    "cluster.network_atc": Case("true"),
}
# Of drains and patch nights alone: of priorities, of room at the other nodes, of what storage resyncs.
OF_PLANS = {
    "vm.priority": Case("low"),
    "host.memory_gib": Case("128"),
    "cluster.storage": Case("nodes"),
    "cluster.move_type_threshold": Case("0"),
}


def row_of(column: str, *values: str) -> Default:
    low, middle, high = values if len(values) > 1 else values * 3
    return Default(column=column, low=low, middle=middle, high=high, source="a test")


def inventory_of(folder: Path, column: str, case: Case) -> Path:
    """A cluster of two hosts that says everything but the column."""
    kind, _, name = column.partition(".")
    host = {**HOST, "os": "2019", "cluster": "c1", **case.host}
    vm = {"host": "hv1", "cluster": "c1", "memory_gib": 8, "vcpus": 2, "workload": "typical", "move": "memory"}
    rows = {"vm": {**vm, **case.vm}, "host": host, "cluster": {"cluster": "c1", **case.cluster}}
    rows[kind][name] = ""
    vms = [{"vm": f"vm{i}", **rows["vm"]} for i in range(6)]
    hosts = [{**rows["host"], "host": name} for name in ("hv1", "hv2")]
    return write_inventory(folder, vms, hosts, [rows["cluster"]])


def numbers(told: Told) -> list[list[tuple[str, Any]]]:
    """All that is answered, but for what is said to be taken for granted."""
    rows = [*told.clusters, *told.hosts, *told.vms]
    return [[(name, value) for name, value in row.items() if name != "assumed"] for row in rows]


def said(told: Told, column: str) -> list[str]:
    """What the summary says was taken of a column."""
    kind, _, name = column.partition(".")
    of = {"vm": " of VMs", "host": "", "cluster": " of the clusters"}[kind]
    return [one.value for one in told.summary.assumptions if one.what.startswith(f"{name}{of} of ")]


def test_every_column_is_tried() -> None:
    assert {*CASES, *OF_RULES, *OF_PLANS} == set(default_columns()) - {"host.state"}
    assert {column for column, case in CASES.items() if case.low_to_high} == RANGED


@pytest.mark.slow
@pytest.mark.parametrize("column", list(CASES))
def test_a_default_changes_the_answer_and_is_told(column: str, tmp_path: Path) -> None:
    case = CASES[column]
    inventory = read(inventory_of(tmp_path / "in", column, case))
    before = answered(inventory, tmp_path / "before", window_s=20.0, curves=False)
    after = answered(inventory, tmp_path / "after", window_s=20.0, curves=False, defaults=[row_of(column, case.value)])
    assert numbers(before) != numbers(after)
    assert len(said(after, column)) == 1


@pytest.mark.parametrize("column", list(OF_RULES))
def test_a_default_that_rules_ask_for_is_told(column: str, tmp_path: Path) -> None:
    case = OF_RULES[column]
    inventory = read(inventory_of(tmp_path / "in", column, case))
    assert len(said(answered(inventory, tmp_path / "parts", defaults=[row_of(column, case.value)]), column)) == 1


@pytest.mark.parametrize("column", list(OF_PLANS))
def test_a_default_given_in_vain_is_told(column: str, tmp_path: Path) -> None:
    case = OF_PLANS[column]
    inventory = read(inventory_of(tmp_path / "in", column, case))
    told = answered(inventory, tmp_path / "parts", defaults=[row_of(column, case.value)])
    (vain,) = [one for one in told.summary.assumptions if one.what == column]
    assert "taken for no host" in vain.why
    assert not said(told, column)
    # What is shipped is nobody's wish.
    assert not [one for one in answered(inventory, tmp_path / "shipped").summary.assumptions if one.what == column]


@pytest.mark.parametrize("column", sorted(RANGED))
def test_the_range_of_a_default_widens_the_interval(column: str, tmp_path: Path) -> None:
    """Under what is in force, so that both answers are of one setting."""
    case = CASES[column]
    assert case.low_to_high is not None
    inventory = read(inventory_of(tmp_path, column, case))
    (table,) = inventory.tables()
    whole = Partition(0, inventory.hosts, {one.cluster: one for one in inventory.clusters}, table)
    reaches = []
    for values in ((case.low_to_high[1],), case.low_to_high):
        assumed = assumed_from([row_of(column, *values)])
        sorted_ = sort_out(whole, Kinds(assumed, Goals(), shipped_card("hyperv")))
        ((kind, _),) = sorted_.kinded.cells
        today = {0: kind.today}
        found = own_times(sorted_.hosted, sorted_.kinded, today, forecast(sorted_.hosted, sorted_.kinded, today))
        every = [found.drain, found.total, found.dark]
        reaches.append([[one.quantile(share) for one in every] for share in (0.05, 0.5, 0.95)])
    (low, middle, high), (lower, same, higher) = reaches
    # A slower move may take one pass more, and be dark for less: of blackouts neither end is bound to go further out.
    for i in range(2):
        assert same[i] == pytest.approx(middle[i], rel=1e-9)
        assert (lower[i] <= low[i] * (1 + 1e-6)).all()
        assert (higher[i] >= high[i] * (1 - 1e-6)).all()
    wider = [(higher[i] * low[i] > high[i] * lower[i] * 1.0005).any() for i in range(3)]
    assert any(wider)
