"""Quantiles of every host's drain under one option each: all outcomes of luck, and what the model card adds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from advisor.advice.predict import rests_on
from advisor.domain.answers import Basis
from advisor.fleet.drains import Drains, drains
from advisor.fleet.hosted import Hosted
from advisor.fleet.kinds import Kind
from advisor.fleet.learning import BASES, Added, added
from advisor.fleet.ready import Kinded, Options, Ready, make_ready
from advisor.fleet.spreads import Spreads

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Hosts under one option each, (hosts,).

    Attributes
    ----------
    ready, middle : rates and drains with the likeliest luck.
    total, dark : the drain and its longest blackout, over all luck [s].
    basis, dark_basis : what the two rest on, positions in `BASES`.
    learned : what the cards added to each host's largest VM, and so to the host.
    """

    ready: Ready
    middle: Drains
    total: Spreads
    dark: Spreads
    basis: Ints
    dark_basis: Ints
    learned: Added


def likeliest(kinded: Kinded, options: Options) -> dict[int, tuple[int, float]]:
    """Each cell's option with its likeliest luck."""
    return {cell: (k, _outcomes(kinded, cell, k)[0][0]) for cell, k in options.items()}


def _outcomes(kinded: Kinded, cell: int, k: int) -> list[tuple[float, float]]:
    """Members in use and odds of an option, likeliest first."""
    kind, pair = kinded.cells[cell]
    return sorted(kind.case(pair, k).path.occupancy, key=lambda mode: -mode[1])


def forecast(hosted: Hosted, kinded: Kinded, options: Options) -> Forecast:
    """Every host under the option of its cell; cells without one must have no hosts."""
    ready = make_ready(hosted, kinded, likeliest(kinded, options))
    found = drains(hosted, ready)
    odds, totals, darks = _by_luck(hosted, kinded, options, found)
    basis, dark_basis = _bases(hosted, kinded, options, ready.slots, found.passes)
    learned = added(hosted, kinded, options, ready, found.largest, basis, dark_basis).on_memory(found.memory_share)
    return Forecast(
        ready,
        found,
        Spreads(totals * learned.ratio, odds, np.hypot(found.down, learned.down), np.hypot(found.up, learned.up)),
        Spreads(
            darks * learned.dark_ratio,
            odds,
            np.hypot(found.dark_down, learned.dark_down),
            np.hypot(found.dark_up, learned.dark_up),
        ),
        basis,
        dark_basis,
        learned,
    )


def lucky_parts(kinded: Kinded, options: Options) -> list[tuple[dict[int, tuple[int, float]], dict[int, float]]]:
    """Outcomes of luck beside the likeliest: the cells' options with each, and its odds there."""
    outcomes = {cell: _outcomes(kinded, cell, k) for cell, k in options.items()}
    most = max((len(own) for own in outcomes.values()), default=1)
    return [
        (
            {cell: (options[cell], own[at][0]) for cell, own in outcomes.items() if len(own) > at},
            {cell: own[at][1] for cell, own in outcomes.items() if len(own) > at},
        )
        for at in range(1, most)
    ]


def _by_luck(hosted: Hosted, kinded: Kinded, options: Options, found: Drains) -> tuple[Floats, Floats, Floats]:
    """(outcomes, hosts) odds, drains and longest blackouts at the middle."""
    first = np.array(
        [_outcomes(kinded, cell, options[cell])[0][1] if cell in options else 1.0 for cell in _cells(kinded)]
    )
    odds, totals, darks = [first[kinded.cell]], [found.total_s], [found.dark_s]
    for picks, chance in lucky_parts(kinded, options):
        (own,) = np.nonzero(np.isin(kinded.cell, list(picks)))
        part, rows = hosted.of_hosts(own)[0], kinded.of_hosts(own)
        other = drains(part, make_ready(part, rows, picks, varied=False), varied=False)
        odds.append(np.array([chance.get(cell, 0.0) for cell in _cells(kinded)])[kinded.cell])
        for values, new in ((totals, other.total_s), (darks, other.dark_s)):
            row = values[0].copy()
            row[own] = new
            values.append(row)
    return np.stack(odds), np.stack(totals), np.stack(darks)


def _cells(kinded: Kinded) -> range:
    return range(len(kinded.cells))


def _bases(hosted: Hosted, kinded: Kinded, options: Options, slots: Floats, passes: Floats) -> tuple[Ints, Ints]:
    """What times and blackouts rest on, on each host."""
    largest = hosted.most(hosted.vms.memory_bytes)
    # More VMs than may move at once say nothing more.
    columns = (kinded.cell, largest, slots, passes)
    rest = [
        _rests(*kinded.cells[cell], options[cell], *more)
        for cell, *more in zip(*(column.tolist() for column in columns), strict=True)
    ]
    basis, dark_basis = np.array(rest, dtype=np.intp).reshape(-1, 2).T
    # No run behind any card moved disks.
    copied = hosted.most(hosted.storage.used_bytes) > 0
    return np.where(copied, BASES.index(Basis.PHYSICS), basis), dark_basis


@lru_cache(maxsize=16384)
def _rests(kind: Kind, pair: int, k: int, largest_bytes: float, moves: float, passes: float) -> tuple[int, int]:
    """Positions in `BASES` of what an option on a host's VMs rests on."""
    time, dark = rests_on(kind.case(pair, k), kind.card, largest_bytes, int(moves), passes)
    return BASES.index(time), BASES.index(dark)
