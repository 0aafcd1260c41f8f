"""What must be true of every rule in every case: it answers, and its unknowns are honest."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.domain.options import Option, Tier
from advisor.domain.scenario import Scenario
from advisor.paths.path import Case
from advisor.paths.resolve import resolve_case
from advisor.platforms import get_platform
from advisor.rules import Truth, all_rules, findings
from advisor.rules.logic import Known, all_of, any_of, negate
from tests.rules.cases import Fields, answer, make_case
from tests.rules.drawn import forget, linux_scenarios, scenarios
from tests.rules.qemu_table import QEMU_TABLE
from tests.rules.table import TABLE

NEVER_UNKNOWN = {row.rule for row in (*TABLE, *QEMU_TABLE) if row.unknown is None}
drawn_settings = settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

# Fields that are facts of the path too: where they are not known the path takes the likelier value (RSS on, an
# update installed), and a rule that reads the path speaks of what was taken. Forgetting them may change an answer.
TAKEN_BY_THE_PATH = frozenset(
    {
        "rss", "rss_queues", "switch_mtu_bytes", "team_mapped", "limit_feature", "smb_limit_enabled", "updated",
        "move_cap_mib_s",
    }
)  # fmt: skip
# Encryption is among the path's reasons for no RDMA. A network said to be shared is warned of until someone says
# that migration is isolated on it all the same (IPsec), so forgetting that brings the warning back (Q03). Adapters of
# migration's own are taken to be free for it until a share is given (P01, P02).
# Ends that say nothing of TLS are asked nothing about it; whether they agree is asked once one of them does (B09).
SETTLED_BY_SAYING_SO = frozenset({"encryption", "isolated", "migration_share", "tls"})


def cases_of(fields: Fields) -> list[Case]:
    scenario = Scenario.model_validate(fields)
    platform, pair = get_platform(scenario.platform), scenario.pairs[0]
    limit = pair.simultaneous or platform.default_simultaneous(pair)
    options = [
        Option(
            transport=way.transport,
            compressor=way.compressor,
            streams=way.streams,
            name=way.name,
            tier=Tier.TODAY,
            simultaneous=limit,
        )
        for way in map(platform.way, platform.transports)
    ]
    return [resolve_case(platform, pair, option, scenario.vms) for option in options]


@given(scenarios() | linux_scenarios())
@drawn_settings
def test_every_rule_answers_every_case(fields: Fields) -> None:
    for case in cases_of(fields):
        for rule in all_rules():
            if not rule.applies_to(case):
                continue
            found = rule.answer(case)
            if found.truth is Truth.DOES_NOT:
                continue
            assert found.message, rule.rule_id
            assert "None" not in found.message, (rule.rule_id, found.message)
            if rule.rule_id in NEVER_UNKNOWN:
                assert found.truth is Truth.HOLDS, rule.rule_id


@given(scenarios(known=True) | linux_scenarios(known=True))
@drawn_settings
def test_nothing_is_unknown_where_everything_is_known(fields: Fields) -> None:
    # what is left open: the host vNICs of a SET where none is described, an option given at one end only, and what a
    # scenario has no word for, whether a device's driver migrates
    open_questions = {"R06", "R07", "T06", "F01", "G06"}
    for case in cases_of(fields):
        assert {one.rule for one in findings(case) if one.answer == "unknown"} - open_questions == set()


@given(st.data(), scenarios(known=True) | linux_scenarios(known=True))
@drawn_settings
def test_a_definite_answer_does_not_hang_on_what_was_forgotten(data: st.DataObject, fields: Fields) -> None:
    forgotten = forget(fields, data.draw, TAKEN_BY_THE_PATH | SETTLED_BY_SAYING_SO)
    for full, partial in zip(cases_of(fields), cases_of(forgotten), strict=True):
        for rule in all_rules():
            if not rule.applies_to(full):
                continue
            guess = rule.answer(partial).truth
            assert guess in {Truth.UNKNOWN, rule.answer(full).truth}, rule.rule_id


three_values = st.sampled_from([True, False, None])


@given(st.lists(three_values, max_size=4))
def test_the_connectives_are_kleenes(values: list[Known]) -> None:
    # an unknown stands for either value: the answer is definite exactly where both lead to the same
    outcomes_any, outcomes_all = set(), set()
    for filled in _fillings(values):
        outcomes_any.add(any(filled))
        outcomes_all.add(all(filled))
    assert any_of(values) == (outcomes_any.pop() if len(outcomes_any) == 1 else None)
    assert all_of(values) == (outcomes_all.pop() if len(outcomes_all) == 1 else None)
    assert negate(any_of(values)) == all_of(negate(value) for value in values)


def _fillings(values: list[Known]) -> list[list[bool]]:
    filled: list[list[bool]] = [[]]
    for value in values:
        choices = [True, False] if value is None else [value]
        filled = [[*head, choice] for head in filled for choice in choices]
    return filled


@pytest.mark.parametrize("busy", [0.6, 0.65, 0.7, 1.0])
def test_compression_is_warned_of_from_60_percent_cpu(busy: float) -> None:
    assert answer("T05", make_case("compression", both={"cpu_busy": busy})).truth is Truth.HOLDS
    assert answer("T05", make_case("compression", both={"cpu_busy": 0.59})).truth is Truth.DOES_NOT
