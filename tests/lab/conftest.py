"""What the tests of the lab share: plans that run in seconds, the machine to run them, and one measured campaign."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from advisor.cli.main import main
from advisor.domain.plan import LabPlan
from advisor.domain.runs import MeasuredRun
from advisor.errors import LabError
from advisor.intake.runs import read_runs
from tests.real_parts import require

SMALL_VM = {"memory_mib": 192, "fill_mib": 16, "dirty_rate_mib_s": 5, "working_set_mib": 8}

REAL_PLAN = LabPlan.model_validate(
    {
        "repeats": 1,
        "seconds_at_most": 60,
        "studies": [
            {
                "name": "alone",
                "vm": SMALL_VM,
                "moves": [
                    {"transport": "tcpip"},
                    {"transport": "compression", "compressor": "zstd"},
                    {"transport": "tcpip", "max_passes": 3, "blackout_limit_ms": 1},
                ],
            },
            {"name": "two-at-once", "vm": SMALL_VM, "simultaneous": 2, "moves": [{"transport": "tcpip"}]},
        ],
    }
)
"""A plain move, a compressed one, one whose switchover is forced, and two at once."""


@dataclass(frozen=True)
class Campaign:
    """A campaign that was run through the command line."""

    plan: LabPlan
    file: Path
    runs: dict[str, MeasuredRun]
    told: str


@pytest.fixture(scope="session")
def lab_machine() -> None:
    """Skip, or fail in CI, where no migration can be measured."""
    try:
        from advisor.lab.machine import look

        look(REAL_PLAN, "tcg")
    except LabError as error:
        require(False, f"a real migration cannot be run here: {error}")


@pytest.fixture(scope="session")
def campaign(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """`REAL_PLAN` measured for real, once for all tests."""
    folder = tmp_path_factory.mktemp("campaign")
    plan, file, told = folder / "plan.json", folder / "runs.csv", folder / "stderr"
    plan.write_text(REAL_PLAN.model_dump_json(), encoding="utf-8")
    stderr, sys.stderr = sys.stderr, told.open("w", encoding="utf-8")
    try:
        code = main(["measure", str(plan), "-o", str(file), "--accel", "tcg"])
    finally:
        sys.stderr.close()
        sys.stderr = stderr
    assert code == 0, told.read_text("utf-8")
    found = read_runs(file)
    assert not found.set_aside
    return Campaign(REAL_PLAN, file, {run.run_id: run for run in found.runs}, told.read_text("utf-8"))


@pytest.fixture(scope="session")
def measured_runs(campaign: Campaign) -> tuple[MeasuredRun, ...]:
    """The runs of the campaign, as `advisor evaluate` reads them."""
    return tuple(campaign.runs.values())


@dataclass(frozen=True)
class Relative:
    """A process, as Linux tells it."""

    pid: int
    parent: int
    state: str
    started: str
    words: str


def processes() -> dict[int, Relative]:
    """Every process of the machine."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
                words = (entry / "cmdline").read_text("utf-8", errors="replace").replace("\0", " ")
            except OSError:
                continue
            found[int(entry.name)] = Relative(int(entry.name), int(stat[1]), stat[0], stat[19], words)
    return found


def descendants(pid: int) -> list[Relative]:
    """The processes that a process has started, and theirs."""
    known, found, parents = processes(), [], {pid}
    while parents:
        children = [one for one in known.values() if one.parent in parents]
        found += children
        parents = {one.pid for one in children}
    return found


def still_there(before: list[Relative]) -> list[Relative]:
    """Those that have not ended; one that has, and only waits for its parent to notice, has ended."""
    now = processes()
    return [
        one for one in before if one.pid in now and now[one.pid].started == one.started and (now[one.pid].state != "Z")
    ]


def as_json(plan: dict[str, object], folder: Path) -> str:
    """A plan in a file."""
    path = folder / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    return str(path)


def own_zombies() -> list[Relative]:
    """Children of this process that have ended and were not waited for."""
    return [one for one in descendants(os.getpid()) if one.state == "Z" and one.parent == os.getpid()]
