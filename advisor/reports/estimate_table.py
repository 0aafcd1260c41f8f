"""An estimate in a terminal: the headline, the passes, how rate and memory go over time."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.domain.answers import Estimate, PassRow, mean_rates
from advisor.reports.plot import columns_plot
from advisor.reports.sheet import IN_JSON, Cell, Column, Row, Sheet
from advisor.reports.table_parts import (
    rest_of,
    write_assumptions,
    write_findings,
    write_numbers,
    write_vms,
)
from advisor.reports.timeline import end_s, left_at, left_points, longest
from advisor.reports.wording import in_effect_phrase, in_seconds, number, plural, with_span
from advisor.units import format_duration

_MOST_VMS = 3
_FIRST_PASSES, _LAST_PASSES = 6, 2
_MOST_PLOTTED = 60
_PLOT_GUTTER = 12
_WIDE_ENOUGH_FOR_STARTS = 76


def estimate_table(sheet: Sheet, answer: Estimate) -> None:
    """Write an estimate, section by section."""
    dark = with_span(in_seconds(answer.blackout_ms))
    sheet.paragraph(
        f"{in_effect_phrase(answer)}, as configured today: {with_span(answer.total_s)}, longest blackout {dark}", "bold"
    )
    write_numbers(sheet, answer, answer.vms)
    if answer.timeline:
        _write_passes(sheet, answer.timeline)
    if answer.rates:
        _write_plots(sheet, answer)
    write_vms(sheet, answer.vms)
    write_findings(sheet, answer)
    write_assumptions(sheet, answer.assumptions)
    sheet.gap()
    sheet.paragraph(f"{answer.platform}, model card {answer.card}", "dim")


def _write_passes(sheet: Sheet, rows: Sequence[PassRow]) -> None:
    starts = sheet.width >= _WIDE_ENOUGH_FOR_STARTS
    columns = (
        Column("", 12),
        *([Column("start", 11, right=True)] if starts else []),
        Column("time", 11, right=True),
        Column("sent GiB", 8, right=True),
        Column("dirty left GiB", 14, right=True),
    )
    shown, more = longest(rows, _MOST_VMS)
    rows_shown = []
    for vm in shown:
        own = [row for row in rows if row.vm == vm]
        hidden = max(len(own) - _FIRST_PASSES - _LAST_PASSES, 0)
        for i, row in enumerate(own):
            if i == _FIRST_PASSES and hidden:
                gap = Cell.of((f"{plural(hidden, 'more row')}", "dim"))
                rows_shown.append(Row((Cell.of(), gap, *(Cell.of() for _ in columns[1:]))))
            if _FIRST_PASSES <= i < _FIRST_PASSES + hidden:
                continue
            rows_shown.append(_pass_cells(row, named=i == 0, starts=starts))
    sheet.gap()
    sheet.table((Column("VM", rest_of(sheet.width, columns)), *columns), rows_shown)
    if more:
        sheet.paragraph(f"{plural(more, 'more VM')} with shorter moves{IN_JSON}", "dim")


def _pass_cells(row: PassRow, named: bool, starts: bool) -> Row:
    dark = row.step == "blackout"
    style = "bold" if dark else ""
    cells = (
        row.vm if named else "",
        row.step if dark else f"pass {row.number}",
        *([format_duration(row.start_s) if row.start_s else "0 s"] if starts else []),
        format_duration(row.time_s),
        number(row.sent_gib),
        number(row.dirty_left_gib),
    )
    return Row(tuple(Cell.of((cell, style)) for cell in cells))


def _write_plots(sheet: Sheet, answer: Estimate) -> None:
    rows, end = answer.timeline, end_s(answer.timeline)
    count = min(sheet.width - _PLOT_GUTTER, _MOST_PLOTTED)
    curves = [left_points(rows, vm) for vm in dict.fromkeys(row.vm for row in rows)]
    left = [sum(left_at(curve, (i + 0.5) * end / count) for curve in curves) for i in range(count)]
    rates = [step.gbps for step in mean_rates(answer.rates, count)]
    for title, values, length in (
        ("Rate on the wire, Gbit/s", rates, answer.rates[-1].end_s),
        ("Memory left to send, GiB", left, end),
    ):
        sheet.heading(title)
        for line in columns_plot(values, length, ascii_only=sheet.ascii_only):
            sheet.line(line)
