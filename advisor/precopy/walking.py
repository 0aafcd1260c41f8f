"""The event walk of moves at once, whatever they share: the state between events, and what happens at each.

Between two events every rate is constant; an event is a VM that starts, ends a pass, ends its final copy or comes
alive. Who starts when, and who gets how much, is for those who know what is shared: `sharing`, `routes`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import PER_MOVE, Batch, Moves, PassRecord, RateRecord, stop_at
from advisor.precopy.passes import PASSES_AT_MOST, PassLimit, StopRule, left_and_dirty
from advisor.precopy.slots import Sent, Slots
from advisor.precopy.storage import gained, most_mirrored
from advisor.precopy.throttle import Throttle

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

FREE: Final = 0
STARTING: Final = 1
DISKS: Final = 2
PASS: Final = 3
FINAL: Final = 4
DEVICE: Final = 5

# How often it is looked whether variants have ended, in steps, and how many must be walked for it to be worth it.
_LOOK_EVERY: Final = 16
_WORTH_LEAVING: Final = 128
# Wire bytes for a piece of processor work where next to none is needed: disks go as they are.
_NO_WORK: Final = 1e12


class EventWalk(ABC):
    """The state between events: one column a variant, one row a slot.

    Parameters
    ----------
    moves : the VMs.
    rows : most moves at once.
    stop, throttles : as in `batch.Shared`.
    record : keep the passes of the first variant, and what the wire carried.

    Notes
    -----
    A cell is a slot in a variant, as a position in arrays laid out in one row: NumPy finds it by one index in half
    the time that two take, and most of a walk is finding.
    """

    def __init__(
        self, moves: Moves, rows: int, stop: StopRule, throttles: Bools | None, *, record: bool = False
    ) -> None:
        n, variants = moves.first_bytes.shape
        shape = (rows, variants)
        self.stop, self.record = stop, record
        self.every_move = moves
        # A limit of passes alone sends every pass to its end.
        self.looks = not isinstance(stop, PassLimit)
        self.variants, self.columns = variants, np.arange(variants)
        self.now = np.zeros(variants)
        self.grid = Slots.free(shape)
        # The same memory in one row.
        self.cell = self.grid.flat
        off = np.zeros(variants, dtype=np.bool_)
        self.throttle = Throttle(off if throttles is None else throttles, rows)
        self.throttles = throttles is not None and bool(throttles.any())
        self._take_moves(moves)
        self.content_changes = any(
            not np.array_equal(getattr(self.first, name), getattr(self.rewritten, name))
            for name in Sent.__dataclass_fields__
        )
        blank = [np.zeros((n, variants)) for _ in PER_MOVE[:-1]]
        # Of every variant, and of those that are still walked.
        self.whole = self.batch = Batch.of([*blank, np.zeros((n, variants), dtype=np.bool_)])
        self.walked = self.columns
        self.outcome = self.batch.flat
        self.under_way = 0
        # Whether any slot has become free since they were last filled.
        self.freed = True

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

    @abstractmethod
    def left_slots(self, cells: Ints, columns: Ints) -> None:
        """Take note that the moves in these cells have ended."""

    def walk(self) -> Batch:
        """From the first start to the last end."""
        with np.errstate(divide="ignore", invalid="ignore"):
            for steps in range(self.batch.end_s.shape[0] * (PASSES_AT_MOST + 4)):
                if self.freed:
                    self.freed = False
                    self.fill_slots()
                if not self.under_way:
                    break
                if steps % _LOOK_EVERY == 0:
                    self.let_go()
                self.step()
        self._write_down()
        return self.whole

    def let_go(self) -> None:
        """Leave the variants behind whose moves have all ended, once they are most: few take very many passes."""
        if self.record or self.variants < _WORTH_LEAVING:
            return
        (on,) = np.nonzero((self.grid.phase != FREE).any(axis=0))
        if on.size * 2 > self.variants or not self.keep_shared(on):
            return
        self._write_down()
        self.walked = self.walked[on]
        self.variants, self.columns = on.size, np.arange(on.size)
        self.now, self.stop = self.now[on], stop_at(self.stop, on)
        self.grid, self.throttle = self.grid.at(on), self.throttle.at(on)
        self.cell = self.grid.flat
        self._take_moves(self.every_move.at(self.walked))
        self.batch = Batch.of([np.take(getattr(self.batch, name), on, axis=1) for name in PER_MOVE])
        self.outcome = self.batch.flat

    def keep_shared(self, columns: Ints) -> bool:
        """Keep of what is shared only these variants; False where a walk goes on with all of them."""
        del columns
        return False

    def _take_moves(self, moves: Moves) -> None:
        self.moves = moves.flat
        self.first, self.rewritten = Sent.of(self.moves.content), Sent.of(self.moves.rewritten)

    def _write_down(self) -> None:
        """Write what became of the variants that are walked to all variants."""
        if self.batch is not self.whole:
            for name in PER_MOVE:
                getattr(self.whole, name)[:, self.walked] = getattr(self.batch, name)

    def put(self, slots: Ints, columns: Ints, moves: Ints, begin: Floats, set_up: Floats) -> Ints:
        """These moves take these slots, to start at `begin`; `set_up` is what came before the first start [s].

        Returns
        -------
        (moves,) the cells they are in.
        """
        cells: Ints = slots * self.variants + columns
        at = moves * self.variants + columns
        now = self.now[columns]
        # The batch's set-up belongs to the moves it holds up: those that start with it.
        self.outcome.begin_s[at] = np.where(now == 0.0, begin - set_up, begin)
        self.cell.phase[cells] = STARTING
        self.cell.move[cells] = moves
        wait = begin - now + self.moves.scan_s[at]
        self.cell.timer[cells] = wait
        self.under_way += int(cells.size)
        at_once = wait <= 0
        if at_once.any():
            self.started(cells[at_once], columns[at_once], wait[at_once])
        return cells

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
        rate = self.rates()
        sending = rate > 0
        ends_at: Floats | None = None
        if self.looks:
            looks_at = self.stop.leaves(rate * self.grid.sent.wire_per_raw, rate, self.grid.fullness)
            looks_at = np.where(np.isnan(self.grid.stops_at), looks_at, self.grid.stops_at)
            ends_at = np.where(self.grid.phase == PASS, np.minimum(looks_at, self.grid.left), 0.0)
        to_go = self.grid.left if ends_at is None else self.grid.left - ends_at
        until = np.where(sending, to_go / rate, self.grid.timer)
        wait = until.min(axis=0)
        wait[~np.isfinite(wait)] = 0.0
        (cells,) = np.nonzero((until <= wait * (1 + 1e-12)).reshape(-1))
        sent = rate * wait
        sent.reshape(-1)[cells] = to_go.reshape(-1)[cells]
        self.grid.left -= sent
        self.grid.elapsed += wait
        self.grid.timer -= wait
        if self.record and wait[0] > 0:
            self.note_rate(rate[:, 0], float(wait[0]))
        self.now += wait
        if cells.size:
            self.turn(cells, rate.reshape(-1)[cells])

    def turn(self, cells: Ints, rate: Floats) -> None:
        """Let the moves at an event go on to their next phase."""
        phase, columns = self.cell.phase[cells], cells % self.variants
        acts = (
            (DEVICE, self.alive),
            (FINAL, self.copied),
            (PASS, self.passed),
            (DISKS, self.disks_copied),
            (STARTING, self.started),
        )
        for at, act in acts:
            (which,) = np.nonzero(phase == at)
            if which.size:
                act(cells[which], columns[which], rate[which])

    def started(self, cells: Ints, columns: Ints, _: Floats) -> None:
        """A move's turn has come: its disks are copied, where they move, and its first pass begins."""
        at = self.cell.move[cells] * self.variants + columns
        self.cell.timer[cells] = np.inf
        disks = self.moves.disks
        if disks is None:
            self.first_pass(cells, columns, at)
            return
        used, sent = disks.used_bytes[at], self.cell.sent
        ahead = used > 0
        self.begin_pass(cells[ahead], used[ahead], DISKS)
        self.cell.mirrored[cells[ahead]] = disks.write_bytes_s[at[ahead]]
        sent.wire_per_raw[cells[ahead]], sent.per_work[cells[ahead]] = 1.0, _NO_WORK
        sent.most[cells[ahead]] = np.inf
        self.first_pass(cells[~ahead], columns[~ahead], at[~ahead])

    def disks_copied(self, cells: Ints, columns: Ints, _: Floats) -> None:
        """The disks are at the destination: memory follows."""
        at = self.cell.move[cells] * self.variants + columns
        used, written = self.cell.volume[cells], self.cell.mirrored[cells] * self.cell.elapsed[cells]
        self.outcome.wire_bytes[at] += used + np.minimum(written, most_mirrored(used))
        self.first_pass(cells, columns, at)

    def first_pass(self, cells: Ints, columns: Ints, at: Ints) -> None:
        """Memory begins to be sent, all of it."""
        moves = self.moves
        first = moves.first_bytes[at]
        self.begin_pass(cells, first, PASS)
        if self.throttles:
            self.throttle.begin(cells // self.variants, columns)
        self.cell.sent.take_over(cells, self.first, at)
        self.cell.fullness[cells] = moves.tail_share[at]
        self.cell.left[cells] = first - np.minimum(moves.head_start_bytes[at], first)

    def begin_pass(self, cells: Ints, volume: Floats, phase: int | NDArray[np.int8]) -> None:
        """So much memory is to be sent, in a pass or in the final copy."""
        self.cell.phase[cells] = phase
        self.cell.volume[cells] = volume
        self.cell.left[cells] = volume
        self.cell.elapsed[cells] = 0.0

    def passed(self, cells: Ints, columns: Ints, rate: Floats) -> None:
        """A pass has ended: again, or pause the VM for the final copy."""
        at = self.cell.move[cells] * self.variants + columns
        outcome = self.outcome
        last = ~np.isnan(self.cell.stops_at[cells])
        done = outcome.passes[at] + ~last
        outcome.passes[at] = done
        volume, left, wire = self.cell.volume[cells], self.cell.left[cells], self.cell.sent.wire_per_raw[cells]
        self.count_sent(at, volume - left, wire)
        ran_s = self.cell.elapsed[cells]
        if self.throttles:
            ran_s = ran_s * self.throttle.running(cells // self.variants, columns)
        curve = self.moves.curve.take((at,))
        written = curve.dirty(ran_s)
        if self.throttles:
            self.throttle.after_pass(cells // self.variants, columns, dirty=written, sent=volume - left)
        dirty = left_and_dirty(left, volume, written, curve.hot_set)
        stop = stop_at(self.stop, columns)
        met = stop.met(dirty, rate * wire) & ~last
        forced = ~met & (stop.forced(done) | (done >= PASSES_AT_MOST))
        outcome.converged[at] |= met
        ends = met | forced | last
        if self.looks:
            turn_s = np.asarray(stop.goes_on_s, dtype=np.float64)
            goes_on = forced & ~last & (turn_s > 0)
            ends &= ~goes_on
            self.cell.stops_at[cells] = np.where(goes_on, np.maximum(dirty - rate * turn_s, 0.0), np.nan)
        self.note(cells, columns, dirty, is_blackout=False)
        if self.content_changes:
            self.cell.sent.take_over(cells, self.rewritten, at)
        self.cell.fullness[cells] = 1.0
        self.begin_pass(cells, dirty, np.where(ends, np.int8(FINAL), np.int8(PASS)))
        # An empty final copy takes no time on the wire: on to the devices at once.
        none_left = ends & (dirty <= 0)
        if none_left.any():
            self.copied(cells[none_left], columns[none_left], rate[none_left])

    def copied(self, cells: Ints, columns: Ints, _: Floats) -> None:
        """The final copy has been sent: the devices follow."""
        at = self.cell.move[cells] * self.variants + columns
        self.count_sent(at, self.cell.volume[cells], self.cell.sent.wire_per_raw[cells])
        device = self.moves.device_s[at]
        self.outcome.blackout_s[at] = self.cell.elapsed[cells] + device
        self.cell.phase[cells] = DEVICE
        self.cell.timer[cells] = device

    def count_sent(self, at: Ints, memory: Floats, wire_per_raw: Floats) -> None:
        """Add memory to what these moves have sent, and what it was on the wire."""
        self.outcome.sent_bytes[at] += memory
        self.outcome.wire_bytes[at] += memory * wire_per_raw

    def alive(self, cells: Ints, columns: Ints, _: Floats) -> None:
        """The VM runs at the destination: its slot is free."""
        self.outcome.end_s[self.cell.move[cells] * self.variants + columns] = self.now[columns]
        self.note(cells, columns, np.zeros(cells.size), is_blackout=True)
        self.cell.phase[cells] = FREE
        self.cell.timer[cells] = np.inf
        self.under_way -= int(cells.size)
        self.freed = True
        self.left_slots(cells, columns)

    def note_rate(self, rate: Floats, wait: float) -> None:
        """Keep what the wire carries until the next event of the first variant."""
        start = float(self.now[0])
        wire = float((rate * self.grid.sent.wire_per_raw[:, 0]).sum())
        self.batch.rates.append(RateRecord(start, start + wait, wire))

    def note(self, cells: Ints, columns: Ints, dirty: Floats, *, is_blackout: bool) -> None:
        """Keep the passes of the first variant."""
        if not self.record:
            return
        for cell, left in zip(cells[columns == 0], dirty[columns == 0], strict=True):
            move = int(self.cell.move[cell])
            end = float(self.now[0])
            length = float(self.batch.blackout_s[move, 0] if is_blackout else self.cell.elapsed[cell])
            number = int(self.batch.passes[move, 0]) + is_blackout
            volume = float(self.cell.volume[cell])
            self.batch.records.append(PassRecord(move, number, is_blackout, end - length, end, volume, float(left)))
