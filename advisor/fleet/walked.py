"""Passes of every VM, with what bends them at its middle, its low and its high; and what state and disks take.

Factors that act through the rate alone are put together before the passes are walked: their swings of the rate's
logarithm add as those of the time would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.hosted import Hosted
from advisor.fleet.ready import HIGH, LOW, MIDDLE, Ready
from advisor.precopy.blackout import device_cost
from advisor.precopy.many import TwoSets, walk_many
from advisor.precopy.storage import copy_seconds
from advisor.units import bytes_to_gib

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A copy gains on its writes by a fiftieth of the path at least, or is told apart (`storage_endless`).
_GAINING: Final = 0.98
_BENDING: Final = ("first_pass_share", "pass_limit", "small_dirty_bytes")
_OF_DEVICE: Final = ("blackout_fixed_s", "blackout_per_vcpu_s", "blackout_per_gib_s", "blackout_sleep_factor")
# Ranges of VMs stand as p05, p50, p95.
_OF_VMS: Final = {MIDDLE: 1, LOW: 0, HIGH: 2}


@dataclass(frozen=True, slots=True)
class Walked:
    """The passes of all VMs with one factor at one value, (n,) [bytes], [bytes/s].

    Attributes
    ----------
    pace : how much faster each host's links and processors are than at the middle, (hosts,).
    """

    sent_bytes: Floats
    final_bytes: Floats
    rate: Floats
    passes: Floats
    converged: Bools
    pace: Floats


def walk_middle(hosted: Hosted, ready: Ready) -> Walked:
    """Every factor at its middle."""
    return _Walks(hosted, ready).walked(ready.rate[hosted.host, hosted.vms.content], np.ones(hosted.hosts))


def walk_ends(hosted: Hosted, ready: Ready) -> Iterator[tuple[Walked, Walked]]:
    """Low and high of the rate, of dirtying, and of each constant that bends the passes."""
    host, content = hosted.host, hosted.vms.content
    rate, same = ready.rate[host, content], np.ones(hosted.hosts)
    down, up = ready.rate_down[host, content], ready.rate_up[host, content]
    slow, fast = np.exp(-ready.rate_down)[host, content], np.exp(ready.rate_up)[host, content]
    walks = _Walks(hosted, ready)
    yield (
        walks.walked(rate * slow, np.exp(-hosted.means(down))),
        walks.walked(rate * fast, np.exp(hosted.means(up))),
    )
    yield walks.walked(rate, same, dirtying=LOW), walks.walked(rate, same, dirtying=HIGH)
    for name in _BENDING:
        if (ready.constants[name] != ready.constants[name][:1]).any():
            low, high = (walks.walked(rate, same, **{name: which}) for which in (LOW, HIGH))
            yield low, high


class _Walks:
    """Walks of the same VMs; what several have in common is made once."""

    def __init__(self, hosted: Hosted, ready: Ready) -> None:
        self.hosted, self.constants = hosted, ready.constants
        self.memory = np.where(hosted.storage.memory, hosted.vms.memory_bytes, 0.0)
        self.middle = {name: self._value(name, MIDDLE) for name in _BENDING}
        self.curve = self._curve(MIDDLE)

    def _value(self, name: str, which: int) -> Floats:
        value: Floats = self.constants[name][which][self.hosted.host]
        return value * self.memory if name == "first_pass_share" else value

    def _curve(self, dirtying: int) -> TwoSets:
        vms, which = self.hosted.vms, _OF_VMS[dirtying]
        sets = vms.hot_set[which], vms.hot_rate[which], vms.cold_set[which], vms.cold_rate[which]
        return TwoSets.of(*sets, self.memory)

    def walked(self, rate: Floats, pace: Floats, *, dirtying: int = MIDDLE, **varied: int) -> Walked:
        curve = self.curve if dirtying == MIDDLE else self._curve(dirtying)
        first, limit, small = (
            self._value(name, varied[name]) if name in varied else self.middle[name] for name in _BENDING
        )
        passed = walk_many(first, rate, curve, limit, small)
        return Walked(passed.sent_bytes, passed.final_bytes, rate, passed.passes, passed.converged, pace)


def device_middle(hosted: Hosted, ready: Ready) -> Floats:
    """Seconds of blackout beside memory, (n,)."""
    return _device(hosted, ready, hosted.vms.vcpus[_OF_VMS[MIDDLE]], {})


def vcpus_open(hosted: Hosted) -> bool:
    """Whether the virtual processors of any VM are not known."""
    return bool((hosted.vms.vcpus != hosted.vms.vcpus[:1]).any())


def device_ends(hosted: Hosted, ready: Ready, *, with_vcpus: bool) -> Iterator[tuple[Floats, Floats]]:
    """Low and high of each factor of the state; of the virtual processors only with `with_vcpus`."""
    vcpus = hosted.vms.vcpus
    for name in _OF_DEVICE:
        if (ready.constants[name] != ready.constants[name][:1]).any():
            low, high = (_device(hosted, ready, vcpus[_OF_VMS[MIDDLE]], {name: which}) for which in (LOW, HIGH))
            yield low, high
    for name, values in (("sleeping", ready.sleeping), ("age_weight", ready.age_weight)):
        if (values != values[:1]).any():
            low, high = (_device(hosted, ready, vcpus[_OF_VMS[MIDDLE]], {name: which}) for which in (LOW, HIGH))
            yield low, high
    if with_vcpus:
        yield _device(hosted, ready, vcpus[_OF_VMS[LOW]], {}), _device(hosted, ready, vcpus[_OF_VMS[HIGH]], {})


def _device(hosted: Hosted, ready: Ready, vcpus: Floats, varied: dict[str, int]) -> Floats:
    fixed, per_vcpu, per_gib, sleep = (ready.constants[name][varied.get(name, MIDDLE)] for name in _OF_DEVICE)
    slowed = sleep ** ready.sleeping[varied.get("sleeping", MIDDLE)]
    slowing = slowed ** ready.age_weight[varied.get("age_weight", MIDDLE)]
    host, memory_gib = hosted.host, bytes_to_gib(1.0) * hosted.vms.memory_bytes
    # The power is the host's: taken once for all its VMs.
    cost = device_cost(fixed[host], per_vcpu[host], per_gib[host], vcpus, memory_gib, slowing[host], 1.0)
    # A VM whose disks alone move goes on running.
    return cost * hosted.storage.memory


def disk_seconds(hosted: Hosted, ready: Ready) -> Floats:
    """Time the disks take before memory, (n,) [s]; 0 where none move."""
    storage = hosted.storage
    if not storage.used_bytes.any():
        return np.zeros(hosted.host.size)
    path = _copy_path(hosted, ready)
    # Where the network is what cannot keep up, the copy takes as long as its last fiftieth would.
    return copy_seconds(storage.used_bytes, path, np.minimum(storage.write_bytes_s, _GAINING * path))


def endless_copies(hosted: Hosted, ready: Ready) -> Bools:
    """VMs that write to their disks as fast as network and storage can copy them, (n,)."""
    storage = hosted.storage
    return (storage.used_bytes > 0) & (storage.write_bytes_s >= _copy_path(hosted, ready))


def _copy_path(hosted: Hosted, ready: Ready) -> Floats:
    """What a copy of disks gets of the network and of both storages, (n,) [bytes/s]."""
    network = (ready.link / ready.together)[hosted.host]
    path: Floats = np.minimum(network, hosted.storage.rate_bytes_s / hosted.storage.at_once)
    return path
