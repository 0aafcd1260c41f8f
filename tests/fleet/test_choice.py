"""The one setting of a cluster and what is changed beyond it: limits lifted, what a change costs, one fix a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.fleet.answers import answer
from advisor.fleet.ladder import Rung
from advisor.fleet.looked_up import rung_with_defaults_told
from advisor.fleet.settings import Settled, settle
from advisor.shipped import shipped_path
from tests.fleet.asked import Row, Told, answered, read, sorted_out, write_inventory, write_rows
from tests.fleet.estates import write_estate

BASE: Row = {
    "cpu_busy": 0.1,
    "memory_gib": 4096,
    "nic_count": 1,
    "power_plan": "balanced",
    "performance_option": "TCPIP",
}
TWO_AT_A_TIME: Row = {"cluster": "c1", "max_parallel_migrations": 2}
ROCE: Row = {"performance_option": "SMB", "nic_gbps": 25, "nic_count": 2, "rdma": "roce", "cpu_busy": 0.95}


def nodes(
    folder: Path, *hosts: Row, sizes: Sequence[float] = (32.0,) * 40, settings: Row = TWO_AT_A_TIME, **every: Any
) -> Inventory:
    """A cluster of nodes, two where none are named, the first of which has VMs of these sizes."""
    own = hosts or ({}, {})
    rows = [{**BASE, "host": f"h{i + 1}", "cluster": "c1", **every, **host} for i, host in enumerate(own)]
    vms = [{"vm": f"vm{i}", "host": "h1", "cluster": "c1", "memory_gib": size} for i, size in enumerate(sizes)]
    return read(write_inventory(folder, vms, rows, [settings]))


def told_of(folder: Path, window_s: float, *hosts: Row, **more: Any) -> Told:
    return answered(nodes(folder / "in", *hosts, **more), folder / "parts", window_s=window_s)


def disruptive(told: Told, at: int = 0) -> bool:
    return "(disruptive)" in told.clusters[at]["changes"]


# ---------------------------------------------------------------- limits on SMB


def test_a_hosts_own_limit_on_smb_is_lifted_where_that_helps(tmp_path: Path) -> None:
    told = told_of(tmp_path, 400, **ROCE, smb_limit_mib_s=50)
    host = told.hosts[0]
    assert host["window"] == "misses"
    assert host["helps_codes"] == "cap+transport"
    assert "SMB Direct" in host["helps"]
    without = told_of(tmp_path / "without", 400, **ROCE).hosts[0]
    assert host["helped_s_p50"] == pytest.approx(without["drain_s_p50"], rel=0.02)


def test_the_clusters_limit_binds_where_the_inventory_says_that_it_is_on(tmp_path: Path) -> None:
    host = {**ROCE, "performance_option": "SMB"}
    drained = {
        name: told_of(tmp_path / name, 36_000, settings={**TWO_AT_A_TIME, **limit}, **host).hosts[0]
        for name, limit in {
            "off": {"smb_limit_enabled": "false", "smb_limit_factor": 2500},
            "a quarter": {"smb_limit_enabled": "true", "smb_limit_factor": 2500},
            "nothing said": {},
        }.items()
    }
    quarter, off = drained["a quarter"], drained["off"]
    assert quarter["limit"] == "cap"
    assert off["limit"] == "link"
    # A quarter of 2 x 25 GbE against what the links carry, about 21 Gbit/s of memory a NIC.
    assert quarter["drain_s_p50"] > 2.5 * off["drain_s_p50"]
    # Nothing is taken to be in force where neither the limit nor what it needs is known: rule C03 says so.
    assert drained["nothing said"]["drain_s_p50"] == off["drain_s_p50"]


def test_rdma_that_is_off_is_switched_on_before_anything_is_bought(tmp_path: Path) -> None:
    off = told_of(tmp_path / "off", 300, **{**ROCE, "rdma_enabled": "false"}).hosts[0]
    assert off["window"] == "misses"
    assert off["helps_codes"] == "rdma_on"
    on = told_of(tmp_path / "on", 300, **ROCE).hosts[0]
    assert off["helped_s_p50"] == pytest.approx(on["drain_s_p50"], rel=0.02)


# ---------------------------------------------------------------- what a change costs


@pytest.mark.parametrize("window_s", [600.0, 3600.0])
def test_nothing_is_interrupted_where_the_window_is_met_without(tmp_path: Path, window_s: float) -> None:
    told = told_of(tmp_path, window_s, nic_count=2, performance_option="Compression", sizes=(8.0,) * 20)
    assert told.hosts[0]["window"] == "meets"
    assert told.clusters[0]["changes"] == ""
    assert told.clusters[0]["runner_up"]


def test_a_setting_is_changed_online_where_it_saves_a_third(tmp_path: Path) -> None:
    told = told_of(tmp_path, 36_000)
    assert told.clusters[0]["transport"] == "compression"
    assert told.clusters[0]["today_s_p50"] > 1.5 * told.clusters[0]["drain_s_p50"]
    assert not disruptive(told)


def test_what_interrupts_is_never_the_setting_but_what_helps_by_what_it_costs(tmp_path: Path) -> None:
    told = told_of(tmp_path, 400, nic_count=2)
    host, cluster = told.hosts[0], told.clusters[0]
    assert host["window"] == "misses"
    assert not disruptive(told)
    # A team alone is enough: neither jumbo frames nor the BIOS are touched, as tuning as a whole would.
    assert host["helps_codes"] == "team"
    assert host["helps"] == "the teaming of the migration NICs changed (Compression, 2 at a time, in a Dynamic team)"
    assert cluster["helps"] == host["helps"]
    assert host["helped_s_p50"] < 400
    assert "no other setting that was weighed" in cluster["why"]
    assert cluster["runner_up_why"].startswith("misses the window on 1 of 2 hosts: ")


def test_where_every_setting_misses_nothing_is_interrupted_that_the_fix_does_not_need(tmp_path: Path) -> None:
    told = told_of(tmp_path, 150, nic_count=2)
    assert told.hosts[0]["window"] == "misses"
    assert not disruptive(told)


@pytest.mark.parametrize(("pairs", "interrupts"), [(1, False), (20, True)])
def test_without_a_window_nothing_is_interrupted_for_a_few_seconds(
    tmp_path: Path, pairs: int, interrupts: bool
) -> None:
    sizes = (16.0, 24.0) * pairs
    folder = tmp_path / "in"
    folder.mkdir()
    write_rows(folder / "vms.csv", [{"vm": f"vm{i}", "host": "h1", "memory_gib": own} for i, own in enumerate(sizes)])
    told = answered(read(folder), tmp_path / "parts")
    saved_s = told.clusters[0]["today_s_p50"] - told.clusters[0]["drain_s_p50"]
    assert disruptive(told) == interrupts == (saved_s > 5)


def test_without_a_window_no_change_makes_the_drain_longer_at_the_risk(tmp_path: Path) -> None:
    # Four at a time are a little faster in the median here, and much slower where the database is as busy as it may be.
    inventory = read(shipped_path("data", "examples", "inventories", "small"))
    told = answered(inventory, tmp_path / "parts", curves=False)
    branch = next(row for row in told.clusters if row["cluster"] == "branch")
    assert (branch["setting"], branch["changes"]) == ("Compression", "")
    sorted_, goals = sorted_out(inventory), Goals()
    settled = settle(sorted_, goals)
    as_it_is = Settled(tuple(chosen and replace(chosen, best=chosen.today) for chosen in settled.chosen))
    taken, today = (answer(sorted_, one, goals.risk, sorted_).drain[3] for one in (settled, as_it_is))
    for group in sorted_.groups:
        assert np.nansum(taken[group.hosts]) <= np.nansum(today[group.hosts])


def test_a_default_is_not_changed_without_saying_that_it_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_rows(folder / "vms.csv", [{"vm": f"vm{i}", "host": "h1", "memory_gib": 32} for i in range(20)])
    told = answered(read(folder), tmp_path / "parts")
    changes = told.clusters[0]["changes"].split("; ")
    assert any("Jumbo" in change for change in changes)
    assert all("a default: look up" in change for change in changes)
    late = answered(read(folder), tmp_path / "late", window_s=100.0)
    assert "; look up " in late.hosts[0]["helps"]


def test_what_is_known_needs_no_looking_up() -> None:
    rung = Rung(("power", "nic_25"), 85.0, "TCP/IP, 2 at a time", ("tcpip", 2, False))
    assert rung_with_defaults_told(rung, ["os", "mtu_bytes"]) is rung
    assert rung_with_defaults_told(rung, ["nic_gbps"]).setting.endswith("look up nic_gbps first: a default")


def test_rdma_that_meets_the_window_stays_as_it_is(tmp_path: Path) -> None:
    told = told_of(tmp_path, 600, settings={"cluster": "c1", "max_parallel_migrations": 1}, **ROCE)
    assert (told.clusters[0]["setting"], told.clusters[0]["changes"]) == ("SMB Direct", "")
    # More moves at once would save little; where the window needs them they are told.
    short = told.hosts[0]["drain_s_p95"] * 0.9
    assert told_of(tmp_path / "short", short, **ROCE).clusters[0]["simultaneous"] > 1


def test_new_nics_with_rdma_ask_whether_todays_have_it() -> None:
    rung = Rung(("rdma_25",), 100.0, "SMB Direct, 2 at a time", ("rdma", 2, False))
    assert rung_with_defaults_told(rung, ["rdma"]).setting.endswith("look up rdma first: a default")


def test_conditions_are_told_by_their_titles(tmp_path: Path) -> None:
    (cluster, *_) = told_of(tmp_path, 36_000).clusters
    assert cluster["why"].startswith("Conditions: ")
    assert "Q03 (Live migration travels unencrypted" in cluster["why"]


def test_what_differs_between_hosts_is_told_by_their_names(tmp_path: Path) -> None:
    options = ("TCPIP", "TCPIP", "TCPIP", "TCPIP", "SMB")
    hosts = [{"performance_option": option, "simultaneous": 1 + i, "os": "2019"} for i, option in enumerate(options)]
    hosts[4]["mtu_bytes"] = 9000
    told = answered(nodes(tmp_path / "in", *hosts, nic_gbps=1, nic_count=2), tmp_path / "parts").clusters[0]["changes"]
    now = "SMB on h5, TCP/IP on h1, h2, h3 and 1 more"
    assert told.startswith(f"Live migration performance option: {now} -> Compression on every host (online); ")
    assert "Jumbo frames on every migration NIC and the switch ports between: on some of them -> " in told
    limits = [{"host": f"h{i}", "cluster": "c1", "os": "2019", "simultaneous": i} for i in (1, 2, 4)]
    vms = [{"vm": f"vm{i}", "host": f"h{1 << i % 3}", "cluster": "c1", "memory_gib": 16} for i in range(60)]
    inventory = read(write_inventory(tmp_path / "limits", vms, limits))
    told = answered(inventory, tmp_path / "more", window_s=60.0).clusters[0]["changes"]
    assert "Simultaneous live migrations: 1 to 4, by host -> 2" in told


# ---------------------------------------------------------------- NICs


def test_a_second_nic_brings_the_team_it_needs(tmp_path: Path) -> None:
    told = told_of(tmp_path, 400)
    host = told.hosts[0]
    assert host["helps_codes"] == "second_nic"
    assert "over 2 x 10 GbE on every host, in a Dynamic team" in host["helps"]
    assert host["helped_s_p50"] < 0.75 * host["drain_s_p50"]
    # The curve tells the same of two NICs as the change does.
    (two,) = [row for row in told.curves if (row["nic_gbps"], row["nic_count"]) == (10, 2)]
    assert (two["drain_s_p50"], two["drain_s_p95"]) == (host["helped_s_p50"], host["helped_s_p95"])


def test_several_faster_nics_are_tried_together(tmp_path: Path) -> None:
    host = told_of(tmp_path, 200).hosts[0]
    assert {"second_nic", "nic_25"} <= set(host["helps_codes"].split("+"))
    assert "over 2 x 25 GbE" in host["helps"]


@pytest.mark.parametrize(("count", "told_nics"), [(1, "1 x 10 GbE"), (2, "2 x 10 GbE"), (4, "2 x 10 GbE")])
def test_slow_nics_are_first_replaced_by_10_gbe(tmp_path: Path, count: int, told_nics: str) -> None:
    host = told_of(tmp_path, 600, nic_gbps=1, nic_count=count, sizes=(32.0,) * 20).hosts[0]
    assert "nic_10" in host["helps_codes"].split("+")
    assert f"over {told_nics}" in host["helps"]


# ---------------------------------------------------------------- one fix a cluster


def test_hosts_of_a_cluster_are_helped_by_one_change(tmp_path: Path) -> None:
    told = answered(
        read(write_estate(tmp_path / "in", 3_000, seed=5, hosts=60)), tmp_path / "parts", window_s=60.0, curves=False
    )
    seen = 0
    for cluster in told.clusters:
        own = [host for host in told.hosts if host["cluster"] == cluster["cluster"] and host["window"] == "misses"]
        helps = {host["helps"] for host in own if host["helps_codes"]}
        seen += len([host for host in own if host["helps_codes"]]) > 1
        assert len(helps) <= 1
    assert seen


def test_a_cluster_tells_what_helps_most_of_its_hosts_and_why_the_others_get_nothing(tmp_path: Path) -> None:
    hosts: list[dict[str, Any]] = [{**BASE, "host": f"h{i}", "cluster": "c1", "nic_gbps": 1} for i in (1, 2)]
    vms = [
        {"vm": f"{host}-{i}", "host": host, "cluster": "c1", "memory_gib": size}
        for host, count, size in (("h1", 60, 8), ("h2", 400, 2))
        for i in range(count)
    ]
    told = answered(
        read(write_inventory(tmp_path / "in", vms, hosts, [TWO_AT_A_TIME])), tmp_path / "parts", window_s=240.0
    )
    first, second = told.hosts
    assert first["helps_codes"]
    assert not second["helps_codes"]
    of_two = "1 of 2 hosts that miss: "
    assert told.clusters[0]["helps"] == f"{of_two}{first['helps']}. {of_two}{second['helps']}"


def test_no_transport_alone_is_a_fix_that_the_choice_turned_down(tmp_path: Path) -> None:
    """What would serve all hosts by an online change of the setting is the setting."""
    told = answered(
        read(write_estate(tmp_path / "in", 3_000, seed=3, hosts=60)), tmp_path / "parts", window_s=200.0, curves=False
    )
    assert told.summary.hosts_missing
    assert "transport" not in told.summary.helped_by


def test_what_helps_one_host_makes_no_other_miss(tmp_path: Path) -> None:
    # h1 has too little idle CPU for Compression, h2 has plenty and a window that TCP/IP does not meet.
    folder = tmp_path / "in"
    hosts = [{**BASE, "host": f"h{i + 1}", "cluster": "c1", "performance_option": "Compression", "nic_gbps": 10,
              "cpu_busy": busy} for i, busy in enumerate((0.97, 0.05))]  # fmt: skip
    vms = [
        {"vm": f"{host}-{i}", "host": host, "cluster": "c1", "memory_gib": 32}
        for host, count in (("h1", 12), ("h2", 30))
        for i in range(count)
    ]
    told = answered(read(write_inventory(folder, vms, hosts, [TWO_AT_A_TIME])), tmp_path / "parts", window_s=700.0)
    (late,) = [host for host in told.hosts if host["window"] == "misses"]
    assert late["host"] == "h1"
    # TCP/IP is all that h1 needs by itself, and is not told: h2 would miss then.
    alone = answered(
        read(write_inventory(tmp_path / "alone", vms[:12], hosts, [TWO_AT_A_TIME])), tmp_path / "own", window_s=700.0
    )
    assert (alone.hosts[0]["window"], alone.clusters[0]["transport"]) == ("meets", "tcpip")
    assert late["helps_codes"]
    assert "TCP/IP" not in late["helps"]
