"""Rows of a small table, one by one: what each says of a host, a NIC, a cluster or a VM; bad ones are set aside."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.domain.fleet import SetAside
from advisor.errors import Problem
from advisor.intake.inventory.columns import BAD, Column
from advisor.intake.inventory.readings import name
from advisor.intake.inventory.recognise import Understood
from advisor.intake.inventory.tables import Broken, Rows, Table, texts_of
from advisor.intake.validation import shown


@dataclass(frozen=True, slots=True)
class Fact:
    """What a row says: column to value, without those it says nothing of; or why it was set aside."""

    line: int | None
    values: dict[str, Any]
    aside: SetAside | None = None


def facts_of(understood: Understood) -> Iterator[Fact]:
    """Every row of a table.

    Raises
    ------
    InventoryError
        When the file cannot be read to its end.
    """
    columns = [understood.column(found) for found in understood.found]
    names = [found.take.column for found in understood.found]
    wanted = [found.index for found in understood.found]
    for rows in understood.table.rows(wanted):
        for broken in rows.broken:
            yield Fact(broken.line, {}, aside_broken(understood.table, broken))
        read = [
            column.read_names(cells) if column.take.read is name else column.read(cells)
            for column, cells in zip(columns, rows.cells, strict=True)
        ]
        troubles = _troubles(understood, columns, rows, read, names)
        known = [_known(values) for values in read]
        for row, (line, *cells) in enumerate(zip(rows.lines, *known, strict=True)):
            values = {column: value for column, value in zip(names, cells, strict=True) if value is not None}
            yield Fact(line, values, troubles.get(row))


def _known(values: NDArray[Any]) -> list[Any]:
    """The values of a column, None where nothing is known or could be read."""
    if values.dtype == np.float64:
        return [value if math.isfinite(value) else None for value in values.tolist()]
    return [None if value is BAD else value for value in values.tolist()]


def _troubles(
    understood: Understood, columns: list[Column], rows: Rows, read: list[NDArray[Any]], names: list[str]
) -> dict[int, SetAside]:
    """By row, what is wrong with its first cell that could not be read."""
    bad = [(at, where) for at, column in enumerate(columns) if (where := column.bad(read[at])) is not None]
    found: dict[int, SetAside] = {}
    if not bad:
        return found
    texts = [texts_of(cells) for cells in rows.cells]
    for at, where in bad:
        for row in np.flatnonzero(where).tolist():
            if row not in found:
                called = _name_of(names, texts, row)
                found[row] = aside_cell(understood, columns[at], rows.lines[row], called, texts[at][row])
    return found


def _name_of(names: list[str], texts: list[Any], row: int) -> str:
    """What a row calls itself, as far as it can be read."""
    at = next((at for at, name in enumerate(names) if name in {"vm", "host", "cluster", "_name"}), None)
    return "" if at is None else shown(str(texts[at][row]).strip())


def aside_broken(table: Table, broken: Broken) -> SetAside:
    """A row that could not be parted."""
    return aside(table, broken.line, broken.name, "", broken.value, broken.reason, broken.mend)


def aside_cell(understood: Understood, column: Column, line: int | None, called: str, cell: str) -> SetAside:
    """A row with a cell that could not be read."""
    problem = column.problem(cell)
    header = next(one.header for one in understood.found if one.take is column.take)
    return aside(understood.table, line, called, header, shown(cell), problem.message, mend_of(problem))


def mend_of(problem: Problem) -> str:
    """What is allowed and how to mend it, in one piece."""
    rule = f"allowed: {problem.allowed}" if problem.allowed else ""
    return "; ".join(filter(None, (rule, problem.mend))) or "correct the cell"


def aside(table: Table, line: int | None, called: str, column: str, value: str, reason: str, mend: str) -> SetAside:
    """A row that is set aside."""
    return SetAside(
        file=table.file, line=line, sheet=table.sheet, name=called, column=column, value=value, reason=reason, mend=mend
    )
