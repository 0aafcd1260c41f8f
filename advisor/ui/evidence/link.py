"""The link to the constants that a time was made with: it stays in the session, for only that knows its own card."""

from __future__ import annotations

import streamlit as st

from advisor.platforms import get_platform
from advisor.ui.evidence.page import page
from advisor.ui.evidence.taken import PLATFORM
from advisor.ui.sources import PATH


def show_constants_link(platform: str) -> None:
    """Show a link to the constants of the card in use for a platform, the session's own or the shipped one.

    A plain link opens another session, which knows no card of this one.
    """
    st.page_link(
        st.Page(page, url_path=PATH),
        label="Constants of the model card, with their ranges and sources",
        icon=":material/menu_book:",
        query_params={"show": "constants", PLATFORM: get_platform(platform).title},
    )
