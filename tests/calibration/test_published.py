"""The Hyper-V card and what the published rows say of it: the figures this project promises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from advisor.calibration.cards import calibrate
from advisor.calibration.evaluate import evaluate
from advisor.calibration.evaluation import Evaluation, RowScore
from advisor.calibration.scores import study_weights, weighted_quantile
from advisor.domain.answers import Basis
from advisor.domain.runs import MeasuredRun
from advisor.intake.runs import read_runs
from advisor.residual.card_files import load_card, shipped_card
from advisor.shipped import shipped_path

SEED = {"whi-0001": 70, "whi-0003": 54, "whi-0004": 31, "whi-0005": 28, "whi-0006": 13}


@pytest.fixture(scope="module")
def published() -> tuple[MeasuredRun, ...]:
    return read_runs(shipped_path("data", "measured", "hyperv_published.csv")).runs


@pytest.fixture(scope="module")
def by_study(published: tuple[MeasuredRun, ...]) -> Evaluation:
    return evaluate(published)


def rows(evaluation: Evaluation) -> dict[str, RowScore]:
    return {row.run_id: row for row in evaluation.platforms[0].rows}


def test_the_published_file_holds_fourteen_rows_of_three_authors(published: tuple[MeasuredRun, ...]) -> None:
    assert len(published) == 14
    assert len({run.study for run in published}) == 3


@pytest.mark.no_cover
def test_making_the_card_again_gives_the_same_numbers(published: tuple[MeasuredRun, ...]) -> None:
    again, shipped = calibrate(published, "hyperv", source="hyperv_published.csv"), shipped_card("hyperv")
    for name, constant in shipped.constants.named().items():
        made = again.constants.named()[name]
        assert (made.p05, made.p50, made.p95) == pytest.approx((constant.p05, constant.p50, constant.p95), rel=1e-6), (
            name
        )
    assert again.time_log_spread == pytest.approx(shipped.time_log_spread, rel=1e-6)


def test_the_seed_is_met_by_the_shipped_card(published: tuple[MeasuredRun, ...]) -> None:
    found = rows(evaluate(published, "applied"))
    for run_id, measured in SEED.items():
        row = found[run_id]
        assert abs(row.total_s.p50 / measured - 1) <= 0.10, run_id
        assert row.total_s.p05 <= measured <= row.total_s.p95, run_id


@pytest.mark.no_cover
def test_the_seed_is_met_with_each_row_held_out(published: tuple[MeasuredRun, ...]) -> None:
    found = rows(evaluate(published, "row"))
    for run_id, measured in SEED.items():
        row = found[run_id]
        assert abs(row.total_s.p50 / measured - 1) <= 0.15, run_id
        assert row.total_s.p05 <= measured <= row.total_s.p95, run_id


def test_held_out_studies_halve_the_naive_error_and_do_not_lose_to_physics_alone(by_study: Evaluation) -> None:
    overall = by_study.platforms[0].overall
    naive = min(overall.baselines["gb_times_8_over_gbps"], overall.baselines["ram_over_bandwidth"])
    assert overall.time.median_ape <= naive / 2
    assert overall.time.median_ape <= overall.baselines["analytic"]


def test_held_out_intervals_cover_what_they_promise_within_what_fourteen_rows_can_tell(by_study: Evaluation) -> None:
    inside = [row.total_s.p05 <= row.measured_s <= row.total_s.p95 for row in by_study.platforms[0].rows]
    # 11 of 14 or fewer has a probability of 0.16 under 90 % coverage, 10 or fewer 0.04.
    assert sum(inside) >= 11


def test_every_row_is_listed_with_its_baselines(by_study: Evaluation, published: tuple[MeasuredRun, ...]) -> None:
    found = rows(by_study)
    assert list(found) == [run.run_id for run in published]
    # GB x 8 / Gbps for 55 GB over one 10 GbE is 44 s.
    assert found["whi-0001"].gb_times_8_over_gbps_s == pytest.approx(44.0)
    assert found["whi-0001"].ram_over_bandwidth_s == pytest.approx(55 * 2**30 / 1.25e9)


def test_what_is_said_of_the_rows_is_what_the_rows_say(by_study: Evaluation) -> None:
    platform = by_study.platforms[0]
    weights = study_weights([row.study for row in platform.rows])
    errors = [abs(row.error_percent) for row in platform.rows]
    assert platform.overall.time.median_ape == pytest.approx(weighted_quantile(errors, weights, 0.5))
    bad = np.average([error >= 25 for error in errors], weights=weights)
    assert platform.overall.bad_share == pytest.approx(bad)


def test_rows_above_line_rate_are_named_and_not_fitted() -> None:
    assert shipped_card("hyperv").made_from["not_fitted"] == ["finn-0016", "finn-0017", "holman-0029"]


def test_rdma_and_blackout_have_no_run_behind_them() -> None:
    card = shipped_card("hyperv")
    assert "rdma" not in card.coverage
    assert not card.blackout_coverage
    assert all(set(one.versions) <= {"2012", "2012R2"} for one in card.coverage.values())


def test_the_rows_the_card_covers_rest_on_published_runs(published: tuple[MeasuredRun, ...]) -> None:
    assert {row.basis for row in evaluate(published, "applied").platforms[0].rows} == {Basis.PUBLISHED}


def test_the_shipped_card_is_the_text_it_would_write(tmp_path: Path) -> None:
    path = tmp_path / "again.json"
    path.write_text(shipped_card("hyperv").to_json(), encoding="utf-8")
    assert load_card(path) == shipped_card("hyperv")
    assert json.loads(path.read_text(encoding="utf-8"))["format"] == "advisor-card/2"
