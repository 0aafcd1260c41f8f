"""The long work of the page of measured runs, as jobs do it in processes of their own."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.calibration.cards import calibrate
from advisor.calibration.evaluate import evaluate
from advisor.calibration.evaluation import Evaluation
from advisor.domain.runs import MeasuredRun
from advisor.residual.card import Card
from advisor.ui.job import Watch


def evaluated(runs: Sequence[MeasuredRun], how: str, card: Card | None, watch: Watch) -> Evaluation:
    """Score predictions on runs; one card is made from all of them, and one without each fold."""
    return evaluate(runs, how, card, lambda fold, of: watch(fold, of + 1))


def calibrated(
    runs: Sequence[MeasuredRun], platform: str, start: Card | None, source: str, published: bool | None, watch: Watch
) -> Card:
    """Make a card from runs; how far that is, nobody can say."""
    del watch
    return calibrate(runs, platform, start, source, published=published)
