"""Runbooks of a drain and of a patch night in Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from advisor.domain.drain import DrainAnswer, PatchAnswer
from advisor.reports import Page
from advisor.reports.fleet.markdown import block, bullets, code, escaped, table
from advisor.reports.fleet.runbook_pieces import Commands, Heading, Item, Items, Paragraph, Piece, Rows
from advisor.reports.fleet.runbook_text import drain_pieces, patch_pieces

_TICKS: Final = {None: "", True: "[x] ", False: "[ ] "}


def drain_md(answer: DrainAnswer, page: Page) -> str:
    """Write the runbook of a drain as Markdown."""
    del page  # Markdown is for a renderer: neither width nor colour bears on it
    return _written(drain_pieces(answer))


def patch_md(answer: PatchAnswer, page: Page) -> str:
    """Write the runbook of a patch night as Markdown."""
    del page  # Markdown is for a renderer: neither width nor colour bears on it
    return _written(patch_pieces(answer))


def _written(pieces: Iterable[Piece]) -> str:
    return "\n\n".join(map(_piece, pieces)) + "\n"


def _piece(piece: Piece) -> str:
    match piece:
        case Heading(text, title):
            return f"{'#' if title else '##'} {escaped(text)}"
        case Paragraph(text, result):
            return f"**{escaped(text)}**" if result else escaped(text)
        case Items(items):
            return bullets(map(_item, items))
        case Rows(heads, rows, numbers):
            return table(heads, (tuple(map(escaped, row)) for row in rows), numbers)
        case Commands(lines):
            return block(lines, "powershell")
    assert_never(piece)


def _item(item: Item) -> str:
    lead = f"**{escaped(item.lead)}** " if item.lead else ""
    return f"{_TICKS[item.ticked]}{lead}{escaped(item.text)}" + (f" {code(item.how)}" if item.how else "")
