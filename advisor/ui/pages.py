"""The pages of the app, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from advisor.errors import InputError
from advisor.fleet.facts import PLATFORM
from advisor.platforms import platforms
from advisor.ui import compare, session, sources
from advisor.ui.evidence.page import page as evidence
from advisor.ui.fleet.page import page as fleet
from advisor.ui.measured import note
from advisor.ui.measured.page import page as measured
from advisor.ui.sensitivity.page import page as sensitivity
from advisor.ui.what_if.page import page as what_if

ICON: Final = str(Path(__file__).with_name("icon.svg"))
"""A picture of our own: Streamlit fetches those of its icons that stand in a tab from elsewhere."""


def pages() -> list[StreamlitPage]:
    """Every page; one that predicts says with which card, where it is not the shipped one."""
    return [
        st.Page(
            _predicting(what_if, _of_what_if),
            title="What-if",
            icon=":material/tune:",
            url_path="what-if",
            default=True,
        ),
        st.Page(
            _predicting(compare.page, _of_any),
            title="Compare",
            icon=":material/compare_arrows:",
            url_path="compare",
        ),
        st.Page(
            _predicting(sensitivity, _of_what_if),
            title="Sensitivity",
            icon=":material/grid_on:",
            url_path="sensitivity",
        ),
        st.Page(_predicting(fleet, lambda: [PLATFORM]), title="Fleet", icon=":material/dns:", url_path="fleet"),
        st.Page(measured, title="Measured runs", icon=":material/timer:", url_path=note.PATH),
        st.Page(evidence, title="Rules and evidence", icon=":material/menu_book:", url_path=sources.PATH),
    ]


def _predicting(shown: Callable[[], None], predicted: Callable[[], Collection[str]]) -> Callable[[], None]:
    """A page below a line on the card in use.

    Parameters
    ----------
    predicted : the platforms it predicts for, asked once it has run: only then its inputs are read.
    """

    def page() -> None:
        if session.card() is None:
            shown()
            return
        above = st.container()
        shown()
        with above:
            note.show_card_note(predicted())

    return page


def _of_any() -> list[str]:
    """Every platform: what is compared may be of each."""
    return [one.name for one in platforms()]


def _of_what_if() -> list[str]:
    """The platform of the what-if; none where it needs mending, for then nothing is predicted."""
    try:
        return [session.scenario().platform]
    except InputError:
        return []
