"""The examples that a what-if can begin with."""

from __future__ import annotations

from typing import Any, Final

from advisor.intake.document import read_document
from advisor.shipped import shipped_path

PRESETS: Final = {
    "seed_lab.yaml": "The seed's lab: 2 × 10 GbE, one VM of 55 GiB",
    "converged_2x25.yaml": "2 × 25 GbE with RDMA, converged",
    "azure_local.yaml": "Azure Local",
    "branch_1gbe.yaml": "Branch office on 1 GbE",
    "many_vms.yaml": "30 to 40 VMs on a host",
    "cluster_4_nodes.yaml": "Cluster of four nodes",
    "qemu_pair.yaml": "QEMU/KVM pair",
}
"""Files of examples and how they are called; a visitor without a link sees the first."""


def example(name: str) -> dict[str, Any]:
    """What one of the examples holds, as keys and values."""
    return read_document(shipped_path("data", "examples", name)).content
