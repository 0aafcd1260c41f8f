"""JSON as ConvertTo-Json writes it: a list of objects, one object, or several lists by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from advisor.intake.inventory.held import Row, RowTable, cell_text, well_formed
from advisor.intake.inventory.json_entries import entries_of, whole_of
from advisor.intake.inventory.tables import MOST_COLUMNS, Broken, Table, refuse
from advisor.intake.validation import shown

MOST_BYTES: Final = 1 << 27
"""Largest JSON file [bytes]."""

MOST_ENTRIES: Final = 1_000_000
"""Most entries of its lists together."""

_WITHIN: Final = {"DVDDrives": "Path", "HardDrives": "DiskNumber"}
"""Lists within a VM that Get-VM writes out, and what of their entries is a column of its own."""

_TO_CSV: Final = "export to CSV, which may have any number of rows"


@dataclass(slots=True)
class _Member:
    """What stands under a key of a file's object: how many objects and other entries its list has, and their keys."""

    is_list: bool
    is_object: bool
    objects: int = 0
    others: int = 0
    keys: dict[str, None] = field(default_factory=dict)


def json_tables(path: Path) -> list[Table]:
    """The tables of a JSON file; an object's keys are columns, and an object in a cell stands for its name.

    Raises
    ------
    InventoryError
        When the file is too large, no JSON, nested too deeply, or holds no objects.
    OSError
        When it cannot be read.
    """
    file = str(path)
    if path.stat().st_size > MOST_BYTES:
        raise refuse(file, f"is larger than {MOST_BYTES:,} bytes", _TO_CSV)
    members = _members(path)
    # Windows PowerShell wraps a list that went through its pipeline twice.
    alone = next((key for key in (None, "value") if key in members and members[key].is_list), "")
    if alone != "":
        found = members[alone]
        if found.objects:
            return [_table(path, "", alone, found)]
        if not found.others:
            return []
    if None in members:
        raise refuse(file, "holds no objects", "write it with ConvertTo-Json, one object for each VM, host or NIC")
    lists = {key: found for key, found in members.items() if found.objects}
    others = [found for key, found in members.items() if key not in lists]
    one_row = _WITHIN.keys() & members.keys() or any(found.is_object or found.others for found in others)
    if lists and not one_row:
        return [_table(path, str(key), key, found) for key, found in lists.items()]
    keys = (*map(str, members), *(f"{key}.{_WITHIN[key]}" for key in members if key in _WITHIN))
    return [RowTable(file, "", "JSON", tuple(map(well_formed, keys)), partial(_one_row, path, keys))]


def _members(path: Path) -> dict[str | None, _Member]:
    """What stands in a file by key; under None the list that the file is."""
    file = str(path)
    members: dict[str | None, _Member] = {}
    count = 0
    for member, line, value, in_list in entries_of(path):
        found = members.get(member)
        if found is None:
            found = members[member] = _Member(isinstance(value, list), isinstance(value, dict))
        if not in_list:
            if len(members) > MOST_COLUMNS:
                raise _too_many_keys(file, line)
            continue
        count += 1
        if count > MOST_ENTRIES:
            raise refuse(file, f"has more than {MOST_ENTRIES:,} entries", _TO_CSV, line=line)
        if not isinstance(value, dict):
            found.others += 1
            continue
        found.objects += 1
        if not value.keys() <= found.keys.keys():
            found.keys.update(dict.fromkeys(value))
            if len(found.keys) > MOST_COLUMNS:
                raise _too_many_keys(file, line)
    return members


def _too_many_keys(file: str, line: int) -> Exception:
    return refuse(file, f"has more than {MOST_COLUMNS:,} different keys", "is it a list of like objects?", line=line)


def _table(path: Path, sheet: str, member: str | None, found: _Member) -> Table:
    keys = (*found.keys, *(f"{key}.{_WITHIN[key]}" for key in found.keys if key in _WITHIN))
    header = tuple(map(well_formed, keys))
    return RowTable(str(path), well_formed(sheet), "JSON", header, partial(_rows, path, member, keys))


def _rows(path: Path, member: str | None, every: Sequence[str], wanted: Sequence[int]) -> Iterator[Row]:
    keys = [every[at] for at in wanted]
    for key, line, value, in_list in entries_of(path):
        if not in_list or key != member:
            continue
        if isinstance(value, dict):
            yield line, [value.get(one) if one in value else _within(value, one) for one in keys]
        else:
            yield Broken(
                line,
                "",
                shown("null" if value is None else cell_text(value)),
                "is no object",
                "export objects: one for each row",
            )


def _within(value: dict[str, Any], column: str) -> str:
    """What the entries of a list within an object say, parted by ; with - for nothing; empty where that is not told.

    Examples
    --------
    >>> _within({"HardDrives": [{"DiskNumber": "3"}, {"DiskNumber": None}]}, "HardDrives.DiskNumber")
    '3;-'
    >>> [_within({"HardDrives": drives}, "HardDrives.DiskNumber") for drives in ([], ["a disk"])]
    ['-', '']
    """
    key, dot, name = column.partition(".")
    entries = value.get(key) if dot else None
    entries = [entries] if isinstance(entries, dict) else entries
    if not isinstance(entries, list) or not all(isinstance(one, dict) and name in one for one in entries):
        return ""
    return ";".join(cell_text(one[name]).replace(";", ",") or "-" for one in entries) or "-"


def _one_row(path: Path, every: Sequence[str], wanted: Sequence[int]) -> Iterator[Row]:
    _, line, value, _ = whole_of(path)
    yield line, [value[name] if name in value else _within(value, name) for name in (every[at] for at in wanted)]
