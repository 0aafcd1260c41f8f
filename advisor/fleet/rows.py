"""Rows for VMs and hosts: numbers to four significant digits, verdicts, and reasons as codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.advice.vm_answers import findings_of, is_serious
from advisor.domain.answers import Basis, Verdict
from advisor.domain.costs import ChangeCost
from advisor.domain.estate import MoveKind
from advisor.domain.goals import Goals
from advisor.fleet.answers import Numbers
from advisor.fleet.cluster_group import Group, Sorted
from advisor.fleet.cluster_room import ClusterRoom
from advisor.fleet.digits import significant
from advisor.fleet.drains import BINDINGS
from advisor.fleet.ladder import Rung
from advisor.fleet.learning import BASES
from advisor.fleet.reasons import NOT_RECOMMENDED, REASON_WORDS, UNKNOWN
from advisor.fleet.settings import Settled
from advisor.fleet.sizing import Sized
from advisor.residual.basis import PROVEN
from advisor.units import bytes_to_gib, seconds_to_ms

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = dict[str, Any]

_SHARES = ("p05", "p50", "p95")
_CODES = tuple(REASON_WORDS)
# Columns of a host that bear on rules and links, and that completeness does not ask for.
_SELDOM_SAID = ("updated", "cpu_vendor", "cpu_features", "rdma_enabled", "balancing", "vnics", "smb_limit_mib_s")


def vm_columns(sorted_: Sorted, settled: Settled, numbers: Numbers, sized: Sized, goals: Goals) -> Columns:
    """The table `vms`."""
    table, names = sorted_.partition.table, sorted_.partition.cluster_names
    host = table.host.astype(np.intp)
    reasons = _reasons(sorted_, settled, numbers, sized, goals)
    # One bit a code: few combinations occur, and each is put into words once.
    bits = np.zeros(len(table), dtype=np.int64)
    for code, which in reasons.items():
        bits[which] |= 1 << _CODES.index(code)
    distinct, place = np.unique(bits, return_inverse=True)
    codes = [[code for i, code in enumerate(_CODES) if bit >> i & 1] for bit in distinct.tolist()]
    total, dark = significant(numbers.total[:3]), significant(seconds_to_ms(1.0) * numbers.dark[:3])
    moving = sorted_.blocked == ""
    basis = np.array([basis.value for basis in BASES], dtype=object)[numbers.basis[host]]
    converged = np.where(np.isnan(numbers.converged), None, numbers.converged == 1.0)
    return {
        "cluster": np.array(names, dtype=object)[host],
        "host": np.array([each.host for each in sorted_.partition.hosts], dtype=object)[host],
        "vm": table.vm,
        "vm_id": np.where(table.vm_id == None, "", table.vm_id),  # noqa: E711
        "memory_gib": significant(table.memory_gib),
        "verdict": np.array([_verdict(each).value for each in codes], dtype=object)[place],
        **{f"total_s_{share}": total[i] for i, share in enumerate(_SHARES)},
        **{f"blackout_ms_{share}": dark[i] for i, share in enumerate(_SHARES)},
        "passes": significant(numbers.passes),
        "sent_gib": significant(bytes_to_gib(1.0) * numbers.wire_bytes),
        "converges": converged,
        "move": np.where(table.move == None, MoveKind.MEMORY.value, table.move),  # noqa: E711
        "basis": np.where(moving, basis, Basis.PHYSICS.value),
        "completeness": significant(sorted_.vm_completeness),
        "reasons": np.array([";".join(each) for each in codes], dtype=object)[place],
    }  # fmt: skip


def _verdict(codes: list[str]) -> Verdict:
    if NOT_RECOMMENDED.intersection(codes):
        return Verdict.NOT_RECOMMENDED
    if UNKNOWN.intersection(codes):
        return Verdict.UNKNOWN
    return Verdict.CONDITIONS if codes else Verdict.READY


def _reasons(sorted_: Sorted, settled: Settled, numbers: Numbers, sized: Sized, goals: Goals) -> dict[str, Bools]:
    """By code, which VMs it is said of."""
    host = sorted_.partition.table.host.astype(np.intp)
    found: dict[str, Bools] = {code: sorted_.blocked == code for code in np.unique(sorted_.blocked.astype(str)) if code}
    moving = sorted_.blocked == ""
    forbidden, conditional, no_rdma = (np.zeros(len(sorted_.completed), dtype=np.bool_) for _ in range(3))
    for group, chosen in zip(sorted_.groups, settled.chosen, strict=True):
        if chosen is None:
            continue
        forbidden[group.hosts] = chosen.best is None
        k = (chosen.best or chosen.today).k
        conditional[group.hosts] = any(is_serious(one) for one in findings_of(group.kind.problem, k))
        no_rdma[group.hosts] = any(row[k].path.no_rdma_because for row in group.kind.problem.cases)
    found["forbidden"] = forbidden[host]
    found["rules"] = conditional[host] & moving
    found["no_rdma"] = no_rdma[host] & moving
    found["window"] = sized.missing[host] & moving
    found["not_converging"] = numbers.converged == 0.0
    found["blackout_over"], found["blackout_not_known"] = blackouts_over(sorted_, numbers, goals)
    return found


def blackouts_over(sorted_: Sorted, numbers: Numbers, goals: Goals) -> tuple[Bools, Bools]:
    """VMs whose blackout may exceed the limit, and those of which that cannot be told before measuring, (n,)."""
    host = sorted_.partition.table.host.astype(np.intp)
    if goals.max_blackout_s is None or not host.size or not sorted_.groups:
        none = np.zeros(host.size, dtype=np.bool_)
        return none, none
    limit, moving = goals.max_blackout_s, sorted_.blocked == ""
    proven = np.isin(numbers.dark_basis, [BASES.index(basis) for basis in PROVEN])
    doubtful = (limit < sorted_.groups[0].kind.problem.platform.blackout_needs_measuring_s) & ~proven[host]
    with np.errstate(invalid="ignore"):
        over = np.where(doubtful, numbers.dark[0], numbers.dark[3]) > limit
    return over & moving, doubtful & ~over & moving


def host_columns(
    sorted_: Sorted,
    settled: Settled,
    numbers: Numbers,
    sized: Sized,
    room: ClusterRoom,
    goals: Goals,
    costs: tuple[ChangeCost, ...],
) -> Columns:
    """The table `hosts`."""
    partition = sorted_.partition
    hosts = len(partition.hosts)
    of_host = partition.table.host.astype(np.intp)
    still = np.bincount(of_host[sorted_.blocked != ""], minlength=hosts)
    count = np.bincount(of_host, minlength=hosts)
    memory = np.bincount(of_host, weights=partition.table.memory_gib, minlength=hosts)
    empty = (count == 0) & (room.missed == 0)
    drain = significant(np.where(empty, 0.0, numbers.drain[:3]))
    dark = significant(np.where(empty, 0.0, seconds_to_ms(1.0) * numbers.host_dark))
    titles: dict[str, str] = {row.change: row.title for row in costs}
    setting, limits = (np.full(hosts, "", dtype=object) for _ in range(2))
    limits[:] = np.where(empty, "none", "unknown")
    forbidden = np.zeros(hosts, dtype=np.bool_)
    for group, chosen in zip(sorted_.groups, settled.chosen, strict=True):
        for host in group.hosts[numbers.binding[group.hosts] >= 0].tolist():
            limits[host] = limit_of(sorted_, numbers, group, host)
        if chosen is not None:
            setting[group.hosts] = (chosen.best or chosen.today).option.label
            forbidden[group.hosts] = (chosen.best is None) & (count[group.hosts] > 0)
    rungs = [sized.rung.get(host) for host in range(hosts)]
    return {
        "cluster": list(partition.cluster_names),
        "host": [host.host for host in partition.hosts],
        "vms": count,
        "memory_gib": significant(memory),
        "setting": setting,
        **{f"drain_s_{share}": drain[i] for i, share in enumerate(_SHARES)},
        "drain_today_s_p50": significant(np.where(empty, 0.0, numbers.today_s)),
        "blackout_ms_p50": dark[1],
        "blackout_ms_p95": dark[2],
        "limit": limits,
        "window": _windows(sized, (still > 0) | forbidden | room.kept_from(), goals),
        "helps": [
            told_rung(rung, titles) if rung is not None else sized.why_none.get(host, "")
            for host, rung in enumerate(rungs)
        ],
        "helps_codes": ["+".join(rung.codes) if rung is not None else "" for rung in rungs],
        "helped_s_p50": significant([sized.p50.get(host, np.nan) for host in range(hosts)]),
        "helped_s_p95": significant([sized.p95.get(host, np.nan) for host in range(hosts)]),
        "basis": [BASES[basis].value if basis >= 0 else "physics" for basis in numbers.basis.tolist()],
        "completeness": significant(sorted_.completeness),
        "assumed": [";".join(columns) for columns in _assumed(sorted_)],
        "not_moving": still,
        "missed": room.missed,
        "obstacles": _obstacles(sorted_, room, forbidden),
    }


def _obstacles(sorted_: Sorted, room: ClusterRoom, forbidden: Bools) -> list[str]:
    """By host, the codes of what stands in the way of emptying it: those of VMs that cannot be timed, then its own."""
    blocked, host = sorted_.blocked, sorted_.partition.table.host
    found: list[list[str]] = [[] for _ in forbidden]
    (rows,) = np.nonzero(blocked != "")
    pairs = set(zip(host[rows].tolist(), blocked[rows].tolist(), strict=True))
    of_vms = {code: [at for at, own in pairs if own == code] for code in REASON_WORDS}
    of_hosts = {code: np.flatnonzero(which).tolist() for code, which in room.by_code().items()}
    for code, hosts in (of_vms | {"forbidden": np.flatnonzero(forbidden).tolist()} | of_hosts).items():
        for at in hosts:
            found[at].append(code)
    return [";".join(codes) for codes in found]


def _assumed(sorted_: Sorted) -> list[tuple[str, ...]]:
    """By host, the columns that were taken from defaults, those included that few exports have."""
    pairs = zip(sorted_.partition.hosts, sorted_.completed, sorted_.assumed_columns, strict=True)
    return [
        (*columns, *(name for name in _SELDOM_SAID if getattr(said, name) is None and getattr(done, name) is not None))
        for said, done, columns in pairs
    ]


def _windows(sized: Sized, staying: Bools, goals: Goals) -> list[str]:
    """How each host stands to the window: what does not move, or may not, or finds no room, is never within it."""
    if goals.window_s is None:
        return ["none"] * staying.size
    found = np.where(staying, "unknown", "meets").astype(object)
    found[sized.missing] = "misses"
    words: list[str] = found.tolist()
    return words


def told_rung(rung: Rung, titles: Mapping[str, str]) -> str:
    """A change that helps, in words, and the setting it makes."""
    return f"{' + '.join(titles[code] for code in rung.codes)} ({rung.setting})"


def limit_of(sorted_: Sorted, numbers: Numbers, group: Group, host: int) -> str:
    """What holds a host's drain up: a cap where that is what its links are held to."""
    which, k = int(numbers.binding[host]), int(numbers.k[host])
    if which < 0:
        return "none"
    name = BINDINGS[which]
    if name in {"link", "slots"}:
        paths = [row[k].path for row in group.kind.problem.cases]
        capped = all(
            path.cap_bytes_s <= path.line_rate_bytes_s * path.expected_members / len(path.members) for path in paths
        )
        return "cap" if capped else name
    return name
