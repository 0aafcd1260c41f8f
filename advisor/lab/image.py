"""The guest: a kernel of the distribution and one static program as its /init."""

from __future__ import annotations

import subprocess
from importlib import resources
from pathlib import Path

from advisor.domain.plan import LabVm
from advisor.errors import LabError, Problem
from advisor.units import PAGE_BYTES, mib_to_bytes

_PATTERNS = {"uniform": 0, "sequential": 1, "hot_cold": 2}
# Nothing but the guest's program may dirty memory: no huge pages, no compaction, no watchdog; a crash must show.
_KERNEL_ORDERS = (
    "console=ttyS0 quiet loglevel=1 panic=-1 transparent_hugepage=never sysctl.vm.compaction_proactiveness=0 "
    "nowatchdog random.trust_cpu=on tsc=reliable"
)


def build_image(directory: Path, compiler: str) -> Path:
    """Compile the guest's program and pack it into an initramfs.

    Raises
    ------
    LabError
        When the compiler refuses.
    """
    source = directory / "guest.c"
    source.write_text(resources.files("advisor.lab").joinpath("guest.c").read_text(encoding="utf-8"), encoding="utf-8")
    program = directory / "init"
    done = subprocess.run(  # noqa: S603 - a compiler that was found on this machine, and no shell
        [compiler, "-O2", "-static", "-o", str(program), str(source)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise LabError(
            Problem(
                "cannot compile the guest's program", value=last, mend="install the compiler and the static C library"
            )
        )
    image = directory / "guest.cpio"
    image.write_bytes(
        _entry("dev", 0o40755)
        + _entry("dev/console", 0o20600, device=(5, 1))
        + _entry("init", 0o100755, program.read_bytes())
        + _entry("TRAILER!!!", 0)
    )
    return image


def kernel_orders(vm: LabVm, seed: int) -> str:
    """The kernel's command line: what the guest fills and how it dirties it."""
    orders = {
        "fill_kib": vm.fill_mib * 1024,
        "incompressible": round(vm.incompressible * 1000),
        "writes": round(mib_to_bytes(vm.dirty_rate_mib_s) / PAGE_BYTES),
        "set_kib": round(vm.working_set_mib * 1024),
        "pattern": _PATTERNS[vm.dirty_pattern],
        "seed": seed,
    }
    return " ".join([_KERNEL_ORDERS, *(f"lab.{name}={value}" for name, value in orders.items())])


def _entry(name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
    """One file of an archive in the kernel's format (newc: Documentation/driver-api/early-userspace/buffer-format)."""
    raw = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(raw), 0)
    head = b"070701" + b"".join(b"%08X" % value for value in fields) + raw
    return _padded(head) + _padded(content)


def _padded(part: bytes) -> bytes:
    return part + b"\0" * (-len(part) % 4)
