"""Defaults of the user over those that come with advisor: a file of them, and --default flags."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from advisor.domain.defaults import default_columns, load_defaults, parse_defaults, problems_of
from advisor.domain.estate import Default
from advisor.errors import InputError, InventoryError, Problem
from advisor.intake.document import read_document
from advisor.intake.files import read_text
from advisor.intake.validation import closest

_MOST_BYTES: Final = 2**20
"""Largest file of defaults [bytes]."""

_FLAG: Final = "--default"
_EXAMPLE: Final = "host.nic_gbps=25, or host.nic_gbps=10,25,40 for low, middle and high"


def read_defaults(path: str | Path | None = None, flags: Sequence[str] = ()) -> tuple[Default, ...]:
    """What is taken where an inventory does not say: flags over a file over the shipped table.

    Parameters
    ----------
    path : a CSV file with the columns of data/defaults.csv, or a YAML file of ``column: value`` or
        ``column: [low, middle, high]``, columns such as ``host.nic_gbps``.
    flags : texts such as ``host.nic_gbps=25`` or ``host.nic_gbps=10,25,40``.

    Raises
    ------
    InventoryError
        Naming every value that its column does not allow.

    Examples
    --------
    >>> rows = read_defaults(flags=["host.nic_gbps=25"])
    >>> next((row.low, row.middle, row.source) for row in rows if row.column == "host.nic_gbps")
    ('25', '25', 'given with --default')
    """
    rows = {row.column: row for row in load_defaults()}
    for row in _of_file(Path(path)) if path is not None else ():
        rows[row.column] = row
    problems: list[Problem] = []
    for flag in flags:
        row_or_problem = _of_flag(flag)
        if isinstance(row_or_problem, Problem):
            problems.append(row_or_problem)
        else:
            found = problems_of(row_or_problem)
            problems += [_with_hint(problem, _FLAG) for problem in found]
            rows[row_or_problem.column] = row_or_problem
    if problems:
        raise InventoryError(problems)
    return tuple(rows.values())


def _of_flag(flag: str) -> Default | Problem:
    column, equals, value = (part.strip() for part in flag.partition("="))
    values = [one.strip() for one in value.split(",")]
    if equals and len(values) not in {1, 3}:
        allowed = "one value, or three: low, middle, high"
        return Problem(f"gives {len(values)} values", column=_FLAG, value=flag[:80], allowed=allowed)
    if not equals:
        return Problem("is no default", column=_FLAG, value=flag[:80], allowed=f"COLUMN=VALUE, such as {_EXAMPLE}")
    return _row(column, values, "given with --default")


def _row(column: str, values: Sequence[str], source: str) -> Default:
    low, middle, high = (values[0],) * 3 if len(values) == 1 else values
    return Default.model_construct(column=column, low=low, middle=middle, high=high, source=source)


def _of_file(path: Path) -> tuple[Default, ...]:
    file = str(path)
    try:
        if path.suffix.lower() not in {".yaml", ".yml", ".json"}:
            return parse_defaults(read_text(path, _MOST_BYTES, InventoryError), file)
        return _of_document(path)
    except InventoryError:
        raise
    except InputError as error:
        raise InventoryError([_with_hint(problem, None) for problem in error.problems]) from None


def _of_document(path: Path) -> tuple[Default, ...]:
    document = read_document(path, "host.nic_gbps:")
    rows, problems = [], list(document.problems)
    for column, value, line in _leaves(document.content, document.lines):
        source = f"given in {path.name}"
        if isinstance(value, dict) and {"low", "middle", "high"} <= value.keys():
            source = str(value.get("source") or source)
            values = [value[name] for name in ("low", "middle", "high")]
        else:
            values = value if isinstance(value, list) else [value]
        if len(values) not in {1, 3} or not all(isinstance(one, str) for one in values):
            rule = f"a value, or a list of low, middle and high, such as {_EXAMPLE}"
            problems.append(Problem("is no default", str(path), line, column, allowed=rule))
            continue
        row = _row(column, values, source)
        found = problems_of(row, str(path), line)
        problems += found
        rows.append(row)
    if problems:
        raise InputError(problems)
    return tuple(rows)


def _leaves(content: dict[str, Any], lines: Any) -> list[tuple[str, Any, int | None]]:
    """Columns and their values: host.nic_gbps may stand as that, or as nic_gbps under host."""
    found = []
    for key, value in content.items():
        if key in {"vm", "host", "cluster"} and isinstance(value, dict):
            found += [(f"{key}.{name}", inner, lines.get((key, name))) for name, inner in value.items()]
        else:
            found.append((key, value, lines.get((key,))))
    return found


def _with_hint(problem: Problem, column: str | None) -> Problem:
    """The problem with the column that was perhaps meant, in place of all that there are."""
    near = closest(problem.column or "", default_columns())
    unknown = problem.message.startswith("is no column") and not problem.mend
    return Problem(
        problem.message,
        problem.file,
        problem.line,
        f"{column} {problem.column}" if column else problem.column,
        problem.value,
        problem.allowed,
        f"did you mean {near}?" if unknown and near else problem.mend,
    )
