"""Reads an inventory: a first pass over its VMs joins hosts and counts, every later one gives them as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.domain.defaults import load_defaults
from advisor.domain.estate import Default
from advisor.domain.fleet import SetAside
from advisor.domain.inventory import Ints, Inventory, Mapped, VmTable
from advisor.intake.inventory.beside import Beside
from advisor.intake.inventory.corrections import Correction, said_of, written
from advisor.intake.inventory.files import Source, fingerprint_of, sources_of, tables_in
from advisor.intake.inventory.hosts import read_clusters, read_hosts
from advisor.intake.inventory.nics import Nics
from advisor.intake.inventory.recognise import Understood
from advisor.intake.inventory.roster import Roster
from advisor.intake.inventory.seen import Seen, repeated, within
from advisor.intake.inventory.tables import Table
from advisor.intake.inventory.target import NOWHERE, Target, note_of
from advisor.intake.inventory.understanding import no_vms, understood_as
from advisor.intake.inventory.vms import Block, PlaceIds, Why, blocks_of_vms, check_sizes, table_of

Defaults = tuple[Default, ...]
"""What is taken where an inventory does not say."""


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
        found = [(table, understood_as(table, one)) for table, one in zip(self.tables, said, strict=True)]
        unread = [table for table, one in found if one is None]
        self.unread = [f"{table.file}: {table.sheet}" if table.sheet else table.file for table in unread]
        understood = [one for _, one in found if one is not None]
        lists = [one for one in understood if one.layout.holds == "vms" and not one.layout.beside]
        if not lists:
            lists = [one for one in understood if one.layout.holds == "vms"][:1]
        if not lists:
            raise no_vms(self.sources[0].path, understood, unread)
        for one in understood:
            if one not in lists:
                self._read_small(one)
        return lists

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
        seen = Seen()
        for understood in lists:
            counted = _Counted(understood, begins=seen.rows)
            self.counted.append(counted)
            for block in self._blocks(understood):
                seen.add(block)
                counted.rows += len(block) + len(block.rows.broken)
        seen.close()
        kept = ~repeated(seen.names, seen.place, seen.is_server)
        packed = self.target.spread(seen.memory_gib, kept & seen.is_server, self.roster)
        hosts = self._hosts_of(seen, packed)
        kept &= ~repeated(seen.names, hosts, ~seen.is_server)
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

    def _hosts_of(self, seen: Seen, packed: Ints) -> Ints:
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
        here = within(known, begins, len(block))
        is_server = np.isin(ordinals, known[here])
        hosts[is_server] = at[here]
        block.turn_down(self.twice[within(self.twice, begins, len(block))] - begins, Why.TWICE)
        block.turn_down(is_server & (hosts == NOWHERE), Why.TOO_LARGE)
        block.turn_down(hosts == NOWHERE, Why.NO_HOST)
        return hosts

    def _owners(self, names: tuple[str, ...], host: int) -> tuple[str, ...]:
        return self.roster.called(names, self.roster.hosts[host].cluster)


def _mapped(one: Understood, rows: int, used: int) -> Mapped:
    return Mapped(one.table.file, one.table.sheet, one.format, one.layout.holds, one.columns, one.ignored, rows, used)
