"""The registry: a rule is one function, found by its id."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from advisor.domain.hosts import Os
from advisor.errors import UnknownNameError
from advisor.paths.path import Case
from advisor.rules import DOES_NOT, Answer, Truth, all_rules, findings, get_rule, holds, rule, unregister
from tests.rules.cases import make_case

SOURCE = "inferred: a test"


@pytest.fixture
def toy() -> Iterator[str]:
    @rule("X01", "warn", {Os.WS2019}, remedy="Move them in two batches.", source=SOURCE)
    def many_small_vms(case: Case) -> Answer:
        """More than four VMs move.

        A longer story, which no table shows.
        """
        count = sum(vm.count for vm in case.vms)
        return holds(f"{count} VMs move.") if count > 4 else DOES_NOT

    yield "X01"
    unregister("X01")


def test_a_rule_of_one_function_answers(toy: str) -> None:
    found = {one.rule: one for one in findings(make_case(vm={"count": 5}))}
    assert found[toy].message == "5 VMs move."
    assert (found[toy].verdict, found[toy].answer, found[toy].source) == ("warn", "holds", SOURCE)
    assert toy not in {one.rule for one in findings(make_case(vm={"count": 4}))}


def test_the_title_is_the_docstrings_first_line(toy: str) -> None:
    assert get_rule("x01").title == "More than four VMs move"
    assert get_rule(toy).family == "test_registry"


def test_it_is_asked_only_on_its_versions_and_platform(toy: str) -> None:
    assert toy not in {one.rule for one in findings(make_case(os="2022", vm={"count": 5}))}
    on_one_end = make_case(os="2022", destination={"os": "2019"}, vm={"count": 5})
    assert toy in {one.rule for one in findings(on_one_end)}
    elsewhere = Case("qemu", on_one_end.pair, on_one_end.option, on_one_end.path, on_one_end.vms)
    assert findings(elsewhere) == ()


def test_a_rule_for_every_version_of_another_platform() -> None:
    case = make_case()
    elsewhere = Case("toy", case.pair, case.option, case.path, case.vms)

    @rule("X02", "advise", (), remedy="Nothing.", source=SOURCE, platform="toy")
    def always(case: Case) -> Answer:
        """Always so."""
        return holds("So it is.")

    try:
        assert [one.rule for one in findings(elsewhere)] == ["X02"]
        assert "X02" not in {one.rule for one in findings(case)}
    finally:
        unregister("X02")


def test_unregistered_it_is_gone(toy: str) -> None:
    before = len(all_rules())
    unregister(toy)
    unregister(toy)  # once more does no harm
    assert len(all_rules()) == before - 1
    with pytest.raises(UnknownNameError, match="no rule is called 'X01'"):
        get_rule(toy)


def test_an_id_is_taken_once(toy: str) -> None:
    def another(case: Case) -> Answer:
        """Another of the same id."""
        return DOES_NOT

    with pytest.raises(ValueError, match="X01 is registered already"):
        rule(toy, "warn", (), remedy="", source=SOURCE)(another)
    assert get_rule(toy).title == "More than four VMs move"


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_a_rule_needs_a_docstring(text: str | None) -> None:
    def silent(case: Case) -> Answer:
        return DOES_NOT

    silent.__doc__ = text
    with pytest.raises(ValueError, match="needs a docstring"):
        rule("X03", "warn", (), remedy="", source=SOURCE)(silent)
    with pytest.raises(UnknownNameError):
        get_rule("X03")


def test_unknown_becomes_a_finding_too() -> None:
    case = make_case(destination={"cpu_vendor": None})
    assert get_rule("K01").answer(case).truth is Truth.UNKNOWN
    assert {one.rule: one.answer for one in findings(case)}["K01"] == "unknown"
