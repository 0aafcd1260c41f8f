"""Inventories from rows or generated estates, and the answers of a batch as rows: what tests of the batch share."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.domain.fleet import BATCH_TABLES, BatchSummary
from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.fleet.assumed import assumed_from
from advisor.fleet.batch import question_of, run_batch
from advisor.fleet.cluster_group import Partition, Sorted, sort_out
from advisor.fleet.engines import Engine, Local
from advisor.fleet.kinds import Kinds
from advisor.intake.inventory import read_inventory
from advisor.residual.card_files import shipped_card

Row = Mapping[str, Any]

HOST: Row = {
    "os": "2022", "cores": 32, "cpu_busy": 0.2, "memory_gib": 512, "nic_gbps": 10, "nic_count": 2, "mtu_bytes": 1500,
    "rdma": "none", "team": "none", "power_plan": "high_performance", "performance_option": "TCPIP", "simultaneous": 2,
}  # fmt: skip
"""A host of which everything that bears on its moves is known."""


def write_rows(file: Path, rows: Sequence[Row]) -> Path:
    """Rows as CSV; a column that some rows lack is empty there."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)
    return file


def write_inventory(folder: Path, vms: Sequence[Row], hosts: Sequence[Row], clusters: Sequence[Row] = ()) -> Path:
    """An inventory as files; `hosts` are filled up from `HOST`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / "vms.csv", vms)
    write_rows(folder / "hosts.csv", [{**HOST, **host} for host in hosts])
    if clusters:
        write_rows(folder / "clusters.csv", clusters)
    return folder


def read(folder: Path) -> Inventory:
    """What stands in a folder."""
    return read_inventory([folder])


def of_one_host(folder: Path, sizes_gib: Iterable[float], *, vm: Row | None = None, **host: Any) -> Inventory:
    """An inventory of one host that stands alone, with VMs of these sizes."""
    vms = [{"vm": f"vm{i}", "host": "hv1", "memory_gib": size, **(vm or {})} for i, size in enumerate(sizes_gib)]
    return read(write_inventory(folder, vms, [{"host": "hv1", **host}]))


@dataclass(frozen=True)
class Told:
    """What a batch answered."""

    clusters: list[dict[str, Any]]
    hosts: list[dict[str, Any]]
    vms: list[dict[str, Any]]
    curves: list[dict[str, Any]]
    set_aside: list[dict[str, Any]]
    summary: BatchSummary


def answered(
    inventory: Inventory,
    folder: Path,
    *,
    engine: Engine | None = None,
    defaults: Sequence[Any] = (),
    costs: Sequence[Any] | None = None,
    curves: bool = True,
    **goals: Any,
) -> Told:
    """The rows of a batch, answered in this process unless an engine is given."""
    question = question_of(Goals(**goals), defaults=defaults, costs=costs, curves=curves)
    tables = run_batch(inventory, question, folder, engine=engine or Local(1))
    rows = {name: [row for batch in tables.batches(name) for row in batch.to_pylist()] for name in BATCH_TABLES}
    return Told(**rows, summary=tables.summary)


def sorted_out(inventory: Inventory, **goals: Any) -> Sorted:
    """A whole inventory as one partition, ready to be predicted."""
    (table,) = inventory.tables()
    clusters = {cluster.cluster: cluster for cluster in inventory.clusters}
    whole = Partition(0, inventory.hosts, clusters, table)
    return sort_out(whole, Kinds(assumed_from(()), Goals(**goals), shipped_card("hyperv")))
