"""Lists of evidence on a page: what they are, how many of them were found, and each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import streamlit as st

from advisor.domain.search import found

Row = TypeVar("Row")


def show_list(
    about: str, rows: Sequence[Row], wanted: str, texts: Callable[[Row], Iterable[str]], told: Callable[[Row], str]
) -> None:
    """Show the rows that mention what is wanted as a list.

    Parameters
    ----------
    about : what the rows are.
    texts : what is searched of a row.
    told : a row in Markdown.
    """
    shown = found(wanted, rows, texts)
    st.markdown(about)
    count(len(shown), len(rows))
    if shown:
        st.markdown("\n".join(f"- {told(one)}" for one in shown))


def count(shown: int, of: int) -> None:
    """How many of all are shown."""
    st.markdown(f"**{shown} of {of}**")
    if not shown:
        st.caption("None mentions all of these words.")
