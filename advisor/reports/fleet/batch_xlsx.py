"""A batch as a workbook, one sheet a level."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from advisor.domain.fleet import BATCH_TABLES, BatchSummary, ClusterRow
from advisor.errors import InputError, Problem
from advisor.reports.fleet.tables import BatchTables, words
from advisor.reports.fleet.wording import (
    batch_headline,
    by_count,
    limits_told,
    longest_phrase,
    obstacles_told,
    reasons_told,
    rules_told,
    settings_title,
)
from advisor.reports.fleet.workbook import Book
from advisor.reports.wording import limits_phrase

MOST_ROWS: Final = 1_048_576
"""Rows of a sheet, its header counted. Source: Microsoft, Excel specifications and limits."""

SHEETS: Final = {
    "clusters": "Clusters",
    "hosts": "Hosts",
    "vms": "VMs",
    "curves": "Sizing curves",
    "set_aside": "Set aside",
}
"""Sheet of each table of `BATCH_TABLES`."""


def write_batch_xlsx(tables: BatchTables, path: Path) -> None:
    """Write a batch as an Excel workbook: summary, clusters, hosts, VMs, sizing curves, set aside, assumptions.

    The same batch gives the same bytes.

    Parameters
    ----------
    path : file to write; what stood there before stays until the new one is whole.

    Raises
    ------
    InputError
        When a table has more rows than a sheet holds; nothing is written then.
    OSError
        When the file cannot be written.
    """
    refuse_what_no_sheet_holds({name: tables.rows(name) for name in BATCH_TABLES}, path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.touch()  # what cannot be written is told before the work, not after it
        with TemporaryDirectory(ignore_cleanup_errors=True) as waiting:
            _write(tables, Book(draft, waiting))
        draft.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        draft.unlink(missing_ok=True)


def _write(tables: BatchTables, book: Book) -> None:
    try:
        book.pairs("Summary", ("What", "Value"), _summary(tables.summary))
        for name, word in BATCH_TABLES.items():
            book.table(SHEETS[name], word, tables.rows(name), tables.batches(name))
        assumed = [(one.what, one.value, one.why) for one in tables.summary.assumptions]
        book.pairs("Rules", ("Rule to verify", "What it says"), rules_told(words(tables, ClusterRow)))
        book.pairs("Assumptions", ("Input", "Taken", "Why"), assumed)
    except BaseException:
        book.abandon()
        raise
    book.close()


def refuse_what_no_sheet_holds(rows: Mapping[str, int], path: Path) -> None:
    """Check that every table fits a sheet.

    Parameters
    ----------
    rows : how many rows each table has, as far as that is known.

    Raises
    ------
    InputError
        Naming each table that does not, and what has no such limit.
    """
    problems = [
        Problem(
            f"cannot be a workbook: the sheet {SHEETS[name]} would have {count:,} rows",
            str(path),
            allowed=f"at most {MOST_ROWS - 1:,} rows below the header of a sheet",
            mend="write CSV or Parquet files instead, which have no such limit",
        )
        for name, count in rows.items()
        if count >= MOST_ROWS
    ]
    if problems:
        raise InputError(problems)


def _or_unknown(seconds: float | None) -> str | float:
    return "not known" if seconds is None else seconds


def _summary(summary: BatchSummary) -> list[tuple[str, str | float]]:
    rows: list[tuple[str, str | float]] = [
        ("Result", batch_headline(summary)),
        ("Longest drain", longest_phrase(summary)),
        ("Note", summary.note),
        ("Wanted", limits_phrase(summary.goals)),
        ("Clusters", summary.clusters),
        ("Hosts", summary.hosts),
        ("Hosts that miss the window", "no window" if summary.hosts_missing is None else summary.hosts_missing),
        ("Hosts of which it is not known whether they can be emptied", summary.hosts_unknown),
        ("VMs", summary.vms),
        ("Memory of the VMs [GiB]", summary.memory_gib),
        ("Longest drain of a host, p50 [s]", _or_unknown(summary.drain_s_p50_longest)),
        ("Longest drain of a host, p95 [s]", _or_unknown(summary.drain_s_p95_longest)),
        ("Rows of VMs read", summary.rows_read),
        ("Rows of VMs set aside", summary.rows_set_aside),
    ]
    for what, counts in (
        ("VMs by verdict", by_count(summary.verdicts)),
        ("VMs by reason", reasons_told(summary)),
        ("Hosts by what stands in the way of emptying them", obstacles_told(summary)),
        ("Hosts by what holds the drain up", limits_told(summary)),
        ("Hosts that miss, by what helps", [(code or "nothing", n) for code, n in by_count(summary.helped_by)]),
        (settings_title(summary), by_count(summary.settings)),
        ("Rows set aside by reason", by_count(summary.set_aside)),
    ):
        rows += [(f"{what}: {name}", count) for name, count in counts]
    rows += [(f"Reason {code} means", meaning) for code, meaning in sorted(summary.reason_words.items())]
    files = zip_longest(summary.inventory, summary.formats, fillvalue="")
    rows += [(f"Read from {file}", f"as {read_as}" if read_as else "") for file, read_as in files]
    rows += [("Model card", summary.card), ("Schema", summary.schema_version)]
    return [row for row in rows if row[1] != ""]
