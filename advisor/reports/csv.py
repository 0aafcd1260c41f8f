"""CSV: one row per option for a recommendation, one row per pass for an estimate.

A spreadsheet runs a cell that starts like a formula; text cells that do are written with a leading apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from advisor.domain.answers import Estimate, OptionAnswer, PassRow, Recommendation
from advisor.reports import Page
from advisor.reports.cells import guarded
from advisor.reports.findings import is_same
from advisor.reports.wording import rounded


def csv_text(answer: Recommendation | Estimate, page: Page) -> str:
    """Write an answer as CSV: options of a recommendation, best first, or passes of an estimate."""
    del page  # CSV is for programs: neither width nor colour bears on it
    if isinstance(answer, Estimate):
        return csv_rows(list(PassRow.model_fields), (row.model_dump(mode="json") for row in answer.timeline))
    return csv_rows(
        ["recommended", *_OPTION_COLUMNS],
        (
            {"recommended": is_same(option, answer.recommended)}
            | {column: read(option) for column, read in _OPTION_COLUMNS.items()}
            for option in answer.options
        ),
    )


def csv_rows(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    r"""Write rows under a header; text is guarded, numbers have four significant digits, what is missing stays empty.

    Examples
    --------
    >>> csv_rows(["vm", "time_s"], [{"vm": "=1+1", "time_s": 2.34567}])
    "vm,time_s\n'=1+1,2.346\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(row[column]) for column in columns] for row in rows])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, str):
        return guarded(value)
    return value


def _rules(option: OptionAnswer, answer: str) -> str:
    return "; ".join(dict.fromkeys(finding.rule for finding in option.findings if finding.answer == answer))


_OPTION_COLUMNS: dict[str, Callable[[OptionAnswer], object]] = {
    "label": lambda option: option.label,
    "transport": lambda option: option.transport.value,
    "effective": lambda option: option.effective.value,
    "tier": lambda option: option.tier.value,
    "verdict": lambda option: option.verdict.value,
    "rejected_by": lambda option: option.rejected_by,
    "simultaneous": lambda option: option.simultaneous,
    "total_s_p05": lambda option: option.total_s.p05,
    "total_s_p50": lambda option: option.total_s.p50,
    "total_s_p95": lambda option: option.total_s.p95,
    "blackout_ms_p05": lambda option: option.blackout_ms.p05,
    "blackout_ms_p50": lambda option: option.blackout_ms.p50,
    "blackout_ms_p95": lambda option: option.blackout_ms.p95,
    "sent_gib": lambda option: option.sent_gib,
    "throughput_gbps": lambda option: option.throughput_gbps,
    "passes": lambda option: option.passes,
    "converges": lambda option: option.converges,
    "cpu_cores_source": lambda option: option.cpu_cores.source,
    "cpu_cores_destination": lambda option: option.cpu_cores.destination,
    "basis": lambda option: option.basis.value,
    "blackout_basis": lambda option: option.blackout_basis.value,
    "limit": lambda option: option.limit,
    "changes": lambda option: "; ".join(change.code for change in option.changes),
    "rules_holding": lambda option: _rules(option, "holds"),
    "rules_unknown": lambda option: _rules(option, "unknown"),
}
