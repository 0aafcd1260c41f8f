"""Where a batch stands: a folder of parts, each whole or not there, and what they are parts of.

A run that is stopped leaves its parts; one that goes on takes them as they are, if they answer the same question of
the same inventory.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from advisor.domain.fleet import BATCH_TABLES, BatchSummary
from advisor.errors import InputError, Problem
from advisor.fleet.written import Tables, schema_of

if TYPE_CHECKING:
    import pandas as pd

_MANIFEST: Final = "batch.json"
_FORMAT: Final = "advisor-batch/1"
PARTED: Final = ("clusters", "hosts", "vms", "curves")
"""Tables of a part, in the order they are written."""
_ROWS_AT_ONCE: Final = 65_536
SCRATCH: Final = "sorting-"
"""How folders begin in which a run sorts VMs."""
# Whatever else is in the folder is somebody's, and stays.
_OURS: Final = re.compile(rf"batch\.(json|draft)|({'|'.join(BATCH_TABLES)})-\d{{5}}\.(parquet|draft)|{SCRATCH}\w+")


class Store:
    """Parts of one batch in a folder.

    Parameters
    ----------
    folder : holds the parts and nothing else; made where it is not there.
    fingerprint : what the parts answer: a hash over inventory and question.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self.fingerprint = fingerprint

    def open(self, *, resume: bool) -> frozenset[int]:
        """Make the folder ready; returns the numbers of the parts that are there already.

        Raises
        ------
        InputError
            When parts are to be taken up that answer something else; when the folder holds no parts but other things.
        """
        there = self._manifest()
        if self._strangers() or (there is None and self._own()):
            raise InputError(
                Problem(
                    "is where parts of the batch would go, and holds something else",
                    str(self.folder),
                    mend="move it away, or name another place with -o",
                )
            )
        if there is not None and resume and there != {"format": _FORMAT, "fingerprint": self.fingerprint}:
            raise InputError(
                Problem(
                    "holds parts of another batch: of other files, goals, defaults or card, or of another version",
                    str(self.folder),
                    mend="give the same question again, or leave --resume out to begin anew",
                )
            )
        # A run that was killed could clear away neither what it had sorted nor what it was about to write.
        self._remove(one for one in self._own() if not resume or one.name.startswith(SCRATCH) or one.suffix == ".draft")
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / _MANIFEST, json.dumps({"format": _FORMAT, "fingerprint": self.fingerprint}))
        # The last table of a part is written last: where it is, the part is whole.
        numbers = [int(file.stem.rpartition("-")[2]) for file in self.folder.glob(f"{PARTED[-1]}-*.parquet")]
        return frozenset(number for number in numbers if self._can_be_read(number))

    def _can_be_read(self, number: int) -> bool:
        """Whether a part is as it was written: a machine that lost its power may have lost what was in its files."""
        try:
            for name in PARTED:
                for _ in self.part(name, number):
                    pass
        except (OSError, pa.ArrowException):
            return False
        return True

    def _own(self) -> list[Path]:
        return [one for one in self._everything() if _OURS.fullmatch(one.name)]

    def _strangers(self) -> bool:
        return any(not _OURS.fullmatch(one.name) for one in self._everything())

    def _everything(self) -> list[Path]:
        if self.folder.exists() and not self.folder.is_dir():
            return [self.folder]
        return list(self.folder.iterdir()) if self.folder.exists() else []

    def _remove(self, ours: Iterable[Path]) -> None:
        for one in ours:
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()

    def _manifest(self) -> Any:
        try:
            said = json.loads((self.folder / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        ours = isinstance(said, dict) and str(said.get("format")).startswith(f"{_FORMAT.partition('/')[0]}/")
        return said if ours else None

    def put(self, number: int, tables: Tables) -> None:
        """Keep one part."""
        for name in PARTED:
            self._put(name, number, tables[name])

    def put_set_aside(self, number: int, batch: pa.RecordBatch) -> None:
        """Keep some rows that are not answered."""
        self._put("set_aside", number, batch)

    def _put(self, name: str, number: int, batch: pa.RecordBatch) -> None:
        file = self._file(name, number)
        draft = file.with_suffix(".draft")
        pq.write_table(pa.Table.from_batches([batch], schema_of(name)), draft, compression="lz4")
        draft.replace(file)

    def _file(self, name: str, number: int) -> Path:
        return self.folder / f"{name}-{number:05d}.parquet"

    def part(self, name: str, number: int) -> Iterator[pa.RecordBatch]:
        """Rows of one part of a table."""
        with pq.ParquetFile(self._file(name, number)) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                yield pa.record_batch(batch.columns, schema=schema_of(name))

    def clear(self) -> None:
        """Remove the parts, and the folder where nothing else is in it."""
        with suppress(OSError):
            self._remove(self._own())
            self.folder.rmdir()


class StoredTables:
    """A batch that has ended, as reports read it (`advisor.reports.fleet.tables.BatchTables`)."""

    def __init__(self, store: Store, summary: BatchSummary) -> None:
        self.store = store
        self._summary = summary

    @property
    def summary(self) -> BatchSummary:
        """Totals of the batch."""
        return self._summary

    def rows(self, name: str, /) -> int:
        """Number of rows of a table."""
        return sum(pq.read_metadata(file).num_rows for file in self._files(name))

    def batches(self, name: str, /) -> Iterator[pa.RecordBatch]:
        """Rows of a table, in order."""
        for file in self._files(name):
            yield from self.store.part(name, int(file.stem.rpartition("-")[2]))

    def frame(self, name: str, /) -> pd.DataFrame:
        """A whole table as a DataFrame, in order, while its parts are there.

        Columns are the fields of the table's word in `advisor.domain.fleet.BATCH_TABLES`, with their units; an empty
        cell is missing.

        Examples
        --------
        >>> import tempfile
        >>> from advisor import read_inventory
        >>> from advisor.domain.goals import Goals
        >>> from advisor.fleet.batch import question_of, run_batch
        >>> from advisor.shipped import shipped_path
        >>> inventory = read_inventory([shipped_path("data", "examples", "inventories", "small")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     answer = run_batch(inventory, question_of(Goals(window_s=7200.0)), Path(folder))
        ...     hosts = answer.frame("hosts")
        >>> len(hosts) == answer.summary.hosts, float(hosts.drain_s_p95.max()) == answer.summary.drain_s_p95_longest
        (True, True)
        """
        return pa.Table.from_batches(self.batches(name), schema_of(name)).to_pandas()

    def _files(self, name: str) -> list[Path]:
        assert name in BATCH_TABLES  # noqa: S101  # names come from the program
        return sorted(self.store.folder.glob(f"{name}-*.parquet"))


def _write(file: Path, text: str) -> None:
    draft = file.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
