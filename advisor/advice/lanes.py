"""Lanes: every case, luck and variant of one host pair's moves, walked side by side in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.advice.capacity import Capacity, capacity_of
from advisor.advice.factors import DIRTYING, PAYLOAD, ZERO_PAGES, Sets, Variants, conditions_of, per_vm
from advisor.advice.traits import Traits
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.platforms.platform import Constants, Platform, Range, constant_names
from advisor.precopy.blackout import device_cost
from advisor.precopy.compression import memory_ratio
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import StopRule
from advisor.precopy.sharing import Batch, Moves, Shared, move_batch
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


def walk_lanes(
    platform: Platform, lanes: Sequence[Lane], *, record: bool = False
) -> tuple[list[Batch], list[Capacity]]:
    """Walk every lane; all have the same number of moves.

    Parameters
    ----------
    record : keep the passes of the first lane's first variant, and what the wire carried.
    """
    constants = [_constants_of(platform, lane) for lane in lanes]
    capacities = [
        capacity_of(
            lane.case.path,
            lane.members,
            values,
            conditions_of(lane.case, lane.variants),
            platform.generation(lane.case.path.oldest_os),
        )
        for lane, values in zip(lanes, constants, strict=True)
    ]
    moves = _joined_moves(
        [
            _moves(platform, lane, values, capacity)
            for lane, values, capacity in zip(lanes, constants, capacities, strict=True)
        ]
    )
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
            [platform.stop(values, lane.case.pair.switchover) for lane, values in zip(lanes, constants, strict=True)],
            [lane.variants.count for lane in lanes],
        ),
        processor_share=together.compression_move_share,
    )
    batch = move_batch(moves, shared, record=record)
    ends = np.cumsum([lane.variants.count for lane in lanes])
    return batch.split([int(end) for end in ends[:-1]]), capacities


def _constants_of(platform: Platform, lane: Lane) -> Constants[Floats]:
    """A lane's constants in every variant, as its hosts' age has them."""
    values = lane.variants.constants(lane.constants)
    factor = platform.generation(lane.case.path.oldest_os).pass_limit_factor
    return values.with_values(pass_limit=values.pass_limit * factor)


def _moves(platform: Platform, lane: Lane, constants: Constants[Floats], capacity: Capacity) -> Moves:
    """The moves of one lane, (n, variants)."""
    variants, traits = lane.variants, lane.traits
    shape = (len(traits), variants.count)
    memory = np.array([one.memory_bytes for one in traits])[:, None]
    share = per_vm(variants, traits, ZERO_PAGES, "nonzero_share")
    whole = platform.first_pass == "assigned"
    hot_rate, hot_set, cold_rate, cold_set = (
        per_vm(variants, traits, DIRTYING, name) for name in ("hot_rate", "hot_set", "cold_rate", "cold_set")
    )
    curve = DirtyCurve.of(
        hot_set,
        hot_rate,
        np.broadcast_to(memory, shape),
        cold_set,
        cold_rate,
        np.array([one.sequential for one in traits])[:, None],
    )
    wire = np.ones(shape)
    if lane.case.path.effective is Transport.COMPRESSION:
        ratio = per_vm(variants, traits, PAYLOAD, "compression_ratio")
        wire = 1.0 / memory_ratio(ratio, share if whole else np.ones(shape))
    sleeping = conditions_of(lane.case, variants).sleeping
    device = device_cost(
        constants.blackout_fixed_s,
        constants.blackout_per_vcpu_s,
        constants.blackout_per_gib_s,
        np.array([one.vcpus for one in traits])[:, None],
        bytes_to_gib(memory),
        constants.blackout_sleep_factor**sleeping,
        capacity.age_weight,
    )
    first = memory * constants.first_pass_share * (1.0 if whole else share)
    return Moves(np.broadcast_to(first, shape), curve, wire, np.broadcast_to(device, shape))


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


def _joined_moves(parts: Sequence[Moves]) -> Moves:
    """The lanes' moves side by side."""

    def join(arrays: list[Floats]) -> Floats:
        return np.concatenate(arrays, axis=1)

    curve = DirtyCurve(
        **{
            name: np.concatenate([getattr(part.curve, name) for part in parts], axis=1)
            for name in DirtyCurve.__dataclass_fields__
        }
    )
    return Moves(
        join([part.first_bytes for part in parts]),
        curve,
        join([part.wire_per_raw for part in parts]),
        join([part.device_s for part in parts]),
    )
