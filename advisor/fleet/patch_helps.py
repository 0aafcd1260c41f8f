"""What would shorten a patch night, each with the total it would make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from advisor.domain.answers import Interval
from advisor.domain.drain import Help
from advisor.errors import ScenarioError
from advisor.fleet.facts import with_column
from advisor.fleet.in_force import Setting, Wanted, setting_of
from advisor.fleet.night import round_of
from advisor.fleet.night_times import Times, times_of_each
from advisor.fleet.patch_course import STEP_WORDS, Course, Kind, NightPlan, Span, course_of
from advisor.fleet.refused import forbidden
from advisor.platforms import changes
from advisor.units import format_duration

_LIMITS_TRIED: Final = (2, 4, 8)
_SPEEDS_GBPS: Final = (10.0, 25.0, 40.0, 100.0)
# A change that saves less is not worth a line, nor is one that saves hardly more than a smaller one of its kind.
_WORTH_A_LINE: Final = 0.01
# Nodes whose trips are simulated again with every change; more would say the same and take long.
_NODES_TRIED: Final = 4
_NEW_NICS: Final = "NICs"
_LIFTED: Final = "the limits on SMB lifted"


def helps_of(plan: NightPlan, course: Course, times: Times) -> tuple[Help, ...]:
    """Changes that would shorten the night, most first and new NICs last, each simulated like the night itself.

    Of many nodes the trips of some, evenly over the night, stand for all: with each change they are simulated again,
    and their part of all trips is taken from what they have now, or where other VMs move, from the memory that does.
    """
    now_s = float(course.total().quantile(0.5)[0])
    kept: list[Help] = []
    for kind in [*_moving_otherwise(plan, times), *_in_less_time(plan, times)]:
        before_s = now_s
        for what, other in kind:
            spread = other.total()
            low, middle, high = (float(spread.quantile(share)[0]) for share in (0.05, 0.5, 0.95))
            # More of the same that adds nothing is no other change.
            if middle < before_s - now_s * _WORTH_A_LINE:
                total = Interval(p05=low, p50=middle, p95=high)
                kept.append(Help(what=what, total_s=total, saves_s=now_s - middle))
                before_s = middle
    return tuple(sorted(kept, key=lambda one: (one.what.startswith(_NEW_NICS), -one.saves_s)))


def _in_less_time(plan: NightPlan, times: Times) -> Iterator[list[tuple[str, Course]]]:
    """What a turn takes beside its moves, at its low on every node."""
    for kind, span in plan.fixed.items():
        if kind != "health" and span[1] > span[0]:
            quick = f"{STEP_WORDS[kind]} in {format_duration(span[0])} each instead of {format_duration(span[1])}"
            yield [(quick, course_of(_with_step(plan, kind, (span[0],) * 3), times))]


def _with_step(plan: NightPlan, kind: Kind, span: Span) -> NightPlan:
    night = plan.night
    if kind == "update":
        return replace(plan, night=replace(night, update=span))
    return replace(plan, night=replace(night, resync=span))


def _moving_otherwise(plan: NightPlan, times: Times) -> list[list[tuple[str, Course]]]:
    """Courses of the night with other settings, and with VMs that stay where their drain took them."""
    turns, moving = plan.turns, [i for i, trip in enumerate(plan.turns.out) if trip.rows]
    if not moving:
        return []
    some = moving[:: -(-len(moving) // _NODES_TRIED)]
    trips_s = times.out_s[:, 0] + times.back_s[:, 0]
    fewer = replace(
        turns, out=tuple(turns.out[i] for i in some), back=tuple(turns.back[i] for i in some) if turns.back else ()
    )
    whole = float(trips_s.sum() / trips_s[some].sum())
    kinds = [
        [(what, _Other(replace(plan, setting=setting, turns=fewer), whole)) for what, setting in settings]
        for settings in _other_settings(plan)
    ]
    rolling = _without_fail_back(plan)
    if rolling is not None:
        kinds.append([("no fail-back: VMs stay where they are, and the next nodes have more to move", rolling)])
    every = [other for own in kinds for _, other in own]
    found = iter(times_of_each(plan.one, [(other.plan.setting, other.plan.turns) for other in every]))
    return [[(what, other.course(next(found), len(turns.out))) for what, other in own] for own in kinds]


@dataclass(frozen=True)
class _Other:
    """Another night: some of its turns, and how much longer all trips take than theirs do."""

    plan: NightPlan
    whole: float

    def course(self, times: Times, turns: int) -> Course:
        """The course of so many turns."""
        return course_of(self.plan, times).standing_for(self.whole, turns / len(self.plan.turns.out))


def _without_fail_back(plan: NightPlan) -> _Other | None:
    """The night without fail-back; None where there is none already, or VMs find no room then."""
    if not plan.night.fail_back:
        return None
    order = [trip.node for trip in plan.turns.out]
    rolling = round_of(plan.one, plan.setting, order, plan.asked.reserve, fail_back=False)
    if rolling.lack:
        return None
    moving = [trip for trip in rolling.out if trip.rows]
    some = moving[:: -(-len(moving) // _NODES_TRIED)]
    gib, of_some = (
        sum(float(plan.one.memory_gib[list(trip.rows)].sum()) for trip in trips) for trips in (moving, some)
    )
    fewer = replace(rolling, out=tuple(some))
    return _Other(replace(plan, turns=fewer, night=replace(plan.night, fail_back=False)), gib / of_some)


def _other_settings(plan: NightPlan) -> Iterator[Iterator[tuple[str, Setting]]]:
    """Limits, transports and NICs that the cluster might have instead; of limits and of NICs the smallest first."""
    now = plan.setting
    limit = now.slots(0)
    yield (
        (f"{other} moves at once instead of {limit}", now.with_limit(other)) for other in _LIMITS_TRIED if other > limit
    )
    for what, setting in _other_ways(plan):
        yield iter([(what, setting)])
    speed = min(nic.speed_gbps for host in now.hosts for nic in host.migration_nics)
    lifted = _without_caps(now)
    # Where a limit holds the moves, faster NICs alone would be held by it too.
    free, more = (now, "") if lifted is None else (lifted[0], f", and {_LIFTED}")
    nics = [
        (f"{_NEW_NICS} of {faster:g} Gbit/s instead of {speed:g}{more}", _with_nics(free, faster))
        for faster in [each for each in _SPEEDS_GBPS if each > speed][:2]
    ]
    yield iter(nics if lifted is None else [(lifted[1], lifted[0]), *nics])


def _other_ways(plan: NightPlan) -> Iterator[tuple[str, Setting]]:
    """Transports that suit the hosts and that no rule forbids."""
    now, one, asked = plan.setting, plan.one, plan.asked
    for way in now.platform.ways:
        if way.name == now.option.name or not now.platform.suits(way, now.pair(0, 1)):
            continue
        wanted = Wanted(transport=way, simultaneous=asked.wanted.simultaneous)
        try:
            setting = setting_of(one.hosts, one.cluster, one.words, one.assumed, asked.own_card, wanted, asked.goals)
        except ScenarioError:
            continue
        if not forbidden(one, setting, now):
            yield f"{way.name} instead of {now.option.name}", setting


def _without_caps(setting: Setting) -> tuple[Setting, str] | None:
    """The setting with the limits on SMB moves lifted, and what that means; None where it has none that bears on it."""
    if not setting.option.transport.is_smb:
        return None
    lifting = (changes.smb_limit_raised, changes.smb_limit_removed)
    offers = [changes.apply_all(setting.pair(node, node), lifting) for node in range(len(setting.hosts))]
    made = {change.code: (change, offer.pair.cluster) for offer in offers for change in offer.changes}
    if not made:
        return None
    told = "; ".join(f"{one.what}: {one.recommended} instead of {one.current}" for one, _ in made.values())
    cluster = next((raised for one, raised in made.values() if one.code == "SMB limit raised"), setting.cluster)
    lifted = replace(setting, hosts=tuple(offer.pair.source for offer in offers), cluster=cluster)
    return lifted, told[0].lower() + told[1:]


def _with_nics(setting: Setting, gbps: float) -> Setting:
    hosts = tuple(with_column(host, "nic_gbps", max(gbps, host.migration_nics[0].speed_gbps)) for host in setting.hosts)
    return replace(setting, hosts=hosts)
