"""Choose: one option for the whole scenario, held against the goals; reasons are codes until explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.advice.combine import Combined, combine_option
from advisor.advice.predict import Forecast
from advisor.advice.prepare import Problem
from advisor.advice.ranking import Reason, least_effort, nothing_gained, pick, proven_or_direct
from advisor.domain.answers import Basis
from advisor.domain.goals import Goal, Goals, Risk
from advisor.domain.options import Option, Tier, Transport
from advisor.residual.basis import PROVEN

# Shares of an interval, which is told of every option that is shown.
_TOLD = (0.05, 0.5, 0.95)
# What a person notices: a tier that brings less is not worth a line.
_NOTICED = 0.98
# RDMA takes less than this, everything else more: where times are hardly told apart, the VMs keep their cores.
_CORES_NOBODY_MISSES = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One option held against the goals.

    Attributes
    ----------
    k : its place in the problem.
    combined : its numbers.
    reasons : forbidden, or goals missed; empty where it may be chosen.
    blackout_unknown : its blackout cannot be held against the limit yet.
    score : what the goal makes small, then total time, at the quantile that is held.
    bad_case : the same at p95.
    shortfall : how many times over a limit it is, the worst limit; 1 where it is over none.
    """

    k: int
    option: Option
    combined: Combined
    reasons: tuple[Reason, ...]
    blackout_unknown: bool
    score: tuple[float, float]
    bad_case: tuple[float, float]
    shortfall: float

    @property
    def basis(self) -> Basis:
        """What its total time rests on."""
        return self.combined.basis

    @property
    def is_direct(self) -> bool:
        """It would really run over RDMA, on every pair."""
        return all(outcome.case.path.effective is Transport.RDMA for outcome in self.combined.outcomes)

    @property
    def slows_vms(self) -> bool:
        """VMs are slowed down where they dirty too fast."""
        return any(outcome.case.pair.switchover.auto_converge for outcome in self.combined.outcomes)

    @property
    def effort(self) -> tuple[int, bool, int]:
        """What it asks for: tier, then whether it takes processors from the VMs, then number of changes."""
        cpu = self.combined.cpu
        return self.option.tier.rank, cpu.source + cpu.destination > _CORES_NOBODY_MISSES, len(self.option.changes)


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen option, None where everything is forbidden, and all that were worth showing, best first."""

    chosen: Judged | None
    shown: tuple[Judged, ...]
    best_by_tier: dict[Tier, Judged]


def judge(problem: Problem, forecast: Forecast) -> tuple[Judged, ...]:
    """Hold every option against the goals."""
    goals = problem.scenario.goals
    every = [combine_option(forecast, k) for k in range(len(problem.options))]
    Combined.ask_together(every, tuple(dict.fromkeys((goals.risk.quantile, *_TOLD))))
    return tuple(_judged(problem, k, combined, goals) for k, combined in enumerate(every))


def _judged(problem: Problem, k: int, combined: Combined, goals: Goals) -> Judged:
    reasons = [] if problem.allowed[k] else [Reason.FORBIDDEN]
    quantile = goals.risk.quantile
    if goals.window_s is not None and combined.total_quantile(quantile) > goals.window_s:
        reasons.append(Reason.MISSES_WINDOW)
    unknown = False
    if goals.max_blackout_s is not None:
        measured = combined.blackout_basis in PROVEN
        unknown = goals.max_blackout_s < problem.platform.blackout_needs_measuring_s and not measured
        if not unknown and combined.blackout_quantile(quantile) > goals.max_blackout_s:
            reasons.append(Reason.MISSES_BLACKOUT)
        # What cannot be promised can still be ruled out: even the luckiest case breaks the limit.
        if unknown and combined.blackout_quantile(0.05) > goals.max_blackout_s:
            reasons.append(Reason.MISSES_BLACKOUT)
    converged = all(bool(outcome.converged.all()) for outcome in combined.outcomes)
    if not converged and problem.platform.is_endless(problem.scenario.switchover):
        reasons.append(Reason.ENDLESS)
    return Judged(
        k,
        problem.options[k],
        combined,
        tuple(reasons),
        unknown,
        _score(combined, goals.goal, quantile),
        _score(combined, goals.goal, Risk.CONSERVATIVE.quantile),
        _shortfall(combined, goals, reasons),
    )


def _score(combined: Combined, goal: Goal, quantile: float) -> tuple[float, float]:
    total = combined.total_quantile(quantile)
    if goal is Goal.BLACKOUT:
        return combined.blackout_quantile(quantile), total
    if goal is Goal.CPU:
        cores = combined.cpu.source + combined.cpu.destination
        return max(cores * combined.middle_s, 1e-3), total
    if goal is Goal.NETWORK:
        return combined.sent_bytes, total
    return total, total


def choose(problem: Problem, forecast: Forecast) -> Choice:
    """One option for all hosts of the scenario (`ranking.pick`), and those worth showing beside it."""
    judged = judge(problem, forecast)
    allowed = [one for one in judged if Reason.FORBIDDEN not in one.reasons]
    advised = bool(problem.platform.rdma_advice) and problem.scenario.goals.goal is not Goal.NETWORK
    chosen = pick(judged, advised=advised, enough=problem.scenario.goals.window_s is not None)
    shown = _worth_showing(judged, chosen)
    best: dict[Tier, Judged] = {}
    for tier in Tier:
        own = [one for one in allowed if one.option.tier is tier]
        first = chosen if chosen in own else least_effort(own)
        # What is there today is told as it is, whatever would be advised.
        if first is not None and first is not chosen and advised and tier is not Tier.TODAY:
            first = proven_or_direct(first, allowed)
        # Where less effort brings RDMA, or as much, this tier has nothing better to offer.
        if first is None or first.option.tier is not tier:
            continue
        if first is chosen or all(_brings_something(first, lesser) for lesser in best.values()):
            best[tier] = first
    return Choice(chosen, shown, best)


def _brings_something(one: Judged, lesser: Judged) -> bool:
    """Better for the goal, and not slower in the middle but by what rounding hides."""
    sooner = one.combined.total_s.p50 < _NOTICED * lesser.combined.total_s.p50
    return one.score[0] < _NOTICED * lesser.score[0] and (sooner or one.score[0] != one.score[1])


def _shortfall(combined: Combined, goals: Goals, reasons: Sequence[Reason]) -> float:
    """How many times over a limit an option is, the worse of both limits."""
    quantile = goals.risk.quantile
    limits = (
        (Reason.MISSES_WINDOW, goals.window_s, combined.total_quantile),
        (Reason.MISSES_BLACKOUT, goals.max_blackout_s, combined.blackout_quantile),
    )
    return max(
        (reached(quantile) / limit for reason, limit, reached in limits if limit and reason in reasons), default=1.0
    )


def _worth_showing(judged: tuple[Judged, ...], chosen: Judged | None) -> tuple[Judged, ...]:
    """One option per transport and tier, best first; those that add nothing to a lesser effort are left out."""
    shown: list[Judged] = []
    for transport in dict.fromkeys(one.option.transport for one in judged):
        own = [one for one in judged if one.option.transport is transport]
        kept: list[Judged] = []
        for tier in Tier:
            best = least_effort([one for one in own if one.option.tier is tier])
            if best is not None and (best is chosen or not any(nothing_gained(less, best) for less in kept)):
                kept.append(best)
        shown += kept
    if chosen is not None and chosen not in shown:
        shown.append(chosen)
    return tuple(
        sorted(
            shown, key=lambda one: (one is not chosen, Reason.FORBIDDEN in one.reasons, bool(one.reasons), one.score)
        )
    )
