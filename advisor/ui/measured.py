"""Measured runs: predicted against measured, and a model card from runs of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from advisor.domain.runs import MOST_BYTES
from advisor.errors import Problem, RunsError
from advisor.intake.runs import RunsFile, read_runs
from advisor.platforms import platforms
from advisor.reports.run_rows import run_rows
from advisor.reports.wording import plural
from advisor.shipped import shipped_path
from advisor.ui.calibrating import show_calibration
from advisor.ui.card_in_use import show_card
from advisor.ui.evaluating import show_evaluation
from advisor.ui.plain import plain
from advisor.ui.run_tasks import forget
from advisor.ui.trouble import in_words, tell
from advisor.ui.uploads import Kept
from advisor.units import MIB

OWN: Final = "own"
SHIPPED: Final = {"hyperv_published.csv": "Published runs of Hyper-V", "qemu_lab.csv": "The lab's runs of QEMU/KVM"}
_OWN_NAME: Final = "Your own file"
_LOADED: Final = "runs of one's own"
_MOST_TOLD: Final = 50
_MOST_LISTED: Final = 2000


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was uploaded: its runs, or why there are none."""

    name: str
    kept: Kept
    runs: RunsFile | None
    trouble: tuple[str, ...] = ()


def page() -> None:
    """The page."""
    st.subheader("Measured runs", anchor=False)
    source = st.selectbox(
        "Runs",
        [*SHIPPED, OWN],
        format_func=lambda name: SHIPPED.get(name, _OWN_NAME),
        key="source of runs",
        persist_state="session",
    )
    name, runs = (source, _shipped(source)) if source in SHIPPED else _own()
    if runs is not None:
        _summary(f"{name}: " if source == OWN else "", runs)
    evaluation, calibration, listed, card = st.tabs(
        ["Predicted against measured", "Calibrate", "The runs", "Card in use"]
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


def _own() -> tuple[str, RunsFile | None]:
    st.file_uploader(
        "Measured runs, CSV",
        type=["csv", "tsv", "txt"],
        key="file of runs",
        max_upload_size=MOST_BYTES // MIB,
        on_change=_load,
        help="A row for each move, or for each batch with one total; an empty cell means unknown. What the columns are "
        "called, and which rows can be used, is told below.",
    )
    st.download_button(
        "An example to fill in",
        data=lambda: shipped_path("data", "measured", "hyperv_published.csv").read_bytes(),
        file_name="runs.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    loaded: Loaded | None = st.session_state.get(_LOADED)
    if loaded is None:
        return _OWN_NAME, None
    if loaded.trouble:
        tell(loaded.trouble[:_MOST_TOLD])
        _more(len(loaded.trouble) - _MOST_TOLD, "problem")
    return loaded.name, loaded.runs


def _load() -> None:
    """Read what was uploaded; what was found out about the file before it goes."""
    forget(OWN)
    file = st.session_state["file of runs"]
    if file is None:
        st.session_state[_LOADED] = None
        return
    kept = Kept([file])
    path = kept.paths[0]
    try:
        st.session_state[_LOADED] = Loaded(path.name, kept, read_runs(path))
    except RunsError as error:
        st.session_state[_LOADED] = Loaded(path.name, kept, None, tuple(in_words(error, kept.folder)))


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
            st.table([_problem(problem) for problem in runs.set_aside[:_MOST_TOLD]])
            _more(len(runs.set_aside) - _MOST_TOLD, "problem")


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
    _more(len(runs.runs) - _MOST_LISTED, "run")


def _more(count: int, what: str) -> None:
    if count > 0:
        st.caption(f"{plural(count, f'more {what}')} not shown.")
