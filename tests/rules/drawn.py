"""Scenarios drawn over the whole field domain, unknowns included, for what must be true of every case."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from advisor.domain.hosts import QEMU, WINDOWS, Balancing, Rdma
from tests.rules.cases import Fields

# The fields whose None means "not known", and the values they may turn out to have.
NIC_UNKNOWNS: dict[str, tuple[Any, ...]] = {
    "rss": (True, False),
    "rss_queues": (1, 8),
    "pfc": (True, False),
    "ets": (True, False),
    "vlan_id": (0, 711),
    "subnet": ("10.71.1.0/24", "10.71.2.0/24"),
    "model": ("CX5", "CX6"),
    "driver": ("24.1", "25.1"),
    "inbox_driver": (True, False),
    "shared_with_vms": (True, False),
}
SMB_UNKNOWNS: dict[str, tuple[Any, ...]] = dict.fromkeys(
    ("encryption", "signing", "compression", "constrained", "limit_feature"), (True, False)
)
HOST_UNKNOWNS: dict[str, tuple[Any, ...]] = {
    "updated": ("2022-08", "2022-09"),
    "cpu_vendor": ("intel", "amd"),
    "cpu_features": ("Ice Lake", "Skylake"),
    "authentication": ("credssp", "kerberos"),
    "credential_guard": (True, False),
    "qos_minimum_bandwidth": (True, False),
}
NETWORK_UNKNOWNS: dict[str, tuple[Any, ...]] = {
    "isolated": (True, False),
    "crosses_sites": (True, False),
    "networks_ordered": (True, False),
    "switch_mtu_bytes": (1500, 9216),
    "migration_share": (0.05, 0.5),
}
CLUSTER_UNKNOWNS: dict[str, tuple[Any, ...]] = {"network_atc": (True, False), "smb_limit_enabled": (True, False)}
VM_UNKNOWNS: dict[str, tuple[Any, ...]] = {"config_version": (4.0, 9.0, 10.0), "processor_compatibility": (True, False)}
TEAM_UNKNOWNS: dict[str, tuple[Any, ...]] = {"one_logical_switch": (True, False), "switch_hashes_ports": (True, False)}
VNIC_UNKNOWNS: dict[str, tuple[Any, ...]] = {"rdma_enabled": (True, False), "team_mapped": (True, False)}


def values(unknowns: dict[str, tuple[Any, ...]], *, known: bool) -> st.SearchStrategy[Fields]:
    """Every field with a value, or each perhaps None."""
    return st.fixed_dictionaries(
        {name: st.sampled_from(choices if known else (None, *choices)) for name, choices in unknowns.items()}
    )


def _merged(*parts: st.SearchStrategy[Fields]) -> st.SearchStrategy[Fields]:
    return st.tuples(*parts).map(lambda drawn: {key: value for part in drawn for key, value in part.items()})


def _hosts(*, known: bool) -> st.SearchStrategy[Fields]:
    nic = _merged(
        st.fixed_dictionaries(
            {
                "count": st.sampled_from([1, 2, 9]),
                "speed_gbps": st.sampled_from([0.1, 1.0, 10.0, 25.0]),
                "mtu_bytes": st.sampled_from([1500, 9000]),
                "rdma": st.sampled_from(list(Rdma)),
                "rdma_enabled": st.sampled_from([True, False]),
            }
        ),
        values(NIC_UNKNOWNS, known=known),
    )
    other = nic.map(lambda fields: {**fields, "name": "other", "selected": False})
    team = _merged(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["lbfo", "set"]),
                "mode": st.sampled_from(["switch_independent", "static", "lacp"]),
                "balancing": st.sampled_from(list(Balancing)),
                "of_vnics": st.booleans(),
            }
        ),
        values(TEAM_UNKNOWNS, known=known),
    )
    vnic = _merged(st.fixed_dictionaries({"count": st.integers(1, 3)}), values(VNIC_UNKNOWNS, known=known))
    smb = _merged(
        st.fixed_dictionaries({"multichannel": st.booleans(), "limit_mib_s": st.sampled_from([None, 0.5, 750.0])}),
        values(SMB_UNKNOWNS, known=known),
    )
    return _merged(
        st.fixed_dictionaries(
            {
                "os": st.sampled_from(list(WINDOWS)),
                "nics": st.tuples(nic, st.lists(nic, max_size=1), st.lists(other, max_size=1)).map(
                    lambda kinds: [kinds[0], *kinds[1], *kinds[2]]
                ),
                "team": st.none() | team,
                "vnic": st.none() | vnic,
                "smb": smb,
                "cpu_busy": st.sampled_from([0.1, 0.7]),
                "power": st.sampled_from([{"plan": "balanced"}, {"plan": "high_performance", "c_states": False}]),
                "performance_option": st.sampled_from([None, "TCPIP", "Compression", "SMB", "RDMA", "SMBTransport"]),
                "simultaneous": st.sampled_from([None, 1, 2, 6]),
            }
        ),
        values(HOST_UNKNOWNS, known=known),
    )


def scenarios(*, known: bool = False) -> st.SearchStrategy[Fields]:
    """Fields of a scenario: two hosts, the network, perhaps a cluster, one kind of VM."""
    cluster = _merged(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["domain", "workgroup"]),
                "max_parallel_migrations": st.sampled_from([None, 1, 4]),
                "virtual_nodes": st.booleans(),
            }
        ),
        values(CLUSTER_UNKNOWNS, known=known),
    )
    vm = _merged(
        st.fixed_dictionaries(
            {
                "memory_gib": st.just(16),
                "count": st.integers(1, 6),
                "dynamic_compatibility": st.booleans(),
                "move": st.sampled_from(["memory", "memory_and_storage"]),
            }
        ),
        values(VM_UNKNOWNS, known=known),
    )
    return st.fixed_dictionaries(
        {
            "source": _hosts(known=known).map(lambda host: {**host, "name": "HV1"}),
            "destination": _hosts(known=known).map(lambda host: {**host, "name": "HV2"}),
            "network": values(NETWORK_UNKNOWNS, known=known),
            "cluster": st.none() | cluster,
            "vms": vm.map(lambda one: [one]),
        }
    )


# QEMU's own: the fields its rules read and that may not be known.
LINUX_UNKNOWNS: dict[str, tuple[Any, ...]] = {
    "cpu_vendor": ("intel", "amd"),
    "cpu_features": ("Sapphire Rapids", "Milan"),
    "tls": (True, False),
    "locked_memory": (True, False),
    "move_cap_mib_s": (0, 128, 4000),
}
LINUX_NIC_UNKNOWNS: dict[str, tuple[Any, ...]] = {"shared_with_vms": (True, False)}
LINUX_NETWORK_UNKNOWNS: dict[str, tuple[Any, ...]] = {"isolated": (True, False), "switch_mtu_bytes": (1500, 9216)}
LINUX_VM_UNKNOWNS: dict[str, tuple[Any, ...]] = {
    "machine_type": ("pc-q35-8.2", "pc-q35-10.1", "q35"),
    "cpu_model": ("host-passthrough", "EPYC-Milan"),
}
LINUX_TEAM_UNKNOWNS: dict[str, tuple[Any, ...]] = {"switch_hashes_ports": (True, False)}


def _linux_hosts(*, known: bool) -> st.SearchStrategy[Fields]:
    nic = _merged(
        st.fixed_dictionaries(
            {
                "count": st.sampled_from([1, 2]),
                "speed_gbps": st.sampled_from([1.0, 10.0, 100.0]),
                "mtu_bytes": st.sampled_from([1500, 9000]),
                "rdma": st.sampled_from(list(Rdma)),
                "rdma_enabled": st.sampled_from([True, False]),
            }
        ),
        values(LINUX_NIC_UNKNOWNS, known=known),
    )
    team = _merged(
        st.fixed_dictionaries(
            {
                "kind": st.just("bond"),
                "mode": st.sampled_from(["static", "lacp"]),
                "balancing": st.sampled_from(["transport_ports", "mac_addresses", "multipath"]),
            }
        ),
        values(LINUX_TEAM_UNKNOWNS, known=known),
    )
    return _merged(
        st.fixed_dictionaries(
            {
                "os": st.sampled_from(list(QEMU)),
                "cores": st.sampled_from([2, 64]),
                "nics": st.lists(nic, min_size=1, max_size=2),
                "team": st.none() | team,
                "performance_option": st.sampled_from([None, "tcp", "multifd x4", "multifd-zstd", "rdma", "compress"]),
            }
        ),
        values(LINUX_UNKNOWNS, known=known),
    )


def linux_scenarios(*, known: bool = False) -> st.SearchStrategy[Fields]:
    """Fields of a scenario on QEMU: two hosts, the network, a switchover, one kind of VM."""
    dirtying = st.sampled_from(
        [{"dirty_rate_mib_s": 20_000, "working_set_gib": 8}, {"dirty_rate_mib_s": 5}]
        + ([] if known else [{}, {"workload": "database_oltp"}])
    )
    vm = _merged(
        st.fixed_dictionaries(
            {
                "memory_gib": st.just(16),
                "count": st.integers(1, 3),
                "passthrough": st.booleans(),
                "dirty_pattern": st.sampled_from(["uniform", "sequential"]),
                "move": st.sampled_from(["memory", "memory_and_storage"]),
            }
        ),
        dirtying,
        values(LINUX_VM_UNKNOWNS, known=known),
    )
    switchover = st.fixed_dictionaries(
        {
            "blackout_limit_ms": st.sampled_from([None, 50, 5000]),
            "max_passes": st.sampled_from([None, 4]),
            "auto_converge": st.booleans(),
            "postcopy": st.booleans(),
        }
    )
    return st.fixed_dictionaries(
        {
            "platform": st.just("qemu"),
            "source": _linux_hosts(known=known).map(lambda host: {**host, "name": "kvm-1"}),
            "destination": _linux_hosts(known=known).map(lambda host: {**host, "name": "kvm-2"}),
            "network": values(LINUX_NETWORK_UNKNOWNS, known=known),
            "switchover": switchover,
            "vms": vm.map(lambda one: [one]),
        }
    )


_ALL_UNKNOWNS = {
    *NIC_UNKNOWNS, *SMB_UNKNOWNS, *HOST_UNKNOWNS, *NETWORK_UNKNOWNS,
    *CLUSTER_UNKNOWNS, *VM_UNKNOWNS, *LINUX_UNKNOWNS, *LINUX_VM_UNKNOWNS, "one_logical_switch", "team_mapped",
}  # fmt: skip


def forget(fields: Any, draw: Any, keep: frozenset[str]) -> Any:
    """The same fields, some of those that may be unknown replaced by None."""
    if isinstance(fields, dict):
        return {
            key: None if key in _ALL_UNKNOWNS - keep and draw(st.booleans()) else forget(value, draw, keep)
            for key, value in fields.items()
        }
    return [forget(value, draw, keep) for value in fields] if isinstance(fields, list) else fields
