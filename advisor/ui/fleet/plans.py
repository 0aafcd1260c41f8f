"""The drain of a host and the patch night of a cluster: what is asked, the plan as a Gantt chart, the runbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal

import streamlit as st

from advisor.domain.drain import DrainAnswer, PatchAnswer
from advisor.reports import render_drain, render_patch
from advisor.reports.fleet.gantt import build_drain_gantt, build_patch_gantt
from advisor.reports.fleet.runbook_pieces import Piece
from advisor.reports.fleet.runbook_words import drain_headline, patch_headline
from advisor.ui.drawing import show
from advisor.ui.fleet.goals import Asked
from advisor.ui.fleet.labels import in_labels
from advisor.ui.fleet.night import night_asked
from advisor.ui.fleet.question import asked_now, show_question
from advisor.ui.fleet.runbook import pieces_of, show_runbook
from advisor.ui.fleet.setting import setting_asked
from advisor.ui.fleet.state import Fleet
from advisor.ui.fleet.work import drained, patched
from advisor.ui.plain import plain
from advisor.ui.uploads import harmless

DRAIN: Final = "drain"
PATCH: Final = "patch"
PLAN_DRAIN: Final = "Plan the drain"
PLAN_PATCH: Final = "Plan the patch night"
"""The buttons that ask."""

_MODES: Final[dict[Literal["planned", "native"], str]] = {
    "planned": "planned: explicit moves",
    "native": "native: what Windows does",
}
_MOST_ALONE: Final = 8
_KINDS: Final = {"md": "text/markdown", "html": "text/html", "json": "application/json"}


def show_drain(state: Fleet, hosts: Sequence[tuple[str, str]], alone: Sequence[str]) -> None:
    """The drain of one host.

    Parameters
    ----------
    hosts : host and cluster of those that may be drained.
    alone : hosts that have none.
    """
    if not hosts:
        st.markdown("No host of this inventory has a cluster, so that nothing can go anywhere.")
        return
    if alone:
        more = f" and {len(alone) - _MOST_ALONE:,} more" if len(alone) > _MOST_ALONE else ""
        names = ", ".join(alone[:_MOST_ALONE])
        st.caption(plain(f"In no cluster, and so with nowhere to drain to: {names}{more}."))
    with st.container(border=True):
        asked = Asked(f"drain {state.number}")
        left, right = st.columns(2)
        host, cluster = left.selectbox(
            "Host to drain",
            hosts,
            index=[of for _, of in hosts].index(_largest(hosts)),
            format_func=_host_told,
            key=f"drain host {state.number}",
            persist_state="session",
        )
        mode = right.selectbox(
            "Plan",
            list(_MODES),
            format_func=lambda one: _MODES[one],
            key=f"mode {state.number}",
            persist_state="session",
        )
        asked.goals(window="2h", among=("window", "max_blackout", "risk"))
        under = setting_asked(asked.name)
        pressed = st.button(PLAN_DRAIN, icon=":material/play_arrow:", key=f"plan drain {state.number}")
    goals = asked.read_goals()
    now = None
    if goals is not None:
        now = asked_now({"Host": _host_told((host, cluster)), "Plan": mode, **asked.told(goals), **under.told()})
        if pressed:
            given = host, cluster, mode, under.asked(goals, now.card)
            state.start(DRAIN, f"Planning the drain of {host}", drained, state.files, *given, question=now)
    if not state.look(DRAIN) and DRAIN in state.answers:
        show_question(state.questions[DRAIN], now, PLAN_DRAIN)
        _show_drain(state, state.answers[DRAIN])


def _largest(hosts: Sequence[tuple[str, str]]) -> str:
    """The cluster with most hosts, which is shown first: two that lose one have none left to lose."""
    return Counter(cluster for _, cluster in hosts).most_common(1)[0][0]


def _host_told(one: tuple[str, str]) -> str:
    return f"{one[0]} ({one[1]})"


def _show_drain(state: Fleet, answer: DrainAnswer) -> None:
    st.subheader(plain(in_labels(drain_headline(answer))), anchor=False)
    if answer.moves:
        show("Moves by destination", state.once("drain's chart", (answer,), lambda: build_drain_gantt(answer)))
    pieces = state.once("drain's runbook", (answer,), lambda: pieces_of(answer))
    _runbook(f"drain-{harmless(answer.host)}", pieces, lambda kind: render_drain(answer, kind))


def show_patch(state: Fleet, hosts: Sequence[tuple[str, str]]) -> None:
    """The patch night of one cluster.

    Parameters
    ----------
    hosts : host and cluster of those that have one.
    """
    if not hosts:
        st.markdown("No host of this inventory has a cluster, so that there is no patch night to plan.")
        return
    clusters = sorted({cluster for _, cluster in hosts})
    with st.container(border=True):
        asked = Asked(f"patch {state.number}")
        cluster = st.selectbox(
            "Cluster to patch",
            clusters,
            index=clusters.index(_largest(hosts)),
            key=f"patch cluster {state.number}",
            persist_state="session",
        )
        asked.goals(window="8h", among=("window", "risk"))
        night_of = night_asked(asked)
        under = setting_asked(asked.name)
        pressed = st.button(PLAN_PATCH, icon=":material/play_arrow:", key=f"plan patch {state.number}")
    goals, turn = asked.read_goals(), asked.read(night_of)
    now = None
    if goals is not None and turn is not None:
        now = asked_now({"Cluster": cluster, **asked.told(goals), **turn.told(), **under.told()})
        if pressed:
            given = cluster, turn.night, under.asked(goals, now.card)
            state.start(PATCH, f"Planning the patch night of {cluster}", patched, state.files, *given, question=now)
    if not state.look(PATCH) and PATCH in state.answers:
        show_question(state.questions[PATCH], now, PLAN_PATCH)
        _show_patch(state, state.answers[PATCH])


def _show_patch(state: Fleet, answer: PatchAnswer) -> None:
    st.subheader(plain(in_labels(patch_headline(answer))), anchor=False)
    if answer.steps:
        show("Steps by node", state.once("patch's chart", (answer,), lambda: build_patch_gantt(answer)))
    pieces = state.once("patch's runbook", (answer,), lambda: pieces_of(answer))
    _runbook(f"patch-{harmless(answer.cluster)}", pieces, lambda kind: render_patch(answer, kind))


def _runbook(name: str, pieces: Sequence[Piece], written: Callable[[str], str]) -> None:
    """The runbook to read, and to take away."""
    for place, (kind, mime) in zip(st.columns(len(_KINDS)), _KINDS.items(), strict=True):
        place.download_button(
            f"Runbook, {kind}",
            data=partial(written, kind),
            file_name=f"{name}.{kind}",
            mime=mime,
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
            key=f"{name} {kind}",
        )
    with st.expander("Runbook", expanded=True, icon=":material/checklist:"):
        show_runbook(pieces)
