"""A lane: the moves of one case under one luck, and what the physics has to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.advice.capacity import Capacity
from advisor.advice.factors import DIRTYING, PAYLOAD, ZERO_PAGES, Sets, Variants, conditions_of, per_vm
from advisor.advice.traits import Traits
from advisor.paths.path import Case
from advisor.platforms.constants import Constants, Range
from advisor.platforms.platform import Platform
from advisor.precopy.blackout import device_cost
from advisor.precopy.compression import memory_ratio
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.sharing import Content, Moves
from advisor.units import bytes_to_gib

Floats = NDArray[np.float64]

# What a further stream holds in its buffers and the link's queue, against the first (own lab: 4 MB with one stream, 7
# to 13 with four).
_FURTHER_STREAM = 1 / 3


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


def with_limit_of(lane: Lane, constants: Constants[Floats], capacity: Capacity, moves: Moves) -> Moves:
    """The moves of a lane from those of one that differs in nothing but its limit of moves at once."""
    return replace(moves, head_start_bytes=_head_start(lane, constants, capacity, moves.content))


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
    compressor = capacity.compressor
    if compressor is None:
        plain = Content.of(np.ones(lane.shape))
        return plain, plain
    ratio, rewritten = (
        per_vm(lane.variants, lane.traits, PAYLOAD, name) for name in ("compression_ratio", "rewritten_ratio")
    )
    found = []
    searched, searched_again = np.array([one.searched for one in lane.traits]).T[:, :, None]
    first = 1.0 / memory_ratio(ratio, nonzero_share), searched * nonzero_share
    for wire, hard in (first, (1.0 / rewritten, searched_again)):
        work, undoing = compressor.work(wire, hard), compressor.undoing(wire, hard)
        if lane.case.path.one_machine:
            # Both ends take turns on the same cores, and TCP is part of the work.
            again = 1.0 / compressor.speedup
            tcp = 2.0 * constants.tcp_core_s_per_byte * wire * compressor.core_bytes_s
            cost = (work + undoing * again + tcp) / (1.0 + again)
        else:
            sending, receiving = capacity.ends
            cost = np.maximum(work * capacity.processor / sending, undoing * capacity.processor / receiving)
        one_thread = cost if lane.case.option.streams is None else np.maximum(work, undoing / compressor.speedup)
        found.append(Content(wire, cost, capacity.threads / one_thread))
    return found[0], found[1]


def _head_start(lane: Lane, constants: Constants[Floats], capacity: Capacity, content: Content) -> Floats:
    """Memory that the connections' buffers take; where processors hold a move back they run empty, and help nothing."""
    path = lane.case.path
    moves = min(lane.case.option.simultaneous, lane.shape[0])
    by_processor = np.minimum(capacity.processor / moves / content.cost, content.most_bytes_s)
    link_bound = capacity.link / moves <= by_processor * content.wire_per_raw
    links = lane.members if path.striped else 1.0
    # Streams that share a link share its window too: a further one adds a part of what the first holds.
    streams = 1.0 + (moves * path.connections - 1) * _FURTHER_STREAM
    buffered = constants.buffer_bytes * links * streams / moves * link_bound / content.wire_per_raw
    return np.broadcast_to(buffered, lane.shape)
