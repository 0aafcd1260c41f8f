"""What a lab writes: one row a move, one row a pass, the moment it is known; and how it goes on after a crash."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from advisor.domain.plan import LabPlan
from advisor.domain.runs import MOST_BYTES, RUN_COLUMNS
from advisor.errors import LabError, Problem
from advisor.lab.rows import Row, asked
from advisor.lab.turns import Turn, turns

# What a lab knows beyond a measured run's columns.
LAB_COLUMNS: Final = (
    "busy_source_cores",
    "busy_destination_cores",
    "accelerator",
    "dark_ms",
    "link_mib",
    "throughput_gbps",
    "dirty_rate_before_mib_s",
    "dirty_rate_during_mib_s",
    "other_cpu_share",
    "stolen_share",
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
_COLUMNS: Final = (*RUN_COLUMNS, *LAB_COLUMNS)
_NEWLINE: Final = "\r\n"
_QUOTED: Final = 60


class Records:
    """The file of runs and, beside it, the file of passes; rows are on disk as soon as they are written.

    Parameters
    ----------
    resume : go on behind the rows the files hold; `take_up` has looked at them.
    """

    def __init__(self, runs: Path, *, resume: bool) -> None:
        self.runs, self.passes = runs, passes_path(runs)
        self._resume = resume

    def __enter__(self) -> Self:
        self._files = []
        for path, columns in ((self.runs, _COLUMNS), (self.passes, PASS_COLUMNS)):
            fresh = not (self._resume and path.exists() and path.stat().st_size)
            if fresh:
                path.write_bytes(b"")
            file = path.open("a", newline="", encoding="utf-8")  # its end, wherever another program has put it
            self._files.append(file)
            if fresh:
                file.write(_lines([dict(zip(columns, columns, strict=True))], columns))
                file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def add(self, rows: Sequence[Row]) -> None:
        """Write the runs of a turn and their passes.

        The passes first: a run that stands in its file has all of them.
        """
        runs, passes = self._files
        passes.write(_lines([one for row in rows for one in row.passes], PASS_COLUMNS))
        passes.flush()
        runs.write(_lines([row.run for row in rows], _COLUMNS))
        runs.flush()


def passes_path(runs: Path) -> Path:
    """The file of passes beside a file of runs.

    Examples
    --------
    >>> passes_path(Path("lab/runs.csv")).name
    'runs.passes.csv'
    """
    return runs.with_suffix(f".passes{runs.suffix}")


def take_up(runs: Path, plan: LabPlan, *, cut: bool = True) -> set[str]:
    """Names of the runs a file holds of this plan; what a crash left unfinished is cut off both files, if it is to be.

    Unfinished are a last line without its end, a batch of moves that lacks some of its rows, and
    passes of runs that are not there.

    Raises
    ------
    LabError
        When the file is of other columns or of another plan; nothing is cut off then.
    OSError
        When a file cannot be read or written.
    """
    whole, lines = _whole_lines(runs, _COLUMNS), _whole_lines(passes_path(runs), PASS_COLUMNS)
    rows = _parsed(whole, _COLUMNS, runs)
    wanted = {name: (turn, index) for own in turns(plan) for turn in own for index, name in enumerate(turn.run_ids)}
    for line, found in enumerate(rows, start=2):
        _check(found, wanted, str(runs), line)
    names = {found["run_id"] for found in rows}
    done = {name for name in names if all(one in names for one in wanted[name][0].run_ids)}
    if not cut:
        return done
    kept = [found["run_id"] in done for found in _parsed(lines, PASS_COLUMNS, passes_path(runs))]
    _keep(runs, whole, [found["run_id"] in done for found in rows])
    _keep(passes_path(runs), lines, kept)
    return done


def _check(found: Mapping[str, str], wanted: Mapping[str, tuple[Turn, int]], file: str, line: int) -> None:
    """Refuse a row that this plan would not have made."""
    mend = "give the plan the file was made with, or another file"
    name = found["run_id"]
    if name not in wanted:
        raise LabError(Problem("this plan has no such run", file, line, "run_id", name, mend=mend))
    turn, guest = wanted[name]
    for column, value in asked(turn, guest).items():
        text = "" if value is None else str(value)
        if not _same(found[column], text):
            said = found[column] or "an empty cell"
            raise LabError(Problem("the plan asks for something else", file, line, column, said, text, mend))


def _same(one: str, other: str) -> bool:
    """The same text, or the same number as another program writes it."""
    try:
        return one == other or float(one) == float(other)
    except ValueError:
        return False


def _whole_lines(path: Path, columns: tuple[str, ...]) -> list[str]:
    """The lines of a file that have their end; a first line that was cut off counts as none."""
    if not path.exists():
        return []
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        mend = "name another file"
        raise LabError(Problem("is no file of runs, or one far too large", str(path), mend=mend))
    lines = re.findall(r"[^\n]*\n|[^\n]+", path.read_bytes().decode("utf-8", errors="replace"))
    torn = bool(lines) and not lines[-1].endswith("\n")
    if torn and len(lines) == 1 and not ",".join(columns).startswith(lines[0].rstrip("\r")):
        raise _other_columns(path, lines[0])
    return lines[:-1] if torn else lines


def _parsed(lines: list[str], columns: tuple[str, ...], path: Path) -> list[dict[str, str]]:
    table = list(csv.reader(lines))
    if table and tuple(table[0]) != columns:
        odd = [name for name in table[0] if name not in columns] or [name for name in columns if name not in table[0]]
        raise _other_columns(path, odd[0] if odd else "the same in another order")
    for line, cells in enumerate(table[1:], start=2):
        if len(cells) != len(columns):
            mend = "mend or remove the line"
            raise LabError(Problem(f"has {len(cells)} cells for {len(columns)} columns", str(path), line, mend=mend))
    return [dict(zip(columns, cells, strict=True)) for cells in table[1:]]


def _other_columns(path: Path, odd: str) -> LabError:
    mend = "write to another file; `advisor evaluate` reads either"
    allowed = "the columns that this version of advisor measures"
    return LabError(Problem("holds other columns", str(path), 1, value=odd[:_QUOTED], allowed=allowed, mend=mend))


def _keep(path: Path, lines: list[str], kept: list[bool]) -> None:
    """Leave the first line and those that are kept; the file is replaced whole, or stays as it is."""
    if not path.exists():
        return
    text = "".join([*lines[:1], *(line for line, stays in zip(lines[1:], kept, strict=True) if stays)]).encode()
    if text == path.read_bytes():
        return
    # A name that nobody can know beforehand: a link planted there would be written through.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _lines(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> str:
    stream = io.StringIO(newline="")
    csv.DictWriter(stream, columns, lineterminator=_NEWLINE).writerows(rows)
    return stream.getvalue()
