"""What the user wants: goals in, knobs out."""

from __future__ import annotations

from enum import StrEnum

from advisor.domain.word import Word, field


class Goal(StrEnum):
    """What to make small."""

    TIME = "time"
    BLACKOUT = "blackout"
    CPU = "cpu"
    NETWORK = "network"


class Risk(StrEnum):
    """Which quantile is held against limits: conservative p95, balanced p80, aggressive p50."""

    CONSERVATIVE = "conservative"
    BALANCED = "balanced"
    AGGRESSIVE = "aggressive"

    @property
    def quantile(self) -> float:
        """The quantile held against limits."""
        return {Risk.CONSERVATIVE: 0.95, Risk.BALANCED: 0.80, Risk.AGGRESSIVE: 0.50}[self]


class Tolerance(Word):
    """One row of data/tolerances.csv: something that must survive the blackout."""

    name: str = field(..., "Name to give to --max-blackout", min_length=1, max_length=64)
    title: str = field(..., "What it is")
    limit_s: float = field(..., "Longest blackout it survives", unit="s", gt=0)
    source: str = field(..., "Where the number comes from", min_length=1)


class Goals(Word):
    """What the answer is chosen by and held against."""

    goal: Goal = field(Goal.TIME, "What to make small: time, blackout, cpu or network")
    max_blackout_s: float | None = field(None, "Longest blackout any VM may have", unit="s", gt=0, le=86_400)
    max_blackout_name: str | None = field(None, "What must survive the blackout, where a name was given", max_length=64)
    window_s: float | None = field(None, "Time all moves must be done in", unit="s", gt=0, le=31_536_000)
    risk: Risk = field(Risk.BALANCED, "Quantile held against limits: conservative p95, balanced p80, aggressive p50")
