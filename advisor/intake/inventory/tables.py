"""A table of an inventory as text, by column: what every kind of file is brought to before anything is understood."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from numpy.typing import NDArray

from advisor.errors import InventoryError, Problem

MOST_ROWS: Final = 65_536
"""Rows that are looked at together."""

MOST_COLUMNS: Final = 16_384
"""Columns of a table; a sheet of Excel has no more."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few distinct texts: `words[codes[i]]` is the cell of row i."""

    codes: NDArray[Any]
    words: Sequence[str]


Cells = Sequence[str] | Coded
"""The cells of a column; an empty cell is the empty text."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be parted into cells."""

    line: int | None
    name: str
    value: str
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table by column.

    Attributes
    ----------
    lines : line, or row of a sheet, of each row.
    cells : the columns that were asked for, in that order.
    broken : rows that stood between them and could not be parted.
    """

    lines: Sequence[int]
    cells: tuple[Cells, ...]
    broken: tuple[Broken, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)


class Table(Protocol):
    """One table of a file.

    Attributes
    ----------
    file, sheet : where it stands.
    kind : CSV, JSON, xlsx or Parquet.
    header : names of its columns, in order.
    separator : what parts the cells of a row of text; empty where cells are values.
    """

    @property
    def file(self) -> str:
        """File."""

    @property
    def sheet(self) -> str:
        """Sheet, empty where there is none."""

    @property
    def kind(self) -> str:
        """Kind of file."""

    @property
    def header(self) -> tuple[str, ...]:
        """Names of its columns."""

    @property
    def separator(self) -> str:
        """What parts the cells of a row."""

    def rows(self, wanted: Sequence[int], distinct: Collection[int] = ()) -> Iterator[Rows]:
        """The rows, at most `MOST_ROWS` at a time; each call reads them again.

        Parameters
        ----------
        wanted : columns to read, by position.
        distinct : those whose cells are mostly different from each other.
        """
        ...

    def first_cells(self, wanted: Sequence[int]) -> Sequence[Sequence[str]]:
        """By column, some cells of its first rows, to see how it writes numbers; none where cells are values."""
        ...

    def let_go(self) -> None:
        """Close what was left open for the next reading."""


def texts_of(cells: Cells) -> Sequence[str]:
    """The cells one by one.

    Examples
    --------
    >>> import numpy as np
    >>> texts_of(Coded(np.array([1, 0, 1]), ["no", "yes"]))
    ['yes', 'no', 'yes']
    """
    if isinstance(cells, Coded):
        words = list(cells.words)
        return [words[code] for code in cells.codes.tolist()]
    return cells


def refuse(file: str, message: str, mend: str, *, line: int | None = None, value: str | None = None) -> InventoryError:
    """The error that a file cannot be used."""
    return InventoryError(Problem(message, file, line, value=value, mend=mend))
