"""Tables that fit narrow terminals too: columns that can be spared go before names are broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from advisor.reports.sheet import GUTTER, Column, Row, Sheet

_ROOM_FOR_NAMES: Final = 14


def write_fitting(sheet: Sheet, columns: Sequence[Column], rows: Sequence[Row], spare: Sequence[str]) -> None:
    """Write a table as wide as the sheet.

    Parameters
    ----------
    columns : the one of width 0 gets what the others leave.
    rows : a cell for each column.
    spare : headers of columns that are left out, first to last, until 14 characters are left for it.
    """
    left_out: set[str] = set()
    for header in spare:
        if _rest(sheet.width, [column for column in columns if column.header not in left_out]) >= _ROOM_FOR_NAMES:
            break
        left_out.add(header)
    kept = [i for i, column in enumerate(columns) if column.header not in left_out]
    rest = _rest(sheet.width, [columns[i] for i in kept])
    sheet.table(
        [columns[i] if columns[i].width else Column(columns[i].header, rest) for i in kept],
        [Row(tuple(row.cells[i] for i in kept), row.notes) for row in rows],
    )


def _rest(width: int, columns: Sequence[Column]) -> int:
    return width - sum(column.width + GUTTER for column in columns if column.width)
