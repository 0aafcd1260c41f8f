"""The event walk of moves at once, whatever they share: the state between events, and what happens at each.

Between two events every rate is constant; an event is a VM that starts, ends a pass, ends its final copy or comes
alive. Who starts when, and who gets how much, is for those who know what is shared: `sharing`, `routes`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import PER_MOVE, Batch, Content, Moves, PassRecord, RateRecord, stop_at
from advisor.precopy.passes import PASSES_AT_MOST, PassLimit, StopRule, left_and_dirty
from advisor.precopy.throttle import Throttle

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

FREE: Final = 0
STARTING: Final = 1
PASS: Final = 2
FINAL: Final = 3
DEVICE: Final = 4


class EventWalk(ABC):
    """The state between events: one column a variant, one row a slot.

    Parameters
    ----------
    moves : the VMs.
    rows : most moves at once.
    stop, throttles : as in `batch.Shared`.
    record : keep the passes of the first variant, and what the wire carried.
    """

    def __init__(
        self, moves: Moves, rows: int, stop: StopRule, throttles: Bools | None, *, record: bool = False
    ) -> None:
        n, variants = moves.first_bytes.shape
        shape = (rows, variants)
        self.moves, self.stop, self.record = moves, stop, record
        # A limit of passes alone sends every pass to its end.
        self.looks = not isinstance(stop, PassLimit)
        self.columns = np.arange(variants)
        self.now = np.zeros(variants)
        self.phase = np.zeros(shape, dtype=np.int8)
        self.move = np.zeros(shape, dtype=np.intp)
        self.timer = np.full(shape, np.inf)
        self.left = np.zeros(shape)
        self.elapsed = np.zeros(shape)
        self.volume = np.zeros(shape)
        self.fullness = np.ones(shape)
        # Where the switchover was forced and sending goes on for a moment: what is left then; else not a number.
        self.stops_at = np.full(shape, np.nan)
        self.content = Content.of(np.ones(shape))
        off = np.zeros(variants, dtype=np.bool_)
        self.throttle = Throttle(off if throttles is None else throttles, rows)
        blank = [np.zeros((n, variants)) for _ in PER_MOVE[:-1]]
        self.batch = Batch.of([*blank, np.zeros((n, variants), dtype=np.bool_)])

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
    def left_slots(self, slots: Ints, columns: Ints) -> None:
        """Take note that the moves in these slots have ended."""

    def walk(self) -> Batch:
        """From the first start to the last end."""
        for _ in range(self.moves.first_bytes.shape[0] * (PASSES_AT_MOST + 4)):
            self.fill_slots()
            if not self.busy():
                break
            self.step()
        return self.batch

    def busy(self) -> bool:
        """Whether any move is under way."""
        return bool((self.phase != FREE).any())

    def put(self, slots: Ints, columns: Ints, moves: Ints, begin: Floats, set_up: Floats) -> None:
        """These moves take these slots, to start at `begin`; `set_up` is what came before the first start [s]."""
        # The batch's set-up belongs to the moves it holds up: those that start with it.
        first = self.now[columns] == 0.0
        self.batch.begin_s[moves, columns] = np.where(first, begin - set_up, begin)
        self.phase[slots, columns] = STARTING
        self.move[slots, columns] = moves
        wait = begin - self.now[columns] + self.moves.scan_s[moves, columns]
        self.timer[slots, columns] = wait
        now = wait <= 0
        if now.any():
            self.started(slots[now], columns[now], wait[now])

    def rates(self) -> Floats:
        """Memory bytes per second of every slot, 0 where nothing is being sent."""
        sending = (self.phase == PASS) | (self.phase == FINAL)
        content = self.content
        most = content.most_bytes_s * content.wire_per_raw
        share = self.wire_rates(most, content.wire_per_raw / content.cost, sending)
        return np.where(sending, share / content.wire_per_raw, 0.0)

    def step(self) -> None:
        """Go on to the next event of every variant."""
        rate = self.rates()
        sending = rate > 0
        passing = self.phase == PASS
        ends_at: Floats | float = 0.0
        if self.looks:
            looks_at = self.stop.leaves(rate * self.content.wire_per_raw, rate, self.fullness)
            looks_at = np.where(np.isnan(self.stops_at), looks_at, self.stops_at)
            ends_at = np.where(passing, np.minimum(looks_at, self.left), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            until = np.where(sending, (self.left - ends_at) / rate, self.timer)
        until[self.phase == FREE] = np.inf
        wait = until.min(axis=0)
        going = np.isfinite(wait)
        wait = np.where(going, wait, 0.0)
        due = (until <= wait * (1 + 1e-12)) & (self.phase != FREE) & going
        sent = np.where(sending, np.where(due, self.left - ends_at, rate * wait), 0.0)
        self.left -= sent
        self.elapsed += wait
        self.timer -= np.where(np.isfinite(self.timer), wait, 0.0)
        if self.record and wait[0] > 0:
            self.note_rate(rate[:, 0], float(wait[0]))
        self.now += wait
        slots, columns = np.nonzero(due)
        if slots.size:
            self.turn(slots, columns, rate[slots, columns])

    def turn(self, slots: Ints, columns: Ints, rate: Floats) -> None:
        """Let the moves at an event go on to their next phase."""
        phase = self.phase[slots, columns]
        for at, act in ((DEVICE, self.alive), (FINAL, self.copied), (PASS, self.passed), (STARTING, self.started)):
            which = phase == at
            if which.any():
                act(slots[which], columns[which], rate[which])

    def started(self, slots: Ints, columns: Ints, _: Floats) -> None:
        """A move's turn has come: its first pass begins."""
        at = (self.move[slots, columns], columns)
        self.timer[slots, columns] = np.inf
        self.begin_pass(slots, columns, self.moves.first_bytes[at], PASS)
        self.throttle.begin(slots, columns)
        self.take_content(slots, columns, self.moves.content)
        self.fullness[slots, columns] = self.moves.tail_share[at]
        head_start = np.minimum(self.moves.head_start_bytes[at], self.left[slots, columns])
        self.left[slots, columns] -= head_start

    def begin_pass(self, slots: Ints, columns: Ints, volume: Floats, phase: int) -> None:
        """So much memory is to be sent, in a pass or in the final copy."""
        self.phase[slots, columns] = phase
        self.volume[slots, columns] = volume
        self.left[slots, columns] = volume
        self.elapsed[slots, columns] = 0.0

    def passed(self, slots: Ints, columns: Ints, rate: Floats) -> None:
        """A pass has ended: again, or pause the VM for the final copy."""
        move = self.move[slots, columns]
        at = (move, columns)
        batch = self.batch
        last = ~np.isnan(self.stops_at[slots, columns])
        batch.passes[at] += ~last
        volume, left, wire = (each[slots, columns] for each in (self.volume, self.left, self.content.wire_per_raw))
        self.count_sent(slots, columns, volume - left)
        ran_s = self.elapsed[slots, columns] * self.throttle.running(slots, columns)
        curve = self.moves.curve.take(at)
        written = curve.dirty(ran_s)
        self.throttle.after_pass(slots, columns, dirty=written, sent=volume - left)
        dirty = left_and_dirty(left, volume, written, curve.hot_set)
        stop = stop_at(self.stop, columns)
        met = stop.met(dirty, rate * wire) & ~last
        done = batch.passes[at]
        forced = ~met & (stop.forced(done) | (done >= PASSES_AT_MOST))
        turn_s = np.asarray(stop.goes_on_s, dtype=np.float64)
        goes_on = forced & ~last & (turn_s > 0)
        ends = (met | forced | last) & ~goes_on
        batch.converged[at] |= met
        self.stops_at[slots, columns] = np.where(goes_on, np.maximum(dirty - rate * turn_s, 0.0), np.nan)
        self.note(slots, columns, dirty, is_blackout=False)
        self.take_content(slots, columns, self.moves.rewritten)
        self.fullness[slots, columns] = 1.0
        for phase, which in ((PASS, ~ends), (FINAL, ends)):
            self.begin_pass(slots[which], columns[which], dirty[which], phase)
        # An empty final copy takes no time on the wire: on to the devices at once.
        none_left = ends & (dirty <= 0)
        if none_left.any():
            self.copied(slots[none_left], columns[none_left], rate[none_left])

    def copied(self, slots: Ints, columns: Ints, _: Floats) -> None:
        """The final copy has been sent: the devices follow."""
        move = self.move[slots, columns]
        self.count_sent(slots, columns, self.volume[slots, columns])
        self.batch.blackout_s[move, columns] = self.elapsed[slots, columns] + self.moves.device_s[move, columns]
        self.phase[slots, columns] = DEVICE
        self.timer[slots, columns] = self.moves.device_s[move, columns]

    def take_content(self, slots: Ints, columns: Ints, content: Content) -> None:
        """From here on these moves send memory of that kind."""
        move = self.move[slots, columns]
        for name in Content.__dataclass_fields__:
            getattr(self.content, name)[slots, columns] = getattr(content, name)[move, columns]

    def count_sent(self, slots: Ints, columns: Ints, memory: Floats) -> None:
        """Add memory to what a move has sent, and what it was on the wire."""
        at = (self.move[slots, columns], columns)
        self.batch.sent_bytes[at] += memory
        self.batch.wire_bytes[at] += memory * self.content.wire_per_raw[slots, columns]

    def alive(self, slots: Ints, columns: Ints, _: Floats) -> None:
        """The VM runs at the destination: its slot is free."""
        move = self.move[slots, columns]
        self.batch.end_s[move, columns] = self.now[columns]
        self.note(slots, columns, np.zeros(slots.size), is_blackout=True)
        self.phase[slots, columns] = FREE
        self.timer[slots, columns] = np.inf
        self.left_slots(slots, columns)

    def note_rate(self, rate: Floats, wait: float) -> None:
        """Keep what the wire carries until the next event of the first variant."""
        start = float(self.now[0])
        wire = float((rate * self.content.wire_per_raw[:, 0]).sum())
        self.batch.rates.append(RateRecord(start, start + wait, wire))

    def note(self, slots: Ints, columns: Ints, dirty: Floats, *, is_blackout: bool) -> None:
        """Keep the passes of the first variant."""
        if not self.record:
            return
        for slot, left in zip(slots[columns == 0], dirty[columns == 0], strict=True):
            move = int(self.move[slot, 0])
            end = float(self.now[0])
            length = float(self.batch.blackout_s[move, 0] if is_blackout else self.elapsed[slot, 0])
            number = int(self.batch.passes[move, 0]) + is_blackout
            self.batch.records.append(
                PassRecord(move, number, is_blackout, end - length, end, float(self.volume[slot, 0]), float(left))
            )
