"""A text file of rows: its header, and its rows as columns of text.

A block whose every line is a row, its quotes around whole cells, which is what large files are made of, is parted by
Arrow; any other by the csv module, line by line where a quote is left open. Both give the same cells.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from advisor.intake.inventory.csv_arrow import parted_by_arrow, sliced
from advisor.intake.inventory.csv_hand import HandParting, parted, record_length
from advisor.intake.inventory.tables import MOST_COLUMNS, Rows, refuse
from advisor.intake.inventory.text_lines import blocks_of, text_of

SEPARATORS: Final = (",", ";", "\t", "|")

_SAYS_SEPARATOR: Final = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
_FIRST_ROWS: Final = 1000


@dataclass(frozen=True)
class CsvTable:
    """A text file of rows; see `advisor.intake.inventory.tables.Table`."""

    path: Path
    header: tuple[str, ...]
    separator: str
    begins_on: int
    sheet: str = ""
    kind: str = "CSV"

    @property
    def file(self) -> str:
        """Where it stands."""
        return str(self.path)

    def rows(self, wanted: Sequence[int], distinct: Collection[int] = ()) -> Iterator[Rows]:
        """The rows, block by block."""
        width = len(self.header)
        by_hand = HandParting(self.separator, width, self.begins_on, tuple(wanted))
        line, carried = 1, ""
        for block in blocks_of(self.path):
            if not carried:
                skipped, body = _without_lines(block, self.begins_on - line)
                quick = parted_by_arrow(body, line + skipped, self.separator, width, wanted, distinct)
                if quick is not None:
                    yield from sliced(quick)
                    line += skipped + len(quick)
                    continue
            text = carried + text_of(block, self.file, line + carried.count("\n"))
            rows, carried = by_hand.rows(text, line)
            yield from (one for one in rows if len(one) or one.broken)
            line += text.count("\n") - carried.count("\n")
        if carried:
            rows, _ = by_hand.rows(carried, line, last=True)
            yield from (one for one in rows if len(one) or one.broken)

    def first_cells(self, wanted: Sequence[int]) -> Sequence[Sequence[str]]:
        """Cells of the first rows that stand on a line of their own."""
        lines = text_of(next(blocks_of(self.path), b""), self.file, 1).split("\n")
        begins = self.begins_on - 1
        rows = [parted([line], self.separator) for line in lines[begins : begins + _FIRST_ROWS]]
        whole = [row for row in rows if row is not None and len(row) == len(self.header)]
        return [[row[at] for row in whole] for at in wanted]

    def let_go(self) -> None:
        """Nothing is left open."""


def csv_table(path: Path) -> CsvTable | None:
    """The table that a text file holds; None where it holds no rows.

    Raises
    ------
    InventoryError
        When the file is not text.
    OSError
        When it cannot be read.
    """
    block = next(blocks_of(path), b"")
    text = text_of(block, str(path), 1)
    if "\0" in text[:4096]:
        raise refuse(str(path), "is not text", "save it as CSV in UTF-8, or name the file's own ending")
    lines = text.split("\n")
    separator = ""
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        says = _SAYS_SEPARATOR.fullmatch(line)
        if says:
            separator = says[1]
        elif line and not line.startswith("#TYPE "):  # what Export-Csv of Windows PowerShell begins with
            break
        at += 1
    else:
        return None
    separator = separator or max(SEPARATORS, key=_unquoted(lines[at]).count)
    count = record_length(lines, at)
    header = parted(lines[at : at + count], separator)
    if header is None or len(header) > MOST_COLUMNS:
        raise refuse(str(path), "has no first row of column names", "put the names of the columns first", line=at + 1)
    names = tuple(" ".join(name.split()) for name in header)
    return CsvTable(path, names, separator, at + count + 1)


def _without_lines(block: bytes, count: int) -> tuple[int, bytes]:
    """How many lines were taken off the start of a block, and the rest of it."""
    at = skipped = 0
    while skipped < count and (end := block.find(b"\n", at)) >= 0:
        at, skipped = end + 1, skipped + 1
    return skipped, block[at:] if at else block


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])
