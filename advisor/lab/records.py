"""What a lab writes: one row a move, one row a pass, the moment it is known."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from advisor.domain.runs import RUN_COLUMNS

# What a lab knows beyond a measured run's columns.
LAB_COLUMNS: Final = (
    "busy_source_cores",
    "busy_destination_cores",
    "auto_converge",
    "dark_ms",
    "link_mib",
    "throughput_gbps",
    "dirty_rate_before_mib_s",
    "dirty_rate_during_mib_s",
    "other_cpu_share",
    "trouble",
)
PASS_COLUMNS: Final = (
    "run_id",
    "study",
    "sync",
    "seconds",
    "sent_bytes",
    "dirty_bytes",
    "normal_pages",
    "zero_pages",
    "throttle_percent",
)


class Records:
    """The file of runs and, beside it, the file of passes; rows are on disk as soon as they are written."""

    def __init__(self, runs: Path, *, resume: bool) -> None:
        self.runs, self.passes = runs, passes_path(runs)
        self._mode = "a" if resume and runs.exists() else "w"

    def __enter__(self) -> Self:
        fresh = self._mode == "w"
        self._files = [path.open(self._mode, newline="", encoding="utf-8") for path in (self.runs, self.passes)]
        columns = ((*RUN_COLUMNS, *LAB_COLUMNS), PASS_COLUMNS)
        self._writers = [csv.DictWriter(file, names) for file, names in zip(self._files, columns, strict=True)]
        if fresh:
            for writer in self._writers:
                writer.writeheader()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def add(self, run: Mapping[str, Any], passes: list[Mapping[str, Any]]) -> None:
        """Write a run and its passes."""
        self._writers[1].writerows(passes)
        self._writers[0].writerow(run)
        # The passes first: a run that stands in its file has all of them.
        for file in reversed(self._files):
            file.flush()


def passes_path(runs: Path) -> Path:
    """The file of passes beside a file of runs.

    Examples
    --------
    >>> passes_path(Path("lab/runs.csv")).name
    'runs.passes.csv'
    """
    return runs.with_suffix(f".passes{runs.suffix}")


def runs_done(runs: Path) -> Iterator[str]:
    """Names of the runs a file holds already; a last row that was cut off does not count."""
    if not runs.exists():
        return
    with runs.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row.get("outcome"):
                yield row["run_id"]
