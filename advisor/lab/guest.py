"""One QEMU process: a guest that runs, or an empty machine that waits for one to arrive."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from advisor.errors import LabError, Problem
from advisor.lab.monitor import Monitor
from advisor.lab.workplace import Workplace, end
from advisor.units import PAGE_BYTES, mib_to_bytes

_BOOT_S: Final = 120.0
_ALIVE_S: Final = 10.0
_POLL_S: Final = 0.05
_QUOTED: Final = 200
_COUNT: Final = re.compile(rb"COUNT (\d+\.\d+) (\d+)\r?\n")
# Words of a kernel that has crashed, or has started anew.
_DEAD: Final = (b"Kernel panic", b"BUG:", b"Oops", b"general protection fault", b"segfault", b"FAILED")


@dataclass(frozen=True, slots=True)
class Count:
    """What the guest printed: its clock [s] and its page writes so far."""

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

    def __init__(self, process: Process, monitor: Monitor, console: Path, place: Workplace) -> None:
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
        console, log = (place.directory / f"{name}.{suffix}" for suffix in ("console", "log"))
        # The monitor's two ends are handed over: no path, and nothing of it is left when either side ends.
        own, its = socket.socketpair()
        words = [
            spec.program, "-name", name, "-machine", "pc", "-accel", spec.accelerator, "-smp", "1",
            "-m", f"{spec.memory_mib}M", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-serial", f"file:{console}", "-chardev", f"socket,id=monitor,fd={its.fileno()}",
            "-mon", "chardev=monitor,mode=control", "-kernel", str(spec.kernel), "-initrd", str(spec.image),
            "-append", spec.orders, *(("-incoming", "defer") if arrives else ()),
        ]  # fmt: skip
        with its:
            process = await place.start(words, inside=inside, log=log, hands=[its.fileno()])
        try:
            monitor = await Monitor.open(own, name)
        except LabError:
            own.close()
            await end(process)
            place.forget(process)
            said = log.read_text(errors="replace").strip().splitlines() or ["no message"]
            raise LabError(Problem("QEMU did not start", value=said[-1][:_QUOTED])) from None
        guest = cls(process, monitor, console, place)
        place.at_end(process, guest.stop)
        return guest

    async def wait_ready(self, seconds: float = _BOOT_S) -> None:
        """Until the guest has filled its memory.

        Raises
        ------
        LabError
            When it does not in time.
        """
        for _ in range(int(seconds / _POLL_S)):
            text = self.printed()
            if b"READY" in text:
                return
            if self.process.returncode is not None or any(word in text for word in _DEAD):
                raise LabError(Problem("the guest did not get ready", value=self._last_words()))
            await asyncio.sleep(_POLL_S)
        silent = "" if self.printed() else ", and says nothing"
        raise LabError(Problem("the guest did not get ready", value=f"it is not after {seconds:g} s{silent}"))

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

    async def counts_on(self, after: Count | None, seconds: float = _ALIVE_S) -> bool:
        """The guest is alive: it goes on counting from where it was, and its kernel has not started anew."""
        for _ in range(int(seconds / _POLL_S)):
            counts, text = self.counts(), self.printed()
            if self.process.returncode is not None or b"READY" in text or any(word in text for word in _DEAD):
                return False
            if len(counts) >= 2:  # one may have been on its way when the guest stopped
                first, last = counts[0], counts[-1]
                rises = last.seconds > first.seconds and last.writes >= first.writes
                return rises and (after is None or (last.seconds > after.seconds and last.writes >= after.writes))
            await asyncio.sleep(_POLL_S)
        return False

    def cpu_seconds(self) -> float:
        """Processor time of the process so far, threads that have ended included [s]."""
        try:
            words = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    async def stop(self) -> None:
        """End the process and take its files away."""
        await end(self.process)
        # Only then: QEMU's end ends the connection, and nothing waits for a monitor that hangs.
        await self.monitor.close()
        self._place.forget(self.process)
        for suffix in ("console", "log"):
            self.console.with_suffix(f".{suffix}").unlink(missing_ok=True)

    def _last_words(self) -> str:
        """What the guest said last, or else QEMU."""
        log = self.console.with_suffix(".log")
        told = log.read_text(errors="replace").splitlines() if log.exists() else []
        said = self.printed().decode(errors="replace").splitlines()
        lines = [line.strip() for line in (said or told) if line.strip() and "warning:" not in line]
        return lines[-1][:_QUOTED] if lines else "it ended without a word"


def dirty_rate_mib_s(counts: list[Count]) -> float | None:
    """Page writes times page size between the first and the last count [MiB/s]; None where there is no time between.

    Examples
    --------
    >>> dirty_rate_mib_s([Count(10.0, 0), Count(12.0, 512)])
    1.0
    """
    if len(counts) < 2 or counts[-1].seconds <= counts[0].seconds:
        return None
    writes = counts[-1].writes - counts[0].writes
    return writes * PAGE_BYTES / mib_to_bytes(1) / (counts[-1].seconds - counts[0].seconds)
