"""QEMU: migration over RDMA (D01 to D07)."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Os
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import asks_rdma, named, slowest_gbps
from advisor.rules.logic import all_of, any_of, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY_QEMU, since

REFUSES_POSTCOPY: Final = since(Os.QEMU_10_1)
UNPINNED_GBPS: Final = 9.5
"""What registering memory chunk by chunk left of a 40 Gbit/s link in the first pass; pinned beforehand 26."""


@rule(
    "D01",
    "forbid",
    EVERY_QEMU,
    remedy="RDMA NICs of one protocol in both hosts, switched on; else plan with multifd.",
    source=cite(official=sources.QEMU_RDMA),
    platform="qemu",
)
def rdma_needs_nics_at_both_ends(case: Case) -> Answer:
    """RDMA needs adapters that speak it, switched on, at both ends."""
    reason = case.path.no_rdma_because if asks_rdma(case) else ""
    return judge(bool(reason), f"No RDMA between these hosts: {reason}. QEMU does not fall back, the move fails.")


@rule(
    "D02",
    "forbid",
    EVERY_QEMU,
    remedy="migrate_set_capability postcopy-ram off, or plan with TCP.",
    source=cite(official=sources.QEMU_OPTIONS_NOW),
    platform="qemu",
)
def rdma_excludes_postcopy(case: Case) -> Answer:
    """RDMA and postcopy exclude each other: refused since 10.1, broken before."""
    wanted = asks_rdma(case) and case.pair.switchover.postcopy
    refused = all(host.os in REFUSES_POSTCOPY for host in case.pair.ends)
    how = "QEMU refuses it" if refused else "its developers call it long broken, and newer versions refuse it"
    return judge(wanted, f"postcopy-ram is wanted beside RDMA: {how}.")


@rule(
    "D03",
    "warn",
    EVERY_QEMU,
    remedy="A network of its own for RDMA, or TCP or multifd with TLS.",
    source=cite(inferred=sources.QEMU_RDMA_CODE + ": it connects without the TLS channel"),
    platform="qemu",
)
def rdma_is_not_encrypted(case: Case) -> Answer:
    """RDMA passes TLS by: memory travels as it is, whatever tls-creds say."""
    wanting = [host for host in case.pair.ends if host.tls]
    return judge(
        any_of(host.tls for host in case.pair.ends) if asks_rdma(case) else False,
        f"TLS is set on {named(wanting)}, and RDMA does not use it: memory contents travel unencrypted.",
        "Verify that nobody counts on TLS: RDMA does not use it.",
    )


@rule(
    "D04",
    "forbid",
    EVERY_QEMU,
    remedy="memtune hard_limit in the VM's XML, or an unlimited memlock for QEMU.",
    source=cite(official=(sources.QEMU_RDMA, sources.LIBVIRT_RDMA)),
    platform="qemu",
)
def rdma_pins_memory(case: Case) -> Answer:
    """RDMA pins the VM's memory: its process must be allowed to lock it."""
    if not asks_rdma(case):
        return DOES_NOT
    allowed = all_of(host.locked_memory for host in case.pair.ends)
    short = [host for host in case.pair.ends if host.locked_memory is False]
    largest = max((vm.memory_gib for vm in case.vms), default=0.0)
    return judge(
        negate(allowed),
        f"VMs on {named(short)} may not lock memory: up to {largest:g} GiB cannot be registered with the NIC.",
        f"Verify that the VMs may lock their memory (up to {largest:g} GiB; hard_limit): RDMA fails without.",
    )


@rule(
    "D05",
    "advise",
    EVERY_QEMU,
    remedy="migrate_set_capability rdma-pin-all on (virsh --rdma-pin-all), where memory is plenty.",
    source=cite(official=sources.QEMU_RDMA),
    platform="qemu",
)
def pinning_beforehand_is_faster(case: Case) -> Answer:
    """Without rdma-pin-all the first pass registers memory piece by piece, and is slow."""
    speed = slowest_gbps(case)
    return judge(
        asks_rdma(case) and speed > UNPINNED_GBPS,
        f"{speed:g} Gbit/s: on 40 Gbit/s the first pass reached 9.5 without rdma-pin-all, 26 with it. "
        "Pinned, zero pages travel too.",
    )


@rule(
    "D06",
    "warn",
    EVERY_QEMU,
    remedy="Test it with your versions before you build on it; keep multifd as the other way.",
    source=cite(
        community=(sources.QEMU_RDMA_UPKEEP, sources.QEMU_RDMA_REMOVAL), official=sources.QEMU_REMOVED + ": pvrdma only"
    ),
    platform="qemu",
)
def rdma_has_few_keepers(case: Case) -> Answer:
    """RDMA migration is hardly maintained: it was nearly removed in 9.1."""
    versions = " and ".join(dict.fromkeys(host.os.value for host in case.pair.ends))
    return judge(
        asks_rdma(case),
        f"RDMA migration in QEMU {versions}: odd fixes only; its removal was proposed for 9.1 and not merged.",
    )


@rule(
    "D07",
    "advise",
    EVERY_QEMU,
    remedy="Multifd over a bond or multipath TCP, if the sum of the NICs is wanted.",
    source=cite(inferred=sources.QEMU_RDMA + ": one connection to one address"),
    platform="qemu",
)
def rdma_takes_one_nic(case: Case) -> Answer:
    """RDMA takes one NIC, however many there are."""
    fewest = min(len(host.migration_nics) for host in case.pair.ends)
    return judge(
        asks_rdma(case) and not case.path.no_rdma_because and fewest > 1,
        f"RDMA uses one of {fewest} NICs, {slowest_gbps(case):g} Gbit/s; the others wait.",
    )
