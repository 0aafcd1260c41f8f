"""Scenarios drawn by Hypothesis: anything a user may describe, of sizes that are quick to walk."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from advisor.domain.hosts import WINDOWS, Balancing, PowerPlan, Rdma
from advisor.domain.scenario import Scenario
from advisor.domain.shipped_tables import load_workloads

maybe = st.none() | st.booleans()


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of these keys."""
    return st.fixed_dictionaries({}, optional=fields)


nics = st.builds(
    lambda speed, more: {"speed_gbps": speed, **more},
    st.sampled_from([0.1, 1, 10, 25, 100]),
    some(
        count=st.integers(1, 4),
        mtu_bytes=st.sampled_from([1500, 4088, 9000]),
        rdma=st.sampled_from(list(Rdma)),
        rdma_enabled=maybe,
        rss=maybe,
        rss_queues=st.sampled_from([None, 1, 8]),
        pfc=maybe,
        ets=maybe,
        vlan_id=st.sampled_from([None, 0, 711]),
    ),
)
teams = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["lbfo", "set"]),
        "mode": st.sampled_from(["switch_independent", "static", "lacp"]),
        "balancing": st.sampled_from(list(Balancing)),
        "switch_hashes_ports": maybe,
    }
)
hosts = st.builds(
    lambda os, kinds, more: {"os": os, "nics": kinds, **more},
    st.sampled_from(list(WINDOWS)),
    st.lists(nics, min_size=1, max_size=2),
    some(
        cores=st.integers(1, 64),
        cpu_busy=st.floats(0, 1),
        team=st.none() | teams,
        vnic=st.none() | some(count=st.integers(1, 3), rdma_enabled=maybe, team_mapped=maybe),
        power=some(plan=st.sampled_from([None, *PowerPlan]), c_states=maybe),
        smb=some(
            multichannel=st.booleans(),
            encryption=maybe,
            limit_mib_s=st.none() | st.floats(0, 5000),
            limit_feature=maybe,
        ),
        performance_option=st.sampled_from([None, "TCPIP", "Compression", "SMB"]),
        simultaneous=st.none() | st.integers(1, 8),
    ),
)
vms = st.builds(
    lambda memory, more, dirty: {"memory_gib": memory, **more, **dirty},
    st.floats(0.25, 256),
    some(
        count=st.integers(1, 3),
        vcpus=st.integers(1, 64),
        compression_ratio=st.floats(1, 20),
        dirty_pattern=st.sampled_from(["uniform", "sequential", "hot_cold"]),
    ),
    some(workload=st.sampled_from(sorted(load_workloads())))
    | some(dirty_rate_mib_s=st.floats(0, 20_000))
    | st.just({"dirty_curve": [{"seconds": 1, "dirty_mib": 100}, {"seconds": 9, "dirty_mib": 150}]}),
)
goals = some(
    goal=st.sampled_from(["time", "blackout", "cpu", "network"]),
    max_blackout_s=st.none() | st.floats(0.1, 100),
    window_s=st.none() | st.floats(1, 10_000),
    risk=st.sampled_from(["conservative", "balanced", "aggressive"]),
)
networks = some(
    background_gbps=st.floats(0, 50),
    migration_share=st.none() | st.floats(0.01, 1),
    cap_gbps=st.none() | st.floats(0.01, 50),
    switch_mtu_bytes=st.sampled_from([None, 1500, 9216]),
)
clusters = st.none() | some(
    max_parallel_migrations=st.none() | st.integers(1, 4),
    smb_limit_enabled=maybe,
    smb_limit_factor=st.integers(0, 10_000),
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A pair of hosts, alike or not, or a small cluster, with one or two kinds of VM."""
    fields: dict[str, Any] = {
        "vms": draw(st.lists(vms, min_size=1, max_size=2)),
        "goals": draw(goals),
        "network": draw(networks),
        "cluster": draw(clusters),
    }
    for index, vm in enumerate(fields["vms"]):
        vm["name"] = f"vm-{index}"
    if draw(st.booleans()):
        fields["source"] = draw(hosts)
        fields["destination"] = draw(st.none() | hosts)
    else:
        fields["nodes"] = [{**draw(hosts), "name": f"node-{n}"} for n in range(draw(st.integers(2, 3)))]
        for vm in fields["vms"]:
            vm["host"] = draw(st.sampled_from([None, *(node["name"] for node in fields["nodes"])]))
    return Scenario.model_validate(fields)
