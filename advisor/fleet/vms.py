"""What the physics has to know of very many VMs: `advice.traits` as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.traits import PROFILED_BYTES, Traits, Triple, traits_of
from advisor.domain.inventory import VmTable
from advisor.domain.vms import Vm
from advisor.fleet.assumed import Assumed
from advisor.fleet.reasons import BLOCKING
from advisor.units import bytes_to_gib, gib_to_bytes

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

_GIVEN: Final = ("dirty_rate_mib_s", "working_set_gib", "nonzero_gib", "compression_ratio")
_SETS: Final = ("hot_rate", "hot_set", "cold_rate", "cold_set")
_RANGED: Final = (*_SETS, "nonzero_share", "compression_ratio", "rewritten_ratio")
_OF_DISKS: Final = ("disk_gib", "disk_used_gib", "disk_write_mib_s")
_OF_RULES: Final = ("config_version", "processor_compatibility")
_FILLED: Final = ("move", *_OF_RULES, *BLOCKING)
_LOW, _MIDDLE, _HIGH = range(3)


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
    such as a dirty rate, counts instead of its class. A default of such a column counts where a row gives neither.
    """
    n = len(table)
    memory = gib_to_bytes(1.0) * table.memory_gib
    given = np.stack([getattr(table, name) for name in _GIVEN])
    own = ~np.isnan(given).all(axis=0)
    if any(f"vm.{name}" in assumed.values for name in _GIVEN):
        own |= _empty(table.workload)
    shapes: dict[Any, int] = {}
    found: list[Traits] = []
    shape = np.empty(n, dtype=np.intp)
    for row, (workload, is_own) in enumerate(zip(table.workload, own.tolist(), strict=True)):
        key = (workload, *map(_known, given[:, row]), table.memory_gib[row]) if is_own else workload
        at = shapes.get(key)
        if at is None:
            at = shapes[key] = len(found)
            known = dict(zip(_GIVEN, map(_known, given[:, row]), strict=True)) if is_own else {}
            size_gib = float(table.memory_gib[row]) if is_own else bytes_to_gib(PROFILED_BYTES)
            found.append(_traits(size_gib, workload, known, assumed))
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


def _traits(memory_gib: float, workload: str | None, given: Mapping[str, float | None], assumed: Assumed) -> Traits:
    """A VM of a class, or of none that is known, with what is given of it: defaults fill in, with their ranges."""

    def at(end: int) -> Traits:
        values = dict(given)
        if workload is None:
            for name in _GIVEN:
                if values.get(name) is None and f"vm.{name}" in assumed.values:
                    values[name] = assumed.values[f"vm.{name}"][end]
        named = assumed.values.get("vm.workload", (None, None, None))[end] if workload is None else workload
        return traits_of(_vm(memory_gib, named, values))

    middle = at(_MIDDLE)
    if workload is not None:
        return middle
    low, high = at(_LOW), at(_HIGH)
    # What may be at either end has the range of that end.
    ranges: dict[str, Any] = {name: _widened(*(getattr(end, name) for end in (low, middle, high))) for name in _RANGED}
    return replace(middle, **ranges)


def _widened(low: Triple, middle: Triple, high: Triple) -> Triple:
    """The middle's range as far as the others reach."""
    return min(low[0], middle[0], high[0]), middle[1], max(low[2], middle[2], high[2])


def vm_of(table: VmTable, row: int, default: str | None) -> Vm:
    """A row as a VM: what it says of its memory, else its class."""
    given = {name: _known(getattr(table, name)[row]) for name in _GIVEN}
    return _vm(float(table.memory_gib[row]), table.workload[row] or default, given)


def _vm(memory_gib: float, workload: str | None, given: Mapping[str, float | None]) -> Vm:
    rate, working_set, nonzero, ratio = (given.get(name) for name in _GIVEN)
    return Vm(
        memory_gib=memory_gib,
        workload=workload,
        dirty_rate_mib_s=rate,
        working_set_gib=None if rate is None or working_set is None else min(working_set, memory_gib),
        nonzero_gib=None if nonzero is None else min(nonzero, memory_gib),
        compression_ratio=ratio,
    )


def filled(table: VmTable, assumed: Assumed) -> VmTable:
    """The table with the middle of defaults in empty cells, but for those that `facts_of_vms` reads."""
    changed: dict[str, Any] = {}
    for name in _FILLED:
        value = assumed.middle(f"vm.{name}")
        if value is None:
            continue
        column = getattr(table, name)
        if column.dtype == object:
            changed[name] = np.where(_empty(column), str(value), column)
        else:
            changed[name] = np.where(np.isnan(column), float(value), column)
    return replace(table, **changed)


def taken_of_vms(table: VmTable, assumed: Assumed, moves_disks: Bools) -> dict[str, Bools]:
    """By column with a default, such as ``vm.workload``, the VMs it was taken for: those it bears on.

    Parameters
    ----------
    moves_disks : whether the disks of a VM move with it.
    """
    has = {name: f"vm.{name}" in assumed.values for name in ("vcpus", *_GIVEN, *_OF_DISKS)}
    found = {name: np.isnan(getattr(table, name)) for name, there in has.items() if there}
    no_class = _empty(table.workload)
    for name in found:
        if name in _GIVEN:
            found[name] &= no_class
        elif name in _OF_DISKS:
            found[name] &= moves_disks
    if has["disk_gib"]:
        found["disk_gib"] &= np.isnan(table.disk_used_gib)
    if has["working_set_gib"]:
        # It says how a known rate is spread.
        found["working_set_gib"] &= ~np.isnan(table.dirty_rate_mib_s) | has["dirty_rate_mib_s"]
    # A dirty rate says what a class would.
    found["workload"] = no_class & np.isnan(table.dirty_rate_mib_s) & (not has["dirty_rate_mib_s"])
    found["move"] = _empty(table.move)
    for name in BLOCKING:
        if assumed.middle(f"vm.{name}"):
            found[name] = np.isnan(getattr(table, name))
    for name in _OF_RULES:
        if f"vm.{name}" in assumed.values:
            found[name] = np.isnan(getattr(table, name))
    return {f"vm.{name}": which for name, which in found.items() if which.any()}


def _empty(column: NDArray[np.object_]) -> Bools:
    cells: Bools = np.asarray(column == None, dtype=np.bool_)  # noqa: E711
    return cells


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
