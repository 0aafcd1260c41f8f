"""The guest: a kernel of the distribution and one static program as its /init."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from advisor.domain.plan import LabVm
from advisor.errors import LabError, Problem
from advisor.lab.workplace import run
from advisor.units import PAGE_BYTES, mib_to_bytes

_PATTERNS: Final = {"uniform": 0, "sequential": 1, "hot_cold": 2}
# Nothing but the guest's program may dirty memory: no huge pages, no compaction, no watchdog; a crash must show.
_KERNEL_ORDERS: Final = (
    "console=ttyS0 quiet loglevel=1 panic=-1 transparent_hugepage=never sysctl.vm.compaction_proactiveness=0 "
    "nowatchdog random.trust_cpu=on tsc=reliable"
)


async def build_image(directory: Path, compiler: str) -> Path:
    """Compile the guest's program and pack it into an initramfs.

    Raises
    ------
    LabError
        When the compiler refuses.
    """
    source, program, image = (directory / name for name in ("guest.c", "init", "guest.cpio"))
    source.write_text(resources.files("advisor.lab").joinpath("guest.c").read_text(encoding="utf-8"), encoding="utf-8")
    # The compiler's own files go where they vanish with everything else.
    words = ["env", f"TMPDIR={directory}", compiler, "-O2", "-static", "-o", str(program), str(source)]
    try:
        await run(words)
    except LabError as error:
        mend = "install the compiler and the static C library"
        raise LabError(
            Problem("cannot compile the guest's program", value=error.problems[0].value, mend=mend)
        ) from None
    image.write_bytes(archive(program.read_bytes()))
    return image


def archive(program: bytes) -> bytes:
    """An initramfs that holds a program as /init, and the console it prints on.

    Notes
    -----
    The format is newc: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.

    Examples
    --------
    >>> whole = archive(b"program")
    >>> whole[:6], whole.count(b"070701"), len(whole) % 4
    (b'070701', 4, 0)
    """
    return (
        _entry("dev", 0o40755)
        + _entry("dev/console", 0o20600, device=(5, 1))
        + _entry("init", 0o100755, program)
        + _entry("TRAILER!!!", 0)
    )


def kernel_orders(vm: LabVm, seed: int) -> str:
    """The kernel's command line: what the guest fills and how it dirties it.

    Examples
    --------
    >>> kernel_orders(LabVm(fill_mib=2, dirty_rate_mib_s=1), seed=7).split()[-6:-2]
    ['lab.fill_kib=2048', 'lab.incompressible=1000', 'lab.writes=256', 'lab.set_kib=1024']
    """
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
    raw = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(raw), 0)
    head = b"070701" + b"".join(b"%08X" % value for value in fields) + raw
    return _padded(head) + _padded(content)


def _padded(part: bytes) -> bytes:
    return part + b"\0" * (-len(part) % 4)
