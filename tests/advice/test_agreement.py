"""Numbers that must agree: a lone VM with its batch, luck in blackouts, unlike ends, one limit for all."""

from __future__ import annotations

import pytest

from advisor.advice import estimate, recommend
from advisor.domain.options import Transport
from advisor.domain.scenario import Scenario

LACP = {"kind": "lbfo", "mode": "lacp", "balancing": "transport_ports", "one_logical_switch": True}
BUSY = {"memory_gib": 55, "vcpus": 4, "dirty_rate_mib_s": 1000, "working_set_gib": 10}


def scenario(source: dict[str, object], vms: list[dict[str, object]], **more: object) -> Scenario:
    host = {"os": "2019", "cores": 32, "cpu_busy": 0.1}
    return Scenario.model_validate({"source": host | source, "vms": vms, **more})


@pytest.mark.parametrize("transport", [Transport.TCPIP, Transport.COMPRESSION, Transport.MULTICHANNEL])
def test_a_lone_vm_has_the_numbers_of_its_batch(transport: Transport) -> None:
    # Four connections hash over two members: luck decides, for the VM as for the batch.
    found = estimate(scenario({"nics": [{"count": 2, "speed_gbps": 10}], "team": LACP}, [BUSY]), transport)
    vm = found.vms[0]
    for quantile in ("p05", "p50", "p95"):
        assert getattr(vm.total_s, quantile) == pytest.approx(getattr(found.total_s, quantile), rel=1e-6)
        assert getattr(vm.blackout_ms, quantile) == pytest.approx(getattr(found.blackout_ms, quantile), rel=1e-6)


def test_bad_luck_with_a_team_lengthens_the_blackout_too() -> None:
    team = {"nics": [{"count": 2, "speed_gbps": 10}], "team": LACP}
    lucky, unlucky = (
        estimate(scenario({"nics": [{"count": count, "speed_gbps": 10}]}, [BUSY]), Transport.MULTICHANNEL)
        for count in (2, 1)
    )
    hashed = estimate(scenario(team, [BUSY]), Transport.MULTICHANNEL)
    assert lucky.blackout_ms.p95 < hashed.blackout_ms.p95 < unlucky.blackout_ms.p95


def test_the_longest_blackout_is_no_shorter_than_any_vms() -> None:
    found = estimate(
        scenario({"nics": [{"count": 2, "speed_gbps": 10}]}, [BUSY | {"count": 2}]), Transport.MULTICHANNEL
    )
    assert found.blackout_ms.p95 >= max(vm.blackout_ms.p95 for vm in found.vms)


@pytest.mark.parametrize(("transport", "rdma"), [(Transport.MULTICHANNEL, "none"), (Transport.RDMA, "iwarp")])
def test_four_nics_talk_to_one_of_four_times_the_speed(transport: Transport, rdma: str) -> None:
    four, one = ({"count": 4, "speed_gbps": 10, "rdma": rdma}, {"speed_gbps": 40, "rdma": rdma})
    vms: list[dict[str, object]] = [{"memory_gib": 64, "workload": "idle"}]
    alike = estimate(scenario({"nics": [four]}, vms), transport).total_s.p50
    for source, destination in ((four, one), (one, four)):
        unlike = scenario({"nics": [source]}, vms, destination={"os": "2019", "cores": 32, "nics": [destination]})
        assert estimate(unlike, transport).total_s.p50 == pytest.approx(alike, rel=0.25)


def test_the_clusters_limit_overrides_the_hosts_also_where_nobody_set_it() -> None:
    host = {"os": "2022", "simultaneous": 4, "nics": [{"count": 2, "speed_gbps": 25}]}
    alone = estimate(scenario(host, [{"memory_gib": 8, "count": 6}]))
    clustered = estimate(scenario(host, [{"memory_gib": 8, "count": 6}], cluster={}))
    assert (alone.simultaneous, clustered.simultaneous) == (4, 1)


def test_no_idle_core_slows_tcp_and_no_answer_takes_more_cores_than_are_idle() -> None:
    nics = [{"count": 2, "speed_gbps": 25}]
    idle, full = (
        estimate(scenario({"nics": nics, "cores": 24, "cpu_busy": busy}, [{"memory_gib": 128}]), Transport.MULTICHANNEL)
        for busy in (0.1, 0.97)
    )
    assert full.total_s.p50 > 2 * idle.total_s.p50
    assert full.limit.startswith("idle cores for TCP")
    assert full.cpu_cores.source <= 1.0
    for option in recommend(scenario({"nics": nics, "cores": 16, "cpu_busy": 0.5}, [{"memory_gib": 64}])).options:
        assert max(option.cpu_cores.source, option.cpu_cores.destination) <= 8.0


def test_windows_server_2012_walks_ten_passes() -> None:
    vm = {"memory_gib": 16, "dirty_rate_mib_s": 80, "working_set_gib": 8}
    older, newer = (
        estimate(scenario({"os": os, "nics": [{"speed_gbps": 1}]}, [vm]), Transport.TCPIP) for os in ("2012", "2012R2")
    )
    assert (older.passes, newer.passes) == (10, 5)


def test_published_rests_on_what_was_published() -> None:
    lab = {"os": "2012R2", "cores": 16, "cpu_busy": 0.05, "nics": [{"speed_gbps": 10}]}
    idle, busy = ({"memory_gib": 55, "workload": "idle"}, BUSY | {"dirty_rate_mib_s": 3000, "working_set_gib": 40})
    assert estimate(scenario(lab, [idle]), Transport.TCPIP).basis.value == "published"
    assert estimate(scenario(lab, [busy]), Transport.TCPIP).basis.value == "extrapolated"
    crowded = scenario(lab, [idle], network={"background_gbps": 9.5})
    assert estimate(crowded, Transport.TCPIP).basis.value == "extrapolated"
