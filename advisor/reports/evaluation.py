"""What `advisor evaluate` shows: errors by platform and transport beside baselines, and every row where few."""

from __future__ import annotations

import json

from advisor.calibration.evaluation import Evaluation, PlatformScore, RowScore, TransportScore
from advisor.reports import Page
from advisor.reports.csv import csv_rows
from advisor.reports.json import with_rounded_floats
from advisor.reports.sheet import Cell, Column, Row, Sheet
from advisor.reports.wording import number, span, with_span
from advisor.units import format_duration, ms_to_seconds

_BASELINES = {
    "gb_times_8_over_gbps": "GB x 8 / Gbps",
    "ram_over_bandwidth": "RAM / bandwidth",
    "analytic": "physics, priors only",
}
_ROWS_SHOWN = 40
_SCORES = (
    Column("Transport", 13),
    Column("Rows", 8),
    Column("Median", 7, right=True),
    Column("Mean", 6, right=True),
    Column("P90", 6, right=True),
    Column("Bad", 5, right=True),
    Column("In 90 %", 7, right=True),
    Column("Score", 9, right=True),
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
    return sheet.text()


def _platform(sheet: Sheet, platform: PlatformScore) -> None:
    sheet.heading(f"{platform.platform}: {platform.n} runs of {platform.studies} studies")
    several = len(platform.transports) > 1
    sheet.table(_SCORES, [_scores(one) for one in (*platform.transports, *((platform.overall,) if several else ()))])
    sheet.gap()
    sheet.paragraph(
        "Median error of simpler rules on the same runs: "
        + "; ".join(f"{_BASELINES[name]} {number(value, 3)} %" for name, value in platform.overall.baselines.items())
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
    rows = []
    for platform in evaluation.platforms:
        for row in platform.rows:
            flat: dict[str, object] = {"platform": platform.platform}
            for name, value in row.model_dump(mode="json").items():
                if isinstance(value, dict):
                    flat |= {f"{name}_{quantile}": inner for quantile, inner in value.items()}
                else:
                    flat[name] = value
            rows.append(flat)
    return csv_rows(list(rows[0]), rows) if rows else ""
