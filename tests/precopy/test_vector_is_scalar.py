"""Every public function of the physics: arrays give what the numbers give one by one."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from advisor import precopy
from advisor.precopy import blackout, compression, dirty, fairness, link, passes, storage

N = 200
RNG = np.random.default_rng(20261122)


def between(low: float, high: float) -> np.ndarray:
    return RNG.uniform(low, high, N)


SPEEDS = RNG.choice([0.125e9, 1.25e9, 3.125e9, 12.5e9], N)
MTUS = RNG.choice([1500, 1514, 4088, 9000, 9014], N)
CASES: dict[str, tuple[Callable[..., np.ndarray], Sequence[np.ndarray]]] = {
    "tcp_payload_bytes": (link.tcp_payload_bytes, [MTUS]),
    "tcp_goodput": (link.tcp_goodput, [SPEEDS, MTUS]),
    "rdma_goodput": (link.rdma_goodput, [SPEEDS, MTUS]),
    "tuning_weight": (link.tuning_weight, [SPEEDS, between(0, 1), between(0, 0.5)]),
    "nic_rate": (
        link.nic_rate,
        [SPEEDS, MTUS, between(1e9, 1.3e9), between(5e5, 9e5), between(0.7, 1), between(0, 1)],
    ),
    "what_others_leave": (link.what_others_leave, [SPEEDS, between(0, 3e9), between(0, 1)]),
    "memory_ratio": (compression.memory_ratio, [between(1, 5), between(0, 1)]),
    "processor_rate": (compression.processor_rate, [between(0, 32), between(0, 32), between(1e8, 1e9), between(1, 4)]),
    "left_and_dirty": (passes.left_and_dirty, [between(0, 1e9), between(1e9, 2e9), between(0, 3e9), between(1e8, 4e9)]),
    "copy_seconds": (storage.copy_seconds, [between(0, 1e12), between(1e8, 1e9), between(0, 1.2e9)]),
    "gained": (storage.gained, [between(1e8, 1e9), between(0, 1.2e9)]),
    "most_mirrored": (storage.most_mirrored, [between(0, 1e12)]),
    "device_cost": (
        blackout.device_cost,
        [
            between(0, 2),
            between(0, 0.01),
            between(0, 0.01),
            between(1, 64),
            between(1, 512),
            between(1, 3),
            between(0, 1),
        ],
    ),
}
# Functions whose arrays are one thing (a curve's points, the moves of a batch, tiles): tested where they are.
OF_WHOLE_ARRAYS = {
    "fit_curve",
    "different",
    "told_of_all",
    "max_min_share",
    "even_rates",
    "fair_rates",
    "fair_at_both_ends",
    "walk",
    "walk_many",
    "move_batch",
    "one_after_another",
    "move_between",
    "stop_at",
}


def test_no_public_function_is_forgotten() -> None:
    found = set()
    for module in pkgutil.iter_modules(precopy.__path__):
        loaded = importlib.import_module(f"advisor.precopy.{module.name}")
        found |= {
            name for name, one in inspect.getmembers(loaded, inspect.isfunction)
            if not name.startswith("_") and one.__module__ == loaded.__name__
        }  # fmt: skip
    assert found == set(CASES) | OF_WHOLE_ARRAYS


@pytest.mark.parametrize("name", CASES)
def test_array_is_scalar(name: str) -> None:
    function, arguments = CASES[name]
    one_by_one = [float(function(*(float(argument[i]) for argument in arguments))) for i in range(N)]
    assert function(*arguments) == pytest.approx(one_by_one, rel=1e-14)


@pytest.mark.parametrize("name", [name for name, (_, arguments) in CASES.items() if len(arguments) > 1])
def test_vms_by_options_is_scalar(name: str) -> None:
    # One column of VMs against one row of options, as the advice is worked out.
    function, arguments = CASES[name]
    first, *rest = arguments
    table = function(first[:7, None], *(argument[None, :5] for argument in rest))
    for i in range(7):
        for j in range(5):
            assert table[i, j] == pytest.approx(
                float(function(first[i], *(argument[j] for argument in rest))), rel=1e-14
            )


def curves() -> dirty.DirtyCurve:
    cold = between(0, 1e10) * RNG.integers(0, 2, N)
    return dirty.DirtyCurve.of(
        between(1e6, 1e10), between(0, 2e9), between(1e9, 1e11), cold, between(0, 1e8), RNG.random(N) < 0.3
    )


def curve_at(many: dirty.DirtyCurve, i: int) -> dirty.DirtyCurve:
    one = (many.hot_set, many.hot_rate, many.ceiling, many.cold_set, many.cold_rate, many.sequential)
    return dirty.DirtyCurve.of(*(field[i] for field in one))


def test_dirty_curves_are_scalar() -> None:
    many, seconds = curves(), between(0, 100)
    one_by_one = [float(curve_at(many, i).dirty(seconds[i])) for i in range(N)]
    assert many.dirty(seconds) == pytest.approx(one_by_one, rel=1e-14)


def test_walks_are_scalar() -> None:
    many, first, rate = curves(), between(1e9, 6e10), between(1e8, 3e9)
    limits, small = RNG.integers(1, 11, N), between(0, 3e8)
    together = passes.walk(first, rate, many, passes.PassLimit(limits, small))
    for i in range(N):
        alone = passes.walk(first[i], rate[i], curve_at(many, i), passes.PassLimit(limits[i], small[i]))
        for name in ("seconds", "final_bytes", "sent_bytes", "passes", "converged"):
            assert getattr(together, name)[i] == pytest.approx(getattr(alone, name), rel=1e-13), name


def test_shares_are_scalar() -> None:
    wants, capacity = RNG.uniform(0, 5, (6, N)), between(0.1, 20)
    together = fairness.max_min_share(capacity, wants)
    for i in range(N):
        assert together[:, i] == pytest.approx(fairness.max_min_share([capacity[i]], wants[:, [i]])[:, 0], rel=1e-14)
