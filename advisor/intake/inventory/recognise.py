"""Finds out which format a table is of, and which of its columns is which."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from advisor.domain.fleet import BATCH_TABLES
from advisor.intake.inventory.columns import Column, Take
from advisor.intake.inventory.figures import Figures, How
from advisor.intake.inventory.layouts import Layout
from advisor.intake.inventory.marks import PLAUSIBLE_GIB, decimal_comma_in
from advisor.intake.inventory.tables import Table
from advisor.intake.validation import letters_of

_MEMORY: Final = frozenset({"memory_gib", "startup_gib"})
UNIT: Final = re.compile(r"(.+?)(?:in)?(mib|mb|gib|gb|kib|kb|tib|tb|bytes|gbps|mbps|bps)")
"""A column's name in letters and digits, and the unit at its end."""

_PREFIXES: Final = ("vinfo", "vhost", "vnic", "vmemory", "vcluster")
"""Some exports put the tab's name before each column."""


class Said(NamedTuple):
    """What a person says of a header.

    Attributes
    ----------
    column : column of the estate that it is; empty where nothing is to be read from it.
    unit : unit of its numbers; empty for what the header says, or else the column's own.
    """

    column: str
    unit: str


@dataclass(frozen=True)
class Found:
    """A column of the estate and where it stands in a table."""

    take: Take
    index: int
    header: str
    unit: str


@dataclass(frozen=True)
class Understood:
    """A table whose format is known."""

    table: Table
    layout: Layout
    found: tuple[Found, ...]

    def column(self, found: Found) -> Column:
        """The reader of a column."""
        return Column(found.take, self.layout.model, How(self.decimal_comma, found.unit))

    @cached_property
    def decimal_comma(self) -> bool | None:
        """Whether the table has a comma before decimals, judged by its columns of numbers; None where nothing tells."""
        if not self.table.separator:
            return False
        columns = [
            (one.index, one.unit or one.take.read.base, one.take.column)
            for one in self.found
            if isinstance(one.take.read, Figures) and one.take.read.localised
        ]
        cells = self.table.first_cells([index for index, _, _ in columns])
        likely = PLAUSIBLE_GIB.get(self.layout.model)
        return decimal_comma_in(
            [
                (texts, base, likely if column in _MEMORY else None)
                for texts, (_, base, column) in zip(cells, columns, strict=True)
            ],
            self.table.separator,
        )

    @property
    def columns(self) -> dict[str, str]:
        """Column of the estate to column of the file, for people."""
        return {
            one.take.column.removeprefix("_"): " ".join(filter(None, (one.header, one.take.remark)))
            for one in self.found
        }

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns of the file that nothing is read from."""
        used = {one.index for one in self.found}
        return tuple(name for index, name in enumerate(self.table.header) if index not in used and name)

    @property
    def format(self) -> str:
        """What it is, for people."""
        return f"{self.layout.name} as {self.table.kind}"


class _Header:
    """Names of a table's columns by their letters, with and without a unit at the end."""

    def __init__(self, header: Sequence[str], without: Collection[int] = ()) -> None:
        letters = [letters_of(name) for name in header]
        for prefix in _PREFIXES:
            if sum(one.startswith(prefix) for one in letters) * 2 > len(letters):
                letters = [one.removeprefix(prefix) or one for one in letters]
        self.whole: dict[str, int] = {}
        self.stems: dict[str, tuple[int, str]] = {}
        for index, one in enumerate(letters):
            if not one or index in without:
                continue
            self.whole.setdefault(one, index)
            match = UNIT.fullmatch(one)
            if match:
                self.stems.setdefault(match[1], (index, match[2]))

    def find(self, names: Sequence[str]) -> tuple[int, str] | None:
        """Where the first of these names stands, and its unit."""
        for name in names:
            if name in self.whole:
                return self.whole[name], ""
            if name in self.stems:
                return self.stems[name]
        return None


def recognised(table: Table, layouts: Sequence[Layout], said: Mapping[int, Said] | None = None) -> Understood | None:
    """The table with its format; None where it is of none of these.

    Parameters
    ----------
    said : what a person says of its columns, by their position; of the others it is found out.
    """
    given = {one.column: (index, one.unit) for index, one in (said or {}).items() if one.column}
    header = _Header(table.header, said or ())
    names = _called(Path(table.file).stem, table.sheet)
    best: tuple[int, Understood] | None = None
    for layout in layouts:
        if not given.keys() <= layout.columns or any(
            header.find(group) is None and not layout.stands_for(group, given) for group in layout.needs
        ):
            continue
        found = []
        for take in layout.takes:
            at = None if take.column in given else header.find(take.headers)
            if at is not None:
                found.append(Found(take, at[0], table.header[at[0]], at[1]))
        for column, (index, unit) in given.items():
            take = layout.take_of(column)
            found.append(Found(take, index, table.header[index], unit or _unit_in(table.header[index], take)))
        score = len({one.index for one in found}) + 100 * any(one in names for one in layout.called)
        if best is None or score > best[0]:
            best = (score, Understood(table, layout, tuple(found)))
    return None if best is None else best[1]


def _unit_in(header: str, take: Take) -> str:
    """The unit that a header ends in, of a column whose numbers have one."""
    match = UNIT.fullmatch(letters_of(header)) if isinstance(take.read, Figures) and take.read.base else None
    return match[2] if match else ""


def is_answer(table: Table) -> bool:
    """Whether a batch wrote the table: what it answers of a host or a VM is not what an inventory says of it."""
    header = set(table.header)
    return any(header.issuperset(word.model_fields) for word in BATCH_TABLES.values())


def _called(stem: str, sheet: str) -> str:
    """What a table is called, small letters: its sheet, or its file's name."""
    return letters_of(sheet or stem)
