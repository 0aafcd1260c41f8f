"""A lane: the moves of one case under one luck, and what the physics has to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.advice.capacity import Capacity
from advisor.advice.factors import DIRTYING, PAYLOAD, ZERO_PAGES, Sets, Variants, conditions_of, per_vm
from advisor.advice.traits import Traits
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.platforms.platform import Constants, Platform, Range
from advisor.precopy.blackout import device_cost
from advisor.precopy.compression import memory_ratio
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.sharing import Content, Moves
from advisor.units import bytes_to_gib

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lane:
    """Moves over one case with `members` members' worth of bandwidth and some constants, in some variants."""

    case: Case
    members: float
    variants: Variants | Sets
    constants: Constants[Range]
    traits: Sequence[Traits]

    @property
    def shape(self) -> tuple[int, int]:
        """(moves, variants)."""
        return len(self.traits), self.variants.count


def moves_of(platform: Platform, lane: Lane, constants: Constants[Floats], capacity: Capacity) -> Moves:
    """The moves of one lane, (n, variants)."""
    memory = np.array([one.memory_bytes for one in lane.traits])[:, None]
    share = per_vm(lane.variants, lane.traits, ZERO_PAGES, "nonzero_share")
    whole = platform.first_pass == "assigned"
    first = np.broadcast_to(memory * constants.first_pass_share * (1.0 if whole else share), lane.shape)
    content, rewritten = _contents(lane, constants, capacity, np.ones_like(share) if not whole else share)
    scan = 0.0 if whole else np.maximum(memory - first, 0.0) / constants.zero_scan_bytes_s
    return Moves(
        first_bytes=first,
        curve=_curve(lane, memory),
        content=content,
        rewritten=content if whole else rewritten,
        device_s=_device_s(lane, constants, capacity, memory),
        head_start_bytes=_head_start(lane, constants, capacity, content),
        scan_s=np.broadcast_to(scan, lane.shape),
        tail_share=np.ones(lane.shape) if whole else np.broadcast_to(constants.tail_share * share, lane.shape),
    )


def _curve(lane: Lane, memory: Floats) -> DirtyCurve:
    hot_rate, hot_set, cold_rate, cold_set = (
        per_vm(lane.variants, lane.traits, DIRTYING, name) for name in ("hot_rate", "hot_set", "cold_rate", "cold_set")
    )
    sequential = np.array([one.sequential for one in lane.traits])[:, None]
    return DirtyCurve.of(hot_set, hot_rate, np.broadcast_to(memory, lane.shape), cold_set, cold_rate, sequential)


def _device_s(lane: Lane, constants: Constants[Floats], capacity: Capacity, memory: Floats) -> Floats:
    device = device_cost(
        constants.blackout_fixed_s,
        constants.blackout_per_vcpu_s,
        constants.blackout_per_gib_s,
        np.array([one.vcpus for one in lane.traits])[:, None],
        bytes_to_gib(memory),
        constants.blackout_sleep_factor ** conditions_of(lane.case, lane.variants).sleeping,
        capacity.age_weight,
    )
    return np.broadcast_to(device, lane.shape)


def _contents(
    lane: Lane, constants: Constants[Floats], capacity: Capacity, nonzero_share: Floats
) -> tuple[Content, Content]:
    """What the memory of the first pass takes to send, and what is written anew."""
    if lane.case.path.effective is not Transport.COMPRESSION:
        plain = Content.of(np.ones(lane.shape))
        return plain, plain
    ratio, rewritten = (
        per_vm(lane.variants, lane.traits, PAYLOAD, name) for name in ("compression_ratio", "rewritten_ratio")
    )
    found = []
    for wire in (1.0 / memory_ratio(ratio, nonzero_share), 1.0 / rewritten):
        work = 1.0 + capacity.hardness * wire
        cost = work
        if lane.case.path.one_machine:
            # Both ends take turns on the same cores: decompressing, whatever it is of, and TCP are part of the work.
            again = 1.0 / constants.decompression_speedup
            tcp = 2.0 * constants.tcp_core_s_per_byte * wire * capacity.core
            cost = (work + again + tcp) / (1.0 + again)
        found.append(Content(wire, cost, capacity.threads / work))
    return found[0], found[1]


def _head_start(lane: Lane, constants: Constants[Floats], capacity: Capacity, content: Content) -> Floats:
    """Memory that the connections' buffers take; where processors hold a move back they run empty, and help nothing."""
    moves = lane.shape[0]
    by_processor = np.minimum(capacity.processor / moves / content.cost, content.most_bytes_s)
    link_bound = capacity.link / moves <= by_processor * content.wire_per_raw
    buffered = constants.buffer_bytes * lane.case.path.connections * link_bound / content.wire_per_raw
    return np.broadcast_to(buffered, lane.shape)
