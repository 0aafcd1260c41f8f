"""Moves that ran together are predicted together, and speak each of its own move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from advisor.calibration.rows import Row, log_times, rows_of
from advisor.domain.runs import MeasuredRun
from advisor.platforms import get_platform
from advisor.units import gib_to_bytes

CONSTANTS = get_platform("qemu").constants


def run(name: str, **more: Any) -> MeasuredRun:
    facts = {
        "run_id": name,
        "study": "lab",
        "platform": "qemu",
        "platform_version": "10.0",
        "transport": "tcpip",
        "nic_gbps": 1,
        "host_cores": 8,
        "simultaneous": 1,
        "vm_memory_gib": 1,
        "vm_nonzero_gib": 0.5,
        "dirty_rate_mib_s": 5,
        "working_set_gib": 0.1,
        "total_s": 9,
        "outcome": "converged",
    }
    return MeasuredRun.model_validate(facts | more)


def batch(name: str, moves: int, **more: Any) -> list[MeasuredRun]:
    """Moves of one batch, the first of 1 GiB and each other a GiB larger."""
    together = {"batch_id": name, "simultaneous": moves} | more
    return [run(f"{name}-{i}", vm_memory_gib=1 + i, vm_nonzero_gib=0.5 + i, **together) for i in range(moves)]


def sizes_gib(row: Row) -> list[float]:
    return [one.memory_bytes / gib_to_bytes(1) for one in row.traits]


def seconds(rows: Sequence[Row]) -> list[float]:
    return [float(np.exp(log)) for log in log_times(rows, [CONSTANTS])[0][:, 0]]


def test_moves_of_one_batch_are_one_problem_and_weigh_as_one() -> None:
    rows = rows_of(batch("b", 3))
    assert len({id(row.problem) for row in rows}) == 1
    assert [row.move for row in rows] == [0, 1, 2]
    assert sizes_gib(rows[0]) == [1, 2, 3]
    assert [row.share for row in rows] == pytest.approx([1 / 3] * 3)
    assert rows[0].problem.options[0].simultaneous == 3


def test_each_row_is_timed_by_its_own_move() -> None:
    small, large = seconds(rows_of(batch("b", 2)))
    alone = seconds(rows_of([run("one", vm_memory_gib=1, vm_nonzero_gib=0.5)]))[0]
    assert alone < small < large
    # As long as both move they share the link.
    assert small == pytest.approx(2 * alone, rel=0.1)


def test_rows_come_in_the_order_of_their_runs() -> None:
    one, other = batch("b", 2), batch("c", 2)
    mixed = [other[1], run("alone"), one[0], other[0], one[1]]
    rows = rows_of(mixed)
    assert [row.run for row in rows] == mixed
    assert rows[0].problem is rows[3].problem
    assert rows[2].problem is rows[4].problem
    assert rows[0].problem is not rows[2].problem
    # Of each batch the first row read is the first move.
    assert [row.move for row in rows] == [0, None, 0, 1, 1]
    assert sizes_gib(rows[0]) == [2, 1]


def test_moves_whose_rows_are_missing_are_like_the_one_that_is_there() -> None:
    (row,) = rows_of(batch("b", 3)[1:2])
    assert sizes_gib(row) == [2, 2, 2]
    assert (row.move, row.share) == (0, 1.0)


def test_of_an_incomplete_batch_each_row_stands_for_a_batch_like_itself() -> None:
    rows = rows_of(batch("b", 3)[:2])
    assert [sizes_gib(row) for row in rows] == [[1, 1, 1], [2, 2, 2]]
    assert [row.move for row in rows] == [0, 0]
    # They saw the same minutes all the same: together they weigh as one.
    assert [row.share for row in rows] == [1 / 2, 1 / 2]
    # Beside moves like itself, a row ends with them.
    together = seconds(rows_of([run(f"b-{i}", batch_id="b", simultaneous=3) for i in range(3)]))
    assert seconds(rows[:1]) == pytest.approx(together[:1])


def test_a_move_that_failed_is_a_missing_row() -> None:
    whole = batch("b", 2)
    rows = rows_of([whole[0], whole[1].model_copy(update={"outcome": "failed"})])
    assert [(sizes_gib(row), row.share) for row in rows] == [([1, 1], 1.0)]


def test_repeats_under_one_name_are_not_taken_for_one_batch() -> None:
    again = [
        run(f"r{repeat}-{i}", batch_id="b", repeat=repeat, simultaneous=2, vm_memory_gib=1 + i)
        for repeat in (1, 2, 3)
        for i in (0, 1)
    ]
    rows = rows_of(again)
    assert [row.run.run_id for row in rows] == [one.run_id for one in again]
    assert all(len(row.traits) == 2 for row in rows)
    # The name does not tell which ran together, so each stands for two like itself.
    assert [sizes_gib(row) for row in rows] == [[1, 1], [2, 2]] * 3
    # As many as ran together weigh as one.
    assert [row.share for row in rows] == [1 / 2] * 6


def test_batches_of_two_studies_that_share_a_name_stay_apart() -> None:
    ours = batch("b", 2)
    theirs = [
        run(f"their-{i}", study="theirs", batch_id="b", simultaneous=2, vm_memory_gib=8, nic_gbps=5) for i in (0, 1)
    ]
    rows = rows_of([ours[0], theirs[0], ours[1], theirs[1]])
    assert [sizes_gib(row) for row in rows] == [[1, 2], [8, 8], [1, 2], [8, 8]]
    assert [row.move for row in rows] == [0, 0, 1, 1]
    assert rows[0].problem is not rows[1].problem
    # Halves of two studies make no whole either.
    halves = rows_of([ours[0], theirs[1]])
    assert [sizes_gib(row) for row in halves] == [[1, 1], [8, 8]]
    assert [row.share for row in halves] == [1.0, 1.0]


def test_without_a_batchs_name_moves_at_once_are_not_put_together() -> None:
    rows = rows_of(batch("b", 2, batch_id=None))
    assert [sizes_gib(row) for row in rows] == [[1, 1], [2, 2]]
    assert [row.share for row in rows] == [1.0, 1.0]


def test_a_name_alone_makes_no_batch_of_moves_one_after_another() -> None:
    rows = rows_of([run("a", batch_id="b"), run("c", batch_id="b")])
    assert [(row.move, row.share, len(row.traits)) for row in rows] == [(None, 1.0, 1)] * 2


def test_a_row_of_several_moves_speaks_of_all_of_them() -> None:
    (row,) = rows_of([run("a", vm_count=4, simultaneous=2, batch_id="b")])
    assert (row.move, row.share, len(row.traits)) == (None, 1.0, 4)
    # Two by two: the end of the second pair.
    (pair,) = rows_of([run("a", vm_count=2, simultaneous=2)])
    assert seconds([row])[0] == pytest.approx(2 * seconds([pair])[0], rel=0.05)


@pytest.mark.parametrize(
    ("outcome", "passes", "limit", "forced"),
    [
        # QEMU counts its own synchronisation at the switchover beside those of the passes.
        ("forced", 6, 4, True),
        ("forced", 5, 4, False),
        ("forced", 4, 4, False),
        ("forced", None, 4, True),
        ("forced", 6, None, True),
        ("converged", 9, 4, False),
        (None, 9, 4, False),
    ],
)
def test_a_switchover_was_forced_where_qemu_counted_beyond_the_limit(
    outcome: str | None, passes: int | None, limit: int | None, forced: bool
) -> None:
    (row,) = rows_of([run("a", outcome=outcome, passes=passes, max_passes=limit)])
    assert row.was_forced is forced


def test_on_hyper_v_the_row_itself_says_what_was_forced() -> None:
    windows = {"platform": "hyperv", "platform_version": "2012R2", "passes": 3, "max_passes": 5}
    rows = rows_of([run(outcome, outcome=outcome, **windows) for outcome in ("forced", "converged")])
    assert [row.was_forced for row in rows] == [True, False]
