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
from advisor.paths import why_no_rdma
from advisor.platforms import Way, changes
from advisor.platforms.platform import Offer

Pairs = tuple[HostPair, ...]
Alter = Callable[[HostPair], Offer]

_LIMITS: Final = (2, 4, 8, 16)
_TUNINGS: Final[tuple[tuple[str, ...], ...]] = tuple(
    (*tuned, *direct) for direct in ((), ("rdma_on",)) for tuned in ((), ("power",), ("jumbo",), ("power", "jumbo"))
)
_HARDWARE: Final[tuple[tuple[str, ...], ...]] = (
    (), ("second_nic",), ("nic_10",), ("nic_10", "second_nic"), ("nic_25",), ("nic_25", "second_nic"), ("rdma_25",),
    ("nic_100",), ("nic_100", "second_nic"), ("rdma_100",),
)  # fmt: skip
_ALTER: Final[Mapping[str, tuple[Alter, ...]]] = {
    "cap": (changes.smb_limit_raised, changes.smb_limit_removed),
    "power": (changes.power_plan, changes.c_states),
    "jumbo": (changes.jumbo_frames,),
    "rdma_on": (changes.rdma_enabled,),
    "second_nic": (changes.second_nic,),
    "nic_10": (partial(changes.faster_nics, speed_gbps=10.0),),
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

    `setting` names the transport and its limit, and says how NICs are teamed for it and which ones are new. `shared`
    is what the nodes of a cluster must have in common: transport, limit, and whether caps are lifted.
    """

    codes: tuple[str, ...]
    cost: float
    setting: str
    shared: tuple[str, int, bool]


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
        rung = Rung(ordered, sum(cost[code] for code in ordered), _setting(option, pairs), shared_by(option, codes))
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


def shared_by(option: Option, codes: Sequence[str] = ()) -> tuple[str, int, bool]:
    """What the nodes of a cluster have in common under an option."""
    return option.transport.value, option.simultaneous, "cap" in codes


def _setting(option: Option, pairs: Pairs) -> str:
    where = "at both ends" if pairs[0].cluster is None else "on every host"
    made = {change.code for change in option.changes}
    team = ", in a Dynamic team" if "Dynamic team" in made else ", each NIC alone" if "no team" in made else ""
    new = any(change.tier is Tier.HARDWARE for change in option.changes)
    nics = " or ".join(dict.fromkeys(changes.nics_of(pair.source) for pair in pairs))
    over = f", over {nics} {where}" if new else ""
    return f"{option.name}, {option.simultaneous} at a time{over}{team}"


def _offers(kind: Kind, k: int, may: set[str]) -> Iterator[tuple[tuple[str, ...], Option, Pairs]]:
    """Combinations of changes, each with the option and the host pairs it makes."""
    option = kind.problem.options[k]
    today = tuple(row[k].pair for row in kind.problem.cases)
    for hardware, tuning, capped in product(_HARDWARE, _TUNINGS, ((), ("cap",))):
        named = (*hardware, *tuning, *capped)
        if not may.issuperset(named):
            continue
        pairs, own = _altered(today, named)
        if pairs is None:
            continue
        direct = any(code.startswith("rdma") for code in named)
        for way in _ways(kind, option, direct=direct):
            # RDMA brings its transport with it.
            other = way.transport is not option.transport and not direct
            if (other and "transport" not in may) or (capped and not way.transport.is_smb):
                continue
            for teamed, made, needed in _readied(pairs, way, new=bool(hardware), may=may):
                for limit in (option.simultaneous, *(n for n in _LIMITS if n > option.simultaneous)):
                    more = limit != option.simultaneous
                    if more and "limit" not in may:
                        continue
                    codes = (
                        *named, *teamed, *(("transport",) if other else ()), *(("limit",) if more else ()),
                    )  # fmt: skip
                    yield codes, _option(way, limit, (*own, *needed)), made


def _altered(pairs: Pairs, codes: Sequence[str]) -> tuple[Pairs | None, tuple[Change, ...]]:
    """The pairs with changes made; none where one of them changes nothing on any pair."""
    every: dict[str, Change] = {}
    for code in codes:
        pairs, made = _made(pairs, _ALTER[code])
        if not made:
            return None, ()
        every |= {change.code: change for change in made}
    return pairs, tuple(every.values())


def _ways(kind: Kind, option: Option, *, direct: bool) -> tuple[Way, ...]:
    """The ways worth a try: today's and the platform's others; with RDMA NICs theirs alone."""
    platform = kind.problem.platform
    if direct:
        return (platform.way(Transport.RDMA),)
    ways = [way for way in platform.ways if way.transport is option.transport]
    others = [way for way in platform.ways if way.transport is not option.transport]
    return (*ways, *others)


def _readied(
    pairs: Pairs, way: Way, *, new: bool, may: set[str]
) -> Iterator[tuple[tuple[str, ...], Pairs, tuple[Change, ...]]]:
    """The pairs as a way takes them: with its NICs as they stand, and so that it can use them all, which is a change.

    New NICs are put up as the way needs them, at no cost of its own.
    """
    plain, on = _made(pairs, (changes.multichannel_enabled,) if way.transport.is_smb else ())
    teamed, own = with_all_nics(plain, way.transport)
    if not (new and own) and _is_itself(plain, way):
        yield (), plain, on
    if own and (new or "team" in may) and _is_itself(teamed, way):
        yield () if new else ("team",), teamed, (*on, *own)


def with_all_nics(pairs: Pairs, transport: Transport) -> tuple[Pairs, tuple[Change, ...]]:
    """The pairs so that a transport can use several NICs: out of LBFO teams for SMB, for the others in a Dynamic one.

    Where neither has anything to change, or may not, they stay as they are.
    """
    return _made(pairs, (changes.team_dissolved if transport.is_smb else changes.dynamic_team,))


def _is_itself(pairs: Pairs, way: Way) -> bool:
    """False where SMB would use RDMA all by itself: Multichannel over TCP is its silent fall-back, not a choice."""
    return way.transport is not Transport.MULTICHANNEL or any(why_no_rdma(pair) for pair in pairs)


def _made(pairs: Pairs, improvements: Sequence[Alter]) -> tuple[Pairs, tuple[Change, ...]]:
    """The pairs with improvements made, and what they changed on any of them."""
    offers = [changes.apply_all(pair, improvements) for pair in pairs]
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
    offers = [
        (option, tuple(_with_nics(pair, option.transport, speed, count) for pair in pairs)) for speed, count in nics
    ]
    problem = resolve(kind.problem.platform, kind.problem.scenario, offers)
    return Curve(Kind(problem, tuple(range(len(nics))), 0, kind.card), nics)


def _with_nics(pair: HostPair, transport: Transport, speed_gbps: float, count: int) -> HostPair:
    """The pair with other NICs, put up as the transport needs them, as the ladder's are; today's stay as they are."""
    if all(
        {nic.speed_gbps for nic in own} == {speed_gbps} and len(own) == count
        for own in (host.migration_nics for host in pair.ends)
    ):
        return pair
    ends = {}
    for name in ("source", "destination"):
        host = getattr(pair, name)
        first = next(nic for nic in host.nics if nic.selected)
        others = tuple(nic for nic in host.nics if not nic.selected)
        new = first.model_copy(update={"speed_gbps": speed_gbps, "count": count})
        ends[name] = host.model_copy(update={"nics": (new, *others)})
    return with_all_nics((pair.model_copy(update=ends),), transport)[0][0]
