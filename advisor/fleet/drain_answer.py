"""The answer of a drain: moves in order, what blocks, nodes before and after, what was assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from advisor.domain.answers import Assumption, Interval, Verdict
from advisor.domain.drain import Blocker, DrainAnswer, NodeLoad, PlannedMove, Way
from advisor.fleet.choices import choices_of
from advisor.fleet.disks import disk_assumptions
from advisor.fleet.drain_window import window_checks
from advisor.fleet.ground import Ground, ground_of
from advisor.fleet.in_force import STANDING_FOR_VMS, Asked, Setting
from advisor.fleet.leaving import CPU_AT_MOST, HOST_KEEPS_GIB, Leaving
from advisor.fleet.losses import ALL_FIND_ROOM, Losses
from advisor.fleet.moving_disks import MovingDisks
from advisor.fleet.one_cluster import OneCluster
from advisor.fleet.order import Order, plain_order
from advisor.fleet.outlook import Outlook, limit_words, outlook_of
from advisor.fleet.powershell import move_command
from advisor.fleet.priced import does_not_converge, shares_a_node
from advisor.fleet.runbook import drain_checks
from advisor.residual.basis import PROVEN
from advisor.units import format_duration

Mode = Literal["planned", "native"]

# Storage that several nodes share, as fast as VMs' saved states are written to it and read back (assumption: a few
# disks behind a controller, SSDs, or several NVMe drives).
SAVING_MIB_S: Final = (200.0, 500.0, 1500.0)

_GRAVEST_FIRST: Final = (Verdict.NOT_RECOMMENDED, Verdict.UNKNOWN, Verdict.CONDITIONS)


@dataclass(frozen=True)
class DrainPlan:
    """A drain to be answered."""

    one: OneCluster
    mode: Mode
    asked: Asked
    goes: Leaving
    setting: Setting
    disks: MovingDisks | None = None

    @property
    def host(self) -> str:
        """The node to be drained."""
        return self.one.hosts[self.goes.source].host


@dataclass(frozen=True)
class Walked:
    """A drain that was walked.

    `at` is the room of each move, `together` those that break anti-affinity, `losses` what becomes of the VMs of nodes
    that fail then.
    """

    ground: Ground
    order: Order
    outlook: Outlook
    at: tuple[int, ...]
    quick: frozenset[int]
    together: tuple[int, ...]
    losses: Losses = ALL_FIND_ROOM


def answer_of(plan: DrainPlan, made: Walked | None = None, *, constraint: str = "") -> DrainAnswer:
    """The whole answer."""
    one, goes, goals = plan.one, plan.goes, plan.asked.goals
    started = _started(made) if made is not None else []
    moves = _moves(plan, made, started) if made is not None else ()
    stuck = tuple(blocker.model_copy(update={"node": plan.host}) for blocker in goes.blockers)
    if not constraint and stuck:
        more = f", and {len(stuck) - 1} more" if len(stuck) > 1 else ""
        constraint = f"{stuck[0].stands}: {stuck[0].reason}{more}"
    feasible = not constraint
    window: Literal["meets", "misses", "none"] = "none"
    others_window: Literal["meets", "misses", "none"] = "none"
    if goals.window_s is not None:
        fits = made is None or made.outlook.quantile(goals.risk.quantile) <= goals.window_s
        window = "meets" if feasible and fits else "misses"
        if made is not None and not feasible:
            others_window = "meets" if fits else "misses"
    answer = DrainAnswer(
        cluster=one.name,
        host=plan.host,
        mode=plan.mode,
        setting=_setting_label(plan, made),
        feasible=feasible,
        constraint=constraint,
        goals=goals,
        end_s=made.outlook.end_s if made is not None and feasible else None,
        others_s=made.outlook.end_s if made is not None and not feasible else None,
        bound_s=made.outlook.bound_s if made is not None else None,
        bound_by=made.outlook.binds.by if made is not None else "",
        window=window,
        others_window=others_window,
        limit=limit_words(made.ground, made.outlook.binds, made.ground.case.path.effective) if made else "",
        at_once=made.order.at_once if made is not None else 0,
        moves=moves,
        blockers=(*stuck, *_priced(plan, made)),
        nodes=_loads(plan, made),
        assumptions=_assumptions(plan, made),
        card=plan.setting.card.name,
    )
    if made is not None:
        answer = answer.model_copy(update={"basis": made.outlook.basis})
    takes = {place + 1: made.outlook.takes[i] for place, i in enumerate(started)} if made is not None else {}
    first = _first_alone(plan, made, dict(zip(started, moves, strict=True))) if made is not None else None
    lost = ALL_FIND_ROOM if made is None else made.losses
    checks = drain_checks(one, answer, plan.setting, plan.asked.reserve, takes, first, lost)
    if made is not None:
        checks = (*checks, *window_checks(answer, made.outlook, started))
    return answer.model_copy(update={"checks": checks})


def _first_alone(
    plan: DrainPlan, made: Walked, moves: Mapping[int, PlannedMove]
) -> tuple[PlannedMove, Interval] | None:
    """The shortest live migration, to be made before all others, and how long it takes with nothing beside it [s]."""
    live = [i for i, move in moves.items() if move.way == "live"]
    if not live:
        return None
    i = min(live, key=lambda each: made.outlook.takes[each].p50)
    goes = replace(plan.goes, rows=(plan.goes.rows[i],), guests=(plan.goes.guests[i],))
    ends, traits = ((goes.source, goes.nodes[made.at[i]]),), [plan.one.traits[goes.rows[0]]]
    ground = ground_of(plan.setting, ends, traits, open_columns=plan.one.open_columns(), among=goes.among)
    choices = choices_of(plan.setting, goes, traits)
    return moves[i], outlook_of(plan.setting, ground, ends, plain_order([0], 1), traits, choices).takes[0]


def _setting_label(plan: DrainPlan, made: Walked | None) -> str:
    label, limit = plan.setting.option.setting, plan.setting.slots(plan.goes.source)
    at_once = limit if made is None else made.order.at_once
    allowed = "" if at_once == limit else f" (the limit allows {limit})"
    return f"{label}, {at_once} at a time{allowed}"


def _started(made: Walked) -> list[int]:
    """The moves in the order they start."""
    places = {row: place for place, row in enumerate(made.order.rows)}
    return sorted(made.order.rows, key=lambda i: (made.outlook.starts[i].p50, places[i]))


def _moves(plan: DrainPlan, made: Walked, started: Sequence[int]) -> tuple[PlannedMove, ...]:
    """The moves in the order they start."""
    one, goes, look = plan.one, plan.goes, made.outlook
    held = look.dark.quantile(plan.asked.goals.risk.quantile)
    with_disks = frozenset(() if plan.disks is None else plan.disks.rows)
    found = []
    for place, i in enumerate(started):
        way: Way = "quick" if i in made.quick else "storage" if i in with_disks else "live"
        verdict, reasons = _verdict(plan, made, i, float(held[i]))
        vm, destination = goes.guests[i].name, goes.rooms[made.at[i]].name
        found.append(
            PlannedMove(
                order=place + 1,
                vm=vm,
                memory_gib=float(one.vms.memory_gib[goes.rows[i]]),
                source=plan.host,
                destination=destination,
                way=way,
                start_s=look.starts[i],
                end_s=look.ends[i],
                dark_s=look.darks[i],
                verdict=verdict,
                reasons=reasons,
                command=move_command(vm, destination, way) if plan.mode == "planned" else "",
            )
        )
    return tuple(found)


def _verdict(plan: DrainPlan, made: Walked, i: int, held_s: float) -> tuple[Verdict, tuple[str, ...]]:
    """How a move stands, and why it is not plain ready."""
    look, goals = made.outlook, plan.asked.goals
    limit = goals.max_blackout_s
    found: list[tuple[Verdict, str]] = []
    if limit is not None:
        doubtful = limit < plan.setting.platform.blackout_needs_measuring_s and look.dark_basis not in PROVEN
        quick = i in made.quick
        if doubtful and not quick and look.darks[i].p05 <= limit:
            told = f"a blackout limit of {format_duration(limit)} cannot be promised before you have measured"
            found.append((Verdict.UNKNOWN, told))
        elif held_s > limit:
            reaches = f"{format_duration(held_s)} (p{goals.risk.quantile * 100:.0f})"
            told = f"its blackout may reach {reaches} against a limit of {format_duration(limit)}"
            found.append((Verdict.NOT_RECOMMENDED, told))
    if i in made.quick:
        dark = format_duration(look.darks[i].p50)
        found.append(
            (Verdict.CONDITIONS, f"its priority is below the threshold: saved for about {dark}, not moved live")
        )
    elif not look.converged[i]:
        dark = format_duration(look.darks[i].p50)
        found.append((Verdict.CONDITIONS, f"it does not converge: the pass limit forces a blackout of about {dark}"))
    if i in made.together:
        found.append((Verdict.CONDITIONS, f"it shares {plan.goes.rooms[made.at[i]].name} with a VM of its class"))
    graver = (one for one in _GRAVEST_FIRST if any(verdict is one for verdict, _ in found))
    return next(graver, Verdict.READY), tuple(told for _, told in found)


def _priced(plan: DrainPlan, made: Walked | None) -> tuple[Blocker, ...]:
    """VMs that move all the same, at a price."""
    if made is None:
        return ()
    look, guests, host = made.outlook, plan.goes.guests, plan.host
    endless = (
        does_not_converge(guest.name, host, float(look.passes[i]), look.darks[i])
        for i, guest in enumerate(guests)
        if not look.converged[i]
    )
    together = (shares_a_node(guests[i].name, host, plan.goes.rooms[made.at[i]].name) for i in made.together)
    return (*endless, *together)


def _loads(plan: DrainPlan, made: Walked | None) -> tuple[NodeLoad, ...]:
    """Every node that has a part in it, before and after."""
    one, goes = plan.one, plan.goes
    given = one.given[goes.source]
    own = one.on(goes.source)
    before = float(one.memory_gib[own].sum()) if own else 0.0
    left = {} if made is None else dict(zip(goes.rows, made.at, strict=True))
    staying = [row for row in own if row not in left]
    # What a host does beside its VMs nobody knows where its use was laid on them.
    told = not np.isnan(one.vms.cpu_use[own]).any()
    busy = given.cpu_busy
    away = _share(float(one.cores[list(left)].sum()) if left else 0.0, one.hosts[goes.source].cores)
    loads = [
        NodeLoad(
            node=plan.host,
            memory_gib=given.memory_gib,
            before_gib=before,
            after_gib=float(one.memory_gib[staying].sum()) if staying else 0.0,
            most_gib=before,
            cpu_before=busy,
            cpu_after=None if busy is None or not told else max(busy - away, 0.0),
        )
    ]
    for k, (node, room) in enumerate(zip(goes.nodes, goes.rooms, strict=True)):
        rows = [row for row, at in left.items() if at == k]
        after = room.used_gib + (float(one.memory_gib[rows].sum()) if rows else 0.0)
        known = one.given[node].cpu_busy
        sure = known is not None and bool(one.cores_known[rows].all())
        more = _share(float(one.cores[rows].sum()) if rows else 0.0, one.hosts[node].cores)
        loads.append(
            NodeLoad(
                node=room.name,
                memory_gib=one.given[node].memory_gib,
                before_gib=room.used_gib,
                after_gib=after,
                # Moves under way have their memory here from the start: it only grows.
                most_gib=after,
                cpu_before=known,
                cpu_after=known + more if known is not None and sure else None,
                moves_in=len(rows),
            )
        )
    return tuple(loads)


def _share(cores: float, of: int | None) -> float:
    return cores / of if of else 0.0


def _assumptions(plan: DrainPlan, made: Walked | None) -> tuple[Assumption, ...]:
    """What was taken for granted: of the nodes, of their settings, of the drain itself."""
    found = [
        *plan.one.assumptions(),
        *disk_assumptions(plan.one, plan.goes.rows),
        Assumption(
            what="memory that a host keeps for itself",
            value=f"{HOST_KEEPS_GIB:g} GiB",
            why="assumption: the parent partition",
        ),
        Assumption(
            what="processors of a node that takes VMs",
            value=f"planned up to {CPU_AT_MOST:.0%} in use",
            why="assumption: peaks need the rest; only where the inventory says how busy a node is",
        ),
    ]
    if plan.mode == "native":
        found.append(
            Assumption(
                what="nodes in reserve",
                value="none is asked for",
                why="a cluster's own drain asks what is free, not what another failure would need; whether a node may "
                "still be lost stands in the checks",
            )
        )
        found.append(
            Assumption(
                what="order within a priority, and nodes",
                value="as the inventory lists them; preferred owners first, then apart from their class, then the "
                "node with most free memory",
                why="assumption: the cluster decides, and this is likeliest",
            )
        )
    elif plan.asked.reserve:
        found.append(
            Assumption(
                what="nodes in reserve",
                value=f"{plan.asked.reserve}: the VMs of any that fail find room on the others",
                why="by their memory, VM by VM",
            )
        )
    if made is not None and made.quick:
        low, middle, high = SAVING_MIB_S
        found.append(
            Assumption(
                what="storage that saved states are written to and read from",
                value=f"{middle:g} MiB/s, from {low:g} to {high:g}",
                why="assumption: shared by all of them; time your own with Save-VM",
            )
        )
    known = {one.what for one in found}
    return tuple(dict.fromkeys((*found, *(one for one in _of_setting(plan) if one.what not in known))))


def _of_setting(plan: DrainPlan) -> Sequence[Assumption]:
    """The setting's own; what it says of VMs and of a ring of nodes is told otherwise here."""
    elsewhere = ("destination", "drains of several", "node of VMs", STANDING_FOR_VMS)
    return [one for one in plan.setting.assumptions if not one.what.startswith(elsewhere)]


def nothing_moves(plan: DrainPlan) -> DrainAnswer:
    """The answer where no VM is to move: over at once, unless something blocks or the node is down."""
    if plan.one.given[plan.goes.source].state == "down":
        why = f"{plan.host} is down: its VMs run on other nodes by now or are off, and there is nothing to drain"
        return answer_of(replace(plan, goes=replace(plan.goes, rows=(), guests=(), blockers=())), constraint=why)
    answer = answer_of(plan)
    if answer.blockers:
        return answer
    return answer.model_copy(update={"end_s": Interval(p05=0.0, p50=0.0, p95=0.0), "bound_s": 0.0})
