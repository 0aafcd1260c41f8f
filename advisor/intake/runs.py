"""Reads and writes files of measured runs; a bad row is named and set aside, the good ones go on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from advisor.domain.describe import Key
from advisor.domain.runs import MOST_BYTES, REQUIRED_RUN_COLUMNS, RUN_COLUMNS, MeasuredRun
from advisor.domain.shipped_tables import load_workloads
from advisor.errors import Problem, RunsError
from advisor.intake.files import read_text
from advisor.intake.validation import closest, validate

# A spreadsheet runs a cell that begins so as a formula; such text is written behind an apostrophe.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")
_SEPARATORS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class RunsFile:
    """What a file of runs holds.

    Attributes
    ----------
    runs : the rows that hold, in order.
    set_aside : what is wrong with the others.
    columns : the file's columns, in order.
    """

    runs: tuple[MeasuredRun, ...]
    set_aside: tuple[Problem, ...]
    columns: tuple[str, ...]


def read_runs(path: str | Path) -> RunsFile:
    """Measured runs from a CSV file with the columns of `RUN_COLUMNS`, in any order.

    An empty cell is unknown, never zero. Columns of other names are kept with each run. Values may be
    parted by commas, semicolons or tabs.

    Raises
    ------
    RunsError
        When the file cannot be read, lacks a required column, or has no usable row.

    Examples
    --------
    >>> from advisor.shipped import shipped_path
    >>> len(read_runs(shipped_path("data", "measured", "hyperv_published.csv")).runs)
    14
    """
    file = str(path)
    text = read_text(Path(path), MOST_BYTES, RunsError)
    rows = _rows(text, file)
    header_line, header = next(rows, (1, []))
    columns = _columns(header, file, header_line)
    runs: dict[str, MeasuredRun] = {}
    set_aside: list[Problem] = []
    for line, cells in rows:
        run, problems = _run(cells, columns, file, line)
        if run is not None and run.run_id in runs:
            problems = [
                Problem(
                    "another row has this name", file, line, "run_id", run.run_id, mend="give each run its own name"
                )
            ]
        elif run is not None:
            runs[run.run_id] = run
        set_aside += problems
    if not runs:
        raise RunsError(
            set_aside or Problem("holds no runs", file, mend="write one row for each run below the columns")
        )
    return RunsFile(tuple(runs.values()), tuple(set_aside), columns)


def write_runs(runs: Iterable[MeasuredRun], path: str | Path) -> None:
    """Write runs as CSV that `read_runs` reads back unchanged and no spreadsheet runs as formulas.

    Examples
    --------
    >>> import tempfile
    >>> from advisor.domain.runs import MeasuredRun
    >>> run = MeasuredRun(run_id="a", study="lab", platform="hyperv", transport="tcpip", total_s=54)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_runs([run], Path(folder) / "runs.csv")
    ...     read_runs(Path(folder) / "runs.csv").runs == (run,)
    True
    """
    rows = list(runs)
    extras = list(dict.fromkeys(name for run in rows for name in run.extra_columns))
    stream = io.StringIO(newline="")
    # Carriage return and line feed, so that either inside a cell makes the writer quote it.
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([*RUN_COLUMNS, *(_guarded(name) for name in extras)])
    for run in rows:
        own = [_cell(getattr(run, name)) for name in RUN_COLUMNS]
        writer.writerow([*own, *(_guarded(run.extra_columns.get(name, "")) for name in extras)])
    Path(path).write_text(stream.getvalue(), encoding="utf-8", newline="")


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row that is not blank; the line is the one the row ends on."""
    head = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise RunsError(
            Problem(f"is not CSV: {error}", file, reader.line_num, mend="check the quotes on this line")
        ) from None


def _columns(header: list[str], file: str, line: int) -> tuple[str, ...]:
    columns = tuple(_unguarded(name.strip()) for name in header)
    problems = [
        Problem("the column stands more than once", file, line, name, mend="keep one of them")
        for name in dict.fromkeys(columns)
        if name and columns.count(name) > 1
    ]
    for name in REQUIRED_RUN_COLUMNS:
        if name not in columns:
            near = closest(name, [column for column in columns if column and column not in RUN_COLUMNS])
            mend = f"rename {near}" if near else "add it to the first row"
            problems.append(
                Problem("the column is missing", file, line, name, allowed=", ".join(RUN_COLUMNS), mend=mend)
            )
    if problems:
        raise RunsError(problems)
    return columns


def _run(cells: list[str], columns: tuple[str, ...], file: str, line: int) -> tuple[MeasuredRun | None, list[Problem]]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        message = f"has {len(cells)} cells for {len(columns)} columns"
        return None, [Problem(message, file, line, mend="quote cells that hold the separator")]
    content: dict[str, Any] = {"extra_columns": {}}
    for name, cell in zip(columns, cells, strict=False):
        if name in RUN_COLUMNS:
            content[name] = _unguarded(cell).strip() or None
        elif name and cell:
            content["extra_columns"][name] = _unguarded(cell)

    def place(path: tuple[Key, ...]) -> Problem:
        return Problem("", file, line, str(path[0]) if path else None)

    run, problems = validate(MeasuredRun, content, place)
    if run is not None and run.workload is not None and run.workload not in load_workloads():
        known = ", ".join(sorted(load_workloads()))
        return None, [
            Problem("is no workload class", file, line, "workload", run.workload, known, "name one, or leave it empty")
        ]
    return run, problems


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return _guarded(value) if isinstance(value, str) else str(value)


def _guarded(text: str) -> str:
    return "'" + text if _FORMULA.match(text) and not _is_number(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
