"""Batches, drains and patch nights made by hand, for every report to show."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from advisor.domain.answers import Assumption, Basis, Interval, Verdict
from advisor.domain.drain import (
    Blocker,
    Check,
    DrainAnswer,
    Help,
    NodeLoad,
    PatchAnswer,
    PatchStep,
    PlannedMove,
)
from advisor.domain.fleet import BATCH_TABLES, BatchSummary, ClusterRow, CurveRow, HostRow, SetAside, VmRow
from advisor.domain.goals import Goals, Risk
from advisor.domain.options import Transport
from advisor.domain.word import Word

HOSTILE = "<script>alert(1)</script>|`x`*_[a](http://evil.example)\x1b[31m\n=1+1\u202e"
FORMULA = '=HYPERLINK("http://evil.example","x")'
GOALS = Goals(window_s=7200, max_blackout_s=5)
ASSUMPTIONS = (
    Assumption(what="host.nic_gbps", value="10 (10 to 25) for 3 hosts", why="data/defaults.csv; assumption"),
    Assumption(what="vm.workload", value="typical for 118 VMs", why="data/defaults.csv; a server nobody measured"),
)


def schema_of(word: type[Word]) -> pa.Schema:
    """Columns of a table as Arrow has them."""
    kinds = {float: pa.float64(), int: pa.int64(), bool: pa.bool_()}

    def kind(annotation: object) -> pa.DataType:
        origin = typing.get_origin(annotation)
        members = typing.get_args(annotation) if origin in {typing.Union, types.UnionType} else (annotation,)
        return next((kinds[member] for member in members if member in kinds), pa.string())

    return pa.schema([(name, kind(one.annotation)) for name, one in word.model_fields.items()])


@dataclass(frozen=True)
class TablesInMemory:
    """Tables of a batch as words, given out a few rows at a time."""

    summary: BatchSummary
    held: dict[str, Sequence[Word]] = field(default_factory=dict)
    size: int = 3

    def rows(self, name: str) -> int:
        return len(self.held.get(name, ()))

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        rows, schema = self.held.get(name, ()), schema_of(BATCH_TABLES[name])
        for start in range(0, len(rows), self.size):
            dumped = [row.model_dump(mode="json") for row in rows[start : start + self.size]]
            yield pa.RecordBatch.from_pylist(dumped, schema=schema)


@dataclass(frozen=True)
class RepeatedVms(TablesInMemory):
    """Tables whose VMs are one batch over and over: as many rows as wanted, without holding them."""

    times: int = 1

    def rows(self, name: str) -> int:
        return super().rows(name) * (self.times if name == "vms" else 1)

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        for _ in range(self.times if name == "vms" else 1):
            yield from super().batches(name)


def vm_row(i: int = 0, **more: object) -> VmRow:
    facts: dict[str, object] = {
        "cluster": "CL-01",
        "host": "HV-01",
        "vm": f"app-{i:04}",
        "vm_id": f"6f9619ff-{i:04}",
        "memory_gib": 16.0,
        "verdict": Verdict.CONDITIONS if i % 3 else Verdict.READY,
        "total_s_p05": 12.31,
        "total_s_p50": 15.5,
        "total_s_p95": 22.04,
        "blackout_ms_p05": 120.4,
        "blackout_ms_p50": 310.2,
        "blackout_ms_p95": 1204.0,
        "passes": 3.4,
        "sent_gib": 17.21,
        "converges": True,
        "move": "memory",
        "basis": Basis.EXTRAPOLATED,
        "completeness": 0.62,
        "reasons": "blackout_unknown;verify" if i % 3 else "",
    }
    return VmRow(**(facts | more))


def unknown_vm(name: str = "files-01") -> VmRow:
    nothing = dict.fromkeys(
        ("total_s_p05", "total_s_p50", "total_s_p95", "blackout_ms_p05", "blackout_ms_p50", "blackout_ms_p95")
    )
    more = {"passes": None, "sent_gib": None, "converges": None, "reasons": "disk_unknown"}
    return vm_row(vm=name, verdict=Verdict.UNKNOWN, move="shared_nothing", **nothing, **more)


def host_row(i: int = 1, drain_s: float = 3000.0, window: str = "meets", **more: object) -> HostRow:
    facts: dict[str, object] = {
        "cluster": f"CL-{(i - 1) // 4 + 1:02}",
        "host": f"HV-{i:02}",
        "vms": 40,
        "memory_gib": 640.0,
        "setting": "SMB + jumbo, 4 at a time",
        "drain_s_p05": drain_s * 0.8,
        "drain_s_p50": drain_s,
        "drain_s_p95": drain_s * 1.4,
        "drain_today_s_p50": drain_s * 2.5,
        "blackout_ms_p50": 420.0,
        "blackout_ms_p95": 2100.0,
        "limit": "link",
        "window": window,
        "helps": "",
        "helps_codes": "",
        "helped_s_p50": None,
        "helped_s_p95": None,
        "basis": Basis.EXTRAPOLATED,
        "completeness": 0.7,
        "assumed": "host.nic_gbps;vm.workload",
        "not_moving": 0,
    }
    return HostRow(**(facts | more))


def missing_host(i: int, drain_s: float = 9000.0) -> HostRow:
    if i % 2:
        return host_row(
            i,
            drain_s,
            "misses",
            helps="4 moves at a time and a second 10 Gbit/s NIC",
            helps_codes="limit+nic",
            helped_s_p50=drain_s / 2,
            helped_s_p95=drain_s * 0.7,
        )
    return host_row(
        i, drain_s, "misses", limit="per_vm", helps="no network change helps: the serial cost of each VM binds"
    )


def cluster_row(i: int = 1, missing: int = 0, **more: object) -> ClusterRow:
    facts: dict[str, object] = {
        "cluster": f"CL-{i:02}",
        "hosts": 4,
        "vms": 160,
        "memory_gib": 2560.0,
        "verdict": Verdict.CONDITIONS,
        "setting": "SMB + jumbo, 4 at a time",
        "transport": Transport.MULTICHANNEL,
        "simultaneous": 4,
        "cap_mib_s": None,
        "changes": "performance option on all nodes: Compression -> SMB (online); "
        "jumbo frames on all migration NICs and switch ports: on 0 of 8 NICs -> MTU 9000 (disruptive)",
        "why": "least time of 9 settings: 50 min against 2 h 5 min today",
        "runner_up": "Compression, 4 at a time",
        "runner_up_why": "12 min slower",
        "rejected": "SMB Direct (R01)",
        "verify": "M04;M05",
        "drain_s_p50": 3000.0 + 1000 * missing,
        "drain_s_p95": 4200.0 + 1400 * missing,
        "today_s_p50": 7500.0,
        "all_hosts_s_p50": 12000.0,
        "blackout_ms_p95": 2100.0,
        "hosts_missing": missing,
        "helps": "a second 10 Gbit/s NIC in 2 hosts" if missing else "",
        "basis": Basis.EXTRAPOLATED,
    }
    return ClusterRow(**(facts | more))


def curve_of(host: HostRow, window_s: float = 7200.0) -> list[CurveRow]:
    return [
        CurveRow(
            cluster=host.cluster,
            host=host.host,
            transport=Transport.MULTICHANNEL,
            nic_gbps=speed,
            nic_count=count,
            drain_s_p50=(drain := max(host.drain_s_p50 * 10 / speed / count, 1500.0)),
            drain_s_p95=drain * 1.4,
            meets=drain * 1.2 <= window_s,
        )
        for count in (1, 2, 4)
        for speed in (10.0, 25.0, 40.0, 100.0)
    ]


def aside(line: int = 7, **more: object) -> SetAside:
    facts: dict[str, object] = {
        "file": "vInfo.csv",
        "line": line,
        "sheet": "",
        "name": "sql-02",
        "column": "Memory",
        "value": "n/a",
        "reason": "is not a number of MiB",
        "mend": "write assigned memory in MiB",
    }
    return SetAside(**(facts | more))


def summary(**more: object) -> BatchSummary:
    facts: dict[str, object] = {
        "inventory": ("vInfo.csv", "vHost.csv"),
        "formats": ("RVTools 4.x as CSV, tab vInfo", "RVTools 4.x as CSV, tab vHost"),
        "goals": GOALS,
        "clusters": 5,
        "hosts": 20,
        "vms": 800,
        "memory_gib": 12800.0,
        "rows_read": 812,
        "rows_set_aside": 12,
        "verdicts": {"ready": 200, "ready with conditions": 560, "not recommended": 30, "unknown": 10},
        "reasons": {"blackout_unknown": 560, "disk_unknown": 10, "blackout_long": 30},
        "set_aside": {"is not a number of MiB": 10, "has no host": 2},
        "limits": {"link": 14, "per_vm": 6},
        "hosts_missing": 6,
        "hosts_unknown": 1,
        "helped_by": {"limit+nic": 3, "": 3},
        "drain_s_p50_longest": 9500.0,
        "drain_s_p95_longest": 13300.0,
        "settings": {"SMB + jumbo, 4 at a time": 4, "Compression, 2 at a time": 1},
        "assumptions": ASSUMPTIONS,
        "reason_words": {
            "blackout_unknown": "a blackout limit below 3 s cannot be judged before calibration",
            "disk_unknown": "disk size, write rate or storage rate is not known",
            "blackout_long": "the blackout may be longer than allowed",
        },
        "card": "hyperv 2026-11 (shipped)",
    }
    return BatchSummary(**(facts | more))


def empty() -> TablesInMemory:
    nothing: dict[str, object] = dict.fromkeys(
        ("clusters", "hosts", "vms", "rows_read", "rows_set_aside", "hosts_missing", "hosts_unknown"), 0
    )
    counts: dict[str, object] = {
        name: {} for name in ("verdicts", "reasons", "set_aside", "limits", "helped_by", "settings", "reason_words")
    }
    zeros = {"memory_gib": 0.0, "drain_s_p50_longest": 0.0, "drain_s_p95_longest": 0.0}
    return TablesInMemory(summary(inventory=(), formats=(), assumptions=(), **nothing, **counts, **zeros))


def one() -> TablesInMemory:
    """One host that stands alone, no window."""
    host = host_row(1, 95.0, "none", cluster="HV-01", vms=1, memory_gib=16.0, setting="SMB")
    cluster = cluster_row(cluster="HV-01", hosts=1, vms=1, memory_gib=16.0, setting="SMB", changes="", simultaneous=2)
    return TablesInMemory(
        summary(
            goals=Goals(),
            clusters=1,
            hosts=1,
            vms=1,
            memory_gib=16.0,
            rows_read=1,
            rows_set_aside=0,
            verdicts={"ready": 1},
            reasons={},
            set_aside={},
            limits={"link": 1},
            hosts_missing=None,
            hosts_unknown=0,
            helped_by={},
            settings={"SMB": 1},
            drain_s_p50_longest=95.0,
            drain_s_p95_longest=133.0,
        ),
        {"clusters": [cluster], "hosts": [host], "vms": [vm_row()]},
    )


def many(hosts: int = 20, missing: int = 6) -> TablesInMemory:
    misses = [missing_host(i, 9000.0 + 100 * i) for i in range(1, missing + 1)]
    rest = [host_row(i, 1000.0 + 100 * i) for i in range(missing + 1, hosts + 1)]
    rows = [*misses, *rest]
    clusters = [
        cluster_row(i + 1, sum(row.window == "misses" for row in rows[4 * i : 4 * i + 4]))
        for i in range((hosts + 3) // 4)
    ]
    return TablesInMemory(
        summary(clusters=len(clusters), hosts=hosts, hosts_missing=missing),
        {
            "clusters": clusters,
            "hosts": rows,
            "vms": [*(vm_row(i) for i in range(9)), unknown_vm()],
            "curves": [row for host in misses for row in curve_of(host)],
            "set_aside": [aside(line) for line in range(2, 12)],
        },
    )


def hostile() -> TablesInMemory:
    """Names and values that would run, break out or be cut."""
    host = missing_host(1).model_copy(update={"cluster": HOSTILE, "host": HOSTILE, "setting": HOSTILE})
    cluster = cluster_row(
        1, 1, cluster=HOSTILE, setting=HOSTILE, changes=f"{HOSTILE} (online); {FORMULA} (disruptive)", why=HOSTILE
    )
    return TablesInMemory(
        summary(
            inventory=(HOSTILE,),
            note=HOSTILE,
            settings={HOSTILE: 1},
            assumptions=(Assumption(what=FORMULA, value=HOSTILE, why=HOSTILE),),
            reason_words={"blackout_unknown": HOSTILE},
            set_aside={HOSTILE: 1},
            card=HOSTILE,
        ),
        {
            "clusters": [cluster],
            "hosts": [host.model_copy(update={"helps": HOSTILE * 3})],
            "vms": [
                vm_row(vm=name, host=HOSTILE, cluster=HOSTILE)
                for name in (HOSTILE, FORMULA, "+1", "-1", "@x", "\t=1", "http://evil.example", "x" * 40_000)
            ],
            "curves": curve_of(host),
            "set_aside": [aside(name=HOSTILE, value=FORMULA, line=None)],
        },
    )


BATCHES = {"empty": empty, "one": one, "many": many, "large": lambda: many(200, 120), "hostile": hostile}


def around(middle: float, low: float = 0.85, high: float = 1.3) -> Interval:
    return Interval(p05=middle * low, p50=middle, p95=middle * high)


def move(order: int, start_s: float, time_s: float, **more: object) -> PlannedMove:
    facts: dict[str, object] = {
        "order": order,
        "vm": f"app-{order:04}",
        "memory_gib": 16.0,
        "source": "HV-01",
        "destination": f"HV-{order % 3 + 2:02}",
        "way": "live",
        "start_s": around(start_s),
        "end_s": around(start_s + time_s),
        "dark_s": Interval(p05=0.1, p50=0.4, p95=1.9),
        "verdict": Verdict.READY,
    }
    return PlannedMove(**(facts | more))


CHECKS = (
    Check(when="before", state="go", text="Every other node is up and not paused.", how="Get-ClusterNode"),
    Check(
        when="before",
        state="verify",
        text="No backup or replica runs in the next 17 min.",
        how="Get-VM | where Status -match backup",
    ),
    Check(
        when="before", state="no-go", text="app-0007 has an image of the host in its DVD drive.", how="Get-VMDvdDrive"
    ),
    Check(
        when="during",
        state="verify",
        text="Stop when the first three moves take longer than 1 min 2 s each: calibrate before going on.",
        how="Get-ClusterGroup",
    ),
    Check(when="after", state="verify", text="HV-01 holds no running VM and is paused.", how="Get-ClusterNode HV-01"),
)
BLOCKERS = (
    Blocker(
        vm="app-0007",
        why="local_iso",
        reason="D:\\iso\\setup.iso of the host is in its DVD drive",
        mend="Eject it: Set-VMDvdDrive -Path $null",
    ),
    Blocker(
        vm="sql-01",
        why="endless",
        reason="it dirties 900 MiB/s where the link carries 1,100 MiB/s: forced after 5 passes, dark for 12 s",
        mend="Move it when it is quiet, or accept the outage",
        blocks=False,
    ),
)
NODES = (
    NodeLoad(node="HV-01", memory_gib=768, before_gib=640, after_gib=0, most_gib=640, cpu_before=0.42, cpu_after=0.02),
    NodeLoad(
        node="HV-02",
        memory_gib=768,
        before_gib=320,
        after_gib=540,
        most_gib=556,
        cpu_before=0.3,
        cpu_after=0.45,
        moves_in=13,
    ),
    NodeLoad(
        node="HV-03",
        memory_gib=None,
        before_gib=300,
        after_gib=520,
        most_gib=536,
        cpu_before=None,
        cpu_after=None,
        moves_in=14,
    ),
)


def drain(count: int = 24, **more: object) -> DrainAnswer:
    planned = tuple(
        move(
            i + 1,
            41.0 * (i // 3),
            41.0 if i % 5 else 75.0,
            **({"way": "quick", "dark_s": around(20.0)} if i % 8 == 7 else {}),
        )
        for i in range(count)
    )
    facts: dict[str, object] = {
        "cluster": "CL-01",
        "host": "HV-01",
        "mode": "planned",
        "setting": "SMB + jumbo, 3 at a time",
        "feasible": True,
        "goals": Goals(window_s=1800, risk=Risk.CONSERVATIVE),
        "end_s": around(max((one.end_s.p50 for one in planned), default=0.0)),
        "bound_s": 300.0,
        "bound_by": "the slots of both ends",
        "window": "meets",
        "limit": "the number of simultaneous moves",
        "moves": planned,
        "blockers": BLOCKERS,
        "nodes": NODES,
        "checks": CHECKS,
        "assumptions": ASSUMPTIONS,
        "card": "hyperv 2026-11 (shipped)",
    }
    return DrainAnswer(**(facts | more))


def no_plan() -> DrainAnswer:
    constraint = "big-01 needs 512 GiB; of the nodes it may run on, HV-02 has most room: 228 GiB with N+1 kept"
    return drain(0, feasible=False, constraint=constraint, end_s=None, bound_s=None, window="none", nodes=())


def hostile_drain() -> DrainAnswer:
    return drain(
        cluster=HOSTILE,
        host=HOSTILE,
        setting=HOSTILE,
        moves=(
            move(1, 0.0, 40.0, vm=HOSTILE, destination=HOSTILE, verdict=Verdict.UNKNOWN, reasons=(HOSTILE,)),
            move(2, 0.0, 30.0, vm="# 1. - x", source=HOSTILE),
        ),
        blockers=(Blocker(vm=HOSTILE, why="no_room", reason=HOSTILE, mend=HOSTILE),),
        nodes=(NODES[0].model_copy(update={"node": HOSTILE}),),
        checks=(Check(when="before", state="no-go", text=HOSTILE, how=HOSTILE),),
        assumptions=(Assumption(what=HOSTILE, value=HOSTILE, why=HOSTILE),),
        limit=HOSTILE,
        card=HOSTILE,
    )


DRAINS = {
    "empty": lambda: drain(0, bound_s=None, blockers=(), nodes=(), checks=(), assumptions=()),
    "one": lambda: drain(1),
    "some": drain,
    "native": lambda: drain(mode="native", goals=Goals(), window="none", bound_s=None),
    "many": lambda: drain(480),
    "no plan": no_plan,
    "never ends": lambda: drain(3, end_s=None, constraint="sql-01 does not converge and nobody ends it"),
    "hostile": hostile_drain,
}

STEPS = (("drain", 900.0), ("update", 1500.0), ("resync", 1200.0), ("fail_back", 600.0), ("health", 120.0))


def patch(nodes: int = 4, **more: object) -> PatchAnswer:
    night = sum(time for _, time in STEPS)
    steps = []
    for i in range(nodes):
        at = i * night
        for step, time in STEPS:
            moves = 24 if step in {"drain", "fail_back"} else 0
            steps.append(
                PatchStep(
                    node=f"HV-{i + 1:02}",
                    step=step,
                    start_s=around(at),
                    time_s=around(time),
                    moves=moves,
                    at_once=min(moves, 3),
                )
            )
            at += time
    facts: dict[str, object] = {
        "cluster": "CL-01",
        "nodes": nodes,
        "setting": "SMB + jumbo, 3 at a time",
        "feasible": True,
        "goals": Goals(window_s=14400),
        "total_s": around(night * nodes),
        "window": "misses",
        "shares": {step: time / night for step, time in STEPS},
        "binds": "update and reboot: 25 min for each node",
        "helps": (
            Help(
                what="Storage maintenance mode, so that less has to be resynchronised",
                total_s=around(night * nodes * 0.8),
                saves_s=night * nodes * 0.2,
            ),
            Help(
                what="4 moves at a time instead of 2", total_s=around(night * nodes * 0.9), saves_s=night * nodes * 0.1
            ),
        ),
        "steps": tuple(steps),
        "blockers": BLOCKERS,
        "checks": CHECKS,
        "assumptions": ASSUMPTIONS,
        "card": "hyperv 2026-11 (shipped)",
    }
    return PatchAnswer(**(facts | more))


def hostile_patch() -> PatchAnswer:
    return patch(
        cluster=HOSTILE,
        setting=HOSTILE,
        binds=HOSTILE,
        steps=tuple(step.model_copy(update={"node": HOSTILE}) for step in patch(1).steps),
        helps=(Help(what=HOSTILE, total_s=around(100.0), saves_s=10.0),),
        blockers=(Blocker(vm=HOSTILE, why="no_room", reason=HOSTILE, mend=HOSTILE),),
        checks=(Check(when="before", state="no-go", text=HOSTILE, how=HOSTILE),),
        assumptions=(Assumption(what=HOSTILE, value=HOSTILE, why=HOSTILE),),
        card=HOSTILE,
    )


PATCHES = {
    "empty": lambda: patch(0, total_s=around(0.0), shares={}, helps=(), blockers=(), checks=(), assumptions=()),
    "one": lambda: patch(1),
    "some": patch,
    "many": lambda: patch(64),
    "no plan": lambda: patch(
        0, feasible=False, constraint="HV-03 cannot be drained: big-01 has no room", total_s=None, window="none"
    ),
    "hostile": hostile_patch,
}
