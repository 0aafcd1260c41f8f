"""The app: `advisor app`, or `streamlit run app.py`."""

import streamlit as st

from advisor.ui.pages import ICON, pages

st.set_page_config(page_title="advisor", page_icon=ICON, layout="wide", initial_sidebar_state=360)
st.navigation(pages(), position="top").run()
