"""How an answer hangs on its inputs: a grid over two of them, and what makes the interval wide."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Literal, Self

from pydantic import model_validator

from advisor.domain.answers import Interval, Measurement, Verdict
from advisor.domain.options import Transport
from advisor.domain.word import Word, field

Quantile = Literal["p05", "p50", "p95"]
"""Which end of a 90 % interval, or its middle."""


class Measure(StrEnum):
    """What of a cell is read."""

    TOTAL = "total time"
    BLACKOUT = "blackout"
    DRAIN = "drain time"


class State(StrEnum):
    """What came of a cell."""

    ANSWERED = "answered"
    FORBIDDEN = "nothing is allowed"
    IMPOSSIBLE = "not possible"


class Axis(Word):
    """An input and the values it takes along one side of the grid."""

    input: str = field(..., "Name of the input, such as nics.speed_gbps", max_length=64)
    values: tuple[float, ...] = field(..., "Values, rising", min_length=1, max_length=25)

    @model_validator(mode="after")
    def _values_rise(self) -> Self:
        if any(after <= before for before, after in pairwise(self.values)):
            raise ValueError("values must rise, each given once")
        return self


class Cell(Word):
    """What is recommended with one value of either input. Numbers are of that option; none: there is none."""

    across: float = field(..., "Value of the input across")
    up: float = field(..., "Value of the input up")
    state: State = field(..., "What came of it")
    reason: str | None = field(None, "Why nothing is recommended")
    label: str | None = field(None, "The recommended option: name and changes")
    transport: Transport | None = field(None, "Transport asked for")
    verdict: Verdict | None = field(None, "How it stands")
    simultaneous: int | None = field(None, "Moves at once")
    vm_total_s: Interval | None = field(None, "The longest move of a single VM, from its own start", unit="s")
    drain_s: Interval | None = field(None, "Until the last VM runs at its destination", unit="s")
    blackout_s: Interval | None = field(None, "Longest blackout of any VM", unit="s")
    converges: bool | None = field(None, "Every VM meets the stop rule before the pass limit")
    endless: bool | None = field(None, "What does not converge goes on until somebody ends it")

    def interval(self, measure: Measure) -> Interval | None:
        """What is read of it [s]; none where nothing is recommended."""
        by_measure = {Measure.TOTAL: self.vm_total_s, Measure.BLACKOUT: self.blackout_s, Measure.DRAIN: self.drain_s}
        return by_measure[measure]


class Sensitivity(Word):
    """The recommendation over a grid of two inputs."""

    across: Axis = field(..., "Input from left to right")
    up: Axis = field(..., "Input from bottom to top")
    cells: tuple[Cell, ...] = field(..., "Row by row from the bottom, each from left to right")
    across_today: float | None = field(None, "The scenario's own value; none: not the same of all, or not given")
    up_today: float | None = field(None, "The scenario's own value; none: not the same of all, or not given")
    card: str = field(..., "Model card used")

    @property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The cells by row, the lowest value up first."""
        width = len(self.across.values)
        return tuple(self.cells[at : at + width] for at in range(0, len(self.cells), width))

    @property
    def today(self) -> Cell | None:
        """The cell that is the scenario itself; none where it is not on the grid."""
        return next((one for one in self.cells if (one.across, one.up) == (self.across_today, self.up_today)), None)


class Uncertainty(Word):
    """What makes the interval of a scenario's total time wide."""

    label: str | None = field(None, "The recommended option; none: nothing is allowed")
    drain_s: Interval | None = field(None, "Until the last VM runs at its destination", unit="s")
    width: float = field(1.0, "p95/p05 of it, with the likeliest luck")
    factors: tuple[Measurement, ...] = field((), "What is not known, that which widens it most first")
    card: str = field(..., "Model card used")
