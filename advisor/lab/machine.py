"""What this machine has for a lab, and what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from advisor.errors import LabError, Problem

_QEMU: Final = "qemu-system-x86_64"
_OLDEST_FOR_TCG: Final = 10
_KERNELS: Final = ("/boot/vmlinuz-*-cloud-amd64", "/boot/vmlinuz-*", "/vmlinuz")
_VERSION = re.compile(r"version (\d+)\.(\d+)")
_TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class Machine:
    """What a campaign runs with.

    Attributes
    ----------
    qemu, version : the program, and its version such as 10.0.
    accelerator : tcg, or kvm where a probe guest boots with it.
    kernel : what the guest boots.
    compiler : for the guest's program.
    cores : processors of the machine.
    """

    qemu: str
    version: str
    accelerator: str
    kernel: Path
    compiler: str
    cores: int


@dataclass(frozen=True, slots=True)
class MachineTime:
    """Processor time of the whole machine [s].

    Attributes
    ----------
    busy : used by anything.
    idle : used by nothing.
    """

    busy: float
    idle: float

    @classmethod
    def now(cls) -> Self:
        """Since the machine started."""
        words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
        user, nice, system, idle, wait, hard, soft, stolen = (int(word) / _TICKS for word in words)
        return cls(user + nice + system + hard + soft + stolen, idle + wait)

    def __sub__(self, other: MachineTime) -> MachineTime:
        return MachineTime(self.busy - other.busy, self.idle - other.idle)

    def other_share(self, own_s: float) -> float:
        """Share of the machine used by anything but `own_s` seconds of processor time."""
        whole = self.busy + self.idle
        return max(self.busy - own_s, 0.0) / whole if whole > 0 else 0.0


def look(probe: bool = True) -> Machine:
    """What this machine has.

    Raises
    ------
    LabError
        With everything that is missing and the command that brings it.
    """
    lacks: list[Problem] = []
    qemu = shutil.which(_QEMU)
    version = _qemu_version(qemu) if qemu else ""
    if not qemu:
        lacks.append(
            Problem("QEMU is not installed", value=_QEMU, mend="apt-get install -t bookworm-backports qemu-system-x86")
        )
    kernel = next((path for pattern in _KERNELS for path in _newest(pattern) if os.access(path, os.R_OK)), None)
    if kernel is None:
        lacks.append(Problem("no kernel image to boot a guest with", mend="apt-get install linux-image-cloud-amd64"))
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        lacks.append(Problem("no C compiler for the guest's program", mend="apt-get install gcc libc6-dev"))
    for tool, package in (("ip", "iproute2"), ("tc", "iproute2"), ("unshare", "util-linux"), ("setpriv", "util-linux")):
        if shutil.which(tool) is None:
            lacks.append(Problem("a program is missing", value=tool, mend=f"apt-get install {package}"))
    if os.geteuid() != 0:
        lacks.append(Problem("network namespaces and shaped links need root", mend="run the same command with sudo"))
    if qemu and int(version.split(".")[0] or 0) < _OLDEST_FOR_TCG:
        lacks.append(
            Problem(
                "QEMU loses dirty pages under software emulation and its guests crash after a move",
                value=f"QEMU {version}",
                allowed=f"QEMU {_OLDEST_FOR_TCG} or newer",
                mend="apt-get install -t bookworm-backports qemu-system-x86",
            )
        )
    if lacks or qemu is None or kernel is None or compiler is None:
        raise LabError(lacks)
    return Machine(qemu, version, "tcg", kernel, compiler, os.cpu_count() or 1)


def _newest(pattern: str) -> list[Path]:
    path = Path(pattern)
    return sorted(path.parent.glob(path.name), reverse=True)


def _qemu_version(program: str) -> str:
    """Major and minor version; empty where the program does not say."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = _VERSION.search(done.stdout)
    return f"{found[1]}.{found[2]}" if found else ""
