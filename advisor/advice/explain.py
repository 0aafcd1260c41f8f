"""Explain: words and numbers for the choice, made only where someone reads them."""

from __future__ import annotations

from advisor.advice.acceptance import acceptance_test
from advisor.advice.assumptions import assumptions_of
from advisor.advice.choose import Choice, Judged
from advisor.advice.comparing import compared, misses, why_rejected
from advisor.advice.headline import span, summary
from advisor.advice.measuring import measure_next
from advisor.advice.predict import Forecast
from advisor.advice.prepare import Problem
from advisor.advice.ranking import Reason, reason_not_chosen
from advisor.advice.vm_answers import findings_of, option_verdict, timeline_of, vm_answers
from advisor.domain.answers import Fallback, Interval, OptionAnswer, Recommendation, TierAnswer
from advisor.domain.goals import Goals
from advisor.domain.options import Tier, Transport
from advisor.units import bytes_s_to_gbps, bytes_to_gib, format_duration, seconds_to_ms


def in_ms(seconds: Interval) -> Interval:
    """An interval of seconds in milliseconds."""
    return Interval(p05=seconds_to_ms(seconds.p05), p50=seconds_to_ms(seconds.p50), p95=seconds_to_ms(seconds.p95))


def option_answer(
    problem: Problem, one: Judged, rejected_by: str | None = None, fallback: Fallback | None = None
) -> OptionAnswer:
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
        endless=problem.platform.is_endless(problem.scenario.switchover),
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
        option_answer(problem, one, why_rejected(problem, one, choice, goals), fallbacks.get(one.k))
        for one in choice.shown
    )
    recommended = next((answer for one, answer in zip(choice.shown, answers, strict=True) if one is chosen), None)
    vms = vm_answers(problem, chosen) if chosen is not None else ()
    timeline, rates = timeline_of(problem, chosen.combined, forecast.card) if chosen is not None else ((), ())
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
        timeline=timeline,
        rates=rates,
        assumptions=assumptions_of(problem),
        measure_next=measure_next(chosen.combined, problem.platform) if chosen is not None else (),
        acceptance=acceptance_test(problem, chosen, forecast.card) if chosen is not None else None,
        card=forecast.card.name,
    )


def _tier(tier: Tier, one: Judged) -> TierAnswer:
    return TierAnswer(
        tier=tier,
        label=one.option.label,
        total_s=one.combined.total_s,
        blackout_ms=in_ms(one.combined.blackout_s),
        changes=one.option.changes,
    )


def reasons(problem: Problem, choice: Choice, goals: Goals) -> tuple[str, ...]:
    """Why this option, most important first."""
    chosen = choice.chosen
    if chosen is None:
        return ()
    slowest = chosen.combined.slowest
    found = [f"What binds the time: {slowest.limit}."]
    unproven = [one for one in choice.shown if reason_not_chosen(one, chosen) is Reason.UNPROVEN]
    best = min(unproven, key=lambda one: one.score, default=None)
    if best is not None:
        advice = problem.platform.rdma_advice or f"{chosen.option.name} is taken"
        found.append(
            f"{best.option.name} may be better ({compared(best, chosen, goals)}), but no run shows it: "
            f"{best.combined.basis.value}. {advice}; it leaves the processors to the VMs and does not hang on how well "
            "memory compresses. Measure and calibrate to overrule."
        )
    rivals = [
        one
        for one in choice.shown
        if one is not chosen
        and one is not best
        and Reason.FORBIDDEN not in one.reasons
        and one.option.tier is not Tier.HARDWARE
    ]
    if chosen.option.tier is Tier.HARDWARE and rivals:
        found.insert(0, "Nothing short of new hardware meets your goals.")
    for one in _one_per_transport(rivals, chosen.option.transport)[:3]:
        missed = f", and it misses: {misses(one, goals)}" if one.reasons else ""
        found.append(
            f"{one.option.label} takes {span(one.combined.total_s)}; "
            f"it is bound by {one.combined.slowest.limit}{missed}."
        )
    times = [mode.total_s for mode in chosen.combined.modes]
    if max(times) > 1.02 * min(times):
        luck = ", ".join(
            f"{format_duration(mode.total_s)} with {mode.members:.2g} in use ({mode.probability:.0%})"
            for mode in chosen.combined.modes
        )
        found.append(f"How many team members really carry the moves is not certain: {luck}.")
    path = slowest.case.path
    if path.standby:
        others = "network stands" if path.standby == 1 else f"{path.standby} networks stand"
        found.append(f"The other selected {others} by: {chosen.option.name} uses one at a time.")
    if path.effective is Transport.MULTICHANNEL:
        connections = f"{path.connections} connection{'s' if path.connections > 1 else ''}"
        found.append(
            f"Each move opens {connections} over {len(path.members)} NIC{'s' if len(path.members) > 1 else ''}."
        )
    stuck = _not_converging(problem, chosen)
    if stuck:
        found.append(stuck)
    if goals.max_blackout_s is not None and chosen.blackout_unknown:
        found.append(
            f"A blackout limit below {problem.platform.blackout_needs_measuring_s:g} s cannot be promised: no blackout "
            "has been published with its VM and NIC. Measure a few moves and calibrate."
        )
    return tuple(found)


def _not_converging(problem: Problem, chosen: Judged) -> str:
    """Which VMs the pass limit forces over, and for how long they are dark; empty where there are none."""
    rows = zip((own for own in problem.vm_of if own), chosen.combined.outcomes, strict=True)
    stuck = [
        (problem.scenario.vms[vm].name, float(dark))
        for own, outcome in rows
        for vm, converged, dark in zip(own, outcome.converged, outcome.vm_blackout.quantile(0.5), strict=True)
        if not converged
    ]
    if not stuck:
        return ""
    names = list(dict.fromkeys(name for name, _ in stuck))
    listed = ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    moves = sum(len(own) for own in problem.vm_of)
    who = (
        "The VM does" if moves == 1 else f"Of {moves} VMs {len(stuck)} ({listed}) {'do' if len(stuck) > 1 else 'does'}"
    )
    if problem.platform.is_endless(problem.scenario.switchover):
        return f"{who} not converge: memory gets dirty as fast as it is copied. {problem.platform.words.endless}."
    return (
        f"{who} not converge: memory gets dirty about as fast as it is copied, so the pass limit forces the "
        f"switchover, with a blackout of about {format_duration(max(dark for _, dark in stuck))}."
    )


def _one_per_transport(rivals: list[Judged], but: Transport) -> list[Judged]:
    """The best rival of each other transport, then of the chosen one."""
    best: dict[Transport, Judged] = {}
    for one in rivals:
        best.setdefault(one.option.transport, one)
    return sorted(best.values(), key=lambda one: (one.option.transport is but, one.score))
