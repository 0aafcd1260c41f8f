"""Reads the values of an axis as somebody typed them."""

from __future__ import annotations

import re
from typing import Final

from advisor.domain.describe import allowed, bound
from advisor.domain.inputs import Input, input_called
from advisor.domain.sensitivity import Axis
from advisor.errors import Problem, ScenarioError
from advisor.intake.validation import shown
from advisor.units import parse_duration_s, seconds_to_ms

_BETWEEN: Final = re.compile(r"[,;\s]+")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_PER: Final = {"s": 1.0, "ms": seconds_to_ms(1.0)}


def read_axis(path: str, text: str) -> Axis:
    """The axis that a text of numbers describes, in any order, parted by blanks, commas or semicolons.

    Where the input is a time, a value may have its own unit, such as ``500ms`` or ``2h``.

    Raises
    ------
    ScenarioError
        With every value that is no number, or that the input cannot take; when there are none, or too many.
    UnknownNameError
        Where there is no such input.

    Examples
    --------
    >>> read_axis("nics.speed_gbps", "25, 10; 100").values
    (10.0, 25.0, 100.0)
    >>> read_axis("goals.window_s", "30min 2h").values
    (1800.0, 7200.0)
    >>> read_axis("host.cpu_busy", "0.2, 40")
    Traceback (most recent call last):
    advisor.errors.ScenarioError: host.cpu_busy: is not a value it can take (got 40); allowed: a number from 0 to 1
    """
    one = input_called(path)
    words = [word for word in _BETWEEN.split(text) if word]
    most = int(bound(Axis.model_fields["values"], "max_length"))
    rule = f"1 to {most} values, each {allowed(one.field)}"
    if not words:
        raise ScenarioError(Problem("has no values", column=path, allowed=rule, mend="write them with commas between"))
    values: set[float] = set()
    problems: list[Problem] = []
    for word in words:
        try:
            values.add(float(one.checked(_value(one, word))))
        except ScenarioError as error:
            problems += error.problems
    if len(values) > most:
        problems.append(Problem("has too many values", column=path, value=str(len(values)), allowed=rule))
    if problems:
        raise ScenarioError(problems)
    return Axis(input=path, values=tuple(sorted(values)))


def _value(one: Input, word: str) -> float:
    if _NUMBER.fullmatch(word):
        return float(word)
    if one.unit in _PER:
        try:
            return parse_duration_s(word) * _PER[one.unit]
        except ValueError:
            pass  # told below, with what is allowed
    raise ScenarioError(Problem("is not a number", column=one.path, value=shown(word), allowed=allowed(one.field)))
