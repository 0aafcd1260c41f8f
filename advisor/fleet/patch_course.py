"""The course of a patch night: every step of every turn, in every variant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from advisor.domain.answers import Interval
from advisor.fleet.in_force import Asked, Setting
from advisor.fleet.night import Round
from advisor.fleet.night_times import Times
from advisor.fleet.one_cluster import OneCluster
from advisor.residual.spread import Modes, combine, swings

Floats = NDArray[np.float64]
Span = tuple[float, float, float]
"""Low, middle and high [s]."""

Kind = Literal["drain", "update", "resync", "fail_back", "health"]
IN_TURN: Final[tuple[Kind, ...]] = ("drain", "update", "resync", "health", "fail_back")

UPDATE_S: Final[Span] = (900.0, 1800.0, 3600.0)
"""An update and its reboots where nobody said (assumption: a cumulative update and one or two reboots) [s]."""
RESYNC_S: Final[Span] = (600.0, 2400.0, 14_400.0)
"""A resync where nobody said (assumption: what was written during the reboot is copied, beside VMs at work) [s]."""
HEALTH_S: Final[Span] = (30.0, 120.0, 300.0)
"""A look at the node's health before its VMs come back (assumption) [s]."""
NO_TIME: Final[Span] = (0.0, 0.0, 0.0)
STEP_WORDS: Final[dict[Kind, str]] = {
    "drain": "drains",
    "update": "updates and reboots",
    "resync": "resyncs of the storage",
    "health": "looks at the nodes' health",
    "fail_back": "bringing VMs back",
}


@dataclass(frozen=True, slots=True)
class Night:
    """What a node's turn takes beside its moves: low, middle and high [s].

    Attributes
    ----------
    update : update and reboots.
    resync : of the storage; None: not known, and taken where the nodes' own disks make up the storage.
    health : before the VMs come back.
    fail_back : whether they do.
    """

    update: Span = UPDATE_S
    resync: Span | None = None
    health: Span = HEALTH_S
    fail_back: bool = True


@dataclass(frozen=True)
class NightPlan:
    """A patch night to be answered."""

    one: OneCluster
    night: Night
    asked: Asked
    setting: Setting
    turns: Round

    @property
    def fixed(self) -> dict[Kind, Span]:
        """What a turn takes beside its moves."""
        return {"update": self.night.update, "resync": self.resync, "health": self.night.health}

    @property
    def left_out(self) -> dict[str, str]:
        """Nodes that have no turn, and their state."""
        return {host.host: host.state for host in self.one.given if host.state is not None and host.state != "up"}

    @property
    def resync(self) -> Span:
        """The resync: as given, else as assumed where the nodes' own disks make up the storage."""
        if self.night.resync is not None:
            return self.night.resync
        return RESYNC_S if self.one.setting("storage") == "nodes" else NO_TIME


@dataclass(frozen=True)
class Course:
    """The steps of a night in every variant: the middle, then low and high of each factor.

    Attributes
    ----------
    labels : node in turn and kind of step.
    seconds : (steps, variants) [s].
    luck_s, odds : what trips take together in each outcome of luck, and how likely it is [s].
    """

    labels: tuple[tuple[int, Kind], ...]
    seconds: Floats
    luck_s: Floats
    odds: tuple[float, ...]

    def standing_for(self, trips: float, turns: float) -> Course:
        """The same where its trips stand for so many times as much, and its turns for so many times as many."""
        times = [trips if kind in {"drain", "fail_back"} else turns for _, kind in self.labels]
        return replace(self, seconds=self.seconds * np.array(times)[:, None], luck_s=self.luck_s * trips)

    def total(self) -> Modes:
        """Spread of the whole [s]."""
        moving = np.array([kind in {"drain", "fail_back"} for _, kind in self.labels])
        whole = self.seconds.sum(axis=0)
        trips = float(self.seconds[moving, 0].sum())
        spread = combine(whole[:1], *swings(whole[:1], whole[1::2, None], whole[2::2, None]), 0.0)
        middles = [whole[:1] - trips + one for one in self.luck_s]
        return Modes(tuple(replace(spread, middle=middle) for middle in middles), self.odds)

    def intervals(self, values: Floats) -> list[Interval]:
        """Of (steps, variants) values at the likeliest luck."""
        three = [self.quantile(values, share).tolist() for share in (0.05, 0.5, 0.95)]
        return [Interval(p05=low, p50=middle, p95=high) for low, middle, high in zip(*three, strict=True)]

    def quantile(self, values: Floats, share: float) -> Floats:
        """Quantile of (steps, variants) values at the likeliest luck."""
        moved = values.T
        spread = combine(moved[0], *swings(moved[0], moved[1::2], moved[2::2]), 0.0)
        return np.where(moved[0] > 0, spread.quantile(share), 0.0)

    def share(self, kind: Kind) -> float:
        """Seconds of one kind of step at the middle."""
        own = np.array([each == kind for _, each in self.labels])
        return float(self.seconds[own, 0].sum())


def course_of(plan: NightPlan, times: Times) -> Course:
    """Every step in every variant."""
    fixed = plan.fixed
    moving = times.out_s.shape[1]
    kinds: list[Kind] = [kind for kind in IN_TURN if kind in fixed and fixed[kind] != NO_TIME]
    # Variants: the middle, factors of the moves, what none of them explains, then what a turn takes beside them.
    unexplained = np.exp([-times.extra[0], times.extra[1], *[0.0] * 2 * len(kinds)])
    trips: dict[Kind, Floats] = {"drain": times.out_s, "fail_back": times.back_s}
    trips = {kind: np.concatenate([own, own[:, :1] * unexplained], axis=1) for kind, own in trips.items()}
    variants = moving + unexplained.size
    labels: list[tuple[int, Kind]] = []
    rows: list[Floats] = []
    for turn in range(len(plan.turns.out)):
        for kind in IN_TURN:
            if kind in trips:
                if kind == "fail_back" and not plan.night.fail_back:
                    continue
                values = trips[kind][turn]
            elif kind in kinds:
                low, middle, high = fixed[kind]
                values = np.full(variants, middle)
                at = moving + 2 + 2 * kinds.index(kind)
                values[at : at + 2] = low, high
            else:
                continue
            labels.append((turn, kind))
            rows.append(values)
    luck_s = times.out_luck_s.sum(axis=0) + (times.back_luck_s.sum(axis=0) if plan.night.fail_back else 0.0)
    return Course(tuple(labels), np.array(rows), luck_s, times.odds)
