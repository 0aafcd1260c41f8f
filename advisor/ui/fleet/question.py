"""What an answer was asked with, beside the answer; where the page asks otherwise by now, that is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from advisor.advice.recommend import card_for
from advisor.fleet.facts import PLATFORM
from advisor.residual.card import Card
from advisor.ui import session
from advisor.ui.plain import plain

CARD: Final = "Model card"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an inventory.

    Attributes
    ----------
    choices : by what each is called, what was chosen, in words.
    card : the model card; None for the shipped one.
    """

    choices: Mapping[str, str]
    card: Card | None

    def told(self, among: Collection[str] | None = None) -> str:
        r"""The question in words.

        Parameters
        ----------
        among : what of it; not given, all.

        Examples
        --------
        >>> question = Question({"Window": "2 h", "Risk": "balanced (p80)"}, None)
        >>> question.told(["Window"]), question.told()
        ('window 2 h', 'window 2 h; risk balanced (p80); model card hyperv, prior-informed, 14 runs of 3 studies')
        """
        words = {**self.choices, CARD: card_for(PLATFORM, self.card).name}
        return "; ".join(f"{_low(name)} {word}" for name, word in words.items() if among is None or name in among)

    def differs(self, other: Question) -> list[str]:
        """What is not the same in another.

        Examples
        --------
        >>> Question({"Window": "2 h", "Risk": "balanced"}, None).differs(Question({"Window": "3 h"}, None))
        ['Window', 'Risk']
        """
        names = dict.fromkeys([*self.choices, *other.choices])
        differing = [name for name in names if self.choices.get(name) != other.choices.get(name)]
        return differing + ([CARD] if self.card != other.card else [])


def asked_now(choices: Mapping[str, str]) -> Question:
    """A question with the model card in use."""
    return Question(choices, session.card_for(PLATFORM))


def show_question(then: Question, now: Question | None, again: str) -> None:
    """Say what an answer was asked with, and where that is no longer what the page shows.

    Parameters
    ----------
    now : what the page asks; None where what stands in its fields cannot be read.
    again : the button that asks again.
    """
    if now is None:
        st.warning(
            plain(f"What stands in the fields now cannot be read. This answer was made with {then.told()}."),
            icon=":material/history:",
        )
        return
    differing = then.differs(now)
    if differing:
        made, wanted = then.told(differing), now.told(differing)
        alike = " (another card of the same name)" if made == wanted else ""
        st.warning(
            plain(f"This answer was made with {made}. Run “{again}” again for {wanted}{alike}."),
            icon=":material/history:",
        )
    st.caption(plain(f"Asked with {then.told()}."))


def _low(name: str) -> str:
    """What is called so, within a sentence."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
