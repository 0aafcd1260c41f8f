"""A batch over one host or one cluster answers what `estimate` and `recommend` answer of the same hosts and VMs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor import estimate, recommend
from advisor.domain.answers import Interval
from advisor.domain.inventory import Inventory
from advisor.domain.scenario import Scenario
from advisor.domain.vms import Vm
from advisor.fleet.assumed import assumed_from
from advisor.fleet.facts import cluster_of, completed, host_of
from advisor.fleet.forecasts import forecast
from advisor.fleet.own_times import OwnTimes, own_times
from tests.fleet.asked import Row, answered, read, sorted_out, write_inventory
from tests.fleet.estates import HARDWARE

WORKLOADS = ("typical", "idle", "web", "sql_server", "file_server", "vdi", "database_oltp")
SHARES = (0.05, 0.5, 0.95)
# With several outcomes of luck the walk is of the likeliest alone: the others' drains are of the sums, mended by the
# likeliest's ratio of walk to sums.
HOSTS: dict[str, tuple[Row, bool]] = {
    "one NIC": ({"nic_count": 1}, False),
    "1 GbE": ({"nic_gbps": 1, "performance_option": "SMB"}, False),
    "compression": ({"performance_option": "Compression"}, False),
    "compression, busy": ({"performance_option": "Compression", "cpu_busy": 0.75, "power_plan": "balanced"}, False),
    "multichannel": ({"performance_option": "SMB"}, False),
    "iwarp": ({"performance_option": "SMB", "rdma": "iwarp", "nic_gbps": 25, "mtu_bytes": 9000}, False),
    "roce": ({"performance_option": "SMB", "rdma": "roce", "nic_gbps": 100}, False),
    "address hash": ({"team": "lbfo", "balancing": "transport_ports", "nic_count": 4}, True),
    "compression, few cores": (
        {"performance_option": "Compression", "os": "2012R2", "cores": 12, "team": "lbfo", "balancing": "dynamic"},
        True,
    ),
}


def drawn(seed: int, count: int, host: str) -> list[dict[str, Any]]:
    """VMs that differ in everything that is looked at, largest first."""
    rng = random.Random(seed)
    vms = [
        {
            "vm": f"{host}-{i:03}", "host": host, "cluster": "c1", "memory_gib": rng.choice([1, 2, 4, 8, 16, 32, 64]),
            "vcpus": rng.choice([2, 4, 8]), "workload": rng.choice(WORKLOADS),
        }
        for i in range(count)
    ]  # fmt: skip
    return sorted(vms, key=lambda vm: -vm["memory_gib"])


def scenario_of(inventory: Inventory, vms: Sequence[Row], *, nodes: bool) -> Scenario:
    """The same as a scenario: its hosts, and its VMs in the order in which a batch starts them."""
    assumed = assumed_from(())
    hosts = tuple(host_of(completed(host, assumed)[0]) for host in inventory.hosts)
    moving = tuple(
        Vm(
            name=vm["vm"],
            memory_gib=vm["memory_gib"],
            vcpus=vm["vcpus"],
            workload=vm["workload"],
            host=vm["host"] if nodes else None,
        )
        for vm in vms
    )
    cluster, network = cluster_of(None, assumed)
    if nodes:
        return Scenario(nodes=hosts, vms=moving, cluster=cluster, network=network)
    return Scenario(source=hosts[0], destination=hosts[1], vms=moving, cluster=cluster, network=network)


def as_things_are(inventory: Inventory) -> OwnTimes:
    """Times of the first host's VMs under what is in force."""
    sorted_ = sorted_out(inventory)
    ((kind, _),) = sorted_.kinded.cells
    today = {0: kind.today}
    return own_times(sorted_.hosted, sorted_.kinded, today, forecast(sorted_.hosted, sorted_.kinded, today))


def three(interval: Interval) -> list[float]:
    return [interval.p05, interval.p50, interval.p95]


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 2, 4])
@pytest.mark.parametrize("name", list(HOSTS))
def test_times_of_one_host_are_those_of_an_estimate(name: str, limit: int, tmp_path: Path) -> None:
    fields, has_luck = HOSTS[name]
    vms = drawn(limit, 12, "hv1")
    hosts = [
        {"host": host, "cluster": "c1", **fields, "os": "2012R2" if "os" in fields else "2019"}
        for host in ("hv1", "hv2")
    ]
    inventory = read(write_inventory(tmp_path / "in", vms, [{**host, "simultaneous": limit} for host in hosts]))
    found, told = as_things_are(inventory), estimate(scenario_of(inventory, vms, nodes=False))
    assert told.simultaneous == limit

    # The middle is the same walk from event to event: it is equal, VM by VM.
    expected = np.array([three(vm.total_s) for vm in told.vms]).T
    dark = np.array([three(vm.blackout_ms) for vm in told.vms]).T / 1000.0
    near = 0.20 if has_luck else 1e-6
    assert found.total.quantile(0.5) == pytest.approx(expected[1], rel=near)
    assert found.dark.quantile(0.5) == pytest.approx(dark[1], rel=near)
    drain = [float(found.drain.quantile(share)[0]) for share in SHARES]
    assert drain[1] == pytest.approx(told.total_s.p50, rel=0.08 if has_luck else 1e-6)

    # How far it reaches is of sums: factors of the rate are put together before the passes are walked, and a VM's own
    # passes are bent at a fixed number of moves beside it, where the walk changes who runs beside whom.
    assert drain[0] == pytest.approx(told.total_s.p05, rel=0.25)
    assert drain[2] == pytest.approx(told.total_s.p95, rel=0.25)
    for i, share in ((0, 0.05), (2, 0.95)):
        own = found.total.quantile(share) / expected[i]
        assert np.median(own) == pytest.approx(1.0, abs=0.30)
        assert (own > 0.35).all()
        assert (own < 2.9).all()
        assert np.median(found.dark.quantile(share) / dark[i]) == pytest.approx(1.0, abs=0.30)


def parts(setting: str) -> tuple[str, str]:
    """A setting's transport with its tuning, and its limit."""
    words, _, limit = setting.partition(", ")
    return words, limit


@pytest.mark.slow
@pytest.mark.parametrize("hardware", HARDWARE, ids=lambda one: f"{one[0]} {one[3]}x{one[2]} {one[5]} {one[6]} {one[9]}")
def test_a_cluster_is_recommended_what_a_scenario_of_it_is(hardware: Sequence[Any], tmp_path: Path) -> None:
    names = (
        "os", "cores", "nic_gbps", "nic_count", "mtu_bytes", "rdma", "team", "balancing", "power_plan",
        "performance_option",
    )  # fmt: skip
    fields = {name: value for name, value in zip(names, hardware, strict=True) if value is not None}
    hosts = [
        {"host": f"hv{i}", "cluster": "c1", "simultaneous": 1 + HARDWARE.index(tuple(hardware)) % 2, **fields}
        for i in range(2)
    ]
    vms = [vm for i in range(2) for vm in drawn(i, 8, f"hv{i}")]
    inventory = read(write_inventory(tmp_path / "in", vms, hosts))
    (cluster,) = answered(inventory, tmp_path / "parts").clusters
    told = recommend(scenario_of(inventory, vms, nodes=True))
    assert told.recommended is not None
    # A batch offers no new hardware as a setting: that is its sizing answer. Here none is recommended.
    assert told.recommended.tier.value != "hardware"
    (setting, limit), (expected, its_limit) = parts(cluster["setting"]), parts(told.recommended.label)
    assert setting == expected
    by_label = {option.label: option for option in told.options}
    if limit == its_limit:
        assert cluster["all_hosts_s_p50"] == pytest.approx(told.recommended.total_s.p50, rel=0.05)
    elif cluster["setting"] in by_label:
        # Options are weighed by sums, to which 4, 8 and 16 at a time are much the same: the limit may be another one.
        assert by_label[cluster["setting"]].total_s.p50 <= 1.25 * told.recommended.total_s.p50
    assert cluster["verdict"] == told.recommended.verdict.value
    # Both drain one host after another, over a ring of nodes.
    assert cluster["all_hosts_s_p50"] <= 1.25 * told.recommended.total_s.p50
