"""Rules: what a platform allows, forbids and advises, each with its source.

Importing this package registers every family.
"""

from __future__ import annotations

from advisor.rules import (  # isort: skip  families in the order they are shown
    transport,
    rdma,
    dcb,
    smb,
    multichannel,
    teaming,
    balancing,
    concurrency,
    preference,
    quality,
    compatibility,
    qemu_multifd,
    qemu_rdma,
    qemu_switchover,
    qemu_network,
    qemu_machines,
)
from advisor.rules.registry import (
    DOES_NOT,
    Answer,
    Rule,
    RuleVerdict,
    Truth,
    all_rules,
    findings,
    findings_of_each,
    get_rule,
    holds,
    rule,
    unknown,
    unregister,
)

__all__ = [
    "DOES_NOT",
    "Answer",
    "Rule",
    "RuleVerdict",
    "Truth",
    "all_rules",
    "balancing",
    "compatibility",
    "concurrency",
    "dcb",
    "findings",
    "findings_of_each",
    "get_rule",
    "holds",
    "multichannel",
    "preference",
    "qemu_machines",
    "qemu_multifd",
    "qemu_network",
    "qemu_rdma",
    "qemu_switchover",
    "quality",
    "rdma",
    "rule",
    "smb",
    "teaming",
    "transport",
    "unknown",
    "unregister",
]
