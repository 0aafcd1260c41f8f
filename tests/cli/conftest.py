"""What the tests of the command line share: the command run in this process, or as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from advisor.cli.main import main
from advisor.shipped import shipped_path

EXAMPLES = sorted(shipped_path("data", "examples").glob("*.yaml"))
SEED_LAB = str(shipped_path("data", "examples", "seed_lab.yaml"))
BRANCH = str(shipped_path("data", "examples", "branch_1gbe.yaml"))
QEMU_PAIR = str(shipped_path("data", "examples", "qemu_pair.yaml"))
LEAST = ("--os", "2012R2", "--vms", "1x55", "--nics", "2x10")
QEMU_LEAST = ("--os", "10.0", "--vms", "2x16", "--nics", "2x25")

PROGRAM = (sys.executable, "-c", "from advisor.cli.main import run; run()")


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def advisor(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run `advisor` in this process."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return run


def as_program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `advisor` as a user does: a process of its own, its output in pipes."""
    return subprocess.run(
        [*PROGRAM, *arguments], env=surroundings(**environment), capture_output=True, check=False, timeout=120
    )


def surroundings(**environment: str) -> dict[str, str]:
    """This process's environment, the package importable from anywhere."""
    path = os.pathsep.join(place for place in sys.path if place)
    return os.environ | {"PYTHONPATH": path} | environment
