"""What a heat map over two inputs shows, in words: ticks, letters, legend and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from advisor.domain.answers import Measurement
from advisor.domain.inputs import input_called
from advisor.domain.sensitivity import Cell, Measure, Quantile, Sensitivity, State, Uncertainty
from advisor.reports.wording import number, plural, printable, with_span
from advisor.units import format_duration, ms_to_seconds

MEASURE_TITLES: Final = {
    Measure.TOTAL: "Total time of the longest move",
    Measure.BLACKOUT: "Longest blackout",
    Measure.DRAIN: "Drain time, all moves",
}
QUANTILE_TITLES: Final[dict[Quantile, str]] = {"p50": "median", "p05": "p05", "p95": "p95"}
WORTH_DRAWING: Final = 1.005
"""What knowing a factor must narrow the interval by, to be drawn."""
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_IN_SECONDS: Final[dict[str, Callable[[float], float]]] = {"s": float, "ms": ms_to_seconds}


def tick(path: str, value: float) -> str:
    """A value of an input, on an axis: times with their unit, anything else without.

    Examples
    --------
    >>> tick("nics.speed_gbps", 25.0), tick("goals.window_s", 5400.0), tick("switchover.blackout_limit_ms", 500.0)
    ('25', '1 h 30 min', '0.5 s')
    """
    read = _IN_SECONDS.get(input_called(path).unit)
    return number(value) if read is None else format_duration(read(value))


def axis_title(path: str) -> str:
    """What an axis shows, with the unit of its ticks.

    Examples
    --------
    >>> axis_title("nics.speed_gbps"), axis_title("goals.window_s")
    ('NICs: link speed [Gbit/s]', 'Goals: time all moves must be done in')
    """
    one = input_called(path)
    return one.title if one.unit in _IN_SECONDS else one.labelled


def with_unit(path: str, value: float) -> str:
    """A value of an input, in a sentence.

    Examples
    --------
    >>> with_unit("nics.speed_gbps", 25.0), with_unit("host.cores", 16.0)
    ('25 Gbit/s', '16')
    """
    one = input_called(path)
    return tick(path, value) if one.unit in _IN_SECONDS else f"{tick(path, value)} {one.unit}".strip()


def letters(found: Sensitivity) -> dict[str, str]:
    """A letter for each option recommended anywhere, A for that of most cells."""
    ranked = sorted(Counter(cell.label for cell in found.cells if cell.label).items(), key=lambda one: (-one[1], one))
    return {label: _lettered(i) for i, (label, _) in enumerate(ranked)}


def _lettered(i: int) -> str:
    return _LETTERS[i] if i < len(_LETTERS) else _lettered(i // len(_LETTERS) - 1) + _LETTERS[i % len(_LETTERS)]


def place(found: Sensitivity, cell: Cell) -> str:
    """Where a cell lies, in words."""
    return f"{with_unit(found.across.input, cell.across)} by {with_unit(found.up.input, cell.up)}"


def seconds_of(cell: Cell, measure: Measure, quantile: Quantile) -> float | None:
    """What is read of a cell [s]; none where nothing is recommended."""
    interval = cell.interval(measure)
    return None if interval is None else float(getattr(interval, quantile))


def heat_map_finding(found: Sensitivity, measure: Measure, quantile: Quantile) -> str:
    """The shortest and the longest time and where they lie, today's, and what stands out."""
    told = [(seconds, cell) for cell in found.cells if (seconds := seconds_of(cell, measure, quantile)) is not None]
    what = f"{MEASURE_TITLES[measure]} ({QUANTILE_TITLES[quantile]})"
    if not told:
        return f"{what}: nothing is recommended in any cell."
    (least, quick), (most, slow) = min(told, key=lambda one: one[0]), max(told, key=lambda one: one[0])
    ending = f"{format_duration(most)} ({place(found, slow)})"
    parts = [f"{what}: from {format_duration(least)} ({place(found, quick)}) to {ending}."]
    if found.today is not None and (own := found.today.interval(measure)) is not None:
        parts.append(f"Today, {place(found, found.today)}: {with_span(own)}.")
    names = letters(found)
    parts.append(
        "The recommendation is the same everywhere."
        if len(names) == 1
        else f"{len(names)} recommendations; most often {printable(next(iter(names)))}, in "
        f"{sum(cell.label == next(iter(names)) for cell in found.cells)} of {plural(len(found.cells), 'cell')}."
    )
    stuck = sum(cell.converges is False for cell in found.cells)
    if stuck:
        parts.append(f"{plural(stuck, 'cell')} {'does' if stuck == 1 else 'do'} not converge.")
    for state in (State.IMPOSSIBLE, State.FORBIDDEN):
        count = sum(cell.state is state for cell in found.cells)
        if count:
            parts.append(f"In {plural(count, 'cell')} {'it is not possible' if state is State.IMPOSSIBLE else state}.")
    return " ".join(parts)


def heat_map_legend(found: Sensitivity) -> tuple[str, ...]:
    """How to read the heat map: only what is on it."""
    said = ["Darker is longer."]
    if len(letters(found)) > 1:
        said.append("A thick line parts cells whose recommendation differs; its letter stands in the cell.")
        said.append(
            "Options are held at the quantile of the risk, and chosen by it: across a line the median may rise."
        )
    if any(cell.converges is False for cell in found.cells):
        endless = any(cell.converges is False and cell.endless for cell in found.cells)
        then = "it goes on until somebody ends it" if endless else "the pass limit forces the switchover"
        said.append(f"Hatched: some VM does not converge, {then}.")
    if found.today is not None:
        said.append("A dot and a frame mark today's cell.")
    if any(cell.state is State.IMPOSSIBLE for cell in found.cells):
        said.append("×: the values contradict each other.")
    if any(cell.state is State.FORBIDDEN for cell in found.cells):
        said.append("–: rules forbid every option.")
    return tuple(said)


def reasons_told(found: Sensitivity) -> tuple[str, ...]:
    """Why cells have no answer, each reason once with its cells counted."""
    counts = Counter((cell.state, cell.reason) for cell in found.cells if cell.reason)
    return tuple(
        f"{str(state)[:1].upper()}{str(state)[1:]} in {plural(count, 'cell')}: {printable(str(reason))}"
        for (state, reason), count in counts.items()
    )


def worth_drawing(factors: Sequence[Measurement]) -> tuple[Measurement, ...]:
    """The factors whose knowledge narrows the interval by half a percent or more."""
    return tuple(one for one in factors if one.width_before / one.width_after >= WORTH_DRAWING)


def uncertainty_finding(found: Uncertainty) -> str:
    """How wide the interval is, what widens it most, and by how much knowing it would narrow it."""
    if found.label is None or found.drain_s is None:
        return "Nothing is allowed, so there is no interval."
    wide = f"With {printable(found.label)} all moves take {with_span(found.drain_s)}"
    shown = worth_drawing(found.factors)
    if not shown:
        return f"{wide}; nothing that can be measured narrows that by half a percent."
    first, others = shown[0], len(found.factors) - len(shown)
    text = (
        f"{wide}: p95 is {number(found.width)} times p05. What widens it most is {first.what}; knowing it leaves "
        f"{number(first.width_after)} times."
    )
    return f"{text} {plural(others, 'other factor')} would narrow it by less than half a percent." if others else text
