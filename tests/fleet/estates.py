"""Generated estates of any size, as tables or as the files an inventory is read from; one seed, one estate."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

# (os, cores, nic_gbps, nic_count, mtu, rdma, team, balancing, power, option): hardware people really have.
HARDWARE = (
    ("2016", 16, 10, 2, 1500, "none", "lbfo", "dynamic", "balanced", "Compression"),
    ("2016", 24, 10, 2, 9000, "iwarp", "none", None, "high_performance", "SMB"),
    ("2019", 24, 10, 2, 1500, "none", "set", "hyperv_port", "balanced", "Compression"),
    ("2019", 32, 10, 4, 1500, "none", "set", "dynamic", "balanced", "TCPIP"),
    ("2019", 32, 25, 2, 9000, "roce", "set", "hyperv_port", "high_performance", "SMB"),
    ("2022", 32, 25, 2, 9000, "iwarp", "set", "hyperv_port", "high_performance", "SMB"),
    ("2022", 48, 25, 2, 1500, "none", "set", "hyperv_port", "balanced", "Compression"),
    ("2022", 64, 100, 2, 9000, "roce", "set", "hyperv_port", "high_performance", "SMB"),
    ("2025", 64, 25, 4, 9000, "iwarp", "set", "hyperv_port", "high_performance", "SMB"),
    ("2025", 96, 100, 2, 9000, "iwarp", "set", "hyperv_port", "high_performance", "SMB"),
    ("2012R2", 12, 10, 2, 1500, "none", "lbfo", "transport_ports", "balanced", "Compression"),
    ("2022", 16, 1, 2, 1500, "none", "none", None, "balanced", "Compression"),
)
MEMORY_GIB = np.array([1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128])
MEMORY_ODDS = np.array([0.04, 0.10, 0.26, 0.26, 0.06, 0.14, 0.03, 0.06, 0.015, 0.02, 0.005, 0.01])
WORKLOADS = (None, "idle", "web", "database_oltp", "sql_server", "file_server", "vdi", "domain_controller")
WORKLOAD_ODDS = (0.60, 0.10, 0.10, 0.03, 0.05, 0.05, 0.05, 0.02)


def estate(vms: int, *, seed: int = 1, hosts: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """VMs, hosts and clusters with the columns of `advisor.domain.estate`; one host for each 50 VMs if not said."""
    rng = np.random.default_rng(seed)
    count = hosts or max(vms // 50, 2)
    sizes = []
    while sum(sizes) < count:
        sizes.append(int(rng.choice([1, 2, 4, 8, 16, 32, 64], p=[0.04, 0.1, 0.2, 0.26, 0.3, 0.08, 0.02])))
    sizes[-1] -= sum(sizes) - count
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    alone = np.repeat(np.array(sizes) == 1, sizes)
    kind = rng.integers(0, len(HARDWARE), len(sizes))[cluster]
    columns = list(zip(*HARDWARE, strict=True))
    names = [f"CL{number:04d}" for number in cluster]
    table = pd.DataFrame(
        {
            "host": [f"HV{number:05d}" for number in range(count)],
            "cluster": [None if single else name for single, name in zip(alone, names, strict=True)],
            "os": [columns[0][i] for i in kind],
            "cores": [columns[1][i] for i in kind],
            "cpu_busy": np.where(rng.random(count) < 0.9, rng.beta(2, 5, count).round(3), np.nan),
            "memory_gib": rng.choice([256, 384, 512, 768, 1024, 1536], count),
            "nic_gbps": [columns[2][i] for i in kind],
            "nic_count": [columns[3][i] for i in kind],
            "mtu_bytes": [columns[4][i] for i in kind],
            "rdma": [columns[5][i] for i in kind],
            "team": [columns[6][i] for i in kind],
            "balancing": [columns[7][i] for i in kind],
            "power_plan": [columns[8][i] for i in kind],
            "performance_option": [columns[9][i] for i in kind],
            "simultaneous": rng.choice([1, 2, 4], len(sizes), p=[0.2, 0.6, 0.2])[cluster],
        }
    )
    weights = rng.lognormal(0.0, 0.35, count)
    place = np.sort(rng.choice(count, vms, p=weights / weights.sum()))
    memory = rng.choice(MEMORY_GIB, vms, p=MEMORY_ODDS).astype(float)
    # Dynamic memory: what is assigned at the moment is anything.
    dynamic = rng.random(vms) < 0.3
    assigned = np.where(dynamic, (memory * rng.uniform(0.4, 1.0, vms)).round(3), memory)
    machines = pd.DataFrame(
        {
            "vm": [f"vm-{number:07d}" for number in range(vms)],
            "host": table["host"].to_numpy()[place],
            "cluster": table["cluster"].to_numpy()[place],
            "state": np.where(rng.random(vms) < 0.97, "running", "off"),
            "memory_gib": assigned,
            "startup_gib": np.minimum(memory, np.maximum(assigned, 1)),
            "vcpus": np.clip(memory // 4, 1, 32).astype(int),
            "workload": rng.choice(np.array(WORKLOADS, dtype=object), vms, p=WORKLOAD_ODDS),
            "config_version": rng.choice([8.0, 9.0, 10.0], vms),
            "priority": rng.choice(["high", "medium", "low"], vms, p=[0.1, 0.8, 0.1]),
        }
    )
    clusters = pd.DataFrame({"cluster": sorted(table["cluster"].dropna().unique())})
    return machines, table, clusters


def write_estate(folder: Path, vms: int, *, seed: int = 1, hosts: int | None = None) -> Path:
    """The estate as vms.csv, hosts.csv and clusters.csv in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in zip(("vms", "hosts", "clusters"), estate(vms, seed=seed, hosts=hosts), strict=True):
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def write_small_clusters(folder: Path, vms: int, *, seed: int = 6, nodes: int = 6) -> Path:
    """The same with clusters of a few nodes, so that even a small estate has many of them."""
    folder.mkdir(parents=True, exist_ok=True)
    machines, hosts, clusters = estate(vms, seed=seed, hosts=vms // 25)
    number = np.arange(len(hosts)) // nodes
    hosts["cluster"] = [
        None if pd.isna(name) else f"{name}-{i:03}" for name, i in zip(hosts["cluster"], number, strict=True)
    ]
    machines["cluster"] = machines["host"].map(hosts.set_index("host")["cluster"])
    clusters = pd.DataFrame({"cluster": sorted(hosts["cluster"].dropna().unique())})
    for name, table in (("vms", machines), ("hosts", hosts), ("clusters", clusters)):
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a generated estate as CSV.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("vms", type=int)
    parser.add_argument("--hosts", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write_estate(given.folder, given.vms, seed=given.seed, hosts=given.hosts)
