"""Sensitivity: how the answer to the what-if hangs on two of its inputs, and what makes its interval wide."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from advisor.advice.axes import check_possible, suggested, suggested_inputs
from advisor.advice.sensitivity import sensitivity, uncertainty
from advisor.domain.inputs import input_called, inputs_of
from advisor.domain.scenario import Scenario
from advisor.domain.sensitivity import Axis, Sensitivity, Uncertainty
from advisor.errors import AdvisorError, InputError
from advisor.intake.axis import read_axis
from advisor.reports.heat_map_words import with_unit
from advisor.reports.wording import number, plural
from advisor.residual.card import Card
from advisor.ui import session
from advisor.ui.job import Job, answer_of, show_running
from advisor.ui.naming import called
from advisor.ui.plain import plain
from advisor.ui.sensitivity.answer import show_sensitivity, show_uncertainty
from advisor.ui.trouble import tell
from advisor.units import format_duration

# So many values along an axis where a cell takes at most so long [s], so that the first grid is there within a minute.
_QUICK: Final = ((0.1, 9), (1.0, 7), (float("inf"), 5))
_RUNS: Final = "sensitivities"
_MOST_KEPT: Final = 8

Key = tuple[str, str]
Runs = dict[Key, Job[Sensitivity] | Sensitivity | AdvisorError]


def page() -> None:
    """The page."""
    wrong_link = session.begin()
    if wrong_link is not None:
        tell(wrong_link)
    try:
        scenario = session.scenario()
    except InputError as error:
        st.warning("No answer yet: the what-if needs mending, on its own page.", icon=":material/edit:")
        tell(error)
        return
    session.keep(session.content())
    card = session.card_for(scenario.platform)
    st.markdown(
        f"How the answer to **{plain(called(session.content()))}** changes with two of its inputs. Each value is taken "
        "for every host, NIC or VM that has the input; all else stays as it is."
    )
    try:
        matters, cell_s = looked_at(scenario, card)
    except AdvisorError as error:
        tell(error)
        return
    axes = _axes(scenario, cell_s)
    _grid(scenario, card, axes, cell_s)
    st.subheader("What makes the interval wide", anchor=False)
    show_uncertainty(matters)


@st.cache_data(
    max_entries=100,
    show_spinner="Working out and timing today's cell …",
    hash_funcs={Scenario: session.told_apart, Card: lambda one: one.to_json()},
)
def looked_at(scenario: Scenario, card: Card | None) -> tuple[Uncertainty, float]:
    """What makes the interval of the scenario itself wide, and how long that took: as long as a cell [s]."""
    began = time.perf_counter()
    found = uncertainty(scenario, card)
    return found, time.perf_counter() - began


def _axes(scenario: Scenario, cell_s: float) -> tuple[Axis, Axis] | None:
    """Ask for both inputs and their values; none where something is wrong with them, which is told beside them."""
    count = next(count for at_most_s, count in _QUICK if cell_s <= at_most_s)
    paths = [one.path for one in inputs_of(scenario)]
    first = suggested_inputs(scenario)
    asked = []
    for place, side, start in zip(st.columns(2), ("across", "up"), first, strict=True):
        with place:
            path = st.selectbox(
                f"Input {side}",
                paths,
                index=paths.index(start),
                format_func=lambda path: input_called(path).title,
                key=side,
                bind="query-params",
            )
            asked.append(_axis(scenario, side, path, count))
    across, up = asked
    if across is None or up is None:
        return None
    try:
        check_possible(scenario, across, up)
    except AdvisorError as error:
        tell(error)
        return None
    return across, up


def _axis(scenario: Scenario, side: str, path: str, count: int) -> Axis | None:
    one = input_called(path)
    text = st.text_input(
        f"Values {side}" + (f", {one.unit}" if one.unit else ""),
        value=", ".join(number(value, 6) for value in suggested(scenario, path, count).values),
        key=f"values {side}: {path}, {count} of {session.name()}",
        help="Numbers with commas or blanks between them",
    )
    st.caption(plain(_today(scenario, path)))
    try:
        return read_axis(path, text)
    except AdvisorError as error:
        tell(error)
        return None


def _today(scenario: Scenario, path: str) -> str:
    """What the scenario says of an input."""
    values = sorted({value for value in input_called(path).values_in(scenario) if value is not None})
    if not values:
        return "Today: not said."
    if input_called(path).today(scenario) is None:
        told = " to ".join(with_unit(path, value) for value in dict.fromkeys((values[0], values[-1])))
        return f"Today: {told}, not the same of all, so today's cell is not on the grid."
    return f"Today: {with_unit(path, values[0])}."


def _grid(scenario: Scenario, card: Card | None, axes: tuple[Axis, Axis] | None, cell_s: float) -> None:
    """Start, show and stop the work, and show what came of it."""
    runs: Runs = st.session_state.setdefault(_RUNS, {})
    key = session.told_apart(scenario), card.to_json() if card is not None else ""
    for other in [one for one, run in runs.items() if one != key and isinstance(run, Job)]:
        _end(runs, other)  # nobody waits for it any more
    run = runs.get(key)
    if isinstance(run, Job) and run.running:
        show_running(run)
        return
    if axes is not None:
        cells = len(axes[0].values) * len(axes[1].values)
        st.caption(
            f"{plural(cells, 'cell')}, about {format_duration(cells * cell_s)}: today's took "
            f"{format_duration(cell_s)}; one with more VMs takes longer."
        )
    if st.button("Work it out", icon=":material/grid_on:", disabled=axes is None) and axes is not None:
        _keep(runs, key, Job("Working out the cells", sensitivity, scenario, *axes, card))
        st.rerun()
    if isinstance(run, Job):
        answer = answer_of(run)
        if answer is None:
            del runs[key]
            st.info("Stopped.", icon=":material/stop_circle:")
            return
        run = runs[key] = answer
    if isinstance(run, AdvisorError):
        tell(run)
    elif run is not None:
        if axes is not None and (run.across, run.up) != axes:
            st.info("Inputs or values were changed since: what is shown is of those before.", icon=":material/info:")
        show_sensitivity(run)


def _keep(runs: Runs, key: Key, job: Job[Sensitivity]) -> None:
    """Keep the newest few."""
    runs.pop(key, None)
    runs[key] = job
    for old in list(runs)[:-_MOST_KEPT]:
        _end(runs, old)


def _end(runs: Runs, key: Key) -> None:
    run = runs.pop(key)
    if isinstance(run, Job):
        run.stop()
