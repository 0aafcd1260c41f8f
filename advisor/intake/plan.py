"""Reads a lab plan from a YAML or JSON file; every problem in it is told at once."""

from __future__ import annotations

from pathlib import Path

from advisor.domain.describe import written_path
from advisor.domain.plan import LabPlan
from advisor.errors import LabError, Problem, ScenarioError
from advisor.intake.document import Document, KeyPath, read_document
from advisor.intake.validation import validate


def read_plan(path: str | Path) -> LabPlan:
    """The plan a file describes.

    The keys are those of `LabPlan` (``advisor schema plan`` lists them). A key without a value counts
    as not given.

    Raises
    ------
    LabError
        With every problem found: file, line, key, value, what is allowed, how to mend it.

    Examples
    --------
    >>> from advisor.shipped import shipped_path
    >>> read_plan(shipped_path("data", "examples", "plans", "first_look.yaml")).repeats
    3
    """
    try:
        document = read_document(Path(path), begins_with="repeats: and studies:")
    except ScenarioError as error:
        raise LabError(error.problems) from None
    return plan_from(document)


def plan_from(document: Document) -> LabPlan:
    """The plan a document describes.

    Raises
    ------
    LabError
        With every problem found.
    """

    def place(path: KeyPath) -> Problem:
        return Problem("", document.file, document.line_of(path), written_path(path) or None)

    plan, wrong = validate(LabPlan, document.content, place)
    problems = [*document.problems, *wrong]
    if plan is None or problems:
        raise LabError(sorted(problems, key=lambda problem: problem.line or 0))
    return plan
