"""A table whose rows are all in memory as text: what JSON is read into, in bounded size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from advisor.intake.inventory.tables import MOST_ROWS, Rows


@dataclass(frozen=True)
class RowTable:
    """Rows that a function reads again each time; see `advisor.intake.inventory.tables.Table`.

    Attributes
    ----------
    read : gives (line, cells) of every row, the cells as values of any kind.
    """

    file: str
    sheet: str
    kind: str
    header: tuple[str, ...]
    read: Callable[[], Iterator[tuple[int, Sequence[Any]]]] = field(repr=False)
    decimal_comma: bool = False

    def rows(self, wanted: Sequence[int], distinct: Collection[int] = ()) -> Iterator[Rows]:
        """The rows, at most `MOST_ROWS` at a time."""
        del distinct
        lines: list[int] = []
        columns: list[list[str]] = [[] for _ in wanted]
        for line, cells in self.read():
            lines.append(line)
            for column, at in zip(columns, wanted, strict=True):
                column.append(cell_text(cells[at]) if at < len(cells) else "")
            if len(lines) == MOST_ROWS:
                yield Rows(lines, tuple(columns))
                lines, columns = [], [[] for _ in wanted]
        if lines:
            yield Rows(lines, tuple(columns))


def cell_text(value: Any) -> str:
    """A value as a person would type it into a cell.

    Examples
    --------
    >>> cell_text(16384.0), cell_text(True), cell_text(None), cell_text(["a", "b"]), cell_text({"Name": "hv01"})
    ('16384', 'true', '', 'a;b', 'hv01')
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dict):
        return _named(value)
    if isinstance(value, (list, tuple)):
        return ";".join(filter(None, map(cell_text, value)))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value.total_seconds() if isinstance(value, timedelta) else value)


def _named(value: dict[str, Any]) -> str:
    """What an object is called, where a program wrote the whole of it in place of its name."""
    for key in ("Name", "name", "Value", "value", "DisplayName"):
        inner = value.get(key)
        if isinstance(inner, (str, int, float)):
            return cell_text(inner)
    return ""
