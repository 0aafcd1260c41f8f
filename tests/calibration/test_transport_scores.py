"""What is judged of a transport, against numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from advisor.calibration.evaluation import BatchEnd, RowScore
from advisor.calibration.transport_scores import transport_score
from advisor.domain.answers import Interval
from advisor.domain.runs import MeasuredRun


def span(p05: float, p50: float, p95: float) -> Interval:
    return Interval(p05=p05, p50=p50, p95=p95)


def row(i: int, measured_s: float, **more: Any) -> RowScore:
    """A move predicted at 10 s, with a blackout predicted at 100 ms."""
    facts: dict[str, Any] = {
        "run_id": f"r{i}",
        "study": f"s{i}",
        "transport": "tcpip",
        "measured_s": measured_s,
        "total_s": span(9, 10, 12),
        "blackout_ms": span(50, 100, 200),
        "measured_converges": True,
        "converges": True,
        "hashed": False,
        "forced": False,
        "basis": "published",
        "gb_times_8_over_gbps_s": 8.0,
        "ram_over_bandwidth_s": 9.0,
        "analytic_s": 10.0,
    }
    return RowScore.model_validate(facts | more)


def runs(rows: list[RowScore], **more: Any) -> list[MeasuredRun]:
    return [
        MeasuredRun.model_validate(
            {
                "run_id": one.run_id,
                "study": one.study,
                "platform": "qemu",
                "transport": one.transport,
                "total_s": one.measured_s,
            }
            | more
        )
        for one in rows
    ]


def score(rows: list[RowScore], ends: list[BatchEnd] | None = None) -> Any:
    return transport_score("all", rows, ends or [], runs(rows))


def test_paths_without_luck_are_scored_apart_from_hashed_teams_and_by_compression() -> None:
    rows = [
        row(1, 10.0),
        row(2, 8.0),
        row(3, 20.0),
        row(4, 12.5, transport="compression"),
        row(5, 40.0, hashed=True),
    ]
    found = score(rows)
    path, hashed = found.without_luck, found.hashed
    # Errors 0, 25 and 50 % uncompressed, 20 % compressed; two of the four miss by a quarter or more.
    assert (path.n, path.uncompressed.n, path.compressed.n) == (4, 3, 1)
    assert (path.uncompressed.median_ape, path.uncompressed.p90_ape) == pytest.approx((25, 50))
    assert path.compressed.median_ape == pytest.approx(20)
    assert path.bad_share == pytest.approx(0.5)
    assert (hashed.n, hashed.median_ape, hashed.coverage_90) == (1, pytest.approx(75), 0)


def test_a_kind_of_move_that_nobody_made_has_no_score() -> None:
    found = score([row(1, 10.0, hashed=True)])
    assert found.without_luck is None
    found = score([row(1, 10.0)])
    assert (found.hashed, found.batches, found.noise, found.without_luck.compressed) == (None, None, None, None)
    assert (found.blackout.n, found.blackout.converged, found.blackout.forced) == (0, None, None)


def two_modes(i: int) -> RowScore:
    """A team that takes 10 or 20 s; what is predicted says for each move which of the two."""
    slow = i % 2
    middle = 20.0 if slow else 10.0
    return row(i, middle * (1.05 if i % 4 < 2 else 0.95), hashed=True, total_s=span(0.9 * middle, middle, 1.1 * middle))


def test_hashed_teams_are_held_against_one_width_for_all() -> None:
    rows = [two_modes(i) for i in range(40)]
    found = score(rows).hashed
    # All are inside: ours are 2 and 4 s wide. One width for all reaches from the largest miss to the smallest, 0.95 to
    # 1.05 of the middle: 1 and 2 s wide.
    assert found.coverage_90 == 1.0
    assert (found.interval_score, found.constant_width_score) == pytest.approx((3.0, 1.5))
    assert found.gain_percent == pytest.approx(-100)
    assert found.log_gain_percent == pytest.approx(100 * (1 - math.log(1.1 / 0.9) / math.log(1.05 / 0.95)))


def test_an_interval_that_knows_which_moves_are_unsure_beats_one_width_for_all() -> None:
    rows = [
        row(i, 10 * wide, hashed=True, total_s=span(10 / abs_wide, 10, 10 * abs_wide))
        for i in range(40)
        for abs_wide in [4.0 if i % 2 else 1.01]
        for wide in [abs_wide if i % 4 < 2 else 1 / abs_wide]
    ]
    found = score(rows).hashed
    assert found.constant_width_score == pytest.approx(10 * (4 - 1 / 4))
    assert found.gain_percent > 40


def test_too_few_hashed_moves_are_not_compared() -> None:
    found = score([two_modes(i) for i in range(19)]).hashed
    assert (found.constant_width_score, found.gain_percent, found.log_gain_percent) == (None, None, None)
    assert found.interval_score == pytest.approx((10 * 2 + 9 * 4) / 19)


def test_coverage_has_a_range_over_studies_for_time_and_blackout() -> None:
    rows = [
        row(1, 10.0, study="a", measured_blackout_ms=300),
        row(2, 10.0, study="a", measured_blackout_ms=300),
        row(3, 20.0, study="b", measured_blackout_ms=300),
    ]
    found = score(rows)
    assert (found.coverage_90, found.blackout.coverage_90) == (0.5, 0.0)
    assert (found.coverage_90_range.low, found.coverage_90_range.high) == (0.0, 1.0)
    assert (found.blackout.coverage_90_range.low, found.blackout.coverage_90_range.high) == (0.0, 0.0)
    assert score(rows[:2]).coverage_90_range is None


def test_blackouts_that_converged_are_held_against_the_training_quantiles() -> None:
    training = {"training_blackout_ms": span(10, 140, 310)}
    rows = [
        row(1, 10.0, measured_blackout_ms=120, **training),
        row(2, 10.0, measured_blackout_ms=210, **training),
        row(3, 10.0, measured_blackout_ms=900, forced=True, measured_converges=False),
        row(4, 10.0, measured_blackout_ms=40, forced=None),
    ]
    found = score(rows).blackout.converged
    # Ours: 150 ms wide, missed by 10 ms once, which costs 20 times that; errors 20 and 110 ms, midway 65.
    assert (found.n, found.coverage_90) == (2, 0.5)
    assert found.interval_score == pytest.approx((150 + 150 + 200) / 2)
    assert found.median_abs_ms == pytest.approx(65)
    assert found.training_interval_score == pytest.approx(300)
    assert found.training_median_abs_ms == pytest.approx((20 + 70) / 2)
    assert found.gain_percent == pytest.approx(100 * (1 - 250 / 300))


def test_without_training_quantiles_for_every_row_nothing_is_compared() -> None:
    rows = [
        row(1, 10.0, measured_blackout_ms=120, training_blackout_ms=span(10, 140, 310)),
        row(2, 10.0, measured_blackout_ms=210),
    ]
    found = score(rows).blackout.converged
    assert (found.n, found.training_interval_score, found.training_median_abs_ms, found.gain_percent) == (
        2, None, None, None,
    )  # fmt: skip


def test_forced_switchovers_have_errors_of_their_own() -> None:
    rows = [row(i, 10.0, measured_blackout_ms=ms, forced=True) for i, ms in enumerate((80, 100, 220))]
    found = score(rows).blackout.forced
    # 25, 0 and 54.5 %; logarithms of 100/120, 120/120 and 240/120.
    assert (found.n, found.median_ape) == (3, pytest.approx(25))
    assert found.median_abs_log == pytest.approx(math.log(120 / 100))


def test_batches_are_scored_by_the_end_of_their_last_move() -> None:
    ends = [
        BatchEnd(batch_id=f"b{i}", study=f"s{i}", transport="tcpip", moves=2, measured_s=s, total_s=span(9, 10, 12))
        for i, s in enumerate((10.0, 8.0, 12.5))
    ]
    found = score([row(1, 10.0)], ends).batches
    assert (found.n, found.studies) == (3, 3)
    assert (found.median_ape, found.p90_ape) == pytest.approx((20, 25))


def test_repeats_tell_the_floor_beside_the_errors() -> None:
    rows = [row(i, s, study="s") for i, s in enumerate((9.0, 11.0))]
    found = transport_score("tcpip", rows, [], runs(rows))
    # Two repeats of one move: a fifth apart, over the square root of two.
    assert (found.noise.cells, found.noise.runs) == (1, 2)
    assert found.noise.median_percent == pytest.approx(20 / math.sqrt(2))
    assert found.without_luck.uncompressed.noise == found.noise
