"""What to look at before, during and after a patch night, and what was assumed of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from advisor.domain.answers import Assumption
from advisor.domain.drain import Check
from advisor.fleet.disks import disk_assumptions
from advisor.fleet.in_force import STANDING_FOR_VMS
from advisor.fleet.leaving import CPU_AT_MOST, HOST_KEEPS_GIB
from advisor.fleet.one_cluster import some_of
from advisor.fleet.patch_course import HEALTH_S, NO_TIME, RESYNC_S, UPDATE_S, Course, NightPlan, Span
from advisor.fleet.runbook import cluster_checks
from advisor.units import format_duration


def checks_before(plan: NightPlan) -> list[Check]:
    """What to look at before."""
    checks = cluster_checks(plan.one, plan.setting, None)
    state: Literal["go", "no-go"] = "no-go" if plan.turns.lack else "go"
    text = "the VMs of every node that is up find room in its turn, the reserve kept" + (
        f": {plan.turns.lack}" if plan.turns.lack else ""
    )
    checks.append(Check(when="before", state=state, text=text))
    if plan.left_out:
        names = some_of([f"{name} ({state})" for name, state in plan.left_out.items()])
        text = f"every node has a turn; left out, and not updated that night: {names}"
        checks.append(Check(when="before", state="no-go", text=text, how="Get-ClusterNode; Resume-ClusterNode"))
    if plan.turns.blocking:
        names = some_of([f"{one.vm} on {one.node}: {one.to_do}" for one in plan.turns.blocking], "; ")
        checks.append(Check(when="before", state="no-go", text=f"VMs that cannot leave are dealt with: {names}"))
    checks.append(
        Check(
            when="before",
            state="verify",
            text="backups are recent, and no backup, replication or storage job runs during the night",
            how="Get-StorageJob; the backup's own console",
        )
    )
    return checks


def window_check(plan: NightPlan, end_s: float, window_s: float) -> Check:
    """Whether the night is over within the window; `end_s` is when in a bad case."""
    done = ", what blocks dealt with," if plan.turns.blocking else ""
    quantile = f"p{plan.asked.goals.risk.quantile * 100:.0f}"
    text = (
        f"the night is over{done} within the window of {format_duration(window_s)}: after {format_duration(end_s)} at "
    )
    return Check(when="before", state="go" if end_s <= window_s else "no-go", text=text + quantile)


def checks_during(plan: NightPlan, course: Course) -> list[Check]:
    """What tells that the night goes as planned, and when to stop."""
    checks = [
        Check(
            when="during",
            state="verify",
            text="the next node's turn begins only when the last one is up, updated, and full again",
            how="Get-ClusterNode; Get-HotFix; Get-ClusterGroup",
        )
    ]
    if plan.resync != NO_TIME:
        text = "no storage job runs and every virtual disk is healthy before the next node is drained"
        checks.append(Check(when="during", state="verify", text=text, how="Get-StorageJob; Get-VirtualDisk"))
    checks.append(Check(when="during", state="verify", text=_half_way(plan, course)))
    checks.append(
        Check(
            when="during",
            state="verify",
            text="stop where a node does not come back, a move fails twice, or a volume is not healthy",
            how="Get-ClusterNode; Get-ClusterLog",
        )
    )
    checks.append(
        Check(
            when="after",
            state="verify",
            text="every node is up with the same updates, and every VM runs that ran before; VMs that are off are not "
            "in this plan: their roles go with the cluster's own pause of a node",
            how="Get-ClusterNode; Get-HotFix; Get-ClusterGroup | where State -ne Online",
        )
    )
    return checks


def _half_way(plan: NightPlan, course: Course) -> str:
    """When half of the nodes should be over, and when to stop where they are not: in time for the window, if any."""
    ends_s, window_s = np.cumsum(course.seconds, axis=0), plan.asked.goals.window_s
    last_of = {turn: step for step, (turn, _) in enumerate(course.labels)}
    half = (len(last_of) - 1) // 2
    end = course.intervals(ends_s)[last_of[half]]
    text = f"{half + 1} of {len(last_of)} nodes should be over after {format_duration(end.p50)}"
    share = plan.asked.goals.risk.quantile
    in_bad_case_s = course.quantile(ends_s, share)
    rest_s = float(in_bad_case_s[-1] - in_bad_case_s[last_of[half]])
    if window_s is None or in_bad_case_s[-1] > window_s or rest_s <= 0:
        text += f", at the latest after {format_duration(end.p95)} (p95); beyond that, stop after the node under way"
        return text
    return (
        f"{text}; if they are not after {format_duration(window_s - rest_s)}, begin no further turn: the rest may take "
        f"{format_duration(rest_s)} (p{share * 100:.0f}), and the window of {format_duration(window_s)} would be missed"
    )


def assumptions_of_night(plan: NightPlan) -> list[Assumption]:
    """What was taken for granted."""
    found = [
        *plan.one.assumptions(),
        *disk_assumptions(plan.one, [row for trip in plan.turns.out for row in trip.rows]),
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
    spans: Sequence[tuple[str, Span, Span, str]] = (
        ("update and reboots of a node", plan.night.update, UPDATE_S, "a cumulative update, one or two reboots"),
        ("resync of the storage", plan.resync, RESYNC_S, "what was written during the reboot, beside VMs at work"),
        ("look at a node's health", plan.night.health, HEALTH_S, "a few commands"),
    )
    for what, span, default, why in spans:
        if span == default:
            low, middle, high = (format_duration(seconds) for seconds in span)
            found.append(Assumption(what=what, value=f"{middle}, from {low} to {high}", why=f"assumption: {why}"))
    found.append(
        Assumption(
            what="order of the moves",
            value="searched for on the longest drain; on others longest first, as many at once as end soonest",
            why="every trip is simulated, there and back, with every factor at its low and its high",
        )
    )
    elsewhere = ("destination", "drains of several", "node of VMs", STANDING_FOR_VMS)
    more = [one for one in plan.setting.assumptions if not one.what.startswith(elsewhere)]
    return list(dict.fromkeys((*found, *more)))
