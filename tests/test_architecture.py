"""The arrows between rooms: kept today, and sure to be noticed when one is drawn the wrong way."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ARROWS = "Rooms import only what stands below them"
DOOR = "Only the command line and the app read from outside"
LAB = "Only the command line runs the lab"
PHYSICS = "The physics knows NumPy and nothing of advisor"
LEARNED = "What was learned runs on NumPy"
FITTING = "Only calibration fits"
DRAWING = "Only charts and pages draw"

FORBIDDEN = [
    ("domain/planted.py", "import advisor.advice", ARROWS),
    ("platforms/planted.py", "import advisor.paths", ARROWS),
    ("rules/planted.py", "import advisor.residual", ARROWS),
    ("residual/planted.py", "import advisor.rules", ARROWS),
    ("advice/planted.py", "from advisor import reports", ARROWS),
    ("intake/planted.py", "import advisor.platforms", ARROWS),
    ("attic/__init__.py", "'''A room that nobody announced.'''", ARROWS),
    ("calibration/planted.py", "import advisor.intake", DOOR),
    ("lab/planted.py", "import advisor.precopy", ARROWS),
    ("lab/planted.py", "import advisor.intake", ARROWS),
    ("domain/planted.py", "import advisor.lab", ARROWS),
    ("calibration/planted.py", "import advisor.lab", LAB),
    ("reports/planted.py", "import advisor.lab.design", LAB),
    ("precopy/planted.py", "import advisor.units", PHYSICS),
    ("precopy/planted.py", "import pydantic", PHYSICS),
    ("residual/planted.py", "import pandas", LEARNED),
    ("residual/planted.py", "import scipy.stats", FITTING),
    ("advice/planted.py", "from sklearn import linear_model", FITTING),
    ("reports/planted.py", "import altair", DRAWING),
    ("advice/planted.py", "import jinja2", DRAWING),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program, "lint-imports comes with the extra 'test'"
    return subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_every_arrow_points_the_right_way(checkout: Path) -> None:
    answer = lint_imports(checkout)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_contract_has_an_import_here_that_breaks_it(checkout: Path) -> None:
    contracts = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert {contract["name"] for contract in contracts} == {name for _, _, name in FORBIDDEN}


@pytest.mark.parametrize(("file", "statement", "contract"), FORBIDDEN)
def test_a_forbidden_import_breaks_its_contract(
    file: str, statement: str, contract: str, checkout: Path, tmp_path: Path
) -> None:
    shutil.copy(checkout / "pyproject.toml", tmp_path)
    shutil.copytree(checkout / "advisor", tmp_path / "advisor", ignore=shutil.ignore_patterns("__pycache__"))
    planted = tmp_path / "advisor" / file
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(statement + "\n", encoding="utf-8")

    answer = lint_imports(tmp_path)

    assert answer.returncode == 1
    assert f"{contract} BROKEN" in answer.stdout


@pytest.mark.parametrize("room", ["precopy", "residual"])
def test_numpy_is_the_only_foreign_package(room: str, checkout: Path) -> None:
    imported = set()
    for module in (checkout / "advisor" / room).rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    assert imported - sys.stdlib_module_names <= {"numpy", "advisor"}


def test_every_room_says_what_it_holds(checkout: Path) -> None:
    """Without its __init__.py a room would be invisible to the contracts."""
    rooms = {module.parent for module in (checkout / "advisor").rglob("*.py")}
    assert len(rooms) > 10
    for room in sorted(rooms):
        assert (room / "__init__.py").is_file(), f"{room.name} has no __init__.py"
        assert ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))), f"{room.name} has no docstring"
