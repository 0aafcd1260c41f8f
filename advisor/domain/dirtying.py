"""How fast a VM may dirty its memory, for those who ask before anything is predicted."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.domain.shipped_tables import DEFAULT_WORKLOAD, load_workloads
from advisor.domain.vms import Vm
from advisor.units import gib_to_bytes, mib_to_bytes


@dataclass(frozen=True, slots=True)
class Dirtying:
    """A VM's dirty rate [bytes/s], the memory it keeps rewriting [bytes], how well that compresses.

    `given` says that the rate was: else it is the p95 of the VM's workload class.
    """

    rate_bytes_s: float
    set_bytes: float
    compression_ratio: float
    given: bool


def dirtying_of(vm: Vm) -> Dirtying:
    """What was given of a VM, else the most its workload class does; a class that does not exist does nothing.

    Examples
    --------
    >>> busy = dirtying_of(Vm(memory_gib=16, dirty_rate_mib_s=100, working_set_gib=2))
    >>> busy.given, busy.rate_bytes_s == mib_to_bytes(100), busy.set_bytes == gib_to_bytes(2)
    (True, True, True)
    """
    workload = load_workloads().get(vm.workload or DEFAULT_WORKLOAD)
    memory = gib_to_bytes(vm.nonzero_gib or vm.memory_gib)
    ratio = vm.rewritten_compression_ratio or vm.compression_ratio
    if ratio is None:
        ratio = workload.compression_ratio[-1] if workload is not None else 1.0
    if vm.dirty_rate_mib_s is not None:
        whole = memory if vm.working_set_gib is None else gib_to_bytes(vm.working_set_gib)
        return Dirtying(mib_to_bytes(vm.dirty_rate_mib_s), whole, ratio, given=True)
    if vm.dirty_curve:
        first, last = vm.dirty_curve[0], vm.dirty_curve[-1]
        return Dirtying(mib_to_bytes(first.dirty_mib) / first.seconds, mib_to_bytes(last.dirty_mib), ratio, given=True)
    if workload is None:
        return Dirtying(0.0, 0.0, ratio, given=False)
    rate = mib_to_bytes(workload.hot_rate_mib_s[-1] + workload.cold_rate_mib_s[-1])
    whole = mib_to_bytes(workload.hot_set_mib[-1] + workload.cold_set_mib[-1])
    return Dirtying(rate, min(whole, memory), ratio, given=False)
