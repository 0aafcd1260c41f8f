"""Where an inventory comes from: files of the visitor's own, or the example."""

from __future__ import annotations

from typing import Final

import streamlit as st

from advisor.errors import InputError
from advisor.intake.inventory.files import ENDINGS
from advisor.shipped import shipped_path
from advisor.ui.fleet.state import begin_with, fleet
from advisor.ui.plain import plain
from advisor.ui.trouble import in_words, tell
from advisor.ui.uploads import Kept

_FILES: Final = "inventory files"
_COUNT: Final = "uploads of an inventory that were refused"
_REFUSED: Final = "why the upload of an inventory was refused"
_MOST_NAMES: Final = 8


def inventory_asked() -> None:
    """Widgets by which an inventory is given."""
    state = fleet()
    with st.expander("Inventory", expanded=not state.paths, icon=":material/inventory_2:"):
        st.file_uploader(
            "Files that belong together: exports of VMs, hosts, NICs and clusters",
            type=sorted(ending.removeprefix(".") for ending in ENDINGS),
            accept_multiple_files=True,
            key=_key(),
            on_change=_take_files,
            help="Get-VM, Get-VMHost, Get-NetAdapter, Get-ClusterGroup and their like; RVTools; Live Optics; Azure "
            "Migrate; or advisor's own tables of VMs, hosts and clusters. They stay on the machine that runs this "
            "app, and are deleted once it forgets this visit.",
        )
        st.button("Use the example", icon=":material/school:", on_click=_take_example, help="10 hosts with 120 VMs")
    if st.session_state.get(_REFUSED):
        tell(st.session_state[_REFUSED])
    if state.paths:
        names = ", ".join(path.name for path in state.paths[:_MOST_NAMES])
        more = f" and {len(state.paths) - _MOST_NAMES} more" if len(state.paths) > _MOST_NAMES else ""
        st.markdown(f"**{plain(state.called)}**: {plain(names + more)}")


def _key() -> str:
    """The widget's name: after an upload that was refused a new one, which holds no file."""
    return f"{_FILES} {st.session_state.get(_COUNT, 0)}"


def _take_files() -> None:
    st.session_state.pop(_REFUSED, None)
    files = st.session_state[_key()]
    if not files:
        return
    try:
        kept = Kept(files)
    except InputError as error:
        st.session_state[_REFUSED] = in_words(error)
        st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
        return
    begin_with("Your files", tuple(kept.paths), kept.folder, kept)


def _take_example() -> None:
    st.session_state.pop(_REFUSED, None)
    folder = shipped_path("data", "examples", "inventories", "small")
    begin_with("The example", tuple(sorted(folder.glob("*.csv"))), folder)
