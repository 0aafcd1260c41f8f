"""How an evaluation goes about its rows: batches, training quantiles, folds, one prediction for each problem."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.advice.combine import combine_option
from advisor.advice.predict import predict
from advisor.calibration import evaluate as module
from advisor.calibration.evaluate import evaluate
from advisor.calibration.rows import rows_of
from advisor.domain.runs import MeasuredRun
from advisor.platforms import get_platform
from advisor.residual.card import unlearned_card

CARD = unlearned_card(get_platform("qemu"))


def run(name: str, total_s: float, **more: Any) -> MeasuredRun:
    facts: dict[str, Any] = {
        "run_id": name,
        "study": name.partition("-")[0],
        "evidence": "measured",
        "platform": "qemu",
        "platform_version": "10.0",
        "transport": "tcpip",
        "nic_gbps": 1,
        "nic_count": 1,
        "teaming": "none",
        "host_cores": 4,
        "vm_count": 1,
        "simultaneous": 1,
        "vm_memory_gib": 1,
        "vm_nonzero_gib": 0.5,
        "dirty_rate_mib_s": 0,
        "blackout_limit_ms": 300,
        "total_s": total_s,
        "outcome": "converged",
    }
    return MeasuredRun.model_validate(facts | more)


def batch(study: str, *totals: float) -> list[MeasuredRun]:
    return [
        run(f"{study}-{i}", total, batch_id=f"{study}-b", simultaneous=len(totals)) for i, total in enumerate(totals)
    ]


def test_a_batch_ends_with_its_last_move() -> None:
    moves = [*batch("a", 9.0, 11.0), *batch("b", 10.0, 10.0, 13.0), run("c-0", 5.0)]
    found = evaluate(moves, "applied", CARD).platforms[0]
    assert [(end.batch_id, end.moves, end.measured_s) for end in found.batches] == [("a-b", 2, 11.0), ("b-b", 3, 13.0)]
    together = combine_option(predict(rows_of(moves)[0].problem, CARD), 0).total_s
    assert found.batches[0].total_s == together
    assert found.overall.batches is not None
    errors = [abs(end.total_s.p50 / end.measured_s - 1) * 100 for end in found.batches]
    assert found.overall.batches.median_ape == pytest.approx(sum(errors) / 2)


def test_a_batch_of_which_a_move_is_missing_has_no_end() -> None:
    found = evaluate([batch("a", 9.0, 11.0)[0], run("c-0", 5.0)], "applied", CARD).platforms[0]
    assert (found.batches, found.overall.batches) == ((), None)


def test_each_problem_is_predicted_once_by_its_card_and_once_by_physics(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(problem: Any, card: Any) -> Any:
        asked.append((id(problem), id(card)))
        return predict(problem, card)

    monkeypatch.setattr(module, "predict", counted)
    found = evaluate([*batch("a", 9.0, 11.0, 12.0), run("c-0", 5.0)], "applied", CARD).platforms[0]
    assert len(found.rows) == 4
    assert len(asked) == len(set(asked)) == 4  # two problems, two cards


def test_training_quantiles_are_of_moves_that_the_stop_rule_ended() -> None:
    others = [run(f"a-{i}", 5.0, blackout_ms=10 * i, max_passes=30, passes=3) for i in range(1, 22)]
    forced = [run(f"b-{i}", 5.0, blackout_ms=2000, outcome="forced", max_passes=5, passes=9) for i in range(9)]
    late = run("c-0", 5.0, blackout_ms=100, outcome="forced", max_passes=5, passes=6)
    found = {row.run_id: row for row in evaluate([*others, *forced, late], "applied", CARD).platforms[0].rows}
    # The last count alone was beyond the limit: the stop rule had been met.
    assert (found["c-0"].forced, found["b-0"].forced) == (False, True)
    training = found["c-0"].training_blackout_ms
    assert training is not None
    assert (training.p05, training.p50, training.p95) == pytest.approx((20, 110, 200))
    assert (found["a-1"].training_blackout_ms, found["b-0"].training_blackout_ms) == (None, None)


def test_each_fold_is_announced() -> None:
    told: list[tuple[int, int]] = []
    runs = [run(f"{study}-{i}", 5.0 + 0.1 * i) for study in "abc" for i in range(2)]
    evaluate(runs, progress=lambda fold, of: told.append((fold, of)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    evaluate(runs, "applied", CARD, lambda fold, of: told.append((fold, of)))
    assert len(told) == 4
