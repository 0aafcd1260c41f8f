"""Values of an axis as somebody types them."""

import pytest

from advisor.errors import ScenarioError, UnknownNameError
from advisor.intake.axis import read_axis


@pytest.mark.parametrize(
    ("path", "text", "values"),
    [
        ("nics.speed_gbps", " 100;25 , 10\n25 ", (10, 25, 100)),
        ("host.cores", "8 16.0", (8, 16)),
        ("network.background_gbps", "0, .5, 1.", (0, 0.5, 1)),
        ("goals.max_blackout_s", "500ms 1s 2", (0.5, 1, 2)),
        ("switchover.blackout_limit_ms", "300 1s", (300, 1000)),
    ],
)
def test_values_are_read_sorted_and_once(path, text, values):
    assert read_axis(path, text).values == values


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("host.cores", "", "host.cores: has no values; allowed: 1 to 25 values, each a whole number from 1 to 2,048"),
        ("host.cores", " ,; ", "has no values"),
        ("host.cores", "8, lots", r"is not a number \(got lots\); allowed: a whole number from 1 to 2,048"),
        ("host.cores", "8.5", r"is not a value it can take \(got 8.5\)"),
        ("nics.speed_gbps", "nan", r"is not a number \(got nan\)"),
        ("nics.speed_gbps", "1e3", "is not a number"),
        ("nics.speed_gbps", "9" * 400, "is not a value it can take"),
        ("nics.speed_gbps", "-1", "is not a value it can take"),
        ("vms.memory_gib", "8 16h", "is not a number"),
        ("vms.memory_gib", " ".join(str(i) for i in range(1, 27)), r"has too many values \(got 26\)"),
        ("goals.window_s", "5 parsecs", "is not a number"),
    ],
)
def test_what_is_wrong_is_told(path, text, told):
    with pytest.raises(ScenarioError, match=told):
        read_axis(path, text)


def test_every_wrong_value_is_told():
    with pytest.raises(ScenarioError) as told:
        read_axis("host.cpu_busy", "x, 40, 0.5, y")
    assert [problem.value for problem in told.value.problems] == ["x", "40", "y"]


def test_an_input_that_is_none():
    with pytest.raises(UnknownNameError):
        read_axis("host.color", "1")
