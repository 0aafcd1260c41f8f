"""Rows for clusters: the setting, why, the runner-up, and what rules forbid or leave open."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.ranking import Reason
from advisor.advice.vm_answers import findings_of, is_serious
from advisor.domain.answers import Verdict
from advisor.domain.costs import ChangeCost
from advisor.domain.fleet import BINDING_WORDS
from advisor.domain.goals import Goals
from advisor.fleet.answers import Numbers
from advisor.fleet.cluster_group import Group, Sorted
from advisor.fleet.cluster_room import ClusterRoom, kept_told, room_told
from advisor.fleet.clusters import Chosen, OnCluster
from advisor.fleet.digits import significant
from advisor.fleet.kinds import host_kinds
from advisor.fleet.reasons import REASON_WORDS, UNKNOWN
from advisor.fleet.rows import blackouts_over, limit_of, told_rung
from advisor.fleet.settings import Settled
from advisor.fleet.sizing import Sized
from advisor.rules import get_rule
from advisor.units import format_duration, mib_to_bytes, seconds_to_ms

Row = dict[str, Any]
Bools = NDArray[np.bool_]

# VMs that are named where a goal is missed, and rules by their titles.
_NAMED: Final = 3


def cluster_rows(
    sorted_: Sorted,
    settled: Settled,
    numbers: Numbers,
    sized: Sized,
    room: ClusterRoom,
    goals: Goals,
    costs: tuple[ChangeCost, ...],
) -> list[Row]:
    """The table `clusters`."""
    table = sorted_.partition.table
    hosts = len(sorted_.completed)
    count = np.bincount(table.host, minlength=hosts)
    memory = np.bincount(table.host, weights=table.memory_gib, minlength=hosts)
    over, _ = blackouts_over(sorted_, numbers, goals)
    rows = []
    for group, chosen in zip(sorted_.groups, settled.chosen, strict=True):
        row: Row = {
            "cluster": group.name,
            "hosts": int(group.hosts.size),
            "vms": int(count[group.hosts].sum()),
            "memory_gib": _digits(memory[group.hosts].sum()),
        }
        if chosen is None:
            row |= _nothing_moves(sorted_, group, row["vms"], kept_told(sorted_, group, room))
        else:
            row |= _setting(sorted_, group, chosen, numbers, sized, room, goals, over)
        row |= _sizing(sorted_, group, sized, costs)
        rows.append(row)
    return rows


def _digits(value: float) -> float:
    return float(significant(value))


def _nothing_moves(sorted_: Sorted, group: Group, vms: int, kept: list[str]) -> Row:
    """A cluster with no VM that moves: what is in force stays; where it has VMs, none of them can, or is known to."""
    option = group.kind.problem.options[group.kind.today]
    verdict, why = (Verdict.UNKNOWN, "") if kept else (Verdict.READY, "nothing is there to move")
    if vms:
        codes = set(sorted_.blocked[np.isin(sorted_.partition.table.host, group.hosts)].tolist())
        verdict = Verdict.UNKNOWN if codes <= UNKNOWN else Verdict.NOT_RECOMMENDED
        said = "; ".join(REASON_WORDS[code] for code in REASON_WORDS if code in codes)
        why = f"none of its {vms} VMs can be timed: {said}"
    if kept:
        why = _sentences([*kept, why])
    seconds = None if vms or kept else 0.0
    times = ("drain_s_p50", "drain_s_p95", "today_s_p50", "all_hosts_s_p50", "blackout_ms_p95")
    return {
        "verdict": verdict.value, "setting": option.label, "transport": option.transport.value,
        "simultaneous": option.simultaneous, "cap_mib_s": None, "changes": "", "why": why,
        "runner_up": "", "runner_up_why": "", "rejected": "", "verify": "", "basis": "physics",
        **dict.fromkeys(times, seconds),
    }  # fmt: skip


def _setting(
    sorted_: Sorted,
    group: Group,
    chosen: Chosen,
    numbers: Numbers,
    sized: Sized,
    room: ClusterRoom,
    goals: Goals,
    over: Bools,
) -> Row:
    taken = chosen.best or chosen.today
    drain, today = numbers.drain[:, group.hosts], numbers.today_s[group.hosts]
    moving = ~np.isnan(drain[1])
    caps = [row[taken.k].path.cap_bytes_s for row in group.kind.problem.cases]
    problem = group.kind.problem
    found = findings_of(problem, taken.k)
    missed, late = _missed(group, taken, numbers, sized, goals), int(sized.missing[group.hosts].sum())
    serious = tuple(dict.fromkeys(one.rule for one in found if is_serious(one)))
    kept = kept_told(sorted_, group, room)
    verdict = _verdict(chosen, taken, missed, bool(serious or kept))
    said = _reasons(sorted_, group, chosen, sized, goals, over if Reason.MISSES_BLACKOUT in missed else None)
    if verdict is Verdict.UNKNOWN:
        said.append("the blackout limit cannot be promised before you have measured")
    if serious and not said:
        said.append(_conditions(serious))
    return {
        "verdict": verdict.value,
        "setting": taken.option.label,
        "transport": taken.option.transport.value,
        "simultaneous": taken.option.simultaneous,
        "cap_mib_s": _digits(min(caps) / mib_to_bytes(1.0)) if min(caps) < math.inf else None,
        "changes": "; ".join(_changes(sorted_, group, taken)),
        "why": _sentences(
            [
                *kept,
                "; ".join(said),
                *room_told(sorted_, group, room),
                _why(sorted_, group, chosen, numbers, missed, goals, late),
            ]
        ),
        "runner_up": "" if chosen.runner_up is None else chosen.runner_up.option.label,
        "runner_up_why": _why_not(chosen, group.hosts.size),
        "rejected": "; ".join(_rejected(group)),
        "verify": "; ".join(dict.fromkeys(one.rule for one in found if one.answer == "unknown")),
        "drain_s_p50": _digits(drain[1][moving].max()),
        "drain_s_p95": _digits(drain[2][moving].max()),
        "today_s_p50": _digits(today[moving].max()),
        "all_hosts_s_p50": _digits(drain[1][moving].sum()),
        "blackout_ms_p95": _digits(seconds_to_ms(float(numbers.host_dark[2, group.hosts][moving].max()))),
        "basis": taken.basis.value,
    }


def _sentences(told: Iterable[str]) -> str:
    """Sentences one after another; the last full stop is left out."""
    return ". ".join(one[0].upper() + one[1:] for one in told if one)


def _conditions(rules: tuple[str, ...]) -> str:
    """What to look at before the setting is used: rules, the first of them with their titles."""
    named = [f"{rule} ({get_rule(rule).title})" for rule in rules[:_NAMED]]
    return f"conditions: {', '.join([*named, *rules[_NAMED:]])}"


def _missed(group: Group, taken: OnCluster, numbers: Numbers, sized: Sized, goals: Goals) -> tuple[Reason, ...]:
    """Goals that the setting misses on some host, by the event walk."""
    missed = [Reason.MISSES_WINDOW] if sized.missing[group.hosts].any() else []
    if goals.max_blackout_s is not None:
        # What cannot be promised before measuring can still be ruled out.
        held = numbers.host_dark[0 if taken.dark_unknown else 3, group.hosts]
        if np.nanmax(held) > goals.max_blackout_s:
            missed.append(Reason.MISSES_BLACKOUT)
    return tuple(missed)


def _verdict(chosen: Chosen, taken: OnCluster, missed: tuple[Reason, ...], serious: bool) -> Verdict:
    if chosen.best is None or missed:
        return Verdict.NOT_RECOMMENDED
    if taken.dark_unknown:
        return Verdict.UNKNOWN
    return Verdict.CONDITIONS if serious else Verdict.READY


def _changes(sorted_: Sorted, group: Group, taken: OnCluster) -> list[str]:
    """What must be altered; where hosts are set differently today, what is set on which of them."""
    untold = {change.code: change.current for change in group.kind.problem.options[taken.k].changes}
    mixed = untold | (_mixed(sorted_, group) if len(group.kind.problem.pairs) > 1 else {})
    said = []
    for change in taken.option.changes:
        current = change.current.replace(untold[change.code], mixed[change.code])
        said.append(f"{change.what}: {current} -> {change.recommended} ({change.disruption})")
    return said


def _mixed(sorted_: Sorted, group: Group) -> dict[str, str]:
    """By change, what stands today where hosts of a cluster differ: of which hosts, and not of which kinds."""
    problem = group.kind.problem
    pairs = [pair.model_copy(update={"destination": pair.source}) for pair in problem.pairs]
    _, kinds = host_kinds([sorted_.completed[host] for host in group.hosts.tolist()])
    found = {}
    limits = {pair.simultaneous or problem.platform.default_simultaneous(pair) for pair in pairs}
    if len(limits) > 1:
        found["simultaneous"] = f"{min(limits)} to {max(limits)}, by host"
    if any(nic.has_jumbo for pair in pairs for nic in pair.source.migration_nics):
        found["jumbo"] = "on some of them"
    names: dict[str, list[str]] = {}
    for host, kind in zip(group.hosts.tolist(), kinds.tolist(), strict=True):
        names.setdefault(problem.platform.today(pairs[kind]).set_by, []).append(sorted_.partition.hosts[host].host)
    if len(names) > 1:
        found["transport"] = ", ".join(f"{setting} on {_listed(own)}" for setting, own in sorted(names.items()))
    return found


def _listed(names: list[str]) -> str:
    """A few names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _reasons(
    sorted_: Sorted, group: Group, chosen: Chosen, sized: Sized, goals: Goals, over: Bools | None
) -> list[str]:
    """Why a cluster is not recommended, in short: which goals it misses, and on how many hosts, or for which VMs."""
    if chosen.best is None:
        return ["rules forbid every setting"]
    said = []
    missing = int(sized.missing[group.hosts].sum())
    if missing:
        said.append(f"misses the window on {missing} of {group.hosts.size} hosts")
    if over is not None and goals.max_blackout_s is not None:
        table = sorted_.partition.table
        (rows,) = np.nonzero(over)
        names = table.vm[rows[np.isin(table.host[rows], group.hosts)]].tolist()
        said.append(f"blackout over {format_duration(goals.max_blackout_s)}: {_listed(names)}")
    return said


def _why(
    sorted_: Sorted, group: Group, chosen: Chosen, numbers: Numbers, missed: tuple[Reason, ...], goals: Goals, late: int
) -> str:
    if chosen.best is None:
        return "the times are of what is in force today"
    best, today = chosen.best, chosen.today
    slowest = int(group.hosts[np.nanargmax(numbers.drain[1, group.hosts])])
    held = round(goals.risk.quantile * 100)
    text = f"the slowest host drains in {format_duration(float(numbers.drain[1, slowest]))}"
    text += f" (p{held} {format_duration(float(numbers.drain[3, slowest]))})"
    if best.k != today.k:
        text += f", with today's setting in {format_duration(float(np.nanmax(numbers.today_s[group.hosts])))}"
        if today.missing > late:
            text += f", where {today.missing} of {group.hosts.size} hosts would miss the window"
    text += f"; what binds is {BINDING_WORDS[limit_of(sorted_, numbers, group, slowest)]}"
    return text + ("; no other setting that was weighed comes nearer to the goals" if missed else "")


def _why_not(chosen: Chosen, hosts: int) -> str:
    """Why the runner-up was not taken, in numbers."""
    second, best, why_not = chosen.runner_up, chosen.best, chosen.why_not
    if second is None or best is None:
        return ""
    times = f"{format_duration(second.all_p50)} for all hosts against {format_duration(best.all_p50)}"
    if why_not is Reason.MISSES_WINDOW:
        return f"misses the window on {second.missing} of {hosts} hosts: {times}"
    words = {
        Reason.EFFORT: "asks for more and gains little",
        Reason.SLOWER: "worse for the goal",
        Reason.UNPROVEN: "better on paper only, and takes processors from the VMs",
    }
    return times if why_not is None else f"{words.get(why_not, why_not.value)}: {times}"


def _rejected(group: Group) -> list[str]:
    """Transports that rules forbid in every setting, with the rules."""
    problem = group.kind.problem
    by_transport: dict[str, set[str]] = {}
    allowed = {problem.options[k].transport for k in group.kind.options if problem.allowed[k]}
    for k in group.kind.options:
        option = problem.options[k]
        if option.transport in allowed:
            continue
        forbids = {one.rule for one in findings_of(problem, k) if one.verdict == "forbid" and one.answer == "holds"}
        by_transport.setdefault(option.name, set()).update(forbids)
    return [f"{name} ({', '.join(sorted(rules))})" for name, rules in sorted(by_transport.items())]


def _sizing(sorted_: Sorted, group: Group, sized: Sized, costs: tuple[ChangeCost, ...]) -> Row:
    missing = [host for host in group.hosts.tolist() if sized.missing[host]]
    titles: dict[str, str] = {row.change: row.title for row in costs}
    helpless = [host for host in missing if host not in sized.rung]
    rungs = [sized.rung[host] for host in missing if host in sized.rung]
    # One change for all; where hosts differ in what is known of them, the one that says most.
    said = [told_rung(max(rungs, key=lambda rung: len(rung.setting)), titles)] if rungs else []
    if helpless:
        whys = dict.fromkeys(sized.why_none.get(host, "") for host in helpless)
        said = [f"{len(rungs)} of {len(missing)} hosts that miss: {one}" for one in said]
        such = f", such as {sorted_.partition.hosts[helpless[0]].host}" if len(whys) > 1 else ""
        said.append(f"{len(helpless)} of {len(missing)} hosts that miss{such}: {next(iter(whys))}")
    return {"hosts_missing": len(missing), "helps": ". ".join(said)}
