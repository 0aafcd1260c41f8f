"""Makes the rows of a run: what was asked for, what became of it, and its passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from advisor.lab.links import beside_bytes, links_used
from advisor.lab.machine import Machine
from advisor.lab.move import Moved
from advisor.lab.turns import Turn
from advisor.lab.watch import Seen
from advisor.units import PAGE_BYTES, bytes_s_to_gbps, bytes_to_gib, gbps_to_bytes_s, mib_to_bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One run and its passes, as they are written."""

    run: Mapping[str, Any]
    passes: list[Mapping[str, Any]]


def asked(turn: Turn, guest: int) -> dict[str, Any]:
    """The columns that the plan alone decides.

    Examples
    --------
    >>> from advisor.domain.plan import LabStudy
    >>> row = asked(Turn(LabStudy(name="a", moves=[{}]), 0, 1), 0)
    >>> row["run_id"], row["transport"], row["blackout_limit_ms"]
    ('a-0-1', 'tcpip', 300)
    """
    study, vm, links, move = turn.study, turn.study.vm, turn.study.links, turn.move
    return {
        "run_id": turn.run_id(guest),
        "study": study.name,
        "batch_id": turn.batch_id,
        "repeat": turn.repeat,
        "platform": "qemu",
        "transport": move.transport.value,
        "compressor": move.compressor,
        "streams": move.streams,
        "nic_gbps": links.gbps,
        "nic_count": links.count,
        "mtu_bytes": links.mtu_bytes,
        "teaming": links.teaming,
        "rdma": "none",
        "background_gbps": study.background_gbps,
        "vm_count": 1,
        "simultaneous": study.simultaneous,
        "vm_memory_gib": bytes_to_gib(mib_to_bytes(vm.memory_mib)),
        "vcpus": 1,
        "dirty_rate_mib_s": vm.dirty_rate_mib_s,
        "working_set_gib": _rounded(bytes_to_gib(mib_to_bytes(vm.working_set_mib))),
        "dirty_pattern": vm.dirty_pattern,
        "incompressible": vm.incompressible,
        "max_passes": move.max_passes,
        "blackout_limit_ms": move.blackout_limit_ms,
        "busy_source_cores": study.busy_source_cores,
        "busy_destination_cores": study.busy_destination_cores,
        "auto_converge": int(move.auto_converge),
        "filled_gib": _rounded(bytes_to_gib(mib_to_bytes(vm.fill_mib))),
    }


def failed_rows(turn: Turn, machine: Machine, trouble: str) -> list[Row]:
    """A row for each guest of a turn that came to nothing."""
    told = {"outcome": "failed", "trouble": _on_one_line(trouble)}
    return [Row(asked(turn, guest) | _here(turn, machine) | told, []) for guest in range(turn.study.simultaneous)]


def row(
    turn: Turn,
    guest: int,
    machine: Machine,
    moved: Moved,
    seen: Seen,
    sent_by_all: float,
    rates: tuple[float | None, float | None],
) -> Row:
    """One guest's run.

    Parameters
    ----------
    sent_by_all : what this move and those beside it sent together [bytes].
    rates : page writes times page size before the move and during it [MiB/s].

    Notes
    -----
    Links and machine load are those of the whole batch: links_used, link_mib, other_cpu_share, stolen_share.
    """
    links = turn.study.links
    background = gbps_to_bytes_s(turn.study.background_gbps) / links.count * seen.seconds
    beside = beside_bytes(sum(seen.link_bytes), sent_by_all, links.mtu_bytes) / seen.seconds
    total = moved.total_s
    sent = None if moved.sent_bytes is None else float(moved.sent_bytes)
    outcome = "failed" if moved.trouble else ("forced" if moved.forced else "converged")
    found = {
        "links_used": links_used(seen.link_bytes, background),
        "vm_nonzero_gib": _rounded(_nonzero_gib(moved)),
        "total_s": total,
        "blackout_ms": moved.blackout_ms,
        "sent_gib": _rounded(None if sent is None else bytes_to_gib(sent)),
        "passes": moved.syncs,
        "outcome": outcome,
        "src_cpu_s": _rounded(moved.source_cpu_s),
        "dst_cpu_s": _rounded(moved.destination_cpu_s),
        "background_found_gbps": _rounded(bytes_s_to_gbps(beside)) if turn.study.background_gbps else 0.0,
        "dark_ms": _rounded(moved.dark_ms),
        "link_mib": " ".join(f"{count / mib_to_bytes(1):.1f}" for count in seen.link_bytes),
        "throughput_gbps": _rounded(None if sent is None or not total else bytes_s_to_gbps(sent / total)),
        "dirty_rate_before_mib_s": _rounded(rates[0]),
        "dirty_rate_during_mib_s": _rounded(rates[1]),
        "other_cpu_share": _rounded(seen.other_share),
        "stolen_share": _rounded(seen.stolen_share),
        "trouble": _on_one_line(moved.trouble),
    }
    name = turn.run_id(guest)
    passes: list[Mapping[str, Any]] = [
        {"run_id": name, "study": turn.study.name} | asdict(one) | {"seconds": _rounded(one.seconds)}
        for one in moved.passes
    ]
    return Row(asked(turn, guest) | _here(turn, machine) | found, passes)


def _here(turn: Turn, machine: Machine) -> dict[str, Any]:
    """The columns that this machine decides."""
    busy = turn.study.busy_source_cores + turn.study.busy_destination_cores
    return {
        "source": "own lab",
        "evidence": "measured",
        "platform_version": machine.version,
        "accelerator": machine.accelerator,
        "host_cores": machine.cores,
        "host_cpu_busy": round(min(busy / machine.cores, 1.0), 4),
        "core_speed": machine.core_speed,
    }


def _nonzero_gib(moved: Moved) -> float | None:
    """Memory that did not travel as a note that a page is zero; only a page or two is such a note twice."""
    if moved.memory_bytes is None or moved.zero_pages is None:
        return None
    return bytes_to_gib(float(moved.memory_bytes - moved.zero_pages * PAGE_BYTES))


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _on_one_line(text: str) -> str:
    """A file of runs can be mended after a crash because a row is a line."""
    return " ".join(text.split())
