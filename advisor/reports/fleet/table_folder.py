"""A batch as a folder of tables, a file each, written as rows come: CSV or Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from advisor.domain.fleet import BATCH_TABLES
from advisor.reports.cells import guarded_batch

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER_FORMATS: Final = ("csv", "parquet")
_LONGEST_HEADER: Final = 1 << 16


def is_table(file: Path, name: str) -> bool:
    """Whether a file, CSV or Parquet, is a table of a batch, by most of its columns: an older one may lack some.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     vms = Path(folder, "vms.csv")
    ...     _ = vms.write_text("vm,host,memory_gib,state")
    ...     is_table(vms, "vms")
    False
    """
    from pyarrow import ArrowInvalid
    from pyarrow.parquet import read_schema

    expected = BATCH_TABLES[name].model_fields.keys()
    try:
        if file.suffix == ".parquet":
            columns = set(read_schema(file).names)
        else:
            with file.open(encoding="utf-8") as stream:
                columns = set(stream.readline(_LONGEST_HEADER).replace('"', "").strip().split(","))
    except (OSError, UnicodeError, ArrowInvalid):
        return False
    return 2 * len(columns & expected) > len(expected)


class TableFolder:
    """Writes rows to ``NAME.csv`` or ``NAME.parquet``, and puts the files in place when all is written.

    What stood there before stays until then; a stopped run leaves nothing half-written under those names.

    Parameters
    ----------
    folder : made where it is not there.
    format : one of `FOLDER_FORMATS`.
    """

    def __init__(self, folder: Path, format: str) -> None:
        self.folder, self.format = folder, format
        folder.mkdir(parents=True, exist_ok=True)
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def append(self, name: str, batch: pa.RecordBatch, /) -> None:
        """Rows of one table; text that a spreadsheet would run is guarded in CSV."""
        if name not in self._writers:
            self._writers[name] = self._open(name, batch.schema)
        self._writers[name].write_batch(guarded_batch(batch) if self.format == "csv" else batch)

    def _open(self, name: str, schema: pa.Schema) -> Any:
        draft = str(self._draft(name))
        if self.format == "csv":
            from pyarrow.csv import CSVWriter, WriteOptions

            return CSVWriter(draft, schema, write_options=WriteOptions(quoting_style="needed"))
        from pyarrow.parquet import ParquetWriter

        return ParquetWriter(draft, schema)

    def close(self, schema_of: Callable[[str], pa.Schema]) -> tuple[Path, ...]:
        """Put every table in place, empty ones too, and say where they are."""
        import pyarrow as pa

        for name in BATCH_TABLES:
            if name not in self._writers:
                schema = schema_of(name)
                self.append(name, pa.record_batch([pa.array([], one.type) for one in schema], schema=schema))
        written = []
        for name, writer in self._writers.items():
            writer.close()
            file = self.folder / f"{name}.{self.format}"
            self._draft(name).replace(file)
            written.append(file)
        self._writers.clear()
        return tuple(written)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, writer in self._writers.items():
            writer.close()
            self._draft(name).unlink(missing_ok=True)

    def _draft(self, name: str) -> Path:
        # One name, so that the next run writes over what a killed one left.
        return self.folder / f".{name}.{self.format}.draft"
