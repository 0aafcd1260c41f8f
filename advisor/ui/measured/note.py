"""Which model card a page predicts with, where it is not the shipped one, with the way back to that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import streamlit as st

from advisor.platforms import platforms
from advisor.residual.card import Card
from advisor.ui import session
from advisor.ui.measured.page import CARD, SHOWN, page
from advisor.ui.plain import plain

PATH: Final = "measured-runs"
"""The path of the page where the card in use is chosen."""


def show_card_note(predicted: Collection[str]) -> None:
    """Say so where a page predicts with another card than the shipped one, or could not use it.

    Parameters
    ----------
    predicted : the platforms that the page predicts for.
    """
    card = session.card()
    if card is None or not predicted:
        return
    titles = {one.name: one.title for one in platforms()}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_told(card, predicted, titles), width="content")
        st.page_link(
            st.Page(page, url_path=PATH),
            label="Change it, or go back to the shipped card",
            icon=":material/undo:",
            query_params={SHOWN: CARD},
        )


def _told(card: Card, predicted: Collection[str], titles: Mapping[str, str]) -> str:
    name, own = f"**{plain(card.name)}**", plain(titles[card.platform])
    others = " and ".join(plain(titles[other]) for other in dict.fromkeys(predicted) if other != card.platform)
    if card.platform not in predicted:
        return (
            f":gray-badge[model card not used here] {name} is for {own} alone; for {others} the shipped one is in use."
        )
    if others:
        return f":blue-badge[model card in use] {name} for {own}; for {others} the shipped one."
    return f":blue-badge[model card in use] {name}, not the shipped one."
