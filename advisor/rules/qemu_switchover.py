"""QEMU: when a move ends, and what makes it end (S01 to S08)."""

from __future__ import annotations

import math
from typing import Final

from advisor.domain.dirtying import Dirtying, dirtying_of
from advisor.domain.hosts import Os
from advisor.domain.options import Transport
from advisor.domain.vms import Vm
from advisor.paths.path import Case
from advisor.platforms.qemu_ways import DEFAULT_BLACKOUT_LIMIT_MS
from advisor.precopy.throttle import THROTTLE_TRIGGER
from advisor.rules import sources
from advisor.rules.facts import asks_rdma, ends_running, most_members, named
from advisor.rules.logic import judge
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY_QEMU, since
from advisor.units import MIB, ms_to_seconds, seconds_to_ms

WITH_DIRTY_LIMIT: Final = since(Os.QEMU_8_1)
WITH_SWITCHOVER_BANDWIDTH: Final = since(Os.QEMU_8_2)
MOST_THROTTLE: Final = 0.99
"""max-cpu-throttle."""
_ROUNDS: Final = 40


def _wire_bytes_s(case: Case) -> float:
    """The most that one move can send, with the best of luck."""
    path = case.path
    line = path.line_rate_bytes_s * min(most_members(case) / len(path.members), 1.0)
    return min(line, path.cap_bytes_s)


def _limit_s(case: Case) -> float:
    return ms_to_seconds(case.pair.switchover.blackout_limit_ms or DEFAULT_BLACKOUT_LIMIT_MS)


def settles_at(dirtying: Dirtying, memory_bytes_s: float, *, sequential: bool = False) -> float:
    """The size that passes settle at, where they do not shrink away [bytes].

    The largest V with V = D(V / B), D(t) = W (1 - exp(-r t / W)) or, of a sequential writer, min(W, r t): each pass
    copies what got dirty during the one before. Zero where the VM dirties less than is copied.

    Examples
    --------
    >>> slow, fast = (Dirtying(rate, 1e9, 1.0, given=True) for rate in (0.5e9, 2e9))
    >>> settles_at(slow, 1e9), round(settles_at(fast, 1e9) / 1e9, 2), settles_at(fast, 1e9, sequential=True)
    (0.0, 0.8, 1000000000.0)
    """
    rate, size = dirtying.rate_bytes_s, dirtying.set_bytes
    if rate <= memory_bytes_s or size <= 0:
        return 0.0
    if sequential:
        return size
    # Newton from above: v - 1 + exp(-a v) is convex, so that it never steps past the larger root.
    over, share = rate / memory_bytes_s, 1.0
    for _ in range(_ROUNDS):
        left = math.exp(-over * share)
        share -= (share - 1.0 + left) / (1.0 - over * left)
    return size * share


def _endless(case: Case) -> tuple[list[Vm], list[Vm]]:
    """The VMs whose passes never fit the limit: those of which that is known, and those that might."""
    switchover = case.pair.switchover
    if switchover.auto_converge or switchover.max_passes is not None or switchover.postcopy:
        return [], []
    known: list[Vm] = []
    possible: list[Vm] = []
    wire = _wire_bytes_s(case)
    for vm in case.vms:
        dirtying = dirtying_of(vm)
        ratio = dirtying.compression_ratio if case.option.transport is Transport.COMPRESSION else 1.0
        left = settles_at(dirtying, wire * ratio, sequential=vm.dirty_pattern == "sequential")
        if left > wire * _limit_s(case):
            (known if dirtying.given else possible).append(vm)
    return known, possible


def _listed(vms: list[Vm]) -> str:
    """Names of VMs, three at most."""
    names = list(dict.fromkeys(vm.name for vm in vms))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _mib_s(bytes_s: float) -> str:
    return f"{bytes_s / MIB:,.0f} MiB/s"


@rule(
    "S01",
    "forbid",
    EVERY_QEMU,
    remedy="Auto-converge, postcopy, a higher downtime-limit, or a faster way.",
    source=cite(official=sources.QEMU_MIGRATION + ", migration_iteration_run: no limit of passes"),
    platform="qemu",
)
def move_never_converges(case: Case) -> Answer:
    """A VM that dirties more than is sent, and more than may be left, never moves."""
    known, possible = _endless(case)
    wire, limit_ms = _wire_bytes_s(case), seconds_to_ms(_limit_s(case))
    if known:
        rate = _mib_s(max(dirtying_of(vm).rate_bytes_s for vm in known))
        return judge(
            True, f"{_listed(known)} dirties {rate} against {_mib_s(wire)} at most; {limit_ms:g} ms is never enough."
        )
    return judge(
        None if possible else False,
        "",
        f"Verify how fast {_listed(possible)} dirties memory (calc-dirty-rate): above {_mib_s(wire)} it never moves.",
    )


@rule(
    "S02",
    "warn",
    EVERY_QEMU,
    remedy="A faster way, or cpu-throttle-increment and max-cpu-throttle lower than their 10 and 99 %.",
    source=cite(official=(sources.QEMU_THROTTLE, sources.QEMU_SCHEMA)),
    platform="qemu",
)
def auto_converge_slows_the_vm(case: Case) -> Answer:
    """Auto-converge slows the VM until it dirties half of what is sent, by up to 99 %."""
    if not case.pair.switchover.auto_converge:
        return DOES_NOT
    enough = _wire_bytes_s(case) * THROTTLE_TRIGGER
    fast = [vm for vm in case.vms if dirtying_of(vm).rate_bytes_s > enough]
    known = [vm for vm in fast if dirtying_of(vm).given]
    rate = max((dirtying_of(vm).rate_bytes_s for vm in known or fast), default=enough)
    share = min(1 - enough / rate, MOST_THROTTLE) if rate > 0 else 0.0
    return judge(
        True if known else None if fast else False,
        f"{_listed(known)} dirties {_mib_s(rate)}: QEMU takes about {share:.0%} of its processors to get to "
        f"{_mib_s(enough)}.",
        f"Verify the dirty rate of {_listed(fast)} (calc-dirty-rate): above {_mib_s(enough)} QEMU slows the VM down.",
    )


@rule(
    "S03",
    "advise",
    EVERY_QEMU,
    remedy="migrate_set_parameter downtime-limit MS; virsh migrate-setmaxdowntime VM MS.",
    source=cite(official=(sources.QEMU_SCHEMA, sources.QEMU_MIGRATION)),
    platform="qemu",
)
def downtime_limit_is_a_choice(case: Case) -> Answer:
    """QEMU lets a VM be dark for 300 ms where nobody sets a downtime limit."""
    left = _wire_bytes_s(case) * _limit_s(case)
    return judge(
        case.pair.switchover.blackout_limit_ms is None,
        f"No downtime limit is given: at 300 ms up to {left / MIB:,.0f} MiB are left for the blackout, "
        "devices not counted.",
    )


@rule(
    "S04",
    "advise",
    EVERY_QEMU,
    remedy="migrate_set_capability postcopy-ram on at both ends; virsh migrate --postcopy.",
    source=cite(official=sources.QEMU_POSTCOPY),
    platform="qemu",
)
def postcopy_always_ends(case: Case) -> Answer:
    """Postcopy ends whatever the VM dirties, but loses it if either side fails."""
    if asks_rdma(case):
        return DOES_NOT
    known, possible = _endless(case)
    return judge(
        True if known else None if possible else False,
        f"{_listed(known)} would not converge: postcopy moves it in one pass, but a failure on either side loses it.",
        f"Verify how fast {_listed(possible)} dirties memory; if it does not converge, postcopy would move it.",
    )


@rule(
    "S05",
    "warn",
    EVERY_QEMU,
    remedy="migrate-recover, and migrate with resume, must be ready; no postcopy over a doubtful network.",
    source=cite(official=sources.QEMU_POSTCOPY),
    platform="qemu",
)
def postcopy_risks_the_vm(case: Case) -> Answer:
    """In postcopy the memory is on both hosts: if one of them fails, the VM is lost."""
    return judge(
        case.pair.switchover.postcopy,
        f"postcopy-ram is on: once it starts, a failure of {named(case.pair.ends)} loses the VM; a broken network "
        "only halts it.",
    )


@rule(
    "S06",
    "advise",
    WITH_DIRTY_LIMIT,
    remedy="-accel kvm,dirty-ring-size=4096, and migrate_set_capability dirty-limit on instead.",
    source=cite(official=(sources.QEMU_DIRTY_LIMIT, sources.QEMU_OPTIONS)),
    platform="qemu",
)
def dirty_limit_spares_readers(case: Case) -> Answer:
    """dirty-limit slows only the processors that write, auto-converge all of them."""
    able = ends_running(case, WITH_DIRTY_LIMIT)
    return judge(
        case.pair.switchover.auto_converge and case.pair.source in able,
        f"Auto-converge slows every processor alike; {case.pair.source.name} could limit the writing ones "
        "(needs KVM's dirty ring).",
    )


@rule(
    "S07",
    "advise",
    EVERY_QEMU,
    remedy="virsh migrate --timeout SECONDS --timeout-suspend, or stop the VM over QMP and let it finish.",
    source=cite(official=sources.QEMU_MIGRATION, measured="own lab"),
    platform="qemu",
)
def pass_limit_comes_from_outside(case: Case) -> Answer:
    """QEMU has no pass limit: switchovers are forced from outside, the rest is dark."""
    passes = case.pair.switchover.max_passes
    return judge(
        passes is not None,
        f"After {passes} passes the VM is stopped from outside: all that is dirty then is its blackout.",
    )


@rule(
    "S08",
    "advise",
    WITH_SWITCHOVER_BANDWIDTH,
    remedy="migrate_set_parameter avail-switchover-bandwidth to what the link really has free.",
    source=cite(official=sources.QEMU_SCHEMA),
    platform="qemu",
)
def capped_moves_misjudge_the_switchover(case: Case) -> Answer:
    """QEMU reckons the switchover with the capped rate, unless told what the link has."""
    path = case.path
    return judge(
        path.cap_bytes_s < path.line_rate_bytes_s and case.pair.source.os in WITH_SWITCHOVER_BANDWIDTH,
        f"{path.cap_name[:1].upper()}{path.cap_name[1:]} holds passes to {_mib_s(path.cap_bytes_s)}; the switchover "
        f"is reckoned with that, not {_mib_s(path.line_rate_bytes_s)}.",
    )
