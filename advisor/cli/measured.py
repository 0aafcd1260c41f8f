"""Files of measured runs, as `advisor evaluate` and `advisor calibrate` read them."""

from __future__ import annotations

from pathlib import Path

from advisor.cli.trouble import warn
from advisor.domain.runs import MeasuredRun
from advisor.intake.runs import read_runs


def runs_from(file: Path) -> tuple[MeasuredRun, ...]:
    """The good rows of a file; each bad one is named on stderr.

    Raises
    ------
    RunsError
        When the file cannot be read as runs, or has no good row.
    """
    found = read_runs(file)
    for problem in found.set_aside:
        warn(f"row set aside: {problem}")
    return found.runs
