"""What a drain answers beside its times: states of nodes, windows, blockers, and checks with their commands."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.domain.drain import Check, DrainAnswer
from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.fleet.drain import drain
from advisor.fleet.in_force import Asked
from tests.fleet.drawn_clusters import Drawn
from tests.fleet.test_drain import estate


def drained(inventory: Inventory, host: str = "hv1", mode: str = "planned", **asked: Any) -> DrainAnswer:
    return drain(inventory, host, mode=mode, asked=Asked(**{"reserve": 0, **asked}))


def in_states(inventory: Inventory, **states: str) -> Inventory:
    """The same with some nodes down or paused."""
    hosts = tuple(one.model_copy(update={"state": states.get(one.host, one.state)}) for one in inventory.hosts)
    return Drawn(inventory.clusters[0], hosts, next(inventory.tables())).inventory


def checks(answer: DrainAnswer, words: str) -> list[Check]:
    return [check for check in answer.checks if words in check.text]


@pytest.mark.parametrize("state", ["down", "paused"])
@pytest.mark.parametrize("mode", ["planned", "native"])
def test_an_empty_node_whose_others_are_not_up_has_nowhere_to_send_vms(state: str, mode: str) -> None:
    answer = drained(in_states(estate([{"host": 1}], 2), hv2=state), mode=mode)
    assert answer.moves == ()
    (check,) = checks(answer, "no other node is")
    assert check.state == "no-go"


@pytest.mark.parametrize("mode", ["planned", "native"])
def test_a_vm_without_another_node_is_told_so(mode: str) -> None:
    answer = drained(in_states(estate([{}], 2), hv2="down"), mode=mode)
    (blocker,) = answer.blockers
    assert blocker.reason == "no other node is up"
    assert blocker.mend.startswith("bring another node up")
    assert "owner" not in blocker.reason + blocker.mend


@pytest.mark.parametrize("mode", ["planned", "native"])
def test_a_node_that_is_down_has_nothing_to_drain(mode: str) -> None:
    answer = drained(in_states(estate([{}, {"local_iso": 1.0}]), hv1="down"), mode=mode, goals=Goals(window_s=3600.0))
    assert not answer.feasible
    assert answer.constraint.startswith("hv1 is down")
    assert (answer.end_s, answer.moves, answer.blockers, answer.window) == (None, (), (), "misses")
    assert checks(answer, "hv1 is down")[0].state == "no-go"


def test_a_node_that_is_paused_is_looked_at_first() -> None:
    answer = drained(in_states(estate([{}]), hv1="paused"))
    assert answer.feasible
    (check,) = checks(answer, "paused already")
    assert (check.when, check.state) == ("before", "verify")
    assert not checks(drained(estate([{}])), "paused already")


@pytest.mark.parametrize("mode", ["planned", "native"])
def test_a_drain_without_a_plan_has_no_end_and_misses_its_window(mode: str) -> None:
    # 96 GiB where 60 are free: whatever is moved first, some VM stays.
    answer = drained(estate([{"memory_gib": 32.0}] * 3, 2, memory_gib=64.0), mode=mode, goals=Goals(window_s=7200.0))
    assert not answer.feasible
    assert answer.end_s is None
    assert answer.window == "misses"
    assert "no plan" in " ".join(check.text for check in answer.checks) or answer.blockers


def test_blockers_name_the_node_that_they_are_to_leave() -> None:
    answer = drained(estate([{"host": 1, "local_iso": 1.0}, {"host": 1}]), "hv2")
    assert [(one.vm, one.node) for one in answer.blockers] == [("vm1", "hv2")]


def test_the_first_move_is_timed_alone() -> None:
    # Eight share the link; the one that is moved before them has it to itself.
    together = drained(estate([{"memory_gib": 32.0}] * 8, nic_gbps=25.0, simultaneous=4))
    alone = drained(estate([{"memory_gib": 32.0}], nic_gbps=25.0, simultaneous=4))
    (check,) = checks(together, " alone: ")
    (other,) = checks(alone, " alone: ")
    assert check.text.partition(":")[2] == other.text.partition(":")[2]
    assert alone.end_s is not None
    assert f"about {alone.end_s.p50:.0f} s" in other.text


def test_vms_that_are_off_are_told_to_be_moved_too() -> None:
    (check,) = checks(drained(estate([{}])), "VMs that are off")
    assert check.when == "after"
    assert "where State -eq Offline | Move-ClusterGroup" in check.how


@pytest.mark.parametrize("name", ["*all*", "web[01]", "a`?"])
def test_a_name_with_wildcards_means_no_other_vm(name: str) -> None:
    # Names of Hyper-V and cluster cmdlets may hold wildcards; a comparison by -eq has none.
    vms = [{"vm": name, "local_iso": 1.0}, {"vm": name, "possible_owners": ("hv9",)}]
    ejected, owned = (blocker.mend for blocker in drained(estate(vms)).blockers)
    assert f"Get-VM | where Name -eq '{name}' | Get-VMDvdDrive" in ejected
    assert f"Get-ClusterGroup | where Name -eq '{name}' | Set-ClusterOwnerNode" in owned
