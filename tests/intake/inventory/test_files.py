"""Files of every kind: both ways of parting CSV agree, Parquet says what CSV says, workbooks are measured first."""

import io
import json
import random
import struct
import tracemalloc
import zipfile
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine

from advisor.errors import InventoryError
from advisor.intake.inventory import (
    csv_arrow,
    csv_tables,
    json_entries,
    json_tables,
    read_inventory,
    text_lines,
    xlsx_tables,
)
from advisor.intake.inventory.csv_tables import csv_table
from advisor.intake.inventory.tables import texts_of
from tests.intake.inventory.conftest import read_all
from tests.intake.inventory.exports import OWN_VMS, VHOST, VINFO_4, csv_bytes, xlsx_bytes

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


VM = {"Name": "a", "ComputerName": "h", "State": 2, "MemoryAssigned": 17179869184}


def write_json(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return path


@pytest.mark.parametrize(
    "wrap", [lambda rows: rows, lambda rows: {"value": rows, "Count": 9}, lambda rows: {"vms": rows}]
)
def test_every_entry_of_a_list_is_answered_or_set_aside_on_its_line(wrap, tmp_path):
    entries = [VM, 5, VM | {"Name": "b"}, "x", None, {}, [VM], VM | {"Name": "c"}]
    path = write_json(tmp_path / "Get-VM.json", wrap(entries))
    found = read_all(read_inventory(path))
    assert set(found.vms) == {"a", "b", "c"}
    assert (found.inventory.rows_read, found.inventory.rows_set_aside) == (8, 5)
    rows = [row for table in found.inventory.tables() for row in table.set_aside]
    lines = path.read_text().splitlines()
    by_value = {row.value: lines[row.line - 1].strip(" ,") for row in rows if row.reason == "is no object"}
    assert by_value == {"5": "5", "x": '"x"', "null": "null", "a": "["}


def test_an_object_with_an_empty_list_beside_lists_of_rows(tmp_path):
    path = write_json(tmp_path / "all.json", {"when": "today", "Get-VM": [VM], "Get-NetAdapter": []})
    assert set(read_all(read_inventory(path)).vms) == {"a"}


def test_one_object_is_one_row(tmp_path):
    path = write_json(tmp_path / "Get-VM.json", VM | {"Notes": ["x"], "Disks": [{"Path": "p"}]})
    assert set(read_all(read_inventory(path)).vms) == {"a"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_is_walked_through_in_windows(encoding, tmp_path, monkeypatch):
    monkeypatch.setattr(json_entries, "_WINDOW", 7)
    monkeypatch.setattr(json_entries, "LONGEST_ENTRY", 120)
    vms = [VM | {"Name": f"größe {at}"} for at in range(50)]
    path = tmp_path / "Get-VM.json"
    path.write_text("\n\n " + json.dumps(vms, indent=2, ensure_ascii=False) + "\n " * 300, encoding=encoding)
    monkeypatch.setattr(json_entries, "_WINDOW", 130)
    assert [entry.value["Name"] for entry in json_entries.entries_of(path) if entry.in_list] == [
        vm["Name"] for vm in vms
    ]
    lines = path.read_text(encoding=encoding).splitlines()
    assert {lines[entry.line - 1] for entry in json_entries.entries_of(path) if entry.in_list} == {"  {"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{}", "a comma or ] is missing"),
        ("[{} {}]", "a comma or ] is missing"),
        ("[{},]", "not JSON"),
        ("[{}] x", "more behind its end"),
        ('{"a" 1}', "a colon is missing"),
        ("{1: 2}", "a key is missing"),
        ('{"a": 1', "a comma or } is missing"),
        ('[{"a": "x', "not JSON"),
        ("[{}, " + "[" * 90 + "]" * 90 + "]", "nested deeper"),
        ("[{}, " + "[" * 90_000, "nested deeper"),
        ('[{"a": "' + "x" * 2_000_000 + '"}]', "entry of more than"),
        ("[" + "1" * 2_000_000 + "]", "entry of more than"),
        ('{"a": {"b": "' + "x" * 2_000_000 + '"}}', "entry of more than"),
        ("[" + "{}," * 30 + "{}]", "more than 30 entries"),
        ("[" + ",".join(f'{{"k{at}": 1}}' for at in range(16_400)) + "]", "different keys"),
        ("{" + ",".join(f'"k{at}": 1' for at in range(16_400)) + "}", "different keys"),
    ],
)
def test_json_that_is_none_or_too_large_is_refused_in_words(text, words, tmp_path, monkeypatch):
    if "30 entries" in words:
        monkeypatch.setattr(json_tables, "MOST_ENTRIES", 30)
    with pytest.raises(InventoryError, match=words):
        read_inventory(write_json(tmp_path / "a.json", text))


def test_a_wide_object_does_not_make_every_row_wide(tmp_path):
    wide = VM | {f"k{at}": 1 for at in range(16_000)}
    path = write_json(tmp_path / "Get-VM.json", [wide, *[{"Name": "b"}] * 4000])
    cells = []
    for rows in json_tables.json_tables(path)[0].rows((0, 3)):
        cells += zip(*rows.cells, strict=True)
    assert cells == [("a", "17179869184"), *[("b", "")] * 4000]
    tracemalloc.start()
    read_inventory(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20  # every key of every row would be 4,000 times 16,000 cells


@pytest.mark.no_cover
def test_entries_of_json_are_not_held_together(tmp_path):
    path = write_json(tmp_path / "Get-VM.json", "[" + json.dumps(VM) + ",{}" * 50_000 + "]")
    tracemalloc.start()
    inventory = read_inventory(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert inventory.rows_read == 50_001
    assert peak < 16 << 20


def test_a_workbook_is_opened_once_a_pass(tmp_path, monkeypatch):
    opened = []
    load = python_calamine.load_workbook
    monkeypatch.setattr(python_calamine, "load_workbook", lambda path: opened.append(path) or load(path))
    tabs = {f"note {at}": [["x"]] for at in range(20)}
    (tmp_path / "a.xlsx").write_bytes(xlsx_bytes({**tabs, "vInfo": VINFO_4, "vHost": VHOST}, inline=False))
    inventory = read_inventory(tmp_path / "a.xlsx")
    assert len(opened) == 1
    assert sum(map(len, inventory.tables())) == 2
    assert len(opened) == 2


def test_a_row_outside_the_named_columns_is_a_row(tmp_path):
    rows = [*VINFO_4, [*[""] * (len(VINFO_4[0]) + 2), "a remark"]]
    (tmp_path / "a.xlsx").write_bytes(xlsx_bytes({"vInfo": rows}))
    assert read_inventory(tmp_path / "a.xlsx").rows_read == len(rows) - 1


def test_a_workbook_of_too_many_texts_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx_tables, "MOST_TEXTS", 5)
    (tmp_path / "a.xlsx").write_bytes(xlsx_bytes({"vInfo": VINFO_4}, inline=False))
    with pytest.raises(InventoryError, match="more than 5 texts"):
        read_inventory(tmp_path / "a.xlsx")


@pytest.mark.parametrize("text", ['{"a": hello}', "[hello", '["abc', '[{"a": "', "[\x00\x00]", "[{]"])
def test_short_json_that_is_none_is_not_called_long(text, tmp_path):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InventoryError, match="is not JSON"):
        read_inventory(tmp_path / "a.json")


def test_half_a_character_loses_nothing(tmp_path):
    rows = [
        r'{"Name": "a\ud800", "ComputerName": "h\udc00", "State": 2, "MemoryAssigned": 8589934592, "k\ud83d": 1}',
        r'{"Name": "b\ud800", "ComputerName": "h\udc00", "State": "\ud800x", "MemoryAssigned": 8589934592}',
    ]
    (tmp_path / "a.json").write_text(f"[{', '.join(rows)}]")
    found = read_all(read_inventory(tmp_path / "a.json"))
    assert {name: vm["host"] for name, vm in found.vms.items()} == {"a?": "h?"}
    (aside,) = found.aside.values()
    assert (aside.name, aside.value) == ("b?", "?x")
    assert "k?" in found.inventory.mapped[0].ignored
