"""JSON as ConvertTo-Json writes it: a list of objects, one object, or several lists by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from advisor.errors import InventoryError
from advisor.intake.files import read_text
from advisor.intake.inventory.held import RowTable
from advisor.intake.inventory.tables import MOST_COLUMNS, Table, refuse

MOST_BYTES: Final = 1 << 27
"""Largest JSON file [bytes]."""

MOST_LEVELS: Final = 32
"""Deepest nesting; ConvertTo-Json goes 2 levels deep unless told otherwise."""


def json_tables(path: Path) -> list[Table]:
    """The tables of a JSON file; an object's keys are columns, and an object in a cell stands for its name.

    Raises
    ------
    InventoryError
        When the file is too large, no JSON, nested too deeply, or holds no objects.
    """
    file = str(path)
    content, lines = _parsed(path)
    if isinstance(content, dict) and isinstance(content.get("value"), list):
        content = content["value"]  # Windows PowerShell wraps a list that went through its pipeline twice
    if isinstance(content, dict):
        lists = {key: value for key, value in content.items() if _is_rows(value)}
        if lists and all(_is_rows(value) or not isinstance(value, (list, dict)) for value in content.values()):
            return [_table(file, key, _rows(value), None) for key, value in lists.items()]
        content = [content]
    rows = _rows(content)
    if not rows:
        if content == []:
            return []
        raise refuse(file, "holds no objects", "write it with ConvertTo-Json, one object for each VM, host or NIC")
    return [_table(file, "", rows, lines)]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(row, dict) for row in value)


def _rows(content: Any) -> list[dict[str, Any]]:
    return [row for row in content if isinstance(row, dict)] if isinstance(content, list) else []


def _table(file: str, sheet: str, rows: list[dict[str, Any]], lines: Sequence[int] | None) -> Table:
    header = tuple(dict.fromkeys(key for row in rows for key in row))
    if len(header) > MOST_COLUMNS:
        raise refuse(file, f"has more than {MOST_COLUMNS:,} different keys", "is it a list of like objects?")
    numbered = lines if lines is not None and len(lines) == len(rows) else range(1, len(rows) + 1)

    def read() -> Iterator[tuple[int, list[Any]]]:
        for line, row in zip(numbered, rows, strict=True):
            yield line, [row.get(key) for key in header]

    return RowTable(file, sheet, "JSON", header, read)


def _parsed(path: Path) -> tuple[Any, list[int]]:
    """The content, numbers as the text that was written, and the line on which each entry of a list begins."""
    file = str(path)
    text = read_text(path, MOST_BYTES, InventoryError)
    lines: list[int] = []
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
    try:
        content = decoder.decode(text)
        if isinstance(content, list):
            lines = _lines_of(text, decoder, len(content))
    except json.JSONDecodeError as error:
        mend = "export it again: it may be cut off"
        raise refuse(file, f"is not JSON: {error.msg}", mend, line=error.lineno) from None
    except RecursionError:
        raise refuse(file, f"is nested deeper than {MOST_LEVELS} levels", "lower -Depth of ConvertTo-Json") from None
    if _levels(content) > MOST_LEVELS:
        raise refuse(file, f"is nested deeper than {MOST_LEVELS} levels", "lower -Depth of ConvertTo-Json")
    return content, lines


def _lines_of(text: str, decoder: json.JSONDecoder, count: int) -> list[int]:
    lines = []
    at, line, counted = text.index("[") + 1, 1, 0
    for _ in range(count):
        while text[at] in " \t\r\n,":
            at += 1
        line += text.count("\n", counted, at)
        counted = at
        lines.append(line)
        _, at = decoder.raw_decode(text, at)
    return lines


def _levels(content: Any) -> int:
    level, values = 0, [content]
    while values:
        values = [
            child
            for value in values
            if isinstance(value, (dict, list))
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        level += 1
    return level - 1
