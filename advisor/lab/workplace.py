"""A place that vanishes: a directory and processes that do not outlive the program, however it ends.

Every process is started with a parent-death signal, so the kernel ends it when this program dies.
Network namespaces have no name: they live as long as the process that holds them. The directory is
removed by a small process that waits for the end of its input, which even a killed program closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import subprocess
import tempfile
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from advisor.errors import LabError, Problem

_GRACE_S = 3.0
# The kernel kills the process when the program that started it dies.
_MORTAL = ("setpriv", "--pdeathsig", "KILL", "--")


class Workplace:
    """Use with ``async with``; `directory` is there inside, and every process ends at the end."""

    def __init__(self) -> None:
        self.directory = Path()
        self._processes: list[Process] = []
        self._janitor: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="advisor-lab-"))
        # A session of its own: Ctrl-C at the terminal does not reach it.
        self._janitor = subprocess.Popen(  # noqa: S603 - a constant program
            ["/bin/sh", "-c", 'cat > /dev/null; rm -rf -- "$1"', "sh", str(self.directory)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            await end(process)
        shutil.rmtree(self.directory, ignore_errors=True)
        if self._janitor is not None and self._janitor.stdin is not None:
            self._janitor.stdin.close()
            self._janitor.wait()

    async def start(
        self, command: Sequence[str], *, inside: int | None = None, log: Path | None = None, deaf: bool = True
    ) -> Process:
        """Start a process that ends with this place.

        Parameters
        ----------
        inside : process whose network namespace it joins; none: this program's.
        log : file for what it prints; none: dropped.
        deaf : with a session of its own, so that Ctrl-C leaves its end to the clean-up.
        """
        words = [*_MORTAL, *entering(inside), *command]
        output = log.open("ab") if log is not None else None
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output or asyncio.subprocess.DEVNULL,
                stderr=output or asyncio.subprocess.DEVNULL,
                start_new_session=deaf,
            )
        finally:
            if output is not None:
                output.close()
        self._processes.append(process)
        return process

    def forget(self, process: Process) -> None:
        """A process that has ended need not be ended again."""
        with contextlib.suppress(ValueError):
            self._processes.remove(process)


def entering(inside: int | None) -> tuple[str, ...]:
    """The words before a command that put it into a process's network namespace."""
    return () if inside is None else ("nsenter", f"--net=/proc/{inside}/ns/net", "--")


async def end(process: Process) -> None:
    """End a process: politely, then not."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(ask)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_S)


async def run(command: Sequence[str], *, inside: int | None = None, text: str = "") -> str:
    """Run a command to its end and give what it prints.

    Raises
    ------
    LabError
        When it fails; the message quotes it.
    """
    words = [*_MORTAL, *entering(inside), *command]
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, trouble = await process.communicate(text.encode())
    if process.returncode:
        last = (trouble.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise LabError(Problem(f"{' '.join(command)} failed", value=last))
    return output.decode(errors="replace")
