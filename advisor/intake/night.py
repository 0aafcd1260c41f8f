"""What the flags of a drain or a patch night write: goals, and times with their range."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.domain.describe import Key
from advisor.domain.goals import Goals
from advisor.errors import InputError, Problem
from advisor.intake.flag_parts import flag
from advisor.intake.goals import read_goals
from advisor.intake.validation import validate
from advisor.units import parse_duration_s

Span = tuple[float, float, float]

_FLAG_OF = {"max_blackout_s": "max_blackout", "max_blackout_name": "max_blackout", "window_s": "window"}


def goals_from(given: Mapping[str, str | None]) -> Goals:
    """Goals as flags write them; what is not given stays as it is.

    Raises
    ------
    InputError
        With every value that cannot be read.

    Examples
    --------
    >>> goals_from({"window": "2h", "risk": None}).window_s
    7200.0
    """

    def place(path: tuple[Key, ...]) -> Problem:
        name = str(path[-1]) if path else ""
        return Problem("", column=flag(_FLAG_OF.get(name, name)))

    read, problems = read_goals({name: value for name, value in given.items() if value is not None}, (), place)
    goals, wrong = validate(Goals, read, place)
    problems += [one for one in wrong if one.column not in {each.column for each in problems}]
    if goals is None or problems:
        raise InputError(problems)
    return goals


def span_from(name: str, text: str | None, default: Span) -> Span:
    """A time, or low, middle and high of it, such as 30min or 20min,30min,60min [s].

    One time alone is taken as sure.

    Raises
    ------
    InputError
        When it is neither, or the three do not rise.

    Examples
    --------
    >>> span_from("update", "20min,30min,1h", (0.0, 0.0, 0.0)), span_from("update", "45min", (0.0, 0.0, 0.0))
    ((1200.0, 1800.0, 3600.0), (2700.0, 2700.0, 2700.0))
    """
    if text is None:
        return default
    parts = text.split(",")
    allowed = "a time such as 30min, or low,middle,high such as 20min,30min,1h"
    try:
        times = [parse_duration_s(part) for part in parts]
    except ValueError:
        raise InputError(Problem("is not a time", column=flag(name), value=text, allowed=allowed)) from None
    if len(times) not in {1, 3}:
        raise InputError(Problem("is neither one time nor three", column=flag(name), value=text, allowed=allowed))
    if times != sorted(times):
        raise InputError(Problem("does not rise from low to high", column=flag(name), value=text, allowed=allowed))
    low, middle, high = times * 3 if len(times) == 1 else times
    return low, middle, high
