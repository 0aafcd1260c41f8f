"""A batch in a terminal: the estate in a sentence, clusters and hosts that want looking at, the rest counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from advisor.domain.answers import Interval, Verdict
from advisor.domain.fleet import BatchSummary, ClusterRow, HostRow
from advisor.reports import Page
from advisor.reports.fleet.fitting import write_fitting
from advisor.reports.fleet.standing import setting_told
from advisor.reports.fleet.tables import BatchTables, missing_hosts, unknown_hosts, worst_clusters
from advisor.reports.fleet.unknown_hosts import obstacles_of
from advisor.reports.fleet.wording import (
    ELSEWHERE,
    batch_headline,
    by_count,
    changes_told,
    counted,
    drain_interval,
    drain_told,
    limits_told,
    longest_phrase,
    obstacles_told,
    reasons_told,
    why_told,
)
from advisor.reports.sheet import IN_JSON, Cell, Column, Row, Sheet
from advisor.reports.table_parts import STYLES, write_assumptions
from advisor.reports.wording import limits_phrase, number, span
from advisor.units import format_duration

_MOST_CLUSTERS: Final = 20
_MOST_HOSTS: Final = 15
_MOST_UNKNOWN: Final = 5
_MOST_COUNTS: Final = 6
_MOST_CHANGES: Final = 4
_LABELS = {
    "link": "links",
    "cpu": "CPU",
    "per_vm": "per-VM cost",
    "slots": "slots",
    "cap": "cap",
    "storage": "storage",
    "none": "nothing",
    "unknown": "not known",
}


def batch_table(tables: BatchTables, page: Page) -> str:
    """Write what a batch found for a terminal.

    Parameters
    ----------
    tables : what the batch wrote; clusters and hosts are read through, VMs are not.
    """
    sheet, summary = Sheet(page), tables.summary
    sheet.paragraph(batch_headline(summary), "bold red" if summary.hosts_missing else "bold")
    if summary.hosts:
        sheet.paragraph(longest_phrase(summary))
    if summary.note:
        sheet.paragraph(summary.note, "yellow")
    sheet.gap()
    sheet.items("Settings", _counts(by_count(summary.settings), "cluster"), _MOST_COUNTS)
    _write_clusters(sheet, worst_clusters(tables, _MOST_CLUSTERS), summary)
    _write_missing(sheet, missing_hosts(tables, _MOST_HOSTS), summary)
    _write_unknown(sheet, tables)
    _write_counts(sheet, summary)
    write_assumptions(sheet, summary.assumptions)
    sheet.gap()
    sheet.paragraph(f"Wanted: {limits_phrase(summary.goals)}.", "dim", hanging=2)
    read_from = f"{', '.join(summary.inventory)}; " if summary.inventory else ""
    sheet.paragraph(f"{read_from}model card {summary.card}", "dim", hanging=2)
    return sheet.text()


def _write_clusters(sheet: Sheet, rows: Sequence[ClusterRow], summary: BatchSummary) -> None:
    columns = [
        Column("Cluster", 0),
        Column("Hosts", 5, right=True),
        Column("VMs", 7, right=True),
        Column("Today", 11, right=True),
        Column("Drain p50", 11, right=True),
        Column("Drain p95", 11, right=True),
    ]
    if not rows:
        return
    if summary.goals.window_s is not None:
        columns.append(Column("Miss", 5, right=True))
    sheet.heading("Clusters, worst first, with the drain of the slowest host")
    write_fitting(sheet, columns, list(_clusters(rows, len(columns))), ("Hosts", "Today", "VMs"))
    if summary.clusters > len(rows):
        sheet.paragraph(f"{counted(summary.clusters - len(rows), 'more cluster')}{IN_JSON}", "dim")


def _clusters(rows: Iterable[ClusterRow], columns: int) -> Iterator[Row]:
    """A row each; changes and conditions that a cluster above has too are not told again."""
    told_for: dict[str, str] = {}
    for row in rows:
        cells = (
            row.cluster,
            f"{row.hosts:,}",
            f"{row.vms:,}",
            *(drain_told(seconds) for seconds in (row.today_s_p50, row.drain_s_p50, row.drain_s_p95)),
        )
        missing = Cell.of((f"{row.hosts_missing:,}", "red" if row.hosts_missing else ""))
        first = told_for.setdefault(row.changes, row.cluster) if row.changes else row.cluster
        changes = _changes(row) if first == row.cluster else f"the same changes as {first}"
        why = why_told(row)
        if row.verdict is Verdict.CONDITIONS and why:
            first = told_for.setdefault(why[0], row.cluster)
            why[0] = why[0] if first == row.cluster else f"The same conditions as {first}"
        notes = [(f"{row.setting}: {setting_told(row)}", STYLES[row.verdict]), (changes, "dim")]
        if why:
            notes.append((f"{'. '.join(why)}.", "dim"))
        yield Row((*map(Cell.of, cells), missing)[:columns], tuple(notes))


def _changes(row: ClusterRow) -> str:
    changes = [change for _, change in changes_told(row.changes)]
    more = len(changes) - _MOST_CHANGES
    told = [*changes[:_MOST_CHANGES], *([f"{more} more{IN_JSON}"] if more > 0 else [])]
    return "; ".join(told) or "nothing to change"


def _write_missing(sheet: Sheet, rows: Sequence[HostRow], summary: BatchSummary) -> None:
    if not rows:
        return
    drains = [drain_interval(row) for row in rows]
    columns = (
        Column("Host", 0),
        Column("VMs", 6, right=True),
        Column("Drain", max(len(f"[{span(drain)}]") for drain in drains)),
        Column("Binds", 11),
    )
    sheet.heading("Hosts that miss the window, the longest drain first")
    told = [_host(row, drain) for row, drain in zip(rows, drains, strict=True)]
    write_fitting(sheet, columns, told, ("Binds", "VMs"))
    if (summary.hosts_missing or 0) > len(rows):
        sheet.paragraph(f"{counted((summary.hosts_missing or 0) - len(rows), 'more host')}{IN_JSON}", "dim")


def _host(row: HostRow, drain: Interval) -> Row:
    name = Cell.of(row.host, (row.cluster if row.cluster != row.host else "", "dim"))
    time = Cell.of((format_duration(drain.p50), "red"), (f"[{span(drain)}]", "dim"))
    helped = f", then {format_duration(row.helped_s_p50)}" if row.helped_s_p50 is not None else ""
    if row.helped_s_p95 is not None:
        helped += f" (p95 {format_duration(row.helped_s_p95)})"
    notes = ((f"{row.helps}{helped}", "green" if row.helps_codes else "yellow"),) if row.helps else ()
    return Row((name, Cell.of(f"{row.vms:,}"), time, Cell.of(_LABELS[row.limit])), notes)


def _write_unknown(sheet: Sheet, tables: BatchTables) -> None:
    """Hosts of which it is not known, and what keeps their VMs."""
    rows = unknown_hosts(tables, _MOST_UNKNOWN) if tables.summary.goals.window_s is not None else []
    if not rows:
        return
    sheet.heading("Hosts of which it is not known whether they fit the window")
    for row, told in zip(rows, obstacles_of(tables, rows), strict=True):
        sheet.paragraph(row.host + (f" ({row.cluster})" if row.cluster != row.host else ""), "yellow")
        for one in told:
            sheet.paragraph(one, "dim", indent=2, hanging=2)
    if tables.summary.hosts_unknown > len(rows):
        sheet.paragraph(f"{counted(tables.summary.hosts_unknown - len(rows), 'more host')}{IN_JSON}", "dim")


def _write_counts(sheet: Sheet, summary: BatchSummary) -> None:
    sheet.gap()
    order = {verdict.value: STYLES[verdict] for verdict in Verdict}
    told = [f"{name}: {counted(summary.verdicts[name], 'VM')}" for name in order if summary.verdicts.get(name)]
    sheet.items("Verdicts", told, len(order))
    sheet.items("Reasons", _counts(reasons_told(summary), "VM"), _MOST_COUNTS)
    sheet.items("Obstacle", _counts(obstacles_told(summary), "host"), _MOST_COUNTS)
    sheet.items("Binding", _counts(limits_told(summary), "host"), _MOST_COUNTS)
    if summary.hosts_missing:
        helped = [(code.replace("+", " + ") or "no change helps", n) for code, n in by_count(summary.helped_by)]
        sheet.items("Helps", _counts(helped, "host"), _MOST_COUNTS)
    if summary.rows_set_aside:
        share = number(100 * summary.rows_set_aside / summary.rows_read, 2)
        sheet.items(
            "Aside",
            [
                f"{counted(summary.rows_set_aside, 'row')} of {summary.rows_read:,} VMs ({share} %), each {ELSEWHERE}",
                *_counts(by_count(summary.set_aside), "row"),
            ],
            _MOST_COUNTS,
            "yellow",
        )


def _counts(pairs: Iterable[tuple[str, int]], one: str) -> list[str]:
    return [f"{name}: {counted(count, one)}" for name, count in pairs]
