"""The app: `advisor app`, or `streamlit run app.py`."""

import gc

import streamlit as st

from advisor.ui.pages import ICON, STYLE, pages


@st.cache_resource(show_spinner=False)
def _imported_for_good() -> None:
    """What was imported stays: to look through it again for garbage would now and then hold an answer up by 0.2 s."""
    gc.collect()
    gc.freeze()


# The icon before the pages are known: Streamlit fetches that of a page from elsewhere.
st.set_page_config(page_icon=ICON, layout="wide", initial_sidebar_state=376)
page = st.navigation(pages(), position="top")
st.set_page_config(page_title=f"{page.title} - advisor")
st.html(STYLE)
page.run()
_imported_for_good()
