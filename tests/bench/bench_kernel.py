"""How fast predictions are: `python -m tests.bench.bench_kernel [ELEMENTS] [--vms VMS]`.

First the pass loop: the same random VM x option elements three ways: one by one in plain Python, in one `walk` over
arrays, and the cost of the exponentials alone that the walk cannot do without.

Then the kernel of a batch, VMs x options with quantiles (`tests.bench.fleet_kernel`), on the VMs of a generated
partition under the options that a batch weighs for each: one by one in plain Python; by arrays, from kinds of host
whose capacity is known already to p05, p50 and p95 of time and blackout of every VM; and alone the exponentials and
logarithms that this took, as many in calls as large: the exponentials of the passes, the logarithms of the swings and
the exponentials of the quantiles. Those of the passes are timed once more by themselves. What the arrays save counts on
neither side: a walk that goes on from where another ended, the logarithm of what has not moved.

The scalar loop walks the passes once for every variant, at the middle and at low and high of each uncertain factor.
The arrays take fewer walks: factors that act through the rate are put together first, and those of the state alone
need no walk. So the two agree in the middle to rounding, and at p05 and p95 only where time follows the rate in
proportion: where a slower rate also lengthens the passes, and where one factor moves both the rate and the state, they
differ by some per cent; where all rate factors together make a VM converge that none of them does alone, a blackout
may differ by a quarter. Before anything is timed it is checked that the middles agree within 1e-9, and the other
quantiles within 5 % in 99 of 100 cases and within 50 % in all.

The runs are interleaved, so that a busy machine slows all alike, and medians are compared. It measures; it does not
judge: no test runs it.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import PassLimit, walk
from tests.bench.fleet_kernel import Machine, Turn, Way, again, asked_of, by_arrays, counted, one_by_one, turns_of

VMS = 60_000
# Elements that the scalar loop is timed on: some of every option.
SCALAR_ELEMENTS = 4_000
ELEMENTS = 200_000
ROUNDS = 7
# Plain Python is timed on a part and scaled up: it is linear in the elements.
SCALAR_PART = 10
PASSES, SMALL_BYTES = 5, 64e6


@dataclass(frozen=True)
class Elements:
    first: np.ndarray
    rate: np.ndarray
    hot_set: np.ndarray
    hot_rate: np.ndarray
    cold_set: np.ndarray
    cold_rate: np.ndarray

    @classmethod
    def drawn(cls, count: int, *, seed: int = 1) -> Elements:
        rng = np.random.default_rng(seed)
        memory = rng.uniform(1e9, 1e11, count)
        return cls(
            memory, rng.uniform(1e8, 5e9, count), memory * rng.uniform(0, 0.2, count), rng.uniform(0, 1e9, count),
            memory * rng.uniform(0, 0.8, count), rng.uniform(0, 5e7, count),
        )  # fmt: skip

    def curve(self) -> DirtyCurve:
        return DirtyCurve.of(self.hot_set, self.hot_rate, self.first, self.cold_set, self.cold_rate)


def scalar_walk(
    first: float, rate: float, hot_set: float, hot_rate: float, cold_set: float, cold_rate: float
) -> tuple[float, float, int]:
    """The pass loop as one would write it for one VM: seconds, last dirty bytes, passes."""
    volume, seconds, passes = first, 0.0, 0
    while True:
        length = volume / rate
        seconds += length
        passes += 1
        dirty = -hot_set * math.expm1(-hot_rate * length / hot_set) if hot_set > 0 else 0.0
        if cold_set > 0:
            dirty -= cold_set * math.expm1(-cold_rate * length / cold_set)
        volume = min(dirty, first)
        if volume <= SMALL_BYTES or passes >= PASSES:
            return seconds, volume, passes


def seconds_of(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main(count: int = ELEMENTS) -> str:
    """Time all three and return the lines to print."""
    elements = Elements.drawn(count)
    curve, stop = elements.curve(), PassLimit(PASSES, SMALL_BYTES)
    part = [column[: max(count // SCALAR_PART, 1)].tolist() for column in vars(elements).values()]
    done = walk(elements.first, elements.rate, curve, stop)
    alone = np.array([scalar_walk(*one) for one in zip(*part, strict=True)])
    if not np.allclose(done.seconds[: len(alone)], alone[:, 0], rtol=1e-9):
        raise SystemExit("the scalar loop and the walk disagree: nothing to compare")

    walked = int(done.passes.max())
    exponents = -elements.hot_rate * (elements.first / elements.rate) / elements.hot_set

    def exponentials() -> None:
        for _ in range(2 * walked):  # two sets, every pass, every element
            np.expm1(exponents)

    def scalar() -> None:
        for one in zip(*part, strict=True):
            scalar_walk(*one)

    ways = {"scalar": scalar, "walk": lambda: walk(elements.first, elements.rate, curve, stop), "exp": exponentials}
    median = medians(ways)
    median["scalar"] *= count / len(alone)
    gain, cost = median["scalar"] / median["walk"], median["walk"] / median["exp"]
    return (
        f"{count:,} elements, {walked} passes at most, median of {ROUNDS} interleaved rounds\n"
        f"plain Python   {median['scalar'] * 1e3:9.1f} ms\n"
        f"walk           {median['walk'] * 1e3:9.1f} ms   {gain:.1f} times faster\n"
        f"expm1 alone    {median['exp'] * 1e3:9.1f} ms   the walk takes {cost:.1f} times that\n"
    )


def fleet(vms: int = VMS) -> str:
    """Time the kernel of a batch, the scalar loop and the exponentials, and return the lines to print."""
    turns = turns_of(vms)
    elements = sum(turn.hosted.host.size for turn in turns)
    with counted() as (calls, of_passes):
        done = by_arrays(turns)
    asked = checked(turns, done)
    del done

    def scalar() -> None:
        for one in asked:
            one_by_one(*one)

    def ready() -> None:
        for turn in turns:
            turn.ready()

    ways = {"scalar": scalar, "arrays": lambda: by_arrays(turns), "ready": ready}
    ways |= {"alone": again(calls), "passes": again(of_passes)}
    median = medians(ways)
    median["scalar"] *= elements / len(asked)
    walks = sum(way.variants for _, way in asked) / len(asked)
    gain = median["scalar"] / median["arrays"]
    cost, of_passes_cost = (median["arrays"] / median[name] for name in ("alone", "passes"))
    each = {name: sum(size for kind, size in calls if kind == name) / elements for name in ("exp", "log")}
    walked = sum(size for _, size in of_passes) / elements
    return (
        f"{vms:,} VMs, {elements:,} VM x option elements, {each['exp']:.1f} exponentials each, {walked:.1f} of them "
        f"of passes, and {each['log']:.1f} logarithms; median of {ROUNDS} interleaved rounds\n"
        f"plain Python   {median['scalar'] * 1e3:9.1f} ms   {walks:.1f} walks an element; timed on {len(asked):,}\n"
        f"arrays         {median['arrays'] * 1e3:9.1f} ms   {gain:.1f} times faster\n"
        f"of which hosts {median['ready'] * 1e3:9.1f} ms   made ready: what depends on the host alone\n"
        f"exp, log alone {median['alone'] * 1e3:9.1f} ms   the arrays take {cost:.1f} times that\n"
        f"of passes      {median['passes'] * 1e3:9.1f} ms   the arrays take {of_passes_cost:.1f} times that\n"
    )


def checked(turns: list[Turn], done: list[np.ndarray]) -> list[tuple[Machine, Way]]:
    """Some elements of every turn, as the scalar loop takes them; both ways answer them alike, or all stops."""
    step = max(sum(turn.hosted.host.size for turn in turns) // SCALAR_ELEMENTS, 1)
    rows = [np.arange(0, turn.hosted.host.size, step) for turn in turns]
    asked = [one for turn, own in zip(turns, rows, strict=True) for one in asked_of(turn, own)]
    alone = np.array([one_by_one(*one) for one in asked]).T
    agree(np.concatenate([values[:, own] for values, own in zip(done, rows, strict=True)], axis=1), alone)
    return asked


def agree(arrays: np.ndarray, alone: np.ndarray) -> None:
    """Stop where arrays and scalar loop differ by more than is explained above."""
    apart = np.abs(np.log(arrays / alone))
    others = apart[[0, 2, 3, 5]]
    if apart[[1, 4]].max() > 1e-9 or np.quantile(others, 0.99) > 0.05 or others.max() > 0.5:
        raise SystemExit("the scalar loop and the kernel disagree: nothing to compare")


def medians(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each way, taken in turn."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, work in ways.items():
            times[name].append(seconds_of(work))
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time the pass loop and the kernel of a batch.")
    parser.add_argument("elements", nargs="?", type=int, default=ELEMENTS)
    parser.add_argument("--vms", type=int, default=VMS, help="VMs of the partition")
    given = parser.parse_args()
    sys.stdout.write(main(given.elements) + "\n")
    sys.stdout.flush()
    sys.stdout.write(fleet(given.vms))
    if hasattr(os, "getloadavg"):
        sys.stdout.write(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
