"""The scores of one transport, or of all together, from its rows; studies weigh equally."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.calibration.evaluation import (
    BatchEnd,
    BatchScore,
    BlackoutScore,
    ConvergedBlackout,
    ForcedBlackout,
    HashedScore,
    NoiseFloor,
    PathScore,
    RowScore,
    ShareRange,
    TimeError,
    TimeScore,
    TransportScore,
)
from advisor.calibration.noise import noise
from advisor.calibration.scores import (
    FEWEST_FOR_QUANTILES,
    Floats,
    constant_width,
    coverage_range,
    error_score,
    gain_percent,
    interval_score,
    share_badly_wrong,
    study_weights,
    weighted_quantile,
)
from advisor.domain.answers import Interval
from advisor.domain.options import Transport
from advisor.domain.runs import MeasuredRun
from advisor.residual.learned import BLACKOUT_FLOOR_S
from advisor.units import seconds_to_ms


def transport_score(
    name: str, rows: Sequence[RowScore], ends: Sequence[BatchEnd], runs: Sequence[MeasuredRun]
) -> TransportScore:
    """All that is judged of some rows of one platform.

    Parameters
    ----------
    name : the transport, or all.
    rows : one or more.
    ends : of the batches among them whose moves were timed one by one.
    runs : the measured runs of the rows, in the same order: their repeats tell the noise.
    """
    weights = study_weights([row.study for row in rows])
    measured = np.array([row.measured_s for row in rows])
    time = error_score(measured, [row.total_s.p50 for row in rows], weights)
    spans = interval_score(measured, [row.total_s.p05 for row in rows], [row.total_s.p95 for row in rows], weights)
    return TransportScore(
        transport=name,
        n=len(rows),
        studies=_studies(rows),
        time=TimeScore(
            median_ape=time.median_ape,
            mean_ape=time.mean_ape,
            p90_ape=time.p90_ape,
            median_abs_s=time.median_abs,
            mean_abs_s=time.mean_abs,
            p90_abs_s=time.p90_abs,
            interval_score=spans.interval_score,
        ),
        blackout=_blackout([row for row in rows if row.measured_blackout_ms is not None]),
        bad_share=_bad_share(rows),
        coverage_90=spans.coverage_90,
        coverage_90_range=_range([_holds(row.total_s, row.measured_s) for row in rows], rows),
        without_luck=_without_luck([(row, run) for row, run in zip(rows, runs, strict=True) if not row.hashed]),
        hashed=_hashed([row for row in rows if row.hashed]),
        batches=_batches(ends),
        noise=_noise(runs),
        baselines={
            baseline: error_score(measured, [getattr(row, f"{baseline}_s") for row in rows], weights).median_ape
            for baseline in ("gb_times_8_over_gbps", "ram_over_bandwidth", "analytic")
        },
    )


def _studies(rows: Sequence[RowScore | BatchEnd]) -> int:
    return len({row.study for row in rows})


def _holds(interval: Interval, value: float) -> bool:
    return interval.p05 <= value <= interval.p95


def _range(inside: Sequence[bool], rows: Sequence[RowScore]) -> ShareRange | None:
    found = coverage_range(inside, [row.study for row in rows])
    return None if found is None else ShareRange(low=found[0], high=found[1])


def _bad_share(rows: Sequence[RowScore]) -> float:
    wrong = [row.measured_converges is not None and row.measured_converges != row.converges for row in rows]
    return share_badly_wrong(
        [row.measured_s for row in rows],
        [row.total_s.p50 for row in rows],
        wrong,
        study_weights([row.study for row in rows]),
    )


def _noise(runs: Sequence[MeasuredRun]) -> NoiseFloor | None:
    """How far repeats lie apart, all moves together."""
    spreads = noise(runs).spreads
    if not spreads:
        return None
    whole = spreads[0]
    return NoiseFloor(
        cells=whole.cells,
        runs=whole.runs,
        median_percent=100 * whole.total_median,
        p90_percent=100 * whole.total_p90,
    )


def _without_luck(moves: Sequence[tuple[RowScore, MeasuredRun]]) -> PathScore | None:
    if not moves:
        return None
    compressed = Transport.COMPRESSION.value
    return PathScore(
        n=len(moves),
        uncompressed=_time_error([move for move in moves if move[0].transport != compressed]),
        compressed=_time_error([move for move in moves if move[0].transport == compressed]),
        bad_share=_bad_share([row for row, _ in moves]),
    )


def _time_error(moves: Sequence[tuple[RowScore, MeasuredRun]]) -> TimeError | None:
    if not moves:
        return None
    rows = [row for row, _ in moves]
    score = error_score(
        [row.measured_s for row in rows],
        [row.total_s.p50 for row in rows],
        study_weights([row.study for row in rows]),
    )
    return TimeError(
        n=score.n,
        studies=_studies(rows),
        median_ape=score.median_ape,
        p90_ape=score.p90_ape,
        noise=_noise([run for _, run in moves]),
    )


def _hashed(rows: Sequence[RowScore]) -> HashedScore | None:
    if not rows:
        return None
    weights = study_weights([row.study for row in rows])
    measured = np.array([row.measured_s for row in rows])
    low, middle, high = (np.array([getattr(row.total_s, end) for row in rows]) for end in ("p05", "p50", "p95"))
    error = error_score(measured, middle, weights)
    own = interval_score(measured, low, high, weights)
    flat = _one_width(measured, middle, own.coverage_90, weights)
    log_own = interval_score(np.log(measured), np.log(low), np.log(high), weights).interval_score
    return HashedScore(
        n=len(rows),
        studies=_studies(rows),
        median_ape=error.median_ape,
        p90_ape=error.p90_ape,
        coverage_90=own.coverage_90,
        interval_score=own.interval_score,
        constant_width_score=None if flat is None else flat[0],
        gain_percent=None if flat is None else gain_percent(own.interval_score, flat[0]),
        log_gain_percent=None if flat is None else gain_percent(log_own, flat[1]),
    )


def _one_width(measured: Floats, middle: Floats, coverage: float, weights: Floats) -> tuple[float, float] | None:
    """Scores of one width for all, in seconds and in the logarithm; few rows have no quantiles to take it from."""
    if measured.size < FEWEST_FOR_QUANTILES:
        return None
    low, high = constant_width(measured, middle, coverage, weights)
    return (
        interval_score(measured, low, high, weights).interval_score,
        interval_score(np.log(measured), np.log(low), np.log(high), weights).interval_score,
    )


def _batches(ends: Sequence[BatchEnd]) -> BatchScore | None:
    if not ends:
        return None
    score = error_score(
        [end.measured_s for end in ends],
        [end.total_s.p50 for end in ends],
        study_weights([end.study for end in ends]),
    )
    return BatchScore(n=score.n, studies=_studies(ends), median_ape=score.median_ape, p90_ape=score.p90_ape)


def _blackout(rows: Sequence[RowScore]) -> BlackoutScore:
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
        coverage_90_range=_range([_holds(row.blackout_ms, row.measured_blackout_ms or 0.0) for row in rows], rows),
        converged=_converged([row for row in rows if row.forced is False]),
        forced=_forced([row for row in rows if row.forced]),
    )


def _converged(rows: Sequence[RowScore]) -> ConvergedBlackout | None:
    """Ours, and the training quantiles' where every row has them."""
    if not rows:
        return None
    coverage, score, error = _judged(rows, [row.blackout_ms for row in rows])
    training = [row.training_blackout_ms for row in rows if row.training_blackout_ms is not None]
    _, other, other_error = _judged(rows, training) if len(training) == len(rows) else (None, None, None)
    return ConvergedBlackout(
        n=len(rows),
        studies=_studies(rows),
        coverage_90=coverage,
        interval_score=score,
        median_abs_ms=error,
        training_interval_score=other,
        training_median_abs_ms=other_error,
        gain_percent=None if other is None else gain_percent(score, other),
    )


def _judged(rows: Sequence[RowScore], said: Sequence[Interval]) -> tuple[float, float, float]:
    """Coverage, mean interval score and median absolute error of what was said of the blackouts [ms]."""
    weights = study_weights([row.study for row in rows])
    measured = [row.measured_blackout_ms or 0.0 for row in rows]
    spans = interval_score(measured, [one.p05 for one in said], [one.p95 for one in said], weights)
    error = error_score(measured, [one.p50 for one in said], weights).median_abs
    return spans.coverage_90, spans.interval_score, error


def _forced(rows: Sequence[RowScore]) -> ForcedBlackout | None:
    if not rows:
        return None
    weights = study_weights([row.study for row in rows])
    measured = np.array([row.measured_blackout_ms or 0.0 for row in rows])
    predicted = np.array([row.blackout_ms.p50 for row in rows])
    floor = seconds_to_ms(BLACKOUT_FLOOR_S)
    logs = np.abs(np.log((measured + floor) / (predicted + floor)))
    return ForcedBlackout(
        n=len(rows),
        studies=_studies(rows),
        median_ape=error_score(measured, predicted, weights).median_ape,
        median_abs_log=weighted_quantile(logs, weights, 0.5),
    )
