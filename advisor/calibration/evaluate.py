"""Evaluate: how good the predictions are, on runs the card has not seen unless said otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from advisor.advice.combine import Combined, combine_option, interval
from advisor.advice.predict import Outcome, predict
from advisor.calibration.cards import fitted_card, folds, held_out_by, is_published, starting_card
from advisor.calibration.evaluation import BatchEnd, Evaluation, PlatformScore, RowScore
from advisor.calibration.fit import fit_constants
from advisor.calibration.rows import Row, rows_of
from advisor.calibration.scores import training_quantiles
from advisor.calibration.transport_scores import transport_score
from advisor.domain.answers import Interval
from advisor.domain.runs import MeasuredRun
from advisor.errors import Problem as InputProblem
from advisor.errors import RunsError
from advisor.platforms import get_platform, platforms
from advisor.residual.card import Card, unlearned_card
from advisor.residual.card_files import shipped_card
from advisor.units import bytes_s_to_gbps, seconds_to_ms

ALL = "all"

Progress = Callable[[int, int], None]
"""Told before each fold is fitted: which one, and of how many; before them, with 0, that all rows are fitted once."""


def evaluate(
    runs: Sequence[MeasuredRun], how: str = "study", card: Card | None = None, progress: Progress | None = None
) -> Evaluation:
    """Score predictions on measured runs.

    Parameters
    ----------
    how : study (each study predicted by a card made from the others), row (each row by the others),
        in-sample (one card made from all), applied (`card`, or the shipped one, as it is).
    card : for applied.
    progress : called before each fold of a platform is fitted, which takes long with many runs.

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
        scores.append(_platform(platform, own, how, card, progress or (lambda fold, of: None)))
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


def _platform(platform: str, rows: list[Row], how: str, card: Card | None, progress: Progress) -> PlatformScore:
    unlearned = unlearned_card(get_platform(platform))
    # What `calibrate` would start from: a user's own runs start from the shipped card.
    start = starting_card(platform, published=is_published([row.run for row in rows]))
    cards = _cards(platform, rows, how, card, start, progress)
    by_card, by_physics = _predictions(rows, cards), _predictions(rows, [unlearned] * len(rows))
    training = _training_blackouts(rows)
    scored = [_scored(*one) for one in zip(rows, by_card, by_physics, training, strict=True)]
    ends = _batch_ends(rows, by_card)
    names = tuple(dict.fromkeys(one.transport for one in scored))
    return PlatformScore(
        platform=platform,
        n=len(scored),
        studies=len({one.study for one in scored}),
        overall=transport_score(ALL, scored, ends, [row.run for row in rows]),
        transports=tuple(
            transport_score(
                name,
                [one for one in scored if one.transport == name],
                [end for end in ends if end.transport == name],
                [row.run for row in rows if row.run.transport.value == name],
            )
            for name in names
        ),
        rows=tuple(scored),
        batches=tuple(ends),
    )


def _cards(platform: str, rows: list[Row], how: str, card: Card | None, start: Card, progress: Progress) -> list[Card]:
    """The card each row is predicted with."""
    if how == "applied":
        return [card or shipped_card(platform)] * len(rows)
    if how == "in-sample":
        return [fitted_card(start, fit_constants(rows, start.constants))] * len(rows)
    cards = [start] * len(rows)
    held_out = folds(rows, by=how)
    progress(0, len(held_out))
    near = fit_constants(rows, start.constants).constants
    for i, fold in enumerate(held_out, start=1):
        progress(i, len(held_out))
        others = [row for i, row in enumerate(rows) if i not in fold]
        fitted = fitted_card(start, fit_constants(others, start.constants, near))
        for k in fold:
            cards[k] = fitted
    return cards


def _predictions(rows: Sequence[Row], cards: Sequence[Card]) -> list[Combined]:
    """Each row's problem predicted with its card; rows of one batch share both, and are predicted once."""
    found: dict[tuple[int, int], Combined] = {}
    for row, card in zip(rows, cards, strict=True):
        key = id(row.problem), id(card)
        if key not in found:
            found[key] = combine_option(predict(row.problem, card), 0)
    return [found[id(row.problem), id(card)] for row, card in zip(rows, cards, strict=True)]


def _scored(row: Row, combined: Combined, by_physics: Combined, training_ms: Interval | None) -> RowScore:
    """One row: predicted with its card, by physics with priors alone, and by the naive rules."""
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
        hashed=len(row.case.path.occupancy) > 1,
        forced=None if row.run.outcome is None else row.was_forced,
        training_blackout_ms=training_ms,
        basis=outcome.basis,
        gb_times_8_over_gbps_s=(row.run.vm_memory_gib or 0.0) * (row.run.vm_count or 1) * 8 / line,
        ram_over_bandwidth_s=row.memory_bytes * 8 / 1e9 / line,
        analytic_s=_own_intervals(row, by_physics)[0].p50,
    )


def _training_blackouts(rows: Sequence[Row]) -> list[Interval | None]:
    """For each move that the stop rule ended: what the other studies' moves of its blackout limit show [ms]."""
    ended = [row.run.blackout_ms is not None and row.run.outcome is not None and not row.was_forced for row in rows]
    own = [i for i, one in enumerate(ended) if one]
    runs = [rows[i].run for i in own]
    found: list[Interval | None] = [None] * len(rows)
    shown = training_quantiles(
        [run.blackout_ms or 0.0 for run in runs],
        [run.study for run in runs],
        [run.blackout_limit_ms for run in runs],
    )
    for i, one in zip(own, shown, strict=True):
        found[i] = None if one is None else Interval(p05=one[0], p50=one[1], p95=one[2])
    return found


def _batch_ends(rows: Sequence[Row], predicted: Sequence[Combined]) -> list[BatchEnd]:
    """The end of each batch of which every move was timed: they begin together, so the longest ends it."""
    batches: dict[int, list[int]] = {}
    for i, row in enumerate(rows):
        if row.move is not None:
            batches.setdefault(id(row.problem), []).append(i)
    return [
        BatchEnd(
            batch_id=rows[own[0]].run.batch_id or rows[own[0]].run.run_id,
            study=rows[own[0]].run.study,
            transport=rows[own[0]].run.transport.value,
            moves=len(own),
            measured_s=max(rows[i].total_s for i in own),
            total_s=predicted[own[0]].total_s,
        )
        for own in batches.values()
        if len(own) == len(rows[own[0]].traits)
    ]


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
