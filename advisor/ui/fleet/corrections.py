"""Headers that are to be read otherwise, and what that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import streamlit as st

from advisor.domain.survey import Survey
from advisor.intake.inventory import Correction
from advisor.intake.inventory.corrections import COLUMNS, IGNORE
from advisor.reports.inventory import changes_told, jumps_told
from advisor.ui.fleet.labels import READ_AS
from advisor.ui.fleet.state import Fleet
from advisor.ui.fleet.work import Reading
from advisor.ui.plain import plain

# Units that exports often have in place of those of the estate's columns, as the end of a column's name.
_OTHERWISE: Final = {"_gib": ("_mb", "_bytes"), "_gbps": ("_mbps",)}


def offered(columns: Iterable[str] = COLUMNS) -> Iterator[str]:
    """Columns that a header can be read as, each followed by the same in units that exports often have.

    Examples
    --------
    >>> list(offered(["vcpus", "memory_gib", "nic_gbps"]))
    ['vcpus', 'memory_gib', 'memory_mb', 'memory_bytes', 'nic_gbps', 'nic_mbps']
    """
    for column in columns:
        yield column
        for end, others in _OTHERWISE.items():
            if column.endswith(end):
                yield from (column.removesuffix(end) + other for other in others)


def show_corrections(state: Fleet, reading: Reading) -> None:
    """What is read otherwise and what that changed; a header to be read otherwise."""
    st.markdown(f"**{READ_AS}**")
    for at, one in enumerate(state.columns):
        left, right = st.columns([4, 1], vertical_alignment="center")
        as_what = "is ignored" if one.column == IGNORE else f"is read as {one.column}"
        left.markdown(plain(f"{one.table}: {one.header} {as_what}"))
        right.button("Undo", key=f"undo {state.number} {at}", on_click=_undo, args=(state, one))
    if state.before is not None and reading.survey is not None:
        _changed(state.before, reading.survey)
    tables = {head.table: head.header for head in reading.heads}
    if tables:
        _ask(state, tables)


def _changed(before: Survey, now: Survey) -> None:
    told, jumps = changes_told(before, now), jumps_told(before, now)
    st.markdown(plain(f"What that changed: {'; '.join(told)}." if told else "That changed none of the totals."))
    if jumps:
        check = "Look at the unit: memory_gib is for numbers in GiB, memory_mb for numbers in MB, and so with others."
        st.warning(plain(f"{'; '.join(jumps)}. {check}"), icon=":material/warning:")


def _ask(state: Fleet, tables: dict[str, tuple[str, ...]]) -> None:
    places = st.columns(4, vertical_alignment="bottom")
    key = f"correct {state.number}"
    table = places[0].selectbox("File", list(tables), key=f"{key} table")
    header = places[1].selectbox("Header in the file", list(tables[table]), key=f"{key} header {table}")
    column = places[2].selectbox(
        "Read it as",
        [*offered(), IGNORE],
        index=None,
        key=f"{key} column",
        accept_new_options=True,
        placeholder="a column",
        help="A column of the estate; memory_mb in place of memory_gib where the numbers are in MB; ignore to read "
        "nothing from it",
    )
    if places[3].button("Read again", key=f"{key} go", disabled=column is None, width="stretch"):
        others = tuple(one for one in state.columns if (one.table, one.header) != (table, header))
        _read_as(state, (*others, Correction(table, str(header), str(column).strip())))
        st.rerun()


def _undo(state: Fleet, one: Correction) -> None:
    _read_as(state, tuple(other for other in state.columns if other != one))


def _read_as(state: Fleet, columns: tuple[Correction, ...]) -> None:
    before = None if state.reading is None else state.reading.survey
    state.columns = columns
    state.read_again(before)
