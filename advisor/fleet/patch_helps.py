"""What would shorten a patch night, each with the total it would make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from advisor.domain.answers import Interval
from advisor.domain.drain import Help
from advisor.fleet.facts import with_column
from advisor.fleet.in_force import Setting, Wanted, setting_of
from advisor.fleet.night import round_of
from advisor.fleet.night_times import bounds_of
from advisor.fleet.patch_course import STEP_WORDS, Course, NightPlan
from advisor.units import format_duration

_LIMITS_TRIED: Final = (2, 4, 8)
_SPEEDS_GBPS: Final = (10.0, 25.0, 40.0, 100.0)
# A change that saves less is not worth a line.
_WORTH_A_LINE: Final = 0.01


def helps_of(plan: NightPlan, course: Course, whole: Interval) -> tuple[Help, ...]:
    """Changes that would shorten the night, most first.

    What other moves take follows from the bound on them: it and the simulated time lie a few percent apart, on
    either side of a change alike. The interval keeps the width of the night's own.
    """
    middle = float(course.seconds[:, 0].sum())
    trips = course.share("drain") + course.share("fail_back")
    found: dict[str, float] = {}
    if trips > 0:
        now = bounds_of(plan.one, plan.setting, plan.turns)
        for what, setting in _other_settings(plan):
            found[what] = middle - trips + trips * bounds_of(plan.one, setting, plan.turns) / now
        nodes = [trip.node for trip in plan.turns.out]
        rolling = round_of(plan.one, plan.setting, nodes, plan.asked.reserve, fail_back=False)
        if plan.night.fail_back and not rolling.lack:
            what = "no fail-back: VMs stay where they are, and the next nodes have more to move"
            found[what] = middle - trips + trips * bounds_of(plan.one, plan.setting, rolling) / now
    turns = len(plan.turns.out)
    for kind, span in plan.fixed.items():
        if kind != "health" and span[1] > span[0]:
            quick = f"{STEP_WORDS[kind]} in {format_duration(span[0])} each instead of {format_duration(span[1])}"
            found[quick] = middle - turns * (span[1] - span[0])
    helps = []
    for what, seconds in sorted(found.items(), key=lambda item: item[1]):
        if seconds < middle * (1 - _WORTH_A_LINE):
            ratio = seconds / middle
            total = Interval(p05=whole.p05 * ratio, p50=whole.p50 * ratio, p95=whole.p95 * ratio)
            helps.append(Help(what=what, total_s=total, saves_s=whole.p50 - total.p50))
    return tuple(helps)


def _other_settings(plan: NightPlan) -> Iterator[tuple[str, Setting]]:
    """Limits, transports and NICs that the cluster might have instead."""
    now, one, asked = plan.setting, plan.one, plan.asked
    limit = now.slots(0)
    for other in _LIMITS_TRIED:
        if other > limit:
            yield f"{other} moves at once instead of {limit}", now.with_limit(other)
    platform = now.platform
    for way in platform.ways:
        if way.name != now.option.name and platform.suits(way, now.pair(0, 1)):
            wanted = Wanted(transport=way, simultaneous=asked.wanted.simultaneous)
            setting = setting_of(one.hosts, one.cluster, one.words, one.assumed, asked.own_card, wanted, asked.goals)
            effective = setting.hosts[0].migration_nics[0].rdma_on or way.transport.value != "rdma"
            if effective:
                yield f"{way.name} instead of {now.option.name}", setting
    speed = min(nic.speed_gbps for host in now.hosts for nic in host.migration_nics)
    for faster in [each for each in _SPEEDS_GBPS if each > speed][:2]:
        hosts = tuple(
            with_column(host, "nic_gbps", max(faster, host.migration_nics[0].speed_gbps)) for host in now.hosts
        )
        yield f"NICs of {faster:g} Gbit/s instead of {speed:g}", replace(now, hosts=hosts)
