"""QEMU's rules, one row each: see `table`."""

from __future__ import annotations

from typing import Any

from tests.rules.cases import IWARP, ROCE, Fields
from tests.rules.table import Row

ALL = "5.0 5.1 5.2 6.0 6.1 6.2 7.0 7.1 7.2 8.0 8.1 8.2 9.0 9.1 9.2 10.0 10.1"
MULTIFD, ZSTD, RDMA = "multichannel", "compression", "rdma"


def since(first: str) -> str:
    return ALL[ALL.index(first) :]


def until(last: str) -> str:
    return ALL[: ALL.index(last) + len(last)]


def qemu(transport: str = "tcpip", limit: float | None = 300, **fields: Any) -> Fields:
    """A case of the base pair; `limit` is its downtime limit [ms]."""
    own = {} if limit is None else {"blackout_limit_ms": limit}
    switchover = {**own, **fields.pop("switchover", {})}
    return {"platform": "qemu", "transport": transport, "switchover": switchover, **fields}


def bond(balancing: str = "transport_ports", count: int = 2, **more: Any) -> Fields:
    """Both ends with a bond of several NICs."""
    team = {"kind": "bond", "mode": "lacp", "balancing": balancing, "switch_hashes_ports": True, **more}
    return {"nic": {"count": count}, "both": {"team": team}}


BUSY: Fields = {"dirty_rate_mib_s": 20_000, "working_set_gib": 8}
"""More than 25 Gbit/s carries, and more than 300 ms of it."""
CLASSED: Fields = {"dirty_rate_mib_s": None, "working_set_gib": None, "workload": "database_oltp"}
SLOW: Fields = {"speed_gbps": 1}

QEMU_TABLE = (
    # ------------------------------------------------------------------ multifd
    Row(
        "F01",
        "forbid",
        ALL,
        qemu(MULTIFD, source={"performance_option": "multifd x4"}, destination={"performance_option": "multifd x8"}),
        qemu(MULTIFD, both={"performance_option": "multifd x4"}),
        qemu(MULTIFD, source={"performance_option": "multifd x4"}, destination={"performance_option": None}),
    ),
    Row("F02", "advise", ALL, qemu(MULTIFD, both={"cores": 3}), qemu(MULTIFD, both={"cores": 8}), None),
    Row("F03", "warn", ALL, qemu(ZSTD, both={"cores": 3}), qemu(ZSTD, both={"cores": 8}), None),
    Row(
        "F04",
        "forbid",
        until("10.0"),
        qemu(MULTIFD, switchover={"postcopy": True}),
        qemu(MULTIFD),
        None,
    ),
    Row(
        "F05",
        "advise",
        since("7.1"),
        qemu(MULTIFD, both={"tls": False}),
        qemu(MULTIFD),
        qemu(MULTIFD, both={"tls": False, "locked_memory": None}),
    ),
    Row("F06", "advise", until("8.2"), qemu(MULTIFD, os="8.2"), qemu(os="8.2"), None),
    Row(
        "F07",
        "forbid",
        ALL,
        qemu(both={"performance_option": "compress"}),
        qemu(both={"performance_option": "multifd off"}),
        None,
    ),
    Row(
        "F08",
        "advise",
        since("9.1"),
        qemu(ZSTD, both={"cpu_vendor": "intel", "cpu_features": "Sapphire Rapids"}),
        qemu(ZSTD),
        qemu(ZSTD, both={"cpu_vendor": "intel", "cpu_features": None}),
    ),
    # ------------------------------------------------------------------ rdma
    Row("D01", "forbid", ALL, qemu(RDMA), qemu(RDMA, nic=ROCE), None),
    Row("D02", "forbid", ALL, qemu(RDMA, nic=ROCE, switchover={"postcopy": True}), qemu(RDMA, nic=ROCE), None),
    Row(
        "D03",
        "warn",
        ALL,
        qemu(RDMA, nic=ROCE),
        qemu(RDMA, nic=ROCE, both={"tls": False}),
        qemu(RDMA, nic=ROCE, both={"tls": None}),
    ),
    Row(
        "D04",
        "forbid",
        ALL,
        qemu(RDMA, nic=ROCE, destination={"locked_memory": False}),
        qemu(RDMA, nic=ROCE),
        qemu(RDMA, nic=ROCE, source={"locked_memory": None}),
    ),
    Row("D05", "advise", ALL, qemu(RDMA, nic=ROCE), qemu(RDMA, nic={**IWARP, **SLOW}), None),
    Row("D06", "warn", ALL, qemu(RDMA, nic=ROCE), qemu(MULTIFD, nic=ROCE), None),
    Row("D07", "advise", ALL, qemu(RDMA, nic={**ROCE, "count": 2}), qemu(RDMA, nic=ROCE), None),
    # ------------------------------------------------------------------ switchover
    Row("S01", "forbid", ALL, qemu(vm=BUSY), qemu(), qemu(nic=SLOW, vm=CLASSED)),
    Row(
        "S02",
        "warn",
        ALL,
        qemu(vm=BUSY, switchover={"auto_converge": True}),
        qemu(switchover={"auto_converge": True}),
        qemu(nic=SLOW, vm=CLASSED, switchover={"auto_converge": True}),
    ),
    Row("S03", "advise", ALL, qemu(limit=None), qemu(), None),
    Row("S04", "advise", ALL, qemu(vm=BUSY), qemu(vm=BUSY, switchover={"postcopy": True}), qemu(nic=SLOW, vm=CLASSED)),
    Row("S05", "warn", ALL, qemu(switchover={"postcopy": True}), qemu(), None),
    Row("S06", "advise", since("8.1"), qemu(switchover={"auto_converge": True}), qemu(), None),
    Row("S07", "advise", ALL, qemu(switchover={"max_passes": 5}), qemu(), None),
    Row("S08", "advise", since("8.2"), qemu(both={"move_cap_mib_s": 500}), qemu(), None),
    # ------------------------------------------------------------------ network
    Row(
        "B01",
        "warn",
        ALL,
        qemu(both={"move_cap_mib_s": 128}),
        qemu(nic=SLOW, both={"move_cap_mib_s": None}),
        qemu(both={"move_cap_mib_s": None}),
    ),
    Row("B02", "warn", ALL, qemu(**bond()), qemu(MULTIFD, **bond()), None),
    Row("B03", "advise", ALL, qemu(MULTIFD, **bond()), qemu(MULTIFD, **bond("multipath")), None),
    Row(
        "B04",
        "warn",
        ALL,
        qemu(MULTIFD, **bond("mac_addresses")),
        qemu(MULTIFD, **bond()),
        qemu(MULTIFD, **bond(switch_hashes_ports=None)),
    ),
    Row("B05", "forbid", ALL, qemu(os="6.0", **bond("multipath")), qemu(os="6.1", **bond("multipath")), None),
    Row("B06", "advise", ALL, qemu(nic={"count": 2}), qemu(**bond()), None),
    Row(
        "B07",
        "warn",
        ALL,
        qemu(nic={"mtu_bytes": 9000}, destination_nic={"mtu_bytes": 1500}),
        qemu(nic={"mtu_bytes": 9000}, network={"switch_mtu_bytes": 9216}),
        qemu(nic={"mtu_bytes": 9000}),
    ),
    Row(
        "B08",
        "warn",
        ALL,
        qemu(both={"tls": False}, network={"isolated": False}),
        qemu(network={"isolated": False}),
        qemu(both={"tls": None}, network={"isolated": None}, nic={"shared_with_vms": None}),
    ),
    Row("B09", "forbid", ALL, qemu(source={"tls": False}), qemu(), qemu(source={"tls": None})),
    # ------------------------------------------------------------------ machines
    Row(
        "G01",
        "forbid",
        ALL,
        qemu(destination={"os": "9.1"}),
        qemu(destination={"os": "9.2"}),
        qemu(destination={"os": "9.2"}, vm={"machine_type": "pc-q35-rhel9.4.0"}),
    ),
    Row(
        "G02",
        "forbid",
        ALL,
        qemu(destination={"os": "10.1"}, vm={"machine_type": "q35"}),
        qemu(destination={"os": "10.1"}),
        qemu(destination={"os": "10.1"}, vm={"machine_type": None}),
    ),
    Row("G03", "warn", ALL, qemu(destination={"os": "9.2"}), qemu(destination={"os": "10.1"}), None),
    Row(
        "G04",
        "forbid",
        ALL,
        qemu(destination={"cpu_vendor": "intel"}),
        qemu(),
        qemu(destination={"cpu_vendor": None}),
    ),
    Row(
        "G05",
        "forbid",
        ALL,
        qemu(destination={"cpu_features": "Genoa"}, vm={"cpu_model": "host-passthrough"}),
        qemu(destination={"cpu_features": "Genoa"}),
        qemu(destination={"cpu_features": None}, vm={"cpu_model": "host-passthrough"}),
    ),
    Row(
        "G06",
        "forbid",
        ALL,
        qemu(vm={"passthrough": True}, switchover={"postcopy": True}),
        qemu(),
        qemu(vm={"passthrough": True}),
    ),
    Row("G07", "advise", ALL, qemu(vm={"move": "memory_and_storage"}), qemu(), None),
)
