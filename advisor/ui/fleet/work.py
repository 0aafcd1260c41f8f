"""Long work of the fleet page, each a library call or two, for a process of its own.

Each imports what it needs itself: a process is started for every one, and nobody waits for what it does not use.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from advisor.domain.drain import DrainAnswer, PatchAnswer
from advisor.domain.estate import Default
from advisor.domain.fleet import ClusterRow, CurveRow, HostRow
from advisor.domain.goals import Goals
from advisor.domain.survey import Survey
from advisor.errors import InputError, InventoryError
from advisor.intake.inventory import Correction, heads_of, read_inventory, survey_inventory
from advisor.intake.inventory.corrections import TableHead
from advisor.ui.job import Watch

if TYPE_CHECKING:
    from advisor.fleet.batch import Progress
    from advisor.fleet.in_force import Asked
    from advisor.fleet.patch_course import Night
    from advisor.fleet.store import StoredTables
    from advisor.residual.card import Card

_MOST_UNKNOWN = 20


@dataclass(frozen=True, slots=True)
class Files:
    """An inventory as a person has it read: files, columns corrected, defaults over the shipped ones."""

    paths: tuple[Path, ...]
    columns: tuple[Correction, ...] = ()
    defaults: tuple[Default, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: the tables with their headers, and what was understood or what is wrong.

    Attributes
    ----------
    hosts : host and cluster of those that have one, as a drain is asked for them.
    alone : hosts that have none.
    """

    heads: tuple[TableHead, ...]
    survey: Survey | None
    hosts: tuple[tuple[str, str], ...]
    trouble: InputError | None
    alone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sized:
    """The answer of a batch with the rows that want looking at; all others stand in its folder."""

    tables: StoredTables
    worst: list[ClusterRow]
    missing: list[HostRow]
    slowest: list[HostRow]
    unknown: list[tuple[HostRow, list[str]]]
    curves: list[tuple[str, str]]
    rules: list[tuple[str, str]]


def understood(files: Files, watch: Watch) -> Reading:
    """Read an inventory and say how it is understood."""
    del watch  # reading does not know beforehand how much there is
    heads = heads_of(files.paths)
    try:
        inventory = read_inventory(files.paths, files.defaults, files.columns)
        survey = survey_inventory(inventory, files.defaults)
    except InventoryError as error:
        return Reading(heads, None, (), error)
    hosts = tuple((one.host, one.cluster) for one in inventory.hosts if one.cluster is not None)
    return Reading(heads, survey, hosts, None, tuple(one.host for one in inventory.hosts if one.cluster is None))


def sized(files: Files, goals: Goals, card: Card | None, folder: Path, watch: Watch) -> Sized:
    """Answer a whole inventory; its tables stand in a folder until somebody clears it."""
    from advisor.fleet.batch import question_of, run_batch
    from advisor.reports.fleet import tables as rows
    from advisor.reports.fleet.unknown_hosts import obstacles_of
    from advisor.reports.fleet.wording import rules_told

    inventory = read_inventory(files.paths, files.defaults, files.columns)

    def tell(progress: Progress) -> None:
        watch(progress.vms_done, progress.vms)

    tables = run_batch(inventory, question_of(goals, card, files.defaults or ()), folder, watch=tell)
    unknown = rows.unknown_hosts(tables, _MOST_UNKNOWN) if goals.window_s is not None else []
    return Sized(
        tables,
        rows.worst_clusters(tables, rows.MOST_ROWS),
        rows.missing_hosts(tables, rows.MOST_ROWS),
        rows.slowest_hosts(tables, rows.MOST_HOSTS),
        list(zip(unknown, obstacles_of(tables, unknown), strict=True)),
        list(dict.fromkeys((row.cluster, row.host) for row in rows.words(tables, CurveRow))),
        rules_told(rows.words(tables, ClusterRow)),
    )


def workbook(tables: StoredTables, path: Path, watch: Watch) -> Path:
    """Write the answer of a batch as a workbook."""
    del watch  # nothing is told while it is written
    from advisor.reports.fleet.batch_xlsx import write_batch_xlsx

    write_batch_xlsx(tables, path)
    return path


def drained(
    files: Files, host: str, cluster: str, mode: Literal["planned", "native"], asked: Asked, watch: Watch
) -> DrainAnswer:
    """Plan the drain of a host."""
    del watch  # a plan is done at once or not
    from advisor.fleet.drain import drain

    inventory = read_inventory(files.paths, files.defaults, files.columns)
    return drain(inventory, host, cluster=cluster, mode=mode, asked=asked, defaults=files.defaults or ())


def patched(files: Files, cluster: str, night: Night, asked: Asked, watch: Watch) -> PatchAnswer:
    """Plan the patch night of a cluster."""
    del watch  # a plan is done at once or not
    from advisor.fleet.patch import patch

    inventory = read_inventory(files.paths, files.defaults, files.columns)
    return patch(inventory, cluster, night=night, asked=asked, defaults=files.defaults or ())
