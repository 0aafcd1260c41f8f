"""What a batch answers, to take away: tables, report, workbook, by the writers of the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st

from advisor.fleet.store import StoredTables
from advisor.fleet.written import schema_of
from advisor.reports import render_batch
from advisor.reports.fleet.archive import zip_tables
from advisor.ui.fleet.state import Fleet
from advisor.ui.fleet.work import workbook

WORKBOOK: Final = "workbook"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_downloads(state: Fleet, tables: StoredTables) -> None:
    """Buttons for every table and report; each is written when somebody wants it."""
    places = st.columns(4)
    files: tuple[tuple[str, str, Callable[[], str | bytes], str], ...] = (
        ("Tables, CSV in a ZIP", "answer.zip", partial(zipped, state, tables), "application/zip"),
        ("Report, HTML", "answer.html", lambda: render_batch(tables, "html"), "text/html"),
        ("Answer, JSON", "answer.json", lambda: render_batch(tables, "json"), "application/json"),
    )
    for place, (label, name, made, kind) in zip(places, files, strict=False):
        place.download_button(
            label, data=made, file_name=name, mime=kind, on_click="ignore", icon=":material/download:", width="stretch"
        )
    with places[-1]:
        _workbook(state, tables)


def _workbook(state: Fleet, tables: StoredTables) -> None:
    """The workbook takes a while with many VMs, so that it is made when somebody wants it."""
    running = state.look(WORKBOOK)
    book: Path | None = state.answers.get(WORKBOOK)
    if book is not None:
        st.download_button(
            "Workbook, xlsx",
            data=book.read_bytes,
            file_name="answer.xlsx",
            mime=_XLSX,
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
        )
    elif not running and st.button("Make a workbook, xlsx", icon=":material/table:", width="stretch", key=WORKBOOK):
        state.start(WORKBOOK, "Writing the workbook", workbook, tables, state.scratch.folder / "answer.xlsx")
        st.rerun()


def zipped(state: Fleet, tables: StoredTables) -> bytes:
    """The tables as CSV, in a ZIP."""
    path = state.scratch.folder / "answer.zip"
    zip_tables(tables, schema_of, path)
    return path.read_bytes()
