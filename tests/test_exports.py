"""The front door: what `advisor` hands out, and that it hands out all it says."""

import ast
from pathlib import Path

import pytest

import advisor
from advisor import errors


def test_the_list_is_sorted_and_has_no_twins():
    assert list(advisor.__all__) == sorted(set(advisor.__all__))


@pytest.mark.parametrize("name", advisor.__all__)
def test_everything_in_the_list_can_be_had(name):
    assert getattr(advisor, name) is getattr(advisor, name)
    assert name in dir(advisor)


def test_what_type_checkers_see_is_what_there_is():
    """The imports for type checkers and the table for the running program name the same things of the same modules."""
    tree = ast.parse(Path(advisor.__file__).read_text("utf-8"))
    seen = {
        (node.module, alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("advisor.")
        for alias in node.names
    }
    assert seen == {(module, name) for module, names in advisor._HOMES.items() for name in names}
    assert {name for _, name in seen} | {"__version__"} == set(advisor.__all__)


def test_every_error_a_caller_may_catch_is_there():
    tree = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert tree <= set(advisor.__all__)


def test_what_is_not_there_is_said_in_the_usual_way():
    with pytest.raises(AttributeError, match="module 'advisor' has no attribute 'recomend'"):
        _ = advisor.recomend


def test_a_library_user_needs_nothing_else(checkout):
    scenario = advisor.read_scenario(checkout / "data" / "examples" / "seed_lab.yaml")
    answer = advisor.recommend(scenario)
    assert isinstance(answer, advisor.Recommendation)
    assert isinstance(advisor.estimate(scenario, advisor.Transport.TCPIP), advisor.Estimate)
    assert advisor.render(answer).startswith(answer.summary[:40])
