"""Errors: one tree, messages that say what, where, what is allowed and how to mend."""

from __future__ import annotations

import inspect
import pickle

import pytest

from advisor import errors
from advisor.errors import (
    AdvisorError,
    CalibrationError,
    CardError,
    InputError,
    InventoryError,
    LabError,
    Problem,
    RunsError,
    ScenarioError,
    UnknownNameError,
    WorkersLostError,
)


def test_a_full_problem_reads_in_one_line() -> None:
    problem = Problem(
        "is too large",
        file="lab.yaml",
        line=7,
        column="vms.0.memory_gib",
        value="-5",
        allowed="above 0",
        mend="write GiB",
    )
    assert str(problem) == "lab.yaml:7: vms.0.memory_gib: is too large (got -5); allowed: above 0; mend: write GiB"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("is empty"), "is empty"),
        (Problem("is empty", file="a.csv"), "a.csv: is empty"),
        (Problem("is empty", line=3), "3: is empty"),
        (Problem("is empty", column="nic_gbps"), "nic_gbps: is empty"),
        (Problem("is empty", value=""), "is empty (got )"),
        (Problem("is empty", mend="fill it in"), "is empty; mend: fill it in"),
    ],
)
def test_what_is_not_known_is_left_out(problem: Problem, text: str) -> None:
    assert str(problem) == text


@pytest.mark.parametrize("kind", [InputError, ScenarioError, RunsError, CardError])
def test_an_input_error_carries_every_problem(kind: type[InputError]) -> None:
    error = kind([Problem("one"), Problem("two")])
    assert [problem.message for problem in error.problems] == ["one", "two"]
    assert str(error) == "one\ntwo"
    assert kind(Problem("alone")).problems == (Problem("alone"),)


def test_an_unknown_name_lists_the_known() -> None:
    error = UnknownNameError("platform", "vmware", ["hyperv", "qemu"])
    assert str(error) == "no platform is called 'vmware'; known: hyperv, qemu"
    assert (error.kind, error.name, error.known) == ("platform", "vmware", ("hyperv", "qemu"))


def test_the_tree_at_the_top_is_the_tree() -> None:
    classes = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)]
    assert all(issubclass(one, AdvisorError) for one in classes)
    assert errors.__doc__ is not None
    for one in classes:
        assert one.__name__ in errors.__doc__
        assert one.__doc__


@pytest.mark.parametrize("kind", [InputError, ScenarioError, RunsError, InventoryError, CardError, LabError])
def test_what_is_wrong_with_an_input_can_be_told_by_another_process(kind: type[InputError]) -> None:
    error = kind([Problem("one", "a.csv", 3, "ram", "x", "a number", "write one"), Problem("two")])
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (copy.problems, str(copy)) == (error.problems, str(error))


@pytest.mark.parametrize(
    "error",
    [UnknownNameError("platform", "vmware", ["hyperv"]), CalibrationError("too few runs"), WorkersLostError("gone")],
)
def test_every_other_error_can_be_too(error: AdvisorError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), copy.__dict__) == (str(error), error.__dict__)
