"""Lists of evidence on a page: how many of them were found, and each of them."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st


def count(shown: int, of: int) -> None:
    """How many of all are shown."""
    st.markdown(f"**{shown} of {of}**")
    if not shown:
        st.caption("None mentions all of these words.")


def items(texts: Iterable[str]) -> None:
    """Each as an item of a list; the texts are Markdown already."""
    told = [f"- {text}" for text in texts]
    if told:
        st.markdown("\n".join(told))
