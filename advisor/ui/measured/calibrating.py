"""A model card from measured runs: asked, made as a job, shown with what changed, downloaded, put to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from advisor.calibration.cards import is_published, starting_card
from advisor.calibration.pace import calibration_s
from advisor.domain.runs import MeasuredRun
from advisor.platforms import platforms
from advisor.reports import render_card
from advisor.reports.constant_rows import changed_constants
from advisor.reports.wording import number, plural
from advisor.residual.card import Card
from advisor.ui import session
from advisor.ui.job import Job
from advisor.ui.measured.card_in_use import use_button
from advisor.ui.measured.tasks import begin, expected, is_running, outcome
from advisor.ui.measured.work import calibrated
from advisor.ui.plain import plain

_KIND: Final = "calibration"
_USUAL: Final = "the shipped card, or priors where all runs are published"
_IN_USE: Final = "the card in use on the other pages"


@dataclass(frozen=True, slots=True)
class _Asked:
    platform: str
    start: Card | None
    published: bool | None


def show_calibration(source: str, name: str, runs: Sequence[MeasuredRun]) -> None:
    """Ask how to calibrate, and show the card or why there is none.

    Parameters
    ----------
    source : tells the file apart from others.
    name : of the file, kept in the card.
    """
    titles = {one.name: one.title for one in platforms() if any(run.platform == one.name for run in runs)}
    if not titles:
        known = ", ".join(one.name for one in platforms())
        st.info(f"No run is of a hypervisor that advisor knows: {plain(known)}.")
        return
    st.markdown(
        "Makes a model card from these runs, pulled towards the card it starts from, and refuses runs that make "
        "held-out error worse."
    )
    platform = st.selectbox("Hypervisor", list(titles), format_func=titles.__getitem__, key=f"{source} platform")
    own = session.card_for(platform)
    start = None
    if own is not None:
        begins = st.radio("Start from", [_USUAL, _IN_USE], key=f"{source} start")
        start = own if begins == _IN_USE else None
    everyone = st.checkbox(
        "The card is for everyone",
        key=f"{source} published",
        help="Start from the priors, and call what the runs cover published, not your own.",
    )
    asked = _Asked(platform, start, True if everyone else None)
    st.caption(f"Takes {expected(calibration_s(runs, platform))} on two cores; it can be stopped.")
    st.button(
        "Calibrate",
        key=f"calibrate {source}",
        disabled=is_running(_KIND, source),
        on_click=lambda: _begin(source, name, runs, asked),
    )
    card: Card | None = outcome(_KIND, source)
    if card is not None:
        _card(source, card, st.session_state[_asked_key(source)], runs)


def _begin(source: str, name: str, runs: Sequence[MeasuredRun], asked: _Asked) -> None:
    st.session_state[_asked_key(source)] = asked
    begin(
        _KIND,
        source,
        lambda: Job("Calibrating", calibrated, runs, asked.platform, asked.start, name, asked.published),
    )


def _asked_key(source: str) -> str:
    return f"calibration asked of {source}"


def _card(source: str, card: Card, asked: _Asked, runs: Sequence[MeasuredRun]) -> None:
    own = [run for run in runs if run.platform == asked.platform]
    published = is_published(own) if asked.published is None else asked.published
    before = asked.start or starting_card(asked.platform, published=published)
    st.success(f"A card was made: {plain(card.name)}.", icon=":material/check_circle:")
    errors = card.errors
    for place, (label, key) in zip(
        st.columns(2),
        (
            ("Held-out median error before", "held_out_median_ape_before"),
            ("Held-out median error after", "held_out_median_ape_after"),
        ),
        strict=True,
    ):
        place.metric(label, f"{number(errors[key])} %")
    left_out = card.made_from.get("not_fitted") or []
    st.markdown(
        f"Held out by {plain(str(errors['held_out_by']))}, total time; before: {plain(before.name)}."
        + (
            " Scored but not fitted, for their memory in their time is more than the wire carries: "
            + plain(", ".join(left_out))
            + "."
            if left_out
            else ""
        )
    )
    changes = changed_constants(before, card)
    st.markdown(f"**{plural(len(changes), 'constant')} changed**, those narrowed most first")
    if changes:
        st.table(
            [
                {
                    "Constant": f"**{plain(one.name)}**: {plain(one.meaning)}",
                    "Before": plain(one.before),
                    "After": plain(one.after),
                    "Width": "" if one.width is None else f"{number(100 * one.width, 2)} %",
                }
                for one in changes
            ]
        )
    left, right = st.columns(2)
    left.download_button(
        "Card, JSON",
        data=lambda: render_card(card, "json"),
        file_name="card.json",
        mime="application/json",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )
    with right:
        use_button(card, f"card of {source}")
