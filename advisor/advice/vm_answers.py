"""Findings and verdicts of an option, and what it means for each VM."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from advisor.advice.choose import BLACKOUT_NEEDS_MEASURING_S, Judged, Reason
from advisor.advice.factors import Variants
from advisor.advice.lanes import Lane, walk_lanes
from advisor.advice.predict import Outcome
from advisor.advice.prepare import Problem
from advisor.domain.answers import Basis, Finding, Interval, PassRow, Verdict, VmAnswer
from advisor.domain.options import Transport
from advisor.residual.card import Card
from advisor.residual.spread import Spread
from advisor.units import bytes_to_gib, format_duration, seconds_to_ms

# Rows of the timeline are for people: the passes of the first VMs.
_VMS_IN_TIMELINE = 64


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
    serious = [each for each in found if each.verdict == "warn" or (each.verdict == "forbid" and each.answer == "unknown")]
    return Verdict.CONDITIONS if serious else Verdict.READY


def vm_answers(problem: Problem, one: Judged) -> tuple[VmAnswer, ...]:
    """What the option means VM by VM; equal VMs of one entry share an answer, that of the one that waits longest."""
    answers = []
    outcomes = iter(one.combined.outcomes)
    for pair_index, vm_of in enumerate(problem.vm_of):
        if not vm_of:
            continue
        outcome = next(outcomes)
        pair = problem.pairs[pair_index]
        destination = pair.destination.name if pair.destination is not pair.source else f"a host like {pair.source.name}"
        totals, blackouts = quantiles(outcome.vm_total), quantiles(outcome.vm_blackout)
        for vm in dict.fromkeys(vm_of):
            own = [i for i, each in enumerate(vm_of) if each == vm]
            last = max(own, key=lambda i: totals[1][i])
            total, blackout = _interval(totals, last), _interval(blackouts, last)
            verdict, reasons = _vm_verdict(problem, one, outcome, blackout, bool(outcome.converged[own].all()), vm)
            answers.append(VmAnswer(
                name=problem.scenario.vms[vm].name,
                count=len(own),
                source=pair.source.name,
                destination=destination,
                verdict=verdict,
                total_s=total,
                blackout_ms=Interval(**{name: seconds_to_ms(value) for name, value in blackout.model_dump().items()}),
                passes=float(outcome.passes[last]),
                sent_gib=bytes_to_gib(float(outcome.sent_bytes[last])),
                converges=bool(outcome.converged[own].all()),
                cpu_cores=outcome.cpu,
                basis=outcome.basis,
                reasons=reasons,
            ))
    return tuple(answers)


Floats = NDArray[np.float64]
Quantiles = tuple[Floats, Floats, Floats]


def quantiles(spread: Spread) -> Quantiles:
    """p05, p50 and p95 of every move."""
    return spread.quantile(0.05), spread.quantile(0.5), spread.quantile(0.95)


def _interval(three: Quantiles, i: int) -> Interval:
    return Interval(p05=float(three[0][i]), p50=float(three[1][i]), p95=float(three[2][i]))


def _vm_verdict(
    problem: Problem, one: Judged, outcome: Outcome, blackout: Interval, converges: bool, vm: int
) -> tuple[Verdict, tuple[str, ...]]:
    """A VM's verdict under the option, and why it is not plain ready."""
    goals = problem.scenario.goals
    reasons = []
    verdict = option_verdict(one, findings_of(problem, one.k))
    if Reason.FORBIDDEN in one.reasons:
        reasons.append("the option is forbidden by a rule")
    if problem.scenario.vms[vm].move == "memory_and_storage":
        verdict = Verdict.UNKNOWN
        reasons.append("its storage moves too: the time is that of the memory alone, for disk sizes and rates are not part of a scenario")
    if not converges:
        reasons.append(f"it does not converge: the pass limit forces a blackout of about {format_duration(blackout.p50)}")
        verdict = verdict if verdict in {Verdict.NOT_RECOMMENDED, Verdict.UNKNOWN} else Verdict.CONDITIONS
    limit = goals.max_blackout_s
    if limit is not None:
        measured = outcome.blackout_basis in {Basis.CALIBRATED, Basis.PUBLISHED}
        if limit < BLACKOUT_NEEDS_MEASURING_S and not measured and blackout.p05 <= limit:
            reasons.append(f"a blackout limit of {format_duration(limit)} cannot be promised before you have measured")
        elif blackout.p95 > limit:
            reasons.append(f"its blackout may reach {format_duration(blackout.p95)} against a limit of {format_duration(limit)}")
    if one.option.transport is Transport.RDMA and outcome.case.path.no_rdma_because:
        reasons.append(f"no RDMA: {outcome.case.path.no_rdma_because}")
    return verdict, tuple(reasons)


def timeline_of(problem: Problem, outcome: Outcome, card: Card) -> tuple[PassRow, ...]:
    """Pass by pass, at the middle and with the likeliest luck, of the moves of one pair."""
    vm_of = next(own for own, row in zip(problem.vm_of, problem.cases, strict=True) if outcome.case in row)
    likeliest = max(outcome.modes, key=lambda mode: mode[1])[0]
    traits = [problem.traits[vm] for vm in vm_of]
    lane = Lane(outcome.case, likeliest, Variants(()), card.constants)
    batches, _ = walk_lanes(problem.platform, [lane], traits, record=True)
    wire_per_raw = batches[0].wire_bytes[:, 0] / batches[0].sent_bytes[:, 0]
    rows = []
    for record in batches[0].records:
        if record.move >= _VMS_IN_TIMELINE:
            continue
        vm = problem.scenario.vms[vm_of[record.move]]
        nth = vm_of[: record.move].count(vm_of[record.move])
        rows.append(PassRow(
            vm=vm.name if vm.count == 1 else f"{vm.name}-{nth + 1}",
            step="blackout" if record.is_blackout else "pass",
            number=record.number,
            start_s=record.start_s,
            time_s=record.end_s - record.start_s,
            memory_gib=bytes_to_gib(record.memory_bytes),
            sent_gib=bytes_to_gib(record.memory_bytes * float(wire_per_raw[record.move])),
            dirty_left_gib=bytes_to_gib(record.dirty_bytes),
        ))
    return tuple(sorted(rows, key=lambda row: (row.start_s, row.vm)))
