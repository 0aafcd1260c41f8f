"""`advisor` as a process: exit codes, streams, consoles of other encodings, and what it does not load."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import EXAMPLES, LEAST, PROGRAM, SEED_LAB, as_program, surroundings

HEAVY = {"pandas", "sklearn", "scipy", "altair", "jinja2", "vl_convert", "joblib", "pytest"}


def test_data_on_stdout_and_exit_0():
    done = as_program("recommend", SEED_LAB, "-f", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["schema_version"]


def test_trouble_on_stderr_and_exit_2():
    done = as_program("recommend", "nope.yaml")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: nope.yaml: no such file")
    assert done.stderr.count(b"\n") == 1


def test_strict_exits_3():
    assert as_program("recommend", *LEAST, "--window", "1s", "--strict").returncode == 3


@pytest.mark.parametrize(
    ("encoding", "format_name"),
    [("cp1252", "table"), ("cp1252", "csv"), ("cp1252", "html"), ("cp437", "table"), ("ascii", "json")],
)
def test_consoles_of_any_encoding_are_written_to(encoding, format_name, tmp_path):
    scenario = tmp_path / "scenario.yaml"
    text = EXAMPLES[0].read_text("utf-8").replace("sql-1", "Büro 仮想 ✓")
    scenario.write_text(text, encoding="utf-8")
    done = as_program("recommend", str(scenario), "-f", format_name, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "B" in done.stdout.decode(encoding)


def test_help_is_written_to_a_console_without_lines_to_draw():
    done = as_program("recommend", "--help", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"--max-blackout" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="pipes of Windows break in other ways")
@pytest.mark.parametrize("arguments", [("rules",), ("recommend", SEED_LAB, "-f", "json")])
def test_a_reader_that_leaves_early_is_no_trouble(arguments):
    with subprocess.Popen(
        [*PROGRAM, *arguments], env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal")
def test_ctrl_c_ends_without_a_traceback(tmp_path):
    pipe = tmp_path / "scenario.yaml"
    os.mkfifo(pipe)  # the program waits for someone to write to it
    # A job in the background is started deaf to Ctrl-C, and so would be its children: hear it as in a terminal.
    hear = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{hear}; from advisor.cli.main import run; run()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "recommend", str(pipe)],
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()  # else a child that did not hear would be waited for without end
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("format_name", ["table", "json", "csv"])
def test_a_recommendation_loads_nothing_it_does_not_need(format_name):
    program = (
        "import sys\n"
        "from advisor.cli.main import main\n"
        f"code = main(['recommend', {SEED_LAB!r}, '-f', {format_name!r}])\n"
        f"print(code, *sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=True)
    assert done.stderr.split() == [b"0"]


def test_importing_advisor_costs_nothing():
    program = "import sys, advisor; print(sorted({'pydantic', 'numpy', 'typer', 'rich', 'yaml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_a_command_is_loaded_when_it_is_asked_for():
    program = (
        "import sys\n"
        "from advisor.cli.main import main\n"
        "main(['rules', 'R01'])\n"
        "print(*sorted(name for name in sys.modules if name.startswith('advisor.')), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=True)
    loaded = done.stderr.decode().split()
    assert "advisor.cli.rules" in loaded
    assert not {"advisor.cli.recommend", "advisor.advice", "advisor.intake"} & set(loaded)
