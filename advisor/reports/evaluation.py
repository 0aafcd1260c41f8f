"""What `advisor evaluate` shows: errors by platform and transport beside baselines, and every row where few."""

from __future__ import annotations

import json

from advisor.calibration.evaluation import Evaluation, PlatformScore, RowScore, ShareRange, TransportScore
from advisor.domain.answers import Interval
from advisor.reports import Page
from advisor.reports.csv import csv_rows
from advisor.reports.evaluation_words import BASELINES, judged, percent, share_span
from advisor.reports.json import with_rounded_floats
from advisor.reports.sheet import Cell, Column, Row, Sheet
from advisor.reports.wording import number, span, with_span
from advisor.units import format_duration, ms_to_seconds

_ROWS_SHOWN = 40
_QUANTILES = tuple(Interval.model_fields)
_INTERVALS = {name for name, one in RowScore.model_fields.items() if one.annotation in {Interval, Interval | None}}
_SCORES = (
    Column("Transport", 13),
    Column("Rows", 11),
    Column("Median", 7, right=True),
    Column("Mean", 6, right=True),
    Column("P90", 6, right=True),
    Column("Bad", 5, right=True),
    Column("In 90 %", 7, right=True),
    Column("Score", 9, right=True),
)
_PATHS = (
    Column("Transport", 12),
    Column("No luck", 7, right=True),
    Column("Median", 7, right=True),
    Column("P90", 7, right=True),
    Column("Bad", 5, right=True),
    Column("Hashed", 6, right=True),
    Column("Gain", 6, right=True),
    Column("Inside", 8, right=True),
    Column("Floor", 6, right=True),
)
_DARK = (
    Column("Transport", 12),
    Column("Ended", 5, right=True),
    Column("Missed", 7, right=True),
    Column("Gain", 6, right=True),
    Column("Forced", 6, right=True),
    Column("Missed", 6, right=True),
    Column("Inside", 8, right=True),
    Column("Batches", 7, right=True),
    Column("Missed", 6, right=True),
)
_RUNS = (
    Column("Run", 14),
    Column("Transport", 12),
    Column("Measured", 11, right=True),
    Column("Predicted", 26),
    Column("Error", 8, right=True),
)


def evaluation_table(evaluation: Evaluation, page: Page) -> str:
    """Write an evaluation for a terminal."""
    sheet = Sheet(page)
    sheet.paragraph(f"Scored {evaluation.how}.", "bold")
    if evaluation.not_scored:
        sheet.paragraph(
            f"{evaluation.not_scored} of {evaluation.runs} rows say too little to be predicted, failed, or are "
            "of another platform.",
            "yellow",
        )
    for platform in evaluation.platforms:
        _platform(sheet, platform)
    sheet.gap()
    sheet.paragraph(
        "Median, Mean, P90: absolute error of the median total time. Bad: missed by 25 % or more, or wrong about "
        "convergence. In 90 %: share of runs inside the interval. Score: mean interval score in seconds, smaller is "
        "better. Studies weigh equally.",
        "dim",
    )
    sheet.paragraph(
        "No luck: runs whose path leaves nothing to hashing, their errors and the share badly wrong. Hashed: runs of "
        "teams that hash flows onto links, and how much better the interval scores than one of a single width. Inside: "
        "95 % range of the share inside the 90 % interval when studies are drawn again, of times and of blackouts. "
        "Floor: how far repeats of one move lie apart. Ended: blackouts where the stop rule ended the passes, the "
        "median they are missed by, and how much better the interval scores than quantiles of the other studies. "
        "Forced: where the pass limit did. Batches: simultaneous moves timed one by one, and the end of the last.",
        "dim",
    )
    return sheet.text()


def _platform(sheet: Sheet, platform: PlatformScore) -> None:
    sheet.heading(f"{platform.platform}: {platform.n} runs of {platform.studies} studies")
    several = len(platform.transports) > 1
    sheet.table(_SCORES, [_scores(one) for one in (*platform.transports, *((platform.overall,) if several else ()))])
    sheet.gap()
    sheet.paragraph(
        "Median error of simpler rules on the same runs: "
        + "; ".join(f"{BASELINES[name]} {number(value, 3)} %" for name, value in platform.overall.baselines.items())
        + "."
    )
    dark = platform.overall.blackout
    if dark.n:
        sheet.paragraph(
            f"Blackout, {dark.n} runs: median absolute error "
            f"{format_duration(ms_to_seconds(dark.median_abs_ms or 0))}, P90 "
            f"{format_duration(ms_to_seconds(dark.p90_abs_ms or 0))}; {dark.coverage_90 or 0:.0%} inside the interval."
        )
    else:
        sheet.paragraph("Blackout: none was measured.")
    sheet.gap()
    sheet.table(_PATHS, [_paths(one) for one in platform.transports])
    if dark.n or platform.batches:
        sheet.gap()
        sheet.table(_DARK, [_dark(one) for one in platform.transports])
    sheet.gap()
    for label, text in judged(platform):
        sheet.paragraph(f"{label}: {text}", hanging=2)
    if platform.n <= _ROWS_SHOWN:
        sheet.gap()
        sheet.table(_RUNS, [_run(row) for row in platform.rows])
    else:
        sheet.paragraph(f"{platform.n} rows; -f json or csv lists every one.", "dim")


def _scores(one: TransportScore) -> Row:
    time = one.time
    cells = (
        one.transport,
        f"{one.n} of {one.studies}",
        *(f"{number(value, 3)} %" for value in (time.median_ape, time.mean_ape, time.p90_ape)),
        f"{one.bad_share:.0%}",
        f"{one.coverage_90:.0%}",
        number(time.interval_score, 3),
    )
    return Row(tuple(Cell.of(cell) for cell in cells))


def _paths(one: TransportScore) -> Row:
    """Errors without luck, the gain with it, the range of the coverage, the floor."""
    path, hashed, spread = one.without_luck, one.hashed, one.coverage_90_range
    error = None if path is None else path.uncompressed or path.compressed
    cells = (
        one.transport,
        "" if path is None else str(path.n),
        *(("", "") if error is None else (percent(error.median_ape), percent(error.p90_ape))),
        "" if path is None else f"{path.bad_share:.0%}",
        "" if hashed is None else str(hashed.n),
        "" if hashed is None else _gain(hashed.gain_percent),
        _range(spread),
        "" if one.noise is None else f"{number(one.noise.median_percent, 2)} %",
    )
    return Row(tuple(Cell.of(cell) for cell in cells))


def _dark(one: TransportScore) -> Row:
    """Blackouts that converged and that were forced, and the ends of batches."""
    stopped, forced, ends = one.blackout.converged, one.blackout.forced, one.batches
    cells = (
        one.transport,
        *(
            ("", "", "")
            if stopped is None
            else (
                str(stopped.n),
                format_duration(ms_to_seconds(stopped.median_abs_ms)),
                _gain(stopped.gain_percent),
            )
        ),
        *(("", "") if forced is None else (str(forced.n), percent(forced.median_ape))),
        _range(one.blackout.coverage_90_range),
        *(("", "") if ends is None else (str(ends.n), percent(ends.median_ape))),
    )
    return Row(tuple(Cell.of(cell) for cell in cells))


def _gain(percent: float | None) -> str:
    return "" if percent is None else f"{percent:+.0f} %"


def _range(spread: ShareRange | None) -> str:
    return "" if spread is None else share_span(spread)


def _run(row: RowScore) -> Row:
    inside = row.total_s.p05 <= row.measured_s <= row.total_s.p95
    cells = (
        Cell.of(row.run_id),
        Cell.of(row.transport),
        Cell.of(format_duration(row.measured_s)),
        Cell.of(with_span(row.total_s)),
        Cell.of((f"{row.error_percent:+.1f} %", "" if inside else "red")),
    )
    return Row(cells, () if inside else ((f"outside the interval [{span(row.total_s)}]", "red"),))


def evaluation_json(evaluation: Evaluation, page: Page) -> str:
    """Write an evaluation as JSON."""
    del page  # JSON is for programs: neither width nor colour bears on it
    return json.dumps(with_rounded_floats(evaluation.model_dump(mode="json")), indent=2, allow_nan=False) + "\n"


def evaluation_csv(evaluation: Evaluation, page: Page) -> str:
    """Write every scored row as CSV."""
    del page  # CSV is for programs: neither width nor colour bears on it
    columns = [column for name in RowScore.model_fields for column in _columns(name)]
    rows = []
    for platform in evaluation.platforms:
        for row in platform.rows:
            flat: dict[str, object] = {"platform": platform.platform}
            for name, value in row.model_dump(mode="json").items():
                values = list((value or dict.fromkeys(_QUANTILES)).values()) if name in _INTERVALS else [value]
                flat |= zip(_columns(name), values, strict=True)
            rows.append(flat)
    return csv_rows(["platform", *columns], rows)


def _columns(name: str) -> tuple[str, ...]:
    """The columns of a row's field: three where it is an interval."""
    return tuple(f"{name}_{quantile}" for quantile in _QUANTILES) if name in _INTERVALS else (name,)
