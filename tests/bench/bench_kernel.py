"""How fast the pass loop is: `python -m tests.bench.bench_kernel [ELEMENTS]`.

The same random VM x option elements three ways: one by one in plain Python, in one `walk` over arrays,
and the cost of the exponentials alone that the walk cannot do without. The runs are interleaved, so that
a busy machine slows all three, and medians are compared. It measures; it does not judge: no test runs it.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import PassLimit, walk

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
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, work in ways.items():
            times[name].append(seconds_of(work))
    median = {name: statistics.median(values) for name, values in times.items()}
    median["scalar"] *= count / len(alone)
    gain, cost = median["scalar"] / median["walk"], median["walk"] / median["exp"]
    return (
        f"{count:,} elements, {walked} passes at most, median of {ROUNDS} interleaved rounds\n"
        f"plain Python   {median['scalar'] * 1e3:9.1f} ms\n"
        f"walk           {median['walk'] * 1e3:9.1f} ms   {gain:.1f} times faster\n"
        f"expm1 alone    {median['exp'] * 1e3:9.1f} ms   the walk takes {cost:.1f} times that\n"
    )


if __name__ == "__main__":
    sys.stdout.write(main(int(sys.argv[1]) if len(sys.argv) > 1 else ELEMENTS))
