"""What a second Dask worker brings: `python -m tests.bench.bench_dask [VMS] [--rounds N]`.

A scheduler is started on the loopback and one worker, then two, of one thread each; each time the same batch over a
generated estate is answered by the engine of `--engine dask`. Stages are timed inside this program: read
(`read_inventory`), sort (the VMs, read again into partitions), compute (from the first partition handed out to the last
one stored) and write (the folder of tables). Workers are new in every round and have imported advisor before; what they
learn of kinds of cluster they learn while the clock runs.

Whole partitions are handed out, so the second worker brings no more than their sizes allow, which is printed; and
this program, which reads partitions and stores answers, and the scheduler want processor time beside the workers. It
measures; it does not judge: no test runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from distributed import Client

from advisor.domain.fleet import BATCH_TABLES
from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.fleet.batch import Progress, question_of, run_batch
from advisor.fleet.engines import Cluster
from advisor.fleet.spill import plan_of
from advisor.fleet.written import schema_of
from advisor.intake.inventory import read_inventory
from advisor.reports.fleet.table_folder import TableFolder
from tests.fleet.estates import write_estate

VMS = 240_000
ROUNDS = 3
STAGES = ("read", "sort", "compute", "write")
CHECKOUT = Path(__file__).resolve().parents[2]


@contextmanager
def dask(folder: Path, workers: int) -> Iterator[str]:
    """Address of a scheduler with so many workers, which end with it."""
    told = folder / "scheduler.json"
    told.unlink(missing_ok=True)
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "dask"]
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
    worker = ["worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder / "work")]
    with (folder / "dask.log").open("a") as log:

        def started(arguments: list[str]) -> subprocess.Popen[bytes]:
            return subprocess.Popen([*command, *arguments], cwd=folder, env=environment, stdout=log, stderr=log)

        running = [started(scheduler)]
        try:
            until = time.monotonic() + 60
            while not (told.exists() and told.read_text()):
                if running[0].poll() is not None or time.monotonic() > until:
                    raise SystemExit((folder / "dask.log").read_text())
                time.sleep(0.1)
            address = json.loads(told.read_text())["address"]
            running += [started([*worker, address]) for _ in range(workers)]
            with Client(address, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=60)
                client.run(import_module, "advisor.fleet.solve")
            yield address
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait()


def stages(estate: Path, folder: Path, address: str) -> dict[str, float]:
    """Seconds of each stage of one batch."""
    marks = [time.perf_counter()]
    inventory = read_inventory([estate])
    marks.append(time.perf_counter())
    engine, first = Cluster(address), []

    def watch(_: Progress) -> None:
        first.append(time.perf_counter())

    answer = run_batch(inventory, question_of(Goals(window_s=7200.0)), folder / "parts", engine=engine, watch=watch)
    marks += [first[0], time.perf_counter()]
    with TableFolder(folder / "answer", "csv") as tables:
        for name in BATCH_TABLES:
            for batch in answer.batches(name):
                tables.append(name, batch)
        tables.close(schema_of)
    marks.append(time.perf_counter())
    answer.store.clear()
    return {stage: end - begin for stage, (begin, end) in zip(STAGES, pairwise(marks), strict=True)}


def at_most(inventory: Inventory) -> float:
    """What two workers gain at most, if the one that is free takes the next partition."""
    edges = plan_of(inventory).edges
    busy = [0, 0]
    for begin, end in pairwise(edges):
        busy[busy.index(min(busy))] += int(inventory.vms_of_host[begin:end].sum())
    return sum(busy) / max(busy)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(vms: int, rounds: int) -> None:
    """A line for each run, then what the second worker brings."""
    times: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory(prefix="bench-dask-") as scratch:
        folder = Path(scratch)
        estate = write_estate(folder / "estate", vms)
        inventory = read_inventory([estate])
        parts, load = plan_of(inventory).parts, os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        say(f"{vms:,} VMs in {parts} partitions; {os.cpu_count()} cores, load {load:.1f}, {rounds} rounds")
        say(f"{'round':>5} {'workers':>7}" + "".join(f"{stage:>10}" for stage in STAGES))
        for number in range(1, rounds + 1):
            for workers, rows in times.items():
                with dask(folder, workers) as address:
                    rows.append(stages(estate, folder, address))
                say(f"{number:5} {workers:7}" + "".join(f"{rows[-1][stage]:9.2f}s" for stage in STAGES))
        most = at_most(inventory)
    one, two = (statistics.median(row["compute"] for row in rows) for rows in times.values())
    say(f"compute: two workers {one / two:.2f} times as fast as one (medians); partitions allow {most:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time a batch on one Dask worker and on two.")
    parser.add_argument("vms", nargs="?", type=int, default=VMS, help="size of the estate")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    main(given.vms, given.rounds)
