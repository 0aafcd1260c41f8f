"""The error tree. Expected trouble only: each is shown as a message, never as a traceback.

AdvisorError
├── InputError          something read from outside is wrong; carries every problem found
│   ├── ScenarioError   a scenario file or the flags that stand for one
│   ├── RunsError       a file of measured runs
│   ├── InventoryError  an inventory of hosts and VMs, or the defaults that stand in for what it does not say
│   ├── CardError       a model card: corrupt, hand-edited, or of another version
│   └── LabError        the lab cannot run: something is missing, or the system refused
├── UnknownNameError    a name that is not registered: platform, rule, schema, report format
├── CalibrationError    the runs cannot improve the card (too few, or held-out error grows)
└── WorkersLostError    the processes that work out an answer died
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: what, where, what is allowed, how to mend it."""

    message: str
    file: str | None = None
    line: int | None = None
    column: str | None = None
    value: str | None = None
    allowed: str | None = None
    mend: str | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        place = " ".join(
            part for part in (where + ":" if where else "", f"{self.column}:" if self.column else "") if part
        )
        text = f"{place} {self.message}".strip()
        if self.value is not None:
            text += f" (got {self.value})"
        for label, more in (("allowed", self.allowed), ("mend", self.mend)):
            if more:
                text += f"; {label}: {more}"
        return text


class AdvisorError(Exception):
    """The root: anything a user can be told in words."""


def as_bug(error: Exception) -> AdvisorError:
    """What a user is told of an error that nobody expected.

    Examples
    --------
    >>> print(as_bug(ZeroDivisionError("division by zero")))
    a bug in advisor (ZeroDivisionError: division by zero); please report it
    """
    return AdvisorError(f"a bug in advisor ({type(error).__name__}: {error}); please report it")


class InputError(AdvisorError):
    """Something read from outside is wrong; every problem found is in `problems`."""

    def __init__(self, problems: Sequence[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        # Exceptions are copied by their message alone, and this one is made of its problems.
        return type(self), (self.problems,)


class ScenarioError(InputError):
    """A scenario file, or the flags that stand for one, cannot be used."""


class RunsError(InputError):
    """A file of measured runs cannot be used at all (single bad rows are set aside instead)."""


class InventoryError(InputError):
    """An inventory, or a file of defaults, cannot be used at all (single bad rows are set aside instead)."""


class CardError(InputError):
    """A model card is corrupt, was edited by hand, or is of another version."""


class LabError(InputError):
    """The lab cannot run here: something is missing, or the system refused; every lack is in `problems`."""


class UnknownNameError(AdvisorError):
    """A name that is not registered."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        super().__init__(f"no {kind} is called {name!r}; known: {', '.join(self.known)}")

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, str, tuple[str, ...]]]:
        return type(self), (self.kind, self.name, self.known)


class CalibrationError(AdvisorError):
    """The runs given cannot improve the card; the message says why."""


class WorkersLostError(AdvisorError):
    """The processes that work out an answer died, those of a batch at the same parts again and again."""
