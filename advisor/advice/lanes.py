"""Lanes: every case, luck and variant of one host pair's moves, walked side by side in one go."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, is_dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.advice.capacity import Capacity, capacity_of
from advisor.advice.factors import Variants, conditions_of
from advisor.advice.lane import Lane, moves_of, with_limit_of
from advisor.platforms.constants import Constants, constant_names
from advisor.platforms.platform import Platform
from advisor.precopy.alike import different, told_of_all
from advisor.precopy.passes import StopRule
from advisor.precopy.sharing import Batch, Moves, Shared, move_batch

__all__ = ["Lane", "Walk", "walk_lanes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Walk:
    """One lane walked: what went in, what it could carry, and what became of it."""

    batch: Batch
    capacity: Capacity
    moves: Moves


def walk_lanes(platform: Platform, lanes: Sequence[Lane], *, record: bool = False) -> list[Walk]:
    """Walk every lane; all have the same number of moves.

    Parameters
    ----------
    record : keep the passes of the first lane's first variant, and what the wire carried.
    """
    found = _physics_of(platform, lanes)
    constants, capacities, moves = [one[0] for one in found], [one[1] for one in found], [one[2] for one in found]
    together = Constants(
        **{name: np.concatenate([getattr(one, name) for one in constants]) for name in constant_names()}
    )
    shared = Shared(
        link_bytes_s=np.concatenate([one.link for one in capacities]),
        processor_bytes_s=np.concatenate([one.processor for one in capacities]),
        flow_bytes_s=np.concatenate([one.flow for one in capacities]),
        slots=np.concatenate(
            [
                np.full(lane.variants.count, min(lane.case.option.simultaneous, len(lane.traits)), dtype=np.intp)
                for lane in lanes
            ]
        ),
        set_up_s=together.set_up_s,
        per_vm_s=together.per_vm_s,
        stop=_joined_stops(
            [
                platform.stop(values, lane.case.pair.switchover, lane.case.option)
                for lane, values in zip(lanes, constants, strict=True)
            ],
            [lane.variants.count for lane in lanes],
        ),
        throttles=np.concatenate(
            [np.full(lane.variants.count, lane.case.pair.switchover.auto_converge) for lane in lanes]
        ),
    )
    every = Moves.joined(moves)
    firsts, like = different(every, shared)
    batch = told_of_all(move_batch(every.at(firsts), shared.at(firsts), record=record), like)
    ends = np.cumsum([lane.variants.count for lane in lanes])
    batches = batch.split([int(end) for end in ends[:-1]])
    return [Walk(*walked) for walked in zip(batches, capacities, moves, strict=True)]


def _physics_of(platform: Platform, lanes: Sequence[Lane]) -> list[tuple[Constants[Floats], Capacity, Moves]]:
    """What each lane goes with, carries and moves: of lanes that differ in their limit alone it is found once."""
    found = []
    known: dict[Hashable, tuple[Constants[Floats], Capacity, Moves]] = {}
    for lane in lanes:
        facts = _facts(lane)
        if facts in known:
            constants, capacity, alike = known[facts]
            moves = with_limit_of(lane, constants, capacity, alike)
        else:
            constants = _constants_of(platform, lane)
            capacity = capacity_of(
                lane.case.path,
                lane.members,
                constants,
                conditions_of(lane.case, lane.variants),
                platform.generation(lane.case.path.oldest_os),
            )
            moves = moves_of(platform, lane, constants, capacity)
            known[facts] = constants, capacity, moves
        found.append((constants, capacity, moves))
    return found


def _facts(lane: Lane) -> Hashable:
    """All that a lane's rates and moves hang on, but for its limit of moves at once.

    Hosts, VMs and ranges are told apart by identity, which is quick: equal ones that are two are merely found twice.
    """
    path, option = lane.case.path, lane.case.path.option
    own = tuple(getattr(path, name) for name in path.__dataclass_fields__ if name not in {"option", "occupancy"})
    factors = lane.variants.factors if isinstance(lane.variants, Variants) else id(lane.variants)
    lies_in = id(lane.case.pair), id(lane.traits), id(lane.constants)
    return lies_in, lane.members, factors, option.compressor, option.streams, own


def _constants_of(platform: Platform, lane: Lane) -> Constants[Floats]:
    """A lane's constants in every variant, as its hosts' age has them."""
    values = lane.variants.constants(lane.constants)
    factor = platform.generation(lane.case.path.oldest_os).pass_limit_factor
    return values.with_values(pass_limit=values.pass_limit * factor)


def _joined_stops(stops: Sequence[StopRule], counts: Sequence[int]) -> StopRule:
    """The lanes' stop rules as one, every field (variants,): all are of one kind, the platform's."""
    first = stops[0]
    if not is_dataclass(first):
        return first
    fields = {
        name: np.concatenate(
            [np.broadcast_to(getattr(stop, name), count) for stop, count in zip(stops, counts, strict=True)]
        )
        for name in first.__dataclass_fields__
    }
    return replace(first, **fields)
