"""A file of measured runs of one's own: uploaded, read at once or by a job where it is large, what is wrong told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from advisor.errors import InputError
from advisor.intake.runs import RunsFile
from advisor.reports.wording import plural
from advisor.shipped import shipped_path
from advisor.ui.job import Job
from advisor.ui.measured.tasks import begin, forget, outcome
from advisor.ui.measured.work import Read, read
from advisor.ui.trouble import in_words, tell
from advisor.ui.uploads import Kept

OWN: Final = "own"
"""What the file is told apart by from those that come with advisor."""

OWN_NAME: Final = "Your own file"
READ_AT_ONCE: Final = 50_000
"""Larger files [bytes] are read by a job: these take some tenths of a second at most."""

MOST_MB: Final = 2
"""The largest file [MB]: to be scored, the runs of larger ones would take hours; the command line takes them."""

_KIND: Final = "reading"
_LOADED: Final = "runs of one's own"
_FILE: Final = "file of runs"


@dataclass
class _Loaded:
    """A file that was uploaded.

    Attributes
    ----------
    read : what it holds; none where that is still worked out, or was stopped.
    trouble : why the file was not taken.
    """

    name: str
    kept: Kept | None
    read: Read | None = None
    trouble: InputError | None = None


def show_upload() -> tuple[str, RunsFile | None]:
    """Ask for a file; its name, and its runs where it has any."""
    st.file_uploader(
        "Measured runs, CSV",
        type=["csv", "tsv", "txt"],
        key=_FILE,
        max_upload_size=MOST_MB,
        on_change=_load,
        help="A row for each move, or for each batch with one total; an empty cell means unknown. What the columns are "
        "called, and which rows can be used, is told below. Larger files: `advisor evaluate` and `advisor calibrate`.",
    )
    st.download_button(
        "An example to fill in",
        data=lambda: shipped_path("data", "measured", "hyperv_published.csv").read_bytes(),
        file_name="runs.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    loaded: _Loaded | None = st.session_state.get(_LOADED)
    if loaded is None:
        return OWN_NAME, None
    if loaded.trouble is not None:
        tell(loaded.trouble)
        return loaded.name, None
    if loaded.read is None:
        loaded.read = outcome(_KIND, OWN)
    if loaded.read is not None and loaded.read.problems:
        tell(in_words(InputError(loaded.read.problems), loaded.kept.folder if loaded.kept is not None else None))
        more(loaded.read.more, "problem")
    return loaded.name, loaded.read.runs if loaded.read is not None else None


def more(count: int, what: str) -> None:
    """Say how many more there are than are shown."""
    if count > 0:
        st.caption(f"{plural(count, f'more {what}')} not shown.")


def _load() -> None:
    """Read what was uploaded; what was found out about the file before it goes."""
    forget(OWN)
    st.session_state[_LOADED] = None
    file = st.session_state[_FILE]
    if file is None:
        return
    try:
        kept = Kept([file])
    except InputError as error:
        st.session_state[_LOADED] = _Loaded(OWN_NAME, None, trouble=error)
        return
    path = kept.paths[0]
    loaded = _Loaded(path.name, kept)
    if path.stat().st_size <= READ_AT_ONCE:
        loaded.read = read(path)
    else:
        begin(_KIND, OWN, lambda: Job("Reading the runs", read, path))
    st.session_state[_LOADED] = loaded
