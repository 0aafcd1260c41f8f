"""Rules are found by words, platform, family, verdict and version."""

from dataclasses import replace

from advisor.domain.hosts import Os
from advisor.rules import all_rules, get_rule
from advisor.rules.search import matching


def ids(**asked):
    return {rule.rule_id for rule in matching(all_rules(), **asked)}


def test_nothing_asked_finds_all_and_each_id_finds_its_rule():
    assert matching(all_rules()) == list(all_rules())
    for rule in all_rules():
        assert rule in matching(all_rules(), f'"{rule.rule_id}"')


def test_filters_take_away_what_is_not_asked_for():
    assert ids(platform="qemu") | ids(platform="hyperv") == ids()
    assert not ids(platform="qemu") & ids(platform="hyperv")
    assert ids(family="rdma", verdict="warn") == {"R06"}
    assert ids(wanted="rdma", family="rdma", verdict="warn", platform="qemu") == set()


def test_a_version_finds_the_rules_that_name_it_and_no_others():
    found = ids(version=Os.WS2012)
    assert found == {rule.rule_id for rule in all_rules() if Os.WS2012 in rule.versions}
    assert "R01" not in found  # of 2012 R2 and later


def test_a_rule_that_names_no_version_speaks_of_each_of_its_platform():
    rule = replace(get_rule("D01"), versions=frozenset())
    own, other = (next(os for os in Os if os.platform == name) for name in ("qemu", "hyperv"))
    assert matching([rule], version=own) == [rule]
    assert matching([rule], version=other) == []
