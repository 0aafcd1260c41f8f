"""Evaluate: how good the predictions are, on runs the card has not seen unless said otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.advice.combine import Combined, combine_option, interval
from advisor.advice.predict import Outcome, predict
from advisor.calibration.cards import fitted_card, folds, held_out_by
from advisor.calibration.evaluation import (
    BlackoutScore,
    Evaluation,
    PlatformScore,
    RowScore,
    TimeScore,
    TransportScore,
)
from advisor.calibration.fit import fit_constants
from advisor.calibration.rows import Row, rows_of
from advisor.calibration.scores import error_score, interval_score, share_badly_wrong, study_weights
from advisor.domain.answers import Interval
from advisor.domain.runs import MeasuredRun
from advisor.errors import Problem as InputProblem
from advisor.errors import RunsError
from advisor.platforms import get_platform, platforms
from advisor.residual.card import Card, unlearned_card
from advisor.residual.card_files import shipped_card
from advisor.units import bytes_s_to_gbps, seconds_to_ms

ALL = "all"


def evaluate(runs: Sequence[MeasuredRun], how: str = "study", card: Card | None = None) -> Evaluation:
    """Score predictions on measured runs.

    Parameters
    ----------
    how : study (each study predicted by a card made from the others), row (each row by the others),
        in-sample (one card made from all), applied (`card`, or the shipped one, as it is).
    card : for applied.

    Raises
    ------
    RunsError
        When no row can be predicted, or none can be held out.
    """
    rows = rows_of(runs)
    if not rows:
        raise RunsError(
            InputProblem(
                "holds no run that can be predicted",
                allowed=f"rows of {', '.join(one.name for one in platforms())} that did not fail, with vm_memory_gib, "
                "nic_gbps and total_s",
            )
        )
    scores, words = [], []
    for platform in dict.fromkeys(row.run.platform for row in rows):
        own = [row for row in rows if row.run.platform == platform]
        words.append(_words(own, how, card))
        scores.append(_platform(platform, own, how, card))
    skipped = len(runs) - len(rows)
    return Evaluation(how="; ".join(dict.fromkeys(words)), platforms=tuple(scores), runs=len(runs), not_scored=skipped)


def _words(rows: list[Row], how: str, card: Card | None) -> str:
    """Which rows the card had seen, in words."""
    if how == "in-sample":
        return "in sample: the card has seen these runs"
    if how == "applied":
        return f"applied as it is: {card.name if card is not None else 'the shipped card'}"
    held_out = held_out_by(rows, how)
    if not held_out:
        raise RunsError(
            InputProblem(
                f"holds {len(rows)} run{'s' if len(rows) > 1 else ''} of one batch, of which nothing can be held out",
                allowed="runs of two batches or more",
                mend="add runs, or give --apply shipped to score them with the shipped card",
            )
        )
    if held_out == "batch":
        return "held out by batch, for all runs are of one study"
    return "held out row by row" if held_out == "row" else "held out by study"


def _platform(platform: str, rows: list[Row], how: str, card: Card | None) -> PlatformScore:
    unlearned = unlearned_card(get_platform(platform))
    # What `calibrate` would start from: a user's own runs start from the shipped card.
    printed = all(row.run.evidence in {"published", "seed"} for row in rows)
    cards = _cards(platform, rows, how, card, unlearned if printed else shipped_card(platform))
    scored = [_scored(row, one, unlearned) for row, one in zip(rows, cards, strict=True)]
    transports = [
        _transport(name, [one for one in scored if one.transport == name])
        for name in dict.fromkeys(one.transport for one in scored)
    ]
    return PlatformScore(
        platform=platform,
        n=len(scored),
        studies=len({one.study for one in scored}),
        overall=_transport(ALL, scored),
        transports=tuple(transports),
        rows=tuple(scored),
    )


def _cards(platform: str, rows: list[Row], how: str, card: Card | None, start: Card) -> list[Card]:
    """The card each row is predicted with."""
    if how == "applied":
        return [card or shipped_card(platform)] * len(rows)
    if how == "in-sample":
        return [fitted_card(start, fit_constants(rows, start.constants))] * len(rows)
    cards = [start] * len(rows)
    near = fit_constants(rows, start.constants).constants
    for fold in folds(rows, by=how):
        others = [row for i, row in enumerate(rows) if i not in fold]
        fitted = fitted_card(start, fit_constants(others, start.constants, near))
        for i in fold:
            cards[i] = fitted
    return cards


def _combined(row: Row, card: Card) -> Combined:
    return combine_option(predict(row.problem, card), 0)


def _scored(row: Row, card: Card, start: Card) -> RowScore:
    """One row: predicted with its card, by physics with priors alone, and by the naive rules."""
    combined = _combined(row, card)
    total, dark = _own_intervals(row, combined)
    line = bytes_s_to_gbps(sum(member.speed_bytes_s for member in row.case.path.members[: row.links]))
    outcome = combined.outcomes[0]
    return RowScore(
        run_id=row.run.run_id,
        study=row.run.study,
        transport=row.run.transport.value,
        measured_s=row.total_s,
        total_s=total,
        measured_blackout_ms=row.run.blackout_ms,
        blackout_ms=Interval(p05=seconds_to_ms(dark.p05), p50=seconds_to_ms(dark.p50), p95=seconds_to_ms(dark.p95)),
        measured_converges=None if row.run.outcome is None else row.run.outcome == "converged",
        converges=_called_converged(row, outcome),
        basis=outcome.basis,
        gb_times_8_over_gbps_s=(row.run.vm_memory_gib or 0.0) * (row.run.vm_count or 1) * 8 / line,
        ram_over_bandwidth_s=row.memory_bytes * 8 / 1e9 / line,
        analytic_s=_own_intervals(row, _combined(row, start))[0].p50,
    )


def _own_intervals(row: Row, combined: Combined) -> tuple[Interval, Interval]:
    """Total time and blackout of what the row speaks of: one move of its batch, or all of them [s]."""
    if row.move is None:
        return combined.total_s, combined.blackout_s
    (outcome,), move = combined.outcomes, row.move
    return (
        interval(lambda share: float(outcome.vm_total.quantile(share)[move])),
        interval(lambda share: float(outcome.vm_blackout.quantile(share)[move])),
    )


def _called_converged(row: Row, outcome: Outcome) -> bool:
    """What the row would be called: forced as well where only its last count is beyond the limit."""
    platform, limit = row.problem.platform, row.run.max_passes
    own = outcome.converged if row.move is None else outcome.converged[row.move]
    passes = outcome.passes if row.move is None else outcome.passes[row.move]
    counted = passes + platform.counted_beside_passes
    return bool(np.all(own & ((limit is None) | (counted <= (limit or 0)) | (platform.counted_beside_passes == 0))))


def _transport(name: str, rows: list[RowScore]) -> TransportScore:
    weights = study_weights([row.study for row in rows])
    measured = np.array([row.measured_s for row in rows])
    time = error_score(measured, [row.total_s.p50 for row in rows], weights)
    spans = interval_score(measured, [row.total_s.p05 for row in rows], [row.total_s.p95 for row in rows], weights)
    wrong = [row.measured_converges is not None and row.measured_converges != row.converges for row in rows]
    dark = [row for row in rows if row.measured_blackout_ms is not None]
    return TransportScore(
        transport=name,
        n=len(rows),
        studies=len({row.study for row in rows}),
        time=TimeScore(
            median_ape=time.median_ape,
            mean_ape=time.mean_ape,
            p90_ape=time.p90_ape,
            median_abs_s=time.median_abs,
            mean_abs_s=time.mean_abs,
            p90_abs_s=time.p90_abs,
            interval_score=spans.interval_score,
        ),
        blackout=_blackout(dark),
        bad_share=share_badly_wrong(measured, [row.total_s.p50 for row in rows], wrong, weights),
        coverage_90=spans.coverage_90,
        baselines={
            baseline: error_score(measured, [getattr(row, f"{baseline}_s") for row in rows], weights).median_ape
            for baseline in ("gb_times_8_over_gbps", "ram_over_bandwidth", "analytic")
        },
    )


def _blackout(rows: list[RowScore]) -> BlackoutScore:
    if not rows:
        return BlackoutScore(n=0)
    weights = study_weights([row.study for row in rows])
    measured = [row.measured_blackout_ms or 0.0 for row in rows]
    score = error_score(measured, [row.blackout_ms.p50 for row in rows], weights)
    spans = interval_score(
        measured, [row.blackout_ms.p05 for row in rows], [row.blackout_ms.p95 for row in rows], weights
    )
    return BlackoutScore(
        n=score.n,
        median_ape=score.median_ape,
        median_abs_ms=score.median_abs,
        mean_abs_ms=score.mean_abs,
        p90_abs_ms=score.p90_abs,
        interval_score=spans.interval_score,
        coverage_90=spans.coverage_90,
    )
