"""What this machine has for a lab, and what is missing, each with the command that brings it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from advisor.domain.plan import LabPlan
from advisor.errors import LabError, Problem
from advisor.lab.rights import lacking_rights
from advisor.lab.speed import core_speed
from advisor.units import KIB, MIB

QEMU: Final = "qemu-system-x86_64"
# Older ones lose dirty pages under software emulation: the guest crashes after the move and starts anew (seen: 7.2).
OLDEST_WITH_TCG: Final = (10, 0)
# The first whose migrate and migrate-incoming take `channels`, by which multipath TCP is asked for (QMP reference).
OLDEST_WITH_KVM: Final = (8, 2)
_KERNELS: Final = ("/boot/vmlinuz-*-cloud-amd64", "/boot/vmlinuz-*", "/vmlinuz")
_VERSION: Final = re.compile(r"version (\d+)\.(\d+)")
_PROGRAMS: Final = {
    "ip": "iproute2",
    "tc": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}
# A link and its shape as a study sets them up, in a namespace that ends with the command.
_TRY_LINKS: Final = (
    "ip link add lab0 type veth peer name lab1 && ip link set lab0 up && "
    "tc qdisc add dev lab0 root tbf rate 100mbit burst 1mb latency 20ms"
)
_TRY_MULTIPATH: Final = "ip mptcp limits set subflows 8 add_addr_accepted 8"
_TRY_S: Final = 20


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
    core_speed : speed of one of them against the first lab's; see `lab.speed`.
    """

    qemu: str
    version: str
    accelerator: str
    kernel: Path
    compiler: str
    cores: int
    core_speed: float


def look(plan: LabPlan, accelerator: str) -> Machine:
    """What this machine has for a plan, under tcg or kvm.

    Raises
    ------
    LabError
        With everything that is missing and the command that brings it.
    """
    lacks = lacking(plan, accelerator)
    qemu, kernel, compiler = shutil.which(QEMU), _kernel(), _compiler()
    if lacks or qemu is None or kernel is None or compiler is None:
        raise LabError(lacks)
    cores = os.cpu_count() or 1
    return Machine(qemu, qemu_version(qemu), accelerator, kernel, compiler, cores, core_speed(cores))


def lacking(plan: LabPlan, accelerator: str) -> list[Problem]:
    """Everything a plan needs that this machine does not have.

    Parameters
    ----------
    accelerator : tcg or kvm; they need QEMU of different age.
    """
    if not sys.platform.startswith("linux"):
        mend = "run it on a Linux machine, or in a Linux VM, as root"
        return [Problem("migrations are measured on Linux only", value=sys.platform, mend=mend)]
    lacks = [*_lacking_qemu(accelerator)]
    if _kernel() is None:
        lacks.append(Problem("no kernel image to boot a guest with", mend=_apt("linux-image-cloud-amd64")))
    lacks += _lacking_compiler()
    programs = [
        Problem("a program is missing", value=name, mend=_apt(package))
        for name, package in _PROGRAMS.items()
        if shutil.which(name) is None
    ]
    rights = lacking_rights()
    lacks += programs + rights + _lacking_memory(plan)
    if not programs and not rights:
        lacks += _lacking_links(any(study.links.teaming == "multipath" for study in plan.studies))
    return lacks


def qemu_version(program: str) -> str:
    """Major and minor version such as 10.0; empty where the program does not say."""
    said = _said([program, "--version"])
    found = _VERSION.search(said)
    return f"{found[1]}.{found[2]}" if found else ""


def _lacking_qemu(accelerator: str) -> list[Problem]:
    program = shutil.which(QEMU)
    mend = _apt("qemu-system-x86", new=True)
    if program is None:
        return [Problem("QEMU is not installed", value=QEMU, mend=mend)]
    version = qemu_version(program)
    oldest = OLDEST_WITH_KVM if accelerator == "kvm" else OLDEST_WITH_TCG
    if version and tuple(int(part) for part in version.split(".")) >= oldest:
        return []
    why = (
        "it lacks the command that opens multipath connections"
        if accelerator == "kvm"
        else "under software emulation it loses dirty pages, and guests are corrupted by a move"
    )
    allowed = f"{oldest[0]}.{oldest[1]} or newer with {accelerator}"
    found = f"QEMU {version or 'of no version'}"
    return [Problem(f"this QEMU is too old: {why}", value=found, allowed=allowed, mend=mend)]


def _lacking_compiler() -> list[Problem]:
    compiler = _compiler()
    if compiler is None:
        return [Problem("no C compiler for the guest's program", value="gcc", mend=_apt("gcc libc6-dev"))]
    # A compiler that finds no such file says its bare name.
    if not Path(_said([compiler, "-print-file-name=libc.a"]).strip()).is_absolute():
        return [Problem("no static C library for the guest's program", value="libc.a", mend=_apt("libc6-dev"))]
    return []


def _lacking_memory(plan: LabPlan) -> list[Problem]:
    """Both ends hold a guest's memory while it moves."""
    need = max(2 * study.simultaneous * study.vm.memory_mib for study in plan.studies)
    table = Path("/proc/meminfo")
    found = re.search(r"MemAvailable:\s+(\d+) kB", table.read_text(encoding="ascii")) if table.exists() else None
    if found is None or int(found[1]) * KIB >= need * MIB:
        return []
    has = int(found[1]) * KIB // MIB
    return [Problem("too little memory is free", value=f"{has} MiB", allowed=f"{need} MiB", mend="plan smaller guests")]


def _lacking_links(multipath: bool) -> list[Problem]:
    lacks = []
    tried = _tried(_TRY_LINKS)
    if tried:
        mend = "modprobe -a veth sch_tbf, or boot a kernel with CONFIG_NET_NS, CONFIG_VETH and CONFIG_NET_SCH_TBF"
        lacks.append(Problem("shaped links cannot be set up", value=tried, mend=mend))
    if multipath and not Path("/proc/sys/net/mptcp").exists():
        mend = "boot a kernel with CONFIG_MPTCP, or plan address_hash instead"
        lacks.append(Problem("the kernel has no multipath TCP, and the plan has teaming multipath", mend=mend))
    elif multipath and not tried and (refused := _tried(_TRY_MULTIPATH)):
        lacks.append(Problem("multipath TCP cannot be set up", value=refused, mend=_apt("iproute2", new=True)))
    return lacks


def _tried(script: str) -> str:
    """What goes wrong with a script in a network namespace of its own; empty where nothing does."""
    words = ["unshare", "--net", "/bin/sh", "-c", script]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_TRY_S)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return last if done.returncode else ""


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TRY_S).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _kernel() -> Path | None:
    """The newest image of the kind that boots quickest; one that cannot be read is none."""
    found = (path for pattern in _KERNELS for path in sorted(Path("/").glob(pattern[1:]), reverse=True))
    return next((path for path in found if os.access(path, os.R_OK)), None)


def _compiler() -> str | None:
    return shutil.which("gcc") or shutil.which("cc")


def _apt(packages: str, *, new: bool = False) -> str:
    """The command on Debian; Debian 12's own QEMU and tools are older than what is needed, its backports are not."""
    release = Path("/etc/os-release")
    told = release.read_text(encoding="utf-8", errors="replace") if release.exists() else ""
    backports = "-t bookworm-backports " if new and "bookworm" in told else ""
    return f"apt-get install {backports}{packages}"
