"""A few rows of a table of a batch, found and sorted without holding all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from advisor.reports.fleet.tables import BatchTables

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Sought:
    """Which rows of a table are wanted.

    Attributes
    ----------
    text : stands in one of the columns of text, in capitals or not; empty for any row.
    among : values of columns; a row has one of them in each.
    by : column to sort by, what is not known last; empty for the order in which rows were written.
    descending : largest first.
    first, most : where the wanted rows begin among those that fit, and how many are wanted.
    """

    text: str = ""
    among: Mapping[str, Collection[str]] = field(default_factory=dict)
    by: str = ""
    descending: bool = False
    first: int = 0
    most: int = 100


@dataclass(frozen=True, slots=True)
class FewRows:
    """The rows wanted, and how many there are.

    Attributes
    ----------
    rows : those wanted.
    fitting : how many rows fit what is sought.
    """

    rows: pa.Table
    fitting: int


def few_rows(tables: BatchTables, name: str, sought: Sought) -> FewRows:
    """Rows of a table that fit what is sought.

    Parameters
    ----------
    name : one of `advisor.domain.fleet.BATCH_TABLES`.

    Notes
    -----
    Rows are read through once. What is held is at most what stands before the end of the wanted rows, twice.

    Examples
    --------
    >>> from advisor.domain.goals import Goals
    >>> from advisor.fleet.batch import batch
    >>> from advisor.intake.inventory import read_inventory
    >>> from advisor.shipped import shipped_path
    >>> answer = batch(read_inventory(shipped_path("data", "examples", "inventories", "small")), Goals(window_s=180))
    >>> found = few_rows(answer, "hosts", Sought(text="HVC", by="drain_s_p50", descending=True, most=1))
    >>> found.fitting, found.rows["host"].to_pylist()
    (2, ['hvc01'])
    """
    import pyarrow as pa

    end = sought.first + sought.most
    held: list[pa.RecordBatch] = []
    holds = fitting = 0
    for batch in tables.batches(name):
        found = _fitting(batch, sought)
        fitting += found.num_rows
        if not sought.by and holds >= end:
            continue
        held.append(found)
        holds += found.num_rows
        if sought.by and holds > 2 * end:
            best = _sorted(pa.Table.from_batches(held), sought).slice(0, end)
            held, holds = best.to_batches(), best.num_rows
    if not held:
        return FewRows(pa.table({}), 0)
    rows = pa.Table.from_batches(held)
    return FewRows((_sorted(rows, sought) if sought.by else rows).slice(sought.first, sought.most), fitting)


def _fitting(batch: pa.RecordBatch, sought: Sought) -> pa.RecordBatch:
    import pyarrow as pa
    import pyarrow.compute as pc

    for column, values in sought.among.items():
        texts = pc.cast(batch[column], pa.string())
        batch = batch.filter(pc.is_in(texts, value_set=pa.array(sorted(values), pa.string())))
    if not sought.text:
        return batch
    stands: Any = pa.array([False] * batch.num_rows, pa.bool_())
    for one, cells in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_string(one.type):
            here = pc.match_substring(cells, sought.text, ignore_case=True)
            stands = pc.or_(stands, pc.fill_null(here, fill_value=False))
    return batch.filter(stands)


def _sorted(rows: pa.Table, sought: Sought) -> pa.Table:
    """Rows in order; those alike stay as they stood."""
    order = "descending" if sought.descending else "ascending"
    return rows.sort_by([(sought.by, order)])
