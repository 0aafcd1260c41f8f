"""A runbook as a person reads it: headings, checklists, tables; names and cells are text, whatever stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

import streamlit as st

from advisor.domain.drain import DrainAnswer, PatchAnswer
from advisor.reports.fleet.markdown import bullets, code
from advisor.reports.fleet.runbook_pieces import Commands, Heading, Item, Items, Paragraph, Piece, Rows
from advisor.reports.fleet.runbook_text import drain_pieces, patch_pieces
from advisor.reports.wording import printable, typed
from advisor.ui.fleet.labels import in_labels
from advisor.ui.plain import plain

_BOXES: Final = {None: "", True: "☑ ", False: "☐ "}
# A browser draws so many rows of markup at once; more of them stand in a table that draws what is looked at.
_MOST_ROWS: Final = 100


def pieces_of(answer: DrainAnswer | PatchAnswer) -> list[Piece]:
    """The runbook of an answer but for its title and its result, which the page shows above it."""
    pieces = drain_pieces(answer) if isinstance(answer, DrainAnswer) else patch_pieces(answer)
    return [one for one in pieces if not (getattr(one, "title", False) or getattr(one, "result", False))]


def show_runbook(pieces: Iterable[Piece]) -> None:
    """Show a runbook, piece by piece."""
    heading = "Runbook"
    for piece in pieces:
        match piece:
            case Heading(text):
                heading = printable(text)
                st.markdown(f"#### {_said(text)}")
            case Paragraph(text):
                st.markdown(_said(text))
            case Items(items):
                st.markdown(bullets(map(_item, items)))
            case Rows():
                _table(piece, heading)
            case Commands(lines):  # Streamlit's colours for PowerShell have too little contrast
                st.code("\n".join(map(typed, lines)), language=None, wrap_lines=True)
            case _:
                assert_never(piece)


def _said(text: str) -> str:
    return plain(in_labels(text))


def _item(item: Item) -> str:
    lead = f"**{_said(item.lead)}** " if item.lead else ""
    return f"{_BOXES[item.ticked]}{lead}{_said(item.text)}" + (f" {code(item.how)}" if item.how else "")


def _table(table: Rows, heading: str) -> None:
    columns = dict(zip(table.heads, zip(*table.rows, strict=True), strict=True))
    if len(table.rows) > _MOST_ROWS:
        st.dataframe(
            {head: [printable(cell) for cell in cells] for head, cells in columns.items()},
            hide_index=True,
            alt=heading,
        )
    else:
        st.table(
            {plain(head): [plain(cell) for cell in cells] for head, cells in columns.items()},
            border="horizontal",
            hide_index=True,
            alt=heading,
        )
