"""Parquet with the columns of our own tables, batch by batch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from advisor.intake.inventory.held import cell_text
from advisor.intake.inventory.tables import MOST_COLUMNS, MOST_ROWS, Cells, Coded, Rows, Table, refuse

_LONGEST_TEXT: Final = 1 << 17
"""A longer text is no cell of a table [characters]."""

_LARGEST_COLUMN: Final = 1 << 30
"""Largest column of a row group, unpacked [bytes]."""

_MOST_ROWS: Final = 100_000_000


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file; see `advisor.intake.inventory.tables.Table`."""

    path: Path
    header: tuple[str, ...]
    sheet: str = ""
    kind: str = "Parquet"
    separator: str = ""

    @property
    def file(self) -> str:
        """Where it stands."""
        return str(self.path)

    def rows(self, wanted: Sequence[int], distinct: Collection[int] = ()) -> Iterator[Rows]:
        """The rows, batch by batch; the line is the number of the row."""
        del distinct
        names = [self.header[at] for at in wanted]
        begins = 1
        with _told(self.file), _opened(self.path) as file:
            for name in names:
                if file.schema_arrow.field(name).type.num_fields:
                    mend = "write its values as one text, parted by ;"
                    raise refuse(self.file, "has a column of lists", mend, value=name)
            for batch in file.iter_batches(batch_size=MOST_ROWS, columns=list(dict.fromkeys(names))):
                cells = {name: _cells(batch.column(name), self.file) for name in batch.schema.names}
                yield Rows(range(begins, begins + batch.num_rows), tuple(cells[name] for name in names))
                begins += batch.num_rows

    def first_cells(self, wanted: Sequence[int]) -> Sequence[Sequence[str]]:
        """None: cells are values."""
        del wanted
        return ()

    def let_go(self) -> None:
        """Nothing is left open."""


def parquet_tables(path: Path) -> list[Table]:
    """The table of a Parquet file.

    Raises
    ------
    InventoryError
        When it is broken, or says that it holds more than is read.
    """
    file = str(path)
    with _told(file), _opened(path) as opened:
        names = tuple(opened.schema_arrow.names)
        found = opened.metadata
        groups = [found.row_group(at) for at in range(found.num_row_groups)]
        columns = [group.column(at) for group in groups for at in range(group.num_columns)]
        largest = max((column.total_uncompressed_size for column in columns), default=0)
    if len(names) > MOST_COLUMNS or len(set(names)) < len(names):
        raise refuse(file, "has too many columns, or two of one name", "write each column once")
    if found.num_rows > _MOST_ROWS or largest > _LARGEST_COLUMN:
        raise refuse(file, "holds more than is read at once", "write smaller row groups, or several files")
    return [ParquetTable(path, names)]


def _opened(path: Path) -> Any:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema = file.schema
        leaves = [schema.column(at).path for at in range(len(schema))]
    # Texts that stand in many rows are then held once: a small file cannot fill the memory with copies.
    return pq.ParquetFile(path, read_dictionary=leaves, page_checksum_verification=True)


@contextmanager
def _told(file: str) -> Iterator[None]:
    """Whatever the reader of Parquet complains of, in words."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError:
        raise refuse(file, "no such file", "check the path") from None
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError):
        raise refuse(file, "cannot be read as Parquet", "write it again: it may be cut off or damaged") from None


def _cells(column: Any, file: str) -> Cells:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    # A row group has one table of texts for all its rows: of these, those that the batch needs.
    texts = column.dictionary
    used, codes = np.unique(column.indices.fill_null(-1).to_numpy(zero_copy_only=False), return_inverse=True)
    if used.size and not -1 <= used[0] <= used[-1] < len(texts):
        raise ValueError("a damaged page holds numbers of texts that are not there")
    unknown = used.size > 0 and used[0] == -1
    words = [""] if unknown else []
    for value in texts.take(pa.array(used[int(unknown) :])).to_pylist():
        text = value if isinstance(value, str) else cell_text(value)
        if len(text) > _LONGEST_TEXT:
            raise refuse(file, "holds a text too long for a cell", f"keep it below {_LONGEST_TEXT:,} characters")
        words.append(text)
    return Coded(codes.reshape(-1), words)
