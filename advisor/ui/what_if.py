"""What-if: change an input at the side, read the answer at once; the link holds all of it."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from advisor.advice import recommend
from advisor.domain.answers import Recommendation
from advisor.domain.scenario import Scenario
from advisor.errors import AdvisorError, InputError
from advisor.intake.document import Document, read_document
from advisor.intake.scenario import scenario_from
from advisor.intake.scenario_yaml import yaml_of
from advisor.reports import render
from advisor.residual.card import Card
from advisor.ui import session
from advisor.ui.answer import show_recommendation
from advisor.ui.fields import Fields
from advisor.ui.form import scenario_form
from advisor.ui.plain import plain
from advisor.ui.trouble import in_words, tell
from advisor.ui.uploads import Kept

PRESETS: Final = {
    "seed_lab.yaml": "The seed's lab: 2 × 10 GbE, one VM of 55 GiB",
    "converged_2x25.yaml": "2 × 25 GbE with RDMA, converged",
    "azure_local.yaml": "Azure Local",
    "branch_1gbe.yaml": "Branch office on 1 GbE",
    "many_vms.yaml": "30 to 40 VMs on a host",
    "cluster_4_nodes.yaml": "Cluster of four nodes",
    "qemu_pair.yaml": "QEMU/KVM pair",
}


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
        st.warning("No answer yet: the inputs at the side need mending.", icon=":material/edit:")
        if left:
            tell(InputError(left))
        return
    too_large = session.keep(fields.content)
    if too_large is not None:
        st.caption(plain(str(too_large)))
    try:
        answer = answered(scenario, session.card_for(scenario.platform))
    except AdvisorError as error:
        tell(error)
        return
    show_recommendation(answer)
    _downloads(fields.content, answer)


@st.cache_data(
    max_entries=200,
    show_spinner="Working it out …",
    hash_funcs={Scenario: session.told_apart, Card: lambda one: one.to_json()},
)
def answered(scenario: Scenario, card: Card | None) -> Recommendation:
    """The recommendation, worked out once for each scenario and card."""
    return recommend(scenario, card)


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
            max_upload_size=1,
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
    kept = Kept([file])
    try:
        read = read_document(kept.paths[0])
        scenario_from(read)
    except InputError as error:
        st.session_state["scenario file's trouble"] = in_words(error, kept.folder)
    else:
        session.load(read.content)


def _load_preset() -> None:
    name = st.session_state["preset"]
    if name is not None:
        session.load(session.example(name).content)


def _downloads(content: dict[str, Any], answer: Recommendation) -> None:
    places = st.columns(5)
    places[0].button(
        "Keep to compare",
        on_click=session.keep_to_compare,
        icon=":material/compare_arrows:",
        width="stretch",
        help="The page Compare sets it beside others",
    )
    files = (
        ("Scenario, YAML", "scenario.yaml", lambda: yaml_of(content), "text/yaml"),
        ("Answer, HTML", "answer.html", lambda: render(answer, "html"), "text/html"),
        ("Answer, JSON", "answer.json", lambda: render(answer, "json"), "application/json"),
        ("Answer, CSV", "answer.csv", lambda: render(answer, "csv"), "text/csv"),
    )
    for place, (label, name, made, kind) in zip(places[1:], files, strict=True):
        place.download_button(
            label, data=made, file_name=name, mime=kind, on_click="ignore", icon=":material/download:", width="stretch"
        )
