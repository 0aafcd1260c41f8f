"""Compare: two or three what-ifs side by side, what differs in them marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from advisor.domain.answers import Recommendation
from advisor.domain.scenario import Scenario
from advisor.errors import AdvisorError, InputError
from advisor.intake.document import Document
from advisor.intake.link import content_of, link_of
from advisor.intake.scenario import scenario_from
from advisor.reports import charts
from advisor.reports.comparison import build_comparison_chart, differences, measures
from advisor.ui import session
from advisor.ui.drawing import show
from advisor.ui.naming import LONGEST, TITLE, called, entitled
from advisor.ui.plain import plain
from advisor.ui.presets import PRESETS, example
from advisor.ui.trouble import tell
from advisor.ui.what_if.answered import answered, end

OTHERS: Final = ("b", "c")
"""Parts of the link that hold the second and the third what-if."""

_LINKED: Final = "linked"


@dataclass(frozen=True, slots=True)
class _WhatIf:
    """One of those that are compared.

    Attributes
    ----------
    part : its letter.
    content : its keys and values.
    choice : what was chosen in its box; None for the session's own.
    """

    part: str
    content: dict[str, Any]
    choice: str | None = None


def page() -> None:
    """The page."""
    wrong = session.begin()
    if wrong is not None:
        tell(wrong)
    chosen = [_WhatIf("A", session.content()), *_others()]
    session.keep(chosen[0].content)
    shown, names, answers, scenarios = [], [], [], []
    for i, one in enumerate(chosen):
        name = f"{one.part}: {called(one.content, [other.content for other in chosen[:i]])}"
        try:
            scenario = scenario_from(Document(name, one.content, {}))
            answer = answered(scenario, f"what-if {one.part}")
        except AdvisorError as error:
            tell(error)
            continue
        if answer is not None:
            shown.append(one)
            names.append(name)
            scenarios.append(scenario)
            answers.append(answer)
    for part in OTHERS:
        if all(one.part != part.upper() for one in chosen):
            end(f"what-if {part.upper()}")
    if len(chosen) < 2:
        st.info("Choose a second what-if to compare with, or keep one on the page What-if.")
    elif len(answers) > 1:
        _show(shown, names, scenarios, answers)


def _others() -> Iterator[_WhatIf]:
    """The second and the third what-if: those of the link, or those that are chosen here."""
    kept = {f"kept {one.number}": one for one in session.kept()}
    named = {choice: f"{choice}: {one.words}" for choice, one in kept.items()}
    for place, part in zip(st.columns(len(OTHERS)), OTHERS, strict=True):
        # What the page writes into the link later is what was chosen here.
        link = st.session_state.setdefault(_linked(part), st.query_params.get(part))
        words = {**({_LINKED: "the one of the link"} if link else {}), **named, **PRESETS}
        with place:
            choice = st.selectbox(
                f"What-if {part.upper()}",
                [None, *words],
                index=1 if link else 0,
                # A choice that is no more must not read as one that is: it would stand for it.
                format_func=lambda choice, words=words: "none" if choice is None else words.get(choice, choice),
                key=_box(part),
                persist_state="session",
            )
        try:
            content = _chosen(choice, link, kept)
            if content is None:
                st.query_params.pop(part, None)
                continue
            st.query_params[part] = link_of(content)
            yield _WhatIf(part.upper(), content, choice)
        except InputError as error:
            tell(error)


def _box(part: str) -> str:
    return f"compare {part}"


def _linked(part: str) -> str:
    return f"linked {part}"


def _chosen(choice: str | None, link: str | None, kept: Mapping[str, session.KeptWhatIf]) -> dict[str, Any] | None:
    if choice == _LINKED and link:
        return session.of_form(content_of(link))
    if choice in PRESETS:
        return example(choice)
    one = kept.get(choice or "")
    return one.content if one is not None else None


def _name_field(one: _WhatIf) -> None:
    title = str(one.content.get(TITLE) or "")
    # Named anew it is another field: it shows the name that came of what was typed.
    key = f"name {one.part} {one.choice} {title}"
    label = f"Name of {one.part}"
    st.text_input(label, title, max_chars=LONGEST, key=key, on_change=_give_name, args=(one, key))


def _give_name(one: _WhatIf, key: str) -> None:
    """Give one of the what-ifs the name that was typed; its file and its link hold it from now on."""
    name, part = st.session_state[key], one.part.lower()
    if one.choice is None:
        session.edited()
        session.hold(entitled(one.content, name))
    elif one.choice.startswith("kept "):
        session.name_kept(int(one.choice.removeprefix("kept ")), name)
        # The browser shows the words it had before, and would send them back.
        for box in map(_box, OTHERS):
            if st.session_state.get(box) == one.choice:
                st.session_state[box] = one.choice
    elif one.choice == _LINKED:
        try:
            st.session_state[_linked(part)] = link_of(entitled(one.content, name))
        except InputError as error:
            tell(error)
    else:  # an example stays what it is: what has the name is another what-if
        st.session_state[_box(part)] = f"kept {session.keep_this(entitled(one.content, name))}"


def _show(shown: Sequence[_WhatIf], names: list[str], scenarios: list[Scenario], answers: list[Recommendation]) -> None:
    for place, one, name, answer in zip(st.columns(len(names)), shown, names, answers, strict=True):
        with place:
            st.subheader(plain(name), anchor=False)
            st.markdown(plain(answer.summary))
            _name_field(one)
    if any(answer.recommended for answer in answers):
        _times(dict(zip(names, answers, strict=True)))
    else:
        st.info("There is no time to compare: every option of each what-if is forbidden, by the rules named below.")
    st.markdown("**What differs in the answers** is marked with ≠")
    st.table(
        [
            {"Number": f"{plain(one.what)}{' ≠' if one.differs else ''}"}
            | {plain(name): plain(value) for name, value in zip(names, one.values, strict=True)}
            for one in measures(answers)
        ]
    )
    until_s = charts.reach_s(answers)
    for place, name, answer in zip(st.columns(len(names)), names, answers, strict=True):
        with place:
            show(f"Options of {name}", charts.build_options_chart(answer, until_s))
    found = differences(scenarios)
    st.markdown("**What differs in the inputs**" if found else "**The inputs are the same.**")
    if found:
        st.table(
            [
                {"Input": plain(f"{one.what} ({one.where})")}
                | {plain(name): plain(value) for name, value in zip(names, one.values, strict=True)}
                for one in found
            ]
        )


def _times(together: Mapping[str, Recommendation]) -> None:
    left, right = st.columns(2)
    with left:
        show("Total time", build_comparison_chart(together))
    with right:
        show("Longest blackout", build_comparison_chart(together, blackout=True))
