"""A node drained: which VMs go where and when, what blocks, whether the window is met, what to check.

Two ways. *Planned*: explicit moves in an order and to nodes of our choice, then the node is paused. *Native*: what
Suspend-ClusterNode -Drain does: VMs leave by priority, those below the cluster's threshold by quick migration, and
the cluster picks the nodes.
"""

from __future__ import annotations

from collections.abc import Iterable

from advisor.domain.drain import DrainAnswer
from advisor.domain.estate import Default
from advisor.domain.inventory import Inventory
from advisor.fleet.assumed import assumed_from
from advisor.fleet.drain_answer import SAVING_MIB_S, DrainPlan, Mode, Walked, answer_of, nothing_moves
from advisor.fleet.ground import Saved, ground_of
from advisor.fleet.in_force import Asked, setting_of
from advisor.fleet.leaving import leaving
from advisor.fleet.one_cluster import OneCluster, cluster_with
from advisor.fleet.order import Order, best_order, plain_order
from advisor.fleet.outlook import outlook_of
from advisor.fleet.placement import NoPlace
from advisor.units import mib_to_bytes


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
    goes = leaving(one, node)
    setting = setting_of(
        one.hosts, one.cluster, [one.words[row] for row in goes.rows], one.assumed, asked.own_card, asked.wanted,
        asked.goals,
    )  # fmt: skip
    plan = DrainPlan(one, mode, asked, goes, setting)
    if not goes.rows:
        return nothing_moves(plan)
    at, constraint, together = _places(plan)
    if at is None:
        return answer_of(plan, constraint=constraint)
    ends = [(node, goes.nodes[k]) for k in at]
    saved = _saved(plan)
    traits = [one.traits[row] for row in goes.rows]
    ground = ground_of(setting, ends, traits, open_columns=one.open_columns(), saved=saved)
    order = _native_order(plan) if mode == "native" else best_order(ground, ends, setting.slots(node))
    quick = saved.moves if saved is not None else frozenset()
    outlook = outlook_of(setting, ground, ends, order, traits, quick)
    return answer_of(plan, Walked(ground, order, outlook, tuple(at), quick, together), constraint=constraint)


def _places(plan: DrainPlan) -> tuple[list[int] | None, str, tuple[int, ...]]:
    """The room of every move, or the constraint that leaves none; and who shares a node against its class."""
    goes = plan.goes
    found = goes.placed(plan.asked.reserve)
    if plan.mode == "native":
        # A cluster keeps no node in reserve, and looks at no processors.
        constraint = found.reason if isinstance(found, NoPlace) else ""
        return goes.freest(_native_order(plan).rows), constraint, ()
    if isinstance(found, NoPlace):
        unproven = "" if found.proven else " (none was found in the time a search may take)"
        return None, found.reason + unproven, ()
    return list(found.at), "", found.together


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
