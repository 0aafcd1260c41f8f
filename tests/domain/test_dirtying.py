"""How fast a VM may dirty its memory: what was given, else the most its class does."""

import pytest

from advisor.domain.dirtying import dirtying_of
from advisor.domain.shipped_tables import DEFAULT_WORKLOAD, load_workloads
from advisor.domain.vms import Vm
from advisor.units import gib_to_bytes, mib_to_bytes


def test_what_was_given_is_taken():
    given = dirtying_of(Vm(memory_gib=8, dirty_rate_mib_s=100, working_set_gib=2, compression_ratio=3))
    assert given.given
    assert given.rate_bytes_s == mib_to_bytes(100)
    assert given.set_bytes == gib_to_bytes(2)
    assert given.compression_ratio == 3


def test_without_a_working_set_it_is_all_that_is_not_zero():
    assert dirtying_of(Vm(memory_gib=8, nonzero_gib=5, dirty_rate_mib_s=100)).set_bytes == gib_to_bytes(5)


def test_a_curve_begins_with_its_rate_and_ends_with_its_set():
    points = [{"seconds": 2, "dirty_mib": 100}, {"seconds": 60, "dirty_mib": 900}]
    measured = dirtying_of(Vm.model_validate({"memory_gib": 8, "dirty_curve": points}))
    assert (measured.given, measured.rate_bytes_s, measured.set_bytes) == (True, mib_to_bytes(50), mib_to_bytes(900))


@pytest.mark.parametrize("name", [None, "idle", "database_oltp"])
def test_a_class_may_do_the_most_it_was_seen_to(name):
    workload = load_workloads()[name or DEFAULT_WORKLOAD]
    found = dirtying_of(Vm(memory_gib=512, workload=name))
    assert not found.given
    assert found.rate_bytes_s == mib_to_bytes(workload.hot_rate_mib_s[2] + workload.cold_rate_mib_s[2])
    assert found.set_bytes == mib_to_bytes(workload.hot_set_mib[2] + workload.cold_set_mib[2])
    assert found.compression_ratio == workload.compression_ratio[2]


def test_no_set_is_larger_than_the_memory():
    assert dirtying_of(Vm(memory_gib=0.25)).set_bytes == gib_to_bytes(0.25)


def test_a_class_that_does_not_exist_is_for_others_to_name():
    assert dirtying_of(Vm(memory_gib=4, workload="nonsense")).rate_bytes_s == 0
