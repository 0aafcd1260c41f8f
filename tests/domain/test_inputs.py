"""Inputs by name: what there is, what they are called, and what changing one changes."""

import pytest

from advisor.domain.inputs import input_called, inputs, inputs_of, with_inputs
from advisor.domain.scenario import Scenario
from advisor.errors import ScenarioError, UnknownNameError

HOST = {
    "os": "2022",
    "nics": [{"name": "LM", "speed_gbps": 25, "count": 2}, {"name": "mgmt", "speed_gbps": 1, "selected": False}],
}


def lab(**more):
    return Scenario.model_validate({"source": HOST, "vms": [{"memory_gib": 8}, {"memory_gib": 32, "count": 3}], **more})


def test_every_input_is_a_number_with_a_title_of_its_own():
    titles = [one.title for one in inputs().values()]
    assert len(titles) == len(set(titles))
    assert all(": " in title for title in titles)
    assert {
        "nics.speed_gbps",
        "host.cpu_busy",
        "host.smb.limit_mib_s",
        "vms.dirty_rate_mib_s",
        "goals.window_s",
    } <= set(inputs())
    assert not {"nics.vlan_id", "nics.rdma_enabled", "network.one_machine", "vms.name"} & set(inputs())


def test_a_value_reaches_everything_that_has_the_input_and_nothing_else():
    two = lab(destination={**HOST, "cores": 32})
    changed = with_inputs(two, {input_called("nics.speed_gbps"): 100, input_called("vms.vcpus"): 6.0})
    assert [[nic.speed_gbps for nic in host.nics] for host in changed.hosts] == [[100, 1], [100, 1]]
    assert [vm.vcpus for vm in changed.vms] == [6, 6]
    assert with_inputs(changed, {input_called("nics.speed_gbps"): 25, input_called("vms.vcpus"): 2}).hosts == two.hosts


def test_what_nobody_gave_stays_a_default():
    changed = with_inputs(lab(), {input_called("host.cores"): 8})
    assert "cores" in changed.source.model_fields_set
    assert "cpu_busy" not in changed.source.model_fields_set
    assert changed.destination is None


def test_nothing_to_change_changes_nothing():
    assert with_inputs(lab(), {}) == lab()


@pytest.mark.parametrize(("path", "value"), [("host.cpu_busy", 1.5), ("nics.count", 2.5), ("vms.memory_gib", -1)])
def test_a_value_out_of_bounds_is_told_with_what_is_allowed(path, value):
    with pytest.raises(ScenarioError, match=rf"{path}: is not a value it can take .*allowed: a (whole )?number"):
        with_inputs(lab(), {input_called(path): value})


def test_a_contradiction_is_told_once_in_the_scenario_s_own_words():
    with pytest.raises(ScenarioError) as told:
        with_inputs(lab(), {input_called("vms.nonzero_gib"): 64})
    assert str(told.value) == "nonzero_gib is larger than memory_gib"


def test_a_name_that_is_none():
    with pytest.raises(UnknownNameError, match=r"no input is called 'nics\.sped'; known: nics\.count, "):
        input_called("nics.sped")


def test_today_is_one_value_or_none():
    assert input_called("nics.speed_gbps").today(lab()) == 25
    assert input_called("vms.memory_gib").today(lab()) is None
    assert input_called("network.cap_gbps").today(lab()) is None


def test_only_what_means_something_for_the_scenario_is_offered():
    offered = {one.path for one in inputs_of(lab())}
    assert not {one for one in offered if one.startswith(("switchover", "cluster", "host.vnic"))}
    assert "host.move_cap_mib_s" not in offered
    curve = {"memory_gib": 8, "dirty_curve": [{"seconds": 1, "dirty_mib": 50}]}
    assert not {"vms.dirty_rate_mib_s", "vms.working_set_gib"} & {one.path for one in inputs_of(lab(vms=[curve]))}
    clustered = {one.path for one in inputs_of(lab(cluster={}))}
    assert "cluster.max_parallel_migrations" in clustered
    assert "host.simultaneous" not in clustered  # the cluster's property overrides it
    kvm = Scenario.model_validate(
        {"platform": "qemu", "source": {"os": "9.2", "nics": [{"speed_gbps": 25}]}, "vms": [{"memory_gib": 8}]}
    )
    theirs = {one.path for one in inputs_of(kvm)}
    assert {"switchover.blackout_limit_ms", "host.move_cap_mib_s"} <= theirs
    assert "host.smb.limit_mib_s" not in theirs


def test_every_input_offered_can_be_read_and_set():
    described = lab(cluster={})
    for one in inputs_of(described):
        sizes = {"nics.mtu_bytes": 9000, "network.switch_mtu_bytes": 9000}
        value = sizes.get(one.path, 0.5 if one.share else 2)
        beside = {input_called("vms.dirty_rate_mib_s"): 100} if one.path == "vms.working_set_gib" else {}
        changed = with_inputs(described, {one: value, **beside})
        assert set(one.values_in(changed)) == {value}, one.path
        assert len(one.values_in(changed)) == len(one.values_in(described)) > 0
