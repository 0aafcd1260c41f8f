"""Compare: two or three what-ifs side by side, what differs in them marked."""

from __future__ import annotations

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
from advisor.ui.plain import plain
from advisor.ui.presets import PRESETS, example
from advisor.ui.trouble import tell
from advisor.ui.what_if.answered import answered, end

OTHERS: Final = ("b", "c")
"""Parts of the link that hold the second and the third what-if."""

_OWN: Final = "This what-if"
_LINKED: Final = "linked"


def page() -> None:
    """The page."""
    wrong = session.begin()
    if wrong is not None:
        tell(wrong)
    contents = {"A": session.content(), **_others()}
    session.keep(contents["A"])
    names, answers, scenarios = [], [], []
    for part, content in contents.items():
        name = f"{part}: {content.get('title') or (_OWN if part == 'A' else 'what-if')}"
        try:
            scenario = scenario_from(Document(name, content, {}))
            answer = answered(scenario, f"what-if {part}")
        except AdvisorError as error:
            tell(error)
            continue
        if answer is not None:
            names.append(name)
            scenarios.append(scenario)
            answers.append(answer)
    for part in OTHERS:
        if part.upper() not in contents:
            end(f"what-if {part.upper()}")
    if len(contents) < 2:
        st.info("Choose a second what-if to compare with, or keep one on the page What-if.")
    elif len(answers) > 1:
        _show(names, scenarios, answers)


def _others() -> dict[str, dict[str, Any]]:
    """The second and the third what-if: those of the link, or those that are chosen here."""
    kept = session.kept()
    # With their numbers, for two of one name could not be told apart.
    named = {f"kept {i}": f"kept {i + 1}: {one.get('title') or 'what-if'}" for i, one in enumerate(kept)}
    found = {}
    for place, part in zip(st.columns(len(OTHERS)), OTHERS, strict=True):
        linked = f"linked {part}"
        if st.query_params.get(part):
            st.session_state.setdefault(linked, st.query_params[part])
        link = st.session_state.get(linked)
        words = {**({_LINKED: "the one of the link"} if link else {}), **named, **PRESETS}
        with place:
            chosen = st.selectbox(
                f"What-if {part.upper()}",
                [None, *words],
                index=1 if link else 0,
                format_func=lambda name, words=words: words.get(name, "none"),
                key=f"compare {part}",
                persist_state="session",
            )
        try:
            content = _chosen(chosen, link, kept)
            if content is None:
                st.query_params.pop(part, None)
            else:
                found[part.upper()] = content
                st.query_params[part] = link_of(content)
        except InputError as error:
            tell(error)
    return found


def _chosen(chosen: str | None, link: str | None, kept: list[dict[str, Any]]) -> dict[str, Any] | None:
    if chosen is None:
        return None
    if chosen == _LINKED:
        return content_of(link or "").content
    if chosen in PRESETS:
        return example(chosen)
    return kept[int(chosen.removeprefix("kept "))]


def _show(names: list[str], scenarios: list[Scenario], answers: list[Recommendation]) -> None:
    for place, name, answer in zip(st.columns(len(names)), names, answers, strict=True):
        with place:
            st.subheader(plain(name), anchor=False)
            st.markdown(plain(answer.summary))
    together = dict(zip(names, answers, strict=True))
    left, right = st.columns(2)
    with left:
        show("Total time", build_comparison_chart(together))
    with right:
        show("Longest blackout", build_comparison_chart(together, blackout=True))
    st.markdown("**What differs in the answers** is marked with ≠")
    st.table(
        [
            {"Number": f"{plain(one.what)}{' ≠' if one.differs else ''}"}
            | {plain(name): plain(value) for name, value in zip(names, one.values, strict=True)}
            for one in measures(answers)
        ]
    )
    for place, name, answer in zip(st.columns(len(names)), names, answers, strict=True):
        with place:
            show(f"Options of {name}", charts.build_options_chart(answer))
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
