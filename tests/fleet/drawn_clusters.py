"""Clusters of realistic sizes, drawn from a seed: hosts, settings and VMs as an inventory holds them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from advisor.domain.estate import EstateCluster, EstateHost
from advisor.domain.inventory import VM_ARRAYS, Inventory, VmTable

_TEXTS = {"vm", "vm_id", "workload", "move", "priority", "possible_owners", "preferred_owners", "anti_affinity"}

# What VMs of an estate have: mostly small, a few large.
_SIZES = (1, 2, 4, 4, 8, 8, 8, 16, 16, 32, 64, 128)
_WORKLOADS = (None, None, None, "web", "sql_server", "domain_controller", "file_server", "vdi", "database_oltp", "idle")


def table_of(rows: Sequence[Mapping[str, Any]]) -> VmTable:
    """A table of VMs; what a row does not name is not known."""
    columns: dict[str, Any] = {}
    for name in VM_ARRAYS:
        values = [row.get(name) for row in rows]
        if name == "host":
            columns[name] = np.array(values, dtype=np.int32)
        elif name in _TEXTS:
            column = np.empty(len(rows), dtype=object)
            column[:] = values
            columns[name] = column
        else:
            columns[name] = np.array([np.nan if value is None else float(value) for value in values])
    return VmTable(**columns)


@dataclass(frozen=True)
class Drawn:
    """A cluster with its VMs, whose `host` are positions in `hosts`."""

    cluster: EstateCluster
    hosts: tuple[EstateHost, ...]
    vms: VmTable

    @property
    def inventory(self) -> Inventory:
        """The cluster as an inventory of its own."""
        of_host = np.bincount(self.vms.host, minlength=len(self.hosts)).astype(np.int32)
        return Inventory(
            files=("drawn",),
            mapped=(),
            hosts=self.hosts,
            clusters=(self.cluster,),
            vms_of_host=of_host,
            missed_of_host=np.zeros_like(of_host),
            rows_read=len(self.vms),
            rows_set_aside=0,
            set_aside=(),
            note="",
            fingerprint="drawn",
            read_tables=lambda: iter([self.vms]),
        )


def draw_cluster(seed: int, hosts: int | None = None, vms: int | None = None, *, unlike: bool = False) -> Drawn:
    """A cluster of 8 to 64 hosts and up to 4,096 VMs.

    Parameters
    ----------
    unlike : hosts differ in their NICs and limits.
    """
    rng = random.Random(seed)
    count = hosts or rng.randint(8, 64)
    total = vms or rng.randint(count, min(4096, count * 64))
    gbps, nics = rng.choice([1, 10, 10, 25, 25, 40, 100]), rng.choice([1, 2, 2])
    option = rng.choice([None, "TCPIP", "Compression", "SMB"])
    rdma = rng.choice(["none", "iwarp", "roce"]) if gbps >= 25 else "none"
    os = rng.choice(["2012R2", "2016", "2019", "2022", "2025"])
    limit = rng.choice([None, 1, 2, 2, 4, 6, 10])
    sizes = [rng.choice(_SIZES) for _ in range(total)]
    # Two thirds full, as clusters with a node in reserve are.
    memory = max(sum(sizes) / count / rng.uniform(0.45, 0.7), 4 * max(sizes), 32.0)
    names = [f"hv{i + 1:02d}" for i in range(count)]
    made = tuple(
        EstateHost(
            host=name,
            cluster="c1",
            state="up",
            os=os,
            updated="2026-05",
            cores=rng.choice([16, 32, 48, 64]) if unlike else 32,
            cpu_busy=round(rng.uniform(0.05, 0.6), 2),
            memory_gib=round(memory),
            nic_gbps=rng.choice([10, 25]) if unlike else gbps,
            nic_count=nics,
            mtu_bytes=rng.choice([1500, 9000]) if unlike else 1500,
            rdma=rdma,
            performance_option=option,
            simultaneous=rng.choice([1, 2, 4]) if unlike else limit,
            power_plan="balanced",
        )
        for name in names
    )
    rows = [
        {
            "host": i % count,
            "vm": f"vm{i + 1:04d}",
            "vm_id": str(i),
            "memory_gib": size,
            "startup_gib": size if rng.random() < 0.5 else None,
            "vcpus": rng.choice([1, 2, 2, 4, 8]),
            "workload": rng.choice(_WORKLOADS),
            "priority": rng.choice([None, "high", "medium", "medium", "low"]),
            "move": "memory",
        }
        for i, size in enumerate(sizes)
    ]
    cluster = EstateCluster(cluster="c1", kind="domain", max_parallel_migrations=limit, storage="shared")
    return Drawn(cluster, made, table_of(rows))


def draw_hard_cluster(seed: int, hosts: int | None = None, vms: int | None = None) -> Drawn:
    """A cluster as above with what makes drains hard.

    Nodes whose links are slower than the first one's, or allow fewer at once; one that is down and one without VMs;
    busy processors; VMs with owners, anti-affinity classes, and disks that move too.
    """
    drawn, rng = draw_cluster(seed, hosts, vms), random.Random(seed + 1)
    count = len(drawn.hosts)
    down, empty = (count - 1, count - 2) if count > 4 else (None, None)
    slower = rng.choice([1.0, 0.4, 0.1])
    disks = rng.random() < 0.5
    made = tuple(
        host.model_copy(
            update={
                "state": "down" if i == down else "up",
                "nic_gbps": (host.nic_gbps or 10.0) * (1.0 if i == 0 else slower),
                "cpu_busy": rng.choice([0.1, 0.3, 0.6, 0.8]),
                "simultaneous": rng.choice([1, 2, 4, 8]) if i else 8,
                "storage_mib_s": float(rng.choice([300, 1000, 4000])) if disks else None,
                "storage_simultaneous": rng.choice([1, 2, 4]) if disks else None,
            }
        )
        for i, host in enumerate(drawn.hosts)
    )
    taking = [i for i in range(count) if i not in {down, empty}]
    table, n = drawn.vms, len(drawn.vms)
    names = [host.host for host in drawn.hosts]

    def some(share: float, draw: Any) -> Any:
        column = np.empty(n, dtype=object)
        column[:] = [draw(i) if rng.random() < share else None for i in range(n)]
        return column

    moving = np.array([disks and rng.random() < 0.2 for _ in range(n)])
    hard = replace(
        table,
        host=np.array([taking[i % len(taking)] for i in range(n)], dtype=np.int32),
        possible_owners=some(0.1, lambda _: tuple(rng.sample(names, max(count // 2, 2)))),
        preferred_owners=some(0.1, lambda _: tuple(rng.sample(names, 2))),
        anti_affinity=some(0.2, lambda i: (f"class{i // 4 % 8}",)),
        move=np.where(moving, "shared_nothing", table.move).astype(object),
        disk_used_gib=np.where(moving, [rng.choice([10.0, 40.0, 200.0]) for _ in range(n)], np.nan),
        disk_write_mib_s=np.where(moving, [rng.choice([0.0, 5.0, 60.0]) for _ in range(n)], np.nan),
    )
    cluster = drawn.cluster.model_copy(update={"max_parallel_migrations": None})
    return Drawn(cluster, made, hard)
