"""Rows of VMs, a block at a time, as columns: which are answered, and why the others are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from advisor.domain.describe import types_in
from advisor.domain.estate import EstateVm, MoveKind, VmState
from advisor.domain.fleet import SetAside
from advisor.domain.inventory import VM_ARRAYS, Floats, VmTable
from advisor.domain.vms import Vm
from advisor.intake.inventory.columns import Column
from advisor.intake.inventory.facts import aside, aside_broken, aside_cell
from advisor.intake.inventory.figures import How
from advisor.intake.inventory.readings import CLUSTERED, text
from advisor.intake.inventory.recognise import Understood
from advisor.intake.inventory.tables import Cells, Coded, Rows
from advisor.intake.validation import letters_of, shown

_DISTINCT: Final = frozenset({"vm", "vm_id"})
_OF_VM: Final = tuple(name for name in VM_ARRAYS if name != "host")
IS_NUMBER: Final = {
    name: bool({int, float, bool} & set(types_in(EstateVm.model_fields[name].annotation))) for name in _OF_VM
}
"""By column of a `VmTable` but host, whether it holds numbers."""
_HOST: Final = 1 << 32


class Why(IntEnum):
    """Why a row of VMs is not answered; what is said first counts."""

    ANSWERED = 0
    TEMPLATE = 1
    PLACEHOLDER = 2
    OFF = 3
    SAVED = 4
    NO_NAME = 5
    CELL = 6
    NO_MEMORY = 7
    CONTRADICTION = 8
    NO_HOST = 9
    TWICE = 10
    TOO_LARGE = 11


MISSED: Final = (Why.NO_NAME, Why.CELL, Why.NO_MEMORY, Why.CONTRADICTION)
"""Reasons for which a VM is not answered that may well run."""

REASONS: Final[Mapping[Why, tuple[str, str, str]]] = {
    Why.TEMPLATE: ("_template", "is a template: it does not run", "nothing: it is not migrated live"),
    Why.PLACEHOLDER: ("_placeholder", "is a placeholder of a recovery site", "nothing: its VM is elsewhere"),
    Why.OFF: ("state", "is off: there is no memory to move", "nothing, or start it and export again"),
    Why.SAVED: ("state", "is saved: there is no memory to move", "nothing, or start it and export again"),
    Why.NO_NAME: ("vm", "has no name", "give the VM its name"),
    Why.NO_MEMORY: ("memory_gib", "its assigned memory is not known", "fill it in: memory is never guessed"),
    Why.NO_HOST: ("host", "names no host", "name the host it runs on, or add a table of hosts"),
    Why.TWICE: ("vm", "stands twice: the same name and id on the same host", "keep one of the rows"),
    Why.TOO_LARGE: (
        "memory_gib",
        "has more memory than a host of the target has to spare",
        "give larger hosts: --default host.memory_gib=2048",
    ),
}  # fmt: skip
"""By reason, the column it is about, the reason in words, and how to mend it."""


class PlaceIds:
    """Numbers pairs of host and cluster as rows name them, so that a million rows are numbers and not names."""

    def __init__(self) -> None:
        self.names: list[str] = [""]
        self._ids: dict[str, int] = {"": 0}
        self._pairs: dict[int, int] = {}
        self.pairs: list[tuple[str, str]] = []

    def _id(self, cell: str) -> int:
        found = self._ids.get(cell)
        if found is None:
            name = (text(cell, How()) or "")[:256]
            found = self._ids.get(name)
            if found is None:
                found = len(self.names)
                self.names.append(name)
                self._ids[name] = found
            self._ids[cell] = found
        return found

    def _ids_of(self, cells: Cells | None, count: int) -> NDArray[np.int64]:
        if cells is None:
            return np.zeros(count, np.int64)
        if isinstance(cells, Coded):
            return np.fromiter(map(self._id, cells.words), np.int64, len(cells.words)).take(cells.codes)
        return np.fromiter(map(self._id, cells), np.int64, count)

    def of(self, hosts: Cells | None, clusters: Cells | None, count: int) -> NDArray[np.int32]:
        """The number of each row's pair, a position in `pairs`."""
        both = self._ids_of(hosts, count) * _HOST + self._ids_of(clusters, count)
        distinct, inverse = np.unique(both, return_inverse=True)
        known = []
        for pair in distinct.tolist():
            if pair not in self._pairs:
                self._pairs[pair] = len(self.pairs)
                self.pairs.append((self.names[pair // _HOST], self.names[pair % _HOST]))
            known.append(self._pairs[pair])
        found: NDArray[np.int32] = np.asarray(known, np.int32)[inverse.reshape(-1)]
        return found


@dataclass(slots=True)
class Block:
    """Rows of VMs that were read together.

    Attributes
    ----------
    place : number of the pair of host and cluster that each names.
    columns : columns of the estate that the table has; the others are not known.
    why : a `Why` for each row.
    bad : for rows with `Why.CELL`, the position of the column in `readers`.
    """

    understood: Understood
    rows: Rows
    readers: list[Column]
    place: NDArray[np.int32]
    columns: dict[str, NDArray[Any]]
    why: NDArray[np.int8]
    bad: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.rows)

    def turn_down(self, rows: NDArray[Any], why: Why) -> None:
        """Rows, as a mask or positions, that are not answered for this reason, where there is none yet."""
        mask = np.zeros(len(self), np.bool_)
        mask[rows] = True
        self.why[mask & (self.why == Why.ANSWERED)] = why

    @property
    def missed(self) -> NDArray[np.bool_]:
        """Which rows are of VMs that may well run, and are not answered."""
        return np.isin(self.why, MISSED)

    def set_aside(self) -> list[tuple[int, SetAside]]:
        """The rows that are not answered, each with its place among the rows, -1 where it could not be parted."""
        found = [(-1, aside_broken(self.understood.table, broken)) for broken in self.rows.broken]
        columns = [one.take.column for one in self.readers]
        at = {why: columns.index(column) if column in columns else -1 for why, (column, _, _) in REASONS.items()}
        for row in np.flatnonzero(self.why).tolist():
            why = Why(int(self.why[row]))
            found.append((row, self._aside(row, why, at.get(why, -1))))
        return sorted(found, key=lambda one: one[1].line or 0)

    def _aside(self, row: int, why: Why, at: int) -> SetAside:
        line = self.rows.lines[row]
        names = self.columns.get("vm")
        name = "" if names is None else shown(str(names[row] or ""))
        if why is Why.CELL:
            at = int(self.bad[row])
            return aside_cell(self.understood, self.readers[at], line, name, self._text(at, row))
        if why is Why.CONTRADICTION:
            return self._contradiction(row, line, name)
        _, reason, mend = REASONS[why]
        header = self.understood.found[at].header if at >= 0 else ""
        value = shown(self._text(at, row)) if at >= 0 else ""
        return aside(self.understood.table, line, name, header, value, reason, mend)

    def _text(self, at: int, row: int) -> str:
        cells = self.rows.cells[at]
        if isinstance(cells, Coded):
            return str(cells.words[int(cells.codes[row])])
        return str(cells[row])

    def _contradiction(self, row: int, line: int, name: str) -> SetAside:
        reason = contradiction({column: values[row] for column, values in self.columns.items()})
        return aside(self.understood.table, line, name, "", "", reason, "correct one of the two")


_TOGETHER: Final = ("memory_gib", "nonzero_gib", "working_set_gib", "dirty_rate_mib_s")


def contradiction(values: Mapping[str, Any]) -> str:
    """Which rule of a VM its values break together, in words; empty where they break none."""
    given = {name: float(values[name]) for name in _TOGETHER if name in values and not np.isnan(values[name])}
    try:
        Vm.model_validate(given)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        return str(detail.get("ctx", {}).get("error", detail["msg"]))
    return ""


def blocks_of_vms(understood: Understood, places: PlaceIds, words: set[str]) -> Iterator[Block]:
    """The rows of a table of VMs.

    Parameters
    ----------
    places : numbers hosts and clusters; shared by all tables.
    words : gathers what the table says of states, for what that tells of the hypervisor, and `CLUSTERED`.
    """
    readers = [understood.column(found) for found in understood.found]
    names = [found.take.column for found in understood.found]
    distinct = {found.index for found in understood.found if found.take.column in _DISTINCT}
    for rows in understood.table.rows([found.index for found in understood.found], distinct):
        block = _block(understood, rows, readers, names, places)
        if any(value is True for value in block.columns.get("_clustered", ())):
            words.add(CLUSTERED)
        yield block
        if "state" in names:
            memo = readers[names.index("state")].memo
            words |= {letters_of(word) for word in islice(memo, 100)}


def _block(understood: Understood, rows: Rows, readers: list[Column], names: list[str], places: PlaceIds) -> Block:
    n = len(rows)
    cells = dict(zip(names, rows.cells, strict=True))
    columns: dict[str, NDArray[Any]] = {}
    bad = np.full(n, -1, np.int16)
    for at, (name, reader) in enumerate(zip(names, readers, strict=True)):
        if name in {"host", "cluster"}:
            continue
        values = reader.read_names(rows.cells[at]) if name in _DISTINCT else reader.read(rows.cells[at])
        columns[name] = values
        unread = reader.bad(values)
        if unread is not None:
            bad[unread & (bad < 0)] = at
    place = places.of(cells.get("host"), cells.get("cluster"), n)
    if "_dynamic" in columns and "startup_gib" in columns:  # with static memory, all of it is assigned at the start
        memory = columns.setdefault("memory_gib", np.full(n, np.nan))
        static = [value is False for value in columns["_dynamic"].tolist()]
        fill = np.isnan(memory) & np.array(static, np.bool_)
        memory[fill] = columns["startup_gib"][fill]
    if "_clustered" in columns:  # what is clustered lies where every node reaches it
        move = columns.setdefault("move", np.full(n, None, object))
        move[[value is True for value in columns["_clustered"].tolist()]] = MoveKind.MEMORY.value
    block = Block(understood, rows, readers, place, columns, np.zeros(n, np.int8), bad)
    _turn_down(block)
    return block


def _turn_down(block: Block) -> None:
    """Rows that are not answered whatever the other rows say."""
    columns, n = block.columns, len(block)
    for name, why in (("_template", Why.TEMPLATE), ("_placeholder", Why.PLACEHOLDER)):
        if name in columns:
            block.turn_down(np.fromiter((value is True for value in columns[name]), np.bool_, n), why)
    if "state" in columns:
        states = columns["state"]
        for state, why in ((VmState.TEMPLATE, Why.TEMPLATE), (VmState.OFF, Why.OFF), (VmState.SAVED, Why.SAVED)):
            block.turn_down(states == state, why)
    block.turn_down(block.bad >= 0, Why.CELL)
    names = columns["vm"].tolist()
    if None in names:
        block.turn_down(np.fromiter((name is None for name in names), np.bool_, n), Why.NO_NAME)


def _known(columns: Mapping[str, NDArray[Any]], name: str, count: int) -> Floats:
    return columns[name] if name in columns else np.full(count, np.nan)


def check_sizes(block: Block) -> None:
    """Turn down rows without memory, and those whose sizes contradict each other."""
    n = len(block)
    memory = _known(block.columns, "memory_gib", n)
    block.turn_down(np.isnan(memory), Why.NO_MEMORY)
    nonzero, working = (_known(block.columns, name, n) for name in ("nonzero_gib", "working_set_gib"))
    rate = _known(block.columns, "dirty_rate_mib_s", n)
    suspect = (nonzero > memory) | (working > memory) | (~np.isnan(working) & np.isnan(rate))
    for row in np.flatnonzero(suspect & (block.why == Why.ANSWERED)).tolist():
        if contradiction({name: values[row] for name, values in block.columns.items()}):
            block.turn_down(np.array([row]), Why.CONTRADICTION)


def table_of(
    block: Block, hosts: NDArray[np.int32], owners: Callable[[tuple[str, ...], int], tuple[str, ...]]
) -> VmTable:
    """The rows that are answered, and the others beside them.

    Parameters
    ----------
    hosts : position of each row's host.
    owners : names of nodes as the inventory's hosts have them, from those that a row on a host names.
    """
    rows = np.flatnonzero(block.why == Why.ANSWERED)
    arrays: dict[str, NDArray[Any]] = {"host": hosts[rows]}
    for name in _OF_VM:
        if name in block.columns:
            values = block.columns[name][rows]
        elif IS_NUMBER[name]:
            values = np.full(rows.size, np.nan)
        else:
            values = np.full(rows.size, None, object)
        if name in {"possible_owners", "preferred_owners"} and name in block.columns:
            pairs = zip(values.tolist(), arrays["host"].tolist(), strict=True)
            values = np.fromiter((None if one is None else owners(one, at) for one, at in pairs), object, rows.size)
        arrays[name] = values
    asides, missed = block.set_aside(), block.missed & (hosts >= 0)
    return VmTable(
        **arrays,
        set_aside=tuple(one for _, one in asides),
        missed=tuple((int(hosts[row]), one) for row, one in asides if row >= 0 and missed[row]),
    )
