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
    return _walk(hosted, ready, ready.rate[hosted.host, hosted.vms.content], np.ones(hosted.hosts))


def walk_ends(hosted: Hosted, ready: Ready) -> Iterator[tuple[Walked, Walked]]:
    """Low and high of the rate, of dirtying, and of each constant that bends the passes."""
    host, content = hosted.host, hosted.vms.content
    rate, same = ready.rate[host, content], np.ones(hosted.hosts)
    down, up = ready.rate_down[host, content], ready.rate_up[host, content]
    yield (
        _walk(hosted, ready, rate * np.exp(-down), np.exp(-hosted.means(down))),
        _walk(hosted, ready, rate * np.exp(up), np.exp(hosted.means(up))),
    )
    yield _walk(hosted, ready, rate, same, dirtying=LOW), _walk(hosted, ready, rate, same, dirtying=HIGH)
    for name in _BENDING:
        if (ready.constants[name] != ready.constants[name][:1]).any():
            low, high = (_walk(hosted, ready, rate, same, **{name: which}) for which in (LOW, HIGH))
            yield low, high


def _walk(hosted: Hosted, ready: Ready, rate: Floats, pace: Floats, *, dirtying: int = MIDDLE, **varied: int) -> Walked:
    vms, host = hosted.vms, hosted.host
    memory = np.where(hosted.storage.memory, vms.memory_bytes, 0.0)
    which = _OF_VMS[dirtying]
    curve = TwoSets.of(vms.hot_set[which], vms.hot_rate[which], vms.cold_set[which], vms.cold_rate[which], memory)
    share, limit, small = (ready.constants[name][varied.get(name, MIDDLE)][host] for name in _BENDING)
    passed = walk_many(memory * share, rate, curve, limit, small)
    return Walked(passed.sent_bytes, passed.final_bytes, rate, passed.passes, passed.converged, pace)


def device_middle(hosted: Hosted, ready: Ready) -> Floats:
    """Seconds of blackout beside memory, (n,)."""
    return _device(hosted, ready, hosted.vms.vcpus[_OF_VMS[MIDDLE]], {})


def device_ends(hosted: Hosted, ready: Ready) -> Iterator[tuple[Floats, Floats]]:
    """Low and high of each factor of the state."""
    vcpus = hosted.vms.vcpus
    for name in _OF_DEVICE:
        if (ready.constants[name] != ready.constants[name][:1]).any():
            low, high = (_device(hosted, ready, vcpus[_OF_VMS[MIDDLE]], {name: which}) for which in (LOW, HIGH))
            yield low, high
    for name, values in (("sleeping", ready.sleeping), ("age_weight", ready.age_weight)):
        if (values != values[:1]).any():
            low, high = (_device(hosted, ready, vcpus[_OF_VMS[MIDDLE]], {name: which}) for which in (LOW, HIGH))
            yield low, high
    # Always, so that the VMs that stand for a host's have as many ends as one another.
    yield _device(hosted, ready, vcpus[_OF_VMS[LOW]], {}), _device(hosted, ready, vcpus[_OF_VMS[HIGH]], {})


def _device(hosted: Hosted, ready: Ready, vcpus: Floats, varied: dict[str, int]) -> Floats:
    fixed, per_vcpu, per_gib, sleep = (ready.constants[name][varied.get(name, MIDDLE)] for name in _OF_DEVICE)
    slowed = sleep ** ready.sleeping[varied.get("sleeping", MIDDLE)]
    weight = ready.age_weight[varied.get("age_weight", MIDDLE)]
    host = hosted.host
    memory_gib = bytes_to_gib(1.0) * hosted.vms.memory_bytes
    cost = device_cost(fixed[host], per_vcpu[host], per_gib[host], vcpus, memory_gib, slowed[host], weight[host])
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
