"""The file of runs: written at once, taken up after a crash, refused where it is another's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from advisor.domain.plan import LabPlan
from advisor.errors import LabError
from advisor.intake.runs import read_runs
from advisor.lab.machine import Machine
from advisor.lab.records import Records, passes_path, take_up
from advisor.lab.rows import Row, asked, failed_rows
from advisor.lab.turns import turns
from tests.lab.conftest import REAL_PLAN

MACHINE = Machine("qemu", "10.0", "tcg", None, "gcc", 2, 0.8)
ALL = [turn for own in turns(REAL_PLAN) for turn in own]
NAMES = {name for turn in ALL for name in turn.run_ids}


def rows_of(turn):
    figures = {"total_s": 1.5, "blackout_ms": 20.0, "outcome": "converged", "platform_version": "10.0"}
    one_pass = {"sync": 1, "seconds": 0.5, "sent_bytes": 1, "dirty_bytes": 2, "normal_pages": 3, "zero_pages": 4}
    return [
        Row(
            asked(turn, guest) | figures,
            [one_pass | {"run_id": name, "study": turn.study.name, "throttle_percent": 0}] * 2,
        )
        for guest, name in enumerate(turn.run_ids)
    ]


@pytest.fixture
def runs(tmp_path):
    """A whole file of the plan's runs, and their passes beside it."""
    path = tmp_path / "runs.csv"
    with Records(path, resume=False) as records:
        for turn in ALL:
            records.add(rows_of(turn))
    return path


def test_a_row_is_in_the_file_while_the_campaign_goes_on(tmp_path):
    path = tmp_path / "runs.csv"
    with Records(path, resume=False) as records:
        records.add(rows_of(ALL[0]))
        assert len(read_runs(path).runs) == 1
        assert len(passes_path(path).read_text("utf-8").splitlines()) == 3


def test_what_is_written_reads_as_measured_runs(runs):
    found = read_runs(runs)
    assert not found.set_aside
    assert {run.run_id for run in found.runs} == NAMES
    assert found.runs[0].blackout_limit_ms == 300


def test_a_failed_turn_reads_as_one(tmp_path):
    path = tmp_path / "runs.csv"
    with Records(path, resume=False) as records:
        records.add(failed_rows(ALL[0], MACHINE, "the system, that day, refused"))
    (run,) = read_runs(path).runs
    assert (run.outcome, run.total_s, run.extra_columns["trouble"]) == ("failed", None, "the system, that day, refused")


def test_a_whole_file_is_taken_up_as_it_stands(runs):
    before = runs.read_bytes(), passes_path(runs).read_bytes()
    assert take_up(runs, REAL_PLAN) == NAMES
    assert (runs.read_bytes(), passes_path(runs).read_bytes()) == before


def test_a_file_that_is_not_there_holds_nothing(tmp_path):
    assert take_up(tmp_path / "runs.csv", REAL_PLAN) == set()
    assert list(tmp_path.iterdir()) == []


def test_every_place_a_crash_may_cut_the_file_at_is_mended(runs):
    """Cut it after every byte: what is taken up is whole, and going on makes the same file again."""
    whole, passes = runs.read_bytes(), passes_path(runs).read_bytes()
    ends = {at + 1 for at, byte in enumerate(whole) if byte == 0x0A}
    near = sorted({cut for end in ends | {len(whole)} for cut in (end - 2, end - 1, end, end + 1, end + 40)})
    for cut in [0, 1, 10, *(one for one in near if one <= len(whole))]:
        runs.write_bytes(whole[:cut])
        passes_path(runs).write_bytes(passes)
        done = take_up(runs, REAL_PLAN)
        with Records(runs, resume=True) as records:
            for own in turns(REAL_PLAN, done):
                for turn in own:
                    records.add(rows_of(turn))
        assert runs.read_bytes() == whole, cut
        assert passes_path(runs).read_bytes() == passes, cut


@pytest.mark.parametrize("cut", [0, 5, 150, 400])
def test_torn_passes_are_mended_too(runs, cut):
    """The passes of a run are on disk before the run, so the runs were cut off earlier still."""
    whole, passes = runs.read_bytes(), passes_path(runs).read_bytes()
    runs.write_bytes(whole[: whole.index(b"\n") + 1])
    passes_path(runs).write_bytes(passes[:cut])
    assert take_up(runs, REAL_PLAN) == set()
    with Records(runs, resume=True) as records:
        for turn in ALL:
            records.add(rows_of(turn))
    assert (runs.read_bytes(), passes_path(runs).read_bytes()) == (whole, passes)


def test_a_batch_that_lacks_a_row_is_run_again(runs):
    lines = runs.read_bytes().splitlines(keepends=True)
    assert b"two-at-once-0-1-1" in lines[-1]
    runs.write_bytes(b"".join(lines[:-1]))
    assert take_up(runs, REAL_PLAN) == NAMES - {"two-at-once-0-1-0", "two-at-once-0-1-1"}
    assert b"two-at-once" not in runs.read_bytes()
    assert b"two-at-once" not in passes_path(runs).read_bytes()


def refused(path, plan=REAL_PLAN):
    before = path.read_bytes()
    with pytest.raises(LabError) as caught:
        take_up(path, plan)
    assert path.read_bytes() == before, "what is refused stays as it is"
    return str(caught.value)


def test_a_file_of_another_plan_is_refused(runs):
    other = LabPlan.model_validate({"studies": [{"name": "other", "moves": [{}]}]})
    assert "this plan has no such run (got alone-0-1)" in refused(runs, other)


def test_a_file_of_a_plan_that_has_changed_is_refused(runs):
    changed = REAL_PLAN.model_dump(mode="json")
    changed["studies"][0]["links"]["gbps"] = 2.0
    said = refused(runs, LabPlan.model_validate(changed))
    assert "nic_gbps: the plan asks for something else (got 1.0); allowed: 2.0" in said
    assert f"{runs}:2:" in said


def test_a_plan_with_more_studies_goes_on(runs):
    longer = REAL_PLAN.model_dump(mode="json")
    longer["studies"].append({"name": "third", "moves": [{}]})
    assert take_up(runs, LabPlan.model_validate(longer)) == NAMES


def test_numbers_another_program_has_rewritten_are_the_same(runs):
    runs.write_bytes(runs.read_bytes().replace(b",1.0,", b",1,"))
    assert take_up(runs, REAL_PLAN) == NAMES


@pytest.mark.parametrize("text", ["run_id,study\r\na,b\r\n", "my notes, kept since spring", "total_s,run_id\n1,a\n"])
def test_a_file_of_other_columns_is_refused(tmp_path, text):
    path = tmp_path / "runs.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert "holds other columns" in refused(path)


def test_a_line_of_too_few_cells_is_named(runs):
    lines = runs.read_bytes().splitlines(keepends=True)
    lines[2] = b"alone-1-1,alone\r\n"
    runs.write_bytes(b"".join(lines))
    assert "runs.csv:3: has 2 cells for" in refused(runs)


def test_looking_at_a_file_does_not_cut_it(runs):
    """A dry run tells what is left to do, and leaves the file as it is."""
    torn = runs.read_bytes() + b"torn"
    runs.write_bytes(torn)
    assert take_up(runs, REAL_PLAN, cut=False) == NAMES
    assert runs.read_bytes() == torn
    assert take_up(runs, REAL_PLAN) == NAMES
    assert runs.read_bytes() == torn[:-4]


def test_a_device_or_a_huge_file_is_no_file_of_runs(tmp_path):
    with pytest.raises(LabError, match="no file of runs"):
        take_up(Path("/dev/zero"), REAL_PLAN)
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(2**30)  # takes no room
    with pytest.raises(LabError, match="no file of runs"):
        take_up(huge, REAL_PLAN)


def test_a_draft_is_not_written_through_a_planted_link(runs, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    (runs.parent / f".{runs.name}.{os.getpid()}.draft").symlink_to(victim)
    runs.write_bytes(runs.read_bytes() + b"torn")
    take_up(runs, REAL_PLAN)
    assert victim.read_text("utf-8") == "mine"
    assert not runs.is_symlink()
