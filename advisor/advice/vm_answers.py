"""Findings and verdicts of an option, and what it means for each VM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.advice.choose import Judged
from advisor.advice.combine import Combined
from advisor.advice.factors import Variants
from advisor.advice.lanes import Lane, walk_lanes
from advisor.advice.predict import Outcome
from advisor.advice.prepare import Problem
from advisor.advice.ranking import Reason
from advisor.domain.answers import Finding, Interval, PassRow, RateStep, Verdict, VmAnswer, mean_rates
from advisor.residual.basis import PROVEN
from advisor.residual.card import Card
from advisor.residual.spread import Modes
from advisor.units import bytes_s_to_gbps, bytes_to_gib, format_duration, seconds_to_ms

_GRAVEST_FIRST = (Verdict.NOT_RECOMMENDED, Verdict.UNKNOWN, Verdict.CONDITIONS)

# Rows of the timeline are for people: the passes of the first VMs.
_VMS_IN_TIMELINE = 64

# More stretches than a chart can show are no use to anyone.
_MOST_RATES = 400


def findings_of(problem: Problem, k: int) -> tuple[Finding, ...]:
    """What rules say of an option on any pair; the same words of two pairs once."""
    merged: dict[tuple[str, str, str], Finding] = {}
    for row in problem.findings:
        for found in row[k]:
            merged.setdefault((found.rule, found.answer, found.message), found)
    order = {"forbid": 0, "warn": 1, "advise": 2}
    return tuple(sorted(merged.values(), key=lambda found: (found.answer != "holds", order[found.verdict])))


def option_verdict(one: Judged, found: tuple[Finding, ...]) -> Verdict:
    """How an option stands: forbidden or missing a goal, not known, on conditions, or ready."""
    if one.reasons:
        return Verdict.NOT_RECOMMENDED
    if one.blackout_unknown:
        return Verdict.UNKNOWN
    return Verdict.CONDITIONS if any(is_serious(each) for each in found) else Verdict.READY


def is_serious(found: Finding) -> bool:
    """A condition: something to mind, or to verify because it would forbid the option."""
    return found.verdict == "warn" or (found.verdict == "forbid" and found.answer == "unknown")


def vm_answers(problem: Problem, one: Judged) -> tuple[VmAnswer, ...]:
    """What the option means VM by VM; equal VMs of one entry share an answer, that of the one that waits longest."""
    answers = []
    outcomes = iter(one.combined.outcomes)
    serious = tuple(dict.fromkeys(found.rule for found in findings_of(problem, one.k) if is_serious(found)))
    for pair_index, vm_of in enumerate(problem.vm_of):
        if not vm_of:
            continue
        outcome = next(outcomes)
        pair = problem.pairs[pair_index]
        destination = (
            pair.destination.name if pair.destination is not pair.source else f"a host like {pair.source.name}"
        )
        totals, blackouts = quantiles(outcome.vm_total), quantiles(outcome.vm_blackout)
        held = outcome.vm_blackout.quantile(problem.scenario.goals.risk.quantile)
        for vm in dict.fromkeys(vm_of):
            own = [i for i, each in enumerate(vm_of) if each == vm]
            last = max(own, key=lambda i: totals[1][i])
            total, blackout = _interval(totals, last), _interval(blackouts, last)
            converges = bool(outcome.converged[own].all())
            verdict, reasons = _vm_verdict(
                problem, one, vm, _Dark(outcome, blackout, float(held[last]), converges), serious
            )
            answers.append(
                VmAnswer(
                    name=problem.scenario.vms[vm].name,
                    count=len(own),
                    source=pair.source.name,
                    destination=destination,
                    verdict=verdict,
                    total_s=total,
                    blackout_ms=Interval(
                        **{name: seconds_to_ms(value) for name, value in blackout.model_dump().items()}
                    ),
                    passes=float(outcome.passes[last]),
                    sent_gib=bytes_to_gib(float(outcome.sent_bytes[last])),
                    converges=converges,
                    cpu_cores=outcome.cpu,
                    basis=outcome.basis,
                    reasons=reasons,
                )
            )
    return tuple(answers)


Floats = NDArray[np.float64]
Quantiles = tuple[Floats, Floats, Floats]


def quantiles(spread: Modes) -> Quantiles:
    """p05, p50 and p95 of every move."""
    return spread.quantile(0.05), spread.quantile(0.5), spread.quantile(0.95)


def _interval(three: Quantiles, i: int) -> Interval:
    return Interval(p05=float(three[0][i]), p50=float(three[1][i]), p95=float(three[2][i]))


@dataclass(frozen=True, slots=True)
class _Dark:
    """A VM's blackout [s]: its interval, and the quantile that is held against the limit."""

    outcome: Outcome
    interval: Interval
    held: float
    converges: bool


def _vm_verdict(
    problem: Problem, one: Judged, vm: int, dark: _Dark, serious: tuple[str, ...]
) -> tuple[Verdict, tuple[str, ...]]:
    """A VM's own verdict under the option, and why it is not plain ready, gravest first."""
    goals = problem.scenario.goals
    found: list[tuple[Verdict, str]] = []
    if Reason.FORBIDDEN in one.reasons:
        found.append((Verdict.NOT_RECOMMENDED, "a rule forbids the setting"))
    if dark.outcome.case.path.no_rdma_because:
        found.append((Verdict.CONDITIONS, f"no RDMA: {dark.outcome.case.path.no_rdma_because}"))
    limit = goals.max_blackout_s
    if limit is not None:
        measured = dark.outcome.blackout_basis in PROVEN
        doubtful = limit < problem.platform.blackout_needs_measuring_s and not measured
        if doubtful and dark.interval.p05 <= limit:
            found.append(
                (
                    Verdict.UNKNOWN,
                    f"a blackout limit of {format_duration(limit)} cannot be promised before you have measured",
                )
            )
        elif doubtful or dark.held > limit:
            reaches = f"{format_duration(dark.held)} (p{goals.risk.quantile * 100:.0f})"
            found.append(
                (
                    Verdict.NOT_RECOMMENDED,
                    f"its blackout may reach {reaches} against a limit of {format_duration(limit)}",
                )
            )
    if problem.scenario.vms[vm].move == "memory_and_storage":
        found.append(
            (
                Verdict.UNKNOWN,
                "its storage moves too: the time is that of the memory alone, a scenario says nothing of disks",
            )
        )
    if not dark.converges and problem.platform.is_endless(problem.scenario.switchover):
        found.append((Verdict.NOT_RECOMMENDED, f"it does not converge: {problem.platform.words.endless}"))
    elif not dark.converges:
        found.append(
            (
                Verdict.CONDITIONS,
                f"it does not converge: the pass limit forces a blackout of about {format_duration(dark.interval.p50)}",
            )
        )
    if Reason.MISSES_WINDOW in one.reasons:
        found.append((Verdict.CONDITIONS, "all moves together miss the window"))
    if serious:
        found.append((Verdict.CONDITIONS, f"those of the setting ({', '.join(serious)})"))
    found.sort(key=lambda each: _GRAVEST_FIRST.index(each[0]))
    return found[0][0] if found else Verdict.READY, tuple(reason for _, reason in found)


def timeline_of(problem: Problem, combined: Combined, card: Card) -> tuple[tuple[PassRow, ...], tuple[RateStep, ...]]:
    """Pass by pass, and the rate on the wire, at the middle and with the likeliest luck.

    Host pairs follow one another, as their totals add. The rate is that of all moves, also of those whose
    passes are left out; where it changes often, its means over equal stretches.
    """
    rows: list[PassRow] = []
    rates: list[RateStep] = []
    begin = 0.0
    for outcome in combined.outcomes:
        most = _VMS_IN_TIMELINE - len({row.vm for row in rows})
        own_rows, own_rates = _pair_timeline(problem, outcome, card, begin, most)
        rows += own_rows
        rates += own_rates
        begin += float(outcome.total_s[0])
    return tuple(rows), tuple(rates) if len(rates) <= _MOST_RATES else mean_rates(rates, _MOST_RATES)


def _pair_timeline(
    problem: Problem, outcome: Outcome, card: Card, begin: float, most: int
) -> tuple[list[PassRow], list[RateStep]]:
    """The passes of one pair's first moves, at most so many, and the rate of all, from `begin` [s] on."""
    vm_of = next(own for own, row in zip(problem.vm_of, problem.cases, strict=True) if outcome.case in row)
    likeliest = max(outcome.modes, key=lambda mode: mode[1])[0]
    traits = [problem.traits[vm] for vm in vm_of]
    lane = Lane(outcome.case, likeliest, Variants(()), card.constants, traits)
    (walk,) = walk_lanes(problem.platform, [lane], record=True)
    wire_per_raw = walk.batch.wire_bytes[:, 0] / walk.batch.sent_bytes[:, 0]
    # What the runs behind the card taught in all stretches every pass alike: the last ends where the answer says.
    told_s = next(total for members, _, total, _ in outcome.modes if members == likeliest)
    ratio = told_s / float(walk.batch.total_s[0])
    rows = []
    for record in walk.batch.records:
        if record.move >= most:
            continue
        vm = problem.scenario.vms[vm_of[record.move]]
        nth = vm_of[: record.move].count(vm_of[record.move])
        rows.append(
            PassRow(
                vm=vm.name if vm.count == 1 else f"{vm.name}-{nth + 1}",
                step="blackout" if record.is_blackout else "pass",
                number=record.number,
                start_s=begin + record.start_s * ratio,
                time_s=(record.end_s - record.start_s) * ratio,
                memory_gib=bytes_to_gib(record.memory_bytes),
                sent_gib=bytes_to_gib(record.memory_bytes * float(wire_per_raw[record.move])),
                dirty_left_gib=bytes_to_gib(record.dirty_bytes),
            )
        )
    rates = [
        RateStep(
            start_s=begin + record.start_s * ratio,
            end_s=begin + record.end_s * ratio,
            # As many bytes in a longer time.
            gbps=bytes_s_to_gbps(record.wire_bytes_s / ratio),
        )
        for record in walk.batch.rates
    ]
    return sorted(rows, key=lambda row: (row.start_s, row.vm)), rates
