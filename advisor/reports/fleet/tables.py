"""The tables of a batch, read as they come: a report holds the few rows it shows, never all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import nsmallest
from math import isnan
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from advisor.domain.answers import Verdict
from advisor.domain.fleet import BATCH_TABLES, BatchSummary, ClusterRow, HostRow
from advisor.domain.word import Word

if TYPE_CHECKING:
    import pyarrow as pa

Of = TypeVar("Of", bound=Word)

MOST_HOSTS: Final = 40
"""Hosts in a chart of a batch."""

MOST_ROWS: Final = 100
"""Rows of a table on a page of a batch."""

_GRAVITY = (Verdict.NOT_RECOMMENDED, Verdict.UNKNOWN, Verdict.CONDITIONS, Verdict.READY)


class BatchTables(Protocol):
    """What a batch wrote. Names of tables are those of `advisor.domain.fleet.BATCH_TABLES`."""

    @property
    def summary(self) -> BatchSummary:
        """Totals of the batch."""

    def rows(self, name: str, /) -> int:
        """Number of rows of a table."""

    def batches(self, name: str, /) -> Iterator[pa.RecordBatch]:
        """Rows of a table in the order they were written; its columns are the fields of its word."""


def words(tables: BatchTables, word: type[Of], column: str = "", among: Collection[str] = ()) -> Iterator[Of]:
    """Rows of the table that holds such words, one at a time.

    Parameters
    ----------
    word : the word that each row is.
    column, among : where a column is named, only rows where it holds one of these.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    (name,) = (name for name, one in BATCH_TABLES.items() if one is word)
    for batch in tables.batches(name):
        kept = batch
        if column:
            texts = pc.cast(batch[column], pa.string())
            kept = batch.filter(pc.is_in(texts, value_set=pa.array(sorted(among), pa.string())))
        for row in kept.to_pylist():
            yield word.model_validate({name: _known(value) for name, value in row.items()})


def _known(value: object) -> object:
    """None in place of NaN, by which arrays say the same."""
    return None if isinstance(value, float) and isnan(value) else value


def worst_clusters(tables: BatchTables, limit: int) -> list[ClusterRow]:
    """Clusters, worst first: those with most hosts that miss, then the gravest verdict, then the longest drain."""
    return nsmallest(
        limit,
        words(tables, ClusterRow),
        key=lambda row: (-row.hosts_missing, _GRAVITY.index(row.verdict), -(row.drain_s_p95 or 0.0), row.cluster),
    )


def missing_hosts(tables: BatchTables, limit: int) -> list[HostRow]:
    """Hosts that miss the window, the longest drain first."""
    return nsmallest(limit, words(tables, HostRow, "window", ("misses",)), key=_slowest_first)


def slowest_hosts(tables: BatchTables, limit: int) -> list[HostRow]:
    """Hosts with something to drain and whose drain is known, the longest first."""
    known = (row for row in words(tables, HostRow) if row.vms and row.drain_s_p95 is not None)
    return nsmallest(limit, known, key=_slowest_first)


def unknown_hosts(tables: BatchTables, limit: int) -> list[HostRow]:
    """Hosts of which nobody knows whether they fit the window, those with most VMs that block first."""
    unknown = words(tables, HostRow, "window", ("unknown",))
    return nsmallest(limit, unknown, key=lambda row: (-row.not_moving, row.cluster, row.host))


def _slowest_first(row: HostRow) -> tuple[float, float, str, str]:
    return (-(row.drain_s_p95 or 0.0), -(row.drain_s_p50 or 0.0), row.cluster, row.host)
