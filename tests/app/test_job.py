"""Long work in a process of its own: it ends with its children when stopped, left alone, let go, or without server."""

from __future__ import annotations

import os
import pkgutil
import signal
import subprocess
import sys
import textwrap
import time
from importlib import import_module
from pathlib import Path

import psutil
import pytest

import advisor.ui
from advisor.errors import AdvisorError, InputError, Problem, WorkersLostError
from advisor.ui.job import Job, answer_of

A_WHILE_S = 60.0


def family(folder: Path, watch) -> None:
    """Start a process, note who both are, and work for ever."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    noted(folder, os.getpid(), child.pid)
    watch(1, 2)
    time.sleep(1000)


def orphaning(folder: Path, watch) -> None:
    """Start a process, and die of something else than an error."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    noted(folder, os.getpid(), child.pid)
    os.kill(os.getpid(), signal.SIGKILL)


def by_workers(folder: Path, watch) -> None:
    """Work with joblib's workers, as the batches do."""
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

    workers = ProcessPoolExecutor(2)
    asked = [workers.submit(time.sleep, 1000) for _ in range(2)]
    until(lambda: len(psutil.Process().children(recursive=True)) >= 3, "both workers and what clears up after them")
    noted(folder, os.getpid(), *(one.pid for one in psutil.Process().children(recursive=True)))
    asked[0].result()


def noted(folder: Path, *pids: int) -> None:
    (folder / "new").write_text(" ".join(map(str, pids)))
    (folder / "new").rename(folder / "pids")


def talking(watch) -> str:
    """Print, which is no answer, and answer."""
    sys.stdout.write("no answer")
    sys.stdout.flush()
    os.system("echo no answer either")
    return "an answer"


def failing(kind: str, watch) -> None:
    if kind == "input":
        raise InputError(Problem("is wrong", "a.csv", 3))
    raise ZeroDivisionError("by nothing")


def large(watch) -> bytes:
    return bytes(20_000_000)


def until(done, what: str) -> None:
    ends = time.monotonic() + A_WHILE_S
    while not done():
        assert time.monotonic() < ends, what
        time.sleep(0.01)


def pids_in(folder: Path) -> list[int]:
    """Those at work, once they are."""
    until((folder / "pids").exists, "it does not start")
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def gone(pids: list[int]) -> bool:
    return not any(map(at_work, pids))


def at_work(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_answer_comes_back_whatever_is_printed_and_however_large_it_is(capfd):
    assert Job("Talking", talking).answer() == "an answer"
    assert len(Job("A lot", large).answer()) == 20_000_000
    assert not capfd.readouterr().out


def test_a_large_question_does_not_hold_up_the_page():
    began = time.monotonic()
    job = Job("Counting", len_of, bytes(50_000_000))
    assert time.monotonic() - began < 2
    assert job.answer() == 50_000_000


def len_of(given: bytes, watch) -> int:
    return len(given)


def test_what_goes_wrong_is_told_as_it_was_raised_and_a_bug_without_a_traceback(capfd):
    found = answer_of(Job("Failing", failing, "input"))
    assert isinstance(found, InputError)
    assert str(found) == "a.csv:3: is wrong"
    found = answer_of(Job("Failing", failing, "bug"))
    assert str(found) == "a bug in advisor (ZeroDivisionError: by nothing); please report it"
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_stop_ends_what_the_process_has_started(tmp_path):
    job = Job("Working", family, tmp_path)
    pids = pids_in(tmp_path)
    until(lambda: job.progress == (1, 2), "it says nothing")
    assert job.running
    job.stop()
    assert not job.running
    until(lambda: gone(pids), "they go on")
    assert answer_of(job) is None


def test_stop_ends_workers_and_leaves_nothing_of_theirs(tmp_path):
    shared = Path("/dev/shm")
    before = set(shared.iterdir()) if shared.is_dir() else set()
    job = Job("Working", by_workers, tmp_path)
    pids = pids_in(tmp_path)
    job.stop()
    until(lambda: gone(pids), "they go on")
    if before:
        mine = {one for one in set(shared.iterdir()) - before if "loky" in one.name and str(pids[0]) in one.name}
        assert not mine


def test_work_whose_process_dies_is_told_and_leaves_nobody_behind(tmp_path):
    job = Job("Dying", orphaning, tmp_path)
    with pytest.raises(WorkersLostError, match="its process died"):
        job.answer()
    until(lambda: gone(pids_in(tmp_path)), "its child goes on")


def test_a_job_that_nobody_holds_ends(tmp_path):
    job = Job("Working", family, tmp_path)
    pids = pids_in(tmp_path)
    del job
    until(lambda: gone(pids), "they go on")


def test_a_job_that_no_page_looks_at_is_ended_and_says_so(tmp_path):
    began = time.monotonic()
    job = Job("Working", family, tmp_path, left_alone_s=2)
    until(lambda: not job.running or (tmp_path / "pids").exists(), "it does not start")
    until(lambda: not job.running or time.monotonic() > began + 2.5, "looked at, it goes on")
    assert job.running
    pids = pids_in(tmp_path)
    until(lambda: gone(pids), "they go on")
    with pytest.raises(AdvisorError, match=r"^Working: ended, for no page showed it for 2 s; begin again$"):
        job.answer()
    assert not job.running


@pytest.mark.parametrize("how", ["it ends", "it is killed"])
def test_a_server_takes_its_work_with_it(tmp_path, how):
    server = tmp_path / "server.py"
    server.write_text(
        textwrap.dedent(
            f"""
            import sys, time
            sys.path[:] = {sys.path!r}
            from pathlib import Path
            from advisor.ui.job import Job
            from tests.app.test_job import family

            folder = Path({str(tmp_path)!r})
            job = Job("Working", family, folder)
            while not (folder / "pids").exists():
                time.sleep(0.01)
            if {how == "it is killed"}:
                time.sleep(1000)
            """
        )
    )
    with subprocess.Popen([sys.executable, str(server)]) as process:
        pids = pids_in(tmp_path)
        if how == "it is killed":
            process.kill()
        process.wait(A_WHILE_S)
    until(lambda: gone(pids), "they go on")


def test_the_processes_at_work_need_no_page():
    """What holds work functions is imported by each process: Streamlit would make it start late."""
    names = [one.name for one in pkgutil.walk_packages(advisor.ui.__path__, "advisor.ui.")]
    work = [name for name in names if name.rpartition(".")[2] == "work"]
    assert len(work) >= 3
    for name in work:
        assert import_module(name)
    asked = f"import sys, {', '.join(work)}; print('streamlit' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "False"
