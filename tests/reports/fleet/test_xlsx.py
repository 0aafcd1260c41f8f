"""The workbook, read back by another library than the one that wrote it."""

import math
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass

import openpyxl
import pyarrow as pa
import pytest

from advisor.domain.fleet import BATCH_TABLES
from advisor.errors import InputError
from advisor.reports.cells import guarded
from advisor.reports.fleet import batch_xlsx
from advisor.reports.fleet.batch_xlsx import MOST_ROWS, SHEETS, write_batch_xlsx
from advisor.reports.fleet.workbook import LONGEST_TEXT, head_of
from tests.reports.fleet import samples

TITLES = ["Summary", "Clusters", "Hosts", "VMs", "Sizing curves", "Set aside", "Rules", "Assumptions"]


@pytest.fixture(scope="module", params=samples.BATCHES)
def tables(request):
    return samples.BATCHES[request.param]()


@pytest.fixture(scope="module")
def book(tables, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "batch.xlsx"
    write_batch_xlsx(tables, path)
    return openpyxl.load_workbook(path)


def cells(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_one_sheet_a_level_each_with_a_frozen_header_and_filters(book):
    assert book.sheetnames == TITLES
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        for head in sheet[1]:
            assert head.font.bold
            assert head.value


def test_every_row_of_every_table_is_there(book, tables):
    for name, title in SHEETS.items():
        assert book[title].max_row == 1 + tables.rows(name)
        assert [cell.value for cell in book[title][1]] == [
            head_of(BATCH_TABLES[name], column) for column in BATCH_TABLES[name].model_fields
        ]


def test_nothing_is_a_formula_or_a_link(book):
    for sheet in book:
        assert not sheet._hyperlinks
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in {"s", "n", "b"}, (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
                if isinstance(cell.value, str):
                    assert cell.value == guarded(cell.value)


def test_numbers_are_numbers_with_units_in_the_header_and_decimals_that_read_well(tmp_path):
    tables = samples.many()
    write_batch_xlsx(tables, tmp_path / "batch.xlsx")
    book = openpyxl.load_workbook(tmp_path / "batch.xlsx")
    found = {
        title: {
            head.value: (cell.value, cell.number_format)
            for head, cell in zip(book[title][1], book[title][2], strict=True)
        }
        for title in SHEETS.values()
    }
    first = tables.held["hosts"][0]
    assert found["Hosts"]["Drain p50 [s]"] == (first.drain_s_p50, "#,##0.0")
    assert found["Hosts"]["Memory [GiB]"] == (first.memory_gib, "#,##0.0")
    assert found["Hosts"]["VMs"] == (first.vms, "#,##0")
    assert found["Hosts"]["Completeness"] == (first.completeness, "0%")
    assert found["VMs"]["Blackout p95 [ms]"] == (1204.0, "#,##0")
    assert found["VMs"]["Passes"] == (3.4, "0.0")
    assert found["VMs"]["Converges"][0] is True
    assert found["Clusters"]["Cap [MiB/s]"] == (None, "General")
    assert found["Sizing curves"]["NIC [Gbit/s]"] == (10.0, "0.0")
    assert found["Sizing curves"]["Meets"][0] is False
    assert found["Set aside"]["Line"] == (2, "0")
    summary = dict(row for row in cells(book["Summary"])[1:] if isinstance(row[1], int | float))
    assert summary["VMs"] == 800
    assert summary["Hosts that miss the window"] == 6


def test_every_column_with_a_unit_says_it(tmp_path):
    for word in BATCH_TABLES.values():
        for name, one in word.model_fields.items():
            unit = (one.json_schema_extra or {}).get("unit", "")
            assert head_of(word, name).endswith(f" [{unit}]") == bool(unit)
            assert "_" not in head_of(word, name)


def test_headers_say_what_they_are_in_the_words_of_the_domain(book):
    for name, title in SHEETS.items():
        for head, one in zip(book[title][1], BATCH_TABLES[name].model_fields.values(), strict=True):
            assert head.comment.text == one.description


def test_verdicts_are_told_apart_by_colour(tmp_path):
    write_batch_xlsx(samples.many(), tmp_path / "batch.xlsx")
    book = openpyxl.load_workbook(tmp_path / "batch.xlsx")
    sheet = book["VMs"]
    at = [cell.value for cell in sheet[1]].index("Verdict")
    grounds = {row[at].value: row[at].fill.fgColor.rgb for row in sheet.iter_rows(min_row=2)}
    assert set(grounds) == {"ready", "ready with conditions", "unknown"}
    assert len(set(grounds.values())) == 3
    at = [cell.value for cell in book["Hosts"][1]].index("Window")
    grounds = {row[at].value: row[at].fill.fgColor.rgb for row in book["Hosts"].iter_rows(min_row=2)}
    assert grounds["misses"] != grounds["meets"]


def test_columns_are_as_wide_as_they_need_and_prose_is_wrapped(tmp_path):
    write_batch_xlsx(samples.many(), tmp_path / "batch.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "batch.xlsx")["Clusters"]
    heads = {cell.value: cell for cell in sheet[1]}
    # Neighbours of one width are one entry in the file.
    width_of = {column: one.width for one in sheet.column_dimensions.values() for column in range(one.min, one.max + 1)}
    for head, cell in heads.items():
        assert max(9, min(len(head), 59)) < width_of[cell.column] <= 61
    assert sheet[f"{heads['Changes'].column_letter}2"].alignment.wrap_text
    assert not sheet[f"{heads['Cluster'].column_letter}2"].alignment.wrap_text


def test_a_text_longer_than_a_cell_is_cut(tmp_path):
    write_batch_xlsx(samples.hostile(), tmp_path / "batch.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "batch.xlsx")["VMs"]
    names = [row[2].value for row in sheet.iter_rows(min_row=2)]
    assert max(map(len, names)) == LONGEST_TEXT
    assert names[1].startswith("'=HYPERLINK(")
    assert "http://evil.example" in names


def test_what_is_not_known_is_empty_and_what_never_ends_is_said(tmp_path):
    @dataclass(frozen=True)
    class Strange(samples.TablesInMemory):
        def batches(self, name):
            for batch in super().batches(name):
                columns = batch.to_pydict()
                if name == "vms":
                    columns |= {"total_s_p50": [math.nan], "total_s_p95": [math.inf], "vm": [None]}
                yield pa.RecordBatch.from_pydict(columns, schema=batch.schema)

    strange = Strange(samples.summary(), {"vms": [samples.vm_row()]})
    write_batch_xlsx(strange, tmp_path / "batch.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "batch.xlsx")["VMs"]
    row = {head.value: cell.value for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert row["Total p50 [s]"] in {None, ""}
    assert row["Total p95 [s]"] == "never"
    assert row["VM"] is None


def test_the_same_batch_gives_the_same_bytes(tmp_path):
    contents = []
    for name in ("one.xlsx", "two.xlsx"):
        write_batch_xlsx(samples.many(), tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    with zipfile.ZipFile(tmp_path / "one.xlsx") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"1980-01-01" in archive.read("docProps/core.xml")


def test_nothing_outside_is_asked_for(tmp_path):
    write_batch_xlsx(samples.hostile(), tmp_path / "batch.xlsx")
    with zipfile.ZipFile(tmp_path / "batch.xlsx") as archive:
        for name in archive.namelist():
            if name.endswith(".rels"):
                assert b"External" not in archive.read(name)
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in archive.read(name)


def counting(rows):
    """Tables that say how many VMs they have, and are never read."""

    @dataclass(frozen=True)
    class Counted(samples.TablesInMemory):
        def rows(self, name):
            return rows if name == "vms" else 0

        def batches(self, name):
            assert name != "vms"
            return iter(())

    return Counted(samples.summary())


def test_more_rows_than_a_sheet_holds_are_refused_before_anything_is_written(tmp_path):
    (tmp_path / "batch.xlsx").write_text("old")
    with pytest.raises(InputError) as refused:
        write_batch_xlsx(counting(MOST_ROWS), tmp_path / "batch.xlsx")
    (problem,) = refused.value.problems
    assert "1,048,576 rows" in problem.message
    assert "1,048,575" in problem.allowed
    assert "CSV or Parquet" in problem.mend
    assert [path.name for path in tmp_path.iterdir()] == ["batch.xlsx"]
    assert (tmp_path / "batch.xlsx").read_text() == "old"


def test_as_many_rows_as_a_sheet_holds_are_not_refused(tmp_path):
    batch_xlsx.refuse_what_no_sheet_holds({"vms": MOST_ROWS - 1}, tmp_path / "batch.xlsx")


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    target = tmp_path / "nowhere" / "batch.xlsx"
    with pytest.raises(FileNotFoundError) as refused:
        write_batch_xlsx(samples.one(), target)
    assert refused.value.filename == str(target)


def test_trouble_while_reading_leaves_the_old_file_and_no_draft(tmp_path):
    @dataclass(frozen=True)
    class Broken(samples.TablesInMemory):
        def batches(self, name):
            raise KeyboardInterrupt

    (tmp_path / "batch.xlsx").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_batch_xlsx(Broken(samples.summary()), tmp_path / "batch.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["batch.xlsx"]
    assert (tmp_path / "batch.xlsx").read_text() == "old"


def test_columns_are_found_by_name_whatever_their_order(tmp_path):
    @dataclass(frozen=True)
    class Shuffled(samples.TablesInMemory):
        def batches(self, name):
            for batch in super().batches(name):
                yield batch.select(list(reversed(batch.schema.names)))

    write_batch_xlsx(samples.many(), tmp_path / "one.xlsx")
    many = samples.many()
    write_batch_xlsx(Shuffled(many.summary, many.held), tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


MANY_VMS = """
import resource, sys
from pathlib import Path
from advisor.reports.fleet.batch_xlsx import write_batch_xlsx
from tests.reports.fleet import samples

rows = {"vms": [samples.vm_row(i) for i in range(5_000)]}
write_batch_xlsx(samples.RepeatedVms(samples.summary(), rows, 5_000, int(sys.argv[1])), Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.no_cover
@pytest.mark.slow
def test_ten_times_as_many_vms_need_no_more_memory(tmp_path):
    pytest.importorskip("resource")
    peaks = []
    for times in (1, 10):
        run = subprocess.run(
            [sys.executable, "-c", MANY_VMS, str(times), str(tmp_path / "batch.xlsx")],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        peaks.append(int(run.stdout))
    assert peaks[1] < 1.1 * peaks[0]
    with zipfile.ZipFile(tmp_path / "batch.xlsx") as archive:
        rows, tail = 0, b""
        with archive.open("xl/worksheets/sheet4.xml") as sheet:
            while piece := sheet.read(1 << 20):
                rows += (tail + piece).count(b"<row ")
                tail = piece[-4:]
    assert rows == 50_001
