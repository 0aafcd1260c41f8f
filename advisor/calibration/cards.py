"""Make a card from runs: the shipped one from published rows, a user's from the shipped one and their own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from advisor.advice.predict import case_facts
from advisor.calibration.fit import Fit, fit_constants
from advisor.calibration.learn import learn
from advisor.calibration.posterior import MANY_STUDIES
from advisor.calibration.rows import Row, log_times, rows_of
from advisor.calibration.scores import study_weights, weighted_quantile
from advisor.domain.runs import MeasuredRun
from advisor.errors import CalibrationError
from advisor.platforms import get_platform
from advisor.residual.basis import CaseFacts
from advisor.residual.card import Card, Coverage, unlearned_card
from advisor.residual.card_files import shipped_card

# Fewer runs than this say less than the priors do.
_FEWEST_RUNS = 3
MOST_FOLDS_OF_ONE = 5
# Many studies are not held out one by one.
MOST_FOLDS_OF_MANY = 8
# A user's runs of a transport cover nothing below this: their spread is not known yet.
_FEWEST_TO_COVER = 5


def calibrate(
    runs: Sequence[MeasuredRun],
    platform: str,
    start: Card | None = None,
    source: str = "",
    *,
    published: bool | None = None,
) -> Card:
    """A card from measured runs.

    Parameters
    ----------
    runs : rows of other platforms are passed over.
    start : the card to start from and to be pulled towards. Not given: the shipped card where any
        row was measured by the user, the platform's priors where all rows are published.
    source : name of the file, kept in the card.
    published : whether the card is for everyone: then it starts from the priors, and what its runs cover rests on
        published runs, not on the user's own. Not given: where all rows are published.

    Raises
    ------
    CalibrationError
        With too few usable runs, or where held-out error would grow.
    """
    own = [run for run in runs if run.platform == platform]
    rows = rows_of(own)
    if not own and runs:
        there = sorted({run.platform for run in runs})
        raise CalibrationError(
            f"the file holds no {platform} runs, but {len(runs)} of {', '.join(there)}; mend: --platform {there[0]}"
        )
    if len(rows) < _FEWEST_RUNS:
        raise CalibrationError(
            f"{len(rows)} of {len(own)} {platform} runs can be used; allowed: {_FEWEST_RUNS} or more with "
            "vm_memory_gib, nic_gbps and total_s that did not fail; mend: measure more moves, or fill in those columns"
        )
    published = is_published(own) if published is None else published
    start = starting_card(platform, published=published) if start is None else start
    held_out = held_out_by(rows)
    if not held_out:
        raise CalibrationError(
            "all runs are of one batch, so that nothing can be held out to check a new card by; mend: add runs of "
            "other moves, with a batch_id of their own or none"
        )
    check = _held_out_check(rows, start)
    if not published and check.is_worse:
        raise CalibrationError(
            f"calibrating on these {len(rows)} runs would make the held-out median error worse: "
            f"{check.before:.1f} % with the card as it is, {check.after:.1f} % calibrated; mend: keep the card, and "
            "measure more moves of the kinds you care for"
        )
    fit = fit_constants(rows, start.constants)
    if len(fit.rows) < _FEWEST_RUNS:
        raise CalibrationError(
            f"{len(fit.unfitted)} of {len(rows)} runs show more memory in their time than the links carry, and only "
            f"{len(fit.rows)} are left to fit; mend: check vm_memory_gib, nic_gbps, nic_count and total_s of those rows"
        )
    return _card(
        fit,
        rows,
        start,
        published=published,
        source=source,
        errors={
            "held_out_by": held_out,
            "held_out_median_ape_before": check.before,
            "held_out_median_ape_after": check.after,
        },
    )


def is_published(runs: Sequence[MeasuredRun]) -> bool:
    """Whether every run was read in print, so that a card made from them is for everyone."""
    return all(run.evidence in {"published", "seed"} for run in runs)


def starting_card(platform: str, *, published: bool) -> Card:
    """The card that a calibration starts from where none is given: priors for published runs, else the shipped one.

    Examples
    --------
    >>> starting_card("hyperv", published=True).kind, starting_card("hyperv", published=False).kind
    ('priors only', 'prior-informed')
    """
    return unlearned_card(get_platform(platform)) if published else shipped_card(platform)


@dataclass(frozen=True, slots=True)
class _Check:
    """Median errors [%] of held-out rows with the card as it is and fitted on the others; studies weigh equally.

    `is_worse` where the fitted card loses by more than one standard error over the folds: less is luck.
    """

    before: float
    after: float
    is_worse: bool


def _held_out_check(rows: Sequence[Row], start: Card) -> _Check:
    """Predict every fold with a card fitted on the others."""
    weights = study_weights([row.run.study for row in rows])
    measured = np.log([row.total_s for row in rows])
    before = log_times(rows, [start.constants])[0][:, 0]
    before += [start.time_ratio.get(row.transport, 0.0) for row in rows]
    after = before.copy()
    held_out = [sorted(fold) for fold in folds(rows)]
    near = fit_constants(rows, start.constants).constants
    for fold in held_out:
        fitted = fit_constants([row for i, row in enumerate(rows) if i not in fold], start.constants, near)
        after[fold] = fitted.log_totals([rows[i] for i in fold])
    lost = np.abs(after - measured) - np.abs(before - measured)
    by_fold = np.array([float(np.mean(lost[fold])) for fold in held_out])
    error = float(np.std(by_fold, ddof=1)) / len(by_fold) ** 0.5
    medians = [weighted_quantile(100 * np.abs(np.expm1(guess - measured)), weights, 0.5) for guess in (before, after)]
    return _Check(medians[0], medians[1], is_worse=float(by_fold.mean()) > error)


def batches_of(rows: Sequence[Row]) -> list[str]:
    """The batch each row belongs to; a row of none is one of its own."""
    return [row.run.batch_id or f"row {i:06}" for i, row in enumerate(rows)]


def held_out_by(rows: Sequence[Row], by: str = "study") -> str:
    """What `folds` really holds out together: study, batch or row; empty where nothing can be held out."""
    if not folds(rows, by):
        return ""
    return "row" if by == "row" else "study" if len({row.run.study for row in rows}) > 1 else "batch"


def folds(rows: Sequence[Row], by: str = "study") -> list[set[int]]:
    """Rows held out together: by study, many in eight folds; one study by batch, in up to five folds; or row by row."""
    studies = [row.run.study for row in rows]
    groups, splitter = studies, LeaveOneGroupOut()
    if len(rows) < 2:
        return []
    if by == "row":
        groups = [f"{i:06}" for i in range(len(rows))]
    elif len(set(studies)) > MANY_STUDIES:
        splitter = GroupKFold(MOST_FOLDS_OF_MANY)
    elif len(set(studies)) == 1:
        groups = batches_of(rows)
        if len(set(groups)) < 2:
            return []
        splitter = GroupKFold(min(MOST_FOLDS_OF_ONE, len(set(groups))))
    return [set(held.tolist()) for _, held in splitter.split(groups, groups=groups)]


def fitted_card(start: Card, fit: Fit) -> Card:
    """A card with what a fit found, and what its rows teach beside the constants where they are of many studies."""
    card = replace(
        start,
        constants=fit.constants,
        time_ratio=fit.time_ratio,
        blackout_ratio=fit.blackout_ratio,
        time_log_spread=fit.time_log_spread,
        blackout_log_spread=fit.blackout_log_spread,
        learned=None,
    )
    learned = learn(fit.rows, card)
    if learned is None:
        return card
    # The correction stands for the ratios: both would count what is missing twice.
    return replace(
        card,
        learned=learned,
        time_ratio={},
        blackout_ratio={},
        coverage=_coverage(fit.rows, "published"),
        blackout_coverage=_coverage([row for row in fit.rows if row.run.blackout_ms is not None], "published"),
    )


def _card(fit: Fit, rows: Sequence[Row], start: Card, *, published: bool, source: str, errors: dict[str, Any]) -> Card:
    evidence = "published" if published else "calibrated"
    dark = [row for row in fit.rows if row.run.blackout_ms is not None]
    fitted = fitted_card(start, fit)
    learned = fitted.learned is not None
    kind = "calibrated" if not published else "learned" if learned else "prior-informed"
    return replace(
        fitted,
        kind=kind,
        time_ratio=fitted.time_ratio if learned else {**start.time_ratio, **fit.time_ratio},
        blackout_ratio=fitted.blackout_ratio if learned else {**start.blackout_ratio, **fit.blackout_ratio},
        coverage={**start.coverage, **_coverage(fit.rows, evidence)},
        blackout_coverage={**start.blackout_coverage, **_coverage(dark, evidence)},
        made_from={
            "file": source,
            "sha256": _fingerprint([row.run for row in rows]),
            "runs": len(rows),
            "studies": len({row.run.study for row in rows}),
            "not_fitted": [row.run.run_id for row in fit.unfitted],
        },
        errors=errors,
    )


def _fingerprint(runs: Sequence[MeasuredRun]) -> str:
    """Hash of the rows' values, whatever file or line ending they came in."""
    text = "\n".join(run.model_dump_json() for run in runs)
    return hashlib.sha256(text.encode()).hexdigest()


def _coverage(rows: Sequence[Row], evidence: str) -> dict[str, Coverage]:
    """By transport, where the rows lie."""
    found: dict[str, Coverage] = {}
    facts = [case_facts(row.case, max(one.memory_bytes for one in row.traits), len(row.traits)) for row in rows]
    for transport in dict.fromkeys(one.transport for one in facts):
        own = [(row, one) for row, one in zip(rows, facts, strict=True) if one.transport == transport]
        if evidence == "calibrated" and len(own) < _FEWEST_TO_COVER:
            continue

        def span(name: str, own: list[tuple[Row, CaseFacts]] = own) -> tuple[float, float]:
            values = [float(getattr(one, name)) for _, one in own]
            return min(values), max(values)

        found[transport] = Coverage(
            evidence=evidence,
            runs=len(own),
            studies=len({row.run.study for row, _ in own}),
            nic_gbps=span("nic_gbps"),
            nic_count=span("nic_count"),
            memory_gib=span("memory_gib"),
            simultaneous=span("simultaneous"),
            versions=tuple(sorted({one.version for _, one in own})),
        )
    return found
