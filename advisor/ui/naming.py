"""What a what-if is called: by its title, which others may share and which edits leave as it was."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

import streamlit as st

from advisor.domain.describe import bound
from advisor.domain.scenario import Scenario
from advisor.errors import InputError
from advisor.intake.document import Document
from advisor.intake.scenario import scenario_from
from advisor.reports.comparison import differences
from advisor.ui.presets import PRESETS, example

TITLE: Final = "title"
"""The key of a scenario that holds its name, in files and links alike."""

LONGEST: Final[int] = bound(Scenario.model_fields[TITLE], "max_length")

_NAMELESS: Final = "what-if"
_TITLED: Final = "what-ifs by title"
_MOST_TITLES: Final = 24
_MOST_OF_A_TITLE: Final = 4
_MOST_DIFFERENCES: Final = 3


def called(content: Mapping[str, Any], others: Iterable[Mapping[str, Any]] = ()) -> str:
    """The title of a what-if; where it is no longer what had the title, how it differs from that.

    Parameters
    ----------
    others : that it is to be told apart from, if they share its title.
    """
    title = content.get(TITLE)
    began = _beginnings(title)
    name = str(title or _NAMELESS)
    if began:
        return name if content in began else _with(f"{name}, edited", ": ", _differences(began[-1], content))
    other = next((one for one in others if one.get(TITLE) == title and one != content), None)
    return name if other is None else _with(name, ", with ", _differences(other, content))


def remember(content: Mapping[str, Any], *, named: bool = False) -> None:
    """Remember what has a title: whatever is edited later still has it.

    Parameters
    ----------
    named : it was given its title just now, whatever else has that.
    """
    title, known = content.get(TITLE), st.session_state.setdefault(_TITLED, {})
    if title and (named or not _beginnings(title)):
        known[title] = [*known.get(title, ()), copy.deepcopy(dict(content))][-_MOST_OF_A_TITLE:]
        for old in list(known)[:-_MOST_TITLES]:
            del known[old]


def entitled(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A what-if with a name of its own, which its file and its link hold too; without one where nothing was typed."""
    given = " ".join(name.split())
    nameless = {key: value for key, value in content.items() if key != TITLE}
    made = {TITLE: given, **nameless} if given else nameless
    remember(made, named=True)
    return made


def _beginnings(title: Any) -> list[Mapping[str, Any]]:
    """All that a title was given to: the example of that title, and what this session met or named so."""
    known: dict[str, list[dict[str, Any]]] = st.session_state.get(_TITLED, {})
    example_of_it = _examples().get(title)
    return [*([example_of_it] if example_of_it else []), *known.get(title, ())]


@cache
def _examples() -> Mapping[str, Mapping[str, Any]]:
    return {str(one.get(TITLE)): one for one in map(example, PRESETS)}


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """The inputs by which the other differs; none where one of the two is no scenario."""
    try:
        both = [scenario_from(Document(_NAMELESS, dict(content), {})) for content in (one, other)]
    except InputError:
        return ()
    return tuple(dict.fromkeys(found.in_short(1) for found in differences(both)))


def _with(name: str, joint: str, told: tuple[str, ...]) -> str:
    more = f" and {len(told) - _MOST_DIFFERENCES} more" if len(told) > _MOST_DIFFERENCES else ""
    return f"{name}{joint}{', '.join(told[:_MOST_DIFFERENCES])}{more}" if told else name
