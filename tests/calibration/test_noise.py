"""The spread of repeats: known answers, and that it is the floor it says it is."""

from __future__ import annotations

import random
import statistics

import pytest

from advisor.calibration.noise import noise
from advisor.domain.runs import MeasuredRun


def run(name, repeat, total_s=10.0, **more):
    figures = {"study": "s", "platform": "qemu", "transport": "tcpip", "blackout_ms": 100.0, "outcome": "converged"}
    return MeasuredRun.model_validate(figures | {"run_id": name, "repeat": repeat, "total_s": total_s} | more)


def test_equal_repeats_have_no_spread():
    whole = noise([run("a", 1), run("b", 2), run("c", 3)]).spreads[0]
    assert (whole.cells, whole.runs) == (1, 3)
    assert (whole.total_median, whole.total_p90, whole.blackout_median_ms) == (0, 0, 0)


def test_two_repeats_apart():
    whole = noise([run("a", 1, 9.0, blackout_ms=50), run("b", 2, 11.0, blackout_ms=150)]).spreads[0]
    assert whole.total_median == pytest.approx(0.2 / 2**0.5)
    assert whole.blackout_median == pytest.approx(1 / 2**0.5)
    assert whole.blackout_median_ms == pytest.approx(100 / 2**0.5)


def test_it_is_what_a_model_misses_that_knows_the_truth():
    """Normal repeats with a deviation of 3 %: a model that knows the mean errs by 0.674 of that, at the median."""
    luck = random.Random(1)
    runs = [
        run(f"{cell}-{repeat}", repeat, truth * luck.gauss(1, 0.03), study=f"s{cell}")
        for cell, truth in enumerate(luck.uniform(5, 50) for _ in range(400))
        for repeat in (1, 2, 3)
    ]
    whole = noise(runs).spreads[0]
    normal = statistics.NormalDist()
    assert whole.total_median == pytest.approx(0.03 * normal.inv_cdf(0.75), rel=0.08)
    assert whole.total_p90 == pytest.approx(0.03 * normal.inv_cdf(0.95), rel=0.08)


def test_moves_of_one_batch_are_no_repeats_of_each_other():
    batch = [run("a-0", 1, 10, simultaneous=2), run("a-1", 1, 20, simultaneous=2)]
    assert noise(batch).spreads == ()
    again = [run("b-0", 2, 10, simultaneous=2), run("b-1", 2, 20, simultaneous=2)]
    assert noise([*batch, *again]).spreads[0].cells == 1


@pytest.mark.parametrize(
    "other",
    [
        {"study": "t"},
        {"blackout_limit_ms": 50},
        {"max_passes": 5},
        {"streams": 2},
        {"transport": "compression"},
        {"auto_converge": True},
    ],
)
def test_another_move_is_no_repeat(other):
    found = noise([run("a", 1), run("b", 2, **other)])
    assert (found.spreads, found.left_out) == ((), 2)


def test_failed_runs_are_left_out():
    found = noise([run("a", 1), run("b", 2, None, outcome="failed", blackout_ms=None)])
    assert (found.spreads, found.left_out) == ((), 1)


def test_every_cell_weighs_the_same():
    """One cell of ten wild repeats does not outvote two quiet cells of two."""
    wild = [run(f"w{at}", at, 10 + 5 * (at % 2), study="wild") for at in range(10)]
    quiet = [run(f"{name}{at}", at, 10 + 0.1 * at, study=name) for name in ("q", "r") for at in (0, 1)]
    assert noise([*wild, *quiet]).spreads[0].total_median < 0.01


def test_groups_are_transport_then_kind_of_case():
    runs = [
        run(
            f"{transport}{teaming}{at_once}{repeat}", repeat, transport=transport, teaming=teaming, simultaneous=at_once
        )
        for transport in ("tcpip", "multichannel")
        for teaming, at_once in (("none", 1), ("address_hash", 1), ("none", 3))
        for repeat in (1, 2)
    ]
    told = [(one.transport, one.teaming, one.simultaneous) for one in noise(runs).spreads]
    assert told == [
        ("any", "any", "any"),
        ("multichannel", "any", "any"),
        ("multichannel", "address_hash", "1"),
        ("multichannel", "none", "1"),
        ("multichannel", "none", "2+"),
        ("tcpip", "any", "any"),
        ("tcpip", "address_hash", "1"),
        ("tcpip", "none", "1"),
        ("tcpip", "none", "2+"),
    ]
