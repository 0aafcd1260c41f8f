"""How far repeats of the same move lie apart: the floor that no model's error goes below."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Final

from advisor.domain.runs import MeasuredRun

# What was found of a run; everything else about it was asked for, and tells the cell it belongs to.
_FOUND: Final = frozenset(
    {
        "run_id", "batch_id", "repeat", "source", "host_cpu_busy", "links_used", "vm_nonzero_gib", "total_s",
        "blackout_ms", "sent_gib", "passes", "outcome", "src_cpu_s", "dst_cpu_s", "extra_columns",
        "core_speed", "background_found_gbps",
    }
)  # fmt: skip
_CELL: Final = tuple(name for name in MeasuredRun.model_fields if name not in _FOUND)
_EXTRA: Final = ("busy_source_cores", "busy_destination_cores")


@dataclass(frozen=True, slots=True)
class Spread:
    """How far repeats lie apart in one group of cells.

    Attributes
    ----------
    transport, teaming, simultaneous : what the group's cells share; "any" where they do not. `simultaneous` is
        "1" or "2+".
    cells, runs : how many.
    total_median, total_p90 : error of total time that remains to a model which knows each cell's truth, a share.
    blackout_median, blackout_p90 : the same of the blackout, a share.
    blackout_median_ms, blackout_p90_ms : the same in milliseconds.
    """

    transport: str
    teaming: str
    simultaneous: str
    cells: int
    runs: int
    total_median: float
    total_p90: float
    blackout_median: float | None
    blackout_p90: float | None
    blackout_median_ms: float | None
    blackout_p90_ms: float | None


@dataclass(frozen=True, slots=True)
class Noise:
    """The spread of all repeated cells together, of each transport, and of each kind of case."""

    spreads: tuple[Spread, ...]
    left_out: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"spreads": [asdict(spread) for spread in self.spreads], "left_out": self.left_out}


@dataclass(frozen=True, slots=True)
class _Cell:
    transport: str
    teaming: str
    simultaneous: str
    runs: tuple[MeasuredRun, ...]

    def pairs(self) -> list[tuple[MeasuredRun, MeasuredRun]]:
        """Runs of different repeats."""
        return [(one, other) for one, other in combinations(self.runs, 2) if one.repeat != other.repeat]


def noise(runs: Iterable[MeasuredRun]) -> Noise:
    """The repeat-to-repeat spread of total time and blackout.

    A cell is one move of one study. For each pair of its repeats the difference over the square root
    of two stands for one run's deviation from the cell's truth: of independent normal deviations it
    has the very distribution, and it needs no estimate of the truth, which three repeats cannot give.
    Each cell weighs the same. Failed runs and cells without a repeat are left out.

    Parameters
    ----------
    runs : measured runs; one without a repeat's number counts as a repeat of its own.

    Examples
    --------
    >>> same = {"study": "s", "platform": "qemu", "transport": "tcpip"}
    >>> runs = [MeasuredRun(run_id=f"r{at}", repeat=at, total_s=9.8 + at / 10, **same) for at in (1, 3)]
    >>> round(noise(runs).spreads[0].total_median, 4)
    0.0141
    """
    known = [run for run in runs if run.outcome != "failed" and run.total_s is not None]
    numbered = [
        run if run.repeat is not None else run.model_copy(update={"repeat": -at}) for at, run in enumerate(known)
    ]
    grouped: dict[tuple[Any, ...], list[MeasuredRun]] = {}
    for run in numbered:
        key = (*(getattr(run, name) for name in _CELL), *(run.extra_columns.get(name) for name in _EXTRA))
        grouped.setdefault(key, []).append(run)
    cells = [_cell(own) for own in grouped.values()]
    repeated = [cell for cell in cells if cell.pairs()]
    left_out = len(known) - sum(len(cell.runs) for cell in repeated)
    groups: dict[tuple[str, str, str], list[_Cell]] = {}
    for cell in repeated:
        for key in (_ANY, (cell.transport, "any", "any"), (cell.transport, cell.teaming, cell.simultaneous)):
            groups.setdefault(key, []).append(cell)
    return Noise(tuple(_spread(key, groups[key]) for key in sorted(groups, key=_place)), left_out)


_ANY: Final = ("any", "any", "any")


def _place(key: tuple[str, str, str]) -> tuple[Any, ...]:
    """The whole first, then transport by transport."""
    return tuple(("" if part == "any" else part) for part in key)


def _cell(runs: Sequence[MeasuredRun]) -> _Cell:
    first = runs[0]
    at_once = "any" if first.simultaneous is None else "1" if first.simultaneous == 1 else "2+"
    return _Cell(first.transport.value, first.teaming or "none", at_once, tuple(runs))


def _spread(key: tuple[str, str, str], cells: Sequence[_Cell]) -> Spread:
    totals = _deviations(cells, lambda run: run.total_s, relative=True)
    shares = _deviations(cells, lambda run: run.blackout_ms, relative=True)
    times = _deviations(cells, lambda run: run.blackout_ms, relative=False)
    return Spread(
        *key,
        len(cells),
        sum(len(cell.runs) for cell in cells),
        _quantile(totals, 0.5) or 0.0,
        _quantile(totals, 0.9) or 0.0,
        _quantile(shares, 0.5),
        _quantile(shares, 0.9),
        _quantile(times, 0.5),
        _quantile(times, 0.9),
    )


def _deviations(
    cells: Sequence[_Cell], figure: Callable[[MeasuredRun], float | None], *, relative: bool
) -> list[tuple[float, float]]:
    """(deviation, weight) of every pair; the weights of a cell add up to one."""
    found = []
    for cell in cells:
        own = []
        for one, other in cell.pairs():
            left, right = figure(one), figure(other)
            if left is not None and right is not None and (not relative or left + right > 0):
                scale = (left + right) / 2 if relative else 1.0
                own.append(abs(left - right) / math.sqrt(2) / scale)
        found += [(deviation, 1.0 / len(own)) for deviation in own]
    return found


def _quantile(weighted: Sequence[tuple[float, float]], share: float) -> float | None:
    """The smallest value at or below which a share of the weight lies."""
    whole, below = sum(weight for _, weight in weighted), 0.0
    for value, weight in sorted(weighted):
        below += weight
        if below >= share * whole * (1 - 1e-12):
            return value
    return None
