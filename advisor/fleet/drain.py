"""A node drained: which VMs go where and when, what blocks, whether the window is met, what to check.

Two ways. *Planned*: explicit moves in an order and to nodes of our choice, then the node is paused. *Native*: what
Suspend-ClusterNode -Drain does: VMs leave by priority, those below the cluster's threshold by quick migration, and
the cluster picks the nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from advisor.advice.traits import Traits
from advisor.domain.answers import Assumption
from advisor.domain.drain import DrainAnswer
from advisor.domain.estate import Default
from advisor.domain.inventory import Inventory
from advisor.fleet.assumed import assumed_from
from advisor.fleet.bound import lower_bound
from advisor.fleet.choices import Choices, choices_of
from advisor.fleet.disks import disks_of
from advisor.fleet.drain_answer import SAVING_MIB_S, DrainPlan, Mode, Walked, answer_of, nothing_moves
from advisor.fleet.ground import Ground, Saved, ground_of
from advisor.fleet.in_force import Asked, setting_of
from advisor.fleet.leaving import leaving
from advisor.fleet.losses import losses
from advisor.fleet.one_cluster import OneCluster, cluster_with
from advisor.fleet.order import Order, best_order, plain_order
from advisor.fleet.outlook import outlook_of
from advisor.fleet.placement import By, NoPlace, Placement, kept_with, memory_at, together
from advisor.fleet.rearranged import MOVES_AT_MOST, PAIRS_AT_MOST, rearranged
from advisor.fleet.refused import refuse_forbidden
from advisor.units import format_duration, mib_to_bytes

Ends = tuple[tuple[int, int], ...]

# To leave memory unevenly spread, a drain must be shorter by more than this.
_WORTH_IT: Final = 1.015
# A drain this near the bound needs no other placement.
_NEAR: Final = 1.035
# Of so many moves orders are searched for in the most promising placement alone.
_MANY: Final = 256
# What a wish costs is said from here on.
_COSTS: Final = 1.05


def drain(
    inventory: Inventory,
    host: str,
    *,
    cluster: str | None = None,
    mode: Mode = "planned",
    asked: Asked | None = None,
    defaults: Iterable[Default] = (),
) -> DrainAnswer:
    """Plan the drain of one host of a cluster.

    Parameters
    ----------
    inventory : as `advisor.read_inventory` reads it.
    host : its name.
    cluster : the cluster it is in, where several have a host of that name; not given, any, or that before a slash.
    mode : planned, explicit moves; or native, what Suspend-ClusterNode does.
    asked : goals, setting, reserve, model card; not given: today's setting, a node in reserve, the shipped card.
    defaults : what is taken where the inventory does not say, over the shipped ones; `advisor.read_defaults`.

    Raises
    ------
    InventoryError
        When there is no such host, or it stands alone.
    ScenarioError
        When a rule forbids the transport that was asked for.

    Examples
    --------
    >>> import advisor
    >>> from advisor.shipped import shipped_path
    >>> inventory = advisor.read_inventory(shipped_path("data", "examples", "inventories", "small"))
    >>> answer = advisor.drain(inventory, "hvb01", asked=Asked(reserve=0))
    >>> answer.moves[0].source, answer.mode
    ('hvb01', 'planned')
    """
    one, node = cluster_with(inventory, host, assumed_from(defaults), cluster)
    return plan_drain(one, node, mode, asked or Asked())


def plan_drain(one: OneCluster, node: int, mode: Mode, asked: Asked) -> DrainAnswer:
    """Plan the drain of a node.

    The end's p05, p50 and p95 are simulated: the whole order is walked again with every factor at its low and high.
    The bound is the time that no order and no choice of nodes beats, preferred or not (`choices.Choices.bound`).
    """
    native = mode == "native"
    goes = leaving(one, node, by_the_cluster=native)
    at: tuple[int, ...] = ()
    if native:
        goes, at = goes.by_the_cluster(_by_priority(one, goes.rows))
    setting = setting_of(
        one.hosts, one.cluster, [one.words[row] for row in goes.rows], one.assumed, asked.own_card, asked.wanted,
        asked.goals,
    )  # fmt: skip
    refuse_forbidden(one, setting, asked)
    if not goes.rows or one.given[node].state == "down":
        return nothing_moves(DrainPlan(one, mode, asked, goes, setting))
    traits = [one.traits[row] for row in goes.rows]
    disks = disks_of(one, goes.rows)
    saved = _saved(one, goes.rows) if native else None
    choices = choices_of(setting, goes, traits, disks, saved)
    goes = goes.with_loads(*choices.loads, choices.speeds)
    plan = DrainPlan(one, mode, asked, goes, setting, disks)
    made = _as_the_cluster(plan, at) if native else _planned(plan, traits, choices)
    if isinstance(made, NoPlace):
        return answer_of(plan, constraint=made.told)
    ends = tuple((node, goes.nodes[k]) for k in made.placement.at)
    ground = ground_of(
        setting, ends, traits, open_columns=one.open_columns(), saved=saved, disks=disks, among=goes.among
    )
    quick = saved.moves if saved is not None else frozenset()
    outlook = outlook_of(setting, ground, ends, made.order, traits, choices, quick)
    where = made.placement
    walked = Walked(ground, made.order, outlook, where.at, quick, where.together, where.losses)
    answer = answer_of(plan, walked)
    return answer.model_copy(update={"assumptions": (*answer.assumptions, *made.notes)})


@dataclass(frozen=True)
class _Made:
    """Where every VM goes, in which order, and what is to be said of it."""

    placement: Placement
    order: Order
    notes: tuple[Assumption, ...] = ()


def _by_priority(one: OneCluster, rows: Sequence[int]) -> list[int]:
    """High, Medium, Low; within a priority as the inventory lists them."""
    return sorted(range(len(rows)), key=lambda i: -one.priority(rows[i]).number)


def _as_the_cluster(plan: DrainPlan, at: tuple[int, ...]) -> _Made:
    """As a cluster drains: it keeps no node in reserve, and what is left to lose is told, not kept."""
    goes = plan.goes
    lost = losses(goes.rooms, memory_at(goes.guests, goes.rooms, at), plan.asked.reserve)
    placement = Placement(at, together(goes.guests, goes.rooms, at), lost)
    return _Made(placement, plain_order(range(len(at)), plan.setting.slots(goes.source)))


def _planned(plan: DrainPlan, traits: Sequence[Traits], choices: Choices) -> _Made | NoPlace:
    """Where every VM goes, and in which order.

    Preferred owners are kept; where the drain would end notably sooner without them, that is said. Of many moves it is
    said that it was not looked for.
    """
    found = _best(plan, traits, choices)
    near = choices.bound(plan.setting.slots(plan.goes.source)).seconds * _COSTS
    if isinstance(found, NoPlace) or found[1] <= near or not any(guest.preferred for guest in plan.goes.guests):
        return found if isinstance(found, NoPlace) else found[0]
    made, end_s = found
    if len(plan.goes.rows) > _MANY:
        told = f"what they cost is not looked for among {len(plan.goes.rows)} moves; the bound leaves them out"
        return replace(made, notes=(Assumption(what="preferred owners", value="kept", why=told),))
    free = _best(plan, traits, choices, preferring=False)
    if isinstance(free, NoPlace) or free[1] * _COSTS >= end_s:
        return made
    told = f"without them the drain would end after {format_duration(free[1])} instead of {format_duration(end_s)}"
    return replace(made, notes=(Assumption(what="preferred owners", value="kept", why=told),))


def _best(
    plan: DrainPlan, traits: Sequence[Traits], choices: Choices, *, preferring: bool = True
) -> tuple[_Made, float] | NoPlace:
    """The placement and order that end first, and when [s].

    Memory is spread evenly, unless links, slots or storage of the nodes make another way worth it.
    """
    goes, limit = plan.goes, plan.setting.slots(plan.goes.source)
    ways: tuple[By, ...] = ("memory", "time", "fastest") if goes.speeds_differ else ("memory", "time")
    found: dict[tuple[int, ...], tuple[float, Placement, Ground, Ends]] = {}
    for by in ways:
        placement = goes.placed(plan.asked.reserve, by, preferring=preferring)
        if isinstance(placement, NoPlace):
            return placement
        if placement.at not in found:
            ends = tuple((goes.source, goes.nodes[k]) for k in placement.at)
            ground = ground_of(plan.setting, ends, traits, disks=plan.disks, among=goes.among, varied=False)
            found[placement.at] = lower_bound(ground, ends, limit).seconds, placement, ground, ends
    least = min(seconds for seconds, *_ in found.values())
    best: tuple[_Made, float] | None = None
    for _, placement, ground, ends in sorted(found.values(), key=lambda one: one[0] > least * _WORTH_IT):
        order, end_s = best_order(ground, ends, limit)
        if best is None or end_s * _WORTH_IT < best[1]:
            best = _Made(placement, order), end_s
        if best[1] <= least * _NEAR or len(goes.rows) > _MANY:
            break
    if best is None:
        raise ValueError("there is nothing to move")
    near_s = choices.bound(limit).seconds * _NEAR
    return best if best[1] <= near_s else _rearranged(plan, traits, best, near_s, preferring=preferring)


def _rearranged(
    plan: DrainPlan, traits: Sequence[Traits], best: tuple[_Made, float], near_s: float, *, preferring: bool
) -> tuple[_Made, float]:
    """A better placement and order of few moves; else what there is."""
    goes, (made, end_s) = plan.goes, best
    n, limit = len(goes.rows), plan.setting.slots(goes.source)
    if not 1 <= n <= MOVES_AT_MOST or n * len(goes.nodes) > PAIRS_AT_MOST:
        return best
    moves = [i for i in range(n) for _ in goes.nodes]
    ground = ground_of(
        plan.setting,
        goes.pairs * n,
        [traits[i] for i in moves],
        disks=None if plan.disks is None else plan.disks.of_moves(moves),
        among=goes.among,
        varied=False,
    )
    guests = goes.guests if preferring else [replace(guest, preferred=()) for guest in goes.guests]
    at, order, sooner_s = rearranged(
        ground, goes.pairs * n, guests, goes.rooms, made.placement.at, made.order, limit, near_s
    )
    placement = kept_with(guests, goes.rooms, at, plan.asked.reserve)
    if sooner_s * _WORTH_IT >= end_s or isinstance(placement, NoPlace):
        return best
    return _Made(placement, order), sooner_s


def _saved(one: OneCluster, rows: Sequence[int]) -> Saved | None:
    """The moves below the threshold of priority, which a native drain saves."""
    threshold = one.setting("move_type_threshold")
    moves = frozenset(i for i, row in enumerate(rows) if one.priority(row).number < (threshold or 0))
    low, middle, high = (mib_to_bytes(rate) for rate in SAVING_MIB_S)
    return Saved(moves, (low, middle, high)) if moves else None
