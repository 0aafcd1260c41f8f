"""What sources cite becomes an address; nothing else does, and no address can end the link it stands in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.domain.shipped_tables import load_tolerances
from advisor.reports.citing import cited
from advisor.rules import all_rules

SAFE = re.compile(r"https?://[\w/:?#@&+,;=%~.-]+")


def addresses(source):
    return [one.address for one in cited(source) if one.address is not None]


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("https://a.b/c.", "https://a.b/c"),
        ("(https://a.b/c_(d))", "https://a.b/c_%28d%29"),
        ("see aidanfinn.com/?p=14907; more", "https://aidanfinn.com/?p=14907"),
        ("o/n path/to/file.md@01c32484", "https://github.com/o/n/blob/01c32484/path/to/file.md"),
        ("o/n@01c32484 README.md", "https://github.com/o/n/blob/01c32484/README.md"),
        ("o/n path/to/file.md", "https://github.com/o/n/blob/HEAD/path/to/file.md"),
        ("qemu/qemu@7590a2ae, migration: more", "https://github.com/qemu/qemu/tree/7590a2ae"),
        ('https://a.b/">x', "https://a.b/"),
        ("https://a.b/[x](y)$z$", "https://a.b/%5Bx%5D%28y%29%24z%24"),
    ],
)
def test_what_is_cited_becomes_its_address(source, address):
    assert addresses(source) == [address]


@pytest.mark.parametrize(
    "source",
    ["assumption", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "own lab: 0.1-0.7 ns", "5 % of 3/4",
     "QEMU 10.2 migration/options.c, migrate_caps_check", "man7.org ip-mptcp(8)"],
)  # fmt: skip
def test_other_words_are_no_address(source):
    assert addresses(source) == []


def test_most_rules_and_all_but_few_tolerances_lead_somewhere():
    without = [rule.rule_id for rule in all_rules() if not addresses(rule.source)]
    assert without == ["D02", "D03", "B06", "B07"]  # QEMU's own source without a commit, and what follows from it
    assert [one.name for one in load_tolerances().values() if not addresses(one.source)] == ["voice_call"]


@given(st.text(st.sampled_from("abc/.:@?()[]<>\"' -_;#%ht ps") | st.characters(), max_size=60))
def test_the_pieces_are_the_source_and_addresses_are_safe(source):
    pieces = cited(source)
    assert "".join(one.text for one in pieces) == source
    assert all(SAFE.fullmatch(one.address) for one in pieces if one.address is not None)
