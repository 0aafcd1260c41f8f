"""The tables that come with advisor: workload classes and what survives which blackout."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from advisor.domain.describe import allowed, is_list
from advisor.domain.goals import Tolerance
from advisor.domain.vms import Workload
from advisor.domain.word import Word
from advisor.errors import InputError, Problem
from advisor.shipped import shipped_path

WORKLOADS_FILE: Final = "data/workloads.csv"
TOLERANCES_FILE: Final = "data/tolerances.csv"
DEFAULT_WORKLOAD: Final = "typical"
"""The class of a VM of which nothing is known."""

_QUANTILES: Final = ("p05", "p50", "p95")

Row = TypeVar("Row", bound=Word)


@cache
def load_workloads() -> Mapping[str, Workload]:
    """The shipped workload classes by name, read once per process.

    A triple stands in three columns, such as ``hot_rate_mib_s_p05``, ``…_p50`` and ``…_p95``.

    Raises
    ------
    InputError
        When the table was edited and a row of it no longer holds.

    Examples
    --------
    >>> load_workloads()["idle"].name
    'idle'
    """
    return {row.name: row for row in shipped_rows(Workload, WORKLOADS_FILE)}


@cache
def load_tolerances() -> Mapping[str, Tolerance]:
    """The shipped tolerances by name, read once per process.

    Raises
    ------
    InputError
        When the table was edited and a row of it no longer holds.

    Examples
    --------
    >>> load_tolerances()["tcp_session"].limit_s
    20.0
    """
    return {row.name: row for row in shipped_rows(Tolerance, TOLERANCES_FILE)}


def shipped_rows(model: type[Row], file: str, key: str | None = "name") -> tuple[Row, ...]:
    """The rows of a table that comes with advisor, in order; see `parse_rows`.

    Raises
    ------
    InputError
        When the table was edited and a row of it no longer holds.

    Examples
    --------
    >>> shipped_rows(Tolerance, TOLERANCES_FILE)[0].name
    'guest_cluster_2012'
    """
    text = shipped_path(*file.split("/")).read_text(encoding="utf-8")
    return tuple(row for _, row in parse_rows(text, model, file, key))


def parse_rows(text: str, model: type[Row], file: str, key: str | None = "name") -> list[tuple[int, Row]]:
    r"""(line, row) of every row of a table as CSV, each told apart by its key, or by nothing where there is none.

    Raises
    ------
    InputError
        Naming every cell that does not hold.

    Examples
    --------
    >>> ((line, row),) = parse_rows("name,title,limit_s,source\nping,Ping,1,assumption\n", Tolerance, "mine.csv")
    >>> line, row.limit_s
    (2, 1.0)
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows: list[tuple[int, Row]] = []
    names: set[str] = set()
    problems: list[Problem] = []
    wanted = _columns(model)
    missing = [column for column in wanted if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(Problem("columns are missing", file, 1, value=", ".join(missing), allowed=", ".join(wanted)))
    for cells in reader:
        try:
            row = model.model_validate(_fields_of(cells, model))
        except ValidationError as error:
            problems += [_problem(detail, model, file, reader.line_num) for detail in error.errors()]
            continue
        rows.append((reader.line_num, row))
        if key is None:
            continue
        name = str(getattr(row, key))
        if name in names:
            problems.append(Problem(f"the {key} stands more than once", file, reader.line_num, key, name))
        names.add(name)
    if problems or not rows:
        raise InputError(problems or Problem("the table has no rows", file))
    return rows


def _columns(model: type[Word]) -> tuple[str, ...]:
    return tuple(
        column
        for name, field in model.model_fields.items()
        for column in ([f"{name}_{quantile}" for quantile in _QUANTILES] if is_list(field) else [name])
    )


def _fields_of(cells: Mapping[str, str | None], model: type[Word]) -> dict[str, Any]:
    return {
        name: [cells[f"{name}_{quantile}"] for quantile in _QUANTILES] if is_list(field) else cells[name]
        for name, field in model.model_fields.items()
    }


def _problem(detail: Any, model: type[Word], file: str, line: int) -> Problem:
    location = detail["loc"]
    if not location:
        return Problem(str(detail["ctx"]["error"]), file, line)
    name = str(location[0])
    field = model.model_fields[name]
    if len(location) > 1:
        return Problem(detail["msg"], file, line, f"{name}_{_QUANTILES[int(location[1])]}", str(detail["input"]))
    return Problem(detail["msg"], file, line, name, str(detail["input"]), allowed(field))
