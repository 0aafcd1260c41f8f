"""Every rule: holds, does not, unknown, and one scenario whose answer it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from advisor.advice import estimate, recommend
from advisor.domain.answers import OptionAnswer, Verdict
from advisor.domain.hosts import Os
from advisor.domain.options import Transport
from advisor.domain.scenario import Scenario
from advisor.rules import Truth, all_rules, findings, get_rule, registry
from tests.rules.cases import answer, make_case, make_scenario
from tests.rules.qemu_table import QEMU_TABLE
from tests.rules.table import TABLE, Row

HYPERV_IDS = (
    "T01 T02 T03 T04 T05 T06 "
    "R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 "
    "M01 M02 M03 M04 M05 M06 M07 "
    "N01 N02 N03 N04 N05 N06 N07 N08 N09 N10 N11 N12 N13 N14 N15 N16 N17 N18 N19 N20 N21 N22 "
    "C01 C02 C03 C04 C05 C06 C07 "
    "P01 P02 P03 P04 P05 "
    "Q01 Q02 Q03 Q04 Q05 Q06 "
    "K01 K02 K03 K04 K05 K06 K07"
).split()
QEMU_IDS = (
    "F01 F02 F03 F04 F05 F06 F07 F08 "
    "D01 D02 D03 D04 D05 D06 D07 "
    "S01 S02 S03 S04 S05 S06 S07 S08 "
    "B01 B02 B03 B04 B05 B06 B07 B08 B09 "
    "G01 G02 G03 G04 G05 G06 G07"
).split()
EVERY_ROW = (*TABLE, *QEMU_TABLE)

each_row = pytest.mark.parametrize("row", EVERY_ROW, ids=[row.rule for row in EVERY_ROW])
can_be_unknown = [row for row in EVERY_ROW if row.unknown is not None]
EVIDENCE_WORDS = ("official", "community", "measured", "inferred")
TWO_LINES = 160  # of a terminal of 80 columns


@contextmanager
def without(rule_id: str) -> Iterator[None]:
    """The registry as if one rule had never been written."""
    kept = dict(registry._RULES)
    registry.unregister(rule_id)
    try:
        yield
    finally:
        registry._RULES.clear()
        registry._RULES.update(kept)


def test_the_rules_are_there_and_no_other() -> None:
    assert (len(HYPERV_IDS), len(QEMU_IDS)) == (79, 39)
    for platform, ids, table in (("hyperv", HYPERV_IDS, TABLE), ("qemu", QEMU_IDS, QEMU_TABLE)):
        assert sorted(rule.rule_id for rule in all_rules() if rule.platform == platform) == sorted(ids)
        assert [row.rule for row in table] == ids
    assert len(all_rules()) == len(HYPERV_IDS) + len(QEMU_IDS)


@each_row
def test_verdict_and_versions(row: Row) -> None:
    rule = get_rule(row.rule)
    assert rule.verdict == row.verdict
    assert rule.versions == {Os(version) for version in row.versions.split()}
    assert rule.platform == row.platform


@each_row
def test_words(row: Row) -> None:
    rule = get_rule(row.rule)
    assert rule.source.startswith(EVIDENCE_WORDS)
    assert 10 < len(rule.title) <= 80
    assert rule.remedy.endswith(".")
    assert len(rule.remedy) <= 100


@each_row
def test_holds(row: Row) -> None:
    case = make_case(**row.holds)
    found = answer(row.rule, case)
    assert found.truth is Truth.HOLDS
    assert len(found.message) <= TWO_LINES
    assert found.message.endswith((".", "?"))
    assert "None" not in found.message
    assert get_rule(row.rule).applies_to(case)


@each_row
def test_does_not(row: Row) -> None:
    case = make_case(**row.does_not)
    assert answer(row.rule, case).truth is Truth.DOES_NOT
    assert get_rule(row.rule).applies_to(case), "the rule must be asked, else its silence shows nothing"


@pytest.mark.parametrize("row", can_be_unknown, ids=[row.rule for row in can_be_unknown])
def test_unknown(row: Row) -> None:
    assert row.unknown is not None
    case = make_case(**row.unknown)
    found = answer(row.rule, case)
    assert found.truth is Truth.UNKNOWN
    assert "erify" in found.message
    assert len(found.message) <= TWO_LINES
    assert get_rule(row.rule).applies_to(case)


@each_row
def test_the_rule_alone_makes_its_finding(row: Row) -> None:
    case = make_case(**row.holds)
    by_rule = {one.rule: one for one in findings(case)}
    assert by_rule[row.rule].verdict == row.verdict
    assert by_rule[row.rule].answer == "holds"
    with without(row.rule):
        assert {one.rule: one for one in findings(case)} == {k: v for k, v in by_rule.items() if k != row.rule}


def scenario_of(row: Row) -> tuple[Scenario, Transport]:
    fields = {key: value for key, value in row.holds.items() if key != "transport"}
    return make_scenario(**fields), Transport(row.holds.get("transport", "tcpip"))


def ids(option: OptionAnswer) -> set[str]:
    return {one.rule for one in option.findings if one.answer == "holds"}


@each_row
def test_the_rule_changes_the_estimate(row: Row) -> None:
    scenario, transport = scenario_of(row)
    said = estimate(scenario, transport)
    with without(row.rule):
        unsaid = estimate(scenario, transport)
    assert ids(said) - ids(unsaid) == {row.rule}
    if row.verdict == "forbid":
        assert said.verdict is Verdict.NOT_RECOMMENDED
    else:
        assert said.total_s == unsaid.total_s, "a rule that does not forbid leaves the numbers alone"


# What every option offered mends anyway is heard of in estimates alone: Multichannel switched off (R03), hosts set
# differently (T06, F01), QEMU's max-bandwidth (B01, S08).
RECOMMENDED = [row for row in EVERY_ROW if row.rule not in {"R03", "T06", "F01", "B01", "S08"}]


@pytest.mark.parametrize("row", RECOMMENDED, ids=[row.rule for row in RECOMMENDED])
def test_the_rule_changes_the_recommendation(row: Row) -> None:
    scenario, _ = scenario_of(row)
    said = recommend(scenario)
    with without(row.rule):
        unsaid = recommend(scenario)
    told = [option for option in said.options if row.rule in ids(option)]
    assert told
    assert not any(row.rule in ids(option) for option in unsaid.options)
    if row.verdict == "forbid":
        assert all(option.verdict is Verdict.NOT_RECOMMENDED for option in told)
        assert said.recommended is None or row.rule not in ids(said.recommended)


# Two rules may stand in one option's way: a text that names RDMA or Multichannel is no accepted value either (T02),
# and where RDMA cannot be had, R01 says so beside the rule that says why. A VM that dirties more than is sent is
# predicted never to move, rule or no rule (S01).
NOT_ALONE = {"T04", "R02", "R03", "R04", "R05", "R08", "S01"}
SOLE_OBSTACLE = [row for row in EVERY_ROW if row.verdict == "forbid" and row.rule not in NOT_ALONE]


@pytest.mark.parametrize("row", SOLE_OBSTACLE, ids=[row.rule for row in SOLE_OBSTACLE])
def test_without_the_forbidding_rule_the_option_stands(row: Row) -> None:
    with without(row.rule):
        assert estimate(*scenario_of(row)).verdict is not Verdict.NOT_RECOMMENDED
