"""Parts a block of a text file into cells by Arrow: many times faster than by hand, where a block is plain enough."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from advisor.intake.inventory.tables import MOST_ROWS, Cells, Coded, Rows

BIG_BLOCK: Final = 1 << 17
"""Blocks below this are parted by hand before Arrow has been loaded [bytes]."""

_LINE_FEED, _CARRIAGE_RETURN, _QUOTE = b'\n\r"'


class ArrowTexts(Sequence[str]):
    """Texts that Arrow holds, made into Python's one by one."""

    def __init__(self, texts: Any) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts.to_numpy(zero_copy_only=False).tolist())

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return ArrowTexts(self._texts[at]) if isinstance(at, slice) else str(self._texts[at].as_py())

    def numbers(self, pattern: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Which texts are of a pattern that numbers alone have, and their numbers."""
        import pyarrow.compute as pc

        matches = pc.match_substring_regex(self._texts, f"^(?:{pattern})$")
        rows = np.flatnonzero(matches.to_numpy(zero_copy_only=False))
        texts = self._texts if rows.size == len(self._texts) else self._texts.filter(matches)
        return rows, texts.cast("float64").to_numpy(zero_copy_only=False)


def parted_by_arrow(
    block: bytes, line: int, separator: str, width: int, wanted: Sequence[int], distinct: Collection[int]
) -> Rows | None:
    """A block whose every line is a row of the table's width; None where it is anything else.

    Parameters
    ----------
    line : the line the block begins on.
    width : columns of the table.
    wanted, distinct : as `Table.rows` has them.
    """
    if len(block) < BIG_BLOCK or width < 2 or not _is_plain(block, separator.encode(), width):
        return None
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [str(number) for number in range(width)]
    text, coded = pa.string(), pa.dictionary(pa.int32(), pa.string())
    try:
        found = arrow_csv.read_csv(
            pa.BufferReader(block),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=len(block) + 1),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator,
                quote_char='"' if b'"' in block else False,
                double_quote=False,
                newlines_in_values=False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={names[i]: text if i in distinct else coded for i in wanted},
                include_columns=[names[i] for i in dict.fromkeys(wanted)],
                strings_can_be_null=False,
                check_utf8=True,
            ),
            # What this pool frees goes back to the system; the default one keeps tens of megabytes.
            memory_pool=pa.system_memory_pool(),
        )
    except pa.ArrowInvalid:
        return None
    count = block.count(b"\n") + (not block.endswith(b"\n"))
    if found.num_rows != count:
        return None
    columns = {name: _cells(found.column(name).combine_chunks()) for name in found.column_names}
    return Rows(range(line, line + count), tuple(columns[names[i]] for i in wanted))


def _is_plain(block: bytes, separator: bytes, width: int) -> bool:
    """Whether every line of a block is a row, and every quote opens or closes a cell."""
    if (
        b"\0" in block
        or b"\n\n" in block
        or b"\n\r" in block
        or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n"))
    ):
        return False
    for nothing in (b"", b'""'):
        row = separator.join([nothing] * width)
        if block.startswith((b"\n", b"\r", row)) or b"\n" + row + b"\n" in block or b"\n" + row + b"\r" in block:
            return False
    return b'"' not in block or _quotes_whole_cells(block, separator)


def sliced(rows: Rows) -> Iterator[Rows]:
    """The same rows, no more than may be looked at together."""
    for at in range(0, len(rows), MOST_ROWS):
        part = slice(at, at + MOST_ROWS)
        yield Rows(
            rows.lines[part],
            tuple(Coded(one.codes[part], one.words) if isinstance(one, Coded) else one[part] for one in rows.cells),
        )


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
        return Coded(column.indices.to_numpy(zero_copy_only=False), ArrowTexts(column.dictionary))
    cells: Cells = column.to_numpy(zero_copy_only=False)
    return cells
