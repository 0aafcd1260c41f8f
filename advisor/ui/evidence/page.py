"""Rules and evidence: what every number rests on, searchable, with its source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from advisor.domain.hosts import Os
from advisor.platforms import platforms
from advisor.reports.findings import VERDICT_WORDS
from advisor.reports.rules import VERDICT_MEANINGS
from advisor.reports.wording import plural, versions_phrase
from advisor.rules import Rule, all_rules
from advisor.rules.search import matching
from advisor.ui.evidence import published, taken
from advisor.ui.plain import plain
from advisor.ui.sources import source_told, trust_told

_RULES: Final = "rules"
_LISTS: Final[dict[str, Callable[[str], None]]] = {
    "runs": published.show_runs,
    "claims": published.show_claims,
    "constants": taken.show_constants,
    "workloads": taken.show_workloads,
    "tolerances": taken.show_tolerances,
    "defaults": taken.show_defaults,
    "costs": taken.show_costs,
    "accuracy of others": published.show_accuracies,
    "basis": taken.show_basis,
}
_LONGEST_SHOWN: Final = 40
_COLOURS: Final = {"forbid": "red", "warn": "orange", "advise": "blue"}


def page() -> None:
    """The page."""
    asked_rule = st.query_params.get("rule")
    st.subheader("Rules and evidence", anchor=False)
    first = st.container()
    wanted = st.text_input(
        "Search",
        key="search",
        bind="query-params",
        placeholder='words, or "claim 38"',
        help="Every word must occur. What stands in quotes must occur as it stands.",
        max_chars=200,
        icon=":material/search:",
    )
    shown = st.segmented_control(
        "Show",
        [_RULES, *_LISTS],
        key="show",
        bind="query-params",
        default=_RULES,
        required=True,
    )
    if shown == _RULES:
        _rules(wanted, asked_rule, first)
    else:
        _LISTS[shown](wanted)


def _rules(wanted: str, asked: str | None, first: DeltaGenerator) -> None:
    """The rules; the one that is opened stands first, where a link that asked for it leads."""
    rules = all_rules()
    found = _filtered(wanted)
    ids = [rule.rule_id for rule in rules]
    opened = st.selectbox(
        "Open a rule",
        ids,
        index=None,
        key="rule",
        bind="query-params",
        placeholder="its id, or choose it in the list below",
    )
    if opened is not None:
        with first:
            _rule(next(rule for rule in rules if rule.rule_id == opened))
    elif asked:
        first.info(f"No rule is called {plain(asked[:_LONGEST_SHOWN])}. All of them are listed below.")
    st.markdown(f"**{len(found)} of {plural(len(rules), 'rule')}**")
    if not found:
        st.caption("No rule mentions all of these words under these filters.")
        return
    st.dataframe(
        [
            {
                "Id": rule.rule_id,
                "Verdict": VERDICT_WORDS[rule.verdict],
                "Title": rule.title,
                "Versions": versions_phrase(rule.versions),
                "Platform": rule.platform,
                "Family": rule.family,
            }
            for rule in found
        ],
        key="rules listed",
        hide_index=True,
        on_select=lambda: _open([rule.rule_id for rule in found]),
        selection_mode="single-row",
        column_config={"Title": st.column_config.TextColumn(width="large")},
    )


def _filtered(wanted: str) -> list[Rule]:
    rules = all_rules()
    known = {one.name: one for one in platforms()}
    places = st.columns(4)
    with places[0]:
        platform = st.selectbox(
            "Platform",
            list(known),
            index=None,
            format_func=lambda name: known[name].title,
            placeholder="any",
            key="rules of platform",
        )
    with places[1]:
        families = list(dict.fromkeys(rule.family for rule in rules if platform in {None, rule.platform}))
        family = st.selectbox(
            "Family",
            families,
            index=None,
            format_func=lambda name: name.replace("_", " "),
            placeholder="any",
            key="rules of family",
        )
    with places[2]:
        verdict = st.selectbox(
            "Verdict",
            list(VERDICT_MEANINGS),
            index=None,
            format_func=VERDICT_WORDS.__getitem__,
            placeholder="any",
            key="rules of verdict",
        )
    with places[3]:
        version = st.selectbox(
            "Version",
            [os for os in Os if platform in {None, os.platform}],
            index=None,
            format_func=lambda os: f"{known[os.platform].title} {os.value}" if os.platform in known else os.value,
            placeholder="any",
            key="rules of version",
        )
    return matching(rules, wanted, platform=platform, family=family, verdict=verdict, version=version)


def _open(ids: list[str]) -> None:
    """Open the rule whose row was chosen."""
    rows = st.session_state["rules listed"]["selection"]["rows"]
    if rows and rows[0] < len(ids):
        st.session_state["rule"] = ids[rows[0]]


def _rule(rule: Rule) -> None:
    with st.container(border=True):
        st.subheader(plain(f"{rule.rule_id}: {rule.title}"), anchor=False)
        st.markdown(
            f":{_COLOURS[rule.verdict]}-badge[{VERDICT_WORDS[rule.verdict]}] {plain(VERDICT_MEANINGS[rule.verdict])}. "
            f"Versions: {plain(versions_phrase(rule.versions))}. Platform: {plain(rule.platform)}. "
            f"Family: {plain(rule.family)}."
        )
        st.markdown(f"**Do:** {plain(rule.remedy)}")
        st.markdown(f"**Source:** {source_told(rule.source)}")
        st.caption(plain(f"{trust_told(rule.source)}."))
