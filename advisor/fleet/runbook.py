"""What to look at before, during and after a drain or a patch night, and when to stop: with the numbers of the plan."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from advisor.domain.answers import Interval, Verdict
from advisor.domain.drain import Check, DrainAnswer, NodeLoad, PlannedMove
from advisor.domain.estate import EstateHost
from advisor.fleet.in_force import Setting
from advisor.fleet.leaving import HOST_KEEPS_GIB, named
from advisor.fleet.losses import Losses
from advisor.fleet.one_cluster import OneCluster, some_of
from advisor.fleet.placement import gib
from advisor.fleet.powershell import move_command, quoted
from advisor.units import format_duration

State = Literal["go", "no-go", "verify"]

# Moves named one by one; the others are told by their number.
_NAMED = 3


def drain_checks(
    one: OneCluster,
    answer: DrainAnswer,
    setting: Setting,
    reserve: int,
    takes: Mapping[int, Interval],
    first: tuple[PlannedMove, Interval] | None,
    lost: Losses,
) -> tuple[Check, ...]:
    """Checks of a drain.

    Parameters
    ----------
    takes : by place in the order of starts, how long a move takes, others under way [s].
    first : the move to make before all others, and how long it takes alone [s]; None where nothing moves live.
    lost : what becomes of the VMs of nodes that fail then.
    """
    host = answer.host
    checks = [*cluster_checks(one, setting, host), *_paused(one, host), *_room(answer, reserve, lost)]
    checks += _not_counted(one, host)
    blocking = [f"{blocker.vm}: {blocker.to_do}" for blocker in answer.blockers if blocker.blocks]
    if blocking:
        text = f"VMs that cannot leave are dealt with: {some_of(blocking, '; ')}"
        checks.append(Check(when="before", state="no-go", text=text))
    if answer.moves:
        checks += _blackouts(answer)
        checks += _disks(answer)
        checks += [] if first is None else [_acceptance(*first)]
        checks += _during(answer, takes)
    if answer.feasible or answer.moves:
        checks += _after(answer)
    return tuple(checks)


def cluster_checks(one: OneCluster, setting: Setting, host: str | None) -> list[Check]:
    """What of a cluster has to be right before anything moves."""
    others = [node for node in one.given if node.host != host]
    down = [node.host for node in others if node.state in {"down", "paused"}]
    unknown = [node for node in others if node.state is None]
    other = "" if host is None else "other "
    nodes = {1: f"the {other}node", 2: f"both {other}nodes"}.get(len(others), f"all {len(others)} {other}nodes")
    state: State = "no-go" if down else "verify" if unknown else "go"
    text = f"{nodes} {'is' if len(others) == 1 else 'are'} up" + (f"; not up: {some_of(down)}" if down else "")
    checks = [Check(when="before", state=state, text=text, how="Get-ClusterNode")]
    checks.append(_limits(one.given, setting))
    checks.append(
        Check(
            when="before",
            state="verify",
            text="every node has the same live migration networks, in the same order",
            how="Get-ClusterResourceType 'Virtual Machine' | Get-ClusterParameter MigrationNetworkOrder, "
            "MigrationExcludeNetworks",
        )
    )
    on_nodes = one.setting("storage") == "nodes"
    text = "all volumes are online" + (", no storage job runs, every virtual disk is healthy" if on_nodes else "")
    how = "Get-StorageJob; Get-VirtualDisk" if on_nodes else "Get-ClusterSharedVolume"
    checks.append(Check(when="before", state="verify", text=text, how=how))
    return checks


def _not_counted(one: OneCluster, host: str) -> list[Check]:
    """VMs on the nodes that stay whose rows could not be read: they take room that nobody knows."""
    nodes = [node for node, own in enumerate(one.given) if own.host != host and own.state in {None, "up"}]
    missed = [named(row) for row in one.missed_on(nodes)]
    if not missed:
        return []
    text = f"there is room beside {some_of(missed)}: on the nodes that stay, not read, and so not counted here"
    return [Check(when="before", state="verify", text=text, how="Get-VM; Get-VMHost | select MemoryCapacity")]


def _paused(one: OneCluster, host: str) -> list[Check]:
    """A node that is paused already: a drain may have been begun."""
    if not any(node.host == host and node.state == "paused" for node in one.given):
        return []
    text = f"{host} is paused already: no drain of it is under way, and none has failed for a reason that still holds"
    return [Check(when="before", state="verify", text=text, how=f"(Get-ClusterNode {quoted(host)}).DrainStatus")]


def _limits(given: Sequence[EstateHost], setting: Setting) -> Check:
    """Whether every node allows as many moves at once."""
    by_limit: dict[int, list[str]] = {}
    for i, node in enumerate(given):
        by_limit.setdefault(setting.slots(i), []).append(node.host)
    how = "Get-VMHost | select MaximumVirtualMachineMigrations; (Get-Cluster).MaximumParallelMigrations"
    if len(by_limit) > 1:
        told = "; ".join(f"{limit} on {some_of(names)}" for limit, names in sorted(by_limit.items()))
        text = f"every node allows as many moves at once; the plan counts with {told}"
        return Check(when="before", state="verify", text=text, how=how)
    (limit,) = by_limit
    sure = setting.cluster is not None and setting.cluster.max_parallel_migrations is not None
    sure = sure or all(node.simultaneous is not None for node in given)
    text = f"every node allows {limit} move{'s' if limit > 1 else ''} at once"
    return Check(when="before", state="go" if sure else "verify", text=text, how=how)


def _room(answer: DrainAnswer, reserve: int, lost: Losses) -> list[Check]:
    """Memory and processors on the nodes that stay, and what is left to lose."""
    staying = answer.nodes[1:]
    how = "Get-VM | measure MemoryAssigned -Sum; Get-VMHost | select MemoryCapacity"
    blind = [node.node for node in staying if node.memory_gib is None]
    if not answer.feasible and not answer.moves:
        if any(blocker.blocks for blocker in answer.blockers):
            return []
        return [Check(when="before", state="no-go", text=f"no plan: {answer.constraint}")]
    if not staying:
        text = "a node is up to take VMs: no other node is"
        return [Check(when="before", state="no-go", text=text, how="Get-ClusterNode")]
    checks = []
    if blind:
        text = f"there is room for {gib(_moved(answer))}: the memory of {some_of(blind)} is not known"
        checks.append(Check(when="before", state="verify", text=text, how=how))
    else:
        taking = [node for node in staying if node.moves_in]
        if taking:
            least = min(taking, key=lambda node: _for_vms(node) - node.most_gib)
            free = _for_vms(least) - least.most_gib
            text = f"{gib(_moved(answer))} go to {len(taking)} node{'s' if len(taking) > 1 else ''}; fullest then: "
            text += f"{least.node}, {gib(least.most_gib)} of {gib(_for_vms(least))}"
            checks.append(Check(when="before", state="go" if free >= 0 else "no-go", text=text, how=how))
        full = [node.node for node in staying if not node.moves_in and node.before_gib > _for_vms(node)]
        if full:
            text = f"the inventory is right about {some_of(full)}: more memory of VMs than there is"
            checks.append(Check(when="before", state="verify", text=text, how=how))
        checks.append(_reserve(answer, reserve, lost))
    if any(node.cpu_after is None for node in staying):
        text = "nodes that take VMs have processors to spare: the inventory does not say how busy all of them are"
        checks.append(Check(when="before", state="verify", text=text, how="Get-Counter '\\Hyper-V Hypervisor Logical "
                            "Processor(_Total)\\% Total Run Time'"))  # fmt: skip
    else:
        busiest = max(staying, key=lambda node: node.cpu_after or 0.0)
        over = (busiest.cpu_after or 0.0) > 1.0
        text = f"busiest node afterwards: {busiest.node} with {busiest.cpu_after or 0.0:.0%} of its processors in use"
        checks.append(Check(when="before", state="no-go" if over else "go", text=text))
    return checks


def _for_vms(node: NodeLoad) -> float:
    """What a node has for its VMs [GiB]."""
    return max((node.memory_gib or 0.0) - HOST_KEEPS_GIB, 0.0)


def _reserve(answer: DrainAnswer, reserve: int, lost: Losses) -> Check:
    """Whether one more node may be lost."""
    staying = answer.nodes[1:]
    needed = math.fsum(node.after_gib for node in staying)
    largest = sorted((_for_vms(node) for node in staying), reverse=True)
    left = math.fsum(largest[reserve:])
    text = f"no node is kept in reserve: {gib(needed)} of VMs, {gib(left)} of memory, and the next failure stops some"
    if reserve:
        what = f"{reserve} more node{'s' if reserve != 1 else ''}"
        text = f"the remaining nodes may lose {what}: {gib(needed)} of VMs, {gib(left)} of memory then"
    state: State = "no-go" if left < needed or lost.lack else "verify" if lost.open else "go"
    text += f"; {lost.lack}" if lost.lack else ""
    text += f"; of {lost.open} possible failures it is not known whether every VM finds room" if lost.open else ""
    return Check(when="before", state=state, text=text, how="the table of nodes below")


def _blackouts(answer: DrainAnswer) -> list[Check]:
    """Whether the limit on blackouts holds for every move, where there is one."""
    limit, found = answer.goals.max_blackout_s, []
    broken = [move.vm for move in answer.moves if move.verdict is Verdict.NOT_RECOMMENDED]
    doubtful = [move.vm for move in answer.moves if move.verdict is Verdict.UNKNOWN]
    if limit is None:
        return []
    of = f"of {len(answer.moves)} VMs"
    if broken:
        text = f"no VM is dark for more than {format_duration(limit)}: {len(broken)} {of} may be, {some_of(broken)}; "
        text += "shut them down for the drain, or allow them more"
        found.append(Check(when="before", state="no-go", text=text))
    if doubtful:
        text = f"no VM is dark for more than {format_duration(limit)}: for {len(doubtful)} {of} that cannot be told "
        text += "before you have measured; time the blackout of the first move"
        found.append(Check(when="before", state="verify", text=text))
    return found


def _disks(answer: DrainAnswer) -> list[Check]:
    """Room for disks that move too: no inventory says how much is free."""
    nodes = list(dict.fromkeys(move.destination for move in answer.moves if move.way == "storage"))
    if not nodes:
        return []
    own = [move.vm for move in answer.moves if move.way == "storage"]
    text = f"{some_of(nodes)} {'has' if len(nodes) == 1 else 'have'} free storage for the disks of {some_of(own)}"
    return [Check(when="before", state="verify", text=text, how="Get-VHD; Get-Volume")]


def _acceptance(move: PlannedMove, alone: Interval) -> Check:
    """One move to make before trusting the rest."""
    most, about = format_duration(alone.p95), format_duration(alone.p50)
    text = f"move {move.vm} alone: it should take at most {most}, about {about}"
    how = f"Measure-Command {{ {move_command(move.vm, move.destination, move.way)} }}"
    return Check(when="before", state="verify", text=text, how=how)


def _during(answer: DrainAnswer, takes: Mapping[int, Interval]) -> list[Check]:
    """What tells that the drain goes as planned, and when to stop."""
    checks = []
    longest = sorted(answer.moves, key=lambda move: -takes[move.order].p50)[:_NAMED]
    for move in longest:
        own = takes[move.order]
        look = "the links" if move.way == "live" else "the storage" if move.way == "quick" else "the storage and links"
        text = (
            f"{move.vm} takes about {format_duration(own.p50)}; if it is not over {format_duration(own.p95)} after its "
            f"start (p95), start no further moves and look at {look}"
        )
        checks.append(Check(when="during", state="verify", text=text, how="Get-VM | select Name, Status"))
    half = answer.moves[(len(answer.moves) - 1) // 2]
    over = sum(move.end_s.p50 <= half.end_s.p50 for move in answer.moves)
    text = f"{over} of {len(answer.moves)} VMs should be over after {format_duration(half.end_s.p50)}; if they are not "
    text += f"after {format_duration(half.end_s.p95)} (p95), the whole is late by as much"
    checks.append(
        Check(when="during", state="verify", text=text, how=f"Get-ClusterNode {quoted(answer.host)} | Get-ClusterGroup")
    )
    tight = [node for node in answer.nodes[1:] if node.memory_gib is not None and node.moves_in]
    stop = "stop where a move fails twice, a node leaves the cluster"
    if tight:
        least = min(tight, key=lambda node: _for_vms(node) - node.after_gib)
        free = _for_vms(least) - least.after_gib
        stop += f", or {least.node} has less than {gib(max(free, 0.0) / 2)} free (planned: {gib(max(free, 0.0))})"
    limit = answer.goals.max_blackout_s
    if limit is not None:
        stop += f", or a VM was dark for more than {format_duration(limit)}"
    checks.append(Check(when="during", state="verify", text=stop, how="Get-ClusterNode; Get-ClusterLog"))
    return checks


def _after(answer: DrainAnswer) -> list[Check]:
    """When the node may be shut down."""
    host = answer.host
    text = "VMs that are off are not in this plan: move their roles too, at once where storage is shared, else with "
    text += "their disks (Move-VM -IncludeStorage)"
    how = f"Get-ClusterNode {quoted(host)} | Get-ClusterGroup | where State -eq Offline | Move-ClusterGroup"
    checks = [Check(when="after", state="verify", text=text, how=how)]
    if answer.mode == "planned":
        text = f"no VM is left on {host}: pause it, so that none comes back"
        checks.append(Check(when="after", state="verify", text=text, how=f"Suspend-ClusterNode {quoted(host)} -Drain"))
    else:
        text = f"{host} is paused and its drain completed"
        how = f"(Get-ClusterNode {quoted(host)}).DrainStatus"
        checks.append(Check(when="after", state="verify", text=text, how=how))
    text = "every VM runs, and those that were saved have been resumed"
    checks.append(Check(when="after", state="verify", text=text, how="Get-ClusterGroup | where State -ne Online"))
    dark = [move.vm for move in answer.moves if move.verdict is Verdict.NOT_RECOMMENDED]
    if dark:
        text = f"what runs in {some_of(dark)} outlived a blackout beyond the limit"
        checks.append(Check(when="after", state="verify", text=text))
    return checks


def _moved(answer: DrainAnswer) -> float:
    """Memory that moves [GiB]."""
    return math.fsum(node.after_gib - node.before_gib for node in answer.nodes[1:])
