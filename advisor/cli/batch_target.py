"""Where the answer of a batch goes: a folder of tables, a file, or the terminal; checked before anything is begun."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from advisor.cli.trouble import warn
from advisor.cli.writing import DEFAULT_FORMAT, Output, write_whole
from advisor.domain.fleet import BATCH_TABLES
from advisor.errors import InputError, Problem
from advisor.reports import BATCH_FORMATS, render_batch

if TYPE_CHECKING:
    from advisor.domain.inventory import Inventory
    from advisor.fleet.store import StoredTables

PARTS: Final = "parts"
_FOLDERS: Final = ("csv", "parquet")
_FILES: Final = (*(one for one in BATCH_FORMATS if one != DEFAULT_FORMAT), "xlsx")
_SUMMARY: Final = "summary.json"
FORMATS: Final = (DEFAULT_FORMAT, *_FILES, *_FOLDERS)
"""Formats of a batch's answer."""
# What ends like a kind of file is not meant as a folder; what ends like a version or a date may be.
_LIKE_A_FILE: Final = re.compile(r"\.[A-Za-z]{1,5}")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a batch goes: a folder of tables, a file, or the terminal."""

    format: str
    path: Path | None

    @contextmanager
    def open(self) -> Iterator[tuple[Path, Any]]:
        """The folder for parts, and what takes the rows; parts are cleared once all is written."""
        if self.path is None:
            with tempfile.TemporaryDirectory(prefix="advisor-batch-") as folder:
                yield Path(folder) / PARTS, None
        elif self.format in _FOLDERS:
            from advisor.reports.fleet.table_folder import TableFolder

            with TableFolder(self.path, self.format) as tables:
                yield self.path / PARTS, tables
        else:
            yield self.path.with_name(f"{self.path.name}.{PARTS}"), None

    def check(self, inventory: Inventory) -> None:
        """Check the target against what is to be written there.

        Raises
        ------
        InputError
            When the answer would stand in place of what it answers or of what no batch wrote, or no sheet of a workbook
            would hold it.
        """
        if self.path is None:
            return
        files = [self.path]
        if self.format in _FOLDERS:
            files = [*(self.path / f"{name}.{self.format}" for name in BATCH_TABLES), self.path / _SUMMARY]
        read = {Path(file).resolve() for file in inventory.files}
        lost = [file for file in files if file.resolve() in read]
        if lost:
            raise _refused(lost, "is of the inventory, and would be lost", "name another place, such as -o answer")
        if self.format in _FOLDERS:
            _refuse_what_is_not_ours(self.path, self.format)
        if self.format == "xlsx":
            from advisor.reports.fleet.batch_xlsx import refuse_what_no_sheet_holds

            rows = {"vms": int(inventory.vms_of_host.sum()), "hosts": len(inventory.hosts)}
            refuse_what_no_sheet_holds({**rows, "set_aside": inventory.rows_set_aside}, self.path)

    def write(self, answer: StoredTables, sink: Any) -> None:
        """Write what is written at the end, and clear the parts."""
        if self.path is None:
            Output(self.format).write(render_batch, answer)
            return
        if self.format in _FOLDERS:
            from advisor.fleet.written import schema_of

            sink.close(schema_of)
            write_whole(self.path / _SUMMARY, answer.summary.model_dump_json(indent=2) + "\n")
        elif self.format == "xlsx":
            from advisor.reports.fleet.batch_xlsx import write_batch_xlsx

            write_batch_xlsx(answer, self.path)
        else:
            Output(self.format, self.path).write(render_batch, answer)
        answer.store.clear()
        if sys.stderr.isatty():
            from advisor.reports.fleet.wording import batch_headline

            warn(batch_headline(answer.summary))
            warn(f"written to {self.path}")


def _refuse_what_is_not_ours(folder: Path, format: str) -> None:
    """A table that no batch wrote is not written over: inventories may have tables of the same names."""
    from advisor.reports.fleet.table_folder import is_table

    files = {name: folder / f"{name}.{format}" for name in BATCH_TABLES}
    others = [file for name, file in files.items() if file.exists() and not is_table(file, name)]
    if others:
        raise _refused(others, "stands there, and no batch wrote it", "name another place, or move it away")


def _refused(files: Sequence[Path], message: str, mend: str) -> InputError:
    return InputError([Problem(message, column="--output", value=str(file), mend=mend) for file in files])


def target_of(format: str | None, path: Path | None, *, resume: bool) -> Target:
    """Where to write, checked before anything is worked out.

    Raises
    ------
    InputError
        When the format does not exist, or does not go where it is to go.
    """
    problems = []
    if format is not None and format not in FORMATS:
        problems.append(Problem("is not a format", column="--format", value=format, allowed=", ".join(FORMATS)))
    if path is None:
        if resume:
            problems.append(
                Problem("needs the folder or file of the run that was stopped", column="--resume", mend="-o")
            )
        if format in {*_FOLDERS, "xlsx"}:
            problems.append(Problem("cannot be written to a terminal", column="--format", value=format, mend="add -o"))
        if problems:
            raise InputError(problems)
        return Target(format or DEFAULT_FORMAT, None)
    ending = path.suffix.removeprefix(".").lower()
    if str(path) == "-":
        mend = "leave -o out: a table, json or html goes to the terminal"
        problems.append(Problem("is no file and no folder", column="--output", value="-", mend=mend))
    elif format is None and not path.is_dir() and _LIKE_A_FILE.fullmatch(path.suffix) and ending not in FORMATS:
        problems.append(
            Problem(
                "ends like a file of no format of a batch",
                column="--output",
                value=str(path),
                allowed=f"a folder, or a file ending in {', '.join(f'.{one}' for one in _FILES)}",
                mend="for a folder of this name add -f csv",
            )
        )
    if format is None and ending in _FOLDERS:
        problems.append(
            Problem(
                "is one file, and a batch has several tables",
                column="--output",
                value=str(path),
                mend=f"name a folder: -o {path.stem} -f {ending}",
            )
        )
    chosen = format or (ending if ending in _FILES else "csv")
    if chosen in _FOLDERS and path.exists() and not path.is_dir():
        problems.append(Problem("is a file; the tables go into a folder", column="--output", value=str(path)))
    if chosen not in _FOLDERS and path.is_dir():
        problems.append(Problem("is a directory", column="--output", value=str(path), mend="name a file in it"))
    if problems:
        raise InputError(problems)
    return Target(chosen, path)
