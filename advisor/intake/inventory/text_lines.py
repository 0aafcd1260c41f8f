"""A text file in blocks of whole lines, as UTF-8, of bounded size whatever stands in the file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from advisor.intake.inventory.tables import refuse

BLOCK_BYTES: Final = 1 << 22
"""About as much of a file is looked at together [bytes]."""

LONGEST_LINE: Final = 1 << 20
"""A longer line is no row of a table [bytes, or characters]."""

_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF_8_MARK: Final = b"\xef\xbb\xbf"


def blocks_of(path: Path) -> Iterator[bytes]:
    """Blocks of a file in UTF-8 or, with its mark, UTF-16; each ends where a line ends, and is UTF-8 without a mark.

    A block of a file in UTF-8 is not yet known to be valid; `text_of` says.

    Raises
    ------
    InventoryError
        When a line is longer than `LONGEST_LINE`, or UTF-16 is broken.
    OSError
        When the file cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(3)
        if start[:2] in _UTF_16_MARKS:
            stream.seek(0)
            yield from _transcoded(stream, str(path))
            return
        stream.seek(len(_UTF_8_MARK) if start == _UTF_8_MARK else 0)
        line = 1
        while block := stream.read(BLOCK_BYTES):
            if not block.endswith(b"\n"):
                rest = stream.readline(LONGEST_LINE)
                if len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
                    raise _too_long(str(path), line + block.count(b"\n"))
                block += rest
            line += block.count(b"\n")
            yield block


def text_stream(path: Path) -> TextIO:
    """A file opened as text in UTF-8 or, with its mark, UTF-16; reading it raises UnicodeError where it is neither.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(2)
    return path.open(encoding="utf-16" if start in _UTF_16_MARKS else "utf-8-sig")


def _transcoded(stream: Any, file: str) -> Iterator[bytes]:
    line = 1
    # The line ends are left as they are: a carriage return inside a quoted cell is part of it.
    with io.TextIOWrapper(stream, encoding="utf-16", newline="\n") as text:
        try:
            while block := text.read(BLOCK_BYTES):
                if not block.endswith("\n"):
                    rest = text.readline(LONGEST_LINE)
                    if len(rest) == LONGEST_LINE and not rest.endswith("\n"):
                        raise _too_long(file, line + block.count("\n"))
                    block += rest
                line += block.count("\n")
                yield block.encode()
        except UnicodeError:
            raise refuse(file, "is not the UTF-16 that its first bytes say", "save it as UTF-8") from None


def text_of(block: bytes, file: str, line: int) -> str:
    """A block as text, its lines ended by line feeds alone.

    Parameters
    ----------
    line : the line the block begins on.

    Raises
    ------
    InventoryError
        When it is not UTF-8.
    """
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as reason:
        at = line + block.count(b"\n", 0, reason.start)
        mend = "save it as UTF-8 (Excel: CSV UTF-8; PowerShell: Export-Csv -Encoding UTF8)"
        raise refuse(file, "is not text in UTF-8 or UTF-16", mend, line=at) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _too_long(file: str, line: int) -> Exception:
    return refuse(
        file, f"has a line of more than {LONGEST_LINE:,} characters", "is it a table? check its line ends", line=line
    )
