"""Choose: one option for the whole scenario, held against the goals; reasons are codes until explained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from advisor.advice.combine import Combined, combine_option
from advisor.advice.predict import Forecast
from advisor.advice.prepare import Problem
from advisor.domain.goals import Goal, Goals, Risk
from advisor.domain.options import Option, Tier, Transport
from advisor.residual.basis import PROVEN

# An option that asks for more must be better by more than this, for two such predictions are hardly told apart.
_WORTH_THE_EFFORT = 0.10
# What a person notices: a tier that brings less is not worth a line.
_NOTICED = 0.98
# Up to this it must be better in the bad case too: a prediction this far off counts as badly wrong.
_DOUBTFUL = 0.25
# RDMA takes less than this, everything else more: where times are hardly told apart, the VMs keep their cores.
_CORES_NOBODY_MISSES = 1.0


class Reason(Enum):
    """Why an option stands where it does."""

    CHOSEN = "chosen"
    FORBIDDEN = "forbidden"
    MISSES_WINDOW = "misses window"
    MISSES_BLACKOUT = "misses blackout"
    ENDLESS = "does not converge"
    SLOWER = "worse for the goal"
    EFFORT = "more effort for little"
    HARDWARE = "needs hardware"
    UNPROVEN = "better on paper only"


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
    """

    k: int
    option: Option
    combined: Combined
    reasons: tuple[Reason, ...]
    blackout_unknown: bool
    score: tuple[float, float]
    bad_case: tuple[float, float]

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
    return tuple(_judged(problem, forecast, k, goals) for k in range(len(problem.options)))


def _judged(problem: Problem, forecast: Forecast, k: int, goals: Goals) -> Judged:
    combined = combine_option(forecast, k)
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
    """One option for all hosts of the scenario.

    What may be done without new hardware comes first, and of that what slows no VM down; hardware is chosen only
    where nothing else meets the goals. Among options as good as each other (within 10 %, or 25 % and no worse at
    p95), the one that asks least.
    """
    judged = judge(problem, forecast)
    meets = [one for one in judged if not one.reasons]
    without = [one for one in meets if one.option.tier is not Tier.HARDWARE]
    without = [one for one in without if not one.slows_vms] or without
    allowed = [one for one in judged if Reason.FORBIDDEN not in one.reasons]
    # Where nothing meets the goals, the option that comes nearest is named, and said to miss them.
    goals = problem.scenario.goals
    chosen = least_effort(without or meets) or least_effort(
        _nearest([one for one in allowed if one.option.tier is not Tier.HARDWARE] or allowed, goals)
    )
    advised = bool(problem.platform.rdma_advice) and goals.goal is not Goal.NETWORK
    if chosen is not None and advised:
        chosen = _proven_or_direct(chosen, without)
    shown = _worth_showing(judged, chosen)
    best: dict[Tier, Judged] = {}
    for tier in Tier:
        own = [one for one in allowed if one.option.tier is tier]
        first = chosen if chosen in own else least_effort(own)
        # What is there today is told as it is, whatever would be advised.
        if first is not None and first is not chosen and advised and tier is not Tier.TODAY:
            first = _proven_or_direct(first, allowed)
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


def _proven_or_direct(chosen: Judged, candidates: list[Judged]) -> Judged:
    """RDMA where it asks for no more, unless runs prove the chosen option better.

    The platform's `rdma_advice` names those who take it: advice that a prediction outside its runs does not
    overrule. Runs that cover the case do.
    """
    if chosen.is_direct or chosen.combined.basis in PROVEN:
        return chosen
    # A setting is changed online: one that is not today's asks for no more than one that is.
    most = max(chosen.option.tier.rank, Tier.SETTINGS.rank)
    return least_effort([one for one in candidates if one.is_direct and one.option.tier.rank <= most]) or chosen


def least_effort(candidates: list[Judged]) -> Judged | None:
    """The best for the goal, or one as good that asks less."""
    if not candidates:
        return None
    best = min(candidates, key=lambda one: one.score)
    return min((one for one in candidates if _as_good(one, best)), key=lambda one: (*one.effort, one.score))


def _nearest(candidates: list[Judged], goals: Goals) -> list[Judged]:
    """Those that miss the goals by least, as near as makes no difference."""
    if not candidates:
        return []
    short = [_shortfall(one, goals) for one in candidates]
    return [one for one, by in zip(candidates, short, strict=True) if by <= min(short) * (1 + _WORTH_THE_EFFORT)]


def _shortfall(one: Judged, goals: Goals) -> float:
    """How many times over a limit an option is, the worse of both limits."""
    quantile = goals.risk.quantile
    limits = (
        (Reason.MISSES_WINDOW, goals.window_s, one.combined.total_quantile),
        (Reason.MISSES_BLACKOUT, goals.max_blackout_s, one.combined.blackout_quantile),
    )
    return max(
        (reached(quantile) / limit for reason, limit, reached in limits if limit and reason in one.reasons), default=1.0
    )


def _worth_showing(judged: tuple[Judged, ...], chosen: Judged | None) -> tuple[Judged, ...]:
    """One option per transport and tier, best first; those that add nothing to a lesser effort are left out."""
    shown: list[Judged] = []
    for transport in dict.fromkeys(one.option.transport for one in judged):
        own = [one for one in judged if one.option.transport is transport]
        kept: list[Judged] = []
        for tier in Tier:
            best = least_effort([one for one in own if one.option.tier is tier])
            if best is not None and (best is chosen or not any(_nothing_gained(less, best) for less in kept)):
                kept.append(best)
        shown += kept
    if chosen is not None and chosen not in shown:
        shown.append(chosen)
    return tuple(
        sorted(
            shown, key=lambda one: (one is not chosen, Reason.FORBIDDEN in one.reasons, bool(one.reasons), one.score)
        )
    )


def _as_good(one: Judged, best: Judged) -> bool:
    """Hardly worse than the best, or a little worse but not in the bad case: then the least effort is better advice."""

    def within(share: float) -> bool:
        return all(a <= b * (1 + share) for a, b in zip(one.score, best.score, strict=True))

    in_bad_case = all(a <= b for a, b in zip(one.bad_case, best.bad_case, strict=True))
    return within(_WORTH_THE_EFFORT) or (within(_DOUBTFUL) and in_bad_case)


def _nothing_gained(less: Judged, more: Judged) -> bool:
    """A lesser effort that reaches the same, and is no more forbidden."""
    return set(less.reasons) <= set(more.reasons) and _as_good(less, more)


def reason_not_chosen(one: Judged, chosen: Judged | None) -> Reason:
    """The first reason why an option was not taken."""
    if one is chosen:
        return Reason.CHOSEN
    if one.reasons:
        return one.reasons[0]
    if one.option.tier is Tier.HARDWARE and (chosen is None or chosen.option.tier is not Tier.HARDWARE):
        return Reason.HARDWARE
    if chosen is not None and chosen.is_direct and one.score < chosen.score and one.combined.basis not in PROVEN:
        return Reason.UNPROVEN
    near = (
        chosen is not None and one.effort > chosen.effort and one.score[0] < chosen.score[0] * (1 + _WORTH_THE_EFFORT)
    )
    return Reason.EFFORT if near else Reason.SLOWER
