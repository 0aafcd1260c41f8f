"""A process of its own for one function: heard as it goes, ended with all that it started; it knows nothing of pages.

It starts without running the program again that the app was started by, and imports what its function needs alone.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, cast

from advisor.errors import AdvisorError, as_bug

_BEGIN: Final = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from advisor.ui.process import serve; serve()"
)
_TELL_EVERY_S: Final = 0.2
_ENDS_WITHIN_S: Final = 5.0


class Process:
    """A function at work in a process of its own.

    Parameters
    ----------
    work : a function of a module; it gets `given`, and a function that it tells how far it is.

    Notes
    -----
    The process leads a group of its own, which the processes that it starts belong to: they end together, and when the
    server has gone.
    """

    def __init__(self, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
        self._asked = pickle.dumps(sys.path) + pickle.dumps((work, given))
        self._reaped = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - a constant program
            [sys.executable, "-P", "-c", _BEGIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def heard(self) -> Iterator[tuple[str, Any]]:
        """What it says until it has ended: ("progress", (done, of)) as it goes, ("answer", …) or ("error", …) last."""
        asks, tells = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        try:
            with suppress(EOFError, OSError, pickle.UnpicklingError):  # it died, perhaps amid a word
                asks.write(self._asked)
                asks.flush()
                while True:
                    yield pickle.load(tells)  # noqa: S301 - it is our own process that speaks
        finally:
            with self._reaped:
                # While it is not waited for, its number is no other's: what it has left behind ends too.
                end(self.pid)
                try:
                    self._process.wait(_ENDS_WITHIN_S)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            for stream in (asks, tells):
                with suppress(OSError):
                    stream.close()

    def end(self) -> None:
        """End it and everything that it started."""
        with self._reaped:
            if self._process.returncode is None:
                end(self.pid)


def end(pid: int) -> None:
    """End a process that leads a group, and the group."""
    if sys.platform == "win32":
        ends = Path(os.environ["SYSTEMROOT"], "System32", "taskkill.exe")
        subprocess.run(  # noqa: S603 - a program of Windows
            [ends, "/F", "/T", "/PID", str(pid)],
            check=False,
            capture_output=True,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
    else:
        # Not SIGKILL: what joblib set up for its workers is cleared by a process that outlasts them by a moment.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGTERM)


def serve() -> None:
    """What the process does."""
    last = 0.0
    tells = os.fdopen(os.dup(1), "wb", closefd=False)  # its end is the end of the process, not of this function
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what anything prints is no answer

    def tell(kind: str, what: Any) -> None:
        tells.write(pickle.dumps((kind, what)))
        tells.flush()

    def watch(done: int, of: int, /) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _TELL_EVERY_S or done >= of:
            last = now
            tell("progress", (done, of))

    try:
        work, given = pickle.load(sys.stdin.buffer)  # noqa: S301 - it is the server that asks
        threading.Thread(target=_end_with_the_server, daemon=True).start()
        tell("answer", work(*given, watch))
    except AdvisorError as error:
        tell("error", error)
    except Exception as error:  # the last line of defence: no traceback reaches a user
        traceback.print_exc()
        tell("error", as_bug(error))


def _end_with_the_server() -> None:
    """Wait until nobody can ask any more: the server says nothing after its question, until it is gone."""
    os.read(0, 1)
    end(os.getpid())
    os._exit(1)
