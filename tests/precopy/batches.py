"""Random batches, once for the event simulation and once as the arrays of the library."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import PassLimit, StopRule
from advisor.precopy.sharing import Batch, Moves, Shared, move_batch
from tests.precopy.event_simulation import Host, Outcome, Vm, simulate


def pass_limit(passes: float, small: float) -> PassLimit:
    return PassLimit(passes=np.array([passes]), small_dirty_bytes=np.array([small]))


def draw_batch(seed: int, *, compressed: bool, equal: bool = False) -> tuple[list[Vm], Host, float, float]:
    """VMs, host, pass limit and small dirty set; around 10 GbE, sometimes hard to keep up with."""
    rng = random.Random(seed)
    n = rng.randint(1, 8)
    link = rng.uniform(0.1e9, 3e9)

    def one() -> Vm:
        memory = rng.uniform(0.2e9, 40e9)
        ratio = rng.uniform(1.0, 8.0) if compressed else 1.0
        return Vm(
            first_bytes=memory * rng.choice([1.0, 1.0, rng.uniform(0.1, 1.0), 0.0]),
            hot_set=memory * rng.uniform(0.0, 0.5),
            hot_rate=link * rng.choice([0.0, rng.uniform(0.0, 0.4), rng.uniform(0.4, 3.0)]),
            cold_set=rng.choice([0.0, memory * 0.9]),
            cold_rate=link * rng.choice([0.0, rng.uniform(0.0, 0.1)]),
            ceiling=memory * rng.choice([1.0, 0.6]),
            sequential=rng.random() < 0.3,
            wire_per_raw=1.0 / ratio,
            device_s=rng.choice([0.0, rng.uniform(0.05, 3.0)]),
        )

    vms = [one()] * n if equal else [one() for _ in range(n)]
    passes, small = float(rng.randint(1, 12)), rng.choice([0.0, rng.uniform(1e6, 1e9)])

    def stop(dirty: float, _: float, done: int) -> tuple[bool, bool]:
        return dirty <= small, done >= passes

    host = Host(
        link=link,
        processor=link * rng.uniform(0.3, 8.0) if compressed else float("inf"),
        flow=link * rng.choice([1.0, rng.uniform(0.1, 1.0), rng.uniform(0.1, 1.0)]),
        slots=rng.randint(1, n),
        set_up_s=rng.uniform(0.0, 6.0),
        per_vm_s=rng.choice([0.0, rng.uniform(0.0, 10.0)]),
        stop=stop,
    )
    return vms, host, passes, small


def as_moves(columns: Sequence[Sequence[Vm]]) -> Moves:
    """Moves of some variants, each a column of as many VMs."""

    def field(name: str) -> np.ndarray:
        return np.array([[getattr(vm, name) for vm in column] for column in columns]).T

    curve = DirtyCurve.of(
        field("hot_set"),
        field("hot_rate"),
        field("ceiling"),
        field("cold_set"),
        field("cold_rate"),
        field("sequential"),
    )
    return Moves.of(field("first_bytes"), curve, field("wire_per_raw"), field("device_s"))


def as_shared(hosts: Sequence[Host], stop: StopRule) -> Shared:
    return Shared(
        link_bytes_s=np.array([host.link for host in hosts]),
        processor_bytes_s=np.array([host.processor for host in hosts]),
        flow_bytes_s=np.array([host.flow for host in hosts]),
        slots=np.array([host.slots for host in hosts]),
        set_up_s=np.array([host.set_up_s for host in hosts]),
        per_vm_s=np.array([host.per_vm_s for host in hosts]),
        stop=stop,
    )


def one_vm(memory: float, *, rate: float = 0.0, hot_set: float | None = None, device: float = 0.0) -> Vm:
    """A VM of `memory` bytes that dirties one set at `rate`."""
    whole = memory if hot_set is None else hot_set
    return Vm(memory, whole, rate, 0.0, 0.0, memory, False, 1.0, device)


def plain_host(link: float, slots: int = 1, *, set_up: float = 0.0, spacing: float = 0.0) -> Host:
    """A link and nothing else to wait for; its stop rule is given apart."""
    return Host(link, float("inf"), link, slots, set_up, spacing, lambda *_: (True, True))


def moved(vms: Sequence[Vm], host: Host, passes: float = 5.0, small: float = 0.0) -> Batch:
    """One variant through the library."""
    return move_batch(as_moves([vms]), as_shared([host], pass_limit(passes, small)))


def simulated(vms: Sequence[Vm], host: Host, passes: float = 5.0, small: float = 0.0) -> list[Outcome]:
    """The same through the event simulation."""
    return simulate(vms, replace(host, stop=lambda dirty, _, done: (dirty <= small, done >= passes)))
