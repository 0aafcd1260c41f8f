"""About how long a plan takes: for the dry run and the time left, never for an answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from advisor.domain.plan import KERNEL_MIB, LabPlan, LabStudy
from advisor.errors import Problem
from advisor.lab.turns import Turn, runs_in, turns
from advisor.units import gbps_to_bytes_s, mib_to_bytes, ms_to_seconds

# Of a study: links, the first guests' start and their memory; of a turn: the other guests' start, the counts before
# and after, the ends. Seen in the first 219 runs on two cores, software emulation [s].
_STUDY_S: Final = 4.0
_STUDY_PER_GUEST_S: Final = 0.5
_TURN_S: Final = 1.6
_TURN_PER_GUEST_S: Final = 0.15
# What a core compresses and QEMU sends without help, about, under software emulation [bytes/s].
_COMPRESSED_BYTES_S: Final = 120e6
_PLAIN_BYTES_S: Final = 400e6
_MOST_PASSES: Final = 50


@dataclass(frozen=True, slots=True)
class StudyOutlook:
    """A study that would be run: how many runs are left of it, and about how long they take [s]."""

    study: LabStudy
    runs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan would run.

    Attributes
    ----------
    studies : those that have runs left.
    runs, seconds : how many runs, and about how long they take [s].
    done : runs the file holds already.
    lacking : what is missing on this machine.
    """

    studies: tuple[StudyOutlook, ...]
    runs: int
    seconds: float
    done: int
    lacking: tuple[Problem, ...]


def outlook(plan: LabPlan, lacking: Iterable[Problem] = (), done: Collection[str] = ()) -> Outlook:
    """What a plan would run, and about how long it takes.

    Examples
    --------
    >>> outlook(LabPlan(repeats=3, studies=[{"name": "a", "moves": [{}, {"max_passes": 3}]}])).runs
    6
    """
    left = turns(plan, done)
    studies = tuple(StudyOutlook(own[0].study, runs_in([own]), seconds([own])) for own in left)
    return Outlook(studies, runs_in(left), seconds(left), len(done), tuple(lacking))


def turn_seconds(turn: Turn) -> float:
    """About how long a turn takes [s].

    Examples
    --------
    >>> from advisor.domain.plan import LabStudy
    >>> slow = LabStudy(name="a", links={"gbps": 0.1}, moves=[{}])
    >>> round(turn_seconds(Turn(slow, 0, 1)))
    13
    """
    guests = turn.study.simultaneous
    return _TURN_S + _TURN_PER_GUEST_S * guests + _move_seconds(turn)


def seconds(studies: Iterable[list[Turn]]) -> float:
    """About how long turns take, study by study [s]."""
    return sum(study_seconds(own) + sum(turn_seconds(turn) for turn in own) for own in studies)


def study_seconds(own: list[Turn]) -> float:
    """About how long a study takes beside its turns [s]."""
    return _STUDY_S + _STUDY_PER_GUEST_S * own[0].study.simultaneous


def _move_seconds(turn: Turn) -> float:
    study, vm, links, move = turn.study, turn.study.vm, turn.study.links, turn.move
    used = links.count if links.teaming == "multipath" or move.streams > 1 else 1
    wire = max(gbps_to_bytes_s(links.gbps * used - study.background_gbps), gbps_to_bytes_s(0.005))
    if move.compressor == "none":
        rate = min(wire / study.simultaneous, _PLAIN_BYTES_S)
    else:
        ratio = 1.0 / max(vm.incompressible, 0.05)
        rate = min(wire * ratio / study.simultaneous, _COMPRESSED_BYTES_S * min(move.streams, 2) / study.simultaneous)
    dirty, working_set = mib_to_bytes(vm.dirty_rate_mib_s), mib_to_bytes(vm.working_set_mib)
    left, spent = mib_to_bytes(vm.fill_mib + KERNEL_MIB * 0.75), 0.0
    for _ in range(min(move.max_passes or _MOST_PASSES, _MOST_PASSES)):
        spent += left / rate
        left = min(working_set, dirty * left / rate)
        if left <= rate * ms_to_seconds(move.blackout_limit_ms):
            break
    return spent + left / rate
