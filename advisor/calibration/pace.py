"""How long an evaluation or a calibration takes, told before it is begun."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from advisor.calibration.cards import MOST_FOLDS_OF_MANY, MOST_FOLDS_OF_ONE
from advisor.calibration.posterior import MANY_STUDIES
from advisor.domain.runs import MeasuredRun

# Timed on two cores that had other work: fits of 14 and of 342 runs, and what is read and predicted beside them.
_FIT_S: Final = 1.3
_FIT_OF_A_RUN_S: Final = 0.075
_PREDICTED_RUN_S: Final = 0.02
_BEGIN_S: Final = 3.0
# All runs are fitted once for the folds to start near; a calibration fits once more for the card.
_FIT_BEFORE_FOLDS: Final = 1
_FIT_AFTER_FOLDS: Final = 1


def evaluation_s(runs: Sequence[MeasuredRun], how: str = "study") -> float:
    """About how long `evaluate` takes [s], by how many runs there are and how often a card is made from them.

    Examples
    --------
    >>> run = MeasuredRun(run_id="a", study="lab", platform="hyperv", transport="tcpip", total_s=54)
    >>> evaluation_s([run], "applied") < evaluation_s([run], "study")
    True
    """
    whole = _BEGIN_S + _PREDICTED_RUN_S * len(runs)
    for own in _by_platform(runs):
        fits = {"applied": 0, "in-sample": 1, "row": len(own) + _FIT_BEFORE_FOLDS}.get(
            how, _folds(own) + _FIT_BEFORE_FOLDS
        )
        whole += fits * _fit_s(len(own))
    return whole


def calibration_s(runs: Sequence[MeasuredRun], platform: str) -> float:
    """About how long `calibrate` takes [s].

    Examples
    --------
    >>> run = MeasuredRun(run_id="a", study="lab", platform="hyperv", transport="tcpip", total_s=54)
    >>> calibration_s([run], "hyperv") > calibration_s([run], "qemu")
    True
    """
    own = [run for run in runs if run.platform == platform]
    return _BEGIN_S + (_FIT_BEFORE_FOLDS + _folds(own) + _FIT_AFTER_FOLDS) * _fit_s(len(own)) if own else _BEGIN_S


def _by_platform(runs: Sequence[MeasuredRun]) -> list[list[MeasuredRun]]:
    return [[run for run in runs if run.platform == name] for name in dict.fromkeys(run.platform for run in runs)]


def _folds(runs: Sequence[MeasuredRun]) -> int:
    studies = len({run.study for run in runs})
    if studies == 1:
        return min(MOST_FOLDS_OF_ONE, len(runs))
    return MOST_FOLDS_OF_MANY if studies > MANY_STUDIES else studies


def _fit_s(runs: int) -> float:
    return _FIT_S + _FIT_OF_A_RUN_S * runs
