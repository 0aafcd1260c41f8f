"""Published claims and accuracies hold together, and an edited table says what no longer does."""

import csv
import re

import pytest

from advisor.domain.claims import ACCURACIES_FILE, CLAIMS_FILE, Claim, PublishedAccuracy, load_accuracies, load_claims
from advisor.domain.defaults import load_defaults
from advisor.domain.options import Transport
from advisor.domain.shipped_tables import load_tolerances, load_workloads, parse_rows
from advisor.errors import InputError
from advisor.platforms import platforms
from advisor.residual.card_files import shipped_card
from advisor.rules import all_rules
from advisor.shipped import shipped_path

NUMBERS = r"s? (\d+(?:(?:, | and )\d+)*)"
CLAIM = "published_id,platform,quantity,transport,value,unit,statement,source_url,used_for\n"


def claims_in(text):
    return parse_rows(text, Claim, CLAIMS_FILE, key=None)


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
        claims_in(CLAIM + row)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("data/claims.csv", 2, column)
    assert words in problem.message


def test_how_much_was_read_is_one_of_two():
    with pytest.raises(InputError, match="read"):
        parse_rows(
            "source,year,system,what,figure,read,citation\nA,2020,KVM,time,9 %,half,there\n",
            PublishedAccuracy,
            ACCURACIES_FILE,
            key=None,
        )


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="used_for"):
        claims_in("published_id,platform\n1,hyperv\n")


def sources():
    """Every text that says what a shipped constant, class, tolerance, default or rule rests on."""
    for platform in platforms():
        for card, made in (("shipped", shipped_card(platform.name).constants), ("priors", platform.constants)):
            for name, one in made.named().items():
                yield f"{platform.name} {card} {name}", one.source
    tables = (load_workloads().values(), load_tolerances().values())
    yield from ((row.name, row.source) for rows in tables for row in rows)
    yield from ((row.column, row.source) for row in load_defaults())
    yield from ((rule.rule_id, rule.source) for rule in all_rules())


def cited(what, source):
    """The numbers that a source cites of claims, or of rows."""
    return [int(number) for found in re.findall(rf"\b{what}{NUMBERS}", source) for number in re.findall(r"\d+", found)]


def test_what_is_cited_is_there():
    claims = {claim.published_id for claim in load_claims()}
    runs = {int(row["published_id"]) for row in rows_of("measured/hyperv_published.csv")}
    rules = {rule.rule_id for rule in all_rules()}
    found = {"claims": 0, "rows": 0, "files": 0}
    for where, source in sources():
        for number in cited("claim", source):
            assert number in claims, f"{where} cites claim {number}"
        for number in cited("row", source):
            assert number in runs, f"{where} cites row {number}"
        for rule in re.findall(r"\brules? ([A-Z]\d\d)\b", source):
            assert rule in rules, f"{where} cites rule {rule}"
        for file in re.findall(r"\bdata/[\w/]+\.csv", source) if "@" not in source else ():
            assert shipped_path(*file.split("/")).is_file(), f"{where} cites {file}"
            found["files"] += 1
        found["claims"] += len(cited("claim", source))
        found["rows"] += len(cited("row", source))
    assert found["claims"] > 40
    assert found["rows"] == 4
    assert found["files"] == 1


def test_citations_are_read_as_they_are_written():
    assert cited("claim", "half (claims 7, 25) to a quarter (claims 33 and 34), claim 8") == [7, 25, 33, 34, 8]
    assert cited("row", "batches (Finn, rows 19 and 20)") == [19, 20]
