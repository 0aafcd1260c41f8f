"""The headline of a recommendation: what to do, or the best that was found and what stands against it."""

from __future__ import annotations

from advisor.advice.choose import Choice, Judged
from advisor.advice.comparing import misses
from advisor.advice.prepare import Problem
from advisor.advice.ranking import Reason
from advisor.advice.vm_answers import findings_of
from advisor.domain.answers import Interval, OptionAnswer
from advisor.domain.goals import Goals
from advisor.domain.options import Tier
from advisor.units import format_duration


def span(interval: Interval) -> str:
    """An interval in words: middle, then the range.

    Examples
    --------
    >>> span(Interval(p05=23, p50=28, p95=37))
    '28 s (23 s to 37 s)'
    """
    return f"{format_duration(interval.p50)} ({format_duration(interval.p05)} to {format_duration(interval.p95)})"


def summary(problem: Problem, choice: Choice, recommended: OptionAnswer | None) -> str:
    """The recommendation in one sentence; where it misses goals, by how much, in another."""
    chosen, goals = choice.chosen, problem.scenario.goals
    if chosen is None or recommended is None:
        return f"Nothing can be recommended: {_forbidden_everywhere(problem)}"
    moves = sum(len(own) for own in problem.vm_of)
    lead = _lead(chosen, goals, several=moves > 1)
    total, blackout = span(recommended.total_s), span(chosen.combined.blackout_s)
    if moves == 1:
        text = f"{lead}: the VM moves in {total}, with a blackout of {blackout}."
    else:
        text = f"{lead}: all {moves} VMs move in {total}; the longest blackout is {blackout}."
    if chosen.reasons:
        text += f" No option does all you ask; this one comes nearest ({misses(chosen, goals)})."
    return text


def _lead(chosen: Judged, goals: Goals, *, several: bool) -> str:
    """What to do, where the option is ready; what stands against the best that was found, where it is not."""
    setting = chosen.option.setting + (f", {chosen.option.simultaneous} at a time" if several else "")
    if chosen.reasons:
        return f"Best found: {setting}, but {_against(chosen, goals)}"
    if chosen.blackout_unknown and goals.max_blackout_s is not None:
        limit = format_duration(goals.max_blackout_s)
        unknown = f"whether it keeps the longest blackout of {limit} is not known until you measure"
        return f"Best found: {setting}, but {unknown}"
    return f"{'Stay with' if chosen.option.tier is Tier.TODAY else 'Use'} {setting}"


def _against(chosen: Judged, goals: Goals) -> str:
    """Why the best option found is not recommended."""
    limits = {
        Reason.MISSES_WINDOW: ("window", goals.window_s),
        Reason.MISSES_BLACKOUT: ("longest blackout", goals.max_blackout_s),
    }
    missed = [
        f"the {name} of {format_duration(limit_s)}"
        for reason, (name, limit_s) in limits.items()
        if reason in chosen.reasons and limit_s is not None
    ]
    others = [f"it {reason.value}" for reason in chosen.reasons if reason not in limits]
    return " and ".join([*([f"it misses {' and '.join(missed)}"] if missed else []), *others])


def _forbidden_everywhere(problem: Problem) -> str:
    """The rules that leave no option."""
    forbids = [
        {
            found.rule: found.message
            for found in findings_of(problem, k)
            if found.verdict == "forbid" and found.answer == "holds"
        }
        for k in range(len(problem.options))
    ]
    common = [f"{rule}: {message}" for rule, message in forbids[0].items() if all(rule in own for own in forbids)]
    if common:
        return "every option is forbidden. " + " ".join(common)
    return "every option is forbidden by some rule; the reasons stand with the options."
