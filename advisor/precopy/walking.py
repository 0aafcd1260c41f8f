"""The event walk behind batches of moves: every variant goes from one event to the next at its own pace."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import Batch, Moves
from advisor.precopy.passes import PASSES_AT_MOST, StopRule
from advisor.precopy.phases import DEVICE, DISKS, FREE, PASS, STARTING, Phases
from advisor.precopy.records import RateRecord
from advisor.precopy.storage import gained

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# How often it is looked whether variants have ended, in steps, and how many must be walked for it to be worth it.
_LOOK_EVERY: Final = 8
_WORTH_LEAVING: Final = 64
# Variants are let go once no more than this share is under way.
_MOST_UNDER_WAY: Final = 0.75
# Events of a move beside its passes: its turn, its disks, a pass that goes on past its end, the last copy, the device.
_OTHER_STEPS: Final = 5


class EventWalk(Phases):
    """Goes from event to event until every move of every variant has ended.

    Parameters
    ----------
    moves, rows, stop, throttles, record : as in `Phases`.
    order : the variants in the order they are walked; not given: as they stand.
    at_once : variants walked side by side at most, which takes `keep_shared`; not given: all.
    """

    def __init__(
        self,
        moves: Moves,
        rows: int,
        stop: StopRule,
        throttles: Bools | None,
        *,
        record: bool = False,
        order: Ints | None = None,
        at_once: int | None = None,
    ) -> None:
        every: Ints = np.arange(moves.first_bytes.shape[1]) if order is None else order
        super().__init__(moves, rows, every[:at_once], stop, throttles, record=record)
        self.waiting: Ints = every[every.size if at_once is None else at_once :]

    @abstractmethod
    def fill_slots(self) -> None:
        """Put waiting moves into free slots, by `put`."""

    @abstractmethod
    def wire_rates(self, most: Floats, per_work: Floats, sending: Bools) -> Floats:
        """Wire bytes per second of every slot.

        Parameters
        ----------
        most : (slots, variants) what its own threads can send at most, infinity for no such limit [bytes/s].
        per_work : (slots, variants) wire bytes for a piece of processor work.
        sending : (slots, variants)
        """

    def keep_shared(self, columns: Ints, walked: Ints) -> int | None:
        """Keep of what is shared only these columns, and take in that of the variants that are new.

        Parameters
        ----------
        columns : those that go on.
        walked : their variants, and then those that are walked from now on.

        Returns
        -------
        Slots that these need; None where a walk goes on with all of them.
        """
        del columns, walked
        return None

    def enough_of(self, waiting: Ints, beside: int = 0) -> int:
        """How many of the variants that wait, in their order, are walked now beside so many others; at least one."""
        del beside
        return waiting.size

    def walk(self) -> Batch:
        """From the first start to the last end."""
        rounds = 1 + self.waiting.size
        with np.errstate(divide="ignore", invalid="ignore"):
            self.fill_slots()
            for steps in range(1, self.batch.end_s.shape[0] * (PASSES_AT_MOST + _OTHER_STEPS) * rounds + 2):
                if steps % _LOOK_EVERY == 0 or not self.under_way:
                    self.let_go()
                if self.under_way:
                    self.step()
                elif not self.waiting.size:
                    break
                if self.freed:
                    self.freed = False
                    self.fill_slots()
            else:
                raise RuntimeError("a walk did not end within the passes there may be")
        return self.batch

    def let_go(self) -> None:
        """Leave the variants behind whose moves have all ended, once they are many, and take in others that wait."""
        if self.record or not (self.waiting.size or self.variants >= _WORTH_LEAVING):
            return
        (on,) = np.logical_or.reduce(self.grid.phase != FREE, axis=0).nonzero()
        if on.size > self.variants * _MOST_UNDER_WAY:
            return
        new, later = np.split(self.waiting, [self.enough_of(self.waiting, on.size)])
        walked = np.concatenate([self.walked[on], new])
        rows = self.keep_shared(on, walked) if walked.size else None
        if rows is None:
            return
        self.waiting = later
        self.now = np.concatenate([self.now[on], np.zeros(new.size)])
        self.grid = self.grid.at(on, rows, new.size)
        self.throttle = self.throttle.at(on, rows, self.every_throttle[new])
        self.walk_these(walked)
        if new.size:
            self.fill_slots()

    def rates(self) -> Floats:
        """Memory bytes per second of every slot, 0 where nothing is being sent."""
        sending = (self.grid.phase > STARTING) & (self.grid.phase < DEVICE)
        sent = self.grid.sent
        share = self.wire_rates(sent.most, sent.per_work, sending)
        if self.moves.disks is not None:
            share = np.where(self.grid.phase == DISKS, gained(share, self.grid.mirrored), share)
        return np.where(sending, share / sent.wire_per_raw, 0.0)

    def step(self) -> None:
        """Go on to the next event of every variant."""
        grid, rate = self.grid, self.rates()
        to_go = grid.left - self.ends_at(rate) if self.looks else grid.left
        until = np.where(rate > 0, to_go / rate, grid.timer)
        wait = np.minimum.reduce(until, axis=0)
        wait[wait == np.inf] = 0.0
        (cells,) = (until <= wait * (1 + 1e-12)).reshape(-1).nonzero()
        sent = rate * wait
        sent.reshape(-1)[cells] = to_go.reshape(-1)[cells]
        grid.left -= sent
        grid.elapsed += wait
        grid.timer -= wait
        if self.record and wait[0] > 0:
            self.note_rate(rate[:, 0], float(wait[0]))
        self.now += wait
        if cells.size:
            self.turn(cells, rate.reshape(-1)[cells])

    def ends_at(self, rate: Floats) -> Floats:
        """What is left of each slot's pass as the platform looks next [bytes]."""
        grid = self.grid
        looks_at = self.stop.leaves(rate * grid.sent.wire_per_raw, rate, grid.fullness)
        if self.goes_on:
            looks_at = np.where(np.isnan(grid.stops_at), looks_at, grid.stops_at)
        return np.where(grid.phase == PASS, np.minimum(looks_at, grid.left), 0.0)

    def note_rate(self, rate: Floats, wait: float) -> None:
        """Keep what the wire carries until the next event of the first variant."""
        start = float(self.now[0])
        wire = float((rate * self.grid.sent.wire_per_raw[:, 0]).sum())
        self.batch.rates.append(RateRecord(start, start + wait, wire))
