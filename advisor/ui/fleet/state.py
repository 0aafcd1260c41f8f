"""What one session holds of its inventory: the files, what is said of them, what runs and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import streamlit as st

from advisor.domain.survey import Survey
from advisor.errors import AdvisorError
from advisor.intake.inventory import Correction, read_defaults
from advisor.ui.fleet.labels import in_labels
from advisor.ui.fleet.problems import show_problems
from advisor.ui.fleet.question import Question
from advisor.ui.fleet.work import Files, Reading, Sized, understood
from advisor.ui.job import Job, answer_of, show_running
from advisor.ui.trouble import in_words
from advisor.ui.uploads import Kept

READING: Final = "reading"
SIZED: Final = "sized"
_STATE: Final = "fleet"

Made = TypeVar("Made")


@dataclass
class Fleet:
    """An inventory on the page.

    Attributes
    ----------
    called : what to call it.
    folder : where its files lie, which no message names.
    scratch : a folder for what is worked out.
    before : what was understood before a column was corrected, to be compared.
    defaults : by column, what a person gave in place of the shipped default, as ``--default`` writes it.
    jobs, answers, troubles : by name, what runs, what came of it, and what went wrong.
    questions : by the same names, what was asked, where that is to be told beside the answer.
    drawn : what was made of answers to be shown, and of which.
    """

    called: str = ""
    paths: tuple[Path, ...] = ()
    folder: Path = field(default_factory=Path)
    scratch: Kept = field(default_factory=lambda: Kept([]))
    kept: Kept | None = None
    number: int = 0
    columns: tuple[Correction, ...] = ()
    before: Survey | None = None
    defaults: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Job[Any]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    troubles: dict[str, list[str]] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    drawn: dict[str, tuple[tuple[Any, ...], Any]] = field(default_factory=dict)

    @property
    def files(self) -> Files:
        """The inventory as it is to be read."""
        flags = [f"{column}={value}" for column, value in self.defaults.items()]
        return Files(self.paths, self.columns, read_defaults(flags=flags))

    @property
    def reading(self) -> Reading | None:
        """What was understood of it."""
        found: Reading | None = self.answers.get(READING)
        return found

    @property
    def sized(self) -> Sized | None:
        """The answer of its batch."""
        found: Sized | None = self.answers.get(SIZED)
        return found

    def start(self, name: str, title: str, work: Any, *given: Any, question: Question | None = None) -> None:
        """Begin long work in place of what ran or was answered under that name."""
        self.forget(name)
        if question is not None:
            self.questions[name] = question
        self.jobs[name] = Job(title, work, *given)

    def forget(self, *names: str) -> None:
        """Stop what runs under these names, and forget what came of it."""
        for name in names:
            job = self.jobs.pop(name, None)
            if job is not None:
                job.stop()
            self.answers.pop(name, None)
            self.troubles.pop(name, None)
            self.questions.pop(name, None)

    def read_again(self, before: Survey | None = None) -> None:
        """Read the inventory as it is said to be read now; answers of another reading are no longer any.

        Parameters
        ----------
        before : what was understood until now, where what that changes is to be told.
        """
        self.before = before
        self.forget(*{*self.jobs, *self.answers, *self.troubles} - {READING})
        self.scratch = Kept([])
        self.start(READING, "Reading the inventory", understood, self.files)

    def once(self, name: str, of: tuple[Any, ...], made: Callable[[], Made]) -> Made:
        """What is made of an answer to be shown: a page that runs again for another reason does not make it again.

        Parameters
        ----------
        of : what it is made of; it is made anew where that is another.
        """
        before = self.drawn.get(name)
        if before is None or before[0] != of:
            before = self.drawn[name] = of, made()
        found: Made = before[1]
        return found

    def look(self, name: str) -> bool:
        """Take over what came of work that has ended; show it while it runs, and say what went wrong.

        Returns whether it is still under way.
        """
        job = self.jobs.get(name)
        if job is not None and job.running:
            show_running(job)
            return True
        if job is not None:
            del self.jobs[name]
            self._take(name, job)
        if self.troubles.get(name):
            show_problems(self.troubles[name], f"{name} {self.number}")
        return False

    def _take(self, name: str, job: Job[Any]) -> None:
        found = answer_of(job)
        if found is None:
            self.troubles[name] = [f"{job.title}: stopped before it was done. Nothing else was lost."]
        elif isinstance(found, AdvisorError):
            self.troubles[name] = [in_labels(line) for line in in_words(found, self.folder)]
        else:
            self.answers[name] = found


def fleet() -> Fleet:
    """The inventory of this session."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = Fleet()
    found: Fleet = st.session_state[_STATE]
    return found


def begin_with(called: str, paths: tuple[Path, ...], folder: Path, kept: Kept | None = None) -> None:
    """Begin with other files: nothing of those before stays."""
    before = fleet()
    before.forget(*{*before.jobs, *before.answers, *before.troubles})
    now = Fleet(called, paths, folder, kept=kept, number=before.number + 1)
    st.session_state[_STATE] = now
    now.read_again()
