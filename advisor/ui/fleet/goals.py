"""Goals and times as the page asks for them, in the words of the command line; what is wrong stands beside the field.

What may be chosen, and what it means, is read from the fields of `Goals`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from advisor.domain.describe import choices
from advisor.domain.goals import Goals, Risk
from advisor.domain.shipped_tables import load_tolerances
from advisor.errors import InputError
from advisor.intake.night import goals_from
from advisor.ui.fields import NOT_GIVEN, said
from advisor.ui.plain import plain
from advisor.units import format_duration

T = TypeVar("T")

LABELS: Final[Mapping[str, str]] = {
    "window": "Window",
    "max_blackout": "Longest blackout",
    "risk": "Risk",
    "goal": "Goal",
}
"""What each goal is called."""


class Asked:
    """Fields, and where what is wrong with each is said. What is typed stays while other pages are looked at.

    Parameters
    ----------
    name : told apart by it from the fields of other questions.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: dict[str, str | None] = {}
        self._beside: dict[str, DeltaGenerator] = {}
        self._goals: tuple[str, ...] = ()

    def goals(self, *, window: str = "", among: Collection[str] = tuple(LABELS)) -> None:
        """Fields for goals, side by side.

        Parameters
        ----------
        window : the window to begin with.
        among : which of them to ask for.
        """
        fields: dict[str, Callable[[], str | None]] = {
            "window": lambda: self._text(LABELS["window"], "window", window, _help("window_s", "2h or 45min")),
            "max_blackout": self._max_blackout,
            "risk": lambda: self._choice("risk", risk_told),
            "goal": lambda: self._choice("goal", str),
        }
        self._goals = tuple(name for name in LABELS if name in among)
        for place, name in zip(st.columns(len(self._goals)), self._goals, strict=True):
            with place:
                self.texts[name] = fields[name]()
                self.beside(name)

    def text(self, label: str, name: str, help: str) -> None:
        """A field of its own for one more time."""
        self.texts[name] = self._text(label, name, "", help)
        self.beside(name)

    def beside(self, name: str) -> None:
        """Leave room for what may be wrong with a field."""
        self._beside[f"--{name.replace('_', '-')}"] = st.empty()

    def read(self, reader: Callable[[], T]) -> T | None:
        """What is read of the fields; None where something is wrong with them, which is said beside each."""
        try:
            return reader()
        except InputError as error:
            for problem in error.problems:
                place = self._beside.get(problem.column or "")
                (place or st).error(said(problem) if place is not None else plain(str(problem)))
            return None

    def read_goals(self) -> Goals | None:
        """The goals; None where something is wrong with them, which is said beside each."""
        return self.read(lambda: goals_from({name: self.texts[name] for name in self._goals}))

    def told(self, goals: Goals) -> dict[str, str]:
        """The goals that were asked for, in words."""
        blackout = "" if goals.max_blackout_s is None else format_duration(goals.max_blackout_s)
        named = f"{blackout} ({goals.max_blackout_name})" if goals.max_blackout_name else blackout
        words = {
            "window": "" if goals.window_s is None else format_duration(goals.window_s),
            "max_blackout": named,
            "risk": risk_told(goals.risk.value),
            "goal": goals.goal.value,
        }
        return {LABELS[name]: words[name] or NOT_GIVEN for name in self._goals}

    def _text(self, label: str, name: str, value: str, help: str) -> str | None:
        key = f"{self.name} {name}"
        shown = st.text_input(label, value=value, key=key, placeholder=NOT_GIVEN, help=help, persist_state="session")
        return shown.strip() or None

    def _choice(self, name: str, words: Callable[[str], str]) -> str:
        field = Goals.model_fields[name]
        options = choices(field)
        return st.selectbox(
            LABELS[name],
            options,
            index=options.index(field.default.value),
            format_func=words,
            key=f"{self.name} {name}",
            help=field.description,
            persist_state="session",
        )

    def _max_blackout(self) -> str | None:
        return st.selectbox(
            LABELS["max_blackout"],
            list(load_tolerances()),
            index=None,
            accept_new_options=True,
            placeholder=NOT_GIVEN,
            key=f"{self.name} max_blackout",
            help=_help("max_blackout_s", "500ms or 5s, or what must survive it"),
            persist_state="session",
        )


def risk_told(risk: str) -> str:
    """A risk and the quantile that it holds.

    Examples
    --------
    >>> risk_told("balanced")
    'balanced (p80)'
    """
    return f"{risk} (p{Risk(risk).quantile * 100:.0f})"


def _help(name: str, example: str) -> str:
    return f"{Goals.model_fields[name].description}, such as {example}"
