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
from advisor.precopy.many import Passed, TwoSets, walk_many
from advisor.precopy.storage import Storage, copy_seconds
from advisor.units import bytes_to_gib

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# A copy gains on its writes by a fiftieth of the path at least, or is told apart (`storage_endless`).
_GAINING: Final = 0.98
_OF_DEVICE: Final = ("blackout_fixed_s", "blackout_per_vcpu_s", "blackout_per_gib_s")
# Ranges of VMs stand as p05, p50, p95.
_OF_VMS: Final = {MIDDLE: 1, LOW: 0, HIGH: 2}


@dataclass(frozen=True, slots=True)
class Walked(Passed):
    """The passes of all VMs with one factor at one value, (n,) [bytes], [bytes/s].

    Attributes
    ----------
    pace : how much faster each host's links and processors are than at the middle, (hosts,).
    """

    rate: Floats
    pace: Floats


Ends = tuple[Walked, ...]
"""Low and high of a factor, or the one of them that is not the middle."""


class Walks:
    """Walks of the same VMs under one option; what several have in common is made once.

    Attributes
    ----------
    middle : every factor at its middle.
    """

    def __init__(self, hosted: Hosted, ready: Ready, *, varied: bool = True) -> None:
        self._hosted, self._constants = hosted, ready.constants
        self._memory = np.where(hosted.storage.memory, hosted.vms.memory_bytes, 0.0)
        self._ready, self._rate = ready, on_vms(hosted, ready.rate)
        self._first = self._value("first_pass_share", MIDDLE) * self._memory
        self._curve, self._same = self._curve_at(MIDDLE), np.ones(hosted.hosts)
        # A larger set that ends the passes ends them sooner: the middle goes on from there, and a smaller from that.
        sooner = self._walked(small_dirty_bytes=HIGH) if varied and "small_dirty_bytes" in self._bending() else None
        self.middle, self._sooner = self._walked(sooner), sooner

    def ends(self) -> Iterator[Ends]:
        """Low and high of the rate, of dirtying, and of each constant that bends the passes."""
        hosted = self._hosted
        yield tuple(
            self._walked(
                rate=self._rate * on_vms(hosted, np.exp(swing)), pace=np.exp(hosted.means(on_vms(hosted, swing)))
            )
            for swing in (-self._ready.rate_down, self._ready.rate_up)
        )
        yield self._walked(dirtying=LOW), self._walked(dirtying=HIGH)
        bending = self._bending()
        if "first_pass_share" in bending:
            ends = _folded(*self._constants["first_pass_share"])
            yield tuple(self._walked(share=on_vms(hosted, end)) for end in ends)
        if "pass_limit" in bending:
            yield self._cut_short(), self._walked(self.middle, pass_limit=HIGH)
        if self._sooner is not None:
            yield self._walked(self.middle, small_dirty_bytes=LOW), self._sooner

    def _bending(self) -> list[str]:
        """Constants that bend the passes and are not known for sure."""
        names = ("first_pass_share", "pass_limit", "small_dirty_bytes")
        return [name for name in names if (self._constants[name] != self._constants[name][:1]).any()]

    def _value(self, name: str, which: int) -> Floats:
        return on_vms(self._hosted, self._constants[name][which])

    def _curve_at(self, dirtying: int) -> TwoSets:
        vms, which = self._hosted.vms, _OF_VMS[dirtying]
        sets = vms.hot_set[which], vms.hot_rate[which], vms.cold_set[which], vms.cold_rate[which]
        return TwoSets.of(*sets, self._memory)

    def _walked(
        self,
        begun: Passed | None = None,
        *,
        rate: Floats | None = None,
        pace: Floats | None = None,
        share: Floats | None = None,
        dirtying: int = MIDDLE,
        **varied: int,
    ) -> Walked:
        rate, pace = self._rate if rate is None else rate, self._same if pace is None else pace
        first = self._first if share is None else share * self._memory
        curve = self._curve if dirtying == MIDDLE else self._curve_at(dirtying)
        limit, small = (self._value(name, varied.get(name, MIDDLE)) for name in ("pass_limit", "small_dirty_bytes"))
        passed = walk_many(first, rate, curve, limit, small, begun)
        return Walked(passed.sent_bytes, passed.final_bytes, passed.passes, passed.converged, rate, pace)

    def _cut_short(self) -> Walked:
        """The pass limit at its low: few VMs take as many passes, and only they are walked anew."""
        middle, limit, small = self.middle, self._value("pass_limit", LOW), self._value("small_dirty_bytes", MIDDLE)
        (rows,) = np.nonzero(middle.passes > limit)
        limit, small = (one[rows] if one.ndim else one for one in (limit, small))
        passed = walk_many(self._first[rows], self._rate[rows], self._curve.at(rows), limit, small)
        found = Walked(
            middle.sent_bytes.copy(), middle.final_bytes.copy(), middle.passes.copy(), middle.converged.copy(),
            self._rate, self._same,
        )  # fmt: skip
        found.sent_bytes[rows], found.final_bytes[rows] = passed.sent_bytes, passed.final_bytes
        found.passes[rows], found.converged[rows] = passed.passes, passed.converged
        return found


class States:
    """Seconds of blackout beside memory, of the same VMs under one option.

    Attributes
    ----------
    middle : every factor at its middle, (n,) [s].
    """

    def __init__(self, hosted: Hosted, ready: Ready) -> None:
        self._hosted, self._ready, vms = hosted, ready, hosted.vms
        self._vcpus, memory_gib = vms.vcpus[_OF_VMS[MIDDLE]], bytes_to_gib(1.0) * vms.memory_bytes
        # The power is the host's: taken once for all its VMs. A VM whose disks alone move goes on running.
        slowing = _slowing(ready)[hosted.host] * hosted.storage.memory
        # The cost is a sum, with as much of each constant as it takes where that is 1 and the others are not there.
        self._of_one = [
            device_cost(fixed, per_vcpu, per_gib, self._vcpus, memory_gib, slowing, 1.0)
            for fixed, per_vcpu, per_gib in np.eye(len(_OF_DEVICE))
        ]
        middles = (on_vms(hosted, ready.constants[name][MIDDLE]) for name in _OF_DEVICE)
        fixed_s, vcpus_s, memory_s = (value * one for value, one in zip(middles, self._of_one, strict=True))
        self.middle: Floats = fixed_s + vcpus_s + memory_s

    def changes(self, *, with_vcpus: bool) -> Iterator[tuple[Floats, ...]]:
        """What low and high of each factor add, or the one of them that is not the middle, (n,) [s].

        Of the virtual processors only with `with_vcpus`.
        """
        hosted, ready = self._hosted, self._ready
        for name, of_one in zip(_OF_DEVICE, self._of_one, strict=True):
            middle, low, high = ready.constants[name]
            if ends := _folded(middle, low, high):
                yield tuple(on_vms(hosted, end - middle) * of_one for end in ends)
        usual = _slowing(ready)
        for name in ("blackout_sleep_factor", "sleeping", "age_weight"):
            low, high = (_slowing(ready, **{name: which}) for which in (LOW, HIGH))
            if ends := _folded(usual, low, high):
                yield tuple(on_vms(hosted, end / usual - 1.0) * self.middle for end in ends)
        if with_vcpus:
            each = on_vms(hosted, ready.constants["blackout_per_vcpu_s"][MIDDLE]) * self._of_one[0]
            yield tuple((hosted.vms.vcpus[_OF_VMS[which]] - self._vcpus) * each for which in (LOW, HIGH))


def _slowing(ready: Ready, **varied: int) -> Floats:
    """How much longer the state takes on each host where cores sleep, (hosts,)."""
    factor = ready.constants["blackout_sleep_factor"][varied.get("blackout_sleep_factor", MIDDLE)]
    slowed = factor ** ready.sleeping[varied.get("sleeping", MIDDLE)]
    slowing: Floats = slowed ** ready.age_weight[varied.get("age_weight", MIDDLE)]
    return slowing


def _folded(middle: Floats, low: Floats, high: Floats) -> tuple[Floats, ...]:
    """The ends of a factor, (hosts,); where no host has two that differ from its middle, they go into one."""
    below, above = low != middle, high != middle
    if (below & above).any():
        return low, high
    return (np.where(below, low, high),) if (below | above).any() else ()


def on_vms(hosted: Hosted, values: Floats) -> Floats:
    """What (hosts,) or (hosts, contents) values are for each VM, (n,); one value where all hosts have the same."""
    if values.ndim == 2:
        each: Floats = values.reshape(-1)[hosted.host * values.shape[1] + hosted.vms.content]
        return each
    found: Floats = values[0] if values.size and (values == values[0]).all() else values[hosted.host]
    return found


def device_middle(hosted: Hosted, ready: Ready) -> Floats:
    """Seconds of blackout beside memory, (n,)."""
    return States(hosted, ready).middle


def vcpus_open(hosted: Hosted) -> bool:
    """Whether the virtual processors of any VM are not known."""
    return bool((hosted.vms.vcpus != hosted.vms.vcpus[:1]).any())


def disk_seconds(hosted: Hosted, ready: Ready, storage: Storage | None = None) -> Floats:
    """Time the disks take before memory, (n,) [s]; 0 where none move.

    Parameters
    ----------
    storage : other disks in place of the hosts' own.
    """
    storage = hosted.storage if storage is None else storage
    if not storage.used_bytes.any():
        return np.zeros(hosted.host.size)
    path = np.minimum(
        (ready.link / ready.together)[hosted.host], storage.rate_bytes_s / copies_at_once(hosted, ready, storage)
    )
    # Where the network is what cannot keep up, the copy takes as long as its last fiftieth would.
    return copy_seconds(storage.used_bytes, path, np.minimum(storage.write_bytes_s, _GAINING * path))


def copies_at_once(hosted: Hosted, ready: Ready, storage: Storage) -> Floats:
    """Copies of disks that share the storage of a host, as each of its VMs sees it, (n,)."""
    copies = np.maximum(hosted.sums((storage.used_bytes > 0).astype(np.float64)), 1.0)
    most: Floats = np.minimum(storage.at_once, np.minimum(copies, ready.slots)[hosted.host])
    return most
