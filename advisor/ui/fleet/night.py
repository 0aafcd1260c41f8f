"""The times of a patch night beside its moves, as the page asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from advisor.errors import InputError, Problem
from advisor.fleet.patch_course import HEALTH_S, RESYNC_S, UPDATE_S, Night, Span
from advisor.intake.night import span_from
from advisor.ui.fields import NOT_GIVEN
from advisor.ui.fleet.goals import Asked
from advisor.units import format_duration

_SPANS: Final[dict[str, tuple[str, Span, str]]] = {
    "update": ("Update and reboots", UPDATE_S, ""),
    "resync": ("Resync of the storage", RESYNC_S, " where the nodes' own disks make it up"),
    "health": ("Look at a node's health", HEALTH_S, ""),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What a node's turn takes beside its moves.

    Attributes
    ----------
    night : as the library takes it.
    texts : the times as they were typed, by the name of the field.
    """

    night: Night
    texts: dict[str, str | None]

    def told(self) -> dict[str, str]:
        """In words, by what each is called."""
        spans = {label: self.texts[name] or NOT_GIVEN for name, (label, _, _) in _SPANS.items()}
        return {**spans, "VMs come back": "yes" if self.night.fail_back else "no"}


def night_asked(asked: Asked) -> Callable[[], Turn]:
    """Fields for the times; what reads them.

    Parameters
    ----------
    asked : the fields of the same question.
    """
    for place, (name, (label, span, where)) in zip(st.columns(len(_SPANS)), _SPANS.items(), strict=True):
        with place:
            low, middle, high = (format_duration(each) for each in span)
            taken = f"not given: {low}, {middle}, {high}{where}"
            asked.text(label, name, f"A time, or low,middle,high such as 20min,30min,1h; {taken}")
    fail_back = st.checkbox(
        "A node's VMs come back before the next node's turn",
        value=Night().fail_back,
        key=f"{asked.name} fail back",
        persist_state="session",
    )
    return lambda: _turn({name: asked.texts[name] for name in _SPANS}, fail_back=fail_back)


def _turn(texts: dict[str, str | None], *, fail_back: bool) -> Turn:
    """The times of a turn.

    Raises
    ------
    InputError
        With every time that cannot be read.
    """
    spans: dict[str, Span] = {}
    problems: list[Problem] = []
    for name, (_, default, _) in _SPANS.items():
        try:
            spans[name] = span_from(name, texts[name], default)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    resync = spans["resync"] if texts["resync"] else None  # not given: it is for the library to say where there is one
    return Turn(Night(spans["update"], resync, spans["health"], fail_back), texts)
