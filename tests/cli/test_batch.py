"""`advisor batch` from the command line: formats and where they go, wrong combinations, stopping and going on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from advisor.domain.costs import load_costs
from advisor.domain.fleet import BATCH_TABLES
from advisor.fleet import spill
from advisor.reports.fleet import batch_xlsx
from advisor.shipped import shipped_path
from tests.cli.conftest import Done, as_program, surroundings
from tests.fleet.estates import write_small_clusters

SMALL = str(shipped_path("data", "examples", "inventories", "small"))
TABLES = set(BATCH_TABLES)

Advisor = Callable[..., Done]


def strictly(text: str) -> object:
    """JSON without NaN or Infinity, which JSON does not know."""
    return json.loads(text, parse_constant=pytest.fail)


# ---------------------------------------------------------------- formats


def test_to_a_terminal_goes_a_table(advisor: Advisor) -> None:
    done = advisor("batch", SMALL, "--window", "2h")
    assert (done.code, done.err) == (0, "")
    assert "prod-a" in done.out
    assert "prod-b" in done.out


def test_a_terminal_is_told_which_hosts_are_not_known_and_why_a_cluster_is_not_recommended(advisor: Advisor) -> None:
    text = " ".join(advisor("batch", SMALL, "--window", "20min", "--max-blackout", "5s").out.split())
    assert "hva01 (prod-a) 1 VM (web-009): a device of the host is assigned to it" in text
    assert "hva04 (prod-a) 1 VM (sql-044): a physical disk of the host is attached" in text
    assert "hvb01 (prod-b) 1 VM (web-063): an image on a disk of the host is in its DVD drive" in text
    assert "Blackout over 5 s: sql-097. " in text


def test_json_goes_to_stdout_whole_and_strict(advisor: Advisor) -> None:
    done = advisor("batch", SMALL, "--window", "2h", "-f", "json")
    assert (done.code, done.err) == (0, "")
    answer = strictly(done.out)
    assert isinstance(answer, dict)
    assert answer["schema_version"] or answer["summary"]["schema_version"]


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_folder_holds_a_file_for_every_table_and_the_totals(advisor: Advisor, tmp_path: Path, format: str) -> None:
    folder = tmp_path / "answer"
    flags = () if format == "csv" else ("-f", format)
    done = advisor("batch", SMALL, "--window", "1min", "-o", str(folder), *flags)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert {file.name for file in folder.iterdir()} == {f"{name}.{format}" for name in TABLES} | {"summary.json"}
    summary = strictly((folder / "summary.json").read_text("utf-8"))
    assert isinstance(summary, dict)
    for name, word in BATCH_TABLES.items():
        file = folder / f"{name}.{format}"
        table = pd.read_csv(file) if format == "csv" else pq.read_table(file).to_pandas()
        assert list(table.columns) == list(word.model_fields)
        if name in {"vms", "hosts", "clusters"}:
            assert len(table) == summary[name]
    assert summary["hosts_missing"] > 0


@pytest.mark.parametrize("ending", ["html", "json"])
def test_a_file_is_written_by_its_ending(advisor: Advisor, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"answer.{ending}"
    done = advisor("batch", SMALL, "--window", "20min", "-o", str(file))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert "prod-a" in file.read_text("utf-8")
    assert [one.name for one in tmp_path.iterdir()] == [file.name], "parts are cleared away"


def test_a_workbook_has_a_sheet_for_each_level(advisor: Advisor, tmp_path: Path) -> None:
    file = tmp_path / "answer.xlsx"
    done = advisor("batch", SMALL, "--window", "20min", "-o", str(file))
    assert (done.code, done.out, done.err) == (0, "", "")
    book = openpyxl.load_workbook(file, read_only=True)
    names = {name.lower() for name in book.sheetnames}
    book.close()
    assert {"clusters", "hosts"} <= names
    assert any("vm" in name for name in names)


def test_every_format_tells_the_same_drains(advisor: Advisor, tmp_path: Path) -> None:
    for name, flags in {"c": (), "p": ("-f", "parquet")}.items():
        assert advisor("batch", SMALL, "--window", "20min", "-o", str(tmp_path / name), *flags).code == 0
    by_csv = pd.read_csv(tmp_path / "c" / "hosts.csv")
    by_parquet = pq.read_table(tmp_path / "p" / "hosts.parquet").to_pandas()
    assert by_csv["drain_s_p95"].tolist() == by_parquet["drain_s_p95"].tolist()
    totals = [(tmp_path / name / "summary.json").read_text("utf-8") for name in ("c", "p")]
    assert totals[0] == totals[1]


# ---------------------------------------------------------------- what does not go together


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("-o", "out.csv"), "--output: is one file, and a batch has several tables (got out.csv)"),
        (("-o", "out.csv"), "name a folder: -o out -f csv"),
        (("-o", "out.parquet"), "name a folder: -o out -f parquet"),
        (("-o", "out.pdf"), "--output: ends like a file of no format of a batch (got out.pdf)"),
        (("-o", "out.docx"), "for a folder of this name add -f csv"),
        (("-o", "-"), "--output: is no file and no folder (got -)"),
        (("-f", "csv"), "--format: cannot be written to a terminal (got csv); mend: add -o"),
        (("-f", "parquet"), "--format: cannot be written to a terminal (got parquet)"),
        (("-f", "xlsx"), "--format: cannot be written to a terminal (got xlsx)"),
        (("-f", "pdf"), "--format: is not a format (got pdf)"),
        (("--resume",), "--resume: needs the folder or file of the run that was stopped"),
        (("--scheduler", "tcp://head:8786"), "--scheduler: is of the other engine; mend: add --engine dask"),
        (("--engine", "dask"), "--engine: needs --scheduler (got dask)"),
        (
            ("--engine", "dask", "--scheduler", "tcp://head:8786", "--jobs", "2"),
            "--jobs: is of the other engine (got 2)",
        ),
        (("--engine", "spark"), "--engine"),
        (("--jobs", "0"), "--jobs"),
        (("--window", "soon"), "--window: is not a time"),
        (("--max-blackout", "-5s"), "--max-blackout"),
        (("--risk", "brave"), "--risk"),
        (("--goal", "glory"), "--goal"),
        (("--default", "host.nic_gbps"), "host.nic_gbps"),
        (("--default", "host.colour=red"), "host.colour"),
        (("--costs", "nope.csv"), "nope.csv: no such file"),
        (("--defaults", "nope.csv"), "nope.csv: no such file"),
        (("--card", "nope.json"), "nope.json"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_worked_out(
    advisor: Advisor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = advisor("batch", SMALL, *flags)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert not list(tmp_path.iterdir()), "nothing is begun"


@pytest.mark.parametrize(
    ("there", "flags"), [("file", ("-f", "csv")), ("folder", ("-f", "html")), ("folder", ("-f", "xlsx"))]
)
def test_files_and_folders_are_not_mixed_up(
    advisor: Advisor, tmp_path: Path, there: str, flags: tuple[str, ...]
) -> None:
    place = tmp_path / "answer"
    place.write_text("kept", encoding="utf-8") if there == "file" else place.mkdir()
    done = advisor("batch", SMALL, "-o", str(place), *flags)
    assert done.code == 2
    assert "--output: is a" in done.err
    assert place.is_dir() == (there == "folder")


@pytest.mark.parametrize(
    ("output", "file"),
    [((), "vms.csv"), (("-f", "csv"), "hosts.csv"), (("-f", "json"), "vms.csv"), (("-f", "xlsx"), "hosts.csv")],
)
def test_an_answer_never_stands_in_place_of_the_inventory(
    advisor: Advisor, tmp_path: Path, output: tuple[str, ...], file: str
) -> None:
    estate = tmp_path / "estate"
    shutil.copytree(SMALL, estate)
    before = {one.name: one.read_bytes() for one in estate.iterdir()}
    to = estate if output in {(), ("-f", "csv")} else estate / file
    (tmp_path / "link").symlink_to(estate)
    for place in (to, tmp_path / "link" / to.relative_to(estate)):
        done = advisor("batch", str(estate), "-o", str(place), *output)
        assert done.code == 2
        assert f"{file}); mend: name another place" in done.err
        assert "is of the inventory, and would be lost" in done.err
        assert {one.name: one.read_bytes() for one in estate.iterdir()} == before


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("content", [b"my own notes\n", b"vm,host,memory_gib,state\na,h,8,running\n", b"", b"\xff\x00"])
def test_a_table_that_no_batch_wrote_is_not_written_over(
    advisor: Advisor, tmp_path: Path, format: str, content: bytes
) -> None:
    to = tmp_path / "to"
    to.mkdir()
    (to / f"vms.{format}").write_bytes(content)
    done = advisor("batch", SMALL, "-o", str(to), "-f", format)
    assert done.code == 2
    assert f"stands there, and no batch wrote it (got {to / 'vms'}.{format})" in done.err
    assert [one.name for one in to.iterdir()] == [f"vms.{format}"]
    assert (to / f"vms.{format}").read_bytes() == content
    (to / f"vms.{format}").unlink()
    for _ in range(2):  # what a batch wrote is written over
        assert advisor("batch", SMALL, "-o", str(to), "-f", format).code == 0


def test_a_workbook_that_cannot_hold_the_answer_is_refused_before_the_work(
    advisor: Advisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_xlsx, "MOST_ROWS", 5)
    monkeypatch.setattr("advisor.fleet.batch.run_batch", lambda *_, **__: pytest.fail("the work was begun"))
    done = advisor("batch", SMALL, "-o", str(tmp_path / "out.xlsx"))
    assert done.code == 2
    assert "the sheet VMs would have" in done.err
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_was_writing_is_written_over(advisor: Advisor, tmp_path: Path) -> None:
    (tmp_path / ".vms.csv.draft").write_text("half a li", encoding="utf-8")
    assert advisor("batch", SMALL, "-o", str(tmp_path)).code == 0
    assert not list(tmp_path.glob(".*"))


def test_an_inventory_that_is_not_there(advisor: Advisor) -> None:
    done = advisor("batch", "nowhere")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: nowhere")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("change,title,cost\nlimit,More,cheap\n", "costs.csv:2: cost: "),
        ("change,title,cost\nteleport,Far,1\n", "costs.csv:2: change: "),
        ("change,title,cost\nlimit,More,-1\n", "costs.csv:2: cost: "),
        ("change,title,cost\nlimit,More,1\nlimit,More,2\n", "costs.csv:3: change: "),
    ],
)
def test_a_table_of_costs_names_the_cell_that_is_wrong(advisor: Advisor, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(text, encoding="utf-8")
    done = advisor("batch", SMALL, "--costs", str(file))
    assert (done.code, done.out) == (2, "")
    assert words in done.err


# ---------------------------------------------------------------- flags that change the answer


def hosts_of(advisor: Advisor, folder: Path, *flags: str) -> pd.DataFrame:
    done = advisor("batch", *flags, "-o", str(folder))
    assert (done.code, done.err) == (0, "")
    return pd.read_csv(folder / "hosts.csv")


def test_costs_of_ones_own_change_the_cheapest_change(advisor: Advisor, tmp_path: Path) -> None:
    hosts = hosts_of(advisor, tmp_path / "a", SMALL, "--window", "1min")
    late = hosts[hosts.window == "misses"]
    assert late.helps_codes.notna().any()
    taken = {code for codes in late.helps_codes.dropna() for code in codes.split("+")}
    file = tmp_path / "costs.csv"
    kept = [row for row in load_costs() if row.change not in taken]
    lines = ["change,title,cost", *(f'{row.change},"{row.title}",{row.cost:g}' for row in kept)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    other = hosts_of(advisor, tmp_path / "b", SMALL, "--window", "1min", "--costs", str(file))
    left = {code for codes in other.helps_codes.dropna() for code in codes.split("+")}
    assert not left & taken


def test_a_default_changes_the_answer_and_is_named(advisor: Advisor, tmp_path: Path) -> None:
    (tmp_path / "vms.csv").write_text("vm,host,memory_gib\na,h1,64\nb,h1,32\n", encoding="utf-8")
    inventory = str(tmp_path / "vms.csv")
    slow = hosts_of(advisor, tmp_path / "slow", inventory, "--default", "host.nic_gbps=1")
    fast = hosts_of(advisor, tmp_path / "fast", inventory, "--default", "host.nic_gbps=100")
    assert slow.drain_s_p50[0] > 2 * fast.drain_s_p50[0]
    assert "nic_gbps" in slow.assumed[0].split(";")


def test_a_corrected_column_changes_the_answer(advisor: Advisor, tmp_path: Path) -> None:
    plain = json.loads(advisor("batch", SMALL, "-f", "json").out)["summary"]
    said = ("--column", "vms.csv:memory_gib=ignore", "--column", "vms.csv:startup_gib=memory_gib")
    assert json.loads(advisor("batch", SMALL, *said, "-f", "json").out)["summary"]["memory_gib"] != plain["memory_gib"]
    assert "did you mean vms.csv?" in advisor("batch", SMALL, "--column", "vm.csv:vm=vm").err


def test_no_curves_leaves_them_out(advisor: Advisor, tmp_path: Path) -> None:
    flags = (SMALL, "--window", "1min")
    hosts_of(advisor, tmp_path / "with", *flags)
    hosts_of(advisor, tmp_path / "without", *flags, "--no-curves")
    assert len(pd.read_csv(tmp_path / "with" / "curves.csv")) > 0
    assert len(pd.read_csv(tmp_path / "without" / "curves.csv")) == 0
    same = [(tmp_path / name / "hosts.csv").read_bytes() for name in ("with", "without")]
    assert same[0] == same[1]


def test_strict_exits_3_where_a_host_misses_or_a_vm_is_not_recommended(advisor: Advisor, tmp_path: Path) -> None:
    (tmp_path / "vms.csv").write_text("vm,host,memory_gib,device_assigned\na,h1,8,false\n", encoding="utf-8")
    inventory = str(tmp_path / "vms.csv")
    assert advisor("batch", inventory, "--strict", "--window", "2h").code == 0
    assert advisor("batch", inventory, "--strict", "--window", "1s").code == 3
    assert advisor("batch", inventory, "--window", "1s").code == 0
    (tmp_path / "vms.csv").write_text("vm,host,memory_gib,device_assigned\na,h1,8,true\n", encoding="utf-8")
    assert advisor("batch", inventory, "--strict").code == 3


@pytest.mark.slow
def test_jobs_give_the_same_bytes(advisor: Advisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "VMS_TOGETHER", 60)
    estate = str(write_small_clusters(tmp_path / "in", 600, nodes=3))
    for jobs in ("1", "2"):
        assert advisor("batch", estate, "--window", "3min", "--jobs", jobs, "-o", str(tmp_path / jobs)).code == 0
    for name in TABLES:
        assert (tmp_path / "1" / f"{name}.csv").read_bytes() == (tmp_path / "2" / f"{name}.csv").read_bytes()


# ---------------------------------------------------------------- as a program


def test_help_names_the_flags_and_shows_examples(advisor: Advisor) -> None:
    done = advisor("batch", "--help")
    assert done.code == 0
    words = " ".join(done.out.split())
    for flag in ("--window", "--max-blackout", "--costs", "--engine", "--scheduler", "--resume", "--strict"):
        assert flag in words


@pytest.mark.slow
def test_progress_stays_off_stdout() -> None:
    done = as_program("batch", SMALL, "--window", "20min", "-f", "json", FORCE_COLOR="1", TTY_COMPATIBLE="1")
    assert done.returncode == 0
    assert done.stderr == b"", "nobody watches a pipe"
    strictly(done.stdout.decode())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_parts_that_resume_takes_to_the_same_bytes(tmp_path: Path, jobs: str) -> None:
    estate = str(write_small_clusters(tmp_path / "in", 1500, nodes=2))
    # Small partitions, and a pause after each, so that there is something to stop; deaf to nothing.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import time\n"
        "from advisor.fleet import spill, store\n"
        "spill.VMS_TOGETHER = 60\n"
        "put = store.Store.put\n"
        "store.Store.put = lambda *given: (put(*given), time.sleep({pause}))\n"
        "from advisor.cli.main import run\n"
        "run()\n"
    )
    command = ["batch", estate, "--window", "3min", "--jobs", jobs]

    def start(folder: Path, pause: float, *more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", program.format(pause=pause), *command, "-o", str(folder), *more],
            env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    whole = start(tmp_path / "whole", 0.0)
    assert whole.communicate(timeout=180) == (b"", b"")
    assert whole.returncode == 0

    folder = tmp_path / "stopped"
    process = start(folder, 0.3)
    try:
        begun = time.monotonic()
        while len(list(folder.glob("parts/curves-*.parquet"))) < 3:
            assert process.poll() is None, "it must not end before it is stopped"
            assert time.monotonic() - begun < 120
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers hear it too
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, b"")
    assert b"the same command with --resume goes on" in err
    assert b"Traceback" not in err
    assert err.count(b"\n") == 1, err
    assert [file.name for file in folder.iterdir()] == ["parts"]
    for file in (folder / "parts").glob("*.parquet"):
        pq.read_table(file)

    again = start(folder, 0.0, "--resume")
    assert again.communicate(timeout=180) == (b"", b"")
    assert again.returncode == 0
    for name in TABLES:
        assert (folder / f"{name}.csv").read_bytes() == (tmp_path / "whole" / f"{name}.csv").read_bytes(), name
    assert (folder / "summary.json").read_bytes() == (tmp_path / "whole" / "summary.json").read_bytes()
