"""What is wrong with an inventory, or with work on it: the first lines, and all of them to take away."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from advisor.ui.trouble import MOST_TOLD, tell


def show_problems(lines: Sequence[str], name: str) -> None:
    """Show the first problems; where there are more, how many, and a file with all of them.

    Parameters
    ----------
    name : told apart by it from other problems on the page.
    """
    tell(lines)
    more = len(lines) - MOST_TOLD
    if more > 0:
        st.download_button(
            f"All {len(lines):,} problems, text",
            data=lambda: "\n".join(lines) + "\n",
            file_name="problems.txt",
            mime="text/plain",
            on_click="ignore",
            icon=":material/download:",
            key=f"problems {name}",
        )
