"""Measured runs: predicted against measured, and a model card from runs of one's own."""

from __future__ import annotations

from typing import Final

import streamlit as st

from advisor.errors import Problem
from advisor.intake.runs import RunsFile, read_runs
from advisor.platforms import platforms
from advisor.reports.run_rows import run_rows
from advisor.reports.wording import plural
from advisor.shipped import shipped_path
from advisor.ui.measured.calibrating import show_calibration
from advisor.ui.measured.card_in_use import show_card
from advisor.ui.measured.evaluating import show_evaluation
from advisor.ui.measured.upload import OWN, OWN_NAME, more, show_upload
from advisor.ui.measured.work import MOST_TOLD
from advisor.ui.plain import plain

SHIPPED: Final = {"hyperv_published.csv": "Published runs of Hyper-V", "qemu_lab.csv": "The lab's runs of QEMU/KVM"}
SHOWN: Final = "about"
"""The link's part that says which part of the page is open."""

CARD: Final = "Card in use"
"""The part of the page where the card in use is chosen."""

_MOST_LISTED: Final = 2000


def page() -> None:
    """The page."""
    st.subheader("Measured runs", anchor=False)
    source = st.selectbox(
        "Runs",
        [*SHIPPED, OWN],
        format_func=lambda name: SHIPPED.get(name, OWN_NAME),
        key="source of runs",
        persist_state="session",
    )
    name, runs = (source, _shipped(source)) if source in SHIPPED else show_upload()
    if runs is not None:
        _summary(f"{name}: " if source == OWN else "", runs)
    evaluation, calibration, listed, card = st.tabs(
        ["Scores", "Calibrate", "Runs", CARD], key=SHOWN, bind="query-params"
    )
    with card:
        show_card()
    if runs is None:
        for place in (evaluation, calibration, listed):
            place.info("Upload a file of measured runs first.", icon=":material/upload_file:")
        return
    with evaluation:
        show_evaluation(source, runs.runs)
    with calibration:
        show_calibration(source, name, runs.runs)
    with listed:
        _runs(runs)


@st.cache_resource(show_spinner="Reading the runs …")
def _shipped(name: str) -> RunsFile:
    """A file that comes with advisor: the same for everybody."""
    return read_runs(shipped_path("data", "measured", name))


def _summary(before: str, runs: RunsFile) -> None:
    titles = {one.name: one.title for one in platforms()}
    there = ", ".join(titles.get(name, name) for name in dict.fromkeys(run.platform for run in runs.runs))
    studies = len({run.study for run in runs.runs})
    st.markdown(
        f"{plain(before)} **{plural(len(runs.runs), 'run')}** of {studies} stud{'y' if studies == 1 else 'ies'}: "
        f"{plain(there)}."
    )
    if runs.set_aside:
        aside = len({problem.line for problem in runs.set_aside})
        st.warning(f"{plural(aside, 'row')} set aside; the others go on.", icon=":material/rule:")
        with st.expander("What is wrong with them", expanded=True):
            st.table([_problem(problem) for problem in runs.set_aside[:MOST_TOLD]])
            more(len(runs.set_aside) - MOST_TOLD, "problem")


def _problem(problem: Problem) -> dict[str, str]:
    cells = {
        "Line": "" if problem.line is None else str(problem.line),
        "Column": problem.column or "",
        "Value": problem.value or "",
        "What is wrong": problem.message,
        "Allowed": problem.allowed or "",
        "How to mend it": problem.mend or "",
    }
    return {name: plain(text) for name, text in cells.items()}


def _runs(runs: RunsFile) -> None:
    st.dataframe(run_rows(runs.runs[:_MOST_LISTED]), hide_index=True)
    more(len(runs.runs) - _MOST_LISTED, "run")
