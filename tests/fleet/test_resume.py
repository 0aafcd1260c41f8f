"""A batch that is stopped and goes on: the same bytes as one that was left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.errors import InputError
from advisor.fleet import spill
from advisor.fleet.batch import Progress, question_of, run_batch
from advisor.fleet.cluster_group import Partition
from advisor.fleet.engines import Local
from advisor.fleet.solve import Question
from advisor.fleet.store import StoredTables
from advisor.fleet.written import schema_of
from advisor.reports.fleet.table_folder import TableFolder
from tests.fleet.asked import read
from tests.fleet.estates import write_small_clusters

GOALS = Goals(window_s=200.0, max_blackout_s=5.0)


@pytest.fixture(autouse=True)
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "VMS_TOGETHER", 60)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return read(write_small_clusters(tmp_path_factory.mktemp("estate"), 600, nodes=3))


class Counting(Local):
    """One process that notes which partitions it was given."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given: list[int] = []

    def answers(self, numbers, load, question):  # type: ignore[no-untyped-def]
        def noted(number: int) -> Partition:
            self.given.append(number)
            return load(number)

        return super().answers(numbers, noted, question)


def run(
    inventory: Inventory,
    folder: Path,
    *,
    resume: bool = False,
    stop_after: int | None = None,
    question: Question | None = None,
    format: str = "csv",
    engine: Local | None = None,
) -> tuple[StoredTables, dict[str, bytes]]:
    """A batch into a folder; `stop_after` so many parts somebody presses Ctrl-C."""

    def watch(progress: Progress) -> None:
        if stop_after is not None and progress.parts_done >= stop_after:
            raise KeyboardInterrupt

    with TableFolder(folder, format) as tables:
        answer = run_batch(
            inventory,
            question or question_of(GOALS),
            folder / "parts",
            engine=engine or Local(1),
            resume=resume,
            sink=tables,
            watch=watch,
        )
        written = tables.close(schema_of)
    return answer, {file.name: file.read_bytes() for file in written} | {"": answer.summary.model_dump_json().encode()}


@pytest.fixture(scope="module")
def undisturbed(estate: Inventory, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spill, "VMS_TOGETHER", 60)
        assert spill.plan_of(estate).parts >= 5
        folder = tmp_path_factory.mktemp("undisturbed")
        return {format: run(estate, folder / format, format=format)[1] for format in ("csv", "parquet")}


def parts_in(folder: Path) -> set[int]:
    """Numbers of parts that are whole."""
    return {int(file.stem.rpartition("-")[2]) for file in (folder / "parts").glob("curves-*.parquet")}


def stopped(inventory: Inventory, folder: Path, after: int, **more: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(inventory, folder, stop_after=after, **more)  # type: ignore[arg-type]
    assert len(parts_in(folder)) == after
    # Nothing half-written under the names of the answer.
    assert [file.name for file in folder.iterdir()] == ["parts"]


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("after", [1, 3])
def test_a_stopped_run_goes_on_to_the_same_bytes(
    estate: Inventory, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path, after: int, format: str
) -> None:
    stopped(estate, tmp_path, after, format=format)
    engine = Counting()
    _, files = run(estate, tmp_path, resume=True, format=format, engine=engine)
    assert files == undisturbed[format]
    assert set(engine.given) == set(range(spill.plan_of(estate).parts)) - set(range(after)), (
        "parts are taken as they are"
    )


def test_it_may_be_stopped_again_and_again(
    estate: Inventory, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    stopped(estate, tmp_path, 1)
    for after in (2, 4):
        with pytest.raises(KeyboardInterrupt):
            run(estate, tmp_path, resume=True, stop_after=after)
    assert run(estate, tmp_path, resume=True)[1] == undisturbed["csv"]


def test_a_run_that_had_ended_is_only_written_again(
    estate: Inventory, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    run(estate, tmp_path)
    engine = Counting()
    assert run(estate, tmp_path, resume=True, engine=engine)[1] == undisturbed["csv"]
    assert engine.given == []


def test_parts_are_readable_parquet(estate: Inventory, tmp_path: Path) -> None:
    stopped(estate, tmp_path, 2)
    files = list((tmp_path / "parts").glob("*.parquet"))
    assert len(files) >= 2 * 4
    for file in files:
        assert pq.read_table(file).schema.equals(schema_of(file.stem.rpartition("-")[0]))


def test_nothing_is_left_of_what_was_sorted(estate: Inventory, tmp_path: Path) -> None:
    stopped(estate, tmp_path, 2)
    assert not [one for one in (tmp_path / "parts").iterdir() if one.is_dir()]


def test_what_a_killed_run_had_sorted_is_cleared_away(estate: Inventory, tmp_path: Path) -> None:
    # kill -9 leaves its scratch folder; it may be as large as the inventory.
    stopped(estate, tmp_path, 1)
    left = tmp_path / "parts" / "sorting-left"
    left.mkdir()
    (left / "vms-00000.arrow").write_bytes(b"half")
    answer, _ = run(estate, tmp_path, resume=True)
    assert not left.exists()
    assert answer.rows("vms") == answer.summary.vms


def test_half_written_parts_are_ignored(
    estate: Inventory, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    stopped(estate, tmp_path, 2)
    parts = tmp_path / "parts"
    (parts / "vms-00003.draft").write_bytes(b"PAR1 but not much")
    # A part whose last table is not there was not whole.
    (parts / "curves-00001.parquet").unlink()
    engine = Counting()
    assert run(estate, tmp_path, resume=True, engine=engine)[1] == undisturbed["csv"]
    assert 1 in engine.given
    assert not list(parts.glob("*.draft"))


@pytest.mark.parametrize(
    "question",
    [
        question_of(Goals(window_s=201.0, max_blackout_s=5.0)),
        question_of(GOALS, curves=False),
        question_of(GOALS, costs=()),
    ],
    ids=["goals", "curves", "costs"],
)
def test_parts_of_another_question_are_refused(estate: Inventory, tmp_path: Path, question: Question) -> None:
    stopped(estate, tmp_path, 2)
    with pytest.raises(InputError, match="holds parts of another batch") as told:
        run(estate, tmp_path, resume=True, question=question)
    assert "leave --resume out to begin anew" in str(told.value)
    assert len(parts_in(tmp_path)) == 2, "what is there is not lost"


def test_parts_of_another_inventory_are_refused(estate: Inventory, tmp_path: Path) -> None:
    stopped(estate, tmp_path / "out", 2)
    other = read(write_small_clusters(tmp_path / "in", 600, seed=7, nodes=3))
    with pytest.raises(InputError, match="holds parts of another batch"):
        run(other, tmp_path / "out", resume=True)


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("thing", ["batch.json", "thesis.docx"])
def test_what_is_no_batch_is_not_touched(estate: Inventory, tmp_path: Path, thing: str, resume: bool) -> None:
    # Neither parts that say nothing of their question, nor somebody's folder that happens to be called so.
    kept = tmp_path / "parts" / thing
    kept.parent.mkdir()
    kept.write_text("not ours", encoding="utf-8")
    with pytest.raises(InputError, match="holds something else"):
        run(estate, tmp_path, resume=resume)
    assert kept.read_text("utf-8") == "not ours"


@pytest.mark.parametrize("said", ['{"my": "job"}', "[1]", '{"format": "advisor-card/1"}'])
def test_somebody_elses_json_is_no_batch(estate: Inventory, tmp_path: Path, said: str) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "batch.json").write_text(said, encoding="utf-8")
    with pytest.raises(InputError, match="holds something else"):
        run(estate, tmp_path)
    assert (parts / "batch.json").read_text("utf-8") == said


def test_a_file_among_the_parts_that_is_not_ours_stays(estate: Inventory, tmp_path: Path) -> None:
    stopped(estate, tmp_path, 2)
    parts = tmp_path / "parts"
    (parts / "thesis.docx").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="holds something else"):
        run(estate, tmp_path)
    assert (parts / "thesis.docx").exists()
    assert len(parts_in(tmp_path)) == 2


def test_parts_are_cleared_through_a_link_to_their_folder(estate: Inventory, tmp_path: Path) -> None:
    real, out = tmp_path / "real", tmp_path / "out"
    real.mkdir()
    out.mkdir()
    (out / "parts").symlink_to(real)
    answer, _ = run(estate, out)
    (real / "kept.txt").write_text("put there meanwhile", encoding="utf-8")
    answer.store.clear()
    assert [one.name for one in real.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("damage", ["cut", "zeros", "empty"])
def test_a_damaged_part_is_answered_again(
    estate: Inventory, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path, damage: str
) -> None:
    stopped(estate, tmp_path, 3)
    file = tmp_path / "parts" / "vms-00001.parquet"
    whole = file.read_bytes()
    damaged = {"cut": whole[: len(whole) // 2], "empty": b""}
    zeros = whole[:100] + bytes(len(whole) // 2) + whole[100 + len(whole) // 2 :]
    file.write_bytes(damaged.get(damage, zeros))
    engine = Counting()
    assert run(estate, tmp_path, resume=True, engine=engine)[1] == undisturbed["csv"]
    assert 1 in engine.given
    assert 0 not in engine.given


def test_without_resume_one_begins_anew(
    estate: Inventory, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    stopped(estate, tmp_path, 3)
    engine = Counting()
    assert run(estate, tmp_path, engine=engine)[1] == undisturbed["csv"]
    assert len(engine.given) == spill.plan_of(estate).parts


def test_resume_with_nothing_there_just_runs(
    estate: Inventory, undisturbed: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    assert run(estate, tmp_path, resume=True)[1] == undisturbed["csv"]
    manifest = json.loads((tmp_path / "parts" / "batch.json").read_text("utf-8"))
    assert manifest["format"] == "advisor-batch/1"
