"""What a runbook is made of, before anybody writes it: pieces of text that is not escaped for any form yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading.

    Attributes
    ----------
    title : True for the one of the whole runbook.
    """

    text: str
    title: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph.

    Attributes
    ----------
    result : True for the sentence that says what comes of it all.
    """

    text: str
    result: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list.

    Attributes
    ----------
    lead : what stands out before the text.
    how : a command, or a place, that shows it.
    ticked : of a list to be ticked off, whether this is done; None in other lists.
    """

    text: str
    lead: str = ""
    how: str = ""
    ticked: bool | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table.

    Attributes
    ----------
    numbers : columns that stand right.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Commands:
    """Lines of PowerShell, to be copied."""

    lines: tuple[str, ...]


Piece = Heading | Paragraph | Items | Rows | Commands
