"""The README's two commands are the ones that CI runs, on both kinds of shell."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def two_commands(checkout: Path) -> dict[str, list[str]]:
    """The code blocks of the section 'Two commands', by language."""
    readme = (checkout / "README.md").read_text("utf-8")
    section = readme.partition("\n## Two commands\n")[2].partition("\n## ")[0]
    blocks: dict[str, list[str]] = {}
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```$", section, flags=re.DOTALL | re.MULTILINE):
        blocks.setdefault(language, []).append(code.rstrip("\n"))
    return blocks


def powershell_twin(command: str) -> str:
    """The same steps for PowerShell 5.1, which has no &&: each step stands inside the `if` of the one before."""
    steps = [
        step.replace("python3 ", "python ").replace(".venv/bin/", ".venv\\Scripts\\") for step in command.split(" && ")
    ]
    twin = steps.pop()
    while steps:
        twin = f"{steps.pop()}; if ($?) {{ {twin} }}"
    return twin


def test_each_command_is_one_line_with_a_powershell_twin(two_commands: dict[str, list[str]]) -> None:
    assert len(two_commands["sh"]) == 2
    assert not any("\n" in command for command in two_commands["sh"])
    assert two_commands["powershell"] == [powershell_twin(command) for command in two_commands["sh"]]


def test_the_first_command_ends_in_a_recommendation_for_a_file_that_exists(
    two_commands: dict[str, list[str]], checkout: Path
) -> None:
    program, verb, scenario = two_commands["sh"][0].rpartition(" && ")[2].split()
    assert (program, verb) == (".venv/bin/advisor", "recommend")
    assert (checkout / scenario).is_file()


def test_ci_runs_the_second_command(two_commands: dict[str, list[str]], checkout: Path) -> None:
    lines = [line.strip() for line in (checkout / ".ci" / "run").read_text("utf-8").splitlines()]
    assert two_commands["sh"][1] in lines
    assert two_commands["sh"][1].endswith("-m pytest --cov -n logical --dist loadfile")


def test_both_commands_install_what_the_lock_says(two_commands: dict[str, list[str]], checkout: Path) -> None:
    assert all(" -c .ci/requirements.lock " in command for command in two_commands["sh"])
    assert (checkout / ".ci" / "requirements.lock").is_file()


def test_a_commit_runs_the_checks_of_ci(checkout: Path) -> None:
    ci = re.findall(r"^check \.venv/bin/(.+)$", (checkout / ".ci" / "run").read_text("utf-8"), flags=re.MULTILINE)
    hooks = re.findall(
        r"^ +entry: (.+)$", (checkout / ".pre-commit-config.yaml").read_text("utf-8"), flags=re.MULTILINE
    )
    assert ci == ["ruff check", "ruff format --check", "mypy", "lint-imports"]
    assert hooks == [*ci, 'python -m pytest -q -m "not slow"']


def test_nobody_is_told_to_install_a_stranger(checkout: Path) -> None:
    """The name `advisor` belongs to another project on the package index."""
    name = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    assert name == "live-migration-advisor"
    assert not re.search(r"pip3? install (?:-U )?advisor\b", (checkout / "README.md").read_text("utf-8"))
