"""A batch of moves: what goes in, what they share, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import StopRule
from advisor.precopy.records import PassRecord, RateRecord

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

PER_MOVE: Final = ("begin_s", "end_s", "blackout_s", "sent_bytes", "wire_bytes", "passes", "converged")


@dataclass(frozen=True, slots=True)
class Content:
    """What a byte of some memory takes to send; arrays are (n, variants).

    Attributes
    ----------
    wire_per_raw : bytes on the wire for it, 1 without compression.
    cost : processor work it takes, against the memory that takes least.
    most_bytes_s : as much of it as one move's own threads can send, infinity for no such limit [bytes/s].
    """

    wire_per_raw: Floats
    cost: Floats
    most_bytes_s: Floats

    @classmethod
    def of(cls, wire_per_raw: Floats) -> Content:
        """Content that takes no more work than any other, and any number of threads."""
        return cls(wire_per_raw, np.ones_like(wire_per_raw), np.full_like(wire_per_raw, np.inf))


@dataclass(frozen=True, slots=True)
class Disks:
    """Disks that are copied before a move's first pass; arrays are (n, variants).

    Attributes
    ----------
    used_bytes : what is to be copied, 0 where none move [bytes].
    write_bytes_s : what the VM writes meanwhile, which goes to both ends [bytes/s].
    """

    used_bytes: Floats
    write_bytes_s: Floats


@dataclass(frozen=True, slots=True)
class Moves:
    """The VMs of one batch, in the order they start; arrays are (n, variants).

    Attributes
    ----------
    first_bytes : memory of the first pass [bytes].
    curve : how each dirties its memory.
    content, rewritten : of the first pass, and of what the VM writes anew.
    device_s : blackout that is not memory [s].
    head_start_bytes : memory that leaves at once, because the connection's buffers take it [bytes].
    scan_s : time beside the link's that goes into looking for zero pages in the first pass [s].
    tail_share : share of the memory left at the first look that is not zero pages.
    disks : what is copied before the first pass; None: only memory moves.
    """

    first_bytes: Floats
    curve: DirtyCurve
    content: Content
    rewritten: Content
    device_s: Floats
    head_start_bytes: Floats
    scan_s: Floats
    tail_share: Floats
    disks: Disks | None = None

    @classmethod
    def of(cls, first_bytes: Floats, curve: DirtyCurve, wire_per_raw: Floats, device_s: Floats) -> Moves:
        """Moves of one kind of content, with no buffers and no zero pages."""
        content, none = Content.of(wire_per_raw), np.zeros_like(first_bytes)
        return cls(first_bytes, curve, content, content, device_s, none, none, np.ones_like(first_bytes))

    @classmethod
    def joined(cls, parts: Sequence[Moves]) -> Moves:
        """The variants of several batches of as many moves, side by side."""
        return _each_array(lambda *arrays: np.concatenate(arrays, axis=1), *parts)

    @classmethod
    def stacked(cls, parts: Sequence[Moves]) -> Moves:
        """The moves of several batches of as many variants, one below the other."""
        return _each_array(lambda *arrays: np.concatenate(arrays, axis=0), *parts)

    @property
    def flat(self) -> Moves:
        """The same with each array in one row, move by move."""
        return _each_array(np.ravel, self)

    @property
    def in_one_row(self) -> Moves:
        """The same as variants of a single move, (1, n x variants), move by move."""
        return _each_array(lambda array: array.reshape(1, -1), self)

    def at(self, columns: Ints) -> Moves:
        """These variants of the moves."""
        return _each_array(lambda array: array[:, columns], self)

    def chosen(self, rows: Bools, others: Moves) -> Moves:
        """These moves, but in the given rows, (n, 1) or (n, variants), those others."""
        return _each_array(lambda own, other: np.asarray(np.where(rows, other, own)), self, others)

    def ordered(self, rows: Ints) -> Moves:
        """The moves in other orders, (m, variants) rows of these; of one variant every order."""
        if rows.shape[1] != self.first_bytes.shape[1]:
            return _each_array(lambda array: array[rows, 0], self)
        return _each_array(lambda array: np.take_along_axis(array, rows, axis=0), self)


Part = TypeVar("Part", bound=Any)


def _each_array(change: Callable[..., Floats], first: Part, *others: Part) -> Part:
    """The same nested fields with `change` of the arrays that stand in each place."""
    values = {}
    for name in first.__dataclass_fields__:
        own = [getattr(one, name) for one in (first, *others)]
        if own[0] is None:
            continue
        values[name] = change(*own) if isinstance(own[0], np.ndarray) else _each_array(change, *own)
    changed: Part = replace(first, **values)
    return changed


def stop_at(stop: StopRule, columns: Ints) -> StopRule:
    """The stop rule of these variants: fields that are arrays hold one value a variant."""
    if not hasattr(stop, "__dataclass_fields__"):
        return stop
    held = {name: getattr(stop, name) for name in stop.__dataclass_fields__}
    picked = {
        name: value[columns] if isinstance(value, np.ndarray) and value.ndim else value for name, value in held.items()
    }
    return type(stop)(**picked)


@dataclass(frozen=True, slots=True)
class Shared:
    """What the moves share; arrays are (variants,).

    Attributes
    ----------
    link_bytes_s : wire bytes per second for all moves together.
    processor_bytes_s : memory bytes that take least work, per second for all together; infinity where none is needed.
    flow_bytes_s : wire bytes per second of one move at most.
    slots : moves at once.
    set_up_s : before the first move starts, once.
    per_vm_s : least time from one start to the next: the host begins moves one after another.
    stop : when the platform switches over; its fields may be (variants,) arrays.
    throttles : whether guests that dirty too fast are slowed down; not given: nowhere.
    counts : how many of the moves, from the first, each variant has; not given: all.
    """

    link_bytes_s: Floats
    processor_bytes_s: Floats
    flow_bytes_s: Floats
    slots: Ints
    set_up_s: Floats
    per_vm_s: Floats
    stop: StopRule
    throttles: Bools | None = None
    counts: Ints | None = None

    def at(self, columns: Ints) -> Shared:
        """These variants of what is shared."""
        arrays = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "stop"}
        picked = {
            name: array[columns] if array is not None and array.size > 1 else array for name, array in arrays.items()
        }
        return Shared(**picked, stop=stop_at(self.stop, columns))


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
    def flat(self) -> Batch:
        """The same memory as arrays of one row."""
        return Batch.of([getattr(self, name).reshape(-1) for name in PER_MOVE])

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
