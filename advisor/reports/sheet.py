"""A terminal sheet: every line of text is broken here, between words and never within a number.

Rich measures and colours; its console and tables stay out, for loading them takes longer than most answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from rich.cells import cell_len, chop_cells

from advisor.reports import Page
from advisor.reports.wording import printable

MINIMUM_WIDTH = 60
MARGIN = 9
GUTTER = 2
IN_JSON = ", see -f json"
_GLUE = "\N{NO-BREAK SPACE}"
NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=[A-Za-z%])|(?<=\bmin) (?=\d)|(?<=\bh) (?=\d)")
_INTERVAL = re.compile(r"\[[^\[\]]{,30}\]")
_IN_ASCII = str.maketrans(
    {"→": "->", "≤": "<=", "≥": ">=", "×": "x", "–": "-", "—": "-", "…": "...", "’": "'", "µ": "u", "█": "#"}
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines of a table cell, each with its style; a line too long for its column is broken."""

    lines: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, *lines: str | tuple[str, str]) -> Cell:
        """A cell from lines: plain text, or text and style; empty ones are left out."""
        pairs = (line if isinstance(line, tuple) else (line, "") for line in lines)
        return cls(tuple(pair for pair in pairs if pair[0]))


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: its header, its width in characters, and whether it holds numbers."""

    header: str
    width: int
    right: bool = False


def wrapped(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` cells, keeping numbers with their units and intervals whole.

    Examples
    --------
    >>> wrapped("moved in about 28 s of time", 17)
    ['moved in about', '28 s of time']
    >>> wrapped("then 2 min [58 s - 3 min]", 18)
    ['then 2 min', '[58 s - 3 min]']
    """
    lines, line = [], ""
    whole = _INTERVAL.sub(lambda interval: interval[0].replace(" ", _GLUE), text)
    for glued in NUMBER_AND_UNIT.sub(_GLUE, whole).split(" "):
        word = glued.replace(_GLUE, " ")
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, width) or [""]
        lines.extend(full)
    return [*lines, line] if line or not lines else lines


@dataclass(frozen=True, slots=True)
class Row:
    """A table row, and notes (text and style) below it."""

    cells: tuple[Cell, ...]
    notes: tuple[tuple[str, str], ...] = ()


class Sheet:
    """Collects paragraphs, items and tables, and gives them back as text."""

    def __init__(self, page: Page) -> None:
        self.width = max(page.width, MINIMUM_WIDTH)
        self.ascii_only = not page.encoding.lower().startswith("utf")
        self._page = page
        self._gap_due = False
        self._lines: list[str] = []

    def clean(self, text: str) -> str:
        """Text this sheet can show: one line, no control characters, ASCII signs where the terminal needs them."""
        text = printable(text)
        return text.translate(_IN_ASCII) if self.ascii_only else text

    def gap(self) -> None:
        """An empty line before whatever comes next; two in a row are one."""
        self._gap_due = True

    def line(self, text: str, style: str = "") -> None:
        """A line as it stands: what is drawn rather than written."""
        self._print(self._styled(text, style))

    def heading(self, text: str) -> None:
        """An empty line and the title of what follows."""
        self.gap()
        self.paragraph(text, "bold")

    def paragraph(self, text: str, style: str = "", *, indent: int = 0, hanging: int = 0, label: str = "") -> None:
        """Text broken to the width: every line is indented, all but the first by `hanging` more.

        A label stands in bold in the indent of the first line.
        """
        for i, line in enumerate(wrapped(self.clean(text), self.width - indent - hanging)):
            margin = " " * (indent + hanging) if i else f"{label:<{indent}}"
            self._print(self._styled(margin, "bold") + self._styled(line, style))

    def items(self, label: str, items: Sequence[str], limit: int, style: str = "") -> None:
        """A label in the margin and its items beside it; past the limit, a line says how many more there are."""
        more = len(items) - limit
        shown = [*items[:limit], *([f"{more} more{IN_JSON}"] if more > 0 else [])]
        dash = "- " if len(shown) > 1 else ""
        for i, item in enumerate(shown):
            margin = "" if i else label
            self.paragraph(f"{dash}{item}", style, indent=MARGIN, hanging=len(dash), label=margin)

    def table(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """Rows of cells under bold headers; a row's note runs below it over the whole width."""
        heads = Row(tuple(Cell.of((column.header, "bold")) for column in columns))
        for row in (heads, *rows):
            broken = [list(self._broken(cell, column.width)) for cell, column in zip(row.cells, columns, strict=True)]
            for pieces in zip_longest(*broken, fillvalue=("", "")):
                self._print("".join(self._set(piece, column) for piece, column in zip(pieces, columns, strict=True)))
            for note, style in row.notes:
                self.paragraph(note, style, indent=2)

    def text(self) -> str:
        """Everything collected, without blanks at the ends of lines."""
        text = "".join(f"{line.rstrip()}\n" for line in self._lines)
        return text.encode(self._page.encoding, "replace").decode(self._page.encoding)

    def _print(self, line: str) -> None:
        if self._gap_due:
            self._lines.append("")
            self._gap_due = False
        self._lines.append(line)

    def _set(self, piece: tuple[str, str], column: Column) -> str:
        """A piece of text in its column, the gutter behind it."""
        text, style = piece
        blanks = " " * (column.width - cell_len(text))
        styled = self._styled(text, style)
        return (blanks + styled if column.right else styled + blanks) + " " * GUTTER

    def _broken(self, cell: Cell, width: int) -> Iterator[tuple[str, str]]:
        for text, style in cell.lines:
            for line in wrapped(self.clean(text), width):
                yield line, style

    def _styled(self, text: str, style: str) -> str:
        return _coloured(text, style) if self._page.colour and style and text.strip() else text


@lru_cache(maxsize=256)
def _coloured(text: str, style: str) -> str:
    """Text in one of Rich's styles, as codes that every terminal with colours knows."""
    from rich.color import ColorSystem
    from rich.style import Style

    return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)
