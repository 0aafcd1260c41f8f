"""Ranking: which of several options to take, whatever they were judged by."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol, TypeVar

from advisor.domain.answers import Basis
from advisor.domain.options import Option, Tier
from advisor.residual.basis import PROVEN

# An option that asks for more must be better by more than this, for two such predictions are hardly told apart.
WORTH_THE_EFFORT = 0.10
# Up to this it must be better in the bad case too: a prediction this far off counts as badly wrong.
_DOUBTFUL = 0.25
# Where the window is met as things are, a change that saves less than a third is not worth its trouble (assumption).
_STAYS = 0.50


class Reason(Enum):
    """Why an option stands where it does."""

    CHOSEN = "chosen"
    FORBIDDEN = "forbidden"
    MISSES_WINDOW = "misses window"
    MISSES_BLACKOUT = "misses blackout"
    ENDLESS = "does not converge"
    SLOWER = "worse for the goal"
    EFFORT = "more effort for little"
    NOT_NEEDED = "not needed to meet the window"
    HARDWARE = "needs hardware"
    UNPROVEN = "better on paper only"


class Candidate(Protocol):
    """An option that was held against the goals: of one scenario, or of a whole cluster."""

    @property
    def option(self) -> Option:
        """The option itself."""
        ...

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Forbidden, or goals missed; empty where it may be chosen."""
        ...

    @property
    def score(self) -> tuple[float, float]:
        """What the goal makes small, then total time, at the quantile that is held."""
        ...

    @property
    def bad_case(self) -> tuple[float, float]:
        """The same at p95."""
        ...

    @property
    def effort(self) -> tuple[int, bool, int]:
        """What it asks for, least first."""
        ...

    @property
    def shortfall(self) -> float:
        """How many times over a limit it is, the worst limit; 1 where it is over none."""
        ...

    @property
    def basis(self) -> Basis:
        """What its total time rests on."""
        ...

    @property
    def is_direct(self) -> bool:
        """It would really run over RDMA."""
        ...

    @property
    def slows_vms(self) -> bool:
        """VMs are slowed down where they dirty too fast."""
        ...


One = TypeVar("One", bound=Candidate)


def pick(judged: Sequence[One], *, advised: bool, enough: bool) -> One | None:
    """The one to take; none where rules forbid everything.

    What may be done without new hardware comes first, and of that what slows no VM down; hardware is chosen only
    where nothing else meets the goals. Where a window is met, or missed as nearly, by what is changed online, nothing
    is interrupted to be faster still; where it is met as things are, they stay unless a change saves a third. Among
    options as good as each other (within 10 %, or 25 % and no worse at p95), the one that asks least. Where nothing
    meets the goals, the one that comes nearest is taken, and said to miss them.

    Parameters
    ----------
    advised : the platform's advice to take RDMA where both ends can outranks what no run proves.
    enough : a window was given: to meet it is enough.
    """
    meets = [one for one in judged if not one.reasons]
    without = [one for one in meets if one.option.tier is not Tier.HARDWARE]
    without = [one for one in without if not one.slows_vms] or without
    without = least_disruptive(without) if enough else without
    allowed = [one for one in judged if Reason.FORBIDDEN not in one.reasons]
    nearest = _nearest([one for one in allowed if one.option.tier is not Tier.HARDWARE] or allowed)
    chosen = least_effort((_changed_for_much(without) if enough else without) or meets)
    chosen = chosen or least_effort(least_disruptive(nearest) if enough else nearest)
    if chosen is None or not advised:
        return chosen
    direct = [one for one in without if one.is_direct]
    return proven_or_direct(chosen, _changed_for_much(direct) if enough else direct)


def proven_or_direct(chosen: One, candidates: Sequence[One]) -> One:
    """RDMA where it asks for no more, unless runs prove the chosen option better.

    The platform's `rdma_advice` names those who take it: advice that a prediction outside its runs does not
    overrule. Runs that cover the case do.
    """
    if chosen.is_direct or chosen.basis in PROVEN:
        return chosen
    # A setting is changed online: one that is not today's asks for no more than one that is.
    most = max(chosen.option.tier.rank, Tier.SETTINGS.rank)
    return least_effort([one for one in candidates if one.is_direct and one.option.tier.rank <= most]) or chosen


def least_disruptive(candidates: Sequence[One]) -> list[One]:
    """Those whose changes interrupt nothing; all where every one interrupts something."""
    online = [one for one in candidates if all(change.disruption == "online" for change in one.option.changes)]
    return online or list(candidates)


def _changed_for_much(candidates: Sequence[One]) -> list[One]:
    """What changes nothing, where there is such a thing and it is not much worse than the best; else all."""
    best = min((one.score for one in candidates), default=(0.0, 0.0))
    stays = [one for one in candidates if not one.option.changes and _within(one.score, best, _STAYS)]
    return stays or list(candidates)


def least_effort(candidates: Sequence[One]) -> One | None:
    """The best for the goal, or one as good that asks less."""
    if not candidates:
        return None
    best = min(candidates, key=lambda one: one.score)
    return min((one for one in candidates if as_good(one, best)), key=lambda one: (*one.effort, one.score))


def as_good(one: Candidate, best: Candidate) -> bool:
    """Hardly worse than the best, or a little worse but not in the bad case: then the least effort is better advice."""
    if _within(one.score, best.score, WORTH_THE_EFFORT):
        return True
    return _within(one.score, best.score, _DOUBTFUL) and _within(one.bad_case, best.bad_case, 0.0)


def _within(one: tuple[float, float], best: tuple[float, float], share: float) -> bool:
    return all(a <= b * (1 + share) for a, b in zip(one, best, strict=True))


def nothing_gained(less: Candidate, more: Candidate) -> bool:
    """A lesser effort that reaches the same, and is no more forbidden."""
    return set(less.reasons) <= set(more.reasons) and as_good(less, more)


def reason_not_chosen(one: Candidate, chosen: Candidate | None) -> Reason:
    """The first reason why an option was not taken."""
    if one is chosen:
        return Reason.CHOSEN
    if one.reasons:
        return one.reasons[0]
    if one.option.tier is Tier.HARDWARE and (chosen is None or chosen.option.tier is not Tier.HARDWARE):
        return Reason.HARDWARE
    if chosen is not None and chosen.is_direct and one.score < chosen.score and one.basis not in PROVEN:
        return Reason.UNPROVEN
    spared = chosen is not None and one.slows_vms and not chosen.slows_vms
    if chosen is not None and not spared and one.score < chosen.score and not as_good(chosen, one):
        return Reason.NOT_NEEDED
    near = chosen is not None and one.effort > chosen.effort and one.score[0] < chosen.score[0] * (1 + WORTH_THE_EFFORT)
    return Reason.EFFORT if near else Reason.SLOWER


def _nearest(candidates: list[One]) -> list[One]:
    """Those that miss the goals by least, as near as makes no difference."""
    least = min((one.shortfall for one in candidates), default=1.0)
    return [one for one in candidates if one.shortfall <= least * (1 + WORTH_THE_EFFORT)]
