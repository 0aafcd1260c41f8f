"""How long the trips of a patch night take, in every variant, and what moves at a price in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.adjust import Adjusted, adjusted, facts_of
from advisor.advice.lanes import Walk
from advisor.advice.predict import rests_on, unexplained
from advisor.domain.answers import Basis, Interval
from advisor.domain.drain import Blocker
from advisor.fleet.bound import Bound, lower_bound
from advisor.fleet.disks import disks_of
from advisor.fleet.ground import Ground, ground_of
from advisor.fleet.in_force import Setting
from advisor.fleet.night import Round, Trip
from advisor.fleet.night_walk import Walks, walked_together
from advisor.fleet.one_cluster import OneCluster
from advisor.fleet.order import Order, best_order, plain_order
from advisor.fleet.priced import does_not_converge
from advisor.precopy.batch import PER_MOVE, Batch
from advisor.residual.basis import PROVEN
from advisor.residual.spread import combine, swings

Floats = NDArray[np.float64]

# Numbers of moves at once that a trip is walked with; the longest drain alone is worth a search.
_AT_ONCE_TRIED: Final = (1, 2, 3, 4, 8, 16, 32)
# More at once must be better by more than this: the fewer at once, the less gets dirty.
_WORTH_IT: Final = 0.002
# Two moves that take equally long end no sooner with three slots than with two, but with four.
_IN_VAIN_AT_MOST: Final = 2
_MIDDLE: Final = np.zeros(1, dtype=np.intp)


@dataclass(frozen=True)
class Times:
    """How long the trips of a round take, simulated in every variant: the middle, then low and high of each factor.

    Attributes
    ----------
    out_s, back_s : (trips, variants) by node in turn [s].
    factors : what is varied.
    out_luck_s, back_luck_s : (trips, outcomes) the same at the middle in each outcome of luck [s].
    odds : how likely each outcome is; the likeliest has the middle of `out_s`.
    extra : what no factor explains of the logarithm, down and up.
    binds : what holds the longest drain up, and its ground.
    out_at_once, back_at_once : by node in turn, moves at once; 0 where nothing moves.
    endless : VMs that do not converge.
    """

    out_s: Floats
    back_s: Floats
    factors: tuple[str, ...]
    out_luck_s: Floats
    back_luck_s: Floats
    odds: tuple[float, ...]
    extra: tuple[float, float]
    binds: Bound | None
    ground: Ground | None
    basis: Basis
    out_at_once: tuple[int, ...]
    back_at_once: tuple[int, ...]
    endless: tuple[Blocker, ...] = ()


class Grounds:
    """The ground of every trip, once each."""

    def __init__(self, one: OneCluster, setting: Setting) -> None:
        self._one, self._setting = one, setting
        self._open = one.open_columns()
        self._kept: dict[Trip, Ground] = {}

    def of(self, trip: Trip) -> Ground:
        """The ground of a trip that moves something."""
        if trip not in self._kept:
            self._kept[trip] = ground_of(
                self._setting,
                trip.ends,
                [self._one.traits[row] for row in trip.rows],
                open_columns=self._open,
                disks=disks_of(self._one, trip.rows),
                among=trip.among,
            )
        return self._kept[trip]


def times_of(one: OneCluster, setting: Setting, night: Round) -> Times:
    """How long the trips take: every one of them simulated in every variant, with as many moves at once as suits it.

    In a variant all trips have the same factor at its low or its high, so that their sum is a night that may be.
    What a card has learned is put on all of them as on the longest drain, whose best order is searched for.
    """
    own = _Trips(one, setting, night)
    first = {}
    if own.longest is not None:
        trip = own.longest
        first[0, trip] = best_order(own.grounds.of(trip), trip.ends, setting.slots(trip.node))[0]
    return _simulated([own], first)[0]


def times_of_each(one: OneCluster, nights: Sequence[tuple[Setting, Round]]) -> list[Times]:
    """The same of several settings and rounds, all walked side by side; every trip goes longest first."""
    return _simulated([_Trips(one, setting, night) for setting, night in nights], {})


@dataclass(frozen=True)
class _Trips:
    """The trips of a round that move something, under a setting."""

    one: OneCluster
    setting: Setting
    night: Round

    @cached_property
    def grounds(self) -> Grounds:
        """The ground of each."""
        return Grounds(self.one, self.setting)

    @cached_property
    def every(self) -> list[Trip]:
        """There and back."""
        return [trip for trip in (*self.night.out, *self.night.back) if trip.rows]

    @cached_property
    def longest(self) -> Trip | None:
        """The drain with most memory; None where nothing moves."""
        drains = [trip for trip in self.night.out if trip.rows]
        return max(drains, key=lambda trip: self.one.memory_gib[list(trip.rows)].sum(), default=None)

    def times(self, orders: Mapping[Trip, Order], batches: Mapping[Trip, Batch]) -> Times:
        """How long they take, from how they were walked."""
        one, setting, night, grounds, longest = self.one, self.setting, self.night, self.grounds, self.longest
        if longest is None:
            nothing, none = np.zeros((len(night.out), 1)), (0,) * len(night.out)
            return Times(
                nothing, nothing, (), nothing, nothing, (1.0,), (0.0, 0.0), None, None, Basis.PHYSICS, none, none
            )
        ground = grounds.of(longest)
        learned = _learned(one, setting, longest, ground, batches[longest])
        if any(grounds.of(trip).disk_rows for trip in self.every):
            # No run behind any card moved disks.
            learned = replace(learned, basis=Basis.PHYSICS)
        factors = tuple(dict.fromkeys(name for trip in self.every for name in grounds.of(trip).factors))
        ratio = _in_order(learned.ratio, ground.factors, factors)

        def seconds(own: Sequence[Trip]) -> tuple[Floats, Floats]:
            main_s, luck_s = np.zeros((len(night.out), ratio.size)), np.zeros((len(night.out), len(ground.odds)))
            for i, trip in enumerate(own):
                if trip.rows:
                    total, each = batches[trip].total_s, grounds.of(trip)
                    main_s[i] = _in_order(total, each.factors, factors) * ratio
                    # Where luck has other outcomes than on the longest drain, its likeliest stands for all.
                    luck = each.luck if each.odds == ground.odds else (0,) * len(ground.odds)
                    luck_s[i] = total[list(luck)] * ratio[0]
            return main_s, luck_s

        out_s, out_luck_s = seconds(night.out)
        back_s, back_luck_s = seconds(night.back)
        out_at_once, back_at_once = (
            tuple(orders[trip].at_once if trip.rows else 0 for trip in own) for own in (night.out, night.back)
        )
        return Times(
            out_s=out_s,
            back_s=back_s,
            factors=factors,
            out_luck_s=out_luck_s,
            back_luck_s=back_luck_s,
            odds=ground.odds,
            extra=unexplained(learned.basis, learned.found.time_extra),
            binds=lower_bound(ground, longest.ends, setting.slots(longest.node)),
            ground=ground,
            basis=learned.basis,
            out_at_once=out_at_once,
            back_at_once=back_at_once,
            endless=tuple(_endless(one, grounds, batches, learned)),
        )


_Which = tuple[int, Trip]


def _simulated(nights: Sequence[_Trips], first: Mapping[_Which, Order]) -> list[Times]:
    """All of them walked side by side in every variant, in the orders that are given and the best of others."""
    every: list[_Which] = [(k, trip) for k, own in enumerate(nights) for trip in own.every]
    orders = {**first, **_orders(nights, [which for which in every if which not in first])}
    walks = [Walks.in_every_variant(trip, nights[k].grounds.of(trip), orders[k, trip]) for k, trip in every]
    batches = dict(zip(every, walked_together(walks), strict=True))
    return [
        own.times({trip: orders[k, trip] for trip in own.every}, {trip: batches[k, trip] for trip in own.every})
        for k, own in enumerate(nights)
    ]


def _orders(nights: Sequence[_Trips], every: Sequence[_Which]) -> dict[_Which, Order]:
    """Longest first, with the number of moves at once that ends the trip soonest: more while they help."""
    left = {
        (k, trip): _longest_first(nights[k].grounds.of(trip), nights[k].setting.slots(trip.node)) for k, trip in every
    }
    orders: dict[_Which, Order] = {}
    ended_s, in_vain = dict.fromkeys(left, np.inf), dict.fromkeys(left, 0)
    while left:
        tried = [
            Walks(trip, nights[k].grounds.of(trip), (several.pop(0),), _MIDDLE) for (k, trip), several in left.items()
        ]
        for which, walks, batch in zip(tuple(left), tried, walked_together(tried), strict=True):
            total_s = float(batch.total_s[0])
            in_vain[which] += 1
            if total_s < ended_s[which] * (1 - _WORTH_IT):
                orders[which], ended_s[which], in_vain[which] = walks.orders[0], total_s, 0
        left = {which: more for which, more in left.items() if more and in_vain[which] < _IN_VAIN_AT_MOST}
    return orders


def _longest_first(ground: Ground, limit: int) -> list[Order]:
    """The longest moves first, fewest at once first."""
    seconds = ground.alone.seconds[:, 0]
    rows, most = np.argsort(-seconds, kind="stable").tolist(), min(limit, seconds.size)
    return [plain_order(rows, at_once) for at_once in (*(one for one in _AT_ONCE_TRIED if one < most), most)]


@dataclass(frozen=True)
class Learned:
    """What a card has learned, of the longest drain.

    Attributes
    ----------
    basis, dark_basis : what times and blackouts rest on.
    found : the drain's own numbers.
    ratio : (1 + 2 factors,) what its time is multiplied by.
    """

    basis: Basis
    dark_basis: Basis
    found: Adjusted
    ratio: Floats


def _learned(one: OneCluster, setting: Setting, trip: Trip, ground: Ground, batch: Batch) -> Learned:
    main = Batch.of([getattr(batch, name)[:, : ground.main] for name in PER_MOVE])
    traits = [one.traits[row] for row in trip.rows]
    largest = max(trait.memory_bytes for trait in traits)
    rests, dark_rests = rests_on(ground.case, setting.card, largest, len(traits), float(main.passes[:, 0].max()))
    walk = Walk(main, ground.capacity, ground.moves.at(np.arange(ground.main)))
    facts = facts_of(setting.platform, ground.case, ground.factors, walk, traits)
    proven = rests in PROVEN and not ground.disk_rows
    found = adjusted(ground.case, ground.factors, main, facts, setting.card, proven=proven)
    return Learned(rests, dark_rests, found, found.total_s / main.total_s)


def _in_order(total: Floats, own: Sequence[str], factors: Sequence[str]) -> Floats:
    """(1 + 2 factors,) of a trip; a factor that it does not have leaves it at its middle."""
    pairs = dict(zip(own, total[1 : 1 + 2 * len(own)].reshape(-1, 2), strict=True))
    return np.concatenate([total[:1], *(pairs.get(name, total[[0, 0]]) for name in factors)])


def _endless(one: OneCluster, grounds: Grounds, batches: Mapping[Trip, Batch], learned: Learned) -> Iterator[Blocker]:
    """VMs that do not converge at the middle, each at the trip on which it is dark longest."""
    factor = float(np.median(learned.found.blackout_factor))
    down, up = unexplained(learned.dark_basis, learned.found.vm_blackout_extra)
    found: dict[int, tuple[float, Blocker]] = {}
    for trip, batch in batches.items():
        ground = grounds.of(trip)
        for i in np.flatnonzero(~batch.converged[:, 0]).tolist():
            dark = batch.blackout_s[i, : ground.main] * factor
            spread = combine(
                dark[:1], *swings(dark[:1], dark[1::2, None], dark[2::2, None]), (np.max(down), np.max(up))
            )
            low, middle, high = (float(spread.quantile(share)[0]) for share in (0.05, 0.5, 0.95))
            row = trip.rows[i]
            if row not in found or middle > found[row][0]:
                interval = Interval(p05=low, p50=middle, p95=high)
                name, node = str(one.vms.vm[row]), one.hosts[int(one.vms.host[row])].host
                found[row] = middle, does_not_converge(name, node, float(batch.passes[i, 0]), interval)
    return (blocker for _, (_, blocker) in sorted(found.items()))
