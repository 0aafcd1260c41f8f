"""A measured run holds what HOUSE's one CSV format can say, and nothing that contradicts itself."""

import pytest
from pydantic import ValidationError

from advisor.domain.runs import REQUIRED_RUN_COLUMNS, RUN_COLUMNS, MeasuredRun

LEAST = {"run_id": "a", "study": "lab", "platform": "hyperv", "transport": "tcpip"}


def test_only_four_columns_are_required():
    assert set(REQUIRED_RUN_COLUMNS) == set(LEAST)


def test_everything_else_is_unknown_where_it_is_not_given():
    run = MeasuredRun(**LEAST)
    assert all(getattr(run, name) is None for name in RUN_COLUMNS if name not in LEAST)
    assert run.extra_columns == {}


def test_zero_is_a_value_and_not_unknown():
    run = MeasuredRun(**LEAST, background_gbps=0, dirty_rate_mib_s=0)
    assert run.background_gbps == 0
    assert run.dirty_rate_mib_s == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nic_count": 1, "links_used": 2}, "links_used is larger than nic_count"),
        ({"vm_memory_gib": 1, "working_set_gib": 2}, "working_set_gib is larger than vm_memory_gib"),
        ({"total_s": 1, "blackout_ms": 1001}, "blackout_ms is longer than total_s"),
    ],
)
def test_a_part_is_never_larger_than_its_whole(values, message):
    with pytest.raises(ValidationError, match=message):
        MeasuredRun(**LEAST, **values)


def test_non_zero_memory_may_exceed_assigned_memory_by_what_the_hypervisor_adds():
    assert MeasuredRun(**LEAST, vm_memory_gib=0.1875, vm_nonzero_gib=0.19).vm_nonzero_gib == 0.19


@pytest.mark.parametrize(
    "values", [{"outcome": "lost"}, {"teaming": "bonded"}, {"evidence": "hearsay"}, {"total_s": 0}]
)
def test_values_outside_a_column_are_refused(values):
    with pytest.raises(ValidationError):
        MeasuredRun(**LEAST, **values)
