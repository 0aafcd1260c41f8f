"""Compare options in words: by how much a goal is missed, and why an option was not chosen."""

from __future__ import annotations

from advisor.advice.choose import Choice, Judged
from advisor.advice.prepare import Problem
from advisor.advice.ranking import Reason, reason_not_chosen
from advisor.advice.vm_answers import findings_of
from advisor.domain.goals import Goal, Goals, Risk
from advisor.units import bytes_to_gib, format_duration


def misses(one: Judged, goals: Goals) -> str:
    """Every goal an option misses, and by how much."""
    return "; ".join(_missed(one, goals, reason) for reason in one.reasons)


def _missed(one: Judged, goals: Goals, reason: Reason) -> str:
    """By how much a goal is missed."""
    quantile = goals.risk.quantile
    if reason is Reason.MISSES_WINDOW and goals.window_s is not None:
        needs = format_duration(one.combined.total_quantile(quantile))
        return f"total time {_held(quantile)} {needs} against a window of {format_duration(goals.window_s)}"
    if reason is Reason.MISSES_BLACKOUT and goals.max_blackout_s is not None:
        survivor = f" ({goals.max_blackout_name})" if goals.max_blackout_name else ""
        dark = format_duration(one.combined.blackout_quantile(quantile))
        return f"blackout {_held(quantile)} {dark} against a limit of {format_duration(goals.max_blackout_s)}{survivor}"
    return reason.value


def _held(quantile: float) -> str:
    """A quantile by its name.

    Examples
    --------
    >>> _held(0.05), _held(0.8)
    ('p05', 'p80')
    """
    return f"p{round(quantile * 100):02d}"


def why_rejected(problem: Problem, one: Judged, choice: Choice, goals: Goals) -> str | None:
    """Why an option was not chosen: the rule that forbids it, the goal it misses, or by how much it is worse."""
    chosen = choice.chosen
    reason = reason_not_chosen(one, chosen)
    if reason is Reason.FORBIDDEN:
        forbids = [
            found for found in findings_of(problem, one.k) if found.verdict == "forbid" and found.answer == "holds"
        ]
        return "; ".join(f"{found.rule}: {found.message.removesuffix('.')}" for found in forbids)
    if reason in {Reason.MISSES_WINDOW, Reason.MISSES_BLACKOUT}:
        return f"misses: {misses(one, goals)}"
    if reason is Reason.ENDLESS:
        return f"{reason.value}: {problem.platform.words.endless}"
    if chosen is None or reason is Reason.CHOSEN:
        return None
    if reason is Reason.HARDWARE:
        return f"needs new hardware: {compared(one, chosen, goals)}"
    if reason is Reason.UNPROVEN:
        cores = one.combined.cpu.source
        return (
            f"better on paper only ({one.combined.basis.value}), and takes {cores:.2g} cores at the source: "
            f"{compared(one, chosen, goals)}; runs of your own may overrule {chosen.option.name}"
        )
    if reason is Reason.NOT_NEEDED:
        return f"{reason.value}: {compared(one, chosen, goals)}"
    # A lesser option that was passed over is worse at one of these; one that asks for more need not be.
    share = _where_worse(one, chosen, goals)
    if reason is Reason.EFFORT:
        gains = (
            "little" if _goal_value(one, goals.goal, 0.5) < 0.98 * _goal_value(chosen, goals.goal, 0.5) else "nothing"
        )
        but = f", but {compared(one, chosen, goals, share)}" if share != 0.5 else ""
        return f"asks for more and gains {gains}: {compared(one, chosen, goals)}{but}"
    own, best = one.combined.total_s.p50, chosen.combined.total_s.p50
    if goals.goal is not Goal.TIME:
        return compared(one, chosen, goals, share)
    slower = (
        "slower" if _goal_value(one, goals.goal, share) > 1.02 * _goal_value(chosen, goals.goal, share) else "no faster"
    )
    times = f"{own / best:.1f} times as long" if own > 1.1 * best else slower
    return f"{times}: {compared(one, chosen, goals, share)}"


def _where_worse(one: Judged, chosen: Judged, goals: Goals) -> float:
    """The quantile that tells why an option was passed over: the middle, the one held, or the bad case."""

    def times(share: float) -> float:
        return _goal_value(one, goals.goal, share) / _goal_value(chosen, goals.goal, share)

    shares = (0.5, goals.risk.quantile, Risk.CONSERVATIVE.quantile)
    return next((share for least in (1.1, 1.02) for share in shares if times(share) > least), 0.5)


def compared(one: Judged, chosen: Judged, goals: Goals, share: float = 0.5) -> str:
    """What the goal makes small, of both."""
    goal = goals.goal
    own, best = _goal_value(one, goal, share), _goal_value(chosen, goal, share)
    at = "" if share == 0.5 else f"{_held(share)} "
    if goal is Goal.TIME:
        return f"{at}{format_duration(own)} against {format_duration(best)}"
    if goal is Goal.NETWORK:
        text = f"{bytes_to_gib(own):.1f} GiB on the wire against {bytes_to_gib(best):.1f}"
    elif goal is Goal.CPU:
        text = f"{own:.0f} core-seconds against {best:.0f}"
    else:
        text = f"blackout {at}{format_duration(own)} against {format_duration(best)}"
    return (
        f"{text}, in {format_duration(one.combined.total_s.p50)} against {format_duration(chosen.combined.total_s.p50)}"
    )


def _goal_value(one: Judged, goal: Goal, share: float) -> float:
    """What the goal makes small [s], [core s] or [bytes]."""
    if goal is Goal.BLACKOUT:
        return one.combined.blackout_quantile(share)
    return one.combined.total_quantile(share) if goal is Goal.TIME else one.score[0]
