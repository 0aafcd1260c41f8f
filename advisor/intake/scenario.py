"""Reads a scenario from a YAML or JSON file; every problem in it is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from advisor.domain.describe import written_path
from advisor.domain.scenario import Scenario
from advisor.errors import Problem, ScenarioError
from advisor.intake.document import Document, KeyPath, read_document
from advisor.intake.goals import check_workload, read_goals
from advisor.intake.validation import platform_of, validate


def read_scenario(path: str | Path) -> Scenario:
    """The scenario a file describes.

    The keys are those of `Scenario` (``advisor schema scenario`` lists them). Under ``goals`` a file
    may also write ``max_blackout: 2s``, or the name of what must survive it, and ``window: 2h``. A
    key without a value counts as not given; a platform that is not named is the one the hosts' versions belong to.

    Raises
    ------
    ScenarioError
        With every problem found: file, line, key, value, what is allowed, how to mend it.

    Examples
    --------
    >>> from advisor.shipped import shipped_path
    >>> read_scenario(shipped_path("data", "examples", "seed_lab.yaml")).vms[0].memory_gib
    55.0
    """
    document = read_document(Path(path))
    return scenario_from(document)


def scenario_from(document: Document) -> Scenario:
    """The scenario a document describes.

    Raises
    ------
    ScenarioError
        With every problem found.
    """

    def place(path: KeyPath) -> Problem:
        return Problem("", document.file, document.line_of(path), written_path(path) or None)

    content = dict(document.content)
    problems = list(document.problems)
    if "platform" not in content and _versions(content) == {"qemu"}:
        content["platform"] = "qemu"
    if "goals" in content:
        content["goals"], wrong = read_goals(content["goals"], ("goals",), place)
        problems += wrong
    for index, vm in enumerate(_list(content.get("vms"))):
        if isinstance(vm, dict):
            problems += check_workload(vm.get("workload"), ("vms", index, "workload"), place)
    scenario, wrong = validate(Scenario, content, place)
    problems += wrong
    if scenario is None or problems:
        raise ScenarioError(sorted(problems, key=lambda problem: problem.line or 0))
    return scenario


def _versions(content: dict[str, Any]) -> set[str | None]:
    """The platforms that the hosts' versions belong to; None among them for a host whose version cannot be read."""
    hosts = [content.get("source"), content.get("destination"), *_list(content.get("nodes"))]
    return {platform_of(host.get("os")) for host in hosts if isinstance(host, dict)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
