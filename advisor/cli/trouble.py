"""Tells trouble: a line on stderr for each problem, and the exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable

import typer

from advisor.errors import AdvisorError, InputError, UnknownNameError

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
TRACEBACK_VARIABLE = "ADVISOR_TRACEBACK"

# Typer hands out this one of its usage errors; they all have its parent.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def tell(error: BaseException) -> int:
    """Write what went wrong to stderr, a line for each problem, and return the exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return INTERRUPTED
    if os.environ.get(TRACEBACK_VARIABLE):
        traceback.print_exception(error)
    lines, code = _in_words(error)
    for line in lines:
        print(f"error: {_on_one_line(line)}", file=sys.stderr)
    return code


def warn(text: str) -> None:
    """Write a remark to stderr, where it does not mix with data."""
    print(f"note: {_on_one_line(text)}", file=sys.stderr)


def _in_words(error: BaseException) -> tuple[Iterable[str], int]:
    if isinstance(error, InputError):
        return [str(problem) for problem in error.problems], BAD_INPUT
    if isinstance(error, UnknownNameError):
        return [str(error)], BAD_INPUT
    if isinstance(error, AdvisorError):
        return [str(error)], FAILED
    if isinstance(error, _UsageError):
        return [_usage(error)], BAD_INPUT
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return [f"{place}{error.strerror or error}"], FAILED
    if isinstance(error, MemoryError):
        return ["there is not enough memory for this"], FAILED
    bug = f"a bug in advisor ({type(error).__name__}: {error})"
    return [
        f"{bug}; please report it with the command line, its input files and what {TRACEBACK_VARIABLE}=1 adds"
    ], FAILED


def _usage(error: Exception) -> str:
    message = str(getattr(error, "format_message", error.__str__)()).rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}; see `{context.command_path} --help`" if context is not None else message


def _on_one_line(text: str) -> str:
    """One line, and nothing in it that could steer a terminal: values come from files."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())
