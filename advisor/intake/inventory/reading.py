"""Reads an inventory: a first pass over its VMs joins hosts and counts, every later one gives them as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.domain.defaults import load_defaults
from advisor.domain.estate import Default
from advisor.domain.fleet import SetAside
from advisor.domain.inventory import Ints, Inventory, Mapped, VmTable
from advisor.errors import InventoryError, Problem
from advisor.intake.inventory.beside import Beside
from advisor.intake.inventory.corrections import Correction, has_no, name_of, said_of, written
from advisor.intake.inventory.files import Source, fingerprint_of, sources_of, tables_in
from advisor.intake.inventory.formats import LAYOUTS
from advisor.intake.inventory.hosts import read_clusters, read_hosts
from advisor.intake.inventory.nics import Nics
from advisor.intake.inventory.recognise import Said, Understood, is_answer, recognised
from advisor.intake.inventory.roster import Roster
from advisor.intake.inventory.tables import Table
from advisor.intake.inventory.target import NOWHERE, Target, note_of
from advisor.intake.inventory.vms import Block, PlaceIds, Why, blocks_of_vms, check_sizes, table_of
from advisor.intake.validation import closest, letters_of

Defaults = tuple[Default, ...]
"""What is taken where an inventory does not say."""

_MEMORY: Final = "memory_gib"
_SCENARIOS: Final = (".yaml", ".yml", ".toml")
_ODD: Final = np.int64(0x9E3779B97F4A7C15 - 2**64)
"""Spreads numbers over all 64 bits; two of a million hashes are equal by chance once in thirty million inventories."""


@dataclass
class _Counted:
    """What the first pass over one table of VMs found; its rows begin at a place among those of all tables."""

    understood: Understood
    begins: int
    rows: int = 0
    used: int = 0


def read_inventory(
    paths: Sequence[str | Path] | str | Path,
    defaults: Iterable[Default] | None = None,
    columns: Iterable[Correction] = (),
) -> Inventory:
    """Read an inventory of hosts and VMs as tools export it, or as our own tables.

    The tables of all paths belong together: VMs of one, hosts, NICs and clusters of others. Formats and columns are
    found by the names of columns. A row that cannot be used is set aside with its reason, and the others go on.

    Parameters
    ----------
    paths : files, and directories of files that belong together.
    defaults : what is taken where an inventory does not say; not given, the shipped table. Only servers that no
        host is known of need it here, for the hosts they are put on.
    columns : headers that are to be read otherwise than they would be found; `read_corrections` makes them of flags.

    Returns
    -------
    Inventory
        Hosts, clusters and counts; its `tables` read the VMs again.

    Raises
    ------
    InventoryError
        When a file cannot be read, is of no known format, or no table lists VMs; when a correction names a table, a
        header or a column that there is not.

    Notes
    -----
    Hosts are joined by name: a full name in one table and a short one in another is one host. VMs are not: two of a
    name are two, unless host and id are the same too. Memory is what is assigned; start-up memory has a column of
    its own. VMs that are off or saved, templates and placeholders are set aside: there is nothing to move live.
    A number such as ``16.384`` is read as the other numbers of its file show, or as makes memory likely; where neither
    tells, rows with such a number are set aside.

    Examples
    --------
    >>> from advisor.shipped import shipped_path
    >>> inventory = read_inventory(shipped_path("data", "examples", "inventories", "small"))
    >>> len(inventory.hosts), sum(len(table) for table in inventory.tables()) + inventory.rows_set_aside
    (10, 120)
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    taken = tuple(load_defaults() if defaults is None else defaults)
    return _Reading(sources_of(given), taken, tuple(columns)).inventory()


class _Reading:
    """An inventory on the way."""

    def __init__(self, sources: list[Source], defaults: Defaults, corrections: tuple[Correction, ...]) -> None:
        self.sources = sources
        self.corrections = corrections
        self.tables: list[Table] = []
        self.roster, self.places, self.beside, self.nics = Roster(), PlaceIds(), Beside(), Nics()
        self.target = Target(defaults)
        self.counted: list[_Counted] = []
        self.mapped: list[Mapped] = []
        self.unread: list[str] = []
        self.asides: list[SetAside] = []
        self.words: set[str] = set()
        self.host_of_place: Ints = np.zeros(0, np.int32)
        self.servers = (np.zeros(0, np.int64), np.zeros(0, np.int32))
        self.twice: NDArray[np.int64] = np.zeros(0, np.int64)

    def inventory(self) -> Inventory:
        lists = self._understand()
        vms_of_host, missed_of_host = self._first_pass(lists)
        self._let_go()
        rows = sum(one.rows for one in self.counted)
        return Inventory(
            files=tuple(str(source.path) for source in self.sources),
            mapped=tuple(self.mapped),
            hosts=self.roster.hosts,
            clusters=self.roster.clusters,
            vms_of_host=vms_of_host,
            missed_of_host=missed_of_host,
            rows_read=rows,
            rows_set_aside=rows - int(vms_of_host.sum()),
            set_aside=tuple(self.asides),
            note=note_of(
                [one.understood.layout for one in self.counted],
                self.words,
                self.target,
                clusters=bool(self.roster.clusters),
            ),
            fingerprint=fingerprint_of(self.sources, written(self.corrections)),
            read_tables=self._tables,
            unread=tuple(self.unread),
        )

    # ---------------------------------------------------------------- what there is

    def _understand(self) -> list[Understood]:
        """The tables that list VMs; the others are read at once."""
        self.tables = [table for source in self.sources for table in tables_in(source)]
        said = said_of(self.tables, self.corrections)
        found = [(table, _understood(table, one)) for table, one in zip(self.tables, said, strict=True)]
        unread = [table for table, one in found if one is None]
        self.unread = [f"{table.file}: {table.sheet}" if table.sheet else table.file for table in unread]
        understood = [one for _, one in found if one is not None]
        lists = [one for one in understood if one.layout.holds == "vms" and not one.layout.beside]
        if not lists:
            lists = [one for one in understood if one.layout.holds == "vms"][:1]
        if not lists:
            raise self._no_vms(understood, unread)
        for one in understood:
            if one not in lists:
                self._read_small(one)
        return lists

    def _no_vms(self, understood: list[Understood], unread: list[Table]) -> InventoryError:
        answers = [table.file for table in unread if is_answer(table)]
        if answers:
            message, mend = "a batch wrote this: an answer, no inventory", "name the inventory that it answers"
            return InventoryError(Problem(message, answers[0], mend=mend))
        for table in unread:
            near = closest(_MEMORY, table.header)
            if near is not None and "vm" in map(letters_of, table.header):
                message = "lists VMs, but their memory is not where it is looked for"
                mend = f"rename {near} to {_MEMORY}, in GiB, or say --column '{name_of(table)}:{near}={_MEMORY}'"
                return InventoryError(Problem(message, table.file, column=_MEMORY, mend=mend))
        first = self.sources[0].path
        if first.suffix.lower() in _SCENARIOS:
            return InventoryError(
                Problem("is no inventory", str(first), mend="a scenario is read by `advisor recommend`")
            )
        read = ", ".join(f"{one.table.file} ({one.format})" for one in understood)
        names = ", ".join(
            dict.fromkeys(layout.name for layout in LAYOUTS if layout.holds == "vms" and not layout.beside)
        )
        return InventoryError(
            Problem(
                "no table lists VMs" if self.tables else "is empty",
                str(first),
                value=read or None,
                allowed=names,
                mend="name the file that lists VMs too, and take away what stands above its first row, the names of "
                "its columns",
            )
        )

    def _read_small(self, one: Understood) -> None:
        if one.layout.holds == "hosts":
            rows, asides = read_hosts(one, self.roster, self.words)
        elif one.layout.holds == "clusters":
            rows, asides = read_clusters(one, self.roster)
        elif one.layout.holds == "nics":
            rows, asides = self.nics.learn(one)
        else:
            rows, asides = self.beside.learn(one, self.roster)
        self.asides += asides
        self.mapped.append(_mapped(one, rows, rows - len(asides)))

    # ---------------------------------------------------------------- the passes over the VMs

    def _blocks(self, one: Understood) -> Iterator[Block]:
        for block in blocks_of_vms(one, self.places, self.words):
            self.beside.fill(block, self.places)
            check_sizes(block)
            yield block

    def _first_pass(self, lists: list[Understood]) -> tuple[Ints, Ints]:
        """By host, the VMs that are answered, and those that are not and may well run."""
        seen = _Seen()
        for understood in lists:
            counted = _Counted(understood, begins=seen.rows)
            self.counted.append(counted)
            for block in self._blocks(understood):
                seen.add(block)
                counted.rows += len(block) + len(block.rows.broken)
        seen.close()
        kept = ~_repeated(seen.names, seen.place, seen.is_server)
        packed = self.target.spread(seen.memory_gib, kept & seen.is_server, self.roster)
        hosts = self._hosts_of(seen, packed)
        kept &= ~_repeated(seen.names, hosts, ~seen.is_server)
        self.twice = seen.ordinal[~kept]
        kept &= hosts != NOWHERE
        self.servers = (seen.ordinal[seen.is_server], hosts[seen.is_server])
        used = seen.ordinal[kept]
        for counted, after in zip(self.counted, [*self.counted[1:], None], strict=True):
            ends = seen.rows if after is None else after.begins
            counted.used = int(np.searchsorted(used, ends) - np.searchsorted(used, counted.begins))
            self.mapped.append(_mapped(counted.understood, counted.rows, counted.used))
        missed = self.host_of_place[seen.missed_place]
        by_host = (np.bincount(at, minlength=len(self.roster.hosts)) for at in (hosts[kept], missed[missed != NOWHERE]))
        answered, not_answered = (counts.astype(np.int32) for counts in by_host)
        return answered, not_answered

    def _hosts_of(self, seen: _Seen, packed: Ints) -> Ints:
        """Position of each row's host, `NOWHERE` where it has none."""
        for host, cluster in self.places.pairs:
            if host:
                self.roster.say(host, cluster)
        self.asides += self.nics.close(self.roster)
        self.roster.close()
        positions = (self.roster.position(host, cluster) for host, cluster in self.places.pairs)
        self.host_of_place = np.array([NOWHERE if at is None else at for at in positions], np.int32)
        hosts = self.host_of_place[seen.place]
        return np.where(seen.is_server, self.target.positions(self.roster)[packed], hosts)

    def _tables(self) -> Iterator[VmTable]:
        for source in self.sources:
            source.check()
        owners = lru_cache(maxsize=10_000)(self._owners)
        begins = 0
        try:
            for counted in self.counted:
                for block in self._blocks(counted.understood):
                    yield table_of(block, self._settle(block, begins), owners)
                    begins += len(block)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Keep nothing of the files in memory until they are read again."""
        for table in self.tables:
            table.let_go()

    def _settle(self, block: Block, begins: int) -> Ints:
        """Position of each row's host; turns down rows that the other rows speak against."""
        hosts = self.host_of_place[block.place]
        ordinals = np.arange(begins, begins + len(block))
        known, at = self.servers
        here = _within(known, begins, len(block))
        is_server = np.isin(ordinals, known[here])
        hosts[is_server] = at[here]
        block.turn_down(self.twice[_within(self.twice, begins, len(block))] - begins, Why.TWICE)
        block.turn_down(is_server & (hosts == NOWHERE), Why.TOO_LARGE)
        block.turn_down(hosts == NOWHERE, Why.NO_HOST)
        return hosts

    def _owners(self, names: tuple[str, ...], host: int) -> tuple[str, ...]:
        return self.roster.called(names, self.roster.hosts[host].cluster)


def _understood(table: Table, said: Mapping[int, Said]) -> Understood | None:
    """The table with its format, read as a person says; None where it is of none.

    Raises
    ------
    InventoryError
        When a table of its format has no such column.
    """
    if is_answer(table):
        return None
    found = recognised(table, LAYOUTS, said)
    if found is None and said and (without := recognised(table, LAYOUTS)) is not None:
        strange = [one.column for one in said.values() if one.column and one.column not in without.layout.columns]
        if strange:
            layout = without.layout
            raise has_no(table, layout.name, strange, sorted(layout.columns))
    return found


class _Seen:
    """What the first pass keeps of each row that may be answered."""

    def __init__(self) -> None:
        self.rows = 0
        self._parts: list[tuple[NDArray[Any], ...]] = []
        self._missed: list[Ints] = []

    def add(self, block: Block) -> None:
        """Take the rows of a block."""
        at = np.flatnonzero(block.why == Why.ANSWERED)
        names = _hashes(block.columns["vm"][at])
        if "vm_id" in block.columns:
            names = names * _ODD + _hashes(block.columns["vm_id"][at])
        self._parts.append(
            (
                block.place[at],
                names,
                at + self.rows,
                block.columns["memory_gib"][at] if at.size else np.zeros(0),
                np.full(at.size, block.understood.layout.tells == "servers"),
            )
        )
        self._missed.append(block.place[block.missed])
        self.rows += len(block)

    def close(self) -> None:
        """Put the rows of all blocks together."""
        types = (np.int32, np.int64, np.int64, np.float64, np.bool_)
        whole = [
            np.concatenate([np.zeros(0, kind), *parts]) if parts else np.zeros(0, kind)
            for kind, parts in zip(types, zip(*self._parts, strict=True) if self._parts else [()] * 5, strict=True)
        ]
        self.missed_place = np.concatenate([np.zeros(0, np.int32), *self._missed])
        self._parts, self._missed = [], []
        self.place, self.names, self.ordinal, self.memory_gib, self.is_server = whole


def _hashes(texts: NDArray[Any]) -> NDArray[np.int64]:
    return np.fromiter(map(hash, texts.tolist()), np.int64, texts.size)


def _repeated(names: NDArray[np.int64], places: NDArray[Any], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows, among some, stand at a place where an earlier row of the same name stands."""
    both = names ^ (places.astype(np.int64) * _ODD)
    at = np.flatnonzero(among)
    _, first = np.unique(both[at], return_index=True)
    found = among.copy()
    found[at[first]] = False
    return found


def _within(ordinals: NDArray[np.int64], begins: int, count: int) -> slice:
    """Where the rows of a block stand among sorted rows."""
    return slice(*np.searchsorted(ordinals, (begins, begins + count)).tolist())


def _mapped(one: Understood, rows: int, used: int) -> Mapped:
    return Mapped(one.table.file, one.table.sheet, one.format, one.layout.holds, one.columns, one.ignored, rows, used)
