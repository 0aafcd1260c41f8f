"""What scenario files and flags may write for a goal: times with their unit, and the name of what must survive."""

from __future__ import annotations

from typing import Any

from advisor.domain.describe import Key
from advisor.domain.shipped_tables import load_tolerances, load_workloads
from advisor.errors import Problem
from advisor.intake.validation import Place, closest, letters_of, shown
from advisor.units import parse_duration_s

KeyPath = tuple[Key, ...]
_A_TIME = "a time such as 500ms, 2s or 1h30m"


def read_goals(goals: Any, path: KeyPath, place: Place) -> tuple[Any, list[Problem]]:
    """The goals with ``max_blackout`` and ``window`` replaced by the domain's keys, and what is wrong with them."""
    if not isinstance(goals, dict):
        return goals, []
    read = dict(goals)
    problems: list[Problem] = []
    for key, meant in (("max_blackout", "max_blackout_s"), ("window", "window_s")):
        written = read.pop(key, None)
        if written is None:
            continue
        where = place((*path, key))
        if read.get(meant) is not None:
            problems.append(_problem(where, f"stands beside {meant}", written, None, "keep one of them"))
        elif not isinstance(written, str):
            problems.append(_problem(where, "should be one value", written, _A_TIME, None))
        else:
            values, problem = _max_blackout(written, where) if key == "max_blackout" else _window(written, where)
            read |= values
            problems += [problem] if problem else []
    return read, problems


def check_workload(name: Any, path: KeyPath, place: Place) -> list[Problem]:
    """A problem where a workload class is named that data/workloads.csv does not hold."""
    known = tuple(load_workloads())
    if not isinstance(name, str) or name in known:
        return []
    near = closest(name, known)
    mend = f"did you mean {near}?" if near else None
    return [_problem(place(path), "is not a known workload class", name, ", ".join(known), mend)]


def _max_blackout(text: str, where: Problem) -> tuple[dict[str, str], Problem | None]:
    tolerances = load_tolerances()
    named = {letters_of(name): tolerance for name, tolerance in tolerances.items()}.get(letters_of(text))
    if named is not None:
        return {"max_blackout_s": repr(named.limit_s), "max_blackout_name": named.name}, None
    try:
        return {"max_blackout_s": repr(parse_duration_s(text))}, None
    except ValueError:
        rule = f"{_A_TIME}, or one of {', '.join(tolerances)}"
        return {}, _problem(
            where, "is neither a time nor a known name", text, rule, _time_mend(text, tuple(tolerances))
        )


def _window(text: str, where: Problem) -> tuple[dict[str, str], Problem | None]:
    try:
        return {"window_s": repr(parse_duration_s(text))}, None
    except ValueError:
        return {}, _problem(where, "is not a time", text, _A_TIME, _time_mend(text, ()))


def _time_mend(text: str, names: tuple[str, ...]) -> str | None:
    try:
        float(text)
    except ValueError:
        near = closest(text, names)
        return f"did you mean {near}?" if near else None
    return f"say in what: {text.strip()}s, {text.strip()}min or {text.strip()}h"


def _problem(where: Problem, message: str, value: Any, rule: str | None, mend: str | None) -> Problem:
    return Problem(message, where.file, where.line, where.column, shown(value), rule, mend)
