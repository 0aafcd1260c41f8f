"""The patch night of a cluster: its nodes one after another, each drained, updated, healthy and full again.

A node's turn is its drain, the update with its reboots, the resync where the nodes' own disks make up the storage,
a look at its health, and the way back of its VMs. The next node's turn begins when that is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from advisor.domain.answers import Interval
from advisor.domain.drain import PatchAnswer, PatchStep
from advisor.domain.estate import Default
from advisor.domain.inventory import Inventory
from advisor.fleet.assumed import assumed_from
from advisor.fleet.in_force import Asked, Setting, setting_of
from advisor.fleet.night import nodes_in_turn, round_of
from advisor.fleet.night_times import Times, times_of
from advisor.fleet.one_cluster import OneCluster, cluster_named
from advisor.fleet.outlook import limit_words
from advisor.fleet.patch_checks import assumptions_of_night, checks_before, checks_during, window_check
from advisor.fleet.patch_course import IN_TURN, STEP_WORDS, Course, Kind, Night, NightPlan, course_of
from advisor.fleet.patch_helps import helps_of
from advisor.fleet.refused import refuse_forbidden
from advisor.residual.spread import Modes
from advisor.units import format_duration


def patch(
    inventory: Inventory,
    cluster: str,
    *,
    night: Night | None = None,
    asked: Asked | None = None,
    defaults: Iterable[Default] = (),
) -> PatchAnswer:
    """Plan the patch night of a cluster.

    Parameters
    ----------
    inventory : as `advisor.read_inventory` reads it.
    cluster : its name.
    night : what a turn takes beside its moves.
    asked : goals, setting, reserve, model card; not given: today's setting, a node in reserve, the shipped card.
    defaults : what is taken where the inventory does not say, over the shipped ones; `advisor.read_defaults`.

    Raises
    ------
    InventoryError
        When there is no such cluster, or it has a single node.
    ScenarioError
        When a rule forbids the transport that was asked for.

    Examples
    --------
    >>> import advisor
    >>> from advisor.shipped import shipped_path
    >>> inventory = advisor.read_inventory(shipped_path("data", "examples", "inventories", "small"))
    >>> answer = advisor.patch(inventory, "prod-b", asked=Asked(reserve=0))
    >>> max(answer.shares, key=answer.shares.get)
    'update'
    """
    return patch_night(cluster_named(inventory, cluster, assumed_from(defaults)), night or Night(), asked or Asked())


def patch_night(one: OneCluster, night: Night, asked: Asked) -> PatchAnswer:
    """Plan the patch night of a cluster.

    Every trip is simulated in every variant (`night.times_of`), and a quantile of the night is one of their sum, never
    a sum of quantiles. Updates, resyncs and looks at the health are as long on every node: their low and high are
    factors like any other.
    """
    setting = setting_of(one.hosts, one.cluster, one.words, one.assumed, asked.own_card, asked.wanted, asked.goals)
    refuse_forbidden(one, setting, asked)
    turns = round_of(one, setting, nodes_in_turn(one), asked.reserve, fail_back=night.fail_back)
    plan = NightPlan(one, night, asked, setting, turns)
    if turns.lack:
        return _answer(plan, None)
    return _answer(plan, times_of(one, setting, turns))


def _answer(plan: NightPlan, times: Times | None) -> PatchAnswer:
    """The whole answer."""
    one, goals, turns = plan.one, plan.asked.goals, plan.turns
    constraint = turns.lack
    if not constraint and turns.blocking:
        first = turns.blocking[0]
        more = f", and {len(turns.blocking) - 1} more" if len(turns.blocking) > 1 else ""
        stands = first.stands if first.why == "unread" else f"{first.stands} {first.node}"
        constraint = f"{stands}: {first.reason}{more}"
    answer = PatchAnswer(
        cluster=one.name,
        nodes=len(nodes_in_turn(one)),
        left_out=plan.left_out,
        setting=_setting_label(plan.setting, times),
        feasible=not constraint,
        constraint=constraint,
        goals=goals,
        total_s=None,
        window="none" if goals.window_s is None else "misses",
        blockers=(*turns.blockers, *(times.endless if times else ())),
        checks=tuple(checks_before(plan)),
        assumptions=tuple(assumptions_of_night(plan)),
        card=plan.setting.card.name,
    )
    if times is None:
        return answer
    course = course_of(plan, times)
    total = course.total()
    whole = _interval(total)
    shares = {kind: course.share(kind) for kind in IN_TURN}
    everything = max(sum(shares.values()), 1e-9)
    update: dict[str, object] = {
        "total_s": whole,
        "shares": {kind: seconds / everything for kind, seconds in shares.items() if seconds > 0},
        "binds": _binds(shares, times),
        "helps": helps_of(plan, course, times),
        "steps": tuple(_steps(plan, course, times)),
        "basis": times.basis,
    }
    checks = [*answer.checks]
    if goals.window_s is not None:
        end_s = float(total.quantile(goals.risk.quantile)[0])
        update["window_then" if constraint else "window"] = "meets" if end_s <= goals.window_s else "misses"
        checks.append(window_check(plan, end_s, goals.window_s))
    checks += checks_during(plan, course)
    return answer.model_copy(update={**update, "checks": tuple(checks)})


def _setting_label(setting: Setting, times: Times | None) -> str:
    """Transport, changes, and how many moves go at once in the drains."""
    found = [at_once for at_once in times.out_at_once if at_once] if times else []
    low, high = min(found, default=setting.slots(0)), max(found, default=setting.slots(0))
    return f"{setting.option.setting}, {low if low == high else f'{low} to {high}'} at a time"


def _interval(total: Modes) -> Interval:
    low, middle, high = (float(total.quantile(share)[0]) for share in (0.05, 0.5, 0.95))
    return Interval(p05=low, p50=middle, p95=high)


def _steps(plan: NightPlan, course: Course, times: Times) -> Iterator[PatchStep]:
    """Step by step; each begins when the one before it is over."""
    at_once = {"drain": times.out_at_once, "fail_back": times.back_at_once}
    before = np.cumsum(course.seconds, axis=0) - course.seconds
    starts, lengths = course.intervals(before), course.intervals(course.seconds)
    for (turn, kind), start, length in zip(course.labels, starts, lengths, strict=True):
        trip = plan.turns.out[turn]
        yield PatchStep(
            node=plan.one.hosts[trip.node].host,
            step=kind,
            start_s=start,
            time_s=length,
            moves=len(trip.rows) if kind in at_once else 0,
            at_once=at_once[kind][turn] if kind in at_once else 0,
        )


def _binds(shares: dict[Kind, float], times: Times) -> str:
    """What takes most of the night."""
    most = max(shares, key=lambda kind: shares[kind])
    share = shares[most] / max(sum(shares.values()), 1e-9)
    told = f"{STEP_WORDS[most]}: {share:.0%} of the median, {format_duration(shares[most])}"
    if most in {"drain", "fail_back"} and times.ground is not None and times.binds is not None:
        told += f"; they are bound by {limit_words(times.ground, times.binds, times.ground.case.path.effective)}"
    return told
