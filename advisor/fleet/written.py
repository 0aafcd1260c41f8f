"""Tables of a batch as Arrow: what each partition answers, in the columns of the words of `advisor.domain.fleet`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from advisor.domain.describe import types_in
from advisor.domain.fleet import BATCH_TABLES, SetAside
from advisor.domain.word import Word
from advisor.fleet.digits import significant

_KINDS: Final = {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}

Tables = Mapping[str, pa.RecordBatch]


@cache
def schema_of(name: str) -> pa.Schema:
    """The Arrow schema of a table.

    Examples
    --------
    >>> schema_of("curves").field("nic_gbps").type
    DataType(double)
    """
    return pa.schema([(column, _type(BATCH_TABLES[name], column)) for column in BATCH_TABLES[name].model_fields])


def _type(word: type[Word], column: str) -> pa.DataType:
    for kind in types_in(word.model_fields[column].annotation):
        if isinstance(kind, type) and not issubclass(kind, Enum) and kind in _KINDS:
            return _KINDS[kind]
    return pa.string()


def batch_of(name: str, columns: Mapping[str, Any]) -> pa.RecordBatch:
    """Columns as Arrow; what is not a number, or has no end, becomes an empty cell."""
    schema = schema_of(name)
    arrays = [pa.array(_ended(columns[one.name]), one.type, from_pandas=True) for one in schema]
    return pa.record_batch(arrays, schema=schema)


def _ended(values: Any) -> Any:
    """Infinity as NaN, in a column of numbers."""
    is_array = isinstance(values, np.ndarray) and values.dtype == np.float64
    return np.where(np.isinf(values), np.nan, values) if is_array else values


def set_aside_batch(rows: Sequence[SetAside]) -> pa.RecordBatch:
    """Rows that are not answered, as Arrow."""
    names = list(SetAside.model_fields)
    return batch_of("set_aside", {name: [getattr(row, name) for row in rows] for name in names})


@dataclass
class Totals:
    """Totals of a batch, added up part by part."""

    clusters: int = 0
    hosts: int = 0
    vms: int = 0
    memory_gib: float = 0.0
    longest_p50: float = 0.0
    longest_p95: float = 0.0
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    limits: Counter[str] = field(default_factory=Counter)
    windows: Counter[str] = field(default_factory=Counter)
    helped_by: Counter[str] = field(default_factory=Counter)
    settings: Counter[str] = field(default_factory=Counter)
    assumed: Counter[str] = field(default_factory=Counter)
    obstacles: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, batch: pa.RecordBatch) -> None:
        """Count the rows of one table."""
        if name == "vms":
            self.vms += batch.num_rows
            _count(self.verdicts, batch["verdict"])
            _count(self.reasons, batch["reasons"], ";")
        elif name == "hosts":
            self._add_hosts(batch)
        elif name == "clusters":
            self.clusters += batch.num_rows
            _count(self.settings, batch["setting"])
        elif name == "set_aside":
            _count(self.set_aside, batch["reason"])

    def _add_hosts(self, batch: pa.RecordBatch) -> None:
        self.hosts += batch.num_rows
        self.memory_gib += pc.sum(batch["memory_gib"]).as_py() or 0.0
        self.longest_p50 = max(self.longest_p50, pc.max(batch["drain_s_p50"]).as_py() or 0.0)
        self.longest_p95 = max(self.longest_p95, pc.max(batch["drain_s_p95"]).as_py() or 0.0)
        _count(self.limits, batch["limit"])
        _count(self.windows, batch["window"])
        _count(self.helped_by, batch["helps_codes"])
        _count(self.assumed, batch["assumed"], ";")
        _count(self.obstacles, batch["obstacles"], ";")

    @property
    def total_gib(self) -> float:
        """Memory of all VMs, to four digits."""
        return float(significant(self.memory_gib))


def _count(counter: Counter[str], column: Any, separator: str = "") -> None:
    """Count values; those that are lists, by their items. Empty ones are not counted."""
    for one in pc.value_counts(column).to_pylist():
        value, count = one["values"], one["counts"]
        for item in value.split(separator) if separator else [value]:
            if item:
                counter[item] += count
