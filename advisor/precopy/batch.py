"""A batch of moves: what goes in, what they share, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import StopRule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

PER_MOVE: Final = ("begin_s", "end_s", "blackout_s", "sent_bytes", "wire_bytes", "passes", "converged")


@dataclass(frozen=True, slots=True)
class Moves:
    """The VMs of one batch, in the order they start; arrays are (n, variants).

    Attributes
    ----------
    first_bytes : memory of the first pass [bytes].
    curve : how each dirties its memory.
    wire_per_raw : bytes on the wire for a byte of memory, 1 without compression.
    device_s : blackout that is not memory [s].
    """

    first_bytes: Floats
    curve: DirtyCurve
    wire_per_raw: Floats
    device_s: Floats

    def at(self, columns: Ints) -> Moves:
        """These variants of the moves."""
        rows = np.arange(self.first_bytes.shape[0])[:, None]
        at = (rows, columns[None, :])
        return Moves(self.first_bytes[at], self.curve.take(at), self.wire_per_raw[at], self.device_s[at])


@dataclass(frozen=True, slots=True)
class Shared:
    """What the moves share; arrays are (variants,).

    Attributes
    ----------
    link_bytes_s : wire bytes per second for all moves together.
    processor_bytes_s : memory bytes per second for all together, infinity where nothing is compressed.
    flow_bytes_s : wire bytes per second of one move at most.
    slots : moves at once.
    set_up_s : before the first move starts, once.
    per_vm_s : least time from one start to the next: the host begins moves one after another.
    stop : when the platform switches over; its fields may be (variants,) arrays.
    processor_share : share of the processors that one move can keep busy, 1 for all of them.
    """

    link_bytes_s: Floats
    processor_bytes_s: Floats
    flow_bytes_s: Floats
    slots: Ints
    set_up_s: Floats
    per_vm_s: Floats
    stop: StopRule
    processor_share: Floats = field(default_factory=lambda: np.ones(1))

    def at(self, columns: Ints) -> Shared:
        """These variants of what is shared."""
        arrays = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "stop"}
        picked = {name: array[columns] if array.size > 1 else array for name, array in arrays.items()}
        return Shared(**picked, stop=self.stop_at(columns))

    def stop_at(self, columns: Ints) -> StopRule:
        """The stop rule of these variants: fields that are arrays hold one value a variant."""
        stop = self.stop
        if not hasattr(stop, "__dataclass_fields__"):
            return stop
        held = {name: getattr(stop, name) for name in stop.__dataclass_fields__}
        picked = {name: value[columns] for name, value in held.items() if isinstance(value, np.ndarray) and value.ndim}
        return replace(stop, **picked) if picked else stop  # type: ignore[type-var]


@dataclass(frozen=True, slots=True)
class PassRecord:
    """One pass, or the blackout, of one move in the first variant [s], [bytes of memory]."""

    move: int
    number: int
    is_blackout: bool
    start_s: float
    end_s: float
    memory_bytes: float
    dirty_bytes: float


@dataclass(frozen=True, slots=True)
class RateRecord:
    """What the wire carried in the first variant between two events [s], [bytes per second]."""

    start_s: float
    end_s: float
    wire_bytes_s: float


@dataclass(slots=True)
class Batch:
    """What became of the moves; (n, variants).

    Attributes
    ----------
    begin_s, end_s : when each move's own turn began, and when the VM ran at the destination [s].
    blackout_s : time the VM ran nowhere [s].
    sent_bytes, wire_bytes : memory sent, final copy included, and what that was on the wire [bytes].
    passes : passes before the final copy.
    converged : the stop rule was met before it was forced.
    records : pass by pass, of the first variant, where asked for.
    rates : what the wire carried from event to event, without gaps, of the first variant, where asked for.
    """

    begin_s: Floats
    end_s: Floats
    blackout_s: Floats
    sent_bytes: Floats
    wire_bytes: Floats
    passes: Floats
    converged: Bools
    records: list[PassRecord] = field(default_factory=list)
    rates: list[RateRecord] = field(default_factory=list)

    @classmethod
    def of(cls, arrays: Sequence[NDArray[Any]]) -> Batch:
        """A batch from its arrays, in order."""
        return cls(**dict[str, Any](zip(PER_MOVE, arrays, strict=True)))

    @property
    def total_s(self) -> Floats:
        """When the last VM ran at its destination; (variants,) [s]."""
        total: Floats = self.end_s.max(axis=0)
        return total

    def split(self, ends: list[int]) -> list[Batch]:
        """Part the variants before each of these positions; records and rates stay with the first part."""
        columns = [np.split(getattr(self, name), ends, axis=1) for name in PER_MOVE]
        parts = [Batch.of(own) for own in zip(*columns, strict=True)]
        parts[0].records, parts[0].rates = self.records, self.rates
        return parts
