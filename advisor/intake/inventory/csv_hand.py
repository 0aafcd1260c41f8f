"""Parts text into cells by the csv module, line by line where a quote is left open; what cannot be parted is named."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from advisor.intake.inventory.tables import MOST_ROWS, Broken, Cells, Rows
from advisor.intake.inventory.text_lines import BLOCK_BYTES
from advisor.intake.validation import shown

_LINES_OF_A_ROW: Final = 500
"""A row whose quotes open and close further apart is taken as a row that lost a quote [lines]."""

_OPEN_QUOTE: Final = ("has a quote that is not closed", "close it, or double a quote inside a cell")
_CUT_OFF: Final = ("is cut off: the file ends in it", "export or copy the file again")
_QUOTE_SEPARATORS: Final = "quote cells that hold the separator"


def record_length(lines: Sequence[str], at: int) -> int:
    """Lines of the row that begins here."""
    if lines[at].count('"') % 2 == 0:
        return 1
    for ahead in range(at + 1, min(len(lines), at + _LINES_OF_A_ROW)):
        if lines[ahead].count('"') % 2:
            return ahead - at + 1
    return 1


def parted(lines: Sequence[str], separator: str) -> list[str] | None:
    """The cells of one row; None where the csv module finds it no row.

    A row over several lines has to close its quotes where a cell ends: elsewhere it is another row's stray quote.
    """
    ended = [f"{line}\n" for line in lines]
    try:
        rows = list(csv.reader(ended, delimiter=separator, skipinitialspace=True, strict=len(lines) > 1))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


@dataclass(frozen=True, slots=True)
class HandParting:
    """Parts blocks of one table.

    Attributes
    ----------
    width : columns of the table.
    begins_on : line of its first row.
    wanted : columns to take, in order.
    """

    separator: str
    width: int
    begins_on: int
    wanted: tuple[int, ...]

    def rows(self, text: str, line: int, *, last: bool = False) -> tuple[list[Rows], str]:
        """The rows of a block, and the text at its end that the next block has to finish.

        Parameters
        ----------
        last : there is no next block.
        """
        lines = text.split("\n")
        unfinished = line + len(lines) - 1 if lines[-1] else None
        if unfinished is None:
            lines.pop()
        found: list[Rows] = []
        batch = _Batch(self, unfinished)
        at = max(0, self.begins_on - line)
        while at < len(lines):
            if batch.size >= MOST_ROWS:
                found.append(batch.rows())
                batch = _Batch(self, unfinished)
            # A run of lines none of which opens or closes a quote across its end is a run of rows.
            run, stop = at, min(len(lines), at + MOST_ROWS - batch.size)
            while run < stop and lines[run].count('"') % 2 == 0:
                run += 1
            if run > at:
                batch.add_lines(lines[at:run], line + at)
                at = run
                continue
            count = record_length(lines, at)
            if count == 1 and not last and unfinished is None and len(lines) - at < _LINES_OF_A_ROW:
                rest = "\n".join(lines[at:]) + "\n"
                if len(rest) <= BLOCK_BYTES:
                    return [*found, batch.rows()], rest
            at += batch.add_record(lines[at : at + count], line + at)
        return [*found, batch.rows()], ""


class _Batch:
    """Rows being gathered."""

    def __init__(self, parting: HandParting, unfinished: int | None) -> None:
        self.parting = parting
        self.unfinished = unfinished  # the line at which the file ends without ending it
        self.lines: list[int] = []
        self.cells: list[list[str]] = []
        self.broken: list[Broken] = []
        self.size = 0

    def add_lines(self, lines: Sequence[str], line: int) -> None:
        """Lines each of which is a row of its own."""
        separator = self.parting.separator
        try:
            rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
        except csv.Error:
            rows = []
        if len(rows) != len(lines):  # a cell too long for the csv module
            for ahead, one in enumerate(lines):
                cells = parted([one], separator)
                if cells is None and one.strip():
                    self._break(line + ahead, one, "is no row of cells", "check its quotes and how long its cells are")
                elif cells is not None:
                    self._add(cells, line + ahead)
            return
        width = self.parting.width
        if all(len(cells) == width for cells in rows) and all(map(any, rows)):
            self.lines += range(line, line + len(rows))
            self.cells += rows
            self.size += len(rows)
            return
        for ahead, cells in enumerate(rows):
            self._add(cells, line + ahead)

    def add_record(self, lines: Sequence[str], line: int) -> int:
        """A row that may go over several lines; the number of lines it took."""
        separator = self.parting.separator
        cells = parted(lines, separator) if len(lines) > 1 else None
        if cells is not None and len(cells) == self.parting.width:
            self._add(cells, line)
            return len(lines)
        # A quote somewhere in a cell that needs none is harmless where all cells are there.
        cells = parted(lines[:1], separator)
        if cells is not None and len(cells) == self.parting.width and not cells[-1].endswith("\n"):
            self._add(cells, line)
        else:
            self._break(line, lines[0], *_OPEN_QUOTE)
        return 1

    def _add(self, cells: list[str], line: int) -> None:
        width = self.parting.width
        if len(cells) != width:
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                words = f"has {len(cells)} cells for {width} columns"
                self._break(line, self.parting.separator.join(cells), words, _QUOTE_SEPARATORS)
                return
            if line == self.unfinished and len(cells) < width:
                self._break(line, self.parting.separator.join(cells), *_CUT_OFF)
                return
            # Excel leaves out the separators behind a row's last filled cell.
            cells = [*cells[:width], *[""] * (width - len(cells))]
        if any(cells):
            self.lines.append(line)
            self.cells.append(cells)
            self.size += 1

    def _break(self, line: int, text: str, reason: str, mend: str) -> None:
        self.broken.append(Broken(line, "", shown(text), reason, mend))
        self.size += 1

    def rows(self) -> Rows:
        """What was gathered, by column."""
        wanted = self.parting.wanted
        if not self.cells:
            columns: tuple[Cells, ...] = tuple(() for _ in wanted)
        elif len(wanted) == 1:
            columns = (tuple(map(itemgetter(wanted[0]), self.cells)),)
        else:
            columns = tuple(zip(*map(itemgetter(*wanted), self.cells), strict=True)) if wanted else ()
        return Rows(self.lines, columns, tuple(self.broken))
