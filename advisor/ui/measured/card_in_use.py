"""The model card that all pages predict with: which it is, another from a file, and back to the shipped ones."""

from __future__ import annotations

from typing import Final

import streamlit as st

from advisor.errors import InputError
from advisor.platforms import platforms
from advisor.reports import render_card
from advisor.reports.constant_rows import constant_rows
from advisor.residual.card import Card
from advisor.residual.card_files import MOST_BYTES, load_card
from advisor.ui import session
from advisor.ui.evidence.taken import constants_table
from advisor.ui.plain import plain
from advisor.ui.trouble import in_words, tell
from advisor.ui.uploads import Kept
from advisor.units import MIB

_TROUBLE: Final = "model card's trouble"
_LOADED: Final = "model card that was uploaded"


def show_card() -> None:
    """Say which card is in use, and offer others."""
    card = session.card()
    if card is None:
        st.markdown("The shipped cards are in use on all pages, one for each platform.")
    else:
        st.success(f"In use on all pages: **{plain(card.name)}**. {plain(_only_for(card))}", icon=":material/verified:")
        left, right = st.columns(2)
        left.button(
            "Back to the shipped card",
            key="back to the shipped card",
            on_click=session.use,
            args=(None,),
            icon=":material/undo:",
            width="stretch",
        )
        right.download_button(
            "Card, JSON",
            data=lambda: render_card(card, "json"),
            file_name="card.json",
            mime="application/json",
            key="download card in use",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
        )
        with st.expander("Its constants, with their sources"):
            constants_table(constant_rows(card))
    st.file_uploader(
        "Model card, JSON",
        type=["json"],
        key="file of a card",
        max_upload_size=MOST_BYTES // MIB,
        on_change=_load,
        help="A card that was downloaded here, or that `advisor calibrate` wrote. Its values are checked one by one; "
        "nothing in it is executed.",
    )
    wrong = st.session_state.get(_TROUBLE)
    if wrong:
        tell(wrong)
    loaded: Card | None = st.session_state.get(_LOADED)
    if loaded is not None:
        st.markdown(f"Read: **{plain(loaded.name)}**. {plain(_only_for(loaded))}")
        use_button(loaded, "card uploaded")


def use_button(card: Card, key: str) -> None:
    """A button that makes all pages predict with a card; where they do, a note that says so."""
    if session.card() == card:
        st.markdown(f"In use on the other pages. {plain(_only_for(card))}")
        return
    st.button(
        "Use it on the other pages",
        key=f"use {key}",
        on_click=session.use,
        args=(card,),
        icon=":material/check:",
        help=_only_for(card),
        width="stretch",
    )


def _only_for(card: Card) -> str:
    title = next((one.title for one in platforms() if one.name == card.platform), card.platform)
    return f"It is for {title} alone; what is of another platform is still predicted with the shipped card."


def _load() -> None:
    file = st.session_state["file of a card"]
    st.session_state[_TROUBLE] = st.session_state[_LOADED] = None
    if file is None:
        return
    kept = None
    try:
        kept = Kept([file])
        st.session_state[_LOADED] = load_card(kept.paths[0])
    except InputError as error:
        st.session_state[_TROUBLE] = in_words(error, kept.folder if kept is not None else None)
