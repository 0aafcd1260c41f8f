"""Prepare: enumerate the options, make their changes, resolve the paths, run the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.advice.traits import Traits, traits_of
from advisor.domain.answers import Finding
from advisor.domain.options import Change, Option, Tier, Transport
from advisor.domain.scenario import HostPair, Scenario
from advisor.domain.vms import Vm
from advisor.errors import Problem as InputProblem
from advisor.errors import ScenarioError
from advisor.paths import Case, resolve_case, why_no_rdma
from advisor.platforms import Platform, Way, get_platform
from advisor.rules import findings_of_each

# Moves walked one by one; more belongs to a batch run over an inventory.
MOVES_AT_MOST = 4096
# Limits worth trying beside today's.
_LIMITS = (2, 4, 8)


@dataclass(frozen=True, slots=True)
class Problem:
    """A scenario made ready: every option as a case on every host pair, with what rules say.

    Attributes
    ----------
    pairs : host pairs as they are today.
    options : K options, the same for every pair.
    cases, findings : (pairs)(K).
    allowed : (K), no rule forbids it on any pair.
    traits : one per scenario VM.
    vm_of : per host pair, the scenario VM of each move, in order.
    """

    platform: Platform
    scenario: Scenario
    pairs: tuple[HostPair, ...]
    options: tuple[Option, ...]
    cases: tuple[tuple[Case, ...], ...]
    findings: tuple[tuple[tuple[Finding, ...], ...], ...]
    allowed: tuple[bool, ...]
    traits: tuple[Traits, ...]
    vm_of: tuple[tuple[int, ...], ...]


def prepare(scenario: Scenario) -> Problem:
    """Every option that today's hosts, better settings, tuning or new hardware make possible."""
    platform = get_platform(scenario.platform)
    moves = max(len(own) for own in _moves(scenario))
    offers: list[tuple[Option, tuple[HostPair, ...]]] = []
    for way in _ways(platform, scenario):
        transport = way.transport
        before: tuple[HostPair, ...] = ()
        for tier in (Tier.SETTINGS, Tier.TUNING, Tier.HARDWARE):
            made = _offer(platform, scenario.pairs, transport, tier)
            if made is None or made[1] == before:
                continue
            changes, pairs = made
            before = pairs
            if platform.smb and transport is Transport.MULTICHANNEL and not any(why_no_rdma(pair) for pair in pairs):
                continue  # SMB would use RDMA: Multichannel over TCP is its silent fall-back, not a choice
            own = (*_transport_changes(platform, scenario, way), *changes)
            offers += _with_limits(platform, scenario.pairs, way, own, pairs, moves)
            rescued = _rescued(platform, pairs, scenario.vms)
            if rescued is not None:
                offers += _with_limits(platform, scenario.pairs, way, (*own, *rescued[0]), rescued[1], moves)
    today = platform.today(scenario.pairs[0])
    untouched = any(not option.changes and pairs == scenario.pairs for option, pairs in offers)
    if not untouched and not _transport_changes(platform, scenario, today):
        # Every offer mends something; what is there today is told all the same.
        limit = simultaneous_today(platform, scenario.pairs)
        offers.insert(0, (_option(today, Tier.TODAY, limit), scenario.pairs))
    return resolve(platform, scenario, offers)


def _ways(platform: Platform, scenario: Scenario) -> tuple[Way, ...]:
    """The ways worth offering: today's, and those of the platform that suit the hosts."""
    suitable = [way for way in platform.ways if all(platform.suits(way, pair) for pair in scenario.pairs)]
    today = [platform.today(pair) for pair in scenario.pairs]
    return tuple(dict.fromkeys((*suitable, *today)))


def _rescued(
    platform: Platform, pairs: tuple[HostPair, ...], vms: tuple[Vm, ...]
) -> tuple[tuple[Change, ...], tuple[HostPair, ...]] | None:
    """The platform's setting for VMs that might not converge, on every pair; none where none of these needs it."""
    offers = [platform.rescue(pair, vms) for pair in pairs]
    changes = {change.code: change for offer in offers if offer is not None for change in offer.changes}
    if not changes:
        return None
    made = tuple(offer.pair if offer is not None else pair for offer, pair in zip(offers, pairs, strict=True))
    return tuple(changes.values()), made


def prepare_today(scenario: Scenario, how: Transport | Way | None = None, *, measured: bool = False) -> Problem:
    """Exactly today's configuration under one way or transport, or what is in force: nothing improved.

    With `measured` the scenario is that of a move that was measured: what is given of its VMs is of that very move.
    """
    platform = get_platform(scenario.platform)
    how = how or platform.today(scenario.pairs[0])
    transport = how.transport if isinstance(how, Way) else how
    if transport not in platform.transports:
        raise ScenarioError(
            InputProblem(
                f"{platform.title} has no such transport",
                column="--transport",
                value=transport.value,
                allowed=", ".join(platform.transports),
            )
        )
    today = platform.today(scenario.pairs[0])
    # A transport that is in force keeps its streams and compressor.
    way = how if isinstance(how, Way) else today if today.transport is how else platform.way(how)
    option = _option(way, Tier.TODAY, simultaneous_today(platform, scenario.pairs))
    return resolve(platform, scenario, [(option, scenario.pairs)], measured=measured)


def _option(way: Way, tier: Tier, simultaneous: int, changes: tuple[Change, ...] = ()) -> Option:
    return Option(
        transport=way.transport,
        compressor=way.compressor,
        streams=way.streams,
        name=way.name,
        tier=tier,
        simultaneous=simultaneous,
        changes=changes,
    )


def simultaneous_today(platform: Platform, pairs: tuple[HostPair, ...]) -> int:
    """Moves at once: as set, else the platform's default; the lowest where pairs differ, for every pair allows it."""
    return min(pair.simultaneous or platform.default_simultaneous(pair) for pair in pairs)


def _moves(scenario: Scenario) -> tuple[tuple[int, ...], ...]:
    """Per host pair, the scenario VM of each move."""
    total = sum(vm.count for vm in scenario.vms)
    if total > MOVES_AT_MOST:
        raise ScenarioError(
            InputProblem(
                "has too many VMs for one scenario",
                column="vms",
                value=f"{total:,}",
                allowed=f"up to {MOVES_AT_MOST:,} moves",
                mend="describe one host's VMs, or give equal VMs in smaller numbers",
            )
        )
    own: list[list[int]] = [[] for _ in scenario.pairs]
    for index, vm in enumerate(scenario.vms):
        own[scenario.pair_of(vm)] += [index] * vm.count
    return tuple(tuple(moves) for moves in own)


def _offer(
    platform: Platform, pairs: tuple[HostPair, ...], transport: Transport, tier: Tier
) -> tuple[tuple[Change, ...], tuple[HostPair, ...]] | None:
    """The changes of all pairs taken together, and the pairs as they would be."""
    offers = [platform.offer(pair, transport, tier) for pair in pairs]
    if all(offer is None for offer in offers):
        return None
    changes: dict[str, Change] = {}
    for offer in offers:
        for change in offer.changes if offer is not None else ():
            changes.setdefault(change.code, change)
    made = tuple(offer.pair if offer is not None else pair for offer, pair in zip(offers, pairs, strict=True))
    return tuple(changes.values()), made


def _transport_changes(platform: Platform, scenario: Scenario, way: Way) -> tuple[Change, ...]:
    """The performance option to set, and on which hosts; none where every host has it already."""
    hosts = tuple(dict.fromkeys(scenario.hosts))
    wanted = way.set_by
    # Asked of each host by itself: nodes of a cluster, or the two ends, may be set differently.
    today = [platform.today(HostPair(source=host, destination=host, cluster=scenario.cluster)).set_by for host in hosts]
    if all(setting == wanted for setting in today):
        return ()
    every = len(set(today)) == 1
    others = {
        setting: ", ".join(host.name for host, own in zip(hosts, today, strict=True) if own == setting)
        for setting in dict.fromkeys(today)
        if setting != wanted
    }
    return (
        Change(
            code="transport",
            tier=Tier.SETTINGS,
            what=platform.words.transport_setting + (" on every host" if every else ""),
            current=today[0] if every else "; ".join(f"{setting} on {names}" for setting, names in others.items()),
            recommended=(wanted if wanted == way.name else f"{wanted} ({way.command or way.name})")
            + ("" if every else " on every host"),
            disruption="online",
        ),
    )


def _with_limits(
    platform: Platform,
    now: tuple[HostPair, ...],
    way: Way,
    changes: tuple[Change, ...],
    pairs: tuple[HostPair, ...],
    moves: int,
) -> list[tuple[Option, tuple[HostPair, ...]]]:
    """The offer with today's number of simultaneous moves, and with others worth trying."""
    today = simultaneous_today(platform, now)
    offers = []
    for limit in sorted({today, *(n for n in _LIMITS if n <= moves)}):
        own = changes
        if limit != today:
            own = (
                *changes,
                Change(
                    code="simultaneous",
                    tier=Tier.SETTINGS,
                    what=platform.words.simultaneous,
                    current=str(today),
                    recommended=str(limit),
                    disruption="online",
                ),
            )
        tier = max((change.tier for change in own), key=lambda one: one.rank, default=Tier.TODAY)
        offers.append((_option(way, tier, limit, own), pairs))
    return offers


def resolve(
    platform: Platform,
    scenario: Scenario,
    offers: Sequence[tuple[Option, tuple[HostPair, ...]]],
    *,
    measured: bool = False,
) -> Problem:
    """Resolve the paths of options over host pairs, each with its changes made, and run the rules."""
    vm_of = _moves(scenario)
    # One look a distinct case: options that differ only in their limit may share rules but not paths.
    cases = tuple(
        tuple(
            resolve_case(platform, made[index], option, tuple(scenario.vms[vm] for vm in dict.fromkeys(vm_of[index])))
            for option, made in offers
        )
        for index in range(len(scenario.pairs))
    )
    found = tuple(findings_of_each(row) for row in cases)
    allowed = tuple(
        not any(one.verdict == "forbid" and one.answer == "holds" for row in found for one in row[k])
        for k in range(len(offers))
    )
    traits = tuple(traits_of(vm, measured=measured) for vm in scenario.vms)
    return Problem(
        platform, scenario, scenario.pairs, tuple(option for option, _ in offers), cases, found, allowed, traits, vm_of
    )
