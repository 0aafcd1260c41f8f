"""A text file of rows: its header, and its rows as columns of text.

A block whose every line is a row, its quotes around whole cells, which is what large files are made of, is parted by
Arrow; any other by the csv module, line by line where a quote is left open. Both give the same cells.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np

from advisor.intake.inventory.tables import MOST_COLUMNS, MOST_ROWS, Broken, Cells, Coded, Rows, refuse
from advisor.intake.inventory.text_lines import BLOCK_BYTES, blocks_of, text_of
from advisor.intake.validation import shown

SEPARATORS: Final = (",", ";", "\t", "|")

_LINES_OF_A_ROW: Final = 500
"""A row whose quotes open and close further apart is taken as a row that lost a quote [lines]."""

_BIG_BLOCK: Final = 1 << 17
"""Blocks below this are parted before Arrow has been loaded [bytes]."""

_SAYS_SEPARATOR: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_LINE_FEED, _CARRIAGE_RETURN, _QUOTE = b'\n\r"'
_COMMA_DECIMALS: Final = re.compile(r"[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d+)", re.ASCII)
_POINT_DECIMALS: Final = re.compile(r"[+-]?(\d+\.(\d{1,2}|\d{4,})|0\.\d+)", re.ASCII)

_OPEN_QUOTE: Final = ("has a quote that is not closed", "close it, or double a quote inside a cell")
_CUT_OFF: Final = ("is cut off: the file ends in it", "export or copy the file again")
_QUOTE_SEPARATORS: Final = "quote cells that hold the separator"


@dataclass(frozen=True)
class CsvTable:
    """A text file of rows; see `advisor.intake.inventory.tables.Table`."""

    path: Path
    header: tuple[str, ...]
    separator: str
    decimal_comma: bool
    begins_on: int
    sheet: str = ""
    kind: str = "CSV"

    @property
    def file(self) -> str:
        """Where it stands."""
        return str(self.path)

    def rows(self, wanted: Sequence[int], distinct: Collection[int] = ()) -> Iterator[Rows]:
        """The rows, block by block."""
        parting = _Parting(self, tuple(wanted), frozenset(distinct))
        line, carried = 1, ""
        for block in blocks_of(self.path):
            if not carried:
                skipped, body = _without_lines(block, self.begins_on - line)
                quick = parting.by_arrow(body, line + skipped)
                if quick is not None:
                    yield from parting.sliced(quick)
                    line += skipped + len(quick)
                    continue
            text = carried + text_of(block, self.file, line + carried.count("\n"))
            rows, carried = parting.by_hand(text, line)
            yield from (one for one in rows if len(one) or one.broken)
            line += text.count("\n") - carried.count("\n")
        if carried:
            rows, _ = parting.by_hand(carried, line, last=True)
            yield from (one for one in rows if len(one) or one.broken)


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
    count = _record_length(lines, at)
    header = _parted(lines[at : at + count], separator)
    if header is None or len(header) > MOST_COLUMNS:
        raise refuse(str(path), "has no first row of column names", "put the names of the columns first", line=at + 1)
    names = tuple(" ".join(name.split()) for name in header)
    sample = lines[at + count : at + count + 1000]
    return CsvTable(path, names, separator, _decimal_comma(sample, separator), at + count + 1)


def _without_lines(block: bytes, count: int) -> tuple[int, bytes]:
    """How many lines were taken off the start of a block, and the rest of it."""
    at = skipped = 0
    while skipped < count and (end := block.find(b"\n", at)) >= 0:
        at, skipped = end + 1, skipped + 1
    return skipped, block[at:] if at else block


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])


def _record_length(lines: Sequence[str], at: int) -> int:
    """Lines of the row that begins here."""
    if lines[at].count('"') % 2 == 0:
        return 1
    for ahead in range(at + 1, min(len(lines), at + _LINES_OF_A_ROW)):
        if lines[ahead].count('"') % 2:
            return ahead - at + 1
    return 1


def _parted(lines: Sequence[str], separator: str) -> list[str] | None:
    """The cells of one row; None where the csv module finds it no row.

    A row over several lines has to close its quotes where a cell ends: elsewhere it is another row's stray quote.
    """
    ended = [f"{line}\n" for line in lines]
    try:
        rows = list(csv.reader(ended, delimiter=separator, skipinitialspace=True, strict=len(lines) > 1))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _decimal_comma(lines: Sequence[str], separator: str) -> bool:
    """Whether numbers have a decimal comma: what the first rows show, and where they show nothing, the separator."""
    if not any("," in line for line in lines):
        return False
    commas = points = False
    for line in lines:
        for cell in _parted([line], separator) or ():
            commas = commas or _COMMA_DECIMALS.fullmatch(cell.strip()) is not None
            points = points or _POINT_DECIMALS.fullmatch(cell.strip()) is not None
    return commas if commas != points else separator == ";"


class _Parting:
    """Parts blocks of one table into cells."""

    def __init__(self, table: CsvTable, wanted: tuple[int, ...], distinct: frozenset[int]) -> None:
        self.table = table
        self.wanted = wanted
        self.distinct = distinct
        self.width = len(table.header)

    # ---------------------------------------------------------------- Arrow

    def by_arrow(self, block: bytes, line: int) -> Rows | None:
        """A block whose every line is a row of the table's width; None where it is anything else."""
        if len(block) < _BIG_BLOCK or self.width < 2 or not self._is_plain(block):
            return None
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        names = [str(number) for number in range(self.width)]
        text, coded = pa.string(), pa.dictionary(pa.int32(), pa.string())
        try:
            found = arrow_csv.read_csv(
                pa.BufferReader(block),
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=len(block) + 1),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.table.separator,
                    quote_char='"' if b'"' in block else False,
                    double_quote=False,
                    newlines_in_values=False,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types={names[i]: text if i in self.distinct else coded for i in self.wanted},
                    include_columns=[names[i] for i in dict.fromkeys(self.wanted)],
                    strings_can_be_null=False,
                    check_utf8=True,
                ),
            )
        except pa.ArrowInvalid:
            return None
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        if found.num_rows != count:
            return None
        columns = {name: _cells(found.column(name).combine_chunks()) for name in found.column_names}
        return Rows(range(line, line + count), tuple(columns[names[i]] for i in self.wanted))

    def _is_plain(self, block: bytes) -> bool:
        """Whether every line of a block is a row, and every quote opens or closes a cell."""
        separator = self.table.separator.encode()
        if (
            b"\0" in block
            or b"\n\n" in block
            or b"\n\r" in block
            or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n"))
        ):
            return False
        for nothing in (b"", b'""'):
            row = separator.join([nothing] * self.width)
            if block.startswith((b"\n", b"\r", row)) or b"\n" + row + b"\n" in block or b"\n" + row + b"\r" in block:
                return False
        return b'"' not in block or _quotes_whole_cells(block, separator)

    def sliced(self, rows: Rows) -> Iterator[Rows]:
        """The same rows, no more than may be looked at together."""
        for at in range(0, len(rows), MOST_ROWS):
            part = slice(at, at + MOST_ROWS)
            yield Rows(
                rows.lines[part],
                tuple(Coded(one.codes[part], one.words) if isinstance(one, Coded) else one[part] for one in rows.cells),
            )

    # ---------------------------------------------------------------- the csv module

    def by_hand(self, text: str, line: int, *, last: bool = False) -> tuple[list[Rows], str]:
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
        at = max(0, self.table.begins_on - line)
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
            count = _record_length(lines, at)
            if count == 1 and not last and unfinished is None and len(lines) - at < _LINES_OF_A_ROW:
                rest = "\n".join(lines[at:]) + "\n"
                if len(rest) <= BLOCK_BYTES:
                    return [*found, batch.rows()], rest
            at += batch.add_record(lines[at : at + count], line + at)
        return [*found, batch.rows()], ""


class _Batch:
    """Rows being gathered."""

    def __init__(self, parting: _Parting, unfinished: int | None) -> None:
        self.parting = parting
        self.unfinished = unfinished  # the line at which the file ends without ending it
        self.lines: list[int] = []
        self.cells: list[list[str]] = []
        self.broken: list[Broken] = []
        self.size = 0

    def add_lines(self, lines: Sequence[str], line: int) -> None:
        """Lines each of which is a row of its own."""
        table = self.parting.table
        try:
            rows = list(csv.reader(lines, delimiter=table.separator, skipinitialspace=True))
        except csv.Error:
            rows = []
        if len(rows) != len(lines):  # a cell too long for the csv module
            for ahead, one in enumerate(lines):
                cells = _parted([one], table.separator)
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
        table = self.parting.table
        cells = _parted(lines, table.separator) if len(lines) > 1 else None
        if cells is not None and len(cells) == self.parting.width:
            self._add(cells, line)
            return len(lines)
        # A quote somewhere in a cell that needs none is harmless where all cells are there.
        cells = _parted(lines[:1], table.separator)
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
                self._break(line, self.parting.table.separator.join(cells), words, _QUOTE_SEPARATORS)
                return
            if line == self.unfinished and len(cells) < width:
                self._break(line, self.parting.table.separator.join(cells), *_CUT_OFF)
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


def _quotes_whole_cells(block: bytes, separator: bytes) -> bool:
    """Whether quotes stand in pairs around whole cells, each on one line and with no quote inside."""
    signs = np.frombuffer(b"\n" + block + b"\n", np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    if quotes.size % 2:
        return False
    begins, ends = signs[quotes[::2] - 1], signs[quotes[1::2] + 1]
    line_ends = np.flatnonzero(signs == _LINE_FEED)
    return bool(
        np.isin(begins, (separator[0], _LINE_FEED)).all()
        and np.isin(ends, (separator[0], _LINE_FEED, _CARRIAGE_RETURN)).all()
        and not (np.searchsorted(quotes, line_ends) % 2).any()
    )


def _cells(column: Any) -> Cells:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return Coded(column.indices.to_numpy(zero_copy_only=False), column.dictionary.to_pylist())
    cells: Cells = column.to_numpy(zero_copy_only=False)
    return cells
