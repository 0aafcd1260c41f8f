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
looked at every 0.2 s. Processor seconds of all processes stand beside the times: on a machine that others use too they
say more. It measures; it does not judge: no test runs it.
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
def now():
    return time.perf_counter(), time.process_time()
begin = now()
import pandas
imported = now()
estate, answer, out, inputs, tables = sys.argv[1:]
frames = {name: pandas.read_csv(f"{answer}/{name}.csv", low_memory=False) for name in tables.split(",")}
loaded = now()
held = [pandas.read_csv(f"{estate}/{name}.csv") for name in inputs.split(",")]
for name, frame in frames.items():
    frame.to_csv(f"{out}/{name}.csv", index=False)
print(*(b - a + d - c for a, b, c, d in zip(begin, imported, loaded, now())))
"""


@dataclass(frozen=True)
class Run:
    """What one run took."""

    seconds: float
    processor_s: float
    memory_mib: float = math.nan


@dataclass(frozen=True)
class Estate:
    """An estate on disk, and room for answers beside it."""

    vms: int
    folder: Path

    @property
    def inputs(self) -> Path:
        return self.folder / "estate"

    def answer(self) -> Run:
        """A batch as a whole process."""
        out = self.folder / "answer"
        shutil.rmtree(out, ignore_errors=True)
        return watched([sys.executable, "-c", ADVISOR, "batch", str(self.inputs), "--window", "2h", "-o", str(out)])

    def pandas(self) -> Run:
        """Pandas reading the inputs and writing the answer."""
        out = self.folder / "again"
        out.mkdir(exist_ok=True)
        folders = (str(self.inputs), str(self.folder / "answer"), str(out))
        command = [sys.executable, "-c", PANDAS, *folders, ",".join(INPUTS), ",".join(TABLES)]
        told = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True).stdout
        return Run(*map(float, told.split()))


def watched(command: list[str]) -> Run:
    """Run a program, and look at it and its children until it ends."""
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    most, processors, begin = 0.0, dict[int, float](), time.perf_counter()
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment) as program:
        while program.poll() is None:
            most = max(most, looked_at(program.pid, processors))
            try:
                program.wait(LOOK_EVERY_S)
            except subprocess.TimeoutExpired:
                continue
    seconds = time.perf_counter() - begin
    if program.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {program.returncode}")
    return Run(seconds, sum(processors.values()), most)


def looked_at(pid: int, processors: dict[int, float]) -> float:
    """What a process and its children take together [MiB], and of processors so far, by process [s].

    Memory that they share is counted once, where the system tells.
    """
    try:
        program = psutil.Process(pid)
        every = [program, *program.children(recursive=True)]
    except psutil.Error:
        return 0.0
    total = 0.0
    for one in every:
        try:
            told, times = one.memory_full_info(), one.cpu_times()
        except psutil.Error:  # it has just ended
            continue
        total += getattr(told, "pss", 0) or told.rss
        processors[one.pid] = times.user + times.system
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
    both = f"{'time':>9} {'processor':>10}"
    say(f"{'':15} {'advisor':>20} {'pandas':>20} {'advisor / pandas':>20}")
    say(f"round {'VMs':>9} {both} {both} {both}    memory")
    runs: dict[int, list[tuple[Run, Run]]] = {vms: [] for vms in sizes}
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as scratch:
        estates = [Estate(vms, Path(scratch) / str(vms)) for vms in sizes]
        for estate in estates:
            write_estate(estate.inputs, estate.vms)
            estate.answer()
        for number in range(1, rounds + 1):
            for estate in estates:
                own, other = estate.answer(), estate.pandas()
                runs[estate.vms].append((own, other))
                say(
                    f"{number:5} {estate.vms:9,} {own.seconds:8.2f}s {own.processor_s:9.2f}s "
                    f"{other.seconds:8.2f}s {other.processor_s:9.2f}s {own.seconds / other.seconds:9.2f} "
                    f"{own.processor_s / other.processor_s:10.2f} {own.memory_mib:5.0f} MiB"
                )
    medians = {}
    for vms, rows in runs.items():
        own_s, other_s = (statistics.median(row[i].seconds for row in rows) for i in (0, 1))
        ratio = statistics.median(own.seconds / other.seconds for own, other in rows)
        most = max(own.memory_mib for own, _ in rows)
        medians[vms] = own_s
        say(f"{vms:,} VMs: advisor {own_s:.2f} s, pandas {other_s:.2f} s (medians): {own_s / other_s:.2f} times")
        say(f"  median of the rounds' ratios {ratio:.2f}; at most {most:.0f} MiB in all processes together")
    for few, many in pairwise(sorted(medians)):
        exponent = math.log(medians[many] / medians[few]) / math.log(many / few)
        say(f"from {few:,} to {many:,} VMs time grows as n^{exponent:.3f}")
    say(f"load {load()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time a whole batch beside pandas reading and writing the same files.")
    parser.add_argument("vms", nargs="*", type=int, default=list(SIZES), help="sizes of estates")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    main(tuple(given.vms), given.rounds)
