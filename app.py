"""The app: `advisor app`, or `streamlit run app.py`."""

import streamlit as st

from advisor.ui.pages import ICON, pages

# The icon before the pages are known: Streamlit fetches that of a page from elsewhere.
st.set_page_config(page_icon=ICON, layout="wide", initial_sidebar_state=376)
page = st.navigation(pages(), position="top")
st.set_page_config(page_title=f"{page.title} - advisor")
page.run()
