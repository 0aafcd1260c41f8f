"""Work on files of runs, one of a kind for each file: under way, or its answer; it stays while the session does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from advisor.errors import AdvisorError
from advisor.ui.job import Job, answer_of, show_running
from advisor.ui.trouble import tell
from advisor.units import format_duration

_TASKS: Final = "work on runs"
_ROUND_S: Final = 10


def begin(kind: str, source: str, job: Callable[[], Job[Any]]) -> None:
    """Begin work on a file of runs; what went on of the same kind is stopped."""
    _stop(_tasks().pop((source, kind), None))
    _tasks()[source, kind] = job()


def outcome(kind: str, source: str) -> Any:
    """The answer of the work; None where there is none, after telling why."""
    job = _tasks().get((source, kind))
    if job is None:
        return None
    if job.running:
        show_running(job)
        return None
    found = answer_of(job)
    if found is None:
        st.info("Stopped.", icon=":material/stop_circle:")
        return None
    if isinstance(found, AdvisorError):
        tell(found)
        return None
    return found


def is_running(kind: str, source: str) -> bool:
    """Whether work of a kind on a file is under way."""
    job = _tasks().get((source, kind))
    return job is not None and job.running


def forget(source: str) -> None:
    """Stop all work on a file, and forget what came of it."""
    for key in [key for key in _tasks() if key[0] == source]:
        _stop(_tasks().pop(key))


def expected(seconds: float) -> str:
    """How long work takes, in words.

    Examples
    --------
    >>> expected(3.2), expected(47.0), expected(941.0)
    ('a few seconds', 'about 50 s', 'about 16 min')
    """
    if seconds < _ROUND_S:
        return "a few seconds"
    if seconds < 60:
        return f"about {format_duration(round(seconds / _ROUND_S) * _ROUND_S)}"
    return f"about {format_duration(round(seconds / 60) * 60)}"


def _tasks() -> dict[tuple[str, str], Job[Any]]:
    tasks: dict[tuple[str, str], Job[Any]] = st.session_state.setdefault(_TASKS, {})
    return tasks


def _stop(job: Job[Any] | None) -> None:
    if job is not None and job.running:
        job.stop()
