"""Simultaneous moves: they share link and processors, and as one ends the others speed up.

An event walk: between two events every rate is constant; an event is a VM that starts, ends a pass,
ends its final copy or comes alive. Passes lengthen while the link is shared, so more gets dirty: this
is not a division by the number of moves. Many variants of one batch (options, quantiles, luck) are
walked side by side, each at its own pace.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import PER_MOVE, Batch, Content, Moves, PassRecord, RateRecord, Shared
from advisor.precopy.fairness import fair_rates
from advisor.precopy.passes import PASSES_AT_MOST, left_and_dirty
from advisor.precopy.throttle import Throttle

__all__ = ["Batch", "Content", "Moves", "PassRecord", "RateRecord", "Shared", "move_batch"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

_FREE: Final = 0
_STARTING: Final = 1
_PASS: Final = 2
_FINAL: Final = 3
_DEVICE: Final = 4

# Moves x variants walked side by side: bounds memory whatever the batch.
_CELLS_AT_ONCE: Final = 1_500_000


def move_batch(moves: Moves, shared: Shared, *, record: bool = False) -> Batch:
    """Walk one batch of moves, all variants side by side.

    Parameters
    ----------
    moves : the n VMs.
    shared : what they share.
    record : keep the passes of the first variant, and what the wire carried.

    Notes
    -----
    Moves start as slots become free, never closer than `per_vm_s`, which overlaps with the transfers
    already running: n equal moves that fit the slots take set-up + max(n M/B, (n-1) c + M/B). Rates
    are fair on the wire and in the processors (`fairness.fair_rates`). With one slot and one VM this
    is `passes.walk` and the blackout after it.
    """
    n, variants = moves.first_bytes.shape
    at_once = max(_CELLS_AT_ONCE // n, 1)
    if variants <= at_once:
        return _walk(moves, shared, record=record)
    parts = []
    for start in range(0, variants, at_once):
        columns = np.arange(start, min(start + at_once, variants))
        parts.append(_walk(moves.at(columns), shared.at(columns), record=record and start == 0))
    whole = Batch.of([np.concatenate([getattr(part, name) for part in parts], axis=1) for name in PER_MOVE])
    whole.records, whole.rates = parts[0].records, parts[0].rates
    return whole


def _walk(moves: Moves, shared: Shared, *, record: bool) -> Batch:
    walker = _Walker(moves, shared, record=record)
    for _ in range(moves.first_bytes.shape[0] * (PASSES_AT_MOST + 4)):
        walker.fill_slots()
        if not walker.busy():
            break
        walker.step()
    return walker.batch


class _Walker:
    """The state between events: one column a variant, one row a slot."""

    def __init__(self, moves: Moves, shared: Shared, *, record: bool) -> None:
        n, variants = moves.first_bytes.shape
        rows = int(min(n, shared.slots.max()))
        shape = (rows, variants)
        self.moves, self.shared, self.record = moves, shared, record
        self.columns = np.arange(variants)
        self.allowed = np.arange(rows)[:, None] < shared.slots[None, :]
        self.now = np.zeros(variants)
        self.starts_free = shared.set_up_s.copy()
        self.next_move = np.zeros(variants, dtype=np.intp)
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
        self.throttle = Throttle(off if shared.throttles is None else shared.throttles, rows)
        blank = [np.zeros((n, variants)) for _ in PER_MOVE[:-1]]
        self.batch = Batch.of([*blank, np.zeros((n, variants), dtype=np.bool_)])

    def busy(self) -> bool:
        return bool((self.phase != _FREE).any())

    def fill_slots(self) -> None:
        """Put waiting moves into free slots; their starts queue one behind another."""
        n = self.moves.first_bytes.shape[0]
        while True:
            free = (self.phase == _FREE) & self.allowed
            take = free.any(axis=0) & (self.next_move < n)
            if not take.any():
                return
            column = self.columns[take]
            slot = free.argmax(axis=0)[take]
            move = self.next_move[take]
            begin = np.maximum(self.now[take], self.starts_free[take])
            # The batch's set-up belongs to the moves it holds up: those that start with it.
            first = self.now[take] == 0.0
            self.batch.begin_s[move, column] = np.where(first, begin - self.shared.set_up_s[take], begin)
            self.phase[slot, column] = _STARTING
            self.move[slot, column] = move
            self.timer[slot, column] = begin - self.now[take] + self.moves.scan_s[move, column]
            self.starts_free[take] = begin + self.shared.per_vm_s[take]
            self.next_move[take] += 1

    def rates(self) -> Floats:
        """Memory bytes per second of every slot, 0 where nothing is being sent."""
        sending = (self.phase == _PASS) | (self.phase == _FINAL)
        shared = self.shared
        content = self.content
        most = np.minimum(shared.flow_bytes_s, content.most_bytes_s * content.wire_per_raw)
        per_work = content.wire_per_raw / content.cost
        share = fair_rates(shared.link_bytes_s, shared.processor_bytes_s, most, per_work, sending)
        return np.where(sending, share / content.wire_per_raw, 0.0)

    def step(self) -> None:
        """Go on to the next event of every variant."""
        rate = self.rates()
        sending = rate > 0
        passing = self.phase == _PASS
        looks_at = self.shared.stop.leaves(rate * self.content.wire_per_raw, rate, self.fullness)
        looks_at = np.where(np.isnan(self.stops_at), looks_at, self.stops_at)
        ends_at = np.where(passing, np.minimum(looks_at, self.left), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            until = np.where(sending, (self.left - ends_at) / rate, self.timer)
        until[self.phase == _FREE] = np.inf
        wait = until.min(axis=0)
        going = np.isfinite(wait)
        wait = np.where(going, wait, 0.0)
        due = (until <= wait * (1 + 1e-12)) & (self.phase != _FREE) & going
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
        for at, act in ((_DEVICE, self.alive), (_FINAL, self.copied), (_PASS, self.passed), (_STARTING, self.started)):
            which = phase == at
            if which.any():
                act(slots[which], columns[which], rate[which])

    def started(self, slots: Ints, columns: Ints, _: Floats) -> None:
        at = (self.move[slots, columns], columns)
        self.timer[slots, columns] = np.inf
        self.begin_pass(slots, columns, self.moves.first_bytes[at], _PASS)
        self.throttle.begin(slots, columns)
        self.take_content(slots, columns, self.moves.content)
        self.fullness[slots, columns] = self.moves.tail_share[at]
        head_start = np.minimum(self.moves.head_start_bytes[at], self.left[slots, columns])
        self.left[slots, columns] -= head_start

    def begin_pass(self, slots: Ints, columns: Ints, volume: Floats, phase: int) -> None:
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
        stop = self.shared.stop_at(columns)
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
        for phase, which in ((_PASS, ~ends), (_FINAL, ends)):
            self.begin_pass(slots[which], columns[which], dirty[which], phase)
        # An empty final copy takes no time on the wire: on to the devices at once.
        none_left = ends & (dirty <= 0)
        if none_left.any():
            self.copied(slots[none_left], columns[none_left], rate[none_left])

    def copied(self, slots: Ints, columns: Ints, _: Floats) -> None:
        move = self.move[slots, columns]
        self.count_sent(slots, columns, self.volume[slots, columns])
        self.batch.blackout_s[move, columns] = self.elapsed[slots, columns] + self.moves.device_s[move, columns]
        self.phase[slots, columns] = _DEVICE
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
        move = self.move[slots, columns]
        self.batch.end_s[move, columns] = self.now[columns]
        self.note(slots, columns, np.zeros(slots.size), is_blackout=True)
        self.phase[slots, columns] = _FREE
        self.timer[slots, columns] = np.inf

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
