"""The drain of a host and the patch night of a cluster: what is asked, the plan as a Gantt chart, the runbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal

import streamlit as st

from advisor.domain.drain import DrainAnswer, PatchAnswer
from advisor.domain.goals import Goals
from advisor.domain.options import Transport
from advisor.errors import InputError, Problem
from advisor.fleet.facts import PLATFORM
from advisor.fleet.in_force import Asked as AskedOf
from advisor.fleet.in_force import Wanted
from advisor.fleet.patch_course import HEALTH_S, UPDATE_S, Night
from advisor.intake.night import span_from
from advisor.reports import render_drain, render_patch
from advisor.reports.fleet.gantt import build_drain_gantt, build_patch_gantt
from advisor.reports.fleet.runbook_words import drain_headline, patch_headline
from advisor.ui import session
from advisor.ui.drawing import show
from advisor.ui.fields import NOT_GIVEN
from advisor.ui.fleet_goals import Asked
from advisor.ui.fleet_state import Fleet
from advisor.ui.fleet_work import drained, patched
from advisor.ui.plain import plain
from advisor.ui.uploads import harmless

DRAIN: Final = "drain"
PATCH: Final = "patch"
_MODES: Final[dict[Literal["planned", "native"], str]] = {
    "planned": "planned: explicit moves",
    "native": "native: what Windows does",
}
_SETTINGS: Final = {False: "today's", True: "as advisor recommends"}
_MOST_RESERVE: Final = 16
_MOST_AT_ONCE: Final = 128
_KINDS: Final = {"md": "text/markdown", "html": "text/html", "json": "application/json"}


def show_drain(state: Fleet, hosts: Sequence[tuple[str, str]]) -> None:
    """The drain of one host.

    Parameters
    ----------
    hosts : host and cluster of those that may be drained.
    """
    if not hosts:
        st.markdown("No host of this inventory has a cluster, so that nothing can go anywhere.")
        return
    with st.form(f"drain {state.number}"):
        asked = Asked(f"drain {state.number}")
        left, right = st.columns(2)
        host, cluster = left.selectbox(
            "Host to drain", hosts, format_func=lambda one: f"{one[0]} ({one[1]})", key=f"drain host {state.number}"
        )
        mode = right.selectbox("Plan", list(_MODES), format_func=lambda one: _MODES[one], key=f"mode {state.number}")
        asked.goals(window="2h", among=("window", "max_blackout", "risk"))
        setting, reserve = _setting(asked.name)
        pressed = st.form_submit_button("Plan the drain", icon=":material/play_arrow:")
        goals = asked.read_goals() if pressed else None
    if goals is not None:
        given = _asked(goals, setting, reserve)
        state.start(DRAIN, f"Planning the drain of {host}", drained, state.files, f"{cluster}/{host}", mode, given)
    if not state.look(DRAIN) and DRAIN in state.answers:
        _show_drain(state.answers[DRAIN])


def _show_drain(answer: DrainAnswer) -> None:
    st.subheader(plain(drain_headline(answer)), anchor=False)
    if answer.moves:
        show("Moves by destination", build_drain_gantt(answer))
    _runbook(f"drain-{harmless(answer.host)}", lambda kind: render_drain(answer, kind))


def show_patch(state: Fleet, clusters: Sequence[str]) -> None:
    """The patch night of one cluster."""
    if not clusters:
        st.markdown("This inventory has no cluster.")
        return
    with st.form(f"patch {state.number}"):
        asked = Asked(f"patch {state.number}")
        cluster = st.selectbox("Cluster to patch", clusters, key=f"patch cluster {state.number}")
        asked.goals(window="8h", among=("window", "risk"))
        places = st.columns(3)
        spans = (
            ("Update and reboots", "update", "not given: 15min,30min,1h"),
            ("Resync of the storage", "resync", "not given: 10min,40min,4h where the nodes' own disks make it up"),
            ("Look at a node's health", "health", "not given: 30s,2min,5min"),
        )
        for place, (label, name, help) in zip(places, spans, strict=True):
            with place:
                asked.text(label, name, f"A time, or low,middle,high such as 20min,30min,1h; {help}")
        setting, reserve = _setting(asked.name)
        fail_back = st.checkbox(
            "A node's VMs come back before the next node's turn", value=True, key=f"fail back {state.number}"
        )
        pressed = st.form_submit_button("Plan the patch night", icon=":material/play_arrow:")
        goals = asked.read_goals() if pressed else None
        night = asked.read(lambda: _night(asked.texts, fail_back=fail_back)) if pressed else None
    if goals is not None and night is not None:
        given = _asked(goals, setting, reserve)
        state.start(PATCH, f"Planning the patch night of {cluster}", patched, state.files, cluster, night, given)
    if not state.look(PATCH) and PATCH in state.answers:
        _show_patch(state.answers[PATCH])


def _show_patch(answer: PatchAnswer) -> None:
    st.subheader(plain(patch_headline(answer)), anchor=False)
    if answer.steps:
        show("Steps by node", build_patch_gantt(answer))
    _runbook(f"patch-{harmless(answer.cluster)}", lambda kind: render_patch(answer, kind))


def _night(texts: dict[str, str | None], *, fail_back: bool) -> Night:
    """The times of a night.

    Raises
    ------
    InputError
        With every time that cannot be read.
    """
    spans: dict[str, tuple[float, float, float]] = {}
    problems: list[Problem] = []
    for name, default in (("update", UPDATE_S), ("resync", UPDATE_S), ("health", HEALTH_S)):
        try:
            spans[name] = span_from(name, texts[name], default)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    resync = spans["resync"] if texts["resync"] else None
    return Night(update=spans["update"], resync=resync, health=spans["health"], fail_back=fail_back)


def _setting(name: str) -> tuple[Wanted, int]:
    """The setting to move under, and the nodes in reserve."""
    places = st.columns(4)
    recommended = places[0].selectbox(
        "Setting", list(_SETTINGS), format_func=lambda one: _SETTINGS[one], key=f"{name} setting"
    )
    transport = places[1].selectbox(
        "Transport",
        [None, *(one.value for one in Transport)],
        format_func=lambda one: one or "as the setting has it",
        key=f"{name} transport",
    )
    at_once = places[2].number_input(
        "Moves at once",
        min_value=1,
        max_value=_MOST_AT_ONCE,
        value=None,
        step=1,
        placeholder=NOT_GIVEN,
        key=f"{name} at once",
    )
    reserve = places[3].number_input(
        "Nodes in reserve",
        min_value=0,
        max_value=_MOST_RESERVE,
        value=1,
        step=1,
        key=f"{name} reserve",
        help="Nodes that may still be lost while VMs are away",
    )
    return Wanted(Transport(transport) if transport else None, at_once, recommended), reserve


def _asked(goals: Goals, setting: Wanted, reserve: int) -> AskedOf:
    return AskedOf(goals=goals, wanted=setting, reserve=reserve, card=session.card_for(PLATFORM))


def _runbook(name: str, written: Callable[[str], str]) -> None:
    """The runbook as text, and to take away."""
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
        st.code(written("md"), language=None, wrap_lines=True)
