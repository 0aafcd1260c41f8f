"""What a plan asks for, turn by turn: one move of one study, once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from advisor.domain.plan import LabMove, LabPlan, LabStudy


@dataclass(frozen=True, slots=True)
class Turn:
    """One move of a study, for the `repeat`-th time; all guests of the study make it at once."""

    study: LabStudy
    cell: int
    repeat: int

    @property
    def move(self) -> LabMove:
        """How the guests move."""
        return self.study.moves[self.cell]

    @property
    def batch_id(self) -> str:
        """Names the moves that start together."""
        return f"{self.study.name}-{self.cell}-{self.repeat}"

    def run_id(self, guest: int) -> str:
        """Names one guest's move."""
        return self.batch_id if self.study.simultaneous == 1 else f"{self.batch_id}-{guest}"

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Names of all its runs."""
        return tuple(self.run_id(guest) for guest in range(self.study.simultaneous))


def turns(plan: LabPlan, done: Collection[str] = ()) -> list[list[Turn]]:
    """The turns of each study still to be taken, repeats spread over the study's time.

    Parameters
    ----------
    done : names of runs that have been written; a turn is done when all of its runs are.

    Examples
    --------
    >>> plan = LabPlan(repeats=2, studies=[{"name": "a", "moves": [{}, {"blackout_limit_ms": 50}]}])
    >>> [turn.batch_id for turn in turns(plan, {"a-0-1"})[0]]
    ['a-1-1', 'a-0-2', 'a-1-2']
    """
    whole = []
    for study in plan.studies:
        own = [Turn(study, cell, repeat + 1) for repeat in range(plan.repeats) for cell in range(len(study.moves))]
        whole.append([turn for turn in own if not all(name in done for name in turn.run_ids)])
    return [own for own in whole if own]


def runs_in(studies: Iterable[Iterable[Turn]]) -> int:
    """How many runs the turns make.

    Examples
    --------
    >>> runs_in(turns(LabPlan(repeats=3, studies=[{"name": "a", "simultaneous": 2, "moves": [{}]}])))
    6
    """
    return sum(turn.study.simultaneous for own in studies for turn in own)
