"""One QEMU process: a guest that runs, or an empty machine that waits for one to arrive."""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qemu.qmp import QMPClient
from qemu.qmp.error import QMPError

from advisor.errors import LabError, Problem
from advisor.lab.workplace import Workplace, end

_BOOT_S = 120.0
_CONNECT_S = 20.0
_POLL_S = 0.05
_COUNT = re.compile(rb"COUNT (\d+\.\d+) (\d+)\r?\n")
# Words of a kernel that has crashed, or has started anew.
_DEAD = (b"Kernel panic", b"BUG:", b"Oops", b"general protection fault", b"segfault", b"FAILED")


@dataclass(frozen=True, slots=True)
class Count:
    """What the guest last printed: its clock [s] and its page writes so far."""

    seconds: float
    writes: int


@dataclass(frozen=True, slots=True)
class GuestSpec:
    """How a guest is started.

    Attributes
    ----------
    program : QEMU.
    accelerator : tcg or kvm.
    kernel, image, orders : what it boots.
    memory_mib : assigned memory [MiB].
    """

    program: str
    accelerator: str
    kernel: Path
    image: Path
    orders: str
    memory_mib: int


class Guest:
    """A QEMU process, its monitor and its console."""

    def __init__(self, process: Process, monitor: QMPClient, console: Path, place: Workplace) -> None:
        self.process, self.monitor, self.console, self._place = process, monitor, console, place

    @classmethod
    async def start(
        cls, place: Workplace, spec: GuestSpec, name: str, *, inside: int | None = None, arrives: bool = False
    ) -> Guest:
        """Start QEMU; with `arrives` it waits for a guest to be sent.

        Raises
        ------
        LabError
            When QEMU ends at once, or its monitor does not answer.
        """
        socket, console, log = (place.directory / f"{name}.{end}" for end in ("qmp", "console", "log"))
        monitor = QMPClient(name)
        await monitor.start_server(str(socket))
        words = [
            spec.program, "-name", name, "-machine", "pc", "-accel", spec.accelerator, "-smp", "1",
            "-m", f"{spec.memory_mib}M", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-serial", f"file:{console}", "-chardev", f"socket,id=monitor,path={socket}",
            "-mon", "chardev=monitor,mode=control", "-kernel", str(spec.kernel), "-initrd", str(spec.image),
            "-append", spec.orders,
        ]  # fmt: skip
        process = await place.start(words + (["-incoming", "defer"] if arrives else []), inside=inside, log=log)
        try:
            await asyncio.wait_for(_first(monitor.accept(), process.wait()), _CONNECT_S)
        except (QMPError, TimeoutError):
            await end(process)
        if process.returncode is not None:
            place.forget(process)
            said = log.read_text(errors="replace").strip().splitlines() or ["no message"]
            raise LabError(Problem("QEMU did not start", value=said[-1][:200]))
        return cls(process, monitor, console, place)

    async def ask(self, command: str, **arguments: Any) -> Any:
        """A monitor command; a `_` in an argument's name is a `-` in QEMU's.

        Raises
        ------
        LabError
            When QEMU refuses, or has gone.
        """
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        try:
            return await self.monitor.execute(command, named)
        except QMPError as error:
            raise LabError(Problem(f"QEMU refused {command}", value=str(error)[:200])) from None

    async def wait_ready(self) -> None:
        """Until the guest has filled its memory.

        Raises
        ------
        LabError
            When it does not, within two minutes.
        """
        for _ in range(int(_BOOT_S / _POLL_S)):
            text = self.printed()
            if b"READY" in text:
                return
            if self.process.returncode is not None or any(word in text for word in _DEAD):
                break
            await asyncio.sleep(_POLL_S)
        tail = self.printed()[-200:].decode(errors="replace").strip() or "nothing on its console"
        raise LabError(Problem("the guest did not get ready", value=tail))

    def printed(self) -> bytes:
        """Everything on this process's console."""
        return self.console.read_bytes() if self.console.exists() else b""

    def counts(self) -> list[Count]:
        """The guest's counts on this process's console."""
        return [Count(float(seconds), int(writes)) for seconds, writes in _COUNT.findall(self.printed())]

    async def next_counts(self, wanted: int, seconds: float) -> list[Count]:
        """Counts that are printed from now on; fewer where time runs out."""
        before = len(self.counts())
        for _ in range(int(seconds / _POLL_S)):
            await asyncio.sleep(_POLL_S)
            if len(self.counts()) >= before + wanted:
                break
        return self.counts()[before:]

    async def counts_on(self, after: Count | None, seconds: float = 5.0) -> bool:
        """The guest is alive: it goes on counting from where it was, and its kernel has not started anew."""
        for _ in range(int(seconds / _POLL_S)):
            counts, text = self.counts(), self.printed()
            if self.process.returncode is not None or b"READY" in text or any(word in text for word in _DEAD):
                return False
            if len(counts) >= 2:  # noqa: PLR2004 - one may have been on its way when the guest stopped
                first, last = counts[0], counts[-1]
                rises = last.seconds > first.seconds and last.writes >= first.writes
                return rises and (after is None or (last.seconds > after.seconds and last.writes >= after.writes))
            await asyncio.sleep(_POLL_S)
        return False

    def cpu_seconds(self) -> float:
        """Processor time of the process so far [s]."""
        try:
            words = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    async def stop(self) -> None:
        """End the process and take its files away."""
        try:
            await asyncio.wait_for(self.monitor.disconnect(), _CONNECT_S)
        except (QMPError, TimeoutError):
            pass
        await end(self.process)
        self._place.forget(self.process)
        for suffix in ("qmp", "console", "log"):
            self.console.with_suffix(f".{suffix}").unlink(missing_ok=True)


async def _first(*waits: Any) -> None:
    """Until one of them is done; its error is raised, the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    for task in done:
        task.result()
