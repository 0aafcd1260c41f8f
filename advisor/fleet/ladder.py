"""The ladder: what a cluster's setting can be changed into, cheapest first; and its NICs, for sizing curves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from typing import Final

from advisor.advice.prepare import resolve
from advisor.domain.costs import ChangeCost
from advisor.domain.options import Change, Option, Tier, Transport
from advisor.domain.scenario import HostPair
from advisor.fleet.kinds import Kind
from advisor.platforms import Way, changes
from advisor.platforms.platform import Offer

Pairs = tuple[HostPair, ...]
Alter = Callable[[HostPair], Offer]

_LIMITS: Final = (2, 4, 8, 16)
_TUNINGS: Final[tuple[tuple[str, ...], ...]] = ((), ("power",), ("jumbo",), ("power", "jumbo"))
_HARDWARE: Final = ("", "second_nic", "nic_25", "rdma_25", "nic_100", "rdma_100")
_ALTER: Final[Mapping[str, tuple[Alter, ...]]] = {
    "cap": (changes.smb_limit_raised,),
    "power": (changes.power_plan, changes.c_states),
    "jumbo": (changes.jumbo_frames,),
    "second_nic": (changes.second_nic,),
    "nic_25": (partial(changes.faster_nics, speed_gbps=25.0),),
    "nic_100": (partial(changes.faster_nics, speed_gbps=100.0),),
    "rdma_25": (partial(changes.rdma_nics, speed_gbps=25.0),),
    "rdma_100": (partial(changes.rdma_nics, speed_gbps=100.0),),
}
_SPEEDS_GBPS: Final = (10.0, 25.0, 40.0, 100.0)
_COUNTS: Final = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to change a setting: short names of its changes, cheapest first, their sum, and what it makes.

    `setting` names the transport and its limit, and says where teams are dissolved for it.
    """

    codes: tuple[str, ...]
    cost: float
    setting: str


@dataclass(frozen=True, eq=False)
class Ladder:
    """Changed settings as a kind whose options they are; `rungs` stand beside its options, cheapest first."""

    kind: Kind
    rungs: tuple[Rung, ...]


@lru_cache(maxsize=512)
def ladder_of(kind: Kind, k: int, costs: tuple[ChangeCost, ...]) -> Ladder:
    """Everything a setting can be changed into that no rule forbids."""
    cost: dict[str, float] = {row.change: row.cost for row in costs}
    offers: dict[tuple[Option, Pairs], Rung] = {}
    for codes, option, pairs in _offers(kind, k, set(cost)):
        ordered = tuple(sorted(codes, key=lambda code: cost[code]))
        rung = Rung(ordered, sum(cost[code] for code in ordered), _setting(option))
        made = (option, pairs)
        # A change that changes nothing is no rung, and of two ways to one end the cheaper counts.
        if codes and (made not in offers or rung.cost < offers[made].cost):
            offers[made] = rung
    problem = resolve(kind.problem.platform, kind.problem.scenario, list(offers))
    rungs = list(offers.values())
    ranked = sorted((at for at in range(len(offers)) if problem.allowed[at]), key=lambda at: (rungs[at].cost, at))
    return Ladder(
        Kind(problem, tuple(ranked), ranked[0] if ranked else 0, kind.card), tuple(rungs[at] for at in ranked)
    )


def _setting(option: Option) -> str:
    alone = ", each NIC alone" if any(change.code == "no team" for change in option.changes) else ""
    return f"{option.name}, {option.simultaneous} at a time{alone}"


def _offers(kind: Kind, k: int, may: set[str]) -> Iterator[tuple[tuple[str, ...], Option, Pairs]]:
    """Combinations of changes, each with the option and the host pairs it makes."""
    option = kind.problem.options[k]
    pairs = tuple(row[k].pair for row in kind.problem.cases)
    for hardware, tuning, capped in product(_HARDWARE, _TUNINGS, ("", "cap")):
        named = tuple(code for code in (hardware, *tuning, capped) if code)
        if not may.issuperset(named):
            continue
        made, own = _altered(pairs, named)
        if made is None:
            continue
        for way in _ways(kind, option, hardware):
            other = way.transport is not option.transport
            if (other and "transport" not in may and not hardware.startswith("rdma")) or (
                capped and not way.transport.is_smb
            ):
                continue
            for limit in (option.simultaneous, *(n for n in _LIMITS if n > option.simultaneous)):
                more = limit != option.simultaneous
                if more and "limit" not in may:
                    continue
                # RDMA NICs bring their transport with them.
                codes = (
                    *named, *(("transport",) if other and not hardware.startswith("rdma") else ()),
                    *(("limit",) if more else ()),
                )  # fmt: skip
                ready, needed = _ready(made, way)
                yield codes, _option(way, limit, (*own, *needed)), ready


def _altered(pairs: Pairs, codes: Sequence[str]) -> tuple[Pairs | None, tuple[Change, ...]]:
    """The pairs with changes made; none where one of them changes nothing on any pair."""
    made: dict[str, Change] = {}
    for code in codes:
        offers = [changes.apply_all(pair, _ALTER[code]) for pair in pairs]
        if not any(offer.changes for offer in offers):
            return None, ()
        pairs = tuple(offer.pair for offer in offers)
        made |= {change.code: change for offer in offers for change in offer.changes}
    return pairs, tuple(made.values())


def _ways(kind: Kind, option: Option, hardware: str) -> tuple[Way, ...]:
    """The ways worth a try: today's and the platform's others; with RDMA NICs theirs alone."""
    platform = kind.problem.platform
    if hardware.startswith("rdma"):
        return (platform.way(Transport.RDMA),)
    ways = [way for way in platform.ways if way.transport is option.transport]
    others = [way for way in platform.ways if way.transport is not option.transport]
    return (*ways, *others)


def _ready(pairs: Pairs, way: Way) -> tuple[Pairs, tuple[Change, ...]]:
    """The pairs with Multichannel on where SMB is to be used, and LBFO teams out of its way, which is told."""
    if not way.transport.is_smb:
        return pairs, ()
    offers = [changes.apply_all(pair, (changes.multichannel_enabled, changes.team_dissolved)) for pair in pairs]
    made = {change.code: change for offer in offers for change in offer.changes}
    return tuple(offer.pair for offer in offers), tuple(made.values())


def _option(way: Way, limit: int, own: tuple[Change, ...]) -> Option:
    tier = max((change.tier for change in own), key=lambda tier: tier.rank, default=Tier.SETTINGS)
    return Option(
        transport=way.transport, compressor=way.compressor, streams=way.streams, name=way.name, tier=tier,
        simultaneous=limit, changes=own,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curve:
    """NICs of other speeds and numbers under one setting, as a kind whose options they are."""

    kind: Kind
    nics: tuple[tuple[float, int], ...]


@lru_cache(maxsize=512)
def curve_of(kind: Kind, k: int) -> Curve:
    """One setting over NICs of every speed and number of a sizing curve."""
    option = kind.problem.options[k]
    pairs = tuple(row[k].pair for row in kind.problem.cases)
    nics = tuple(product(_SPEEDS_GBPS, _COUNTS))
    offers = [(option, tuple(_with_nics(pair, speed, count) for pair in pairs)) for speed, count in nics]
    problem = resolve(kind.problem.platform, kind.problem.scenario, offers)
    return Curve(Kind(problem, tuple(range(len(nics))), 0, kind.card), nics)


def _with_nics(pair: HostPair, speed_gbps: float, count: int) -> HostPair:
    ends = {}
    for name in ("source", "destination"):
        host = getattr(pair, name)
        first = next(nic for nic in host.nics if nic.selected)
        others = tuple(nic for nic in host.nics if not nic.selected)
        new = first.model_copy(update={"speed_gbps": speed_gbps, "count": count})
        ends[name] = host.model_copy(update={"nics": (new, *others)})
    return pair.model_copy(update=ends)
