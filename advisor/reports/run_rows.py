"""Measured runs as rows of a table: what was given of them, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from advisor.domain.runs import RUN_COLUMNS, MeasuredRun


def run_rows(runs: Sequence[MeasuredRun]) -> list[dict[str, Any]]:
    """A mapping for each run: the columns that any run fills, then the file's own columns, in order.

    Examples
    --------
    >>> run = MeasuredRun(run_id="a", study="lab", platform="hyperv", transport="tcpip", total_s=54)
    >>> run_rows([run.model_copy(update={"extra_columns": {"room": "3"}})])
    [{'run_id': 'a', 'study': 'lab', 'platform': 'hyperv', 'transport': 'tcpip', 'total_s': 54.0, 'room': '3'}]
    """
    columns = [name for name in RUN_COLUMNS if any(getattr(run, name) is not None for run in runs)]
    extras = list(dict.fromkeys(name for run in runs for name in run.extra_columns))
    return [
        {
            **{name: _plain(getattr(run, name)) for name in columns},
            **{name: run.extra_columns.get(name) for name in extras if name not in columns},
        }
        for run in runs
    ]


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
