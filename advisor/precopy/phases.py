"""The phases a move goes through in an event walk, and what it does as it goes from one to the next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import PER_MOVE, Batch, Moves, stop_at
from advisor.precopy.passes import PASSES_AT_MOST, PassLimit, StopRule, left_and_dirty
from advisor.precopy.records import PassRecord
from advisor.precopy.slots import Sent, Slots
from advisor.precopy.storage import most_mirrored
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

# Wire bytes for a piece of processor work where next to none is needed: disks go as they are.
_NO_WORK: Final = 1e12


class Phases(ABC):
    """What every slot of every walked variant is at: one column a variant, one row a slot.

    Parameters
    ----------
    moves : the VMs.
    rows : most moves at once.
    walked : variants that are walked, the others wait for their turn.
    stop, throttles : as in `batch.Shared`, of all variants.
    record : keep the passes of the first variant, and what the wire carried.

    Notes
    -----
    A cell is a slot in a variant, as a position in arrays laid out in one row: NumPy finds it by one index in half
    the time that two take, and most of a walk is finding. What goes in and what comes out stays where it is, for all
    variants: of these arrays a move's place is its row times their number, and its variant's place among them.
    """

    def __init__(
        self, moves: Moves, rows: int, walked: Ints, stop: StopRule, throttles: Bools | None, *, record: bool
    ) -> None:
        n, of = moves.first_bytes.shape
        self.of, self.record = of, record
        # A limit of passes alone sends every pass to its end.
        self.looks = not isinstance(stop, PassLimit)
        self.every_stop = stop
        self.every_throttle = np.zeros(of, dtype=np.bool_) if throttles is None else throttles
        self.moves = moves.flat
        self.first, self.rewritten = Sent.of(self.moves.content), Sent.of(self.moves.rewritten)
        self.content_changes = any(
            not np.array_equal(getattr(self.first, name), getattr(self.rewritten, name))
            for name in Sent.__dataclass_fields__
        )
        blank = [np.zeros((n, of)) for _ in PER_MOVE[:-1]]
        self.batch = Batch.of([*blank, np.zeros((n, of), dtype=np.bool_)])
        # The same memory in one row.
        self.outcome = self.batch.flat
        self.now = np.zeros(walked.size)
        self.grid = Slots.free((rows, walked.size))
        self.throttle = Throttle(self.every_throttle[walked], rows)
        self.under_way = 0
        # Whether any slot has become free since they were last filled.
        self.freed = False
        # Whether any move goes on though its switchover was forced.
        self.goes_on = False
        self.walk_these(walked)

    def walk_these(self, walked: Ints) -> None:
        """The columns are those of these variants; `grid` and `throttle` are theirs already."""
        self.walked, self.variants, self.columns = walked, walked.size, np.arange(walked.size)
        self.stop = stop_at(self.every_stop, walked)
        self.throttles = bool(self.every_throttle[walked].any())
        # The same memory in one row.
        self.cell = self.grid.flat

    @abstractmethod
    def left_slots(self, cells: Ints, columns: Ints) -> None:
        """Take note that the moves in these cells have ended."""

    def places(self, cells: Ints, columns: Ints) -> Ints:
        """Where the moves in these cells stand in arrays of all variants in one row."""
        at: Ints = self.cell.move[cells] * self.of
        at += self.walked[columns]
        return at

    def put(self, slots: Ints, columns: Ints, moves: Ints, begin: Floats, set_up: Floats) -> Ints:
        """These moves take these slots, to start at `begin`; `set_up` is what came before the first start [s].

        Returns
        -------
        (moves,) the cells they are in.
        """
        cells: Ints = slots * self.variants + columns
        at = moves * self.of + self.walked[columns]
        now = self.now[columns]
        # The batch's set-up belongs to the moves it holds up: those that start with it.
        self.outcome.begin_s[at] = np.where(now == 0.0, begin - set_up, begin)
        self.cell.phase[cells] = STARTING
        self.cell.move[cells] = moves
        wait = begin - now + self.moves.scan_s[at]
        self.cell.timer[cells] = wait
        self.under_way += int(cells.size)
        at_once = wait <= 0
        if np.count_nonzero(at_once):
            self.started(cells[at_once], columns[at_once], wait[at_once])
        return cells

    def turn(self, cells: Ints, rate: Floats) -> None:
        """Let the moves at an event go on to their next phase."""
        phase, columns = self.cell.phase[cells], cells % self.variants
        acts = {
            DEVICE: self.alive,
            FINAL: self.copied,
            PASS: self.passed,
            DISKS: self.disks_copied,
            STARTING: self.started,
        }
        at_event = np.bincount(phase, minlength=DEVICE + 1).tolist()
        for at, act in acts.items():
            if at_event[at] == cells.size:
                act(cells, columns, rate)
            elif at_event[at]:
                (which,) = (phase == at).nonzero()
                act(cells[which], columns[which], rate[which])

    def started(self, cells: Ints, columns: Ints, _: Floats) -> None:
        """A move's turn has come: its disks are copied, where they move, and its first pass begins."""
        at = self.places(cells, columns)
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
        at = self.places(cells, columns)
        used, written = self.cell.volume[cells], self.cell.mirrored[cells] * self.cell.elapsed[cells]
        self.outcome.wire_bytes[at] += used + np.minimum(written, most_mirrored(used))
        self.first_pass(cells, columns, at)

    def first_pass(self, cells: Ints, columns: Ints, at: Ints) -> None:
        """Memory begins to be sent, all of it."""
        moves = self.moves
        first = moves.first_bytes[at]
        self.begin_pass(cells, first, PASS)
        if self.throttles:
            self.throttle.begin(cells)
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
        at = self.places(cells, columns)
        cell, outcome = self.cell, self.outcome
        volume, left, wire = cell.volume[cells], cell.left[cells], cell.sent.wire_per_raw[cells]
        # Those that went on though their switchover was forced: this was no pass.
        last = ~np.isnan(cell.stops_at[cells]) if self.goes_on else np.zeros(cells.size, dtype=np.bool_)
        done = outcome.passes[at] + ~last
        outcome.passes[at] = done
        self.count_sent(at, volume - left, wire)
        ran_s = cell.elapsed[cells]
        if self.throttles:
            ran_s = ran_s * self.throttle.running(cells)
        curve = self.moves.curve.take((at,))
        dirty = curve.dirty(ran_s)
        if self.throttles:
            self.throttle.after_pass(cells, dirty=dirty, sent=volume - left)
        if self.looks:
            dirty = left_and_dirty(left, volume, dirty, curve.hot_set)
        stop = stop_at(self.stop, columns)
        met = stop.met(dirty, rate * wire) & ~last
        forced = ~met & (stop.forced(done) | (done >= PASSES_AT_MOST))
        outcome.converged[at] |= met
        ends = met | forced | last
        if self.looks:
            turn_s = np.asarray(stop.goes_on_s, dtype=np.float64)
            goes_on = forced & ~last & (turn_s > 0)
            if self.goes_on or np.count_nonzero(goes_on):
                self.goes_on = True
                ends &= ~goes_on
                cell.stops_at[cells] = np.where(goes_on, np.maximum(dirty - rate * turn_s, 0.0), np.nan)
        self.note(cells, columns, dirty, is_blackout=False)
        if self.content_changes:
            cell.sent.take_over(cells, self.rewritten, at)
        cell.fullness[cells] = 1.0
        self.begin_pass(cells, dirty, np.where(ends, np.int8(FINAL), np.int8(PASS)))
        # An empty final copy takes no time on the wire: on to the devices at once.
        none_left = ends & (dirty <= 0)
        if np.count_nonzero(none_left):
            self.copied(cells[none_left], columns[none_left], rate[none_left])

    def copied(self, cells: Ints, columns: Ints, _: Floats) -> None:
        """The final copy has been sent: the devices follow."""
        at = self.places(cells, columns)
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
        self.outcome.end_s[self.places(cells, columns)] = self.now[columns]
        self.note(cells, columns, np.zeros(cells.size), is_blackout=True)
        self.cell.phase[cells] = FREE
        self.cell.timer[cells] = np.inf
        self.under_way -= int(cells.size)
        self.freed = True
        self.left_slots(cells, columns)

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
