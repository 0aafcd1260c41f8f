"""Columns of numbers: read one by one and many together they say the same, and decimal marks are told by numbers."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.domain.estate import EstateHost, EstateVm
from advisor.intake.inventory import columns, csv_arrow
from advisor.intake.inventory.columns import Column
from advisor.intake.inventory.csv_arrow import ArrowTexts
from advisor.intake.inventory.figures import Figures, How
from advisor.intake.inventory.formats import LAYOUTS
from advisor.intake.inventory.marks import PLAUSIBLE_GIB, decimal_comma_in
from advisor.intake.inventory.tables import Coded

NUMBER_COLUMNS = [
    (f"{layout.name}: {take.column}", layout.model, take)
    for layout in LAYOUTS
    for take in layout.takes
    if isinstance(take.read, Figures) and take.column in layout.model.model_fields
]
ODD = ["", " ", "-1", "0", "00", "0.0", ".5", "5.", "1e5", "nan", "inf", "1_000", "16,384", "1.024", "1.024,5", "16 GB",
       "10000 Full", "25%", "x", "1.2.3", "٣", "254", "254.0", "255", "-5", " 8 ", "+8", "8\n", "9" * 18, "9" * 30,
       "1" * 18 + "." + "1" * 18, "0.0009765625", "0.0009765624", "65536", "65536.01", "999999999999"]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.integers(0, 10**12).map(str),
    st.decimals(0, 10**7, places=2).map(str),
    st.floats(0, 1e6, allow_subnormal=False).map(repr),
    st.text(alphabet="0123456789.,- ", max_size=8),
)
HOWS = [How(False), How(True), How(None), How(False, "mib"), How(False, "gbps"), How(False, "bytes")]


@pytest.mark.parametrize(("model", "take"), [one[1:] for one in NUMBER_COLUMNS], ids=[one[0] for one in NUMBER_COLUMNS])
@settings(max_examples=8, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=30), st.sampled_from(HOWS))
def test_many_numbers_together_are_those_read_one_by_one(model, take, texts, how):
    texts = [*texts, *ODD]
    codes = np.arange(len(texts))[::-1]
    ways = {
        "one by one": (10**9, tuple(texts)),
        "together": (0, tuple(texts)),
        "by number": (0, Coded(codes, texts[::-1])),
        "held by Arrow": (0, Coded(codes, ArrowTexts(pa.array(texts[::-1])))),
    }
    found = {}
    few = columns.FEW
    try:
        for way, (least, cells) in ways.items():
            columns.FEW = least
            reader = Column(take, model, how)
            values = reader.read(cells)
            bad = reader.bad(values)
            found[way] = (values.tolist(), None if bad is None else bad.tolist())
    finally:
        columns.FEW = few
    expected = found.pop("one by one")
    for way, (values, bad) in found.items():
        np.testing.assert_array_equal(values, expected[0], err_msg=way)
        assert bad == expected[1], way


def test_plain_numbers_are_not_remembered_one_by_one():
    take = next(take for name, _, take in NUMBER_COLUMNS if name == "advisor's table of VMs: memory_gib")
    reader = Column(take, EstateVm, How())
    values = reader.read([f"{at / 100:.2f}" for at in range(1, 5001)] + ["1,024"])
    assert values[:2].tolist() == pytest.approx([0.01, 0.02])
    assert values[-1] == 1024
    assert len(reader.memo) == 1


@pytest.mark.parametrize(
    ("cells", "base", "model", "separator", "expected"),
    [
        (["16.384", "8.192"], "MiB", EstateVm, ";", True),  # 16 MiB is no VM
        (["16.384", "8.192"], "MiB", EstateVm, ",", True),
        (["262.144"], "MiB", EstateHost, ";", True),
        (["16.384"], "GiB", EstateVm, ";", False),  # nor is 16 TiB
        (["16,384"], "GiB", EstateVm, ",", True),
        (["16,384"], "MiB", EstateVm, ",", False),
        (["1.024"], "GiB", EstateVm, ";", None),
        (["1.024"], "GiB", EstateVm, ",", False),
        (["1.024", "16.5"], "GiB", EstateVm, ";", False),  # PowerShell with -Delimiter ";" in English
        (["1.024", "16,5"], "GiB", EstateVm, ";", True),
        (["1.024,5"], "GiB", None, ";", True),
        (["1.048.576"], "KiB", None, ";", True),
        (["1,048,576"], "KiB", None, ";", False),
        (["0.125"], "", None, ";", False),
        (["16384"], "MiB", EstateVm, ";", None),
        (["16.384 MB", "x", ""], "GiB", EstateVm, ";", True),
        (["1.5", "1,5", "16.384"], "MiB", EstateVm, ";", True),
    ],
)
def test_the_decimal_mark_is_told_by_numbers(cells, base, model, separator, expected):
    band = None if model is None else PLAUSIBLE_GIB[model]
    assert decimal_comma_in([(cells, base, band)], separator) is expected


RVTOOLS = "VM;Powerstate;Template;CPUs;Memory;Version;Host\n"


def test_a_german_export_without_any_comma_is_not_a_thousand_times_off(read):
    text = RVTOOLS + "A;poweredOn;False;4;16.384;9.0;e1\nB;poweredOn;False;4;8.192;9.0;e1,x\n"
    found = read({"vInfo.csv": text})
    assert [vm["memory_gib"] for vm in found.vms.values()] == [16, 8]


def test_semicolons_from_an_english_system_keep_their_points(read):
    found = read({"vms.csv": "vm;host;memory_gib;config_version\na;h;16.5;9.0\nb;h;1.024;9.0\n"})
    assert [vm["memory_gib"] for vm in found.vms.values()] == [16.5, 1.024]
    assert {vm["config_version"] for vm in found.vms.values()} == {9}


def test_a_number_that_may_be_one_of_two_is_set_aside_and_says_so(read):
    found = read({"vms.csv": "vm;host;memory_gib\na;h;1.024\nb;h;16\n"})
    assert [vm["memory_gib"] for vm in found.vms.values()] == [16]
    row = found.aside["a"]
    assert (row.reason, row.value) == ("may be 1024 or 1.024", "1.024")
    assert "without a mark between thousands" in row.mend


@pytest.mark.parametrize("text", ["12/31/2023", "10:30", "2024-01-05", "16_384", "16×4"])
def test_garbage_is_no_memory(text, read):
    found = read({"vms.csv": f"vm,host,memory_gib\na,h,{text}\nb,h,16\n"})
    assert set(found.vms) == {"b"}
    assert found.aside["a"].value == text


@pytest.mark.parametrize("memory", ["16", "4096", "1048575"])
def test_memory_below_a_mebibyte_was_read_in_a_wrong_unit(memory, read):
    rows = f"a,h,Running,{memory},4\nb,h,Running,1048576,4\n"
    found = read({"Get-VM.csv": "Name,ComputerName,State,MemoryAssigned,ProcessorCount\n" + rows})
    assert found.vms["b"]["memory_gib"] == 1 / 1024
    row = found.aside["a"]
    assert (row.column, row.value, row.reason) == ("MemoryAssigned", memory, "is too small")
    assert "read in bytes" in row.mend
    assert "unit" in row.mend


def test_start_up_memory_that_stands_for_assigned_has_the_same_bound(read):
    header = "Name,ComputerName,State,MemoryAssigned,MemoryStartup,DynamicMemoryEnabled\n"
    assert "a" in read({"Get-VM.csv": header + "a,h,Running,,16,False\n"}).aside


def test_texts_of_arrow_are_texts():
    texts = ArrowTexts(pa.array(["8", "x", "1.5", ""]))
    assert list(texts) == ["8", "x", "1.5", ""]
    assert (texts[1], list(texts[1:3]), len(texts)) == ("x", ["x", "1.5"], 4)
    rows, values = texts.numbers(r"[0-9]+(\.[0-9]+)?")
    assert (rows.tolist(), values.tolist()) == ([0, 2], [8, 1.5])


def test_a_large_file_says_what_the_same_rows_say_in_a_small_one(read, monkeypatch):
    sizes = ["13.37", "8", "", "-1", "16 GB", "1,024", "0", "99999999", "x", "0.5", "1e2"]
    rows = [f"v{at},h{at % 3},{sizes[at % 11]},{at % 70},{at / 7:.3f}" for at in range(2000)]
    text = "vm,host,memory_gib,vcpus,disk_gib\n" + "\n".join(row.replace("1,024", '"1,024"') for row in rows) + "\n"
    monkeypatch.setattr(columns, "FEW", 10**9)
    slow = read({"vms.csv": text})
    monkeypatch.setattr(columns, "FEW", 0)
    monkeypatch.setattr(csv_arrow, "BIG_BLOCK", 0)
    quick = read({"vms.csv": text})
    assert quick.vms == slow.vms
    assert quick.aside == slow.aside
    assert len(slow.vms) > 500
    assert len(slow.aside) > 500
    assert not any(math.isnan(vm["memory_gib"]) for vm in quick.vms.values())
