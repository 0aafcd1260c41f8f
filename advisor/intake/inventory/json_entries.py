"""Walks through a JSON file entry by entry: no more of it is in memory at a time than a few megabytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from advisor.errors import InventoryError
from advisor.intake.inventory.tables import refuse
from advisor.intake.inventory.text_lines import text_stream

LONGEST_ENTRY: Final = 1 << 20
"""A longer entry is no row of a table [characters]."""

MOST_LEVELS: Final = 32
"""Deepest nesting; ConvertTo-Json goes 2 levels deep unless told otherwise."""

_WINDOW: Final = 1 << 22
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_CUT: Final = 32  # an error this near to the end of the window may come from its cutting a text short [characters]
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_MEND: Final = "export it again: it may be cut off"


class Entry(NamedTuple):
    """A value of a file, numbers as the text that was written.

    Attributes
    ----------
    member : key of the file's object under which it stands; None where the file is a list.
    line : where it begins.
    in_list : it is an entry of the list that stands there. That a list begins is told by an empty one, not in a list.
    """

    member: str | None
    line: int
    value: Any
    in_list: bool


def entries_of(path: Path) -> Iterator[Entry]:
    """The entries of a list, or of an object its values and the entries of its lists, in order of the file.

    Raises
    ------
    InventoryError
        When it is no JSON, or an entry is too long or nested too deeply.
    OSError
        When the file cannot be read.
    """
    with text_stream(path) as stream:
        window = _Window(str(path), stream)
        begins = window.peek()
        if begins == "[":
            yield from _list(window, None)
        elif begins == "{":
            window.step()
            yield from _members(window)
        else:
            yield Entry(None, window.line, window.value(), in_list=False)
        if window.peek():
            raise window.refusal("there is more behind its end")


def whole_of(path: Path) -> Entry:
    """A file that is one value.

    Raises
    ------
    InventoryError
        When it is no JSON, too long or nested too deeply.
    """
    with text_stream(path) as stream:
        window = _Window(str(path), stream)
        window.peek()
        return Entry(None, window.line, window.value(), in_list=False)


def _list(window: _Window, member: str | None) -> Iterator[Entry]:
    yield Entry(member, window.line, [], in_list=False)
    window.step()
    if window.peek() == "]":
        window.step()
        return
    while True:
        window.peek()
        line = window.line
        yield Entry(member, line, window.value(), in_list=True)
        if window.ends_at("]"):
            return


def _members(window: _Window) -> Iterator[Entry]:
    if window.peek() == "}":
        window.step()
        return
    while True:
        if window.peek() != '"':
            raise window.refusal("a key is missing")
        key = window.value()
        if window.peek() != ":":
            raise window.refusal("a colon is missing")
        window.step()
        if window.peek() == "[":
            yield from _list(window, key)
        else:
            line = window.line
            yield Entry(key, line, window.value(), in_list=False)
        if window.ends_at("}"):
            return


class _Window:
    """The part of a text that is looked at: from any place in it the longest entry there may be is in sight."""

    def __init__(self, file: str, stream: TextIO) -> None:
        self._file, self._stream = file, stream
        self._text, self._at, self._ended = "", 0, False
        self._line, self._counted = 1, 0

    @property
    def line(self) -> int:
        """The line that is looked at."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _fill(self) -> None:
        try:
            more = self._stream.read(_WINDOW)
        except UnicodeError:
            raise refuse(self._file, "is not text in UTF-8 or UTF-16", "save it as UTF-8") from None
        self._line = self.line
        self._text, self._at, self._counted, self._ended = self._text[self._at :] + more, 0, 0, not more

    def peek(self) -> str:
        """The next sign that is no space; empty at the end."""
        while True:
            if len(self._text) - self._at <= LONGEST_ENTRY and not self._ended:
                self._fill()
            space = _SPACE.match(self._text, self._at)
            self._at = self._at if space is None else space.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""

    def step(self) -> None:
        """Go behind a sign."""
        self._at += 1

    def ends_at(self, end: str) -> bool:
        """Go behind the comma before the next entry, or behind the end."""
        sign = self.peek()
        if sign not in {",", end} or not sign:
            raise self.refusal(f"a comma or {end} is missing")
        self.step()
        return sign == end

    def value(self) -> Any:
        """Go behind a value that was peeked at."""
        try:
            value, end = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _CUT
            if cut and not self._ended:
                if len(self._text) - self._at > LONGEST_ENTRY:
                    raise self._too_long() from None
                self._fill()
                return self.value()
            self._at = error.pos
            raise self.refusal(error.msg) from None
        except RecursionError:
            raise self._too_deep() from None
        if end - self._at > LONGEST_ENTRY:
            raise self._too_long()
        if end - self._at > 2 * MOST_LEVELS:
            opened = self._text.count("[", self._at, end) + self._text.count("{", self._at, end)
            if opened > MOST_LEVELS and _levels(value) > MOST_LEVELS:
                raise self._too_deep()
        self._at = end
        return value

    def refusal(self, why: str) -> InventoryError:
        """The error that it is no JSON."""
        return refuse(self._file, f"is not JSON: {why}", _MEND, line=self.line)

    def _too_long(self) -> InventoryError:
        mend = "export fewer properties with Select-Object, or export to CSV"
        return refuse(self._file, f"has an entry of more than {LONGEST_ENTRY:,} characters", mend, line=self.line)

    def _too_deep(self) -> InventoryError:
        mend = "lower -Depth of ConvertTo-Json"
        return refuse(self._file, f"is nested deeper than {MOST_LEVELS} levels", mend, line=self.line)


def _levels(content: Any) -> int:
    level, values = 0, [content]
    while values:
        values = [
            child
            for value in values
            if isinstance(value, (dict, list))
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        level += 1
    return level - 1
