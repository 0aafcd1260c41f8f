"""What an answer must not depend on: other clusters, the order of rows in the file, where partitions end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advisor.domain.inventory import Inventory
from advisor.fleet import spill
from tests.fleet.asked import Told, answered, read
from tests.fleet.estates import estate

GOALS = {"window_s": 240.0, "max_blackout_s": 5.0}


def write(folder: Path, vms: pd.DataFrame, hosts: pd.DataFrame, clusters: pd.DataFrame) -> Inventory:
    folder.mkdir(parents=True)
    for name, table in (("vms", vms), ("hosts", hosts), ("clusters", clusters)):
        table.to_csv(folder / f"{name}.csv", index=False)
    return read(folder)


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """An estate with many VMs of one size on a host, whose order is then their names'."""
    return estate(1500, seed=11, hosts=40)


@pytest.fixture(scope="module")
def whole(tables: tuple[pd.DataFrame, ...], tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("whole")
    return answered(write(folder / "in", *tables), folder / "parts", **GOALS)


def of_cluster(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["cluster"] == name]


def test_the_estate_is_worth_testing_on(whole: Told) -> None:
    assert len(whole.clusters) > 3
    assert len({row["transport"] for row in whole.clusters}) > 1
    assert whole.curves, "some hosts must miss the window"
    assert {row["window"] for row in whole.hosts} >= {"meets", "misses"}


def test_a_cluster_is_answered_alone_as_among_others(
    tables: tuple[pd.DataFrame, ...], whole: Told, tmp_path: Path
) -> None:
    vms, hosts, clusters = tables
    for name in [row["cluster"] for row in whole.clusters]:
        alone = hosts["cluster"].eq(name) | (hosts["cluster"].isna() & hosts["host"].eq(name))
        theirs = vms["host"].isin(hosts["host"][alone])
        told = answered(
            write(tmp_path / name, vms[theirs], hosts[alone], clusters[clusters["cluster"].eq(name)]),
            tmp_path / f"{name}.parts",
            **GOALS,
        )
        for table in ("clusters", "hosts", "vms", "curves"):
            assert getattr(told, table) == of_cluster(getattr(whole, table), name), (name, table)


def test_the_order_of_rows_does_not_matter(tables: tuple[pd.DataFrame, ...], whole: Told, tmp_path: Path) -> None:
    shuffled = [table.sample(frac=1.0, random_state=7) for table in tables]
    told = answered(write(tmp_path / "in", *shuffled), tmp_path / "parts", **GOALS)
    for table in ("clusters", "hosts", "vms", "curves"):
        assert getattr(told, table) == getattr(whole, table), table
    assert told.summary.verdicts == whole.summary.verdicts
    assert sorted(row["name"] for row in told.set_aside) == sorted(row["name"] for row in whole.set_aside)


@pytest.mark.parametrize("together", [1, 200, 700])
def test_where_partitions_end_does_not_matter(
    tables: tuple[pd.DataFrame, ...], whole: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    inventory = write(tmp_path / "in", *tables)
    one = spill.plan_of(inventory).parts
    monkeypatch.setattr(spill, "VMS_TOGETHER", together)
    assert spill.plan_of(inventory).parts > one
    told = answered(inventory, tmp_path / "parts", **GOALS)
    for table in ("clusters", "hosts", "vms", "curves", "set_aside"):
        mine, theirs = getattr(told, table), getattr(whole, table)
        if table == "set_aside":  # names the file, which stands elsewhere
            mine, theirs = ([{**row, "file": ""} for row in rows] for rows in (mine, theirs))
        assert sorted(mine, key=str) == sorted(theirs, key=str), table
    first, second = told.summary.model_dump(), whole.summary.model_dump()
    assert {**first, "memory_gib": 0} == {**second, "memory_gib": 0}
    assert first["memory_gib"] == pytest.approx(second["memory_gib"], rel=1e-3)
