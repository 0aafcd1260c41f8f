"""Files of every kind: both ways of parting CSV agree, Parquet says what CSV says, workbooks are measured first."""

import io
import random
import struct
import zipfile
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from advisor.errors import InventoryError
from advisor.intake.inventory import csv_arrow, csv_tables, json_tables, read_inventory, text_lines, xlsx_tables
from advisor.intake.inventory.csv_tables import csv_table
from advisor.intake.inventory.tables import texts_of
from tests.intake.inventory.conftest import read_all
from tests.intake.inventory.exports import OWN_VMS, VINFO_4, csv_bytes, xlsx_bytes

PIECES = ["a", "hv1", "", " x ", "1.5", "'", "ß", "12", "long text of a cell", "None", "null", "\u00a0", "#"]


def rows_of(path, wanted, distinct=()):
    found, broken = [], []
    for rows in csv_table(path).rows(wanted, distinct):
        cells = [[cell.strip() for cell in texts_of(column)] for column in rows.cells]
        found += zip(rows.lines, *cells, strict=True)
        broken += [(one.line, one.reason) for one in rows.broken]
    return found, broken


def by_hand(path, wanted, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(csv_tables, "parted_by_arrow", lambda *_: None)
        return rows_of(path, wanted)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("seed", range(21))
def test_both_ways_of_parting_give_the_same_cells(seed, ends, tmp_path, monkeypatch):
    monkeypatch.setattr(csv_arrow, "BIG_BLOCK", 0)
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 997)
    draw = random.Random(seed)
    lines = ["a,b,c,d"]
    for _ in range(300):
        cells = [draw.choice(PIECES) for _ in range(4)]
        trouble = draw.random()
        if seed % 3 == 1 and seed < 12 and trouble < 0.03:
            cells = draw.choice([['"q,1"', "x", "y", "z"], ["", "", "", ""], ["1", "2"], ["1", "2", "3", "4", "5"], []])
        if seed % 3 == 2 and seed < 12 and trouble < 0.03:
            cells = draw.choice([['"two', 'lines"', "x", "y"], ['"open', "x", "y", "z"], ['5" x', "a", "b", "c"]])
            lines.append(",".join(cells[:1]))
            cells = cells[1:] if cells[0] == '"two' else cells
        if seed >= 12:  # quoted, as Export-Csv does, and now and then with a quote where none is due
            cells = [f'"{cell}"' for cell in cells] if draw.random() < 0.9 else cells
            if seed >= 15 and trouble < 0.01:
                cells = draw.choice(
                    [['""'] * 4, ['"a""b"', "x", "y", "z"], ['"a"b', "x", "y", "z"], ['a"', '"b', "c", "d"]]
                )
        lines.append(",".join(cells))
    path = tmp_path / "a.csv"
    path.write_bytes((ends.join(lines) + (ends if seed % 2 else "")).encode())
    quick = rows_of(path, (3, 0, 1), {0})
    assert quick == by_hand(path, (3, 0, 1), monkeypatch)
    if seed % 3 == 0 and seed < 15:
        assert quick[0] == [
            (number, *(line.split(",")[at].strip('"').strip() for at in (3, 0, 1)))
            for number, line in enumerate(lines[1:], 2)
            if line.strip(',"')
        ]


def test_a_row_may_go_over_the_end_of_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 16)
    monkeypatch.setattr(csv_arrow, "BIG_BLOCK", 0)
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"one\ntwo\nthree\nfour\nfive"\n2,x\n3,"open\n')
    found, broken = rows_of(path, (0, 1))
    assert found == [(2, "1", "one\ntwo\nthree\nfour\nfive"), (7, "2", "x")]
    assert broken == [(8, "has a quote that is not closed")]


def test_a_cell_too_long_for_a_cell_is_set_aside(tmp_path):
    path = tmp_path / "vms.csv"
    path.write_text(f"vm,host,memory_gib\na,h,8\n{'x' * 200_000},h,8\nb,h,8\n")
    found = read_all(read_inventory(path))
    assert set(found.vms) == {"a", "b"}
    assert found.inventory.rows_set_aside == 1


def test_lines_that_end_as_on_an_old_mac(tmp_path):
    path = tmp_path / "vms.csv"
    path.write_bytes(b"vm,host,memory_gib\ra,h,8\rb,h,8\r")
    assert set(read_all(read_inventory(path)).vms) == {"a", "b"}


def parquet(path, rows, **types):
    header, *others = rows
    columns = {name: [row[at] if row[at] != "" else None for row in others] for at, name in enumerate(header)}
    pq.write_table(pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()}), path)


def test_parquet_says_what_csv_says(tmp_path):
    parquet(tmp_path / "vms.parquet", OWN_VMS, memory_gib=pa.float64())
    (tmp_path / "vms.csv").write_bytes(csv_bytes(OWN_VMS))
    one = read_all(read_inventory(tmp_path / "vms.parquet"))
    other = read_all(read_inventory(tmp_path / "vms.csv"))
    assert one.vms == other.vms
    assert set(one.aside) == set(other.aside)
    assert one.inventory.mapped[0].format.endswith("as Parquet")


def test_a_parquet_column_of_lists_is_refused_where_it_is_wanted(tmp_path):
    columns = {"vm": ["a"], "host": ["h"], "memory_gib": [8.0]}
    pq.write_table(pa.table(columns | {"extra": [["x"]]}), tmp_path / "vms.parquet")
    assert read_inventory(tmp_path / "vms.parquet").rows_set_aside == 0
    pq.write_table(pa.table(columns | {"possible_owners": [["h", "g"]]}), tmp_path / "vms.parquet")
    with pytest.raises(InventoryError, match="possible_owners"):
        read_inventory(tmp_path / "vms.parquet")


def test_parquet_has_flags_and_dictionaries(tmp_path):
    table = pa.table(
        {
            "vm": ["a", "b"],
            "host": pa.array(["h", "h"]).dictionary_encode(),
            "memory_gib": pa.array([8, None], pa.int32()),
            "possible_owners": ["h;g", None],
            "local_iso": pa.array([True, None]),
        }
    )
    pq.write_table(table, tmp_path / "vms.parquet")
    found = read_all(read_inventory(tmp_path / "vms.parquet"))
    assert found.vms["a"]["possible_owners"] == ("h", "g")
    assert found.vms["a"]["local_iso"] == 1
    assert found.aside["b"].line == 2


def test_a_small_parquet_file_cannot_fill_the_memory(tmp_path):
    # 60,000 rows of one text of a hundred thousand characters: 6 GB once every row has its own copy.
    text = "x" * 100_000
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 60_000, pa.int32()), pa.array([text]))
    pq.write_table(
        pa.table({"vm": column, "memory_gib": [8.0] * 60_000, "host": ["h"] * 60_000}), tmp_path / "a.parquet"
    )
    inventory = read_inventory(tmp_path / "a.parquet")
    assert inventory.rows_set_aside == 60_000


def test_a_damaged_parquet_file_is_refused_in_words(tmp_path):
    parquet(tmp_path / "vms.parquet", OWN_VMS, memory_gib=pa.float64())
    content = (tmp_path / "vms.parquet").read_bytes()
    for at in range(0, len(content), 7):
        (tmp_path / "vms.parquet").write_bytes(content[:at] + b"\xa5" + content[at + 1 :])
        with suppress(InventoryError):
            list(read_inventory(tmp_path / "vms.parquet").tables())


@pytest.mark.parametrize("inline", [True, False])
def test_a_sheet_may_begin_anywhere(inline, tmp_path):
    rows = [[], ["", ""], *[["", "", *row] for row in VINFO_4]]
    (tmp_path / "a.xlsx").write_bytes(xlsx_bytes({"Notes": [["hello"]], "vInfo": rows, "Empty": []}, inline=inline))
    found = read_all(read_inventory(tmp_path / "a.xlsx"))
    assert set(found.vms) == {"app01", "app02"}
    assert found.aside["tmpl"].line == 6
    assert found.aside["tmpl"].sheet == "vInfo"


def test_a_workbook_is_known_by_its_content(tmp_path):
    (tmp_path / "export.csv").write_bytes(xlsx_bytes({"vInfo": VINFO_4}))
    assert read_all(read_inventory(tmp_path / "export.csv")).vms


def repacked(content, change):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def sheet(text):
    return lambda parts: parts.update({"xl/worksheets/sheet1.xml": text.encode()})


HUGE = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (sheet(HUGE.format('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>')), "cells"),
        (sheet(HUGE.format("<row r='1'><c r='A1'/></row><row r='9999999'><c r='ZZ9999999'/></row>")), "cells"),
        (sheet(HUGE.format("<row><c/></row>" * 5000 + "<row>" + "<c/>" * 5000 + "</row>")), "cells"),
        (sheet(HUGE.format('<row r="60000"><c r="A60000"/><c r="NTP60000"/></row>')), "cells"),
        (sheet(HUGE.format("<c" + " " * 3_000_000 + 'r="XFD1048576"/>')), "tag without an end"),
        (lambda parts: parts.update({f"x{n}": b"" for n in range(xlsx_tables.MOST_PARTS)}), "parts"),
        (lambda parts: parts.update({"xl/media/x.bin": b"\0" * (xlsx_tables.MOST_BYTES + 1)}), "unpacks to more"),
        (lambda parts: parts.pop("xl/workbook.xml"), "no Excel workbook"),
        (lambda parts: parts.pop("xl/_rels/workbook.xml.rels"), "cannot be read as xlsx"),
    ],
)
def test_workbooks_that_would_not_fit_are_refused(change, words, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(repacked(xlsx_bytes({"vInfo": VINFO_4}), change))
    with pytest.raises(InventoryError, match=words):
        read_inventory(tmp_path / "a.xlsx")


def test_what_a_part_says_of_its_size_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx_tables, "MOST_BYTES", 1 << 21)
    content = repacked(xlsx_bytes({"vInfo": VINFO_4}), lambda parts: parts.update({"z": b"\0" * (1 << 22)}))
    honest, lie = struct.pack("<I", 1 << 22), struct.pack("<I", 10)
    assert honest in content
    (tmp_path / "a.xlsx").write_bytes(content.replace(honest, lie))
    with pytest.raises(InventoryError, match="unpacks to more"):
        read_inventory(tmp_path / "a.xlsx")


def test_files_above_their_bound_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(json_tables, "MOST_BYTES", 10)
    monkeypatch.setattr(xlsx_tables, "MOST_FILE_BYTES", 10)
    (tmp_path / "a.json").write_text('[{"Name": "a", "MemoryAssigned": 1}]')
    (tmp_path / "a.xlsx").write_bytes(xlsx_bytes({"vInfo": VINFO_4}))
    for name in ("a.json", "a.xlsx"):
        with pytest.raises(InventoryError, match=r"too large|larger than"):
            read_inventory(tmp_path / name)
