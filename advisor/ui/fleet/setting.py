"""The setting that a drain or a patch night is to run under, and the nodes in reserve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from advisor.domain.describe import bound
from advisor.domain.estate import EstateHost
from advisor.domain.goals import Goals
from advisor.domain.options import Transport
from advisor.fleet.in_force import MOST_RESERVE, Asked, Wanted
from advisor.residual.card import Card
from advisor.ui.fields import NOT_GIVEN
from advisor.ui.fleet.labels import UNDER

_SETTINGS: Final = {False: "today's", True: "as advisor recommends"}
_AS_IT_IS: Final = "as the setting has it"
_SIMULTANEOUS: Final = EstateHost.model_fields["simultaneous"]


@dataclass(frozen=True, slots=True)
class Under:
    """What was chosen.

    Attributes
    ----------
    wanted : the setting.
    reserve : nodes that may still be lost.
    """

    wanted: Wanted
    reserve: int

    def asked(self, goals: Goals, card: Card | None) -> Asked:
        """As the library takes it."""
        return Asked(goals=goals, wanted=self.wanted, reserve=self.reserve, card=card)

    def told(self) -> dict[str, str]:
        """In words, by what each is called."""
        at_once, transport = self.wanted.simultaneous, self.wanted.transport
        return {
            UNDER["recommended"]: _SETTINGS[self.wanted.recommended],
            UNDER["transport"]: _AS_IT_IS if transport is None else str(transport),
            UNDER["simultaneous"]: NOT_GIVEN if at_once is None else str(at_once),
            UNDER["reserve"]: str(self.reserve),
        }


def setting_asked(name: str) -> Under:
    """Fields for the setting and the reserve; what is chosen stays while other pages are looked at.

    Parameters
    ----------
    name : told apart by it from the fields of other questions.
    """
    places = st.columns(4)
    recommended = places[0].selectbox(
        UNDER["recommended"],
        list(_SETTINGS),
        format_func=lambda one: _SETTINGS[one],
        key=f"{name} setting",
        persist_state="session",
    )
    transport = places[1].selectbox(
        UNDER["transport"],
        ["", *(one.value for one in Transport)],
        format_func=lambda one: one or _AS_IT_IS,
        key=f"{name} transport",
        persist_state="session",
    )
    at_once = places[2].number_input(
        UNDER["simultaneous"],
        min_value=bound(_SIMULTANEOUS, "ge"),
        max_value=bound(_SIMULTANEOUS, "le"),
        value=None,
        step=1,
        placeholder=NOT_GIVEN,
        key=f"{name} at once",
        help=_SIMULTANEOUS.description,
        persist_state="session",
    )
    reserve = places[3].number_input(
        UNDER["reserve"],
        min_value=0,
        max_value=MOST_RESERVE,
        value=Asked().reserve,
        step=1,
        key=f"{name} reserve",
        help="Nodes that may still be lost while VMs are away",
        persist_state="session",
    )
    return Under(Wanted(Transport(transport) if transport else None, at_once, recommended), reserve)
