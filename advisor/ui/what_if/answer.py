"""A recommendation on a page: the sentence and its numbers first, then options, then everything behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import streamlit as st

from advisor.advice.vm_answers import is_serious
from advisor.domain.answers import OptionAnswer, Recommendation, Verdict
from advisor.domain.options import Tier
from advisor.reports import charts, wording
from advisor.reports.findings import VERDICT_WORDS, Group, forbidden_by, is_same, to_heed, to_verify
from advisor.ui import session
from advisor.ui.drawing import show
from advisor.ui.evidence.link import show_constants_link
from advisor.ui.plain import plain
from advisor.ui.sources import BASIS, basis_link, rule_link, source_in_markdown, source_told
from advisor.units import format_duration

_COLOURS: Final = {
    Verdict.READY: "green",
    Verdict.CONDITIONS: "orange",
    Verdict.NOT_RECOMMENDED: "red",
    Verdict.UNKNOWN: "gray",
}
_MOST_VMS: Final = 100
_MOST_PASSES: Final = 1000
_PASS_COLUMNS: Final = {
    "vm": "VM",
    "step": "Step",
    "number": "Pass",
    "start_s": "Start, s",
    "time_s": "Length, s",
    "memory_gib": "Memory covered, GiB",
    "sent_gib": "On the wire, GiB",
    "dirty_left_gib": "Dirty at its end, GiB",
}


def show_recommendation(answer: Recommendation) -> None:
    """Show the whole answer."""
    st.subheader(plain(answer.summary), anchor=False)
    chosen = answer.recommended
    if chosen is None:
        st.error("Nothing is allowed: the rules that forbid each option stand below.", icon=":material/block:")
    else:
        show_numbers(chosen, sum(vm.count for vm in answer.vms))
    shown = st.tabs([*_PARTS], key="part", bind="query-params")
    for tab, part in zip(shown, _PARTS.values(), strict=True):
        # What nobody looks at is not drawn: the answer is there sooner.
        if tab.open:
            with tab:
                part(answer)


def show_numbers(option: OptionAnswer, moves: int) -> None:
    """The numbers of one option, each with its interval or its unit.

    Parameters
    ----------
    moves : of all VMs.
    """
    blackout = wording.in_seconds(option.blackout_ms)
    cpu = f"{wording.number(option.cpu_cores.source, 2)} / {wording.number(option.cpu_cores.destination, 2)}"
    rows = (
        ("Total time", format_duration(option.total_s.p50), f"90 %: {wording.span(option.total_s)}"),
        ("Longest blackout", format_duration(blackout.p50), f"90 %: {wording.span(blackout)}"),
        (
            "On the wire",
            f"{wording.number(option.throughput_gbps)} Gbit/s",
            f"{wording.number(option.sent_gib)} GiB, {wording.at_once_phrase(option.simultaneous, moves)}",
        ),
        ("CPU cores", cpu, "source / destination"),
    )
    # Where they do not fit side by side they go below each other.
    with st.container(horizontal=True, gap="large"):
        for label, value, more in rows:
            with st.container(width="content", gap=None):
                st.metric(label, value, width="content")
                st.caption(plain(more), width="content")
    conditions = dict.fromkeys(found.rule for found in option.findings if is_serious(found))
    to_meet = f"({', '.join(rule_link(one) for one in conditions)}). " if option.verdict is Verdict.CONDITIONS else ""
    st.markdown(
        f":{_COLOURS[option.verdict]}-badge[{plain(option.verdict.value)}] {to_meet}"
        f"{plain(wording.passes_phrase(option))}. Limit: {plain(option.limit)}. "
        f"Basis of time: {basis_link(option.basis)}, of blackout: {basis_link(option.blackout_basis)}."
    )


def _options(answer: Recommendation) -> None:
    left, right = st.columns(2)
    with left:
        show("Total time", charts.build_options_chart(answer))
        show("CPU at both ends", charts.build_cpu_chart(answer))
    with right:
        show("Longest blackout", charts.build_blackout_chart(answer))
        st.markdown("**Why not the others**")
        for option in answer.options:
            if not is_same(option, answer.recommended):
                rules = ", ".join(rule_link(one) for one in forbidden_by(option))
                reason = plain(option.rejected_by or option.verdict.value)
                st.markdown(f"- **{plain(option.label)}**: {reason}{f' ({rules})' if rules else ''}")


def _passes(answer: Recommendation) -> None:
    left, right = st.columns(2)
    if answer.rates:
        with left:
            show("Rate over the move", charts.build_throughput_chart(answer.rates, answer.timeline))
    if answer.timeline:
        with right:
            show("Memory left over the move", charts.build_dirty_chart(answer.timeline))
        st.dataframe(
            [
                {name: _shown(value) for name, value in row.model_dump().items()}
                for row in answer.timeline[:_MOST_PASSES]
            ],
            hide_index=True,
            column_config=_PASS_COLUMNS,
            alt="Every pass of every VM, with its times and sizes",
        )
        if len(answer.timeline) > _MOST_PASSES:
            st.caption(f"{len(answer.timeline) - _MOST_PASSES:,} more in the downloads.")


def _shown(value: str | float) -> str | float:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _vms(answer: Recommendation) -> None:
    rows = answer.vms
    st.table(
        [
            {
                "VM": plain(vm.name) + (f" (each of {vm.count})" if vm.count > 1 else ""),
                "Goes": f"{plain(vm.source)} to {plain(vm.destination)}",
                "Total": plain(wording.with_span(vm.total_s)),
                "Blackout": plain(wording.with_span(wording.in_seconds(vm.blackout_ms))),
                "Sent": f"{wording.number(vm.sent_gib)} GiB",
                "Verdict": plain(vm.verdict.value + (f": {'; '.join(vm.reasons)}" if vm.reasons else "")),
            }
            for vm in rows[:_MOST_VMS]
        ]
    )
    if len(rows) > _MOST_VMS:
        st.caption(f"{len(rows) - _MOST_VMS} more in the downloads.")


def _why(answer: Recommendation) -> None:
    _items("Why", answer.why)
    chosen = answer.recommended
    if chosen is not None:
        st.markdown("**Do this**")
        if not chosen.changes:
            st.markdown("Nothing: today's configuration is the best found.")
        for tier in Tier:
            for change in chosen.changes:
                if change.tier is tier:
                    st.markdown(
                        f"- {tier.value}, {change.disruption}: {plain(change.what)}: "
                        f"{plain(change.current)} → **{plain(change.recommended)}**"
                    )
        _groups("Mind", to_heed(chosen))
        _groups("Verify: not known from the input", to_verify(chosen))
    _items(
        "Measure next, to narrow the interval",
        (
            f"{one.what}: {one.how} (p95/p05 of the total time from {wording.number(one.width_before)} "
            f"to {wording.number(one.width_after)})"
            for one in answer.measure_next
        ),
    )
    if answer.acceptance is not None:
        _items("Before trusting it", [answer.acceptance.text])


def _ground(answer: Recommendation) -> None:
    st.markdown(
        f"**Wanted**: {plain(wording.limits_phrase(answer.goals))}. Model card {plain(answer.card)}, "
        + ("the shipped one." if session.card_for(answer.platform) is None else "not the shipped one.")
    )
    st.markdown(
        "**Every time is an interval that holds 90 % of the cases expected.** It comes from varying each constant of "
        "the model card and each input nobody gave; its basis says what runs there are: "
        + "; ".join(f"{basis_link(basis)}: {plain(meaning.rstrip('.'))}" for basis, meaning in BASIS.items())
    )
    show_constants_link(answer.platform)
    if answer.assumptions:
        st.markdown("**Assumed, because nobody said**")
        st.markdown(
            "\n".join(
                f"- {plain(f'{one.what}: {one.value}')} ({source_in_markdown(one.why)})" for one in answer.assumptions
            )
        )


def _items(title: str, items: Iterable[str]) -> None:
    told = list(items)
    if told:
        st.markdown(f"**{plain(title)}**")
        st.markdown("\n".join(f"- {plain(one)}" for one in told))


def _groups(title: str, groups: Sequence[Group]) -> None:
    if groups:
        st.markdown(f"**{plain(title)}**")
    for group in groups:
        st.markdown(
            f"- {', '.join(rule_link(one) for one in group.rules)} ({VERDICT_WORDS[group.verdict]}): "
            f"{plain(group.message)} {plain(group.remedy)}"
        )
        st.markdown("Source: " + " | ".join(source_told(source) for source in group.sources))


_PARTS: Final = {
    "Options": _options,
    "Passes": _passes,
    "VMs": _vms,
    "Why and how": _why,
    "Basis": _ground,
}
