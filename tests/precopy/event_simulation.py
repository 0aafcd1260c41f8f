"""Simultaneous moves, one event at a time, in plain Python: what `sharing.move_batch` has to agree with.

Written from the model's description alone; nothing of advisor is imported. Every VM is a coroutine
that asks for bytes to be sent or for time to pass, and one clock serves them all. Fair shares are
found by filling and by bisection, not by the closed solution that the library uses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Vm:
    """One VM: what it sends first [bytes], how it gets dirty, wire bytes per byte, devices [s]."""

    first_bytes: float
    hot_set: float
    hot_rate: float
    cold_set: float
    cold_rate: float
    ceiling: float
    sequential: bool
    wire_per_raw: float
    device_s: float

    def dirty(self, seconds: float) -> float:
        if self.sequential:
            hot = min(self.hot_set, self.hot_rate * seconds)
        else:
            hot = _saturating(self.hot_set, self.hot_rate, seconds)
        return min(hot + _saturating(self.cold_set, self.cold_rate, seconds), self.ceiling)


@dataclass(frozen=True)
class Host:
    """What the VMs share: rates [bytes/s], slots, times [s], and the stop rule (dirty, rate, passes) -> met, forced."""

    link: float
    processor: float
    flow: float
    slots: int
    set_up_s: float
    per_vm_s: float
    stop: Callable[[float, float, int], tuple[bool, bool]]


@dataclass
class Outcome:
    """What became of one VM."""

    end_s: float = 0.0
    blackout_s: float = 0.0
    sent_bytes: float = 0.0
    passes: int = 0
    converged: bool = False


@dataclass
class Request:
    """Bytes to be sent, or seconds to be waited: one of them."""

    bytes_left: float = 0.0
    seconds_left: float = 0.0
    is_sending: bool = False
    rate: float = 0.0
    elapsed: float = 0.0


Mover = Generator[Request, tuple[float, float], None]


def simulate(vms: Sequence[Vm], host: Host) -> list[Outcome]:
    """Move the VMs, in order, as slots and the spacing of starts allow."""
    outcomes = [Outcome() for _ in vms]
    waiting = list(range(len(vms)))
    active: dict[int, tuple[Mover, Request]] = {}
    now, earliest_start = 0.0, host.set_up_s
    while waiting or active:
        while waiting and len(active) < host.slots:
            index = waiting.pop(0)
            begin = max(now, earliest_start)
            earliest_start = begin + host.per_vm_s
            mover = _move(vms[index], host, outcomes[index], begin - now)
            active[index] = (mover, next(mover))
        _set_rates(vms, host, active)
        step = min(_until(request) for _, request in active.values())
        done = [index for index, (_, request) in active.items() if _until(request) <= step * (1 + 1e-12)]
        now += step
        for _, request in active.values():
            request.bytes_left -= request.rate * step
            request.seconds_left -= step
            request.elapsed += step
        for index in done:
            mover, request = active[index]
            try:
                active[index] = (mover, mover.send((request.elapsed, request.rate)))
            except StopIteration:
                outcomes[index].end_s = now
                del active[index]
    return outcomes


def _move(vm: Vm, host: Host, outcome: Outcome, wait_s: float) -> Mover:
    """One VM: wait for the start, passes, final copy, devices."""
    yield Request(seconds_left=wait_s)
    volume, stopped = vm.first_bytes, False
    while not stopped:
        length, rate = yield Request(bytes_left=volume, is_sending=True)
        outcome.passes += 1
        outcome.sent_bytes += volume
        volume = vm.dirty(length)
        met, forced = host.stop(volume, rate, outcome.passes)
        outcome.converged = met
        stopped = met or forced
    copy = 0.0
    if volume > 0:
        copy, _ = yield Request(bytes_left=volume, is_sending=True)
    outcome.sent_bytes += volume
    outcome.blackout_s = copy + vm.device_s
    yield Request(seconds_left=vm.device_s)


def _until(request: Request) -> float:
    return request.bytes_left / request.rate if request.is_sending else request.seconds_left


def _set_rates(vms: Sequence[Vm], host: Host, active: dict[int, tuple[Mover, Request]]) -> None:
    sending = [index for index, (_, request) in active.items() if request.is_sending]
    memory = memory_rates(host.link, host.processor, host.flow, [vms[index].wire_per_raw for index in sending])
    for _, request in active.values():
        request.rate = 0.0
    for index, rate in zip(sending, memory, strict=True):
        active[index][1].rate = rate


def memory_rates(link: float, processor: float, flow: float, wires: Sequence[float]) -> list[float]:
    """Memory bytes per second of every sender: raise the link's even share until the link is full.

    For a given even share of the link the processors are filled evenly; what they hold back is left
    on the link, so the link's share may rise again. The load on the link rises with that share.
    """

    def at(level: float) -> list[float]:
        return filled(processor, [min(flow, level) / wire for wire in wires])

    def load(level: float) -> float:
        return math.fsum(rate * wire for rate, wire in zip(at(level), wires, strict=True))

    low, high = 0.0, min(flow, link)
    if not wires or load(high) <= link:
        return at(high)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if load(middle) <= link else (low, middle)
    return at(low)


def filled(capacity: float, wants: Sequence[float]) -> list[float]:
    """Progressive filling: all grow alike; who has enough steps out, until nothing is left."""
    shares = [0.0] * len(wants)
    growing = set(range(len(wants)))
    left = capacity
    while growing:
        step = min(left / len(growing), *(wants[i] - shares[i] for i in growing))
        for i in growing:
            shares[i] += step
        left -= step * len(growing)
        enough = {i for i in growing if wants[i] - shares[i] <= 1e-15 * wants[i]}
        if not enough:
            break
        growing -= enough
    return shares


def _saturating(size: float, rate: float, seconds: float) -> float:
    return -size * math.expm1(-rate * seconds / size) if size > 0 else 0.0
