"""Prepare: enumerate the options, make their changes, resolve the paths, run the rules."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.advice.traits import Traits, traits_of
from advisor.domain.answers import Finding
from advisor.domain.options import Change, Option, Tier, Transport
from advisor.domain.scenario import HostPair, Scenario
from advisor.errors import Problem as InputProblem
from advisor.errors import ScenarioError
from advisor.paths import Case, resolve_case, why_no_rdma
from advisor.platforms import Platform, get_platform
from advisor.rules import findings

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
    today = platform.today(scenario.pairs[0])
    offers: list[tuple[Option, tuple[HostPair, ...]]] = []
    for transport in platform.transports:
        before: tuple[HostPair, ...] = ()
        for tier in (Tier.SETTINGS, Tier.TUNING, Tier.HARDWARE):
            made = _offer(platform, scenario.pairs, transport, tier)
            if made is None or made[1] == before:
                continue
            changes, pairs = made
            before = pairs
            if transport is Transport.MULTICHANNEL and not any(why_no_rdma(pair) for pair in pairs):
                continue  # SMB would use RDMA: Multichannel over TCP is its silent fall-back, not a choice
            if transport is not today:
                changes = (_transport_change(platform, today, transport), *changes)
            offers += _with_limits(platform, scenario.pairs[0], transport, changes, pairs, moves)
    return _resolve(platform, scenario, offers)


def prepare_today(scenario: Scenario, transport: Transport) -> Problem:
    """Exactly today's configuration under one transport: nothing improved."""
    platform = get_platform(scenario.platform)
    if transport not in platform.transports:
        raise ScenarioError(InputProblem(
            f"{platform.title} has no such transport", column="--transport", value=transport.value,
            allowed=", ".join(platform.transports),
        ))
    option = Option(
        transport=transport, name=platform.transports[transport], tier=Tier.TODAY,
        simultaneous=simultaneous_today(platform, scenario.pairs[0]),
    )
    return _resolve(platform, scenario, [(option, scenario.pairs)])


def simultaneous_today(platform: Platform, pair: HostPair) -> int:
    """Moves at once: as set, else the platform's default."""
    return pair.simultaneous or platform.default_simultaneous(pair)


def _moves(scenario: Scenario) -> tuple[tuple[int, ...], ...]:
    """Per host pair, the scenario VM of each move."""
    total = sum(vm.count for vm in scenario.vms)
    if total > MOVES_AT_MOST:
        raise ScenarioError(InputProblem(
            "has too many VMs for one scenario", column="vms", value=f"{total:,}", allowed=f"up to {MOVES_AT_MOST:,} moves",
            mend="describe one host's VMs, or give equal VMs in smaller numbers",
        ))
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


def _transport_change(platform: Platform, today: Transport, transport: Transport) -> Change:
    return Change(
        code="transport", tier=Tier.SETTINGS, what="Live migration performance option on every host",
        current=platform.transports.get(today, today.value), recommended=platform.transports[transport], disruption="online",
    )


def _with_limits(
    platform: Platform, pair: HostPair, transport: Transport, changes: tuple[Change, ...], pairs: tuple[HostPair, ...], moves: int
) -> list[tuple[Option, tuple[HostPair, ...]]]:
    """The offer with today's number of simultaneous moves, and with others worth trying."""
    today = simultaneous_today(platform, pair)
    offers = []
    for limit in sorted({today, *(n for n in _LIMITS if n <= moves)}):
        own = changes
        if limit != today:
            own = (*changes, Change(
                code="simultaneous", tier=Tier.SETTINGS, what="Simultaneous live migrations", current=str(today),
                recommended=str(limit), disruption="online",
            ))
        tier = max((change.tier for change in own), key=lambda one: one.rank, default=Tier.TODAY)
        option = Option(transport=transport, name=platform.transports[transport], tier=tier, simultaneous=limit, changes=own)
        offers.append((option, pairs))
    return offers


def _resolve(platform: Platform, scenario: Scenario, offers: list[tuple[Option, tuple[HostPair, ...]]]) -> Problem:
    """Resolve the paths and run the rules."""
    vm_of = _moves(scenario)
    # One look a distinct case: options that differ only in their limit may share rules but not paths.
    cases = tuple(
        tuple(
            resolve_case(platform, made[index], option, tuple(scenario.vms[vm] for vm in dict.fromkeys(vm_of[index])))
            for option, made in offers
        )
        for index in range(len(scenario.pairs))
    )
    found = tuple(tuple(findings(case) for case in row) for row in cases)
    allowed = tuple(
        not any(one.verdict == "forbid" and one.answer == "holds" for row in found for one in row[k]) for k in range(len(offers))
    )
    traits = tuple(traits_of(vm) for vm in scenario.vms)
    return Problem(
        platform, scenario, scenario.pairs, tuple(option for option, _ in offers), cases, found, allowed, traits, vm_of
    )

