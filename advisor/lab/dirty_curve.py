"""The dirty curve of a VM that runs, read over QMP; nothing is migrated.

QEMU's calc-dirty-rate tells how much memory was dirtied within a period, as a whole number of MiB/s
(QMP reference; migration/dirtyrate.c). A page counts once in a period, however often it is written:
that times the period is the dirty curve at the period.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from advisor.domain.vms import CurvePoint
from advisor.errors import LabError, Problem
from advisor.lab.monitor import Monitor, version_of
from advisor.units import GIB, MIB

Mode = Literal["page-sampling", "dirty-bitmap", "dirty-ring"]

MOST_S: Final = 60.0
"""Longest period QEMU takes [s]."""

# Periods in milliseconds came with calc-time-unit; before, whole seconds. The modes, in QEMU 6.2.
_MILLISECONDS_SINCE: Final = (8, 2)
_MODES_SINCE: Final = (6, 2)
_PERIODS_S: Final = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, MOST_S)
# A short period sees few pages and few of the VM's moods: those are measured several times, for about this long [s].
_MEASURED_FOR_S: Final = 4.0
_MOST_TIMES: Final = 8
# Pages that are hashed, whatever the VM's size; and QEMU's bounds for each GiB of it.
_SAMPLED_PAGES: Final = 65_536
_PAGES_PER_GIB: Final = (512, 16_384)
# A point is left out where QEMU's rounding to whole MiB/s hides more of it than this, or than half a MiB.
_HIDDEN_SHARE: Final = 0.1
_HIDDEN_MIB: Final = 0.5
_POLL_S: Final = 0.05
_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class DirtyCurve:
    """A measured dirty curve.

    Attributes
    ----------
    points : what a VM's `dirty_curve` in a scenario holds.
    mode : how QEMU counted.
    notes : what is to be known of the figures.
    """

    points: tuple[CurvePoint, ...]
    mode: Mode
    notes: tuple[str, ...]


_NOTES: Final[dict[str, str]] = {
    "page-sampling": "page-sampling compares hashes of pages drawn at random: a page written with what it held "
    "before does not count, so the curve is a lower bound, and a small working set in a large VM is seen roughly",
    "dirty-bitmap": "dirty-bitmap counts each page written in a period once; while it counts, a page's first write "
    "costs the VM a fault, as it does in a migration",
    "dirty-ring": "dirty-ring counts a page again each time QEMU has emptied the ring, so periods above a second "
    "may overstate the curve",
}


async def measure_dirty_curve(
    monitor: Monitor,
    longest_s: float = MOST_S,
    mode: Mode | None = None,
    progress: Callable[[float], None] = lambda seconds: None,
) -> DirtyCurve:
    """Measure the dirty curve of the VM behind a monitor.

    Parameters
    ----------
    longest_s : longest period; at most what QEMU takes, a minute [s].
    mode : how to count; not given: the dirty bitmap where KVM has one, else page sampling.
    progress : told how many seconds have been measured.

    Raises
    ------
    LabError
        When the VM does not run, another measurement is under way, or QEMU cannot do it.

    Notes
    -----
    Under software emulation QEMU's dirty bitmap counts nothing, so pages are sampled. With KVM's
    dirty ring the bitmap is refused; pages are sampled too, for the ring counts rewritten pages again.
    """
    version = version_of(await monitor.ask("query-version"))
    if version < _MODES_SINCE:
        raise LabError(Problem("this QEMU is too old", value=f"{version[0]}.{version[1]}", allowed="6.2 or newer"))
    if not (await monitor.ask("query-status")).get("running"):
        raise LabError(Problem("the VM does not run", mend="resume it: a VM that stands still dirties nothing"))
    fine = version >= _MILLISECONDS_SINCE
    lengths = periods(longest_s, fine)
    if mode == "dirty-bitmap" and not (await monitor.ask("query-kvm")).get("enabled"):
        mend = "leave --count-by out, or take page-sampling"
        raise LabError(Problem("without KVM, QEMU's dirty bitmap misses most writes", value=mode, mend=mend))
    chosen = mode or await _best_mode(monitor, fine)
    memory = await monitor.ask("query-memory-size-summary")
    sampled = _pages_per_gib(int(memory["base-memory"]) + int(memory.get("plugged-memory", 0)))
    seen: list[tuple[float, float, float]] = []
    measured = 0.0
    for period in lengths:
        readings = []
        for _ in range(times(period)):
            readings.append(await _read(monitor, period, chosen, sampled, fine))
            measured += period
            progress(measured)
        within = [bounds_mib(rate, seconds) for rate, seconds in readings]
        middles = [(low + high) / 2 for low, high in within]
        hidden = max(high - low for low, high in within) / 2 / math.sqrt(len(within))
        seen.append((sum(seconds for _, seconds in readings) / len(readings), sum(middles) / len(middles), hidden))
    kept = [(at, dirty) for at, dirty, hidden in seen if hidden <= max(_HIDDEN_SHARE * dirty, _HIDDEN_MIB)]
    notes = [_NOTES[chosen]]
    if len(kept) < len(seen):
        left = ", ".join(f"{at:g} s" for at, _, _ in seen if at not in {one for one, _ in kept})
        notes.append(f"left out, for QEMU rounds to whole MiB/s: {left}")
    if not kept:
        raise LabError(Problem("QEMU's rounding to whole MiB/s hides all of it", mend="the VM dirties next to nothing"))
    rising = rising_mib([dirty for _, dirty in kept])
    points = [
        CurvePoint(seconds=round(at, 3), dirty_mib=float(f"{dirty:.4g}"))
        for (at, _), dirty in zip(kept, rising, strict=True)
    ]
    return DirtyCurve(tuple(points), chosen, tuple(notes))


def periods(longest_s: float, fine: bool) -> list[float]:
    """The periods to measure [s].

    Parameters
    ----------
    fine : QEMU takes milliseconds; else whole seconds.

    Raises
    ------
    LabError
        When the longest is too short or too long for QEMU.

    Examples
    --------
    >>> periods(3.0, fine=True), periods(3.0, fine=False)
    ([0.125, 0.25, 0.5, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    """
    least = _PERIODS_S[0] if fine else 1.0
    if not least <= longest_s <= MOST_S:
        allowed = f"from {least:g} to {MOST_S:g} s"
        raise LabError(Problem("QEMU takes no such period", value=f"{longest_s:g} s", allowed=allowed))
    longest = longest_s if fine else float(int(longest_s))
    return [period for period in _PERIODS_S if least <= period < longest] + [longest]


def times(period_s: float) -> int:
    """How often a period is measured.

    Examples
    --------
    >>> times(0.125), times(1.0), times(60.0)
    (8, 4, 1)
    """
    return max(min(round(_MEASURED_FOR_S / period_s), _MOST_TIMES), 1)


def whole_seconds(longest_s: float) -> float:
    """About how long a measurement takes [s]."""
    return sum(period * times(period) for period in periods(longest_s, fine=True))


def bounds_mib(rate_mib_s: int, seconds: float) -> tuple[float, float]:
    """What a rate that was rounded down may stand for [MiB].

    Examples
    --------
    >>> bounds_mib(7, 4.0)
    (28.0, 32.0)
    """
    return rate_mib_s * seconds, (rate_mib_s + 1) * seconds


def rising_mib(values: Sequence[float]) -> list[float]:
    """The nearest figures, in least squares, that do not fall (pool adjacent violators).

    Examples
    --------
    >>> rising_mib([1.0, 3.0, 2.0, 4.0])
    [1.0, 2.5, 2.5, 4.0]
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (late, many), (early, few) = pools.pop(), pools.pop()
            pools.append(((early * few + late * many) / (few + many), few + many))
    return [value for value, count in pools for _ in range(count)]


async def _best_mode(monitor: Monitor, fine: bool) -> Mode:
    if not (await monitor.ask("query-kvm")).get("enabled"):
        return "page-sampling"
    try:
        await _start(monitor, 1.0, "dirty-bitmap", 0, fine)
    except LabError:
        return "page-sampling"
    await _result(monitor, 1.0)
    return "dirty-bitmap"


async def _read(monitor: Monitor, period: float, mode: Mode, sampled: int, fine: bool) -> tuple[int, float]:
    """The rate over one period [MiB/s], and how long the period really was [s]."""
    await _start(monitor, period, mode, sampled, fine)
    answer = await _result(monitor, period)
    if not fine:
        return int(answer["dirty-rate"]), period
    timed = await monitor.ask("query-dirty-rate", calc_time_unit="millisecond")
    return int(answer["dirty-rate"]), int(timed["calc-time"]) / 1e3


async def _start(monitor: Monitor, period: float, mode: Mode, sampled: int, fine: bool) -> None:
    asked: dict[str, Any] = {"mode": mode}
    asked |= {"calc_time": round(period * 1e3), "calc_time_unit": "millisecond"} if fine else {"calc_time": int(period)}
    if mode == "page-sampling":
        asked["sample_pages"] = sampled
    await monitor.ask("calc-dirty-rate", **asked)


async def _result(monitor: Monitor, period: float) -> dict[str, Any]:
    await asyncio.sleep(period)
    for _ in range(int(_PATIENCE_S / _POLL_S)):
        answer: dict[str, Any] = await monitor.ask("query-dirty-rate")
        if answer["status"] == "measured":
            return answer
        await asyncio.sleep(_POLL_S)
    raise LabError(Problem("QEMU does not finish its measurement", value=f"a period of {period:g} s"))


def _pages_per_gib(memory_bytes: int) -> int:
    least, most = _PAGES_PER_GIB
    return min(max(round(_SAMPLED_PAGES * GIB / max(memory_bytes, MIB)), least), most)
