"""A table whose rows a function gives one by one, as JSON and workbooks have them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from advisor.intake.inventory.tables import MOST_ROWS, Broken, Rows

Row = tuple[int, Sequence[Any]] | Broken
"""Line and cells of a row, the cells as values of any kind; or a row that has none."""


def _nothing() -> None:
    """Nothing is left open."""


@dataclass(frozen=True)
class RowTable:
    """Rows that a function reads again each time; see `advisor.intake.inventory.tables.Table`.

    Attributes
    ----------
    read : gives every row with the cells of the columns that are asked for.
    close : closes what was left open for the next reading.
    """

    file: str
    sheet: str
    kind: str
    header: tuple[str, ...]
    read: Callable[[Sequence[int]], Iterator[Row]] = field(repr=False)
    close: Callable[[], None] = field(default=_nothing, repr=False)
    separator: str = ""

    def rows(self, wanted: Sequence[int], distinct: Collection[int] = ()) -> Iterator[Rows]:
        """The rows, at most `MOST_ROWS` at a time."""
        del distinct
        lines: list[int] = []
        found: list[list[str]] = []
        broken: list[Broken] = []
        for row in self.read(wanted):
            if isinstance(row, Broken):
                broken.append(row)
            else:
                lines.append(row[0])
                found.append(list(map(cell_text, row[1])))
            if len(lines) + len(broken) == MOST_ROWS:
                yield Rows(lines, _columns(found, len(wanted)), tuple(broken))
                lines, found, broken = [], [], []
        if lines or broken:
            yield Rows(lines, _columns(found, len(wanted)), tuple(broken))

    def first_cells(self, wanted: Sequence[int]) -> Sequence[Sequence[str]]:
        """None: cells are values."""
        del wanted
        return ()

    def let_go(self) -> None:
        """Close what was left open for the next reading."""
        self.close()


def _columns(rows: list[list[str]], width: int) -> tuple[tuple[str, ...], ...]:
    return tuple(zip(*rows, strict=True)) if rows else ((),) * width


def well_formed(text: str) -> str:
    r"""The text with a question mark for half a character: JSON may name one, and no file can hold it.

    Examples
    --------
    >>> well_formed("h\ud8002"), well_formed("h\u00fc2")
    ('h?2', 'h\xfc2')
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def cell_text(value: Any) -> str:
    """A value as a person would type it into a cell.

    Examples
    --------
    >>> cell_text(16384.0), cell_text(True), cell_text(None), cell_text(["a", "b"]), cell_text({"Name": "hv01"})
    ('16384', 'true', '', 'a;b', 'hv01')
    """
    if isinstance(value, str):
        return well_formed(value)
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
