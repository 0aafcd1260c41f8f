"""Sheets of an Excel workbook. What a file declares is not believed: it is measured before it is opened."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from advisor.errors import InventoryError
from advisor.intake.inventory.held import Row, RowTable
from advisor.intake.inventory.tables import MOST_COLUMNS, Table, refuse
from advisor.intake.validation import shown

Found = TypeVar("Found")

MOST_FILE_BYTES: Final = 1 << 28
"""Largest workbook as it lies on disk [bytes]."""

MOST_BYTES: Final = 1 << 29
"""Most that all parts of a workbook may hold together once unpacked [bytes]."""

MOST_PARTS: Final = 1000
"""Most parts of a workbook; an export of 27 tabs has about 40."""

MOST_CELLS: Final = 10_000_000
"""Largest sheet, rows times columns: its reader makes room for every cell up to the last one in use."""

MOST_TEXTS: Final = 3_000_000
"""Most texts that the sheets share; an export of 10,000 VMs has some hundred thousand."""

_CHUNK: Final = 1 << 20
_LONGEST_TAG: Final = 1 << 20
_CELL_TAGS: Final = (b"<c ", b"<c>", b"<c/", b":c ", b":c>", b":c/", b"<c\t", b"<c\n", b"<c\r")
# Where cells and rows say that they stand: r="AB17", r="17".
_COLUMN: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,8})[0-9]""")
_FAR_ROW: Final = re.compile(rb"""\sr\s*=\s*["'][A-Za-z]{0,8}([0-9]{6,10})["']""")
_TEXT_TAGS: Final = (b"<si>", b"<si/", b"<si ", b":si>", b":si/", b":si ")
_LONGEST_PLACE: Final = 64
_NEAR_ROWS: Final = 99_999
_LOCAL: Final = struct.Struct("<4s5H3I2H")  # the header before each part of a zip file
_MEND: Final = "save the workbook again, with the tabs that list VMs, hosts and NICs alone"


def xlsx_tables(path: Path) -> list[Table]:
    """The sheets of a workbook that have a row of column names.

    Raises
    ------
    InventoryError
        When it is damaged, or larger than is read.
    OSError
        When it cannot be read.
    """
    _measure(path)
    book = _Book(path)
    tables: list[Table] = []
    for sheet in _guarded(path, book.sheets):
        header = _guarded(path, partial(_header, book, sheet))
        if header is not None:
            tables.append(_table(book, sheet, *header))
    return tables


class _Book:
    """A workbook; its table of texts is read once for all sheets, and kept until it is let go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: Any = None

    def _open(self) -> Any:
        from python_calamine import load_workbook

        if self._opened is None:
            self._opened = load_workbook(str(self.path))
        return self._opened

    def sheets(self) -> list[str]:
        """Names of its sheets."""
        return list(self._open().sheet_names)

    def rows(self, sheet: str) -> Iterator[Sequence[Any]]:
        """The rows of a sheet."""
        rows: Iterator[Sequence[Any]] = self._open().get_sheet_by_name(sheet).iter_rows()
        return rows

    def let_go(self) -> None:
        """Forget it until it is read again."""
        self._opened = None


def _header(book: _Book, sheet: str) -> tuple[tuple[str, ...], int] | None:
    """Names of a sheet's columns, and the row they stand in: the first that is not empty."""
    for at, cells in enumerate(book.rows(sheet), 1):
        names = [" ".join(str(cell).split()) for cell in cells]
        if any(names):
            while not names[-1]:
                names.pop()
            return tuple(names[:MOST_COLUMNS]), at
    return None


def _table(book: _Book, sheet: str, header: tuple[str, ...], header_row: int) -> Table:
    def read(wanted: Sequence[int]) -> Iterator[Row]:
        for row, cells in enumerate(book.rows(sheet), 1):
            if row > header_row and any(cell not in {"", None} for cell in cells):
                yield row, [cells[at] if at < len(cells) else None for at in wanted]

    return RowTable(
        str(book.path), sheet, "xlsx", header, lambda wanted: _guarded_rows(book.path, read, wanted), book.let_go
    )


def _guarded_rows(path: Path, read: Callable[[Sequence[int]], Iterator[Row]], wanted: Sequence[int]) -> Iterator[Row]:
    rows = _guarded(path, lambda: read(wanted))
    while (row := _guarded(path, lambda: next(rows, None))) is not None:
        yield row


def _guarded(path: Path, act: Callable[[], Found]) -> Found:
    """What an act on a workbook gives; whatever its reader complains of is told in words.

    Raises
    ------
    InventoryError
        When the workbook is damaged.
    OSError
        When it cannot be read.
    """
    from python_calamine import CalamineError, PasswordError

    try:
        return act()
    except PasswordError:
        raise refuse(str(path), "is encrypted", "save it without a password") from None
    except (CalamineError, ValueError, OverflowError) as error:
        raise refuse(str(path), "cannot be read as xlsx", _MEND, value=shown(str(error))) from None
    except BaseException as error:
        # A panic of the reader, which is written in Rust, is neither an Exception nor a reason to stop the program.
        if type(error).__name__ != "PanicException":
            raise
        raise refuse(str(path), "cannot be read as xlsx: it is damaged", _MEND) from None


def _measure(path: Path) -> None:
    """Refuse a workbook that would not fit into memory, whatever its parts say of themselves."""
    file = str(path)
    if path.stat().st_size > MOST_FILE_BYTES:
        raise refuse(file, f"is larger than {MOST_FILE_BYTES:,} bytes", "export to CSV, one file a tab")
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            parts = archive.infolist()
            if "xl/workbook.xml" not in {part.filename for part in parts}:
                raise refuse(file, "is no Excel workbook", "save it as xlsx or CSV; an archive has to be unpacked")
            if len(parts) > MOST_PARTS:
                raise refuse(file, f"has more than {MOST_PARTS:,} parts", _MEND)
            left = MOST_BYTES
            for part in parts:
                left -= _measured(file, stream, part, left)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, struct.error, EOFError) as error:
        raise refuse(file, "is a damaged xlsx file", "save or copy it again", value=shown(str(error))) from None


def _measured(file: str, stream: BinaryIO, part: zipfile.ZipInfo, most: int) -> int:
    """Bytes of a part once unpacked; its cells are looked at on the way."""
    if part.file_size > most:
        raise _too_large(file)
    size, tail, rows, columns, cells, places, texts = 0, b"", 0, 0, 0, 0, 0
    for chunk in _unpacked(stream, part):
        size += len(chunk)
        if size > most:
            raise _too_large(file)
        text = tail + chunk
        # Whole tags only; what is left of the last one is looked at with the next chunk.
        end = text.rfind(b">") + 1
        text, tail = text[:end], text[end:] if b"<" in text[end:] else b""
        if len(tail) > _LONGEST_TAG:
            raise refuse(file, "has a tag without an end", _MEND, value=part.filename)
        cells += sum(map(text.count, _CELL_TAGS))
        texts += sum(map(text.count, _TEXT_TAGS))
        if texts > MOST_TEXTS:
            mend = "export to CSV, one file a tab"
            raise refuse(file, f"has more than {MOST_TEXTS:,} texts", mend, value=part.filename)
        found = _COLUMN.findall(text)
        places += len(found)
        columns = max([columns, *map(_number, set(found))])
        rows = max([rows, text.count(b"row"), *map(int, _FAR_ROW.findall(text))])
        # A cell that does not say where it stands stands behind the one before it.
        if max(rows, 1) * max(columns, cells - places, 1) > MOST_CELLS:
            raise _too_many_cells(file, part)
    if columns > MOST_COLUMNS or (_NEAR_ROWS * columns > MOST_CELLS and _far_cells(stream, part, columns)):
        raise _too_many_cells(file, part)
    return size


def _far_cells(stream: BinaryIO, part: zipfile.ZipInfo, columns: int) -> bool:
    """Whether a sheet of many columns has a row so far down that all its cells would be too many."""
    most_rows = MOST_CELLS // columns
    digits = len(str(most_rows))
    pattern = re.compile(rb"""\sr\s*=\s*["'][A-Za-z]{0,8}([0-9]{%d,10})["']""" % digits)
    tail = b""
    for chunk in _unpacked(stream, part):
        text = tail + chunk
        if any(int(row) > most_rows for row in pattern.findall(text)):
            return True
        tail = text[-_LONGEST_PLACE:]
    return False


def _too_many_cells(file: str, part: zipfile.ZipInfo) -> InventoryError:
    return refuse(file, f"has a sheet of more than {MOST_CELLS:,} cells", _MEND, value=part.filename)


def _unpacked(stream: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part's bytes, to the end of its packed data and not to where it says that it ends."""
    stream.seek(part.header_offset)
    head = stream.read(_LOCAL.size)
    name, extra = _LOCAL.unpack(head)[-2:]
    stream.seek(name + extra, 1)
    left = part.compress_size
    if part.flag_bits & 1 or part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise zipfile.BadZipFile("packed or encrypted in a way that Excel does not use")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and (packed := stream.read(min(left, _CHUNK))):
        left -= len(packed)
        if part.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        while packed:
            yield unpacker.decompress(packed, _CHUNK)
            packed = unpacker.unconsumed_tail
        if unpacker.eof:
            return


def _too_large(file: str) -> InventoryError:
    return refuse(file, f"unpacks to more than {MOST_BYTES:,} bytes", "export to CSV, one file a tab")


@lru_cache(maxsize=4096)
def _number(letters: bytes) -> int:
    """Number of a column by its letters, from 1."""
    found = 0
    for letter in letters.upper():
        found = found * 26 + letter - 64
    return found
