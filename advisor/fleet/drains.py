"""How long it takes to drain each host: sums over its VMs, not a walk from event to event.

The drain of n VMs with s slots is about as long as the tightest of what they share: all wire bytes over the links;
all memory over the processors that compress it; each VM's time alone over the slots; the starts, one after another;
the disks over the storage; and no shorter than the longest VM alone. To that come the set-up and, where several go at
once, the last one's state. The event walk (`event_walk`) says how far off that is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.hosted import Hosted
from advisor.fleet.learning import Physics
from advisor.fleet.ready import HIGH, LOW, MIDDLE, Ready
from advisor.fleet.walked import States, Walked, Walks, copies_at_once, disk_seconds, on_vms, vcpus_open
from advisor.precopy.storage import Storage
from advisor.residual.spread import Reach

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

BINDINGS: Final = ("link", "cpu", "slots", "per_vm", "storage")
"""What may hold a drain up."""

_ABOUT_AS_LONG: Final = 0.9
# Where two of them are about as tight, moves that wait for the one leave the other idle: (sum of t^6)^(1/6) instead of
# the largest, which meets the event walk in the median of generated hosts (tests/fleet); one move after another waits
# for nothing.
_SHARPNESS: Final = 6.0


@dataclass(frozen=True, slots=True)
class Sums:
    """What a host's VMs come to, (hosts,) [s].

    Attributes
    ----------
    wire_s, work_s : on the links, and on the processors that compress, were nothing else in the way.
    alone_s : each VM's time with everything to itself, all together, state and disks included.
    longest_s : the longest of those.
    mean_s : mean time of one among others.
    device_s : mean time of state.
    disks_s : all disks on the storage.
    """

    wire_s: Floats
    work_s: Floats
    alone_s: Floats
    longest_s: Floats
    mean_s: Floats
    device_s: Floats
    disks_s: Floats


@dataclass(frozen=True, slots=True)
class Drains:
    """Drains of hosts under one option each, with one luck, (hosts,) [s]; swings are of logarithms.

    Attributes
    ----------
    total_s, down, up : the drain, and how far it reaches without what the card adds.
    dark_s, dark_down, dark_up : the longest blackout of a VM.
    binding : position in `BINDINGS` of what holds it up.
    wire_bytes : on the wire [bytes].
    core_s : processor time at both ends together [core s].
    largest : what physics says of each host's largest VM.
    passes : most passes of a VM at the middle.
    converged : every VM meets the stop rule.
    memory_share : how much of the VMs' own times is not for disks.
    """

    total_s: Floats
    down: Floats
    up: Floats
    dark_s: Floats
    dark_down: Floats
    dark_up: Floats
    binding: Ints
    wire_bytes: Floats
    core_s: Floats
    largest: Physics
    passes: Floats
    converged: NDArray[np.bool_]
    memory_share: Floats


def drains(hosted: Hosted, ready: Ready, *, varied: bool = True) -> Drains:
    """Drain every host.

    Parameters
    ----------
    varied : say how far the drains reach; else they are told at the middle only.
    """
    walks, states, disks = (
        Walks(hosted, ready, varied=varied),
        States(hosted, ready),
        disk_seconds(hosted, ready),
    )
    middle, device = walks.middle, states.middle
    adding = _Adding(hosted, ready, device, disks)
    sums = adding.up(middle)
    total, binding = _drain(hosted, ready, sums)
    darks = middle.final_bytes / middle.rate + device
    dark = hosted.most(darks)
    reach = _Reach(total, dark)
    if varied:
        _add_by_all(adding, sums, (walks, states, darks), reach)
        for ends in hosted.other_disks:
            adds = [_Adding(hosted, ready, device, disk_seconds(hosted, ready, end), end) for end in ends]
            reach.add([_drain(hosted, ready, one.up(middle))[0] for one in adds], [dark])
        if ready.other_slots:
            slots = [replace(ready, slots=one) for one in ready.other_slots]
            reach.of_time.add(*(_drain(hosted, one, sums)[0] for one in slots))
        for name in ("set_up_s", "per_vm_s"):
            if (ready.constants[name] != ready.constants[name][:1]).any():
                reach.of_time.add(*(_drain(hosted, ready, sums, **{name: which})[0] for which in (LOW, HIGH)))
    memory = middle.sent_bytes + middle.final_bytes
    content = hosted.vms.content
    wire = hosted.sums(memory * ready.wire[hosted.host, content] + hosted.storage.used_bytes)
    work = hosted.sums(memory * ready.core_s_per_memory[hosted.host, content])
    physics = physics_of(hosted, middle, device, disks)
    return Drains(
        total,
        reach.of_time.down,
        reach.of_time.up,
        dark,
        reach.of_dark.down,
        reach.of_dark.up,
        _what_binds(hosted, ready, sums, disks, binding),
        wire_bytes=wire,
        core_s=ready.core_s_per_wire * wire + work,
        largest=physics.at(hosted.starts),
        passes=hosted.most(middle.passes),
        converged=hosted.most((~middle.converged).astype(np.float64)) == 0,
        memory_share=1.0 - hosted.sums(disks) / hosted.sums(physics.own_s) if disks.any() else np.ones(hosted.hosts),
    )


def physics_of(hosted: Hosted, middle: Walked, device: Floats, disks: Floats) -> Physics:
    """What physics says of every VM, by the sums' rates."""
    dark = middle.final_bytes / middle.rate + device
    return Physics(
        host=hosted.host,
        own_s=middle.sent_bytes / middle.rate + dark + disks,
        dark_s=dark,
        sent_bytes=middle.sent_bytes + middle.final_bytes,
        memory_bytes=hosted.vms.memory_bytes,
        converged=middle.converged,
        content=hosted.vms.content,
    )


class _Reach:
    """How far factors move drains and blackouts."""

    def __init__(self, total: Floats, dark: Floats) -> None:
        self.of_time, self.of_dark = Reach(total), Reach(dark)

    def add(self, totals: list[Floats], darks: list[Floats]) -> None:
        """Drains and blackouts at the ends of a factor, or at the one that is not the middle."""
        self.of_time.add(totals[0], totals[-1])
        self.of_dark.add(darks[0], darks[-1])


def _add_by_all(adding: _Adding, sums: Sums, at_middle: tuple[Walks, States, Floats], reach: _Reach) -> None:
    """How far factors of the passes and of the state reach, by every VM."""
    hosted, ready, (walks, states, darks) = adding.hosted, adding.ready, at_middle
    for ends in walks.ends():
        reach.add(
            [_drain(hosted, ready, adding.up(one))[0] for one in ends],
            [hosted.most(one.final_bytes / one.rate + states.middle) for one in ends],
        )
    for changes in states.changes(with_vcpus=vcpus_open(hosted)):
        changed = [_with_device(sums, hosted.means(change), hosted.counts) for change in changes]
        reach.add(
            [_drain(hosted, ready, one)[0] for one in changed], [hosted.most(darks + change) for change in changes]
        )


class _Adding:
    """Adds up what the VMs of each host take; what all walks of them have in common is made once."""

    def __init__(
        self, hosted: Hosted, ready: Ready, device: Floats, disks: Floats, storage: Storage | None = None
    ) -> None:
        self.hosted, self.ready, storage = hosted, ready, hosted.storage if storage is None else storage
        self._beside = device + disks
        self._alone, self._wire = on_vms(hosted, ready.alone_rate), on_vms(hosted, ready.wire)
        self._cost = on_vms(hosted, ready.cost) if np.isfinite(ready.processor).any() else None
        self._used_bytes = hosted.sums(storage.used_bytes)
        self._beside_s, self._device_s = hosted.means(self._beside), hosted.means(device)
        self._disks_s = hosted.sums(storage.used_bytes / storage.rate_bytes_s)
        if disks.any():
            # No more disks are copied at once than storage allows, whatever the slots of the host.
            copies = hosted.most(copies_at_once(hosted, ready, storage))
            self._disks_s = np.maximum(self._disks_s, hosted.sums(disks) / copies)

    def up(self, one: Walked) -> Sums:
        """What they come to with one factor at one value."""
        hosted, ready = self.hosted, self.ready
        memory = one.sent_bytes + one.final_bytes
        own = memory / (self._alone * one.pace[hosted.host]) + self._beside
        work = np.zeros(hosted.hosts)
        if self._cost is not None:
            work = hosted.sums(memory * self._cost) / (ready.processor * one.pace)
        return Sums(
            wire_s=(hosted.sums(memory * self._wire) + self._used_bytes) / (ready.link * one.pace),
            work_s=work,
            alone_s=hosted.sums(own),
            longest_s=hosted.most(own),
            mean_s=hosted.means(memory / one.rate) + self._beside_s,
            device_s=self._device_s,
            disks_s=self._disks_s,
        )


def _with_device(sums: Sums, each: Floats, counts: Floats) -> Sums:
    """The same with times of state that are so much longer in the mean."""
    return replace(sums, alone_s=sums.alone_s + each * counts, mean_s=sums.mean_s + each, device_s=sums.device_s + each)


def _drain(hosted: Hosted, ready: Ready, sums: Sums, **varied: int) -> tuple[Floats, Ints]:
    start, spacing = (ready.constants[name][varied.get(name, MIDDLE)] for name in ("set_up_s", "per_vm_s"))
    terms = np.stack(
        [
            sums.wire_s,
            sums.work_s,
            sums.alone_s / ready.slots,
            (hosted.counts - 1.0) * spacing + sums.mean_s,
            sums.disks_s,
        ]
    )
    tightest = terms.max(axis=0)
    binding = np.where(sums.longest_s > tightest, len(BINDINGS), terms.argmax(axis=0))
    one_by_one = ready.slots <= 1
    smooth = tightest * ((terms / tightest) ** _SHARPNESS).sum(axis=0) ** (1.0 / _SHARPNESS)
    held = np.maximum(np.where(one_by_one, tightest, smooth), sums.longest_s)
    tail = np.where(~one_by_one & (binding < 2), sums.device_s, 0.0)
    return start + held + tail, binding


def _what_binds(hosted: Hosted, ready: Ready, sums: Sums, disks: Floats, binding: Ints) -> Ints:
    """What holds each drain up: slots only where more of them would help, starts only where they are the most of it.

    Where nothing waits for a slot, or what comes next is about as long, it is what one move alone is held to; so it
    is where the longest move alone is what all wait for.
    """
    slots, longest = binding == BINDINGS.index("slots"), binding == len(BINDINGS)
    per_vm = binding == BINDINGS.index("per_vm")
    if not (slots | longest | per_vm).any():
        return binding
    next_s = np.maximum(np.maximum(sums.wire_s, sums.work_s), sums.disks_s)
    waits = (ready.slots < hosted.counts) & (next_s < _ABOUT_AS_LONG * sums.alone_s / ready.slots)
    content = hosted.vms.content
    wire_rate = np.minimum(ready.flow, ready.link)[:, None] / ready.wire
    by_link = hosted.means((ready.alone_rate >= wire_rate * (1 - 1e-9))[hosted.host, content].astype(np.float64)) >= 0.5
    held_to = np.where(by_link, BINDINGS.index("link"), BINDINGS.index("cpu"))
    storage, network = hosted.storage, (ready.link / ready.together)[hosted.host]
    shared = storage.rate_bytes_s / copies_at_once(hosted, ready, storage)
    by_storage = hosted.sums(np.where(shared <= network, disks, 0.0))
    held_to = np.where(2 * by_storage > sums.alone_s, BINDINGS.index("storage"), held_to)
    # Starts one after another and the last move: of few large VMs it is the move that takes long.
    moves = sums.mean_s > (hosted.counts - 1.0) * ready.constants["per_vm_s"][MIDDLE]
    found: Ints = np.where((slots & ~waits) | longest | (per_vm & moves), held_to, binding)
    return found
