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
from advisor.fleet.walked import Walked, device_ends, device_middle, disk_seconds, walk_ends, walk_middle
from advisor.residual.spread import swings

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


def drains(hosted: Hosted, ready: Ready, *, varied: bool = True) -> Drains:
    """Drain every host; without `varied`, only at the middle."""
    middle, device, disks = walk_middle(hosted, ready), device_middle(hosted, ready), disk_seconds(hosted, ready)
    sums = _sums(hosted, ready, middle, device, disks)
    total, binding = _drain(hosted, ready, sums)
    final = middle.final_bytes / middle.rate
    dark = hosted.most(final + device)
    reach = _Reach(total, dark)
    if varied:
        for ends in walk_ends(hosted, ready):
            reach.add(
                [_drain(hosted, ready, _sums(hosted, ready, one, device, disks))[0] for one in ends],
                [hosted.most(one.final_bytes / one.rate + device) for one in ends],
            )
        for states in device_ends(hosted, ready):
            changed = [_with_device(hosted, sums, other - device) for other in states]
            reach.add(
                [_drain(hosted, ready, one)[0] for one in changed], [hosted.most(final + other) for other in states]
            )
        for name in ("set_up_s", "per_vm_s"):
            if (ready.constants[name] != ready.constants[name][:1]).any():
                reach.add([_drain(hosted, ready, sums, **{name: which})[0] for which in (LOW, HIGH)], [dark, dark])
    memory = middle.sent_bytes + middle.final_bytes
    content = hosted.vms.content
    wire = hosted.sums(memory * ready.wire[hosted.host, content] + hosted.storage.used_bytes)
    work = hosted.sums(memory * ready.core_s_per_memory[hosted.host, content])
    return Drains(
        total,
        *reach.of_time(),
        dark,
        *reach.of_dark(),
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
    """Adds up how far factors move drains and blackouts."""

    def __init__(self, total: Floats, dark: Floats) -> None:
        self.middles = total, dark
        self.squares = np.zeros((4, total.size))

    def add(self, totals: list[Floats], darks: list[Floats]) -> None:
        for i, (middle, (low, high)) in enumerate(zip(self.middles, (totals, darks), strict=True)):
            down, up = swings(middle, low, high)
            self.squares[2 * i] += down**2
            self.squares[2 * i + 1] += up**2

    def of_time(self) -> tuple[Floats, Floats]:
        return np.sqrt(self.squares[0]), np.sqrt(self.squares[1])

    def of_dark(self) -> tuple[Floats, Floats]:
        return np.sqrt(self.squares[2]), np.sqrt(self.squares[3])


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


def _with_device(hosted: Hosted, sums: Sums, more: Floats) -> Sums:
    """The same with other times of state."""
    every = hosted.sums(more)
    each = every / hosted.counts
    return replace(sums, alone_s=sums.alone_s + every, mean_s=sums.mean_s + each, device_s=sums.device_s + each)


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
