"""Long work in a process of its own: the page stays quick, says how far it is, and can stop it at once."""

from __future__ import annotations

import atexit
import threading
import time
import traceback
import weakref
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final, Generic, Protocol, TypeVar

import streamlit as st
from joblib.externals.loky.backend import get_context
from joblib.externals.loky.backend.utils import kill_process_tree

from advisor.errors import AdvisorError, WorkersLostError
from advisor.ui.plain import plain

Answer = TypeVar("Answer")

LOOK_AGAIN_S: Final = 0.5
_TELL_EVERY_S: Final = 0.2


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

    Notes
    -----
    The process is started as joblib starts its own, without running the program again that the app was started by; it
    may start others. A session that ends takes its work with it, and so does the server.

    Examples
    --------
    >>> job = Job("Counting", _count, 3)
    >>> job.answer(), job.progress, job.running
    (3, (3, 3), False)
    """

    def __init__(self, title: str, work: Callable[..., Answer], *given: Any) -> None:
        self.title = title
        self.stopped = False
        context = get_context("loky")
        hears, tells = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(work, given, tells))
        self._process.start()
        tells.close()
        self._heard = _Heard(title)
        threading.Thread(target=self._heard.listen, args=(hears, self._process), daemon=True).start()
        _PROCESSES.add(self._process)
        weakref.finalize(self, _end, self._process)

    @property
    def progress(self) -> tuple[int, int]:
        """How much is done, and of how much; (0, 0) where nothing is known yet."""
        return self._heard.progress

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return not self.stopped and not self._heard.ended.is_set()

    def stop(self) -> None:
        """End it and everything that it started."""
        self.stopped = True
        _end(self._process)

    def answer(self) -> Answer:
        """What came of it; waits for it.

        Raises
        ------
        AdvisorError
            What the work raised, or that its process died.
        """
        self._heard.ended.wait()
        if self._heard.error is not None:
            raise self._heard.error
        found: Answer = self._heard.answer
        return found


class _Heard:
    """What a process has said so far. It is listened to all the time: a process that nobody hears would wait."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.progress = 0, 0
        self.answer: Any = None
        self.error: AdvisorError | None = None
        self.ended = threading.Event()

    def listen(self, hears: Connection, process: Any) -> None:
        try:
            while not self.ended.is_set():
                self._take(*hears.recv())
        except (EOFError, OSError):
            self._take(
                "error", WorkersLostError(f"{self.title}: its process died, perhaps for want of memory; try again")
            )
        finally:
            hears.close()
            process.join()

    def _take(self, kind: str, what: Any) -> None:
        if kind == "progress":
            self.progress = what
            return
        if kind == "error":
            self.error = what
        else:
            self.answer = what
        self.ended.set()


def show_running(job: Job[Any]) -> None:
    """Show what a job does and how far it is, with a button that stops it; the page runs again when it has ended."""

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
    if job.stopped:
        return None
    try:
        return job.answer()
    except AdvisorError as error:
        return error


_PROCESSES: Final[weakref.WeakSet[Any]] = weakref.WeakSet()


def _end(process: Any) -> None:
    if process.is_alive():
        kill_process_tree(process)


@atexit.register
def _end_all() -> None:
    """A server that is stopped does not wait for work that nobody will see."""
    for process in list(_PROCESSES):
        _end(process)


def _run(work: Callable[..., Answer], given: tuple[Any, ...], tells: Connection) -> None:
    """What the process does."""
    last = 0.0

    def watch(done: int, of: int, /) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _TELL_EVERY_S or done >= of:
            last = now
            tells.send(("progress", (done, of)))

    try:
        tells.send(("answer", work(*given, watch)))
    except AdvisorError as error:
        tells.send(("error", error))
    except Exception as error:  # the last line of defence: no traceback reaches a user
        traceback.print_exc()
        tells.send(("error", AdvisorError(f"a bug in advisor ({type(error).__name__}: {error}); please report it")))


def _count(to: int, watch: Watch) -> int:
    """What the example does."""
    for i in range(to):
        watch(i + 1, to)
    return to
