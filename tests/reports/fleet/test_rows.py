"""A few rows of a table: what is found, in which order, and that only a few are held; and tables in one ZIP."""

import zipfile

import pyarrow as pa
import pytest

from advisor.domain.fleet import BATCH_TABLES
from advisor.reports.fleet.archive import zip_tables
from advisor.reports.fleet.rows import Sought, few_rows
from advisor.reports.fleet.table_folder import TableFolder
from tests.reports.fleet import samples

SCHEMA = pa.schema([("vm", pa.string()), ("verdict", pa.string()), ("total_s_p95", pa.float64())])
ROWS = [
    {
        "vm": f"vm-{i:03}",
        "verdict": ("ready", "unknown")[i % 3 == 0],
        "total_s_p95": None if i % 7 == 0 else i * 37 % 50,
    }
    for i in range(100)
]


class Tables:
    """Rows in batches of a few, that says how many were read."""

    summary = None

    def __init__(self, size: int) -> None:
        self.size = size

    def rows(self, name: str) -> int:
        return len(ROWS)

    def batches(self, name: str):
        for start in range(0, len(ROWS), self.size):
            yield pa.RecordBatch.from_pylist(ROWS[start : start + self.size], SCHEMA)


def in_order(rows, by, *, descending):
    """The same by plain Python: what is not known comes last, and rows alike stay as they stood."""
    known = [row for row in rows if row[by] is not None]
    known.sort(key=lambda row: row[by], reverse=False)
    if descending:
        known = [row for _, row in sorted(enumerate(known), key=lambda pair: (-pair[1][by], pair[0]))]
    return known + [row for row in rows if row[by] is None]


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("first", [0, 3, 40, 95, 200])
def test_the_wanted_rows_are_those_of_all_in_order(size, descending, first):
    sought = Sought(by="total_s_p95", descending=descending, first=first, most=5)
    found = few_rows(Tables(size), "vms", sought)
    assert found.fitting == 100
    assert found.rows.to_pylist() == in_order(ROWS, "total_s_p95", descending=descending)[first : first + 5]


def test_without_an_order_they_come_as_they_were_written():
    found = few_rows(Tables(7), "vms", Sought(first=10, most=3))
    assert (found.rows["vm"].to_pylist(), found.fitting) == (["vm-010", "vm-011", "vm-012"], 100)


def test_only_rows_that_fit_are_counted_and_shown():
    found = few_rows(Tables(7), "vms", Sought(text="VM-09", among={"verdict": ["unknown"]}, most=2))
    assert (found.rows["vm"].to_pylist(), found.fitting) == (["vm-090", "vm-093"], 4)
    nothing = few_rows(Tables(7), "vms", Sought(text="none of them", by="vm"))
    assert (nothing.rows.num_rows, nothing.fitting) == (0, 0)
    assert few_rows(Tables(7), "vms", Sought(text="vm.0", most=1)).fitting == 0  # text, no pattern


def test_a_zip_holds_what_a_folder_of_tables_does(tmp_path):
    tables = samples.BATCHES["hostile"]()

    def schema_of(name):
        return samples.schema_of(BATCH_TABLES[name])

    zip_tables(tables, schema_of, tmp_path / "one.zip")
    zip_tables(tables, schema_of, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with TableFolder(tmp_path / "folder", "csv") as folder:
        for name in BATCH_TABLES:
            for batch in tables.batches(name):
                folder.append(name, batch)
        written = folder.close(schema_of)
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert set(archive.namelist()) == {file.name for file in written} | {"summary.json"}
        assert all(archive.read(file.name) == file.read_bytes() for file in written)
