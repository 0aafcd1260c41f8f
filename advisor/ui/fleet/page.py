"""Fleet: an inventory read, corrected and sized; hosts drained and clusters patched on paper."""

from __future__ import annotations

import streamlit as st

from advisor.ui.fleet.answer import show_sizing
from advisor.ui.fleet.labels import DRAINING, PATCHING, SIZING
from advisor.ui.fleet.plans import show_drain, show_patch
from advisor.ui.fleet.state import READING, fleet
from advisor.ui.fleet.understood import show_reading
from advisor.ui.fleet.upload import inventory_asked


def page() -> None:
    """The page."""
    inventory_asked()
    state = fleet()
    if not state.paths:
        st.info(
            "Give an inventory, as it was exported, or use the example. It is shown how it is understood before "
            "anything is worked out from it.",
            icon=":material/upload_file:",
        )
        return
    if state.look(READING):
        return
    reading = state.reading
    if reading is None:
        if st.button("Read it again", icon=":material/refresh:"):
            state.read_again()
            st.rerun()
        return
    if reading.survey is None:
        show_reading(state, reading)
        return
    understood, sizing, drain, patch = st.tabs(["Understood", SIZING, DRAINING, PATCHING])
    with understood:
        show_reading(state, reading)
    with sizing:
        show_sizing(state)
    with drain:
        show_drain(state, reading.hosts, reading.alone)
    with patch:
        show_patch(state, reading.hosts)
