"""A batch on the page: goals, the run, and its answer from the headline to the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from advisor.domain.answers import Verdict
from advisor.domain.fleet import ClusterRow, CurveRow, HostRow
from advisor.reports.fleet import standing, wording
from advisor.reports.fleet.charts import build_host_drains_chart, build_settings_chart, build_sizing_chart
from advisor.reports.fleet.tables import words
from advisor.ui.drawing import show
from advisor.ui.fleet.downloads import WORKBOOK, show_downloads
from advisor.ui.fleet.goals import Asked
from advisor.ui.fleet.labels import in_labels
from advisor.ui.fleet.question import asked_now, show_question
from advisor.ui.fleet.rows import show_tables
from advisor.ui.fleet.state import SIZED, Fleet
from advisor.ui.fleet.work import Sized, sized
from advisor.ui.plain import plain

RUN: Final = "Size every cluster"
"""The button that asks."""

_MOST: Final = 12
_MOST_HOSTS: Final = 30


def show_sizing(state: Fleet) -> None:
    """Goals, the run and its answer."""
    with st.container(border=True):
        asked = Asked(f"batch {state.number}")
        asked.goals(window="2h")
        pressed = st.button(RUN, icon=":material/play_arrow:", key=f"size {state.number}")
    goals = asked.read_goals()
    now = None if goals is None else asked_now(asked.told(goals))
    if pressed and goals is not None and now is not None:
        state.forget(WORKBOOK)
        parts = state.scratch.folder / "parts"
        state.start(SIZED, "VMs answered", sized, state.files, goals, now.card, parts, question=now)
    if not state.look(SIZED) and state.sized is not None:
        show_question(state.questions[SIZED], now, RUN)
        show_sized(state, state.sized)


def show_sized(state: Fleet, found: Sized) -> None:
    """The answer of a batch."""
    summary = found.tables.summary
    st.subheader(plain(wording.batch_headline(summary)), anchor=False)
    st.markdown(plain(wording.longest_phrase(summary)))
    if summary.note:
        st.warning(plain(summary.note), icon=":material/info:")
    hosts, clusters, tables, curves, ground = st.tabs(["Hosts", "Clusters", "All rows", "Other NICs", "Basis"])
    with hosts:
        _hosts(state, found)
    with clusters:
        _clusters(state, found)
    with tables:
        show_tables(found.tables, f"rows {state.number}")
    with curves:
        _curves(state, found)
    with ground:
        _ground(found)
    show_downloads(state, found.tables)


def _hosts(state: Fleet, found: Sized) -> None:
    summary = found.tables.summary
    left, right = st.columns(2)
    with left:
        if found.slowest:
            chart = state.once("hosts", (found,), lambda: build_host_drains_chart(found.slowest, summary.goals))
            show("Drain by host, the longest first", chart)
        _counted("Verdicts", [(name, n) for name, n in summary.verdicts.items() if n], "VM")
        _counted("What holds drains up", wording.limits_told(summary), "host")
        _counted("Why VMs are not plainly ready", wording.reasons_told(summary), "VM")
    with right:
        held = wording.held_at(summary.goals) if summary.goals.window_s else ""
        st.markdown(f"**Hosts that miss the window{held}, and what helps**")
        if not found.missing:
            st.markdown(plain(standing.none_missing_told(summary)))
        for row in found.missing[:_MOST_HOSTS]:
            _missing(row)
        if len(found.missing) > _MOST_HOSTS or (summary.hosts_missing or 0) > len(found.missing):
            st.caption(f"{(summary.hosts_missing or 0) - min(len(found.missing), _MOST_HOSTS):,} more under All rows.")
        if found.unknown:
            st.markdown("**Hosts of which it is not known**")
            for row, told in found.unknown[:_MOST]:
                st.markdown(f"- **{plain(row.host)}**: {plain('; '.join(told))}")
            if summary.hosts_unknown > _MOST:
                st.caption(f"{summary.hosts_unknown - _MOST:,} more under All rows.")


def _missing(row: HostRow) -> None:
    cluster = f" {plain(f'({row.cluster})')}" if row.cluster != row.host else ""
    st.markdown(f"- **{plain(row.host)}**{cluster}: {plain(standing.missing_told(row))}")


def _clusters(state: Fleet, found: Sized) -> None:
    summary = found.tables.summary
    if summary.settings:
        chart = state.once("settings", (found,), lambda: build_settings_chart(summary.settings))
        show(wording.settings_title(summary), chart)
    if summary.hosts_alone:
        st.caption("A host in no cluster stands here by its own name.")
    for row in found.worst[:_MOST_HOSTS]:
        with st.expander(plain(_cluster_told(row))):
            st.markdown(f"**{plain(row.setting)}**: {plain(standing.setting_told(row))}")
            for how, change in wording.changes_told(row.changes):
                st.markdown(f"- {plain(f'{how}: {change}' if how else change)}")
            for told in wording.why_told(row):
                st.markdown(f"- {plain(in_labels(told))}")
            if row.helps:
                st.markdown(f"- {plain(row.helps)}")
    if summary.clusters > _MOST_HOSTS:
        st.caption(f"{summary.clusters - _MOST_HOSTS:,} more under All rows.")


def _cluster_told(row: ClusterRow) -> str:
    verb = "misses" if row.hosts_missing == 1 else "miss"
    missing = f"; {wording.counted(row.hosts_missing, 'host')} {verb} the window" if row.hosts_missing else ""
    drain = f"{wording.drain_told(row.drain_s_p50)}, p95 {wording.drain_told(row.drain_s_p95)}"
    today = wording.drain_told(row.today_s_p50)
    size = f"{wording.counted(row.hosts, 'host')}, {wording.counted(row.vms, 'VM')}"
    return f"{row.cluster}: {size}; longest drain {drain}, today {today}{missing}"


def _curves(state: Fleet, found: Sized) -> None:
    if not found.curves:
        st.markdown("No host is known to miss the window, so no other NICs were tried.")
        return
    cluster, host = st.selectbox(
        "Host that misses the window",
        found.curves,
        format_func=lambda one: one[1] if one[0] == one[1] else f"{one[1]} ({one[0]})",
        key=f"curve {state.number}",
    )
    points = state.once("curve's points", (found, cluster, host), lambda: _points(found, cluster, host))
    chart = state.once("curve", (points,), lambda: build_sizing_chart(points, found.tables.summary.goals))
    show(f"Other NICs in {host}", chart)


def _points(found: Sized, cluster: str, host: str) -> list[CurveRow]:
    return [one for one in words(found.tables, CurveRow, "host", [host]) if one.cluster == cluster]


def _ground(found: Sized) -> None:
    summary = found.tables.summary
    if found.rules:
        st.markdown("**Verify: rules that cannot tell from the inventory**")
        st.markdown("\n".join(f"- **{plain(rule)}** {plain(title)}" for rule, title in found.rules))
    st.markdown("**Taken for granted**")
    st.markdown("\n".join(f"- {plain(wording.assumption_told(one))}" for one in summary.assumptions))


def _counted(title: str, pairs: Sequence[tuple[str, int]], one: str) -> None:
    order = {verdict.value: at for at, verdict in enumerate(Verdict)}
    if pairs:
        told = sorted(pairs[:_MOST], key=lambda pair: order.get(pair[0], -1))
        st.markdown(f"**{title}**")
        st.markdown("\n".join(f"- {plain(name)}: {wording.counted(count, one)}" for name, count in told))
