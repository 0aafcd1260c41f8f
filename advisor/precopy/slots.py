"""The slots of an event walk: what each is at in every variant, and what it sends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import Content

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sent:
    """What is being sent, as links and processors see it; arrays of one shape.

    Attributes
    ----------
    wire_per_raw : bytes on the wire for a byte of memory.
    per_work : wire bytes for a piece of processor work.
    most : what a move's own threads can send at most, infinity for no such limit [wire bytes/s].
    """

    wire_per_raw: Floats
    per_work: Floats
    most: Floats

    @classmethod
    def of(cls, content: Content) -> Sent:
        """Memory of that kind."""
        wire = content.wire_per_raw
        return cls(wire, wire / content.cost, content.most_bytes_s * wire)

    @property
    def flat(self) -> Sent:
        """The same numbers in one row."""
        return Sent(self.wire_per_raw.reshape(-1), self.per_work.reshape(-1), self.most.reshape(-1))

    def take_over(self, cells: Ints, others: Sent, at: Ints) -> None:
        """Write some of the others' numbers into these cells."""
        self.wire_per_raw[cells] = others.wire_per_raw[at]
        self.per_work[cells] = others.per_work[at]
        self.most[cells] = others.most[at]


@dataclass(slots=True)
class Slots:
    """What every slot of every variant is at; arrays of one shape.

    Attributes
    ----------
    phase, move : what it does, and for which move.
    timer : until it starts or comes alive, infinite where it waits for no moment [s].
    left, volume : of the pass under way, what is left and all of it [bytes].
    elapsed : since that pass began [s].
    fullness : share of what is left that has to travel.
    stops_at : what is left in the end where the switchover was forced and sending goes on; else not a number [bytes].
    mirrored : what the VM writes to disks that are being copied, and takes its part of their path [bytes/s].
    sent : what is being sent.
    """

    phase: NDArray[np.int8]
    move: Ints
    timer: Floats
    left: Floats
    volume: Floats
    elapsed: Floats
    fullness: Floats
    stops_at: Floats
    mirrored: Floats
    sent: Sent

    @classmethod
    def free(cls, shape: tuple[int, int]) -> Slots:
        """Nothing under way."""
        one = np.ones(shape)
        sent = Sent(one.copy(), one.copy(), np.full(shape, np.inf))
        phase, move = np.zeros(shape, dtype=np.int8), np.zeros(shape, dtype=np.intp)
        left, volume, elapsed, mirrored = (np.zeros(shape) for _ in range(4))
        timer, stops_at = np.full(shape, np.inf), np.full(shape, np.nan)
        return cls(phase, move, timer, left, volume, elapsed, one, stops_at, mirrored, sent)

    def at(self, columns: Ints, rows: int, new: int) -> Slots:
        """These variants of so many slots, which are enough for them, and behind them new ones that are free."""
        kept, both = Slots.free((rows, columns.size + new)), min(rows, self.phase.shape[0])
        names = [name for name in Slots.__dataclass_fields__ if name != "sent"]
        pairs = [(getattr(kept, name), getattr(self, name)) for name in names]
        pairs += [(getattr(kept.sent, name), getattr(self.sent, name)) for name in Sent.__dataclass_fields__]
        for now, before in pairs:
            now[:both, : columns.size] = before[:both, columns]
        return kept

    @property
    def flat(self) -> Slots:
        """The same memory as arrays of one row."""
        rows = {name: getattr(self, name).reshape(-1) for name in Slots.__dataclass_fields__ if name != "sent"}
        return Slots(**rows, sent=self.sent.flat)
