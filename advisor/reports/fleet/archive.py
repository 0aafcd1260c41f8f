"""A batch as one file to take away: its tables as CSV and its totals, in a ZIP."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from advisor.domain.fleet import BATCH_TABLES
from advisor.reports.fleet.table_folder import TableFolder
from advisor.reports.fleet.tables import BatchTables

if TYPE_CHECKING:
    import pyarrow as pa

SUMMARY: Final = "summary.json"


def zip_tables(tables: BatchTables, schema_of: Callable[[str], pa.Schema], path: Path) -> None:
    """Write the tables that `advisor batch -o FOLDER` writes into one ZIP; the same batch gives the same bytes.

    Parameters
    ----------
    schema_of : the columns of a table, for those without rows.
    path : file to write.
    """
    with (
        tempfile.TemporaryDirectory(prefix="advisor-tables-") as scratch,
        TableFolder(Path(scratch), "csv") as folder,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in BATCH_TABLES:
            for batch in tables.batches(name):
                folder.append(name, batch)
        for file in sorted(folder.close(schema_of)):
            _put(archive, file.name, file.read_bytes())
        _put(archive, SUMMARY, (tables.summary.model_dump_json(indent=2) + "\n").encode())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Of its own it would be dated by the clock.
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
