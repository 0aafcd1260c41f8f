"""How long it takes to drain each host: sums over its VMs, not a walk from event to event.

The drain of n VMs with s slots is about as long as the tightest of what they share: all wire bytes over the links;
all memory over the processors that compress it; each VM's time alone over the slots; the starts, one after another;
the disks over the storage; and no shorter than the longest VM alone. To that come the set-up and, where several go at
once, the last one's state. The event walk (`event_walk`) says how far off that is.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.hosted import Hosted
from advisor.fleet.learning import Physics
from advisor.fleet.ready import HIGH, LOW, MIDDLE, Ready
from advisor.fleet.walked import Walked, device_ends, device_middle, disk_seconds, vcpus_open, walk_ends, walk_middle
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


def drains(hosted: Hosted, ready: Ready, *, varied: bool = True, by_one: bool = False) -> Drains:
    """Drain every host.

    Parameters
    ----------
    varied : say how far the drains reach; else they are told at the middle only.
    by_one : take how far they reach from one VM a host, its mean, and how far blackouts do from the one that is dark
        longest: enough to weigh options by, at a fraction of the work.
    """
    middle, device, disks = walk_middle(hosted, ready), device_middle(hosted, ready), disk_seconds(hosted, ready)
    sums = _sums(hosted, ready, middle, device, disks)
    total, binding = _drain(hosted, ready, sums)
    final = middle.final_bytes / middle.rate
    dark = hosted.most(final + device)
    reach = _Reach(total, dark)
    if varied:
        add = _add_by_one if by_one else _add_by_all
        add(hosted, ready, sums, (middle, device, disks), reach)
        for name in ("set_up_s", "per_vm_s"):
            if (ready.constants[name] != ready.constants[name][:1]).any():
                reach.add([_drain(hosted, ready, sums, **{name: which})[0] for which in (LOW, HIGH)], [dark, dark])
    memory = middle.sent_bytes + middle.final_bytes
    content = hosted.vms.content
    wire = hosted.sums(memory * ready.wire[hosted.host, content] + hosted.storage.used_bytes)
    work = hosted.sums(memory * ready.core_s_per_memory[hosted.host, content])
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
        largest=physics_of(hosted, middle, device, disks).at(hosted.starts),
        passes=hosted.most(middle.passes),
        converged=hosted.most((~middle.converged).astype(np.float64)) == 0,
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
        self.of_time.add(*totals)
        self.of_dark.add(*darks)


Middle = tuple[Walked, Floats, Floats]
"""Passes, state and disks of every VM at the middle."""


def _add_by_all(hosted: Hosted, ready: Ready, sums: Sums, middle: Middle, reach: _Reach) -> None:
    """How far factors of the passes and of the state reach, by every VM."""
    walked, device, disks = middle
    final = walked.final_bytes / walked.rate
    for ends in walk_ends(hosted, ready):
        reach.add(
            [_drain(hosted, ready, _sums(hosted, ready, one, device, disks))[0] for one in ends],
            [hosted.most(one.final_bytes / one.rate + device) for one in ends],
        )
    for states in device_ends(hosted, ready, with_vcpus=vcpus_open(hosted)):
        changed = [_with_device(sums, hosted.means(other - device), hosted.counts) for other in states]
        reach.add([_drain(hosted, ready, one)[0] for one in changed], [hosted.most(final + other) for other in states])


def _add_by_one(hosted: Hosted, ready: Ready, sums: Sums, middle: Middle, reach: _Reach) -> None:
    """The same by each host's mean VM: sums change as its do; and by the VM that is dark longest."""
    walked, device, _ = middle
    darkest = hosted.first_with_most(walked.final_bytes / walked.rate + device)
    mean, dark_one = hosted.mean_vms(), hosted.only(darkest)
    mean_device, mean_disks = device_middle(mean, ready), disk_seconds(mean, ready)
    before = _sums(mean, ready, walk_middle(mean, ready), mean_device, mean_disks)
    dark_device, final = device[darkest], (walked.final_bytes / walked.rate)[darkest]
    for ends, dark_ends in zip(walk_ends(mean, ready), walk_ends(dark_one, ready), strict=True):
        changed = [_scaled(sums, _sums(mean, ready, one, mean_device, mean_disks), before) for one in ends]
        reach.add(
            [_drain(hosted, ready, one)[0] for one in changed],
            [one.final_bytes / one.rate + dark_device for one in dark_ends],
        )
    ends_of = [device_ends(one, ready, with_vcpus=vcpus_open(hosted)) for one in (mean, dark_one)]
    for states, dark_states in zip(*ends_of, strict=True):
        changed = [_with_device(sums, other - mean_device, hosted.counts) for other in states]
        reach.add([_drain(hosted, ready, one)[0] for one in changed], [final + other for other in dark_states])


def _scaled(sums: Sums, after: Sums, before: Sums) -> Sums:
    """Sums changed as those of one VM do."""
    changed = {}
    for one in fields(Sums):
        old, new = getattr(before, one.name), getattr(after, one.name)
        changed[one.name] = getattr(sums, one.name) * np.divide(new, old, out=np.ones_like(new), where=old > 0)
    return Sums(**changed)


def _sums(hosted: Hosted, ready: Ready, one: Walked, device: Floats, disks: Floats) -> Sums:
    host, content, storage = hosted.host, hosted.vms.content, hosted.storage
    memory = one.sent_bytes + one.final_bytes
    alone = ready.alone_rate[host, content] * one.pace[host]
    moves_disks = bool(storage.used_bytes.any())
    own = memory / alone + device + disks if moves_disks else memory / alone + device
    among = memory / one.rate + device + disks if moves_disks else memory / one.rate + device
    none = np.zeros(hosted.hosts)
    compresses = bool(np.isfinite(ready.processor).any())
    work = hosted.sums(memory * ready.cost[host, content]) / (ready.processor * one.pace) if compresses else none
    wire = memory * ready.wire[host, content]
    return Sums(
        wire_s=hosted.sums(wire + storage.used_bytes if moves_disks else wire) / (ready.link * one.pace),
        work_s=work,
        alone_s=hosted.sums(own),
        longest_s=hosted.most(own),
        mean_s=hosted.means(among),
        device_s=hosted.means(device),
        disks_s=hosted.sums(storage.used_bytes / storage.rate_bytes_s) if moves_disks else none,
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
    next_s = np.maximum(sums.wire_s, sums.work_s)
    waits = (ready.slots < hosted.counts) & (next_s < _ABOUT_AS_LONG * sums.alone_s / ready.slots)
    content = hosted.vms.content
    wire_rate = np.minimum(ready.flow, ready.link)[:, None] / ready.wire
    by_link = hosted.means((ready.alone_rate >= wire_rate * (1 - 1e-9))[hosted.host, content].astype(np.float64)) >= 0.5
    held_to = np.where(by_link, BINDINGS.index("link"), BINDINGS.index("cpu"))
    storage, network = hosted.storage, (ready.link / ready.together)[hosted.host]
    by_storage = hosted.sums(np.where(storage.rate_bytes_s / storage.at_once <= network, disks, 0.0))
    held_to = np.where(2 * by_storage > sums.alone_s, BINDINGS.index("storage"), held_to)
    # Starts one after another and the last move: of few large VMs it is the move that takes long.
    moves = sums.mean_s > (hosted.counts - 1.0) * ready.constants["per_vm_s"][MIDDLE]
    found: Ints = np.where((slots & ~waits) | longest | (per_vm & moves), held_to, binding)
    return found
