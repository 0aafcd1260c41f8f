"""What a drain answers beside its times: states of nodes, windows, blockers, and checks with their commands."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from advisor.domain.drain import Check, DrainAnswer
from advisor.domain.fleet import SetAside
from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.fleet.drain import drain
from advisor.fleet.in_force import Asked, Wanted
from advisor.fleet.patch import patch
from advisor.reports import render_drain
from advisor.reports.fleet.runbook_words import drain_headline
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


def with_missed(inventory: Inventory, host: str, name: str = "z") -> Inventory:
    """The same with a VM on a host whose memory nobody knows."""
    place = [one.host for one in inventory.hosts].index(host)
    row = SetAside(
        file="vms.csv", line=4, sheet="", name=name, column="memory_gib", value="''",
        reason="its assigned memory is not known", mend="fill it in: memory is never guessed",
    )  # fmt: skip
    table = replace(next(inventory.tables()), missed=((place, row),))
    return Drawn(inventory.clusters[0], inventory.hosts, table).inventory


@pytest.mark.parametrize("mode", ["planned", "native"])
@pytest.mark.parametrize("vms", [[], [{}, {}]])
def test_a_running_vm_that_cannot_be_read_leaves_no_plan(mode: str, vms: list[dict[str, Any]]) -> None:
    inventory = with_missed(estate([{"host": 1}, *vms]), "hv1")
    answer = drained(inventory, mode=mode, goals=Goals(window_s=3600.0))
    assert (answer.feasible, answer.end_s, answer.window) == (False, None, "misses")
    assert len(answer.moves) == len(vms)
    assert answer.constraint == (
        "z is not in this plan: it may well run on hv1, and its row was set aside: memory_gib: its assigned memory is "
        "not known"
    )
    assert [(one.vm, one.node, one.why, one.blocks) for one in answer.blockers] == [("z", "hv1", "unread", True)]
    (check,) = checks(answer, "VMs that cannot leave")
    assert check.state == "no-go"
    assert "z: mend its row of the inventory and ask again" in check.text
    assert "nothing has to move" not in drain_headline(answer)
    assert "z" in drain_headline(answer)


def test_nothing_to_move_has_no_bound_to_tell_of() -> None:
    answer = drained(estate([{"host": 1}]))
    assert "nothing has to move" in drain_headline(answer)
    assert not any("ends before" in render_drain(answer, form) for form in ("table", "md", "html"))


def test_a_vm_without_a_name_is_told_by_its_line() -> None:
    (blocker,) = drained(with_missed(estate([{"host": 1}]), "hv1", name="")).blockers
    assert blocker.vm == "VM of vms.csv, line 4"


def test_a_vm_of_another_node_that_cannot_be_read_takes_room_that_nobody_knows() -> None:
    answer = drained(with_missed(estate([{}]), "hv2"))
    assert answer.feasible
    (check,) = checks(answer, "room beside z")
    assert check.state == "verify"
    down = drained(in_states(with_missed(estate([{}]), "hv2"), hv2="down"))
    assert not checks(down, "room beside z")


@pytest.mark.parametrize("blocked", [[], [{"device_assigned": 1.0}]])
def test_the_window_is_a_go_or_a_no_go(blocked: list[dict[str, Any]]) -> None:
    inventory = estate([{}] * 6 + blocked)
    for window_s, stands in ((5.0, "misses"), (3600.0, "meets")):
        answer = drained(inventory, goals=Goals(window_s=window_s))
        (check,) = checks(answer, "within the window")
        assert (check.when, check.state) == ("before", "go" if stands == "meets" else "no-go")
        assert (answer.window, answer.others_window) == (("misses", stands) if blocked else (stands, "none"))
        assert f"{'fits' if stands == 'meets' else 'misses'} the window of" in drain_headline(answer)


@pytest.mark.parametrize("blocked", [[], [{"device_assigned": 1.0}]])
def test_when_to_stop_agrees_with_the_window(blocked: list[dict[str, Any]]) -> None:
    inventory = estate([{"memory_gib": 2.0}] * 8 + blocked)
    (window,) = checks(drained(inventory, goals=Goals(window_s=3600.0)), "within the window")
    bad_case_s = float(re.findall(r"after ([\d.]+) s at p80", window.text)[0])
    for window_s in (bad_case_s * 1.01, bad_case_s * 1.5):
        answer = drained(inventory, goals=Goals(window_s=window_s))
        (check,) = checks(answer, "start no further moves: the rest")
        order, late_s, planned_s, rest_s = map(float, re.findall(
            r"if move (\d+) .* not over ([\d.]+) s after .*planned: ([\d.]+) s.* take ([\d.]+) s \(p80\)", check.text
        )[0])  # fmt: skip
        move = answer.moves[int(order) - 1]
        assert planned_s == pytest.approx(move.end_s.p50, rel=0.05)
        # A plan that goes as foreseen never tells to stop.
        assert move.end_s.p50 < late_s < window_s
        assert late_s + rest_s == pytest.approx(window_s, rel=0.05)
    missed = drained(inventory, goals=Goals(window_s=bad_case_s * 0.9))
    assert not checks(missed, "start no further moves: the rest")


def test_nothing_is_held_back_once_the_last_move_has_started() -> None:
    answer = drained(estate([{}, {}], simultaneous=2), goals=Goals(window_s=3600.0))
    assert not checks(answer, "start no further moves: the rest")


def test_a_link_as_tight_as_the_slots_is_named() -> None:
    # One move alone nearly fills the link: a second one at once gains next to nothing.
    inventory = estate([{"memory_gib": 64.0, "workload": "idle"}] * 6, simultaneous=1)
    one, more = drained(inventory), drained(inventory, wanted=Wanted(simultaneous=4))
    assert one.end_s is not None
    assert more.end_s is not None
    assert more.end_s.p50 > 0.95 * one.end_s.p50
    assert "Gbit/s" in one.limit
    small = drained(estate([{"memory_gib": 1.0, "workload": "idle"}] * 12, simultaneous=1, nic_gbps=100.0))
    assert small.limit == "the number of simultaneous moves"


def test_two_nodes_are_counted_in_words() -> None:
    (check,) = checks(drained(estate([{}], 2)), "are up") or checks(drained(estate([{}], 2)), "is up")
    assert check.text == "the other node is up"
    night = patch(estate([{}], 2), "c1", asked=Asked(reserve=0))
    assert any(check.text == "both nodes are up" for check in night.checks)


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
    # Of a group, the same cmdlet sets preferred owners.
    assert f"Get-ClusterGroup | where Name -eq '{name}' | Get-ClusterResource | Set-ClusterOwnerNode -Owners" in owned
