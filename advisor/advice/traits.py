"""What migration needs to know of a VM, each number with its range and its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.domain.answers import Assumption
from advisor.domain.shipped_tables import DEFAULT_WORKLOAD, load_workloads
from advisor.domain.vms import Vm, Workload
from advisor.errors import UnknownNameError
from advisor.precopy.dirty import fit_curve
from advisor.units import gib_to_bytes, mib_to_bytes

Triple = tuple[float, float, float]

# A rate or working set that somebody gave was measured at one moment: a third less to a half more (assumption).
_GIVEN_DIRTYING = (0.67, 1.0, 1.5)
_GIVEN_SIZE = (0.9, 1.0, 1.1)
_EXACTLY = (1.0, 1.0, 1.0)

# Published dirty curves are of VMs of 8 GiB and more; a smaller one dirties less, in proportion (assumption).
PROFILED_BYTES = gib_to_bytes(8)


@dataclass(frozen=True, slots=True)
class Traits:
    """One VM as the physics sees it; triples are p05, p50, p95 [bytes], [bytes/s], shares.

    `sequential` marks a writer that walks through its memory in order; `searched` are the shares of the non-zero
    memory, and of what is written anew, that cost a compressor its full work.
    """

    memory_bytes: float
    vcpus: int
    hot_rate: Triple
    hot_set: Triple
    cold_rate: Triple
    cold_set: Triple
    sequential: bool
    nonzero_share: Triple
    compression_ratio: Triple
    rewritten_ratio: Triple
    searched: tuple[float, float] = (1.0, 1.0)


def workload_of(vm: Vm) -> Workload:
    """The workload class of a VM, the default one where none was given.

    Raises
    ------
    UnknownNameError
        When there is no such class.
    """
    table: Mapping[str, Workload] = load_workloads()
    name = vm.workload or DEFAULT_WORKLOAD
    if name not in table:
        raise UnknownNameError("workload", name, sorted(table))
    return table[name]


def traits_of(vm: Vm, *, measured: bool = False) -> Traits:
    """A VM's traits: what was given, else what its workload class says.

    What was given holds for the moment it was measured at, and has a range; with `measured` it is of the very move.
    """
    workload = workload_of(vm)
    memory = gib_to_bytes(vm.memory_gib)
    given_dirtying, given_size = (_EXACTLY, _EXACTLY) if measured else (_GIVEN_DIRTYING, _GIVEN_SIZE)
    hot_rate, hot_set, cold_rate, cold_set = _dirtying(vm, workload, memory, given_dirtying)
    share = workload.nonzero_share
    if vm.nonzero_gib is not None:
        share = _scaled(vm.nonzero_gib / vm.memory_gib, given_size, most=1.0)
    ratio = workload.compression_ratio
    if vm.compression_ratio is not None:
        ratio = _scaled(vm.compression_ratio, given_size, least=1.0)
    rewritten = ratio
    if vm.rewritten_compression_ratio is not None:
        rewritten = _scaled(vm.rewritten_compression_ratio, given_size, least=1.0)
    sequential = vm.dirty_pattern == "sequential"
    again = vm.repeating_share if vm.rewritten_repeating_share is None else vm.rewritten_repeating_share
    searched = 1.0 - vm.repeating_share, 1.0 - again
    return Traits(
        memory, vm.vcpus, hot_rate, hot_set, cold_rate, cold_set, sequential, share, ratio, rewritten, searched
    )


def _dirtying(vm: Vm, workload: Workload, memory: float, given: Triple) -> tuple[Triple, Triple, Triple, Triple]:
    """Rates and sizes of the hot and the cold set."""
    none: Triple = (0.0, 0.0, 0.0)
    if vm.dirty_curve:
        fitted = fit_curve(
            [point.seconds for point in vm.dirty_curve], [mib_to_bytes(point.dirty_mib) for point in vm.dirty_curve]
        )
        hot_set, hot_rate, cold_set, cold_rate = (_scaled(number, given) for number in fitted)
        return hot_rate, hot_set, cold_rate, cold_set
    if vm.dirty_rate_mib_s is not None:
        rate = mib_to_bytes(vm.dirty_rate_mib_s)
        whole = gib_to_bytes(vm.working_set_gib) if vm.working_set_gib is not None else memory
        if vm.dirty_pattern == "hot_cold":
            # 90 % of the writes go to 10 % of the pages.
            hot = _scaled(0.9 * rate, given), _scaled(0.1 * whole, given)
            return *hot, _scaled(0.1 * rate, given), _scaled(0.9 * whole, given)
        return _scaled(rate, given), _scaled(whole, given), none, none
    size = min(memory / PROFILED_BYTES, 1.0)
    return (
        _bytes(workload.hot_rate_mib_s, size),
        _bytes(workload.hot_set_mib, size),
        _bytes(workload.cold_rate_mib_s, size),
        _bytes(workload.cold_set_mib, size),
    )


def _bytes(mib: Triple, size: float) -> Triple:
    low, middle, high = mib
    return mib_to_bytes(low * size), mib_to_bytes(middle * size), mib_to_bytes(high * size)


def _scaled(number: float, by: Triple, least: float = 0.0, most: float = float("inf")) -> Triple:
    low, middle, high = (min(max(number * factor, least), most) for factor in by)
    return low, middle, high


def vm_assumptions(vm: Vm) -> list[Assumption]:
    """What was taken for granted about a VM's memory."""
    workload = workload_of(vm)
    found = []
    if vm.workload is None:
        taken = [
            name
            for name, given in (
                ("dirtying", vm.dirty_curve or vm.dirty_rate_mib_s is not None),
                ("zero pages", vm.nonzero_gib is not None),
                ("compressibility", vm.compression_ratio is not None),
            )
            if not given
        ]
        if taken:
            found.append(
                Assumption(
                    what=f"{vm.name}: {', '.join(taken)}", value=f"workload class {workload.name}", why=workload.source
                )
            )
    elif not (vm.dirty_curve or vm.dirty_rate_mib_s is not None):
        found.append(
            Assumption(what=f"{vm.name}: dirtying", value=f"workload class {workload.name}", why=workload.source)
        )
    if "vcpus" not in vm.model_fields_set:
        found.append(
            Assumption(what=f"{vm.name}: virtual processors", value=str(vm.vcpus), why="assumption: a small VM")
        )
    return found
