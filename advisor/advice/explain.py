"""Explain: words and numbers for the choice, made only where someone reads them."""

from __future__ import annotations

import math

from advisor.advice.assumptions import assumptions_of
from advisor.advice.choose import BLACKOUT_NEEDS_MEASURING_S, Choice, Judged, Reason, reason_not_chosen
from advisor.advice.measuring import measure_next
from advisor.advice.predict import Forecast
from advisor.advice.prepare import Problem
from advisor.advice.vm_answers import findings_of, option_verdict, timeline_of, vm_answers
from advisor.domain.answers import (
    AcceptanceTest,
    Fallback,
    Interval,
    OptionAnswer,
    Recommendation,
    TierAnswer,
    VmAnswer,
)
from advisor.domain.goals import Goal, Goals
from advisor.domain.options import Tier, Transport
from advisor.units import bytes_s_to_gbps, bytes_to_gib, format_duration, seconds_to_ms

_VMS_TO_TEST = 3


def in_ms(seconds: Interval) -> Interval:
    """An interval of seconds in milliseconds."""
    return Interval(p05=seconds_to_ms(seconds.p05), p50=seconds_to_ms(seconds.p50), p95=seconds_to_ms(seconds.p95))


def option_answer(problem: Problem, one: Judged, rejected_by: str | None = None, fallback: Fallback | None = None) -> OptionAnswer:
    """One option with its numbers and findings."""
    combined, slowest = one.combined, one.combined.slowest
    found = findings_of(problem, one.k)
    return OptionAnswer(
        transport=one.option.transport,
        effective=slowest.case.path.effective,
        label=one.option.label,
        tier=one.option.tier,
        verdict=option_verdict(one, found),
        simultaneous=one.option.simultaneous,
        total_s=combined.total_s,
        blackout_ms=in_ms(combined.blackout_s),
        sent_gib=bytes_to_gib(combined.sent_bytes),
        throughput_gbps=bytes_s_to_gbps(combined.sent_bytes / combined.middle_s),
        passes=max(float(outcome.passes.max()) for outcome in combined.outcomes),
        converges=all(bool(outcome.converged.all()) for outcome in combined.outcomes),
        cpu_cores=combined.cpu,
        basis=combined.basis,
        blackout_basis=combined.blackout_basis,
        limit=slowest.limit,
        modes=combined.modes if len(combined.modes) > 1 else (),
        fallback=fallback,
        changes=one.option.changes,
        findings=found,
        rejected_by=rejected_by,
    )


def explain(problem: Problem, forecast: Forecast, choice: Choice, fallbacks: dict[int, Fallback]) -> Recommendation:
    """The whole answer.

    Parameters
    ----------
    fallbacks : by option, what it silently becomes where its transport fails.
    """
    goals, chosen = problem.scenario.goals, choice.chosen
    answers = tuple(
        option_answer(problem, one, why_rejected(problem, one, choice, goals), fallbacks.get(one.k)) for one in choice.shown
    )
    recommended = next((answer for one, answer in zip(choice.shown, answers, strict=True) if one is chosen), None)
    vms = vm_answers(problem, chosen) if chosen is not None else ()
    return Recommendation(
        platform=problem.platform.name,
        title=problem.scenario.title,
        goals=goals,
        recommended=recommended,
        summary=summary(problem, choice, recommended),
        why=reasons(problem, choice, goals) if chosen is not None else (),
        tiers=tuple(_tier(tier, one) for tier, one in choice.best_by_tier.items()),
        options=answers,
        vms=vms,
        timeline=timeline_of(problem, chosen.combined.slowest, forecast.card) if chosen is not None else (),
        assumptions=assumptions_of(problem),
        measure_next=measure_next(chosen.combined) if chosen is not None else (),
        acceptance=acceptance_test(vms) if chosen is not None else None,
        card=forecast.card.name,
    )


def _tier(tier: Tier, one: Judged) -> TierAnswer:
    return TierAnswer(
        tier=tier, label=one.option.label, total_s=one.combined.total_s, blackout_ms=in_ms(one.combined.blackout_s),
        changes=one.option.changes,
    )


def span(interval: Interval) -> str:
    """An interval in words: middle, then the range.

    Examples
    --------
    >>> span(Interval(p05=23, p50=28, p95=37))
    '28 s (23 s to 37 s)'
    """
    return f"{format_duration(interval.p50)} ({format_duration(interval.p05)} to {format_duration(interval.p95)})"


def summary(problem: Problem, choice: Choice, recommended: OptionAnswer | None) -> str:
    """The recommendation in one sentence."""
    chosen = choice.chosen
    if chosen is None or recommended is None:
        return "Nothing can be recommended: every option is forbidden by a rule; the reasons stand with the options."
    moves = sum(len(own) for own in problem.vm_of)
    what = "the VM moves" if moves == 1 else f"all {moves} VMs move"
    use = "Stay with" if chosen.option.tier is Tier.TODAY else "Use"
    text = (
        f"{use} {chosen.option.label}, {chosen.option.simultaneous} at a time: {what} in {span(recommended.total_s)}, "
        f"dark for {span(chosen.combined.blackout_s)} at most."
    )
    if chosen.reasons:
        text += " It misses your goals, and so does every other option: " + "; ".join(
            _missed(chosen, problem.scenario.goals, reason) for reason in chosen.reasons
        ) + "."
    elif chosen.blackout_unknown:
        text += " Whether it keeps your blackout limit is not known until you measure."
    return text


def _missed(one: Judged, goals: Goals, reason: Reason) -> str:
    """By how much a goal is missed."""
    quantile = goals.risk.quantile
    held = f"p{round(quantile * 100)}"
    if reason is Reason.MISSES_WINDOW and goals.window_s is not None:
        return f"{held} {format_duration(one.combined.total_quantile(quantile))} against a window of {format_duration(goals.window_s)}"
    if reason is Reason.MISSES_BLACKOUT and goals.max_blackout_s is not None:
        survivor = f" ({goals.max_blackout_name})" if goals.max_blackout_name else ""
        dark = format_duration(one.combined.blackout_quantile(quantile))
        return f"blackout {held} {dark} against {format_duration(goals.max_blackout_s)}{survivor}"
    return reason.value


def why_rejected(problem: Problem, one: Judged, choice: Choice, goals: Goals) -> str | None:
    """Why an option was not chosen: the rule that forbids it, the goal it misses, or by how much it is worse."""
    chosen = choice.chosen
    reason = reason_not_chosen(one, chosen)
    if reason is Reason.CHOSEN:
        return None
    if reason is Reason.FORBIDDEN:
        forbids = [found for found in findings_of(problem, one.k) if found.verdict == "forbid" and found.answer == "holds"]
        return "; ".join(f"{found.rule}: {found.message}" for found in forbids)
    if reason in {Reason.MISSES_WINDOW, Reason.MISSES_BLACKOUT}:
        return "misses: " + "; ".join(_missed(one, goals, each) for each in one.reasons)
    if chosen is None:
        return reason.value
    own, best = one.combined.total_s.p50, chosen.combined.total_s.p50
    compared = f"{format_duration(own)} against {format_duration(best)}"
    if reason is Reason.HARDWARE:
        return f"needs new hardware: {compared}"
    if reason is Reason.EFFORT:
        return f"asks for more and gains little: {compared}"
    if goals.goal is Goal.TIME:
        return f"{own / best:.1f} times as long: {compared}" if own > 1.1 * best else f"no better: {compared}"
    return f"{goals.goal.value}: {_goal_value(one, goals.goal)} against {_goal_value(chosen, goals.goal)}"


def _goal_value(one: Judged, goal: Goal) -> str:
    """What the goal makes small, with its unit."""
    if goal is Goal.NETWORK:
        return f"{bytes_to_gib(one.combined.sent_bytes):.1f} GiB on the wire"
    if goal is Goal.CPU:
        return f"{one.score[0]:.0f} core-seconds"
    return format_duration(one.score[0])


def reasons(problem: Problem, choice: Choice, goals: Goals) -> tuple[str, ...]:
    """Why this option, most important first."""
    chosen = choice.chosen
    if chosen is None:
        return ()
    slowest = chosen.combined.slowest
    found = [f"What binds the time: {slowest.limit}."]
    rivals = [one for one in choice.shown if one is not chosen and Reason.FORBIDDEN not in one.reasons
              and one.option.tier is not Tier.HARDWARE]
    for one in _one_per_transport(rivals, chosen.option.transport)[:3]:
        found.append(f"{one.option.label} takes {span(one.combined.total_s)}; it is bound by {one.combined.slowest.limit}.")
    times = [mode.total_s for mode in chosen.combined.modes]
    if max(times) > 1.02 * min(times):
        luck = ", ".join(
            f"{format_duration(mode.total_s)} with {mode.members:g} members ({mode.probability:.0%})" for mode in chosen.combined.modes
        )
        found.append(f"Luck decides how the team spreads the moves: {luck}.")
    path = slowest.case.path
    if path.standby:
        found.append(f"{path.standby} more selected network{'s stand' if path.standby > 1 else ' stands'} by: "
                     f"{chosen.option.name} uses one at a time.")
    if chosen.option.transport is Transport.MULTICHANNEL:
        found.append(f"Each move opens {path.connections} connections over {len(path.members)} NIC{'s' if len(path.members) > 1 else ''}.")
    if not all(bool(outcome.converged.all()) for outcome in chosen.combined.outcomes):
        found.append("Some VMs dirty memory faster than it can be copied: the pass limit forces the switchover, and a long blackout.")
    if goals.max_blackout_s is not None and chosen.blackout_unknown:
        found.append(
            f"A blackout limit below {BLACKOUT_NEEDS_MEASURING_S:g} s cannot be promised: no blackout has been published with its VM "
            "and NIC. Measure a few moves and calibrate."
        )
    return tuple(found)


def _one_per_transport(rivals: list[Judged], but: Transport) -> list[Judged]:
    """The best rival of each other transport, then of the chosen one."""
    best: dict[Transport, Judged] = {}
    for one in rivals:
        best.setdefault(one.option.transport, one)
    return sorted(best.values(), key=lambda one: (one.option.transport is but, one.score))


def acceptance_test(vms: tuple[VmAnswer, ...]) -> AcceptanceTest | None:
    """A move to make before trusting the rest: trust, but verify."""
    if not vms:
        return None
    # The largest VMs say most about the link; each is expected on its own terms, the range covers all.
    largest = sorted(vms, key=lambda vm: vm.total_s.p50, reverse=True)[:_VMS_TO_TEST]
    low = min(vm.total_s.p05 for vm in largest)
    high = max(vm.total_s.p95 for vm in largest)
    middle = largest[len(largest) // 2].total_s.p50
    names = ", ".join(vm.name + (f" (any {min(vm.count, _VMS_TO_TEST)})" if vm.count > 1 else "") for vm in largest)
    text = (
        f"Move {names} as set above and time each move: expect {format_duration(low)} to {format_duration(high)}. "
        "Outside that, stop, and calibrate with what you measured."
    )
    expect = Interval(p05=low, p50=min(max(middle, low), high), p95=high)
    return AcceptanceTest(text=text, expect_s=expect) if math.isfinite(high) else None
