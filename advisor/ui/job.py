"""Long work in a process of its own: the page stays quick, says how far it is, and can stop it at once."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Final, Generic, Protocol, TypeVar

from advisor.errors import AdvisorError, WorkersLostError
from advisor.ui.process import Process
from advisor.units import format_duration

# Streamlit is imported by what shows: the processes that do the work know `Watch` from here, and need no page.

Answer = TypeVar("Answer")

LOOK_AGAIN_S: Final = 0.5
LEFT_ALONE_S: Final = 15 * 60.0
"""So long work goes on that no page shows: its visitor reads another page, or has gone."""


class Watch(Protocol):
    """Takes note of how far a job is."""

    def __call__(self, done: int, of: int, /) -> None:
        """So much is done."""
        ...


class Job(Generic[Answer]):
    """Work under way, done, failed or stopped.

    Parameters
    ----------
    title : what is being done, for the page.
    work : a function of a module; it gets `given`, and a `Watch` to call as it goes.
    left_alone_s : after so long without a look at whether it is running, it is ended.

    Notes
    -----
    It may start processes of its own. A session that ends takes its work with it, and so does the server.

    Examples
    --------
    >>> job = Job("Counting", _count, 3)
    >>> job.answer(), job.progress, job.running
    (3, (3, 3), False)
    """

    def __init__(
        self, title: str, work: Callable[..., Answer], *given: Any, left_alone_s: float = LEFT_ALONE_S
    ) -> None:
        self.title = title
        self.stopped = False
        self._process = Process(work, given)
        self._heard = _Heard(title)
        # Neither thread knows the job itself: one that nobody holds any more ends its process.
        for watches in (self._heard.listen, self._heard.attend):
            threading.Thread(target=watches, args=(self._process, left_alone_s), daemon=True).start()
        weakref.finalize(self, self._process.end)

    @property
    def progress(self) -> tuple[int, int]:
        """How much is done, and of how much; (0, 0) where nothing is known yet."""
        return self._heard.progress

    @property
    def running(self) -> bool:
        """Whether it is still under way; who asks wants it to go on."""
        self._heard.looked_at = time.monotonic()
        return not self.stopped and not self._heard.ended.is_set()

    def stop(self) -> None:
        """End it and everything that it started."""
        self.stopped = True
        self._process.end()

    def outcome(self) -> Answer | AdvisorError:
        """What came of it, be it an error; waits for it."""
        self._heard.ended.wait()
        if self._heard.error is not None:
            return self._heard.error
        found: Answer = self._heard.answer
        return found

    def answer(self) -> Answer:
        """What came of it; waits for it.

        Raises
        ------
        AdvisorError
            What the work raised, that its process died, or that it was left alone for too long.
        """
        found = self.outcome()
        if isinstance(found, AdvisorError):
            raise found.with_traceback(None)  # it may be raised again, and would keep what each time held
        return found


class _Heard:
    """What a process has said so far. It is listened to all the time: a process that nobody hears would wait."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.progress = 0, 0
        self.answer: Any = None
        self.error: AdvisorError | None = None
        self.ended = threading.Event()
        self.looked_at = time.monotonic()

    def listen(self, process: Process, _: float) -> None:
        for kind, what in process.heard():
            if kind == "progress":
                self.progress = what
            elif kind == "answer":
                self.answer = what
                self.ended.set()
            else:
                self._fail(what)
        self._fail(WorkersLostError(f"{self.title}: its process died, perhaps for want of memory; try again"))

    def attend(self, process: Process, left_alone_s: float) -> None:
        while (left_s := self.looked_at + left_alone_s - time.monotonic()) > 0:
            if self.ended.wait(left_s):
                return
        self._fail(
            AdvisorError(f"{self.title}: ended, for no page showed it for {format_duration(left_alone_s)}; begin again")
        )
        process.end()

    def _fail(self, error: AdvisorError) -> None:
        """What went wrong first is told."""
        if not self.ended.is_set():
            self.error = error
            self.ended.set()


def show_running(job: Job[Any]) -> None:
    """Show what a job does and how far it is, with a button that stops it; the page runs again when it has ended."""
    import streamlit as st

    from advisor.ui.plain import plain

    @st.fragment(run_every=LOOK_AGAIN_S)
    def shown() -> None:
        if not job.running:
            st.rerun()
        done, of = job.progress
        told = f"{plain(job.title)}: {done:,} of {of:,}" if of else f"{plain(job.title)} …"
        st.progress(min(done / of, 1.0) if of else 0.0, text=told)
        if st.button("Stop", icon=":material/stop_circle:", key=f"stop {job.title}"):
            job.stop()
            st.rerun()

    shown()


def answer_of(job: Job[Answer]) -> Answer | AdvisorError | None:
    """What came of a job that has ended; None where it was stopped."""
    return None if job.stopped else job.outcome()


def _count(to: int, watch: Watch) -> int:
    """What the example does."""
    for i in range(to):
        watch(i + 1, to)
    return to
