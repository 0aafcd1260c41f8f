"""Goals as a form asks for them, in the words of the command line; what is wrong is said beside the field."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from advisor.domain.goals import Goal, Goals, Risk
from advisor.domain.shipped_tables import load_tolerances
from advisor.errors import InputError
from advisor.intake.night import goals_from
from advisor.ui.fields import NOT_GIVEN, said
from advisor.ui.plain import plain

T = TypeVar("T")

_RISKS: Final = {
    Risk.BALANCED.value: "balanced: p80",
    Risk.CONSERVATIVE.value: "conservative: p95",
    Risk.AGGRESSIVE.value: "aggressive: p50",
}
_GOALS: Final = {
    Goal.TIME.value: "time",
    Goal.BLACKOUT.value: "blackout",
    Goal.CPU.value: "CPU",
    Goal.NETWORK.value: "network",
}


class Asked:
    """Fields of a form, and where what is wrong with each is said.

    Parameters
    ----------
    name : told apart by it from the fields of other forms.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: dict[str, str | None] = {}
        self._beside: dict[str, DeltaGenerator] = {}

    def goals(self, *, window: str = "", among: Collection[str] = ("window", "max_blackout", "risk", "goal")) -> None:
        """Fields for goals, side by side.

        Parameters
        ----------
        window : the window to begin with.
        among : which of them to ask for.
        """
        fields: dict[str, Callable[[], str | None]] = {
            "window": lambda: self._text("Window", "window", window, "Time it must be done in, such as 2h or 45min"),
            "max_blackout": lambda: st.selectbox(
                "Longest blackout",
                list(load_tolerances()),
                index=None,
                accept_new_options=True,
                placeholder=NOT_GIVEN,
                key=f"{self.name} max_blackout",
                help="A time such as 500ms or 5s, or what must survive it",
            ),
            "risk": lambda: st.selectbox(
                "Risk",
                list(_RISKS),
                format_func=lambda value: _RISKS[value],
                key=f"{self.name} risk",
                help="Quantile held against limits",
            ),
            "goal": lambda: st.selectbox(
                "Goal",
                list(_GOALS),
                format_func=lambda value: _GOALS[value],
                key=f"{self.name} goal",
                help="What to make small",
            ),
        }
        chosen = [name for name in fields if name in among]
        for place, name in zip(st.columns(len(chosen)), chosen, strict=True):
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
        names = {"window", "max_blackout", "risk", "goal"}
        return self.read(lambda: goals_from({name: text for name, text in self.texts.items() if name in names}))

    def _text(self, label: str, name: str, value: str, help: str) -> str | None:
        shown = st.text_input(label, value=value, key=f"{self.name} {name}", placeholder=NOT_GIVEN, help=help)
        return shown.strip() or None
