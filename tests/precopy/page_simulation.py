"""QEMU's pre-copy, page by page, in plain Python and NumPy: what `passes.DowntimeLimit` has to agree with.

Written from migration_iteration_run and ram_save_iterate alone; nothing of advisor is imported. A writer sets bits
in a log; the log joins the bitmap only when it is synchronised; pages are sent in the order of their addresses,
round and round; QEMU looks at what is left after every turn of sending, which takes up to 50 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TURN_S = 0.050


@dataclass(frozen=True)
class Guest:
    """Pages that are not zero, pages the writer writes to, and how many page writes it does a second."""

    pages: int
    working_set: int
    writes_s: float


@dataclass(frozen=True)
class Move:
    """What became of it; `looks` counts the synchronisations after the first."""

    total_s: float
    blackout_s: float
    sent_pages: int
    looks: int
    forced: bool


def simulate(guest: Guest, pages_s: float, limit_s: float, most_looks: int, rng: np.random.Generator) -> Move:
    """Move a guest at so many pages a second."""
    to_send = np.ones(guest.pages, dtype=bool)
    log = np.zeros(guest.pages, dtype=bool)
    written = rng.choice(guest.pages, guest.working_set, replace=False)
    now, sent, looks, at = 0.0, 0, 0, 0
    forced = False
    while True:
        count, at = _send(to_send, at, int(pages_s * TURN_S))
        took = count / pages_s
        now, sent = now + took, sent + count
        log[written[rng.integers(0, guest.working_set, rng.poisson(guest.writes_s * took))]] = True
        if not forced and to_send.sum() > limit_s * pages_s:
            continue
        to_send |= log
        log[:] = False
        looks += 1
        left = int(to_send.sum())
        if forced or left <= limit_s * pages_s:
            return Move(now + left / pages_s, left / pages_s, sent + left, looks, forced)
        forced = looks >= most_looks


def _send(to_send: np.ndarray, at: int, most: int) -> tuple[int, int]:
    """Send pages from an address on, round and round; how many went, and where it stopped."""
    waiting = np.flatnonzero(to_send)
    start = int(np.searchsorted(waiting, at))
    order = np.concatenate([waiting[start:], waiting[:start]])[:most]
    to_send[order] = False
    return order.size, int(order[-1]) + 1 if order.size else 0
