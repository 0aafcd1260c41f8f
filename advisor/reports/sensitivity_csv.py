"""The cells of a sensitivity as CSV, a row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from advisor.domain.answers import Interval
from advisor.domain.sensitivity import Cell, Sensitivity
from advisor.reports.csv import csv_rows

_TIMES: Final[dict[str, Callable[[Cell], Interval | None]]] = {
    "total_s": lambda cell: cell.vm_total_s,
    "drain_s": lambda cell: cell.drain_s,
    "blackout_s": lambda cell: cell.blackout_s,
}


def sensitivity_csv(found: Sensitivity) -> str:
    """Every cell, from the lowest values of both inputs on; the first two columns are called as the inputs are.

    Notes
    -----
    ``total_s`` is the longest move of a single VM, ``drain_s`` all moves. What is not known stays empty.
    """
    rows = [row_of(found, cell) for cell in found.cells]
    return csv_rows(list(rows[0]), rows)


def row_of(found: Sensitivity, cell: Cell) -> dict[str, object]:
    """One cell as columns."""
    times = {
        f"{name}_{quantile}": None if (interval := read(cell)) is None else getattr(interval, quantile)
        for name, read in _TIMES.items()
        for quantile in Interval.model_fields
    }
    return {
        found.across.input: cell.across,
        found.up.input: cell.up,
        "state": cell.state.value,
        "recommended": cell.label,
        "transport": cell.transport and cell.transport.value,
        "simultaneous": cell.simultaneous,
        **times,
        "converges": cell.converges,
        "endless": cell.endless,
        "verdict": cell.verdict and cell.verdict.value,
        "reason": cell.reason,
    }
