"""What an event walk keeps of one variant for people to read: its passes, and what the wire carried."""

from __future__ import annotations

from dataclasses import dataclass


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
