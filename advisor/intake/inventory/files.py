"""The files that an inventory is made of, and the tables in each."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from advisor.errors import InventoryError, Problem
from advisor.intake.inventory.csv_tables import csv_table
from advisor.intake.inventory.tables import Table, refuse

ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".json", ".xlsx", ".xlsm", ".parquet"})
"""Files of a directory that are looked at."""

MOST_FILES: Final = 10_000

_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was when it was first looked at."""

    path: Path
    size: int
    changed_ns: int

    def check(self) -> None:
        """Raise an error where it is no longer the same file.

        Raises
        ------
        InventoryError
            When it was changed or taken away meanwhile.
        """
        try:
            now = self.path.stat()
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed_ns):
            raise refuse(str(self.path), "was changed while it was being read", "run the command again")


def sources_of(paths: Sequence[str | Path]) -> list[Source]:
    """The files that paths name; of a directory those that end in one of `ENDINGS`, in order of their names.

    Raises
    ------
    InventoryError
        When there is no such file, or a directory holds none.
    """
    found: dict[str, Source] = {}
    problems: list[Problem] = []
    for given in paths:
        try:
            path = Path(given)
            inside = _files_in(path) if path.is_dir() else [path]
            for file in inside:
                found.setdefault(os.path.realpath(file), _source(file))
        except InventoryError as error:
            problems += error.problems
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            problems += _unreadable(given, error).problems
    if problems:
        raise InventoryError(problems)
    if not found:
        raise InventoryError(Problem("names no file", column="PATH", mend="name the exported file or its directory"))
    if len(found) > MOST_FILES:
        raise InventoryError(Problem("names too many files", column="PATH", allowed=f"{MOST_FILES:,} files"))
    return list(found.values())


def _files_in(directory: Path) -> list[Path]:
    files = sorted(
        one for one in directory.iterdir()
        if one.suffix.lower() in ENDINGS and not one.name.startswith((".", "~$")) and one.is_file()
    )  # fmt: skip
    if not files:
        endings = ", ".join(sorted(ENDINGS))
        raise refuse(str(directory), "holds no file of an inventory", f"files end in {endings}")
    return files


def _source(path: Path) -> Source:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise refuse(str(path), "is no regular file", "save it as a file first: it is read twice")
    return Source(path, found.st_size, found.st_mtime_ns)


def _unreadable(path: str | Path, error: Exception) -> InventoryError:
    if isinstance(error, FileNotFoundError):
        return refuse(str(path), "no such file", "check the path")
    why = getattr(error, "strerror", None) or str(error)
    return refuse(str(path), "cannot be read", "check the path and its permissions", value=why)


def tables_in(source: Source) -> list[Table]:
    """The tables of a file, by what it holds and not by what it is called; none where it is empty.

    Raises
    ------
    InventoryError
        When it is of no kind that is read, or broken.
    """
    path = source.path
    try:
        with path.open("rb") as stream:
            start = stream.read(64)
        if not start.strip():
            return []
        if start.startswith(_ZIP):
            from advisor.intake.inventory.xlsx_tables import xlsx_tables

            return xlsx_tables(path)
        if start.startswith(_PARQUET):
            from advisor.intake.inventory.parquet_tables import parquet_tables

            return parquet_tables(path)
        if start.startswith(_OLD_EXCEL):
            raise refuse(str(path), "is an old or encrypted Excel file", "save it as xlsx, without a password")
        if path.suffix.lower() == ".json" or _begins_json(start):
            from advisor.intake.inventory.json_tables import json_tables

            return json_tables(path)
        table = csv_table(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    return [] if table is None else [table]


def _begins_json(start: bytes) -> bool:
    plain = start.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").removeprefix(b"\xff\xfe").lstrip()
    return plain.startswith((b"{", b"[{", b"[\n", b"[\r", b"[ "))


def fingerprint_of(sources: Sequence[Source], said: Sequence[Sequence[str]] = ()) -> str:
    """A hash over the content of all files, in order, and what a person says of their columns.

    Raises
    ------
    InventoryError
        When one cannot be read.
    """
    digest = hashlib.sha256()
    for source in sources:
        try:
            with source.path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            raise _unreadable(source.path, error) from None
    if said:
        digest.update(json.dumps(said).encode())
    return digest.hexdigest()
