"""Columns that a person corrects: what is read then, what is refused, and that another reading is another inventory."""

import pytest

from advisor.domain.goals import Goals
from advisor.errors import InputError, InventoryError
from advisor.fleet.batch import question_of, run_batch
from advisor.intake.inventory import Correction, heads_of, read_corrections, read_inventory, survey_inventory
from advisor.shipped import shipped_path
from tests.intake.inventory.exports import xlsx_bytes

STRANGE = [["name of server", "Node", "RAM (MB)", "Note"], ["a", "h1", "4096", "x"], ["b", "h2", "8192", "y"]]
SAID = (
    Correction("list.csv", "name of server", "vm"),
    Correction("list.csv", "Node", "host"),
    Correction("list.csv", "RAM (MB)", "memory_gib"),
)


def test_a_table_of_no_known_format_is_read_once_its_columns_are_named(read):
    with pytest.raises(InventoryError, match="no table lists VMs"):
        read({"list.csv": STRANGE})
    found = read({"list.csv": STRANGE}, columns=SAID)
    assert {name: (vm["host"], vm["memory_gib"]) for name, vm in found.vms.items()} == {"a": ("h1", 4), "b": ("h2", 8)}
    (table,) = found.inventory.mapped
    assert table.columns == {"vm": "name of server", "host": "Node", "memory_gib": "RAM (MB)"}
    assert table.ignored == ("Note",)


@pytest.mark.parametrize(
    ("header", "column", "gib"),
    [("RAM", "memory_gib", 2048), ("RAM", "memory_mb", 2), ("RAM_MiB", "memory_gib", 2), ("RAM (GB)", "memory_mib", 2)],
)
def test_numbers_have_the_unit_that_is_said_then_that_of_the_header_then_the_columns_own(read, header, column, gib):
    rows = [["vm", "host", header], ["a", "h", "2048"]]
    assert read({"v.csv": rows}, columns=[Correction("v.csv", header, column)]).vms["a"]["memory_gib"] == gib


def test_a_header_is_read_as_another_column_than_it_was_found_for(read):
    rows = [["vm", "host", "memory_gib", "assigned"], ["a", "h", "64", "8"]]
    assert read({"v.csv": rows}).vms["a"]["memory_gib"] == 64
    moved = [Correction("v.csv", "assigned", "memory_gib")]
    found = read({"v.csv": rows}, columns=moved)
    assert found.vms["a"]["memory_gib"] == 8
    assert found.inventory.mapped[0].ignored == ("memory_gib",)
    other = [*moved, Correction("v.csv", "memory_gib", "startup_gib")]
    assert read({"v.csv": rows}, columns=other).vms["a"]["startup_gib"] == 64


def test_a_header_that_is_to_be_ignored_says_nothing(read):
    rows = [["vm", "host", "memory_gib", "vcpus"], ["a", "h", "8", "many"]]
    assert "a" in read({"v.csv": rows}).aside
    found = read({"v.csv": rows}, columns=[Correction("v.csv", "vcpus", "ignore")])
    assert "vcpus" not in found.vms["a"]
    assert not found.aside


def test_a_format_reads_words_in_its_own_way_and_numbers_plainly(read):
    rows = [["VMName", "ComputerName", "MemoryAssigned", "What", "RAM"], ["a", "h", str(8 * 2**30), "3", "16"]]
    found = read({"Get-VM.csv": rows}, columns=[Correction("Get-VM.csv", "What", "state")])
    assert found.inventory.mapped[0].format == "Get-VM as CSV"
    assert found.aside["a"].value == "3"  # Get-VM's number for a VM that is off
    plainly = read({"Get-VM.csv": rows}, columns=[Correction("Get-VM.csv", "RAM", "memory_gib")])
    assert plainly.vms["a"]["memory_gib"] == 16


def test_a_correction_of_a_sheet_leaves_the_other_sheets_alone(read):
    sheet = [["vm", "host", "memory_gib", "GB"], ["a", "h", "4", "8"]]
    other = [["vm", "host", "memory_gib", "GB"], ["b", "h", "4", "8"]]
    book = {"book.xlsx": xlsx_bytes({"one": sheet, "two": other})}
    both = read(book, columns=[Correction("book.xlsx", "GB", "memory_gib")])
    assert {name: vm["memory_gib"] for name, vm in both.vms.items()} == {"a": 8, "b": 8}
    one = read(book, columns=[Correction("book.xlsx#two", "GB", "memory_gib")])
    assert {name: vm["memory_gib"] for name, vm in one.vms.items()} == {"a": 4, "b": 8}


def test_tables_are_named_as_corrections_name_them(tmp_path):
    (tmp_path / "book.xlsx").write_bytes(xlsx_bytes({"one": [["vm", "x"], ["a", "1"]]}))
    (tmp_path / "list.csv").write_text("apples,pears\n1,2\n")
    heads = heads_of([tmp_path])
    assert [(head.table, head.header) for head in heads] == [
        ("book.xlsx#one", ("vm", "x")),
        ("list.csv", ("apples", "pears")),
    ]


@pytest.mark.parametrize(
    ("correction", "words"),
    [
        (("lists.csv", "Node", "host"), "is no table of the inventory (got lists.csv); allowed: list.csv; mend: did"),
        (("list.csv", "Nod", "host"), "has no such column (got Nod); allowed: name of server, Node, RAM (MB), Note"),
        (("list.csv", "Note", "memry_gib"), "--column list.csv:Note: is no column of an estate (got memry_gib)"),
        (("list.csv", "Note", "memry_gib"), "did you mean memory_gib?"),
        (("list.csv", "Node", "cluster"), "is to be read in two ways"),
        (("list.csv", "Note", "host"), "is to be read as the same column as Node"),
    ],
)  # fmt: skip
def test_what_cannot_be_corrected_is_told_with_what_there_is(correction, words, read):
    with pytest.raises(InventoryError) as told:
        read({"list.csv": STRANGE}, columns=[*SAID, Correction(*correction)])
    assert words in str(told.value)


def test_a_column_that_a_format_has_no_use_for_is_refused(tmp_path):
    hyperv = shipped_path("data", "examples", "inventories", "hyperv")
    with pytest.raises(InventoryError, match=r"is of no use in Get-NetAdapter \(got cores\); allowed: host, mtu_bytes"):
        read_inventory(hyperv, columns=[Correction("Get-NetAdapter.csv", "Name", "cores")])


def test_flags_say_the_same(tmp_path):
    said = read_corrections(["a.csv:Memory: total=memory_gib", r"C:\x\b.csv:n=1=vm", "c.xlsx#vInfo:Notes=ignore"])
    assert said == (
        Correction("a.csv", "Memory: total", "memory_gib"),
        Correction(r"C:\x\b.csv", "n=1", "vm"),
        Correction("c.xlsx#vInfo", "Notes", "ignore"),
    )
    with pytest.raises(InventoryError) as told:
        read_corrections(["a.csv", "a.csv:RAM", "a.csv:RAM=", "fine.csv:RAM=vm"])
    assert len(told.value.problems) == 3


def test_another_reading_is_another_inventory(read, tmp_path):
    rows = [["vm", "host", "memory_gib", "GB"], ["a", "h", "4", "8"]]
    plain = read({"v.csv": rows}).inventory
    said = (Correction("v.csv", "GB", "memory_gib"), Correction("v.csv", "memory_gib", "ignore"))
    corrected = read({"v.csv": rows}, columns=said).inventory
    assert corrected.fingerprint != plain.fingerprint
    assert read({"v.csv": rows}, columns=said[::-1]).inventory.fingerprint == corrected.fingerprint
    run_batch(read_inventory(tmp_path / "v.csv"), question_of(Goals()), tmp_path / "parts")
    with pytest.raises(InputError, match="holds parts of another batch"):
        run_batch(corrected, question_of(Goals()), tmp_path / "parts", resume=True)


def test_a_survey_shows_what_is_read_then(read):
    inventory = read({"list.csv": STRANGE}, columns=SAID).inventory
    assert survey_inventory(inventory).tables[0].columns["memory_gib"] == "RAM (MB)"
