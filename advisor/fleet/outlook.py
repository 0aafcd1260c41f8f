"""When each move of an order starts and ends, how long it is dark, and when all is over: with intervals.

Every factor is varied alone and the whole order walked again with it; the swings are combined as those of any other
answer (`residual.spread`). A quantile of the end is that of the simulated end, never a sum of quantiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from advisor.advice.adjust import Adjusted, adjusted, facts_of
from advisor.advice.lanes import Walk
from advisor.advice.predict import rests_on, unexplained
from advisor.advice.traits import Traits
from advisor.domain.answers import Basis, Interval
from advisor.domain.options import Transport
from advisor.fleet.bound import Bound, lower_bound
from advisor.fleet.choices import Choices
from advisor.fleet.ground import Ground
from advisor.fleet.in_force import Setting
from advisor.fleet.order import Order, walked
from advisor.precopy.batch import PER_MOVE, Batch
from advisor.residual.basis import PROVEN
from advisor.residual.spread import Modes, Spread, combine, swings
from advisor.units import bytes_s_to_gbps

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SHARES = (0.05, 0.5, 0.95)
# Less than this is now [s].
_NOW_S = 1e-3


@dataclass(frozen=True)
class Outlook:
    """What becomes of an order.

    Attributes
    ----------
    begin, end, own, dark : by move, when it starts and ends, how long it takes, how long it is dark [s].
    total : the end of the last move, (1,) [s].
    bound : the same of what no order beats.
    binds : what that bound counts.
    passes, converged : by move, at the middle.
    basis, dark_basis : what times and blackouts rest on.
    """

    begin: Modes
    end: Modes
    own: Modes
    dark: Modes
    total: Modes
    bound: Modes
    binds: Bound
    passes: Floats
    converged: Bools
    basis: Basis
    dark_basis: Basis

    @cached_property
    def starts(self) -> tuple[Interval, ...]:
        """By move, when it starts [s]."""
        return _intervals([np.where(one < _NOW_S, 0.0, one) for one in _quantiles(self.begin)])

    @cached_property
    def ends(self) -> tuple[Interval, ...]:
        """By move, when its VM runs at the destination [s]."""
        starts = _quantiles(self.begin)
        return _intervals([np.maximum(end, start) for end, start in zip(_quantiles(self.end), starts, strict=True)])

    @cached_property
    def takes(self) -> tuple[Interval, ...]:
        """By move, how long it takes, others under way [s]."""
        return _intervals(_quantiles(self.own))

    @cached_property
    def darks(self) -> tuple[Interval, ...]:
        """By move, how long it runs nowhere [s]."""
        return _intervals(_quantiles(self.dark))

    @cached_property
    def end_s(self) -> Interval:
        """When the last VM runs at its destination [s]."""
        return Interval(p05=self.quantile(0.05), p50=self.quantile(0.5), p95=self.quantile(0.95))

    def quantile(self, share: float) -> float:
        """Quantile of the end of the last move: never before that of any one move [s]."""
        return max(float(self.total.quantile(share)[0]), float(self.end.quantile(share).max()))

    @property
    def bound_s(self) -> float:
        """Median of the time that no order beats [s]."""
        return float(self.bound.quantile(0.5)[0])


def _quantiles(modes: Modes) -> list[Floats]:
    return [modes.quantile(share) for share in _SHARES]


def _intervals(three: Sequence[Floats]) -> tuple[Interval, ...]:
    low, middle, high = (one.tolist() for one in three)
    return tuple(Interval(p05=a, p50=b, p95=c) for a, b, c in zip(low, middle, high, strict=True))


def outlook_of(
    setting: Setting,
    ground: Ground,
    ends: Sequence[tuple[int, int]],
    order: Order,
    traits: Sequence[Traits],
    choices: Choices | None = None,
    saved: frozenset[int] = frozenset(),
) -> Outlook:
    """Walk an order in every variant of the ground.

    Parameters
    ----------
    ends, traits : source and destination, and VM, of each move.
    choices : for the bound, the nodes that might have been chosen; not given: there was no choice.
    saved : moves that are quick migrations: dark from their start to their end.
    """
    limit = setting.slots(ends[0][0])
    bounds = (
        [lower_bound(ground, ends, limit, at) for at in ground.luck]
        if choices is None
        else [choices.bound(limit, at) for at in choices.ground.luck]
    )
    columns = np.arange(ground.variants)
    batch = walked(ground, ends, [order] * ground.variants, columns)
    quick = np.isin(np.arange(len(ends)), list(saved))
    batch.blackout_s = np.where(quick[:, None], batch.end_s - batch.begin_s, batch.blackout_s)
    batch.converged = batch.converged | quick[:, None]
    main = Batch.of([getattr(batch, name)[:, : ground.main] for name in PER_MOVE])
    case, card = ground.case, setting.card
    largest = max(one.memory_bytes for one in traits)
    rests, dark_rests = rests_on(case, card, largest, len(ends), float(main.passes[:, 0].max()))
    if ground.disk_rows:
        # No run behind any card moved disks.
        rests = Basis.PHYSICS
    walk = Walk(main, ground.capacity, ground.moves.at(columns[: ground.main]))
    facts = facts_of(setting.platform, case, ground.factors, walk, list(traits))
    found = adjusted(case, ground.factors, main, facts, card, proven=rests in PROVEN)
    ratio = float(found.total_s[0] / main.total_s[0])
    extra = unexplained(rests, found.time_extra)
    dark_extra = _spread_of_darks(quick, unexplained(dark_rests, found.vm_blackout_extra), extra)
    dark_factor = np.where(quick, ratio, found.blackout_factor)
    dark = np.where(quick[:, None], main.blackout_s * ratio, found.vm_blackout_s)
    return Outlook(
        begin=_modes(ground, main.begin_s * ratio, extra, batch.begin_s * ratio),
        end=_modes(ground, main.end_s * ratio, extra, batch.end_s * ratio),
        own=_modes(ground, (main.end_s - main.begin_s) * ratio, extra, (batch.end_s - batch.begin_s) * ratio),
        dark=_modes(ground, dark, dark_extra, batch.blackout_s * dark_factor[:, None]),
        total=_modes(ground, found.total_s[None], extra, batch.total_s[None] * ratio),
        bound=_bound(ground, bounds, found, ratio, extra),
        binds=bounds[ground.luck.index(0)],
        passes=main.passes[:, 0],
        converged=main.converged[:, 0],
        basis=rests,
        dark_basis=dark_rests,
    )


Extra = tuple[float | Floats, float | Floats]


def _spread_of_darks(quick: Bools, live: Extra, times: Extra) -> Extra:
    """What no factor explains of blackouts; a saved state is as uncertain as a time."""
    down, up = (np.where(quick, time, one) for one, time in zip(live, times, strict=True))
    return down, up


def _modes(ground: Ground, values: Floats, extra: Extra, every: Floats) -> Modes:
    """Spread of (n, variants) values in every outcome of luck."""
    moved = values.T
    spread = combine(moved[0], *swings(moved[0], moved[1::2], moved[2::2]), extra)
    return Modes(tuple(replace(spread, middle=every[:, at]) for at in ground.luck), ground.odds)


def _bound(ground: Ground, bounds: Sequence[Bound], found: Adjusted, ratio: float, extra: tuple[float, float]) -> Modes:
    """The bound in every outcome of luck, as far around its middle as the total is around its own."""
    total = found.total_s
    spread = combine(total[:1], *swings(total[:1], total[1::2, None], total[2::2, None]), extra)
    own = [np.array([one.seconds * ratio]) for one in bounds]
    return Modes(tuple(Spread(middle, spread.down, spread.up) for middle in own), ground.odds)


def limit_words(ground: Ground, binds: Bound, transport: Transport) -> str:
    """What binds the time, for people."""
    capacity = ground.capacity
    if "links" in binds.by:
        return f"{capacity.binding}, {bytes_s_to_gbps(float(capacity.link[0])):.1f} Gbit/s"
    if "processors" in binds.by and transport is Transport.COMPRESSION:
        memory = bytes_s_to_gbps(float(capacity.processor[0]))
        return f"idle cores for compression, {memory:.1f} Gbit/s of memory"
    return {
        "per-VM cost": "the serial cost of each VM, which no network cures",
        "slots": "the number of simultaneous moves",
        "slots at the other ends": "the number of simultaneous moves that the nodes which take VMs allow",
        "storage of disks": "the storage that disks are copied from",
        "storage of disks at the other ends": "the storage that disks are copied to",
        "the longest move": "the longest move, which no order shortens",
        "storage migrations": "storage migrations: disks are copied before memory, few at a time",
        "the storage": "the storage that saved states are written to and read from",
    }.get(binds.by, binds.by)
