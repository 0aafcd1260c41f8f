"""A terminal sheet: Rich draws, and every line of text is broken here, between words and never within a number."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.table import Table
from rich.text import Text

from advisor.reports import Page
from advisor.reports.wording import printable

MINIMUM_WIDTH = 60
MARGIN = 9
GUTTER = 2
IN_JSON = ", see -f json"
_GLUE = "\N{NO-BREAK SPACE}"
_NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=[A-Za-z%])|(?<=\bmin) (?=\d)|(?<=\bh) (?=\d)")
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
    """Break text into lines of at most `width` cells, keeping numbers with their units.

    Examples
    --------
    >>> wrapped("moved in about 28 s of time", 17)
    ['moved in about', '28 s of time']
    """
    lines, line = [], ""
    for glued in _NUMBER_AND_UNIT.sub(_GLUE, text).split(" "):
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
        self._bytes = io.BytesIO()
        self._page = page
        self._gap_due = False
        self._console = Console(
            file=io.TextIOWrapper(self._bytes, page.encoding, errors="replace", newline="\n", write_through=True),
            width=self.width,
            force_terminal=page.colour,
            color_system="standard" if page.colour else None,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
        )

    def clean(self, text: str) -> str:
        """Text this sheet can show: one line, no control characters, ASCII signs where the terminal needs them."""
        text = printable(text)
        return text.translate(_IN_ASCII) if self.ascii_only else text

    def gap(self) -> None:
        """An empty line before whatever comes next; two in a row are one."""
        self._gap_due = True

    def line(self, text: str, style: str = "") -> None:
        """A line as it stands: what is drawn rather than written."""
        self._print(Text(text, style))

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
            self._print(Text(margin, "bold") + Text(line, style))

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
            grid = Table.grid(padding=(0, GUTTER, 0, 0))
            for column in columns:
                grid.add_column(width=column.width, no_wrap=True, justify="right" if column.right else "left")
            grid.add_row(*(self._text(cell, column.width) for cell, column in zip(row.cells, columns, strict=True)))
            self._print(grid)
            for note, style in row.notes:
                self.paragraph(note, style, indent=2)

    def text(self) -> str:
        """Everything collected, without blanks at the ends of lines."""
        written = self._bytes.getvalue().decode(self._page.encoding)
        return "\n".join(line.rstrip() for line in written.splitlines()) + "\n"

    def _print(self, what: Text | Table) -> None:
        if self._gap_due:
            self._console.print()
            self._gap_due = False
        self._console.print(what, no_wrap=True)

    def _text(self, cell: Cell, width: int) -> Text:
        return Text("\n").join(Text(line, style) for line, style in self._lines(cell, width))

    def _lines(self, cell: Cell, width: int) -> Iterator[tuple[str, str]]:
        for text, style in cell.lines:
            for line in wrapped(self.clean(text), width):
                yield line, style
