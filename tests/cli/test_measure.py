"""`advisor measure` as typed: what it tells, what it refuses, what it leaves alone."""

import json
import subprocess
import sys

import pytest
import yaml

from advisor.domain.vms import CurvePoint, Vm
from advisor.errors import LabError, Problem
from advisor.lab.dirty_curve import DirtyCurve
from advisor.shipped import shipped_path
from tests.cli.conftest import surroundings

FIRST_LOOK = str(shipped_path("data", "examples", "plans", "first_look.yaml"))


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch):
    """No test here may begin a campaign."""

    async def refuse(plan, wanted):
        raise LabError(Problem("the machine was looked at"))

    monkeypatch.setattr("advisor.cli.measuring.choose", refuse)


@pytest.fixture
def bare_machine(monkeypatch):
    problem = Problem("QEMU is not installed", value="qemu-system-x86_64", mend="apt-get install qemu-system-x86")
    monkeypatch.setattr("advisor.lab.machine.lacking", lambda plan, accelerator: [problem])


def test_a_dry_run_tells_what_would_be_run(advisor, bare_machine):
    done = advisor("measure", FIRST_LOOK, "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert "24 runs in 2 studies, about" in done.out
    assert "one-link" in done.out
    assert "2 x 0.5 Gbit/s" in done.out
    flat = " ".join(done.out.split())
    assert "- QEMU is not installed (got qemu-system-x86_64); mend: apt-get install qemu-system-x86" in flat


def test_a_dry_run_as_json(advisor, bare_machine):
    told = json.loads(advisor("measure", "--draw", "2", "--seed", "3", "--dry-run", "-f", "json").out)
    assert told["schema_version"]
    assert len(told["studies"]) == 2
    assert told["runs"] == sum(study["runs"] for study in told["studies"])
    assert told["studies"][0]["study"]["name"] == "lab-s3-01"
    assert told["lacking"]


def test_without_a_plan_one_of_about_ten_minutes_is_drawn(advisor, bare_machine):
    told = json.loads(advisor("measure", "--dry-run", "-f", "json").out)
    assert 400 < told["about_s"] < 800
    transports = {move["transport"] for one in told["studies"] for move in one["study"]["moves"]}
    assert transports == {"tcpip", "multichannel", "compression"}


def test_a_dry_run_writes_nothing(advisor, bare_machine, tmp_path):
    file = tmp_path / "runs.csv"
    assert advisor("measure", "--dry-run", "-o", str(file)).code == 0
    assert list(tmp_path.iterdir()) == []


def refused(advisor, *arguments):
    done = advisor("measure", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    return done.err


def test_runs_need_a_file(advisor):
    assert "--output: is missing: where do the runs go?" in refused(advisor)


def test_a_file_that_exists_is_not_written_over(advisor, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text("my runs", encoding="utf-8")
    said = refused(advisor, "-o", str(file))
    assert "exists already" in said
    assert "--resume" in said
    assert "--overwrite" in said
    assert file.read_text("utf-8") == "my runs"


def test_a_file_that_is_not_this_plans_is_not_taken_up(advisor, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text("name,total\r\na,1\r\n", encoding="utf-8")
    assert "holds other columns" in refused(advisor, "-o", str(file), "--resume")
    assert file.read_text("utf-8").startswith("name,total")


def test_a_machine_that_lacks_something_leaves_the_file_alone(advisor, tmp_path):
    file = tmp_path / "runs.csv"
    assert "the machine was looked at" in refused(advisor, "-o", str(file))
    assert not file.exists()
    file.write_text("my runs", encoding="utf-8")
    assert "the machine was looked at" in refused(advisor, "-o", str(file), "--overwrite")
    assert file.read_text("utf-8") == "my runs"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "none/runs.csv"), "no such directory"),
        (("-o", "."), "is a directory"),
        (("-o", "runs.csv", "--resume", "--overwrite"), "contradict each other"),
        ((FIRST_LOOK, "--draw", "3", "--dry-run"), "PLAN.yaml and --draw: contradict each other"),
        (("--noise", "runs.csv", "--dirty-curve", "unix:x"), "contradict each other"),
        (("nope.yaml", "--dry-run"), "nope.yaml: no such file"),
        (("--noise", "nope.csv"), "nope.csv: no such file"),
        (("--dirty-curve", "nope"), "is no monitor's address"),
        (("--dirty-curve", "unix:nope.sock", "--longest", "soon"), "is not a duration"),
        (("--dirty-curve", "unix:nope.sock"), "cannot be reached"),
        (("--dry-run", "-f", "pdf"), "is not a format"),
        (("--accel", "warp"), "warp"),
        (("--draw", "0"), "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_done_is_refused(advisor, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refused(advisor, *arguments)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ the spread of repeats

HEADER = "run_id,study,repeat,platform,transport,teaming,simultaneous,total_s,blackout_ms,outcome\n"
REPEATED = HEADER + "".join(f"r{at},s,{at},qemu,tcpip,none,1,{10 + at / 10},50,converged\n" for at in (1, 2, 3))


def test_noise_is_told_as_a_table(advisor, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text(REPEATED, encoding="utf-8")
    done = advisor("measure", "--noise", str(file))
    assert (done.code, done.err) == (0, "")
    assert "The floor no model beats: total time 0.7 % median" in " ".join(done.out.split())


def test_noise_is_told_as_json(advisor, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text(REPEATED, encoding="utf-8")
    told = json.loads(advisor("measure", "--noise", str(file), "-f", "json").out)
    assert told["schema_version"]
    assert [spread["transport"] for spread in told["spreads"]] == ["any", "tcpip", "tcpip"]


def test_runs_without_repeats_have_no_spread(advisor, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text("".join(REPEATED.splitlines(keepends=True)[:2]), encoding="utf-8")
    done = advisor("measure", "--noise", str(file))
    assert done.code == 0
    assert "No move of these runs was repeated" in done.out


# ------------------------------------------------------------------ dirty curves


@pytest.fixture
def a_curve(monkeypatch):
    points = (CurvePoint(seconds=0.125, dirty_mib=2.5), CurvePoint(seconds=1, dirty_mib=16))
    curve = DirtyCurve(points, "page-sampling", ("a note that is so long that it takes more than one line " * 3,))
    asked = []
    monkeypatch.setattr("advisor.cli.measuring.curve_behind", lambda *given: asked.append(given) or curve)
    return asked


def test_a_curve_can_be_pasted_under_a_vm(advisor, a_curve):
    done = advisor("measure", "--dirty-curve", "unix:/run/vm.sock", "--longest", "500ms", "--count-by", "dirty-bitmap")
    assert (done.code, done.err) == (0, "")
    assert a_curve == [("unix:/run/vm.sock", 0.5, "dirty-bitmap")]
    vm = Vm.model_validate({"memory_gib": 1} | yaml.safe_load(done.out))
    assert [(point.seconds, point.dirty_mib) for point in vm.dirty_curve] == [(0.125, 2.5), (1, 16)]
    assert max(map(len, done.out.splitlines())) <= 102


def test_a_curve_as_json_by_the_files_ending(advisor, a_curve, tmp_path):
    file = tmp_path / "curve.json"
    assert advisor("measure", "--dirty-curve", "unix:/run/vm.sock", "-o", str(file)).code == 0
    assert a_curve[0][1:] == (60.0, None)
    told = json.loads(file.read_text("utf-8"))
    assert told["dirty_curve"][0] == {"seconds": 0.125, "dirty_mib": 2.5}
    assert told["mode"] == "page-sampling"


# ------------------------------------------------------------------ other systems


def test_on_windows_it_is_a_sentence():
    """Without what only Unix has: the command is there, and says that it needs Linux."""
    program = (
        "import asyncio, os, signal, sys\n"
        "for place, name in ((os, 'geteuid'), (os, 'sysconf'), (signal, 'SIGHUP'), (signal, 'SIGKILL')):\n"
        "    if hasattr(place, name): delattr(place, name)\n"
        "from advisor.cli.main import main\n"
        "import advisor.cli.measuring, advisor.lab.machine\n"
        "advisor.lab.machine.sys.platform = 'win32'\n"
        "assert main(['measure', '--dry-run']) == 0\n"
        "sys.exit(main(['measure', '-o', 'runs.csv', '--accel', 'tcg']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=surroundings(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "migrations are measured on Linux only" in " ".join(done.stdout.split())
    assert done.stderr.startswith("error: migrations are measured on Linux only (got win32)")
    assert done.stderr.count("\n") == 1


def test_help_of_the_program_loads_no_lab():
    program = (
        "import sys\n"
        "from advisor.cli.main import main\n"
        "main(['--help'])\n"
        "print(*sorted(name for name in sys.modules if name.startswith(('advisor.lab', 'qemu'))), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=True)
    assert done.stderr.split() == []


def test_passes_that_exist_are_not_written_over_either(advisor, tmp_path):
    passes = tmp_path / "runs.passes.csv"
    passes.write_text("precious", encoding="utf-8")
    said = refused(advisor, "-o", str(tmp_path / "runs.csv"))
    assert "exists already" in said
    assert passes.read_text("utf-8") == "precious"


@pytest.mark.parametrize(
    ("changed", "disturbed"),
    [
        ({}, False),
        ({"other_cpu_share": 0.16}, True),
        ({"other_cpu_share": 0.6, "host_cpu_busy": 0.5}, False),
        ({"other_cpu_share": 0.6, "background_gbps": 0.1}, False),
        ({"outcome": "failed", "other_cpu_share": None}, False),
    ],
)
def test_a_run_is_disturbed_by_more_than_what_was_asked_for(changed, disturbed):
    from advisor.cli.measuring import is_disturbed
    from advisor.lab.rows import Row

    run = {"outcome": "converged", "other_cpu_share": 0.05, "host_cpu_busy": 0.0, "background_gbps": 0.0}
    assert is_disturbed(Row(run | changed, [])) is disturbed
