"""QEMU: whether the VMs may move between these hosts at all (G01 to G07)."""

from __future__ import annotations

import re
from typing import Final

from advisor.domain.hosts import QEMU, Host, Os
from advisor.domain.vms import Vm
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import end_names
from advisor.rules.logic import Known, all_of, any_of, equal, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY_QEMU, since

WITHOUT_BLOCK: Final = since(Os.QEMU_9_1)
PASSTHROUGH: Final = {"host", "host-passthrough", "max", "maximum"}
_VERSIONED: Final = re.compile(r"-(\d+)\.(\d+)$")
# Machine types without a version; each QEMU takes its own newest for them.
_ALIASES: Final = {"pc", "q35", "virt", "pseries", "s390-ccw-virtio", "microvm"}


def _named(vms: list[Vm]) -> str:
    """Names of VMs, three at most."""
    names = list(dict.fromkeys(vm.name for vm in vms))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _release(os: Os) -> tuple[int, int]:
    major, _, minor = os.value.partition(".")
    return int(major), int(minor)


def _machine_release(vm: Vm) -> tuple[int, int] | None:
    """The version in a machine type's name; none where it has none of QEMU's own."""
    found = _VERSIONED.search(vm.machine_type or "")
    return None if found is None else (int(found[1]), int(found[2]))


def _differ(one: str | None, other: str | None, ends: tuple[Host, Host]) -> Known:
    # a destination that was not described is like the source
    return False if ends[0] == ends[1] else negate(equal(one, other))


@rule(
    "G01",
    "forbid",
    EVERY_QEMU,
    remedy="Start the VM with a machine type that both QEMUs know (qemu-system-x86_64 -machine help).",
    source=cite(official=sources.QEMU_COMPATIBILITY),
    platform="qemu",
)
def machine_type_must_exist_there(case: Case) -> Answer:
    """The destination must know the VM's machine type: one of its own version or older."""
    destination = case.pair.destination.os
    if QEMU.index(destination) >= QEMU.index(case.pair.source.os):
        return DOES_NOT
    newer = [vm for vm in case.vms if (_machine_release(vm) or (0, 0)) > _release(destination)]
    open_ = [vm for vm in case.vms if _machine_release(vm) is None and vm.machine_type not in _ALIASES]
    types = " and ".join(dict.fromkeys(str(vm.machine_type) for vm in newer))
    return judge(
        True if newer else None if open_ else False,
        f"Machine type {types} of {_named(newer)}: QEMU {destination.value} at the destination does not know it.",
        f"Verify the machine type of {_named(open_)}: QEMU {destination.value} knows none newer than itself.",
    )


@rule(
    "G02",
    "forbid",
    EVERY_QEMU,
    remedy="Name the version, such as pc-q35-9.2, at both ends (libvirt writes it into the VM's XML).",
    source=cite(official=sources.QEMU_COMPATIBILITY),
    platform="qemu",
)
def machine_alias_means_two_machines(case: Case) -> Answer:
    """Between QEMU versions a machine type without its version is two machines."""
    source, destination = case.pair.ends
    if source.os is destination.os:
        return DOES_NOT
    alias = [vm for vm in case.vms if vm.machine_type in _ALIASES]
    silent = [vm for vm in case.vms if vm.machine_type is None]
    return judge(
        True if alias else None if silent else False,
        f"{_named(alias)}: {' and '.join(dict.fromkeys(str(vm.machine_type) for vm in alias))} is another machine in "
        f"QEMU {source.os.value} than in {destination.os.value}.",
        f"Verify that {_named(silent)} names its machine type with a version: {source.os.value} and "
        f"{destination.os.value} differ.",
    )


@rule(
    "G03",
    "warn",
    EVERY_QEMU,
    remedy="Try the move with a copy of the VM first, or upgrade the destination.",
    source=cite(official=sources.QEMU_COMPATIBILITY),
    platform="qemu",
)
def moving_back_is_doubtful(case: Case) -> Answer:
    """Moving to an older QEMU is meant to work, and has been broken by releases."""
    source, destination = case.pair.ends
    return judge(
        QEMU.index(destination.os) < QEMU.index(source.os),
        f"From QEMU {source.os.value} back to {destination.os.value}: only tested for the machine types both have; "
        "8.0 to 7.2 failed until mended.",
    )


@rule(
    "G04",
    "forbid",
    EVERY_QEMU,
    remedy="A named CPU model that both hosts can show, or shut the VM down to move it.",
    source=cite(official=(sources.QEMU_CPU_MODELS, sources.QEMU_COMPATIBILITY)),
    platform="qemu",
)
def cpu_makers_must_match(case: Case) -> Answer:
    """A running VM does not move between CPU makers: named models are of one of them."""
    source, destination = case.pair.ends
    sender, receiver = end_names(case)
    return judge(
        _differ(source.cpu_vendor, destination.cpu_vendor, case.pair.ends),
        f"CPUs of {source.cpu_vendor} in {sender}, of {destination.cpu_vendor} in {receiver}.",
        "Verify that both hosts have CPUs of one maker.",
    )


@rule(
    "G05",
    "forbid",
    EVERY_QEMU,
    remedy="A named model both CPUs have (virsh hypervisor-cpu-baseline), instead of host-passthrough.",
    source=cite(official=(sources.QEMU_CPU_MODELS, sources.QEMU_COMPATIBILITY)),
    platform="qemu",
)
def passed_through_cpus_must_be_equal(case: Case) -> Answer:
    """A VM that is shown the host's own CPU moves between equal CPUs alone."""
    source, destination = case.pair.ends
    own: list[Known] = [None if vm.cpu_model is None else vm.cpu_model.lower() in PASSTHROUGH for vm in case.vms]
    sure = [vm for vm, is_own in zip(case.vms, own, strict=True) if is_own]
    return judge(
        all_of([_differ(source.cpu_features, destination.cpu_features, case.pair.ends), any_of(own)]),
        f"{_named(sure)} is shown the host's CPU, and {source.cpu_features} is not {destination.cpu_features}.",
        "Verify that both CPUs are equal, or that no VM is shown the host's own (cpu mode in its XML).",
    )


@rule(
    "G06",
    "forbid",
    EVERY_QEMU,
    remedy="Take the device out for the move, use virtio, or a device whose driver migrates.",
    source=cite(official=sources.QEMU_VFIO),
    platform="qemu",
)
def passed_through_devices_stay(case: Case) -> Answer:
    """A device passed through moves only if its driver migrates, never with postcopy."""
    having = [vm for vm in case.vms if vm.passthrough]
    return judge(
        True if having and case.pair.switchover.postcopy else None if having else False,
        f"{_named(having)} has a device passed through, and postcopy-ram is on: VFIO does not do postcopy.",
        f"Verify that the driver of {_named(having)}'s device supports migration (query-migrate: blocked-reasons).",
    )


@rule(
    "G07",
    "advise",
    EVERY_QEMU,
    remedy="virsh migrate --copy-storage-all, or blockdev-mirror over NBD before the memory moves.",
    source=cite(official=sources.QEMU_REMOVED),
    platform="qemu",
)
def storage_goes_over_nbd(case: Case) -> Answer:
    """Storage moves over NBD; the migration's own block copy is gone since 9.1."""
    having = [vm for vm in case.vms if vm.move == "memory_and_storage"]
    gone = any(host.os in WITHOUT_BLOCK for host in case.pair.ends)
    return judge(
        bool(having),
        f"{_named(having)}'s disks move too: mirror them over NBD; "
        + ("migrate -b was removed in 9.1." if gone else "migrate -b is slower, and gone in 9.1."),
    )
