"""A node drained: which VMs go where and when, what blocks, whether the window is met, what to check.

Two ways. *Planned*: explicit moves in an order and to nodes of our choice, then the node is paused. *Native*: what
Suspend-ClusterNode -Drain does: VMs leave by priority, those below the cluster's threshold by quick migration, and
the cluster picks the nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from advisor.advice.traits import Traits
from advisor.domain.drain import DrainAnswer
from advisor.domain.estate import Default
from advisor.domain.inventory import Inventory
from advisor.fleet.assumed import assumed_from
from advisor.fleet.bound import lower_bound
from advisor.fleet.disks import disks_of
from advisor.fleet.drain_answer import SAVING_MIB_S, DrainPlan, Mode, Walked, answer_of, nothing_moves
from advisor.fleet.ground import Ground, Saved, ground_of
from advisor.fleet.in_force import Asked, Setting, setting_of
from advisor.fleet.leaving import Leaving, leaving
from advisor.fleet.one_cluster import OneCluster, cluster_with
from advisor.fleet.order import Order, best_order, plain_order
from advisor.fleet.outlook import Fastest, outlook_of
from advisor.fleet.placement import By, NoPlace, Placement
from advisor.units import mib_to_bytes

Ends = tuple[tuple[int, int], ...]

# To leave memory unevenly spread, a drain must be shorter by more than this.
_WORTH_IT: Final = 1.015
# A drain this near the bound needs no other placement.
_NEAR: Final = 1.035


def drain(
    inventory: Inventory,
    host: str,
    *,
    mode: Mode = "planned",
    asked: Asked | None = None,
    defaults: Iterable[Default] = (),
) -> DrainAnswer:
    """Plan the drain of one host of a cluster.

    Parameters
    ----------
    inventory : as `advisor.read_inventory` reads it.
    host : its name.
    mode : planned, explicit moves; or native, what Suspend-ClusterNode does.
    asked : goals, setting, reserve, model card; not given: today's setting, a node in reserve, the shipped card.
    defaults : what is taken where the inventory does not say, over the shipped ones; `advisor.read_defaults`.

    Raises
    ------
    InventoryError
        When there is no such host, or it stands alone.

    Examples
    --------
    >>> import advisor
    >>> from advisor.shipped import shipped_path
    >>> inventory = advisor.read_inventory(shipped_path("data", "examples", "inventories", "small"))
    >>> answer = advisor.drain(inventory, "hvb01", asked=Asked(reserve=0))
    >>> answer.moves[0].source, answer.mode
    ('hvb01', 'planned')
    """
    one, node = cluster_with(inventory, host, assumed_from(defaults))
    return plan_drain(one, node, mode, asked or Asked())


def plan_drain(one: OneCluster, node: int, mode: Mode, asked: Asked) -> DrainAnswer:
    """Plan the drain of a node.

    The end's p05, p50 and p95 are simulated: the whole order is walked again with every factor at its low and high.
    The bound is the time that no order and no choice of nodes beats (`bound.lower_bound`).
    """
    goes = leaving(one, node, with_disks=mode == "planned")
    setting = setting_of(
        one.hosts, one.cluster, [one.words[row] for row in goes.rows], one.assumed, asked.own_card, asked.wanted,
        asked.goals,
    )  # fmt: skip
    if not goes.rows:
        return nothing_moves(DrainPlan(one, mode, asked, goes, setting))
    traits = [one.traits[row] for row in goes.rows]
    goes = goes.with_rates(_seconds_to(setting, goes, max(traits, key=lambda one: one.memory_bytes)))
    disks = disks_of(one, goes.rows)
    plan = DrainPlan(one, mode, asked, goes, setting, disks)
    limit = setting.slots(node)
    fastest = None
    if goes.rates_differ or (disks is not None and disks.rates_differ):
        ends = tuple((node, goes.nodes[k]) for k in goes.fastest)
        near = None if disks is None else disks.with_any_far_end(node)
        fastest = Fastest(ground_of(setting, ends, traits, disks=near, varied=False), ends, frozenset(goes.nodes))
    if mode == "native":
        # A cluster keeps no node in reserve, and looks at no processors.
        found = goes.placed(asked.reserve)
        constraint = found.reason if isinstance(found, NoPlace) else ""
        order = _native_order(plan)
        placement = Placement(tuple(goes.freest(order.rows)))
    else:
        made = _planned(plan, traits, limit)
        if isinstance(made, NoPlace):
            unproven = "" if made.proven else " (none was found in the time a search may take)"
            return answer_of(plan, constraint=made.reason + unproven)
        placement, order = made
        constraint = ""
    saved = _saved(plan)
    ends = tuple((node, goes.nodes[k]) for k in placement.at)
    ground = ground_of(setting, ends, traits, open_columns=one.open_columns(), saved=saved, disks=disks)
    quick = saved.moves if saved is not None else frozenset()
    bound = fastest if saved is None else None
    outlook = outlook_of(setting, ground, ends, order, traits, quick, bound)
    whole = Walked(ground, order, outlook, placement.at, quick, placement.together)
    return answer_of(plan, whole, constraint=constraint)


def _seconds_to(setting: Setting, goes: Leaving, vm: Traits) -> list[float]:
    """How long a VM takes to each node, with everything to itself [s]."""
    ends = [(goes.source, node) for node in goes.nodes]
    ground = ground_of(setting, ends, [vm] * len(ends), varied=False)
    seconds: list[float] = ground.alone.seconds[:, 0].tolist()
    return seconds


def _planned(plan: DrainPlan, traits: Sequence[Traits], limit: int) -> tuple[Placement, Order] | NoPlace:
    """Where every VM goes, and in which order.

    Memory is spread evenly, unless nodes differ so much that to prefer those that take VMs faster is worth it.
    """
    goes = plan.goes
    ways: tuple[By, ...] = ("memory", "rate", "fastest") if goes.rates_differ else ("memory",)
    found: list[tuple[float, Placement, Ground, Ends]] = []
    for by in ways:
        placement = goes.placed(plan.asked.reserve, by)
        if isinstance(placement, NoPlace):
            return placement
        ends = tuple((goes.source, goes.nodes[k]) for k in placement.at)
        ground = ground_of(plan.setting, ends, traits, disks=plan.disks, varied=False)
        found.append((lower_bound(ground, ends, limit).seconds, placement, ground, ends))
    least = min(seconds for seconds, *_ in found)
    found.sort(key=lambda one: one[0] > least * _WORTH_IT)
    best: tuple[float, Placement, Order] | None = None
    for _, placement, ground, ends in found:
        order, end_s = best_order(ground, ends, limit)
        if best is None or end_s * _WORTH_IT < best[0]:
            best = end_s, placement, order
        if best[0] <= least * _NEAR:
            break
    if best is None:
        raise ValueError("there is nothing to move")
    return best[1:]


def _native_order(plan: DrainPlan) -> Order:
    """High, Medium, Low; within a priority as the inventory lists them."""
    rows = plan.goes.rows
    ranked = sorted(range(len(rows)), key=lambda i: -plan.one.priority(rows[i]).number)
    return plain_order(ranked, plan.setting.slots(plan.goes.source))


def _saved(plan: DrainPlan) -> Saved | None:
    """The moves below the threshold of priority, which a native drain saves."""
    if plan.mode != "native":
        return None
    threshold = plan.one.setting("move_type_threshold")
    rows = enumerate(plan.goes.rows)
    moves = frozenset(i for i, row in rows if plan.one.priority(row).number < (threshold or 0))
    low, middle, high = (mib_to_bytes(rate) for rate in SAVING_MIB_S)
    return Saved(moves, (low, middle, high)) if moves else None
