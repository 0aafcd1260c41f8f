"""What one user's session holds: the what-if, as keys and values, and its link. Nobody else sees it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from advisor.domain.scenario import Scenario
from advisor.errors import InputError, Problem, ScenarioError
from advisor.intake.document import Document
from advisor.intake.link import content_of, link_of
from advisor.intake.scenario import scenario_from
from advisor.residual.card import Card
from advisor.residual.card_files import shipped_card
from advisor.ui.naming import called, entitled, remember
from advisor.ui.presets import PRESETS, example
from advisor.ui.tree import has_shape

LINK: Final = "what"
"""Name of the link's part that holds the what-if."""

NAME: Final = "this what-if"
"""What the scenario on the page is called where something is wrong with it."""

_CARD: Final = "card"
_CONTENT: Final = "what-if"
_LOADED: Final = "what-ifs loaded"
_EDITED: Final = "what-if edited"
_LINK: Final = "what-if's link"
_KEPT: Final = "what-ifs kept"
_KEPT_EVER: Final = "what-ifs ever kept"
_MOST_KEPT: Final = 12


def begin() -> InputError | None:
    """Take over the what-if of the link, where it holds another than this session's; what is wrong with the link."""
    link, edited = st.query_params.get(LINK), st.session_state.pop(_EDITED, False)
    wrong = None
    # A run that an edit began carries the link of before where the browser has not shown the newest yet.
    if link and link != st.session_state.get(_LINK) and not (edited and _CONTENT in st.session_state):
        st.session_state[_LINK] = link
        try:
            load(of_form(content_of(link)))
        except InputError as error:
            wrong = error
    if _CONTENT not in st.session_state:
        load(example(next(iter(PRESETS))))
    return wrong


def of_form(document: Document) -> dict[str, Any]:
    """What a document holds, where widgets can show it, be it right or wrong.

    Raises
    ------
    ScenarioError
        With what is wrong, where it is not built as a scenario is.
    """
    if not has_shape(document.content):
        scenario_from(document)
        raise ScenarioError(Problem("is not built as a scenario is", document.file, mend="load the scenario's file"))
    return document.content


def edited() -> None:
    """A widget of the form was changed by hand."""
    st.session_state[_EDITED] = True


def content() -> dict[str, Any]:
    """A copy of the what-if, to be changed freely."""
    return copy.deepcopy(st.session_state[_CONTENT])


def name() -> str:
    """What the widgets of the what-if loaded last are told apart by."""
    return f"what-if {st.session_state.get(_LOADED, 0)}"


def load(content: Mapping[str, Any]) -> None:
    """Begin a what-if: every widget starts from it."""
    remember(content)
    st.session_state[_CONTENT] = copy.deepcopy(dict(content))
    st.session_state[_LOADED] = st.session_state.get(_LOADED, 0) + 1


def hold(content: Mapping[str, Any]) -> None:
    """Keep what the widgets made of the what-if, be it right or wrong."""
    st.session_state[_CONTENT] = copy.deepcopy(dict(content))


def keep(content: Mapping[str, Any]) -> InputError | None:
    """Keep what the widgets made of the what-if, here and in the link; why it has none, where it is too large."""
    hold(content)
    try:
        link = link_of(content)
    except InputError as error:
        st.query_params.pop(LINK, None)
        return error
    st.session_state[_LINK] = link
    if st.query_params.get(LINK) != link:
        st.query_params[LINK] = link
    return None


@dataclass(frozen=True, slots=True)
class KeptWhatIf:
    """A what-if that was kept to compare.

    Attributes
    ----------
    number : counted from 1 as they are kept; no other of the session ever has it.
    words : what tells it apart from those kept before.
    content : its keys and values.
    """

    number: int
    words: str
    content: dict[str, Any]


def kept() -> list[KeptWhatIf]:
    """The what-ifs that were kept to compare, newest first."""
    found: list[KeptWhatIf] = st.session_state.get(_KEPT, [])
    return found


def keep_to_compare() -> None:
    """Keep the what-if as it is now, to compare others with it."""
    keep_this(content())


def keep_this(own: Mapping[str, Any]) -> int:
    """Keep a what-if to compare others with it, once, however often it is asked for; its number."""
    before = kept()
    for one in before:
        if one.content == own:
            return one.number
    number = int(st.session_state.get(_KEPT_EVER, 0)) + 1
    st.session_state[_KEPT_EVER] = number
    now = KeptWhatIf(number, called(own, [one.content for one in before]), dict(own))
    st.session_state[_KEPT] = [now, *before][:_MOST_KEPT]
    return number


def name_kept(number: int, name: str) -> None:
    """Give one of the kept what-ifs a name."""
    st.session_state[_KEPT] = [
        one if one.number != number else _named(one, entitled(one.content, name)) for one in kept()
    ]


def _named(one: KeptWhatIf, content: dict[str, Any]) -> KeptWhatIf:
    return KeptWhatIf(one.number, called(content), content)


def scenario() -> Scenario:
    """The what-if as the library takes it.

    Raises
    ------
    ScenarioError
        With every problem found.
    """
    return scenario_from(Document(NAME, content(), {}))


def card() -> Card | None:
    """The model card to predict with; none for the shipped one of the platform."""
    found: Card | None = st.session_state.get(_CARD)
    return found


def use(card: Card | None) -> None:
    """Predict with this card from now on, on every page; none, or a shipped one, for the shipped ones."""
    st.session_state[_CARD] = None if card is None or card == shipped_card(card.platform) else card


def card_for(platform: str) -> Card | None:
    """The card to predict with on a platform: that of another platform is no evidence there."""
    own = card()
    return own if own is not None and own.platform == platform else None


def told_apart(scenario: Scenario) -> str:
    """By what two scenarios differ, which what is given and what is only assumed is part of."""
    return scenario.model_dump_json() + scenario.model_dump_json(exclude_unset=True)
