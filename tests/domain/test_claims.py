"""Published claims and accuracies hold together, and an edited table says what no longer does."""

import csv

import pytest

from advisor.domain.claims import load_accuracies, load_claims, parse_accuracies, parse_claims
from advisor.domain.options import Transport
from advisor.errors import InputError
from advisor.shipped import shipped_path

CLAIM = "published_id,platform,quantity,transport,value,unit,statement,source_url,used_for\n"


def rows_of(name):
    with shipped_path("data", name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_shipped_row_is_read_as_it_stands():
    written = rows_of("claims.csv")
    read = load_claims()
    assert [one.statement for one in read] == [row["statement"] for row in written]
    assert [one.value for one in read] == [float(row["value"]) if row["value"] else None for row in written]
    assert [one.transport for one in read] == [
        Transport(row["transport"]) if row["transport"] else None for row in written
    ]
    assert [one.figure for one in load_accuracies()] == [row["figure"] for row in rows_of("accuracy_published.csv")]


def test_one_publication_may_claim_several_things():
    assert sum(one.published_id == 8 for one in load_claims()) == 2


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("0,hyperv,cap,,,,text,there,a check\n", "published_id", "greater than or equal to 1"),
        ("1,hyperv,cap,pigeon,,,text,there,a check\n", "transport", "should be 'tcpip'"),
        ("1,hyperv,cap,,much,s,text,there,a check\n", "value", "number"),
        ("1,hyperv,cap,,nan,s,text,there,a check\n", "value", "finite"),
        ("1,hyperv,cap,,,,,there,a check\n", "statement", "at least 1"),
        ("1,hyperv,cap,,4,,text,there,a check\n", None, "a value needs its unit"),
        ("1,hyperv,cap,,,s,text,there,a check\n", None, "a value needs its unit"),
    ],
)
def test_a_broken_claim_is_named_with_its_line(row, column, words):
    with pytest.raises(InputError) as caught:
        parse_claims(CLAIM + row)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("data/claims.csv", 2, column)
    assert words in problem.message


def test_how_much_was_read_is_one_of_two():
    with pytest.raises(InputError, match="read"):
        parse_accuracies("source,year,system,what,figure,read,citation\nA,2020,KVM,time,9 %,half,there\n")


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="used_for"):
        parse_claims("published_id,platform\n1,hyperv\n")
