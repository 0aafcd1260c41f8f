"""How long a recommendation takes from a cold start: `python -m tests.bench.bench_cold_start [ROUNDS]`.

Side by side with `python -c "import pandas"`, the measure it is held against. The runs are interleaved and begin
with a round that is not counted, so that a busy machine and cold disks slow both alike; medians are compared. Both
find their modules compiled, as pip leaves them. It measures; it does not judge: no test runs it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
CHECKOUT = Path(__file__).resolve().parents[2]
SCENARIO = CHECKOUT / "data" / "examples" / "seed_lab.yaml"
PROGRAM = "from advisor.cli.main import run; run()"
COMMANDS = {
    "import pandas": ["-c", "import pandas"],
    "advisor recommend": ["-c", PROGRAM, "recommend", str(SCENARIO)],
    "advisor recommend -f json": ["-c", PROGRAM, "recommend", str(SCENARIO), "-f", "json"],
}


def seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """Wall-clock time of one run [s]."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, cwd=CHECKOUT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def measured(rounds: int) -> dict[str, list[float]]:
    """Times of every command, round by round [s]."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as compiled:
        environment = kept | {"PYTHONPATH": str(CHECKOUT), "PYTHONPYCACHEPREFIX": compiled}
        for number in range(rounds + 1):
            for name, arguments in COMMANDS.items():
                taken = seconds(arguments, environment)
                if number:
                    times[name].append(taken)
    return times


def main() -> None:
    """Print medians, fastest runs and the ratio of each to the first."""
    times = measured(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    base = statistics.median(next(iter(times.values())))
    for name, runs in times.items():
        median = statistics.median(runs)
        numbers = f"median {median * 1e3:5.0f} ms   fastest {min(runs) * 1e3:5.0f} ms   ratio {median / base:.2f}"
        sys.stdout.write(f"{name:27} {numbers}\n")


if __name__ == "__main__":
    main()
