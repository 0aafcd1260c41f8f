"""The long work of the page of measured runs, as jobs do it in processes of their own.

What fits and scores is imported by what does so: files are read without it, and sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from advisor.domain.runs import MeasuredRun
from advisor.errors import Problem, RunsError
from advisor.intake.runs import RunsFile, read_runs
from advisor.residual.card import Card
from advisor.ui.job import Watch

if TYPE_CHECKING:
    from advisor.calibration.evaluation import Evaluation

MOST_TOLD: Final = 20
"""Problems of a file that are told; the others are counted."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds, or why it holds nothing.

    Attributes
    ----------
    problems : the first of what is wrong with a file without runs.
    more : how many others there are.
    """

    runs: RunsFile | None
    problems: tuple[Problem, ...] = ()
    more: int = 0


def read(path: Path, watch: Watch | None = None) -> Read:
    """Read a file of runs; how far that is, nobody can say.

    Examples
    --------
    >>> from advisor.shipped import shipped_path
    >>> read(shipped_path("data", "claims.csv")).problems[0].column
    'run_id'
    """
    del watch
    try:
        return Read(read_runs(path))
    except RunsError as error:
        return Read(None, tuple(error.problems[:MOST_TOLD]), len(error.problems[MOST_TOLD:]))


def evaluated(runs: Sequence[MeasuredRun], how: str, card: Card | None, watch: Watch) -> Evaluation:
    """Score predictions on runs; one card is made from all of them, and one without each fold."""
    from advisor.calibration.evaluate import evaluate

    return evaluate(runs, how, card, lambda fold, of: watch(fold, of + 1))


def calibrated(
    runs: Sequence[MeasuredRun], platform: str, start: Card | None, source: str, published: bool | None, watch: Watch
) -> Card:
    """Make a card from runs; how far that is, nobody can say."""
    from advisor.calibration.cards import calibrate

    del watch
    return calibrate(runs, platform, start, source, published=published)
