"""What went wrong, in the command line's own words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from advisor.errors import AdvisorError, InputError
from advisor.ui.plain import plain

MOST_TOLD: Final = 20
"""Lines of one message: who made the same mistake a thousand times reads it once."""


def in_words(error: AdvisorError, folder: Path | None = None) -> list[str]:
    """A line for each problem.

    Parameters
    ----------
    folder : where uploaded files are kept: a file in it is called by its name.
    """
    told = [str(problem) for problem in error.problems] if isinstance(error, InputError) else [str(error)]
    return told if folder is None else [line.replace(f"{folder}{os.sep}", "") for line in told]


def tell(error: AdvisorError | Sequence[str]) -> None:
    """Show what went wrong."""
    told = in_words(error) if isinstance(error, AdvisorError) else error
    lines = [plain(line) for line in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        lines.append(f"… and {len(told) - MOST_TOLD:,} more")
    st.error("  \n".join(lines), icon=":material/error:")
