"""Where an inventory comes from: files of the visitor's own, or the example."""

from __future__ import annotations

from typing import Final

import streamlit as st

from advisor.intake.inventory.files import ENDINGS
from advisor.shipped import shipped_path
from advisor.ui.fleet_state import begin_with, fleet
from advisor.ui.plain import plain
from advisor.ui.uploads import Kept

LARGEST_MB: Final = 200
_FILES: Final = "inventory files"


def inventory_asked() -> None:
    """Widgets by which an inventory is given."""
    state = fleet()
    with st.expander("Inventory", expanded=not state.paths, icon=":material/inventory_2:"):
        st.file_uploader(
            "Files that belong together: exports of VMs, hosts, NICs and clusters",
            type=sorted(ending.removeprefix(".") for ending in ENDINGS),
            accept_multiple_files=True,
            key=_FILES,
            max_upload_size=LARGEST_MB,
            on_change=_take_files,
            help="Get-VM, Get-VMHost, Get-NetAdapter, Get-ClusterGroup and their like; RVTools; Live Optics; Azure "
            "Migrate; or advisor's own tables of VMs, hosts and clusters. They stay on the machine that runs this "
            "app, and are deleted once it forgets this visit.",
        )
        st.button("Use the example", icon=":material/school:", on_click=_take_example, help="10 hosts with 120 VMs")
    if state.paths:
        names = ", ".join(path.name for path in state.paths[:_MOST_NAMES])
        more = f" and {len(state.paths) - _MOST_NAMES} more" if len(state.paths) > _MOST_NAMES else ""
        st.markdown(f"**{plain(state.called)}**: {plain(names + more)}")


_MOST_NAMES: Final = 8


def _take_files() -> None:
    files = st.session_state[_FILES]
    if files:
        kept = Kept(files)
        begin_with("Your files", tuple(kept.paths), kept.folder, kept)


def _take_example() -> None:
    folder = shipped_path("data", "examples", "inventories", "small")
    begin_with("The example", tuple(sorted(folder.glob("*.csv"))), folder)
