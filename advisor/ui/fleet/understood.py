"""How an inventory was understood; what it says in its columns, and what is taken by default, can be corrected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

import streamlit as st

from advisor.domain.defaults import ESTATE
from advisor.domain.describe import unit
from advisor.domain.survey import DefaultTaken, Survey
from advisor.errors import InputError, Problem
from advisor.intake.inventory import read_defaults
from advisor.reports import render_survey
from advisor.reports.fleet.wording import counted
from advisor.reports.inventory import aside_told, kind_told, totals_told
from advisor.ui.fields import said
from advisor.ui.fleet.corrections import show_corrections
from advisor.ui.fleet.labels import TAKEN, in_labels
from advisor.ui.fleet.problems import show_problems
from advisor.ui.fleet.state import Fleet
from advisor.ui.fleet.work import Reading
from advisor.ui.plain import plain
from advisor.ui.trouble import in_words

_MOST_KINDS: Final = 30
_MOST_TABLES: Final = 30
_MOST_NAMES: Final = 40
DOWNLOAD: Final = "What was understood, JSON"
_FLAG: Final = "--default "


def show_reading(state: Fleet, reading: Reading) -> None:
    """What was understood, and what is to be said otherwise."""
    if reading.trouble is not None:
        show_problems([in_labels(one) for one in in_words(reading.trouble, state.folder)], f"reading {state.number}")
    survey = reading.survey
    if survey is not None:
        st.subheader(plain(totals_told(survey)), anchor=False)
        if survey.note:
            st.warning(plain(survey.note), icon=":material/info:")
        _tables(survey)
    show_corrections(state, reading)
    if survey is not None:
        _hosts(survey)
        _aside(survey)
        _defaults(state, survey.defaults)
        st.download_button(
            DOWNLOAD,
            data=lambda: render_survey(survey, "json"),
            file_name="survey.json",
            mime="application/json",
            on_click="ignore",
            icon=":material/download:",
        )


def _tables(survey: Survey) -> None:
    st.markdown("**Tables**")
    for one in survey.tables[:_MOST_TABLES]:
        name = PurePath(one.file).name + (f", sheet {one.sheet}" if one.sheet else "")
        with st.expander(plain(f"{name}: {one.format}, {counted(one.rows, 'row')}, {one.used:,} used")):
            st.dataframe(
                {"Column": list(one.columns), "Read from": list(one.columns.values())},
                hide_index=True,
                alt=f"Columns read from {PurePath(one.file).name}",
                column_config={"Column": "Column of the estate", "Read from": "Header of the file"},
            )
            if one.ignored:
                st.caption(plain(f"Nothing is read from: {_some(one.ignored)}"))
    rest = len(survey.tables) - _MOST_TABLES
    if rest > 0:
        st.caption(plain(f"{counted(rest, 'more table')} in the download “{DOWNLOAD}”."))
    if survey.unread:
        names = _some([PurePath(name).name for name in survey.unread])
        st.warning(plain(f"Of no known format or an answer of a batch, and not read: {names}"), icon=":material/help:")


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more:,} more in the download “{DOWNLOAD}”" if more > 0 else "")


def _hosts(survey: Survey) -> None:
    if not survey.host_kinds:
        return
    st.markdown("**Hosts: NICs taken for live migration, and what else is known of them**")
    st.markdown("\n".join(f"- {plain(kind_told(kind))}" for kind in survey.host_kinds[:_MOST_KINDS]))
    rest = sum(kind.hosts for kind in survey.host_kinds[_MOST_KINDS:])
    if rest:
        st.caption(plain(f"{counted(rest, 'more host')} in the download “{DOWNLOAD}”."))


def _aside(survey: Survey) -> None:
    if not survey.set_aside:
        return
    st.markdown("**Rows set aside**")
    st.dataframe(
        [
            {
                "Rows": group.rows,
                "Column": group.column,
                "Reason": group.reason,
                "For example": "; ".join(aside_told(row) for row in group.examples),
                "Mend": group.examples[0].mend if group.examples else "",
            }
            for group in survey.set_aside
        ],
        hide_index=True,
        alt="Rows set aside, by reason",
    )
    st.caption("Each of these rows, with its file and line, stands in set_aside.csv among the tables of Sizing.")


def _defaults(state: Fleet, defaults: Sequence[DefaultTaken]) -> None:
    """What is taken where the inventory does not say, each in a field of its own."""
    if not defaults:
        return
    st.markdown(f"**{TAKEN}**")
    with st.form(f"defaults {state.number}", border=True):
        places = st.columns(3)
        given: dict[str, str] = {}
        beside = {}
        for at, one in enumerate(defaults):
            with places[at % len(places)]:
                given[one.column] = st.text_input(
                    _label(one),
                    value=_value(one),
                    key=f"default {state.number} {one.column}",
                    help=plain(f"One value, or low, middle, high. {one.source}"),
                )
                beside[one.column] = st.empty()
                st.caption(plain(f"Not said of {one.missing:,} of {one.of:,}"))
        if st.form_submit_button("Read again with these", icon=":material/refresh:"):
            before = {one.column: _value(one) for one in defaults}
            changed = {column: text for column, text in given.items() if text.strip() != before[column]}
            problems = _wrong(changed)
            for problem in problems:
                beside[(problem.column or "").removeprefix(_FLAG)].error(said(problem))
            if changed and not problems:
                state.defaults |= changed
                state.read_again()
                st.rerun()


def _wrong(changed: dict[str, str]) -> list[Problem]:
    """What is wrong with defaults, each under its column."""
    problems: list[Problem] = []
    for column, text in changed.items():
        try:
            read_defaults(flags=[f"{column}={text}"])
        except InputError as error:
            problems += [
                Problem(one.message, None, None, column, text, one.allowed, one.mend) for one in error.problems
            ]
    return problems


def _value(one: DefaultTaken) -> str:
    return one.middle if one.low == one.middle == one.high else f"{one.low}, {one.middle}, {one.high}"


def _label(one: DefaultTaken) -> str:
    word, _, name = one.column.partition(".")
    its = unit(ESTATE[word].model_fields[name])
    return f"{one.column} [{its}]" if its else one.column
