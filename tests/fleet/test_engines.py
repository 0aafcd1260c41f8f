"""Engines give the same bytes, whoever answers and whoever dies; and say what is missing where they cannot run."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.errors import InputError, WorkersLostError
from advisor.fleet import spill
from advisor.fleet.batch import Progress, question_of, run_batch
from advisor.fleet.engines import Cluster, Engine, Local
from advisor.fleet.written import schema_of
from advisor.reports.fleet.table_folder import TableFolder
from advisor.shipped import shipped_path
from tests.cli.conftest import as_program
from tests.fleet.asked import read
from tests.fleet.estates import write_small_clusters
from tests.real_parts import require

PARTS = 8
SMALL = shipped_path("data", "examples", "inventories", "small")
HOW_TO_GET_DASK = "Dask is not installed: install live-migration-advisor[cluster]"

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inventory]:
    """An estate of many clusters, each a partition of its own, so that there is work for several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spill, "VMS_TOGETHER", 100)
        inventory = read(write_small_clusters(tmp_path_factory.mktemp("estate"), 2000))
        assert spill.plan_of(inventory).parts >= PARTS
        yield inventory


def files_of(
    inventory: Inventory,
    folder: Path,
    engine: Engine,
    *,
    format: str = "csv",
    watch: Callable[[Progress], None] | None = None,
) -> Files:
    """The files a batch writes, byte for byte."""
    question = question_of(Goals(window_s=200.0, max_blackout_s=5.0))
    with TableFolder(folder, format) as tables:
        answer = run_batch(inventory, question, folder / "parts", engine=engine, sink=tables, watch=watch)
        written = tables.close(schema_of)
    summary = answer.summary.model_dump_json()
    return {file.name: file.read_bytes() for file in written} | {"summary": summary.encode()}


@pytest.fixture(scope="module")
def by_one(estate: Inventory, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """What one process answers, by format."""
    folder = tmp_path_factory.mktemp("one")
    return {format: files_of(estate, folder / format, Local(1), format=format) for format in ("csv", "parquet")}


def test_there_is_something_in_every_table(by_one: dict[str, Files]) -> None:
    assert set(by_one["csv"]) == {"clusters.csv", "hosts.csv", "vms.csv", "curves.csv", "set_aside.csv", "summary"}
    assert all(content.count(b"\n") > 3 for name, content in by_one["csv"].items() if name != "summary")


@pytest.mark.slow
@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("jobs", [2, 3])
def test_any_number_of_processes_gives_the_same_bytes(
    estate: Inventory, by_one: dict[str, Files], tmp_path: Path, jobs: int, format: str
) -> None:
    assert files_of(estate, tmp_path, Local(jobs), format=format) == by_one[format]


class Killer:
    """Kills one of some processes as soon as the second part is answered."""

    def __init__(self, processes: Callable[[], list[int]]) -> None:
        self.processes = processes
        self.killed: int | None = None

    def __call__(self, progress: Progress) -> None:
        if self.killed is None and 2 <= progress.parts_done < progress.parts - 2:
            self.killed = self.processes()[0]
            os.kill(self.killed, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_costs_no_rows(estate: Inventory, by_one: dict[str, Files], tmp_path: Path) -> None:
    import psutil

    def workers() -> list[int]:
        own = psutil.Process().children(recursive=True)
        return [one.pid for one in own if any("popen_loky" in part for part in one.cmdline())]

    killer = Killer(workers)
    assert files_of(estate, tmp_path, Local(2), watch=killer) == by_one["csv"]
    assert killer.killed is not None


@pytest.mark.slow
def test_many_more_parts_than_processes_are_all_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "VMS_TOGETHER", 1)
    inventory = read(write_small_clusters(tmp_path / "estate", 2000, nodes=2))
    parts = spill.plan_of(inventory).parts
    assert parts > 30
    seen: list[int] = []
    answer = run_batch(
        inventory,
        question_of(Goals(), curves=False),
        tmp_path / "parts",
        engine=Local(2),
        watch=lambda progress: seen.append(progress.parts_done),
    )
    assert seen == list(range(parts + 1))
    assert answer.summary.vms == int(inventory.vms_of_host.sum()) == answer.rows("vms")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_workers_that_die_again_and_again_are_told(estate: Inventory, tmp_path: Path) -> None:
    with pytest.raises(WorkersLostError, match=r"died 4 times running at the same parts .*--jobs 1"):
        run_batch(estate, question_of(Goals(), curves=False), tmp_path / "parts", engine=_Poisoned(2))


class _Poisoned(Local):
    """Two processes that are given what kills them."""

    def answers(self, numbers, load, question):  # type: ignore[no-untyped-def]
        return super().answers(numbers, lambda number: _Deadly() if number == 3 else load(number), question)


class _Deadly:
    """Kills who unpacks it."""

    def __reduce__(self) -> Any:
        return os.abort, ()


# ---------------------------------------------------------------- Dask


@pytest.fixture(scope="module")
def dask_available() -> None:
    require(importlib.util.find_spec("distributed") is not None, HOW_TO_GET_DASK)


@pytest.fixture
def cluster(dask_available: None) -> Iterator[Callable[[int], Any]]:
    """Starts a Dask cluster of some worker processes on this machine."""
    from distributed import LocalCluster

    started = []

    def start(workers: int) -> Any:
        one = LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
            silence_logs=50,
        )  # fmt: skip
        started.append(one)
        return one

    yield start
    for one in started:
        one.close()


def pids_of(cluster: Any) -> list[int]:
    return [nanny.pid for nanny in cluster.workers.values() if nanny.pid]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Dask's own, on which it is not ours to insist
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_dask_cluster_gives_the_same_bytes(
    estate: Inventory, by_one: dict[str, Files], tmp_path: Path, cluster: Callable[[int], Any], format: str
) -> None:
    engine = Cluster(cluster(2).scheduler_address)
    assert files_of(estate, tmp_path, engine, format=format) == by_one[format]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_dask_worker_costs_no_rows(
    estate: Inventory, by_one: dict[str, Files], tmp_path: Path, cluster: Callable[[int], Any], workers: int
) -> None:
    # With one worker alone nobody else holds what it was given: its successor must be given it again.
    started = cluster(workers)
    killer = Killer(lambda: pids_of(started))
    assert files_of(estate, tmp_path, Cluster(started.scheduler_address), watch=killer) == by_one["csv"]
    assert killer.killed is not None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_workers_of_another_edition_are_turned_away(
    estate: Inventory, tmp_path: Path, cluster: Callable[[int], Any]
) -> None:
    question = replace(question_of(Goals(), curves=False), edition="of another day")
    for engine in (Local(1), Local(2), Cluster(cluster(1).scheduler_address)):
        with pytest.raises(WorkersLostError, match="another version of advisor, and might answer otherwise"):
            run_batch(estate, question, tmp_path / "parts", engine=engine)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_scheduler_that_is_gone_is_told(dask_available: None, estate: Inventory, tmp_path: Path) -> None:
    # A process each, so that the scheduler can be killed.
    with ExitStack() as ends:

        def dask(*arguments: str) -> subprocess.Popen[bytes]:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            begun = subprocess.Popen([sys.executable, "-m", "dask", *arguments, "--no-dashboard"], **quiet)
            ends.callback(begun.wait)
            ends.callback(begun.kill)
            return begun

        where = tmp_path / "scheduler.json"
        scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(where))
        dask("worker", "--scheduler-file", str(where), "--nthreads", "1", "--no-nanny")
        began = time.monotonic()
        while not where.exists():
            assert time.monotonic() < began + 60
            time.sleep(0.1)
        killer = Killer(lambda: [scheduler.pid])
        with pytest.raises(WorkersLostError, match=r"is gone; mend: start it and its workers again, .*--resume"):
            files_of(estate, tmp_path, Cluster(json.loads(where.read_text())["address"]), watch=killer)
        assert killer.killed == scheduler.pid


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_without_workers_is_told_so(cluster: Callable[[int], Any]) -> None:
    with pytest.raises(InputError, match="the scheduler has no worker") as told:
        Cluster(cluster(0).scheduler_address)
    assert "start some with `dask worker tcp://127.0.0.1" in str(told.value)


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "tcp://", "http://127.0.0.1:1", "127.0.0.1:port"])
def test_no_scheduler_there_is_told_with_how_to_start_one(dask_available: None, address: str) -> None:
    # A process each: a client of Dask's that finds nobody leaves its event loop behind.
    done = as_program("batch", str(SMALL), "--engine", "dask", "--scheduler", address)
    assert (done.returncode, done.stdout) == (2, b"")
    told = done.stderr.decode()
    assert told.startswith(f"error: --scheduler: no scheduler answers (got {address})")
    assert "start one with `dask scheduler`" in told
    assert told.count("\n") == 1


def test_dask_that_is_not_installed_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)  # an import of it fails
    with pytest.raises(InputError) as told:
        Cluster("tcp://127.0.0.1:8786")
    assert "needs Dask, which is not installed" in str(told.value)
    assert "live-migration-advisor[cluster]" in str(told.value)
