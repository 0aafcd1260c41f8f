"""What-if: change an input at the side, read the answer at once; the link holds all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from advisor.domain.answers import Recommendation
from advisor.errors import AdvisorError, InputError
from advisor.intake.document import MOST_BYTES, Document, read_document
from advisor.intake.scenario import scenario_from
from advisor.intake.scenario_yaml import yaml_of
from advisor.reports import render
from advisor.ui import session
from advisor.ui.fields import Fields
from advisor.ui.plain import plain
from advisor.ui.presets import PRESETS, example
from advisor.ui.trouble import MOST_TOLD, in_words, tell
from advisor.ui.uploads import Kept
from advisor.ui.what_if.answer import show_recommendation
from advisor.ui.what_if.answered import answered
from advisor.ui.what_if.form import scenario_form
from advisor.units import MIB


def page() -> None:
    """The page."""
    wrong_link = session.begin()
    if wrong_link is not None:
        tell(wrong_link)
    fields = Fields(session.content(), session.name())
    with st.sidebar:
        _start_from()
        scenario_form(fields)
    session.hold(fields.content)
    try:
        scenario = scenario_from(Document(session.NAME, fields.content, {}))
    except InputError as error:
        left = fields.tell(error.problems)
        _tell_again(fields.labelled(error.problems))
        if left:
            tell(InputError(left))
        return
    too_large = session.keep(fields.content)
    if too_large is not None:
        st.caption(plain(str(too_large)))
    try:
        answer = answered(scenario, "the what-if")
    except AdvisorError as error:
        tell(error)
        return
    if answer is not None:
        show_recommendation(answer)
        _downloads(fields.content, answer)


def _tell_again(wrong: Sequence[tuple[str, str]]) -> None:
    """Say here too what is wrong at the side, which may be closed or scrolled away."""
    told = [f"- **{plain(label)}**: {message}" for label, message in wrong[:MOST_TOLD]]
    if len(wrong) > MOST_TOLD:
        told.append(f"- … and {len(wrong) - MOST_TOLD:,} more")
    need = "these inputs at the side need" if told else "the inputs need"
    lines = "\n".join(told)
    st.warning(f"No answer yet: {need} mending.\n\n{lines}", icon=":material/edit:")


def _start_from() -> None:
    st.selectbox(
        "Start from",
        [None, *PRESETS],
        format_func=lambda name: PRESETS.get(name or "", "an example …"),
        key="preset",
        on_change=_load_preset,
    )
    with st.popover("Open a scenario file", icon=":material/folder_open:", width="stretch"):
        st.file_uploader(
            "Scenario, YAML or JSON",
            type=["yaml", "yml", "json"],
            key="scenario file",
            max_upload_size=MOST_BYTES // MIB,
            on_change=_load_file,
        )
    wrong = st.session_state.get("scenario file's trouble")
    if wrong is not None:
        tell(wrong)


def _load_file() -> None:
    file = st.session_state["scenario file"]
    st.session_state["scenario file's trouble"] = None
    if file is None:
        return
    kept = None
    try:
        kept = Kept([file])
        read = read_document(kept.paths[0])
        scenario_from(read)
    except InputError as error:
        st.session_state["scenario file's trouble"] = in_words(error, kept.folder if kept is not None else None)
    else:
        session.load(read.content)


def _load_preset() -> None:
    name = st.session_state["preset"]
    if name is not None:
        session.load(example(name))


def _downloads(content: dict[str, Any], answer: Recommendation) -> None:
    row = st.container(horizontal=True)
    row.button(
        "Keep to compare",
        on_click=session.keep_to_compare,
        icon=":material/compare_arrows:",
        help="The page Compare sets it beside others",
    )
    files = (
        ("Scenario, YAML", "scenario.yaml", lambda: yaml_of(content), "text/yaml"),
        ("Answer, HTML", "answer.html", lambda: render(answer, "html"), "text/html"),
        ("Answer, JSON", "answer.json", lambda: render(answer, "json"), "application/json"),
        ("Answer, CSV", "answer.csv", lambda: render(answer, "csv"), "text/csv"),
    )
    for label, name, made, kind in files:
        row.download_button(label, data=made, file_name=name, mime=kind, on_click="ignore", icon=":material/download:")
