"""How long a whole batch takes: `python -m tests.bench.bench_batch [VMS ...] [--rounds N]`.

A generated estate (50 VMs a host) is written as CSV, and two programs are run on it in turn, a busy machine slowing
both alike:

- `advisor batch ESTATE --window 2h -o DIR`, timed as a whole process, from its start to its end;
- pandas, which reads the same files with `read_csv` and writes the same answer with `DataFrame.to_csv`. It is timed
  from `import pandas` on, and what it writes was read into frames before, while its clock stood still: it computes
  nothing, and its interpreter starts for free.

A first run of advisor is not counted; it makes the answer that pandas writes. Printed are medians over the rounds,
their ratio, the exponent of growth log(t2 / t1) / log(n2 / n1) between sizes, and the most memory that all processes
of advisor took together: the sum of their proportional set sizes (resident sizes where the system tells no others),
looked at every 0.2 s. It measures; it does not judge: no test runs it.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

SIZES = (10_000, 1_000_000)
ROUNDS = 3
LOOK_EVERY_S = 0.2
TABLES = ("clusters", "hosts", "vms", "curves", "set_aside")
INPUTS = ("vms", "hosts", "clusters")
CHECKOUT = Path(__file__).resolve().parents[2]
ADVISOR = "from advisor.cli.main import run; run()"
# Arguments: the estate, the answer, where to write it again, and the tables of the two.
PANDAS = """
import sys, time
begin = time.perf_counter()
import pandas
seconds = time.perf_counter() - begin
estate, answer, out, inputs, tables = sys.argv[1:]
frames = {name: pandas.read_csv(f"{answer}/{name}.csv", low_memory=False) for name in tables.split(",")}
begin = time.perf_counter()
held = [pandas.read_csv(f"{estate}/{name}.csv") for name in inputs.split(",")]
for name, frame in frames.items():
    frame.to_csv(f"{out}/{name}.csv", index=False)
print(seconds + time.perf_counter() - begin)
"""


@dataclass(frozen=True)
class Estate:
    """An estate on disk, and room for answers beside it."""

    vms: int
    folder: Path

    @property
    def inputs(self) -> Path:
        return self.folder / "estate"

    def answer(self) -> tuple[float, float]:
        """Seconds of a batch, and the most memory it took [MiB]."""
        out = self.folder / "answer"
        shutil.rmtree(out, ignore_errors=True)
        return watched([sys.executable, "-c", ADVISOR, "batch", str(self.inputs), "--window", "2h", "-o", str(out)])

    def pandas(self) -> float:
        """Seconds of pandas reading the inputs and writing the answer."""
        out = self.folder / "again"
        out.mkdir(exist_ok=True)
        folders = (str(self.inputs), str(self.folder / "answer"), str(out))
        command = [sys.executable, "-c", PANDAS, *folders, ",".join(INPUTS), ",".join(TABLES)]
        return float(subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True).stdout)


def watched(command: list[str]) -> tuple[float, float]:
    """Seconds that a program takes, and the most memory that it and its children take together [MiB]."""
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    most, begin = 0.0, time.perf_counter()
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment) as program:
        while program.poll() is None:
            most = max(most, memory_mib(program.pid))
            try:
                program.wait(LOOK_EVERY_S)
            except subprocess.TimeoutExpired:
                continue
    seconds = time.perf_counter() - begin
    if program.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {program.returncode}")
    return seconds, most


def memory_mib(pid: int) -> float:
    """What a process and its children take together: what they share is counted once, where the system tells."""
    total = 0.0
    try:
        program = psutil.Process(pid)
        every = [program, *program.children(recursive=True)]
    except psutil.Error:
        return total
    for one in every:
        try:
            told = one.memory_full_info()
        except psutil.Error:  # it has just ended
            continue
        total += getattr(told, "pss", 0) or told.rss
    return total / 2**20


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"


def main(sizes: tuple[int, ...], rounds: int) -> None:
    """A line for each run, then what they come to."""
    from tests.fleet.estates import write_estate

    say(f"{os.cpu_count()} cores, load {load()}, {rounds} rounds")
    say(f"{'round':>5} {'VMs':>9} {'advisor':>9} {'pandas':>9} {'ratio':>6} {'memory':>9}")
    times: dict[int, list[tuple[float, float, float]]] = {vms: [] for vms in sizes}
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as scratch:
        estates = [Estate(vms, Path(scratch) / str(vms)) for vms in sizes]
        for estate in estates:
            write_estate(estate.inputs, estate.vms)
            estate.answer()
        for number in range(1, rounds + 1):
            for estate in estates:
                own, memory = estate.answer()
                other = estate.pandas()
                times[estate.vms].append((own, other, memory))
                say(f"{number:5} {estate.vms:9,} {own:8.2f}s {other:8.2f}s {own / other:6.2f} {memory:6.0f}MiB")
    medians = {}
    for vms, rows in times.items():
        own, other, _ = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio, memory = statistics.median(a / b for a, b, _ in rows), max(row[2] for row in rows)
        medians[vms] = own
        say(f"\n{vms:,} VMs: advisor {own:.2f} s, pandas {other:.2f} s: {own / other:.2f} times (median of the rounds'")
        say(f"ratios {ratio:.2f}); at most {memory:.0f} MiB in all processes together")
    for few, many in pairwise(sorted(medians)):
        exponent = math.log(medians[many] / medians[few]) / math.log(many / few)
        say(f"\nfrom {few:,} to {many:,} VMs time grows as n^{exponent:.3f}")
    say(f"load {load()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time a whole batch beside pandas reading and writing the same files.")
    parser.add_argument("vms", nargs="*", type=int, default=list(SIZES), help="sizes of estates")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    main(tuple(given.vms), given.rounds)
