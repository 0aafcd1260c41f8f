"""A place that vanishes: a directory and processes that do not outlive the program, however it ends.

Every process is started with a parent-death signal, so the kernel ends it when this program dies.
Network namespaces have no name: they live as long as the process that holds them. The directory is
made and removed by a small process that waits for the end of its input, which even a killed program
closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from advisor.errors import LabError, Problem

_GRACE_S: Final = 3.0
_QUOTED: Final = 200
# Makes the directory, says its name, and takes it away once nobody holds the other end of its input.
_JANITOR: Final = (
    'd=$(mktemp -d "$0/advisor-lab-XXXXXXXX") && echo "$d" && cat >/dev/null; [ -n "$d" ] && rm -rf -- "$d"'
)
# Begins the command only if its parent is still the one that asked for it: it may have died before the signal was set.
_WITH_PARENT: Final = '[ "$PPID" = "$0" ] && exec "$@"'


class Workplace:
    """Use with ``async with``; `directory` is there inside, and every process ends at the end."""

    def __init__(self) -> None:
        self.directory = Path()
        self._ends: dict[Process, Callable[[], Awaitable[None]]] = {}
        self._janitor: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        # A session of its own: Ctrl-C at the terminal does not reach it.
        self._janitor = subprocess.Popen(  # noqa: S603 - a constant program
            ["/bin/sh", "-c", _JANITOR, tempfile.gettempdir()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._janitor.stdout is not None  # noqa: S101 - it was asked for
        with self._janitor.stdout as said:
            name = said.readline().decode().strip()
        if not name:
            self._dismiss()
            raise LabError(Problem("no directory can be made", value=tempfile.gettempdir(), mend="check its rights"))
        self.directory = Path(name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for process, at_end in reversed(list(self._ends.items())):
                with contextlib.suppress(OSError):
                    await at_end()
                await end(process)
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)
            self._dismiss()

    def _dismiss(self) -> None:
        if self._janitor is not None and self._janitor.stdin is not None:
            self._janitor.stdin.close()
            self._janitor.wait()

    async def start(
        self,
        command: Sequence[str],
        *,
        inside: int | None = None,
        log: Path | None = None,
        hands: Sequence[int] = (),
    ) -> Process:
        """Start a process that ends with this place; Ctrl-C at the terminal does not reach it.

        Parameters
        ----------
        inside : process whose network namespace it joins; none: this program's.
        log : file for what it prints; none: dropped.
        hands : open files it inherits.
        """
        output = log.open("ab") if log is not None else None
        try:
            process = await asyncio.create_subprocess_exec(
                *mortal([*entering(inside), *command]),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output or asyncio.subprocess.DEVNULL,
                stderr=output or asyncio.subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=hands,
            )
        finally:
            if output is not None:
                output.close()
        self.at_end(process, lambda: end(process))
        return process

    def at_end(self, process: Process, deed: Callable[[], Awaitable[None]]) -> None:
        """What ends a process when the place ends, instead of a signal alone."""
        self._ends[process] = deed

    def forget(self, process: Process) -> None:
        """A process that has ended need not be ended again."""
        self._ends.pop(process, None)


def entering(inside: int | None) -> tuple[str, ...]:
    """The words before a command that put it into a process's network namespace."""
    return () if inside is None else ("nsenter", f"--net=/proc/{inside}/ns/net", "--")


def mortal(command: Sequence[str]) -> list[str]:
    """The command so that the kernel kills it when this program dies."""
    return ["setpriv", "--pdeathsig", "KILL", "--", "/bin/sh", "-c", _WITH_PARENT, str(os.getpid()), *command]


async def end(process: Process) -> None:
    """End a process: politely, then not."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(ask)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await process.wait()


async def run(command: Sequence[str], *, inside: int | None = None, text: str = "") -> str:
    """Run a command to its end and give what it prints.

    Raises
    ------
    LabError
        When it fails; the message quotes it.
    """
    process = await asyncio.create_subprocess_exec(
        *mortal([*entering(inside), *command]),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, trouble = await process.communicate(text.encode())
    finally:
        await end(process)
    if process.returncode:
        last = (trouble.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise LabError(Problem(f"{' '.join(command)} failed", value=last[:_QUOTED]))
    return output.decode(errors="replace")
