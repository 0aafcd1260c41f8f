"""The one guard against cells that a spreadsheet would run."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.reports.cells import guarded, guarded_batch
from advisor.reports.csv import csv_rows

SIGNS = ["=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH COMMERCIAL AT}"]
TEXTS = st.text() | st.builds(
    "".join, st.lists(st.sampled_from([*SIGNS, "\t", "\r", "\n", " ", "\x00", "\u202e", "a", "é", "仮", "\xa0"]))
)


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    "before", ["", " ", "\t", "\r", "\n", "\x00", "\u202e", "\ufeff", "\xa0", "\u2028", "\u202e \x00"]
)
def test_a_text_that_starts_a_formula_gets_an_apostrophe(before, sign):
    assert guarded(f"{before}{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", [";", "; ", ";\t"])
def test_a_cell_that_begins_behind_a_semicolon_is_one_too(before, sign):
    guard = guarded(f"x{before}{sign}1+1;y")
    assert guard.split(";")[1].strip() == f"'{sign}1+1"


@pytest.mark.parametrize("text", ["", "web-01", "a; b;1-1", "a=b", "1+1", "'=1", "Büro 仮 👍"])
def test_other_text_stays_as_it_is(text):
    assert guarded(text) == text


@given(st.lists(st.none() | TEXTS.filter(lambda text: all(not 0xD800 <= ord(sign) <= 0xDFFF for sign in text))))
def test_a_column_is_guarded_as_each_of_its_texts_is(texts):
    expected = [None if text is None else guarded(text) for text in texts]
    for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        batch = pa.RecordBatch.from_arrays([pa.array(texts, pa.string()).cast(kind)], names=["vm"])
        found = guarded_batch(batch)
        assert found.column(0).to_pylist() == expected
        assert found.schema == batch.schema


def test_columns_that_are_no_text_are_handed_on():
    batch = pa.RecordBatch.from_pydict({"n": [-1, 2], "x": [-0.5, None], "yes": [True, None], "vm": ["-1", "b"]})
    found = guarded_batch(batch)
    assert found.to_pydict() == {"n": [-1, 2], "x": [-0.5, None], "yes": [True, None], "vm": ["'-1", "b"]}


def test_a_slice_of_a_batch_is_guarded_too():
    batch = pa.RecordBatch.from_pydict({"vm": ["=0", "=1", None, "b", "=4"]}).slice(1, 3)
    assert guarded_batch(batch).to_pydict() == {"vm": ["'=1", None, "b"]}
    assert guarded_batch(batch.slice(0, 0)).to_pydict() == {"vm": []}


@given(TEXTS)
def test_csv_has_no_guard_of_its_own(text):
    import csv
    import io

    (row,) = csv.DictReader(io.StringIO(csv_rows(["vm", "n"], [{"vm": text, "n": 1}])))
    assert row["vm"] == guarded(text)
