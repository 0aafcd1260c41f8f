"""What is taken where an inventory does not say: data/defaults.csv, and rows that lie over it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import ValidationError

from advisor.domain.describe import adapter_of, allowed, is_list, types_in
from advisor.domain.estate import Default, EstateCluster, EstateHost, EstateVm
from advisor.domain.shipped_tables import load_workloads, parse_rows
from advisor.domain.word import Word
from advisor.errors import InputError, Problem
from advisor.shipped import shipped_path

DEFAULTS_FILE: Final = "data/defaults.csv"

ESTATE: Final[Mapping[str, type[Word]]] = {"vm": EstateVm, "host": EstateHost, "cluster": EstateCluster}
"""The words of an estate by what a column of defaults begins with."""

# Names and states are of one VM or host alone, and memory is never guessed: without it a VM is set aside.
# What a host is busy with is laid on its VMs, so that a default of each would count it twice.
_NEVER: Final = frozenset({"vm", "vm_id", "host", "cluster", "state", "memory_gib", "startup_gib", "cpu_use"})

RANGED: Final = frozenset(
    {
        *(f"vm.{name}" for name in ("vcpus", "workload", "dirty_rate_mib_s", "working_set_gib", "nonzero_gib")),
        *(f"vm.{name}" for name in ("compression_ratio", "disk_gib", "disk_used_gib", "disk_write_mib_s")),
        *(f"host.{name}" for name in ("os", "cores", "cpu_busy", "nic_gbps", "nic_count", "mtu_bytes", "power_plan")),
        *(f"host.{name}" for name in ("simultaneous", "storage_simultaneous", "storage_mib_s", "smb_limit_mib_s")),
        *(f"cluster.{name}" for name in ("max_parallel_migrations", "background_gbps", "migration_share")),
        "cluster.smb_limit_factor",
    }
)
"""Columns whose low and high bear on times, and widen the interval; of the others one value is taken."""


@cache
def default_columns() -> tuple[str, ...]:
    """Every column that may have a default.

    Examples
    --------
    >>> "host.nic_gbps" in default_columns(), "vm.memory_gib" in default_columns()
    (True, False)
    """
    return tuple(
        f"{word}.{name}"
        for word, model in ESTATE.items()
        for name, field in model.model_fields.items()
        if (name not in _NEVER or (word, name) == ("host", "memory_gib")) and not is_list(field)
    )


@cache
def load_defaults() -> tuple[Default, ...]:
    """The shipped defaults, read once per process.

    Raises
    ------
    InputError
        When the table was edited and a row of it no longer holds.

    Examples
    --------
    >>> next(row for row in load_defaults() if row.column == "host.nic_gbps").middle
    '10'
    """
    return parse_defaults(shipped_path("data", "defaults.csv").read_text(encoding="utf-8"), DEFAULTS_FILE)


def parse_defaults(text: str, file: str) -> tuple[Default, ...]:
    r"""Defaults from the text of a table such as data/defaults.csv.

    Raises
    ------
    InputError
        Naming every cell that does not hold.

    Examples
    --------
    >>> parse_defaults("column,low,middle,high,source\nhost.cores,8,16,32,assumption\n", "mine.csv")[0].high
    '32'
    """
    rows = parse_rows(text, Default, file, key="column")
    problems = [problem for line, row in rows for problem in problems_of(row, file, line)]
    if problems:
        raise InputError(problems)
    return tuple(row for _, row in rows)


def problems_of(row: Default, file: str | None = None, line: int | None = None) -> list[Problem]:
    """What is wrong with a default: no such column, or values that the column does not allow.

    Examples
    --------
    >>> row = Default(column="host.cores", low="0", middle="8", high="8", source="assumption")
    >>> [str(problem) for problem in problems_of(row)]
    ['host.cores: low cannot be taken (got 0); allowed: a whole number from 1 to 2,048']
    """
    if row.column not in default_columns():
        never = row.column.partition(".")[2] in _NEVER
        mend = "leave it out: what is not known of it is never guessed" if never else None
        known = ", ".join(default_columns())
        return [Problem("is no column that has a default", file, line, row.column, allowed=known, mend=mend)]
    field = _field(row.column)
    problems = []
    values = []
    one_value = row.low == row.middle == row.high
    for name in ("middle",) if one_value else ("low", "middle", "high"):
        text = getattr(row, name)
        if not text:
            what = "is empty" if one_value else f"{name} is empty"
            problems.append(Problem(what, file, line, row.column, allowed=allowed(field)))
            continue
        try:
            values.append(_value(row.column, text))
        except ValidationError:
            what = "cannot be taken" if one_value else f"{name} cannot be taken"
            problems.append(Problem(what, file, line, row.column, text, allowed(field)))
    numeric = {int, float} & set(types_in(field.annotation))
    if not problems and numeric and values != sorted(values):
        problems.append(
            Problem("low, middle and high must rise", file, line, row.column, f"{row.low}, {row.middle}, {row.high}")
        )
    if not problems and row.column not in RANGED and not one_value:
        problems.append(
            Problem(
                "has no range: what it is bears on more than a time",
                file,
                line,
                row.column,
                f"{row.low}, {row.middle}, {row.high}",
                allowed="one value, or a range for " + ", ".join(sorted(RANGED)),
                mend=f"give one value, such as {row.column}={row.middle}",
            )
        )
    if not problems and row.column == "vm.workload" and not set(values) <= set(load_workloads()):
        problems.append(Problem("is no workload class", file, line, row.column, allowed=", ".join(load_workloads())))
    return problems


def default_values(row: Default) -> tuple[Any, Any, Any]:
    """Low, middle and high as the column has them.

    Raises
    ------
    InputError
        When the row does not hold.

    Examples
    --------
    >>> default_values(Default(column="host.nic_gbps", low="10", middle="10", high="25", source="assumption"))
    (10.0, 10.0, 25.0)
    """
    problems = problems_of(row)
    if problems:
        raise InputError(problems)
    return _value(row.column, row.low), _value(row.column, row.middle), _value(row.column, row.high)


def _field(column: str) -> Any:
    word, _, name = column.partition(".")
    return ESTATE[word].model_fields[name]


def _value(column: str, text: str) -> Any:
    word, _, name = column.partition(".")
    return adapter_of(ESTATE[word], name).validate_python(text)
