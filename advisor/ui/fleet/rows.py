"""Tables of a batch, a page of rows at a time: found, filtered and sorted where they stand, not in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final

import streamlit as st

from advisor.domain.answers import Verdict
from advisor.domain.describe import choices, unit
from advisor.domain.fleet import BATCH_TABLES
from advisor.fleet.store import StoredTables
from advisor.reports.fleet.rows import FewRows, Sought, few_rows
from advisor.ui.plain import plain

ROWS_AT_ONCE: Final = 100

_FILTERS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "vms": (("Verdict", "verdict"), ("Basis", "basis")),
    "hosts": (("Window", "window"), ("Binds", "limit")),
    "clusters": (("Verdict", "verdict"), ("Transport", "transport")),
    "set_aside": (),
}
_CALLED: Final = {"vms": "VMs", "hosts": "Hosts", "clusters": "Clusters", "set_aside": "Rows set aside"}
_HEIGHT: Final = 420
_HELD: Final = "fleet's rows"


def show_tables(tables: StoredTables, name: str) -> None:
    """A table to choose, with what to look for in it; only this part of the page runs again when that changes.

    Parameters
    ----------
    name : told apart by it from the tables of other answers.
    """

    @st.fragment
    def shown() -> None:
        table = st.segmented_control(
            "Table", list(_CALLED), default="hosts", format_func=lambda one: _CALLED[one], key=f"{name} table",
            required=True,
        )  # fmt: skip
        _show(tables, str(table), f"{name} {table}")

    shown()


def _show(tables: StoredTables, table: str, key: str) -> None:
    fields = BATCH_TABLES[table].model_fields
    filters = _FILTERS[table]
    places = st.columns([2, *[1] * (len(filters) + 2)], vertical_alignment="bottom")
    text = places[0].text_input("Find", key=f"{key} find", placeholder="part of a name or of any text")
    among: dict[str, Sequence[str]] = {}
    for place, (label, column) in zip(places[1:], filters, strict=False):
        values = [one.value for one in Verdict] if column == "verdict" else choices(fields[column])
        chosen = place.multiselect(label, values, key=f"{key} {column}", placeholder="any")
        if chosen:
            among[column] = chosen
    by = places[-2].selectbox("Sort by", list(fields), index=None, key=f"{key} by", placeholder="as written")
    descending = places[-1].toggle("Largest first", value=True, key=f"{key} descending")
    page = f"{key} page"
    st.session_state.setdefault(page, 1)

    # Nothing is read again where the page runs for another reason; a table that is written does not change.
    held: dict[str, tuple[StoredTables, Sought, FewRows]] = st.session_state.setdefault(_HELD, {})

    def at(number: int) -> FewRows:
        first = (number - 1) * ROWS_AT_ONCE
        sought = Sought(text.strip(), among, by or "", descending, first, ROWS_AT_ONCE)
        before = held.get(table)
        if before is None or before[0] is not tables or before[1] != sought:
            held[table] = tables, sought, few_rows(tables, table, sought)
        return held[table][2]

    found = at(st.session_state[page])
    pages = max(ceil(found.fitting / ROWS_AT_ONCE), 1)
    if st.session_state[page] > pages:  # fewer rows fit than before
        st.session_state[page] = pages
        found = at(pages)
    first = (st.session_state[page] - 1) * ROWS_AT_ONCE
    of = f"of {found.fitting:,} that fit, {tables.rows(table):,} in all"
    st.caption(f"Rows {min(first + 1, found.fitting):,} to {first + found.rows.num_rows:,} {of}")
    st.dataframe(
        found.rows,
        hide_index=True,
        height=_HEIGHT if found.rows.num_rows > 10 else "auto",
        column_config=_columns(fields),
        alt=f"Rows of {_CALLED[table]}",
        key=f"{key} rows",
    )
    if pages > 1:
        st.number_input(f"Page, 1 to {pages:,}", min_value=1, max_value=pages, step=1, key=page)


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Names as in the files, with what each is."""
    return {
        name: st.column_config.Column(
            label=f"{name} [{unit(field)}]" if unit(field) and not _says_it(name) else name,
            help=plain(field.description or ""),
        )
        for name, field in fields.items()
    }


def _says_it(name: str) -> bool:
    """Whether the unit stands in the name."""
    return any(part in name for part in ("_gib", "_s_", "_ms_", "_gbps", "_mib_s"))
