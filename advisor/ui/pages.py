"""The pages of the app, in the order of their tabs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from advisor.ui import compare, sources
from advisor.ui.evidence.page import page as evidence
from advisor.ui.fleet.page import page as fleet
from advisor.ui.measured.page import page as measured
from advisor.ui.sensitivity.page import page as sensitivity
from advisor.ui.what_if.page import page as what_if

ICON: Final = str(Path(__file__).with_name("icon.svg"))
"""A picture of our own: Streamlit fetches those of its icons that stand in a tab from elsewhere."""


def pages() -> list[StreamlitPage]:
    """Every page."""
    return [
        st.Page(what_if, title="What-if", icon=":material/tune:", url_path="what-if", default=True),
        st.Page(compare.page, title="Compare", icon=":material/compare_arrows:", url_path="compare"),
        st.Page(sensitivity, title="Sensitivity", icon=":material/grid_on:", url_path="sensitivity"),
        st.Page(fleet, title="Fleet", icon=":material/dns:", url_path="fleet"),
        st.Page(measured, title="Measured runs", icon=":material/timer:", url_path="measured-runs"),
        st.Page(evidence, title="Rules and evidence", icon=":material/menu_book:", url_path=sources.PATH),
    ]
