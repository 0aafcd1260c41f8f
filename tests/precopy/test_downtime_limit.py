"""QEMU's stop rule: against a simulation page by page, closed forms, and the corners of the rule."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import DowntimeLimit, walk
from advisor.precopy.sharing import Batch, Content, Moves, Shared, move_batch
from tests.precopy.page_simulation import TURN_S, Guest, simulate

PAGES_S = 20_000.0  # 80 MB/s of pages of 4 KiB


def moved(guest: Guest, limit_s: float, looks: float, wire: float = 1.0, queued: float = 0.0) -> Batch:
    """The guest through the library, in pages instead of bytes."""
    one = np.ones((1, 1))
    curve = DirtyCurve.of(guest.working_set * one, guest.writes_s * one, guest.pages * one)
    rule = DowntimeLimit(limit_s=limit_s, passes=looks, late_s=TURN_S / 2, queued_bytes=queued)
    moves = Moves.of(guest.pages * one, curve, wire * one, 0 * one)
    none = np.full(1, np.inf)
    shared = Shared(
        link_bytes_s=np.array([PAGES_S * wire]),
        processor_bytes_s=none,
        flow_bytes_s=none,
        slots=np.array([1]),
        set_up_s=np.zeros(1),
        per_vm_s=np.zeros(1),
        stop=rule,
    )
    return move_batch(moves, shared)


@pytest.mark.parametrize("limit_s", [0.05, 0.1, 0.3, 1.0])
@pytest.mark.parametrize(
    "guest",
    [
        Guest(60_000, 1, 0.0),
        Guest(60_000, 2_000, 1_000.0),
        Guest(60_000, 20_000, 5_000.0),
        Guest(120_000, 40_000, 12_000.0),
        Guest(60_000, 3_000, 40_000.0),
    ],
)
def test_agrees_with_the_simulation_page_by_page(guest: Guest, limit_s: float) -> None:
    found = [simulate(guest, PAGES_S, limit_s, 6, np.random.default_rng(seed)) for seed in range(8)]
    batch = moved(guest, limit_s, 6)
    assert batch.end_s[0, 0] == pytest.approx(np.mean([one.total_s for one in found]), rel=0.04, abs=TURN_S)
    assert batch.sent_bytes[0, 0] == pytest.approx(np.mean([one.sent_pages for one in found]), rel=0.04)
    # A turn of sending is all that is not known of the moment QEMU looks.
    blackouts = [one.blackout_s for one in found]
    assert min(blackouts) - TURN_S <= batch.blackout_s[0, 0] <= max(blackouts) + TURN_S


def test_a_guest_that_writes_nothing_is_dark_for_what_was_left_at_the_look() -> None:
    batch = moved(Guest(60_000, 1, 0.0), 0.3, 100)
    assert batch.blackout_s[0, 0] == pytest.approx(0.3 - TURN_S / 2)
    assert batch.end_s[0, 0] == pytest.approx(60_000 / PAGES_S)
    assert batch.converged[0, 0]


def test_the_threshold_is_of_the_wire_and_what_is_left_of_memory() -> None:
    # Four to one: what leaves in 0.4 s on the wire is a quarter of the memory that would.
    batch = moved(Guest(60_000, 1, 0.0), 0.4, 100, wire=0.25)
    assert batch.blackout_s[0, 0] == pytest.approx(0.4 / 4 - TURN_S / 2)


def test_what_waits_in_queues_comes_on_top() -> None:
    plain, queued = moved(Guest(60_000, 1, 0.0), 0.3, 100), moved(Guest(60_000, 1, 0.0), 0.3, 100, queued=2_000)
    assert queued.blackout_s[0, 0] - plain.blackout_s[0, 0] == pytest.approx(2_000 / PAGES_S)
    assert queued.end_s[0, 0] == pytest.approx(plain.end_s[0, 0])


def test_a_forced_switchover_still_sends_for_a_turn() -> None:
    # Every pass leaves nearly the whole set; in a turn little of it gets dirty that was sent.
    guest = Guest(60_000, 20_000, 15_000.0)
    batch = moved(guest, 0.05, 2)
    found = [simulate(guest, PAGES_S, 0.05, 2, np.random.default_rng(seed)) for seed in range(8)]
    assert all(one.forced for one in found)
    assert not batch.converged[0, 0]
    assert batch.passes[0, 0] == 2
    assert batch.blackout_s[0, 0] == pytest.approx(np.mean([one.blackout_s for one in found]), rel=0.05)


def test_a_shorter_tail_shortens_the_blackout_and_not_the_move() -> None:
    guest = Guest(60_000, 1, 0.0)
    one = np.ones((1, 1))
    full = moved(guest, 0.4, 100)
    curve = DirtyCurve.of(one, 0 * one, guest.pages * one)
    content = Content.of(one)
    moves = Moves(guest.pages * one, curve, content, content, 0 * one, 0 * one, 0 * one, 0.25 * one)
    rule = DowntimeLimit(limit_s=0.4, passes=100, late_s=TURN_S / 2)
    none = np.full(1, np.inf)
    shared = Shared(np.array([PAGES_S]), none, none, np.array([1]), np.zeros(1), np.zeros(1), rule)
    part = move_batch(moves, shared)
    assert part.end_s[0, 0] == pytest.approx(full.end_s[0, 0])
    assert part.blackout_s[0, 0] == pytest.approx(0.4 * 0.25 - TURN_S / 2)


def test_the_walk_of_one_move_looks_as_the_batch_does() -> None:
    guest = Guest(120_000, 40_000, 12_000.0)
    curve = DirtyCurve.of(float(guest.working_set), guest.writes_s, float(guest.pages))
    rule = DowntimeLimit(limit_s=0.3, passes=100, late_s=TURN_S / 2)
    alone, batch = walk(float(guest.pages), PAGES_S, curve, rule), moved(guest, 0.3, 100)
    assert float(alone.seconds) + float(alone.final_bytes) / PAGES_S == pytest.approx(batch.end_s[0, 0])
    assert float(alone.passes) == batch.passes[0, 0]


def test_a_set_that_is_rewritten_faster_than_it_is_sent_never_fits() -> None:
    """What is left of a pass is a part of the whole set the writes fall on, not of the pass alone."""
    rate = 1.67 * PAGES_S
    guest = Guest(int(2.7 * PAGES_S), int(1.4 * PAGES_S), rate)
    found = [simulate(guest, PAGES_S, 0.3, 25, np.random.default_rng(seed)) for seed in range(8)]
    batch = moved(guest, 0.3, 25)
    assert all(one.forced for one in found)
    assert not batch.converged[0, 0]
    assert batch.end_s[0, 0] == pytest.approx(np.mean([one.total_s for one in found]), rel=0.04)
    assert batch.blackout_s[0, 0] == pytest.approx(np.mean([one.blackout_s for one in found]), rel=0.05)
