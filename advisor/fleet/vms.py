"""What the physics has to know of very many VMs: `advice.traits` as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.traits import PROFILED_BYTES, Traits, traits_of
from advisor.domain.inventory import VmTable
from advisor.domain.vms import Vm
from advisor.fleet.assumed import Assumed
from advisor.units import bytes_to_gib, gib_to_bytes

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_GIVEN: Final = ("dirty_rate_mib_s", "working_set_gib", "nonzero_gib", "compression_ratio")
_SETS: Final = ("hot_rate", "hot_set", "cold_rate", "cold_set")


@dataclass(frozen=True, slots=True)
class VmFacts:
    """VMs as the physics sees them, (n,); what has a range is (3, n): p05, p50, p95 [bytes], [bytes/s].

    Attributes
    ----------
    memory_bytes, vcpus : of each VM; vcpus (3, n).
    hot_rate, hot_set, cold_rate, cold_set : how it dirties its memory, (3, n).
    content : position in `contents`: VMs of one content compress alike.
    contents : traits that stand for a content, of a VM of 8 GiB.
    completeness : share of what bears on the VM itself that the inventory says.
    """

    memory_bytes: Floats
    vcpus: Floats
    hot_rate: Floats
    hot_set: Floats
    cold_rate: Floats
    cold_set: Floats
    content: Ints
    contents: tuple[Traits, ...]
    completeness: Floats

    def take(self, rows: Ints) -> VmFacts:
        """These VMs."""
        return VmFacts(
            self.memory_bytes[rows],
            self.vcpus[:, rows],
            self.hot_rate[:, rows],
            self.hot_set[:, rows],
            self.cold_rate[:, rows],
            self.cold_set[:, rows],
            self.content[rows],
            self.contents,
            self.completeness[rows],
        )


def facts_of_vms(table: VmTable, assumed: Assumed) -> VmFacts:
    """The VMs of a table.

    A workload class is of a VM of 8 GiB; a smaller one dirties less, in proportion. What a row gives of its own,
    such as a dirty rate, counts instead of its class.
    """
    n = len(table)
    memory = gib_to_bytes(1.0) * table.memory_gib
    default = assumed.middle("vm.workload")
    given = np.stack([getattr(table, name) for name in _GIVEN])
    own = ~np.isnan(given).all(axis=0)
    shapes: dict[Any, int] = {}
    found: list[Traits] = []
    shape = np.empty(n, dtype=np.intp)
    for row, (workload, is_own) in enumerate(zip(table.workload, own.tolist(), strict=True)):
        key = (workload, *map(_known, given[:, row]), table.memory_gib[row]) if is_own else workload
        at = shapes.get(key)
        if at is None:
            at = shapes[key] = len(found)
            found.append(traits_of(vm_of(table, row, default)) if is_own else _typical(workload or default))
        shape[row] = at
    # Traits of a VM with columns of its own are of its own size already.
    size = np.where(own, 1.0, np.minimum(memory / PROFILED_BYTES, 1.0))
    hot_rate, hot_set, cold_rate, cold_set = (
        np.array([getattr(one, name) for one in found]).reshape(-1, 3).T[:, shape] * size for name in _SETS
    )
    contents: dict[Any, int] = {}
    index = np.array(
        [
            contents.setdefault((one.nonzero_share, one.compression_ratio, one.rewritten_ratio), i)
            for i, one in enumerate(found)
        ],
        dtype=np.intp,
    )
    kept = sorted(contents.values())
    position = {first: place for place, first in enumerate(kept)}
    content = np.array([position[int(i)] for i in index], dtype=np.intp)[shape] if n else np.empty(0, dtype=np.intp)
    return VmFacts(
        memory,
        _vcpus(table, assumed),
        hot_rate,
        hot_set,
        cold_rate,
        cold_set,
        content,
        tuple(found[i] for i in kept),
        _completeness(table),
    )


def _typical(workload: str | None) -> Traits:
    """A VM of the size that workload classes are of."""
    return traits_of(Vm(memory_gib=bytes_to_gib(PROFILED_BYTES), workload=workload))


def vm_of(table: VmTable, row: int, default: str | None) -> Vm:
    """A row as a VM: what it says of its memory, else its class."""
    memory = float(table.memory_gib[row])
    rate, working_set, nonzero, ratio = (_known(getattr(table, name)[row]) for name in _GIVEN)
    return Vm(
        memory_gib=memory,
        workload=table.workload[row] or default,
        dirty_rate_mib_s=rate,
        working_set_gib=None if rate is None or working_set is None else min(working_set, memory),
        nonzero_gib=None if nonzero is None else min(nonzero, memory),
        compression_ratio=ratio,
    )


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _vcpus(table: VmTable, assumed: Assumed) -> Floats:
    """(3, n): the number given, or the range of the default."""
    low, middle, high = assumed.values.get("vm.vcpus", (2, 2, 2))
    missing = np.isnan(table.vcpus)
    return np.stack([np.where(missing, value, table.vcpus) for value in (low, middle, high)])


def _completeness(table: VmTable) -> Floats:
    """Share of memory, virtual processors, dirtying and what has to travel that the row says; memory always does."""
    dirtying = np.array([name is not None for name in table.workload], dtype=np.bool_) | ~np.isnan(
        table.dirty_rate_mib_s
    )
    move = np.array([name is not None for name in table.move], dtype=np.bool_)
    share: Floats = (1.0 + ~np.isnan(table.vcpus) + dirtying + move) / 4.0
    return share
