"""Columns as a person corrects them: which header of which file is to be read as which column, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from advisor.domain.estate import CLUSTER_COLUMNS, HOST_COLUMNS, VM_COLUMNS
from advisor.errors import InventoryError, Problem
from advisor.intake.inventory.files import sources_of, tables_in
from advisor.intake.inventory.recognise import UNIT, Said
from advisor.intake.inventory.tables import Table
from advisor.intake.validation import closest, letters_of, shown

IGNORE: Final = "ignore"
"""Stands in place of a column where nothing is to be read from a header."""

COLUMNS: Final = tuple(dict.fromkeys((*VM_COLUMNS, *HOST_COLUMNS, *CLUSTER_COLUMNS)))
"""Every column of an estate: those of VMs, then those that hosts and clusters have besides."""

_FLAG: Final = "--column"
# A drive's letter and its colon may stand before a path.
_WRITTEN: Final = re.compile(r"(?P<table>(?:[A-Za-z]:[\\/])?[^:]+):(?P<header>.+)=(?P<column>[^=]+)")
_RULE: Final = f"FILE:HEADER=COLUMN, such as vms.csv:RAM=memory_gib, or {IGNORE} as the column; FILE#SHEET for a sheet"
_MOST_NAMED: Final = 40


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of one header.

    Attributes
    ----------
    table : the file's name or path, and after # the sheet where only that one is meant.
    header : name of the column in the file.
    column : column of the estate to read it as, such as ``memory_gib``, or ``memory_mb`` where its numbers are in
        MB; `IGNORE` to read nothing from it.
    """

    table: str
    header: str
    column: str


@dataclass(frozen=True, slots=True)
class TableHead:
    """One table of an inventory before it is understood.

    Attributes
    ----------
    table : what a `Correction` calls it.
    header : names of its columns.
    """

    table: str
    header: tuple[str, ...]


def read_corrections(flags: Sequence[str]) -> tuple[Correction, ...]:
    """Corrections as flags write them.

    Raises
    ------
    InventoryError
        Naming every text that is none.

    Examples
    --------
    >>> read_corrections(["vms.csv:RAM=memory_gib", "rv.xlsx#vInfo:Notes=ignore"])[1]
    Correction(table='rv.xlsx#vInfo', header='Notes', column='ignore')
    """
    found = [_WRITTEN.fullmatch(flag) for flag in flags]
    problems = [
        Problem("is no correction of a column", column=_FLAG, value=shown(flag), allowed=_RULE)
        for flag, match in zip(flags, found, strict=True)
        if match is None
    ]
    if problems:
        raise InventoryError(problems)
    return tuple(Correction(*(part.strip() for part in match.groups())) for match in found if match is not None)


def heads_of(paths: Sequence[str | Path]) -> tuple[TableHead, ...]:
    """The tables of files with the names of their columns, whether anything of them is understood or not.

    Raises
    ------
    InventoryError
        When a file cannot be read.

    Examples
    --------
    >>> from advisor.shipped import shipped_path
    >>> heads = heads_of([shipped_path("data", "examples", "inventories", "small")])
    >>> [head.table for head in heads], heads[2].header[:2]
    (['clusters.csv', 'hosts.csv', 'vms.csv'], ('vm', 'vm_id'))
    """
    tables = [table for source in sources_of(paths) for table in tables_in(source)]
    try:
        return tuple(TableHead(name_of(table), tuple(name for name in table.header if name)) for table in tables)
    finally:
        for table in tables:
            table.let_go()


def name_of(table: Table) -> str:
    """What a person calls a table: its file's name, and its sheet after #."""
    name = Path(table.file).name
    return f"{name}#{table.sheet}" if table.sheet else name


def said_of(tables: Sequence[Table], corrections: Iterable[Correction]) -> list[Mapping[int, Said]]:
    """By table, what is said of its columns, by their position.

    Raises
    ------
    InventoryError
        Naming every correction of a table, a header or a column that there is not, and those that contradict others.
    """
    said: list[dict[int, Said]] = [{} for _ in tables]
    problems: list[Problem] = []
    for one in dict.fromkeys(corrections):
        column = _column(one)
        meant = [at for at, table in enumerate(tables) if one.table in _names(table)]
        with_it = [at for at in meant if one.header in tables[at].header]
        if not meant:
            problems.append(_unknown("is no table of the inventory", None, one.table, [name_of(one) for one in tables]))
        elif not with_it:
            headers = [name for at in meant for name in tables[at].header if name]
            problems.append(_unknown("has no such column", tables[meant[0]].file, one.header, headers))
        elif column is None:
            problems.append(_unknown("is no column of an estate", None, one.column, [*COLUMNS, IGNORE], one))
        else:
            for at in with_it:
                problems += _put(said[at], tables[at], one, column)
    if problems:
        raise InventoryError(list(dict.fromkeys(problems)))
    return list(said)


def has_no(table: Table, format: str, columns: Iterable[str], known: Iterable[str]) -> InventoryError:
    """The error that a table of a format has no such columns of the estate."""
    message = f"is of no use in {format}"
    return InventoryError([_unknown(message, table.file, column, list(known)) for column in columns])


def written(corrections: Iterable[Correction]) -> list[tuple[str, ...]]:
    """Corrections as something that a fingerprint is made of; their order bears on nothing."""
    return sorted({astuple(one) for one in corrections})


def _put(said: dict[int, Said], table: Table, one: Correction, column: Said) -> list[Problem]:
    at = table.header.index(one.header)
    place = f"{_FLAG} {one.table}:{one.header}"
    if said.get(at, column) != column:
        return [Problem("is to be read in two ways", table.file, column=place, mend="keep one of them")]
    twin = next((table.header[other] for other, its in said.items() if other != at and its.column == column.column), "")
    if twin and column.column:
        message = f"is to be read as the same column as {shown(twin)}"
        return [Problem(message, table.file, column=place, value=one.column, mend="keep one of them")]
    said[at] = column
    return []


def _column(one: Correction) -> Said | None:
    """What is meant by a column, and the unit where it is written with another; None for one that there is not."""
    if one.column == IGNORE:
        return Said("", "")
    if one.column in COLUMNS:
        return Said(one.column, "")
    written_in = UNIT.fullmatch(letters_of(one.column))
    for column in COLUMNS if written_in else ():
        own = UNIT.fullmatch(letters_of(column))
        if written_in and own and written_in[1] == own[1]:
            return Said(column, written_in[2])
    return None


def _names(table: Table) -> set[str]:
    name = Path(table.file).name
    files = {table.file, name}
    return files | ({f"{file}#{table.sheet}" for file in files} if table.sheet else set())


def _unknown(
    message: str, file: str | None, value: str, known: Sequence[str], one: Correction | None = None
) -> Problem:
    near = closest(value, known)
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return Problem(
        message,
        file,
        column=_FLAG if one is None else f"{_FLAG} {one.table}:{one.header}",
        value=shown(value),
        allowed=", ".join(map(shown, known[:_MOST_NAMED])) + more,
        mend=f"did you mean {near}?" if near else None,
    )
