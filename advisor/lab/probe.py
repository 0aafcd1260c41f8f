"""Chooses the accelerator: KVM only where a guest really boots and counts with it.

That /dev/kvm opens says little: inside some virtual machines its guests hang, or QEMU ends on a
register that it may not set.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from advisor.domain.plan import LabPlan, LabVm
from advisor.errors import LabError, Problem
from advisor.lab.guest import Guest, GuestSpec
from advisor.lab.image import build_image, kernel_orders
from advisor.lab.machine import Machine, look
from advisor.lab.workplace import Workplace

Acceleration = Literal["auto", "tcg", "kvm"]

_KVM: Final = Path("/dev/kvm")
_BOOT_S: Final = 20.0
_PROBE: Final = LabVm(memory_mib=192, fill_mib=8, dirty_rate_mib_s=1.0, working_set_mib=4.0)


async def choose(plan: LabPlan, wanted: Acceleration) -> tuple[Machine, str]:
    """The machine to run a plan with, and why not with KVM; empty where it is, or was not asked for.

    Raises
    ------
    LabError
        When something is missing, or `wanted` is kvm and no guest boots with it.
    """
    if wanted == "tcg":
        return look(plan, "tcg"), ""
    reason = unopened()
    if not reason:
        try:
            machine = look(plan, "kvm")
        except LabError:
            if wanted == "kvm":
                raise
            return look(plan, "tcg"), "QEMU is too old for it"
        reason = await boots(machine)
        if not reason:
            return machine, ""
    if wanted == "kvm":
        mend = "measure with --accel tcg, or on hardware"
        raise LabError(Problem("no guest runs with KVM here", value=reason, mend=mend))
    return look(plan, "tcg"), reason


def unopened() -> str:
    """Why the kernel's KVM cannot be used at all; empty where it opens."""
    if not _KVM.exists():
        return f"there is no {_KVM}"
    return "" if os.access(_KVM, os.R_OK | os.W_OK) else f"{_KVM} may not be opened"


async def boots(machine: Machine, seconds: float = _BOOT_S) -> str:
    """Why a small guest does not run with the machine's accelerator; empty where it does."""
    async with Workplace() as place:
        image = await build_image(place.directory, machine.compiler)
        orders = kernel_orders(_PROBE, seed=1)
        spec = GuestSpec(machine.qemu, machine.accelerator, machine.kernel, image, orders, _PROBE.memory_mib)
        try:
            guest = await Guest.start(place, spec, "probe")
            await guest.wait_ready(seconds)
            counts = await guest.next_counts(2, seconds)
        except LabError as error:
            return f"{error.problems[0].message}: {error.problems[0].value}"
        return "" if len(counts) > 1 else "the guest stands still"
