"""Answers made by hand, with numbers such as the seed's lab gives, for every report to show."""

from itertools import pairwise
from typing import Any

from advisor.domain.answers import (
    AcceptanceTest,
    Assumption,
    Basis,
    CpuCores,
    Estimate,
    Fallback,
    Finding,
    Interval,
    Measurement,
    Mode,
    OptionAnswer,
    PassRow,
    RateStep,
    Recommendation,
    TierAnswer,
    Verdict,
    VmAnswer,
)
from advisor.domain.goals import Goals
from advisor.domain.options import Change, Tier, Transport

HOSTILE = "<script>alert(1)</script></svg>[bold]\x1b[31m=1+1\u202e"

SMB = Change(
    code="transport",
    tier=Tier.SETTINGS,
    what="Performance option on both hosts",
    current="TCPIP",
    recommended="SMB (Set-VMHost -VirtualMachineMigrationPerformanceOption SMB)",
    disruption="online",
)
JUMBO = Change(
    code="jumbo",
    tier=Tier.TUNING,
    what="Jumbo frames on every migration NIC, both hosts, and the switch ports",
    current="on 0 of 2 NICs",
    recommended="MTU 9000 on all (*JumboPacket 9014)",
    disruption="disruptive",
)
POWER = Change(
    code="power plan",
    tier=Tier.TUNING,
    what="Windows power plan on both hosts",
    current="Balanced",
    recommended="High performance (powercfg /setactive SCHEME_MIN)",
    disruption="online",
)
C_STATES = Change(
    code="C-states off",
    tier=Tier.TUNING,
    what="C-states and C1E in the BIOS of both hosts (not a power plan)",
    current="enabled, or not known",
    recommended="disabled",
    disruption="disruptive",
)
RDMA_NICS = Change(
    code="RDMA on",
    tier=Tier.HARDWARE,
    what="RDMA on the migration NICs",
    current="switched off",
    recommended="RoCE v2 with PFC on NICs and switch",
    disruption="disruptive",
)
NOT_BOTH_ENDS = Finding(
    rule="R01",
    verdict="forbid",
    answer="holds",
    message="SMB Direct needs RDMA at both ends; neither host has it on, so SMB would use Multichannel over TCP.",
    remedy="Enable RDMA on the migration NICs of both hosts, or take Multichannel.",
    source="official: MicrosoftDocs/windowsserverdocs:WindowsServerDocs/storage/file-server/smb-direct.md",
)
OTHER_VENDOR = NOT_BOTH_ENDS.model_copy(update={"rule": "C01", "message": "Intel to AMD cannot move live."})
MTU_ON_SWITCH = Finding(
    rule="J02",
    verdict="warn",
    answer="unknown",
    message="Whether the switch passes 9014-byte packets is not known; if not, large packets are dropped.",
    remedy="Verify with ping -f -l 8972 between the hosts.",
    source="community: https://blog.workinghardinit.work/tag/jumbo-frames/",
)
FINDINGS = (
    Finding(
        rule="C03",
        verdict="warn",
        answer="holds",
        message="Every node must have the same performance option, or the move uses the source's alone.",
        remedy="Set it on both hosts.",
        source="official: Set-VMHost",
    ),
    MTU_ON_SWITCH,
    MTU_ON_SWITCH.model_copy(update={"rule": "J03"}),
    Finding(
        rule="M05",
        verdict="warn",
        answer="unknown",
        message="Whether each NIC has receive-side scaling on is not known; without it Multichannel opens one "
        "connection per NIC instead of 4.",
        remedy="Verify with Get-NetAdapterRss.",
        source="official: https://learn.microsoft.com/smb/multichannel; measured",
    ),
    Finding(
        rule="S01",
        verdict="advise",
        answer="unknown",
        message="SMB encryption is not known; it costs CPU and rate.",
        remedy="Verify with Get-SmbServerConfiguration.",
        source="official",
    ),
    Finding(
        rule="A02",
        verdict="advise",
        answer="unknown",
        message="Authentication is not known.",
        remedy="Verify with Get-VMHost; prefer Kerberos.",
        source="official",
    ),
    Finding(
        rule="D07",
        verdict="advise",
        answer="unknown",
        message="The NIC's driver is not known.",
        remedy="Take the vendor's, not the one that came with Windows.",
        source="community",
    ),
)


def around(middle: float, low: float = 0.9, high: float = 1.12) -> Interval:
    return Interval(p05=middle * low, p50=middle, p95=middle * high)


def option(label: str, median_s: float, median_blackout_ms: float = 420.0, **more: object) -> OptionAnswer:
    facts: dict[str, object] = {
        "transport": Transport.TCPIP,
        "effective": more.get("transport", Transport.TCPIP),
        "label": label,
        "tier": Tier.TODAY,
        "verdict": Verdict.CONDITIONS,
        "simultaneous": 2,
        "total_s": around(median_s),
        "blackout_ms": around(median_blackout_ms, 0.15, 5.2),
        "sent_gib": 55.2137,
        "throughput_gbps": 55.2137 * 8.59 / median_s,
        "passes": 3.0,
        "converges": True,
        "cpu_cores": CpuCores(source=1.31234, destination=1.64321),
        "basis": Basis.PUBLISHED,
        "blackout_basis": Basis.PHYSICS,
        "limit": "the packet rate of one 10 GbE NIC",
    }
    return OptionAnswer.model_validate(facts | more)


def passes(
    vm: str = "SQL01", first_s: float = 26.1, start_s: float = 1.2, memory_gib: float = 55.0
) -> tuple[PassRow, ...]:
    second, third = first_s * 0.02, 0.31
    rows = (
        (1, "pass", start_s, first_s, memory_gib, 0.4),
        (2, "pass", start_s + first_s, second, 0.4, 0.02),
        (3, "blackout", start_s + first_s + second, third, 0.02, 0.0),
    )
    return tuple(
        PassRow(
            vm=vm,
            step=step,
            number=number,
            start_s=start,
            time_s=time,
            memory_gib=memory,
            sent_gib=memory,
            dirty_left_gib=left,
        )
        for number, step, start, time, memory, left in rows
    )


def rates(rows: tuple[PassRow, ...]) -> tuple[RateStep, ...]:
    """What the wire carries where every pass sends evenly."""
    edges = sorted({0.0, *(edge for row in rows for edge in (row.start_s, row.start_s + row.time_s))})
    steps = []
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        sending = [row for row in rows if row.start_s < middle < row.start_s + row.time_s]
        gbps = sum(row.sent_gib * 8.589934592 / row.time_s for row in sending)
        steps.append(RateStep(start_s=start, end_s=end, gbps=gbps))
    return tuple(steps)


def vm(name: str = "SQL01", count: int = 1, **more: object) -> VmAnswer:
    facts: dict[str, object] = {
        "name": name,
        "count": count,
        "source": "R720-A",
        "destination": "R720-B",
        "verdict": Verdict.CONDITIONS,
        "total_s": around(28.0),
        "blackout_ms": around(420.0, 0.15, 5.2),
        "passes": 3.0,
        "sent_gib": 55.2137,
        "converges": True,
        "cpu_cores": CpuCores(source=2.1, destination=2.6),
        "basis": Basis.PUBLISHED,
        "reasons": ("verify the switch's MTU",),
    }
    return VmAnswer.model_validate(facts | more)


MULTICHANNEL = option(
    "SMB + jumbo + power plan + C-states off",
    28.0,
    transport=Transport.MULTICHANNEL,
    tier=Tier.TUNING,
    limit="the wire of both 10 GbE NICs, 18.6 Gbit/s of payload",
    changes=(SMB, JUMBO, POWER, C_STATES),
    findings=FINDINGS,
    cpu_cores=CpuCores(source=2.1, destination=2.6),
)
SMB_ONLY = option(
    "SMB",
    36.0,
    840.0,
    transport=Transport.MULTICHANNEL,
    tier=Tier.SETTINGS,
    changes=(SMB,),
    rejected_by="8 s slower than the recommended one, and its blackout is twice as long",
)
TUNED = option(
    "TCP/IP + jumbo + power plan + C-states off",
    54.0,
    tier=Tier.TUNING,
    changes=(JUMBO, POWER, C_STATES),
    rejected_by="26 s slower: TCP/IP uses one of the two NICs",
)
TODAY = option("TCP/IP", 70.0, 840.0, rejected_by="42 s slower: one NIC, no jumbo frames, cores that fall asleep")
COMPRESSION = option(
    "Compression + jumbo + power plan + C-states off",
    33.0,
    transport=Transport.COMPRESSION,
    tier=Tier.TUNING,
    cpu_cores=CpuCores(source=11.2, destination=6.4),
    rejected_by="5 s slower, and takes 11 cores at the source",
)
RDMA = option(
    "SMB Direct",
    27.0,
    transport=Transport.RDMA,
    tier=Tier.SETTINGS,
    effective=Transport.MULTICHANNEL,
    verdict=Verdict.NOT_RECOMMENDED,
    findings=(NOT_BOTH_ENDS,),
    changes=(SMB,),
    basis=Basis.PHYSICS,
    rejected_by="R01 forbids it: RDMA is off at both ends",
)
WITH_RDMA = option(
    "SMB Direct + RDMA on + jumbo + power plan + C-states off",
    26.0,
    390.0,
    transport=Transport.RDMA,
    tier=Tier.HARDWARE,
    changes=(SMB, RDMA_NICS, JUMBO, POWER, C_STATES),
    basis=Basis.PHYSICS,
    cpu_cores=CpuCores(source=0.4, destination=0.5),
    rejected_by="saves 2 s and asks for PFC on NICs and switch",
    fallback=Fallback(transport=Transport.MULTICHANNEL, total_s=around(28.0)),
)
OPTIONS = (MULTICHANNEL, WITH_RDMA, COMPRESSION, SMB_ONLY, TUNED, TODAY, RDMA)
ASSUMPTIONS = (
    Assumption(what="host.cores", value="16", why="two sockets of eight cores"),
    Assumption(what="host.cpu_busy", value="0.1", why="a lightly loaded host"),
    Assumption(
        what="vm.dirty_rate_mib_s",
        value="4 MiB/s",
        why="assumption; a Windows guest that does nothing still writes its clocks and logs",
    ),
)


def tier_of(answer: OptionAnswer) -> TierAnswer:
    return TierAnswer(
        tier=answer.tier,
        label=answer.label,
        total_s=answer.total_s,
        blackout_ms=answer.blackout_ms,
        changes=answer.changes,
    )


def seed_lab(**more: object) -> Recommendation:
    facts: dict[str, Any] = {
        "platform": "hyperv",
        "title": "Two PowerEdge R720 with dual-port 10 GbE, one VM of 55 GiB",
        "goals": Goals(),
        "recommended": MULTICHANNEL,
        "summary": "Use SMB (Multichannel) over both 10 GbE NICs with jumbo frames and power tuned: the 55 GiB VM "
        "moves in 28 s [25-31 s] instead of 1 min 10 s.",
        "why": (
            "Bound by the wire of both NICs, 18.6 Gbit/s of payload; nothing but faster NICs would be much faster.",
            "TCP/IP and Compression use one NIC at a time here: 54 s and 33 s with the same tuning.",
            "Jumbo frames and awake cores lift one NIC from 6.8 to 8.8 Gbit/s.",
        ),
        "tiers": (tier_of(TODAY), tier_of(SMB_ONLY), tier_of(MULTICHANNEL), tier_of(WITH_RDMA)),
        "options": OPTIONS,
        "vms": (vm(),),
        "timeline": passes(),
        "assumptions": ASSUMPTIONS,
        "measure_next": (
            Measurement(
                what="One move of SQL01 with SMB today",
                how="Measure-Command { Move-VM SQL01 R720-B }",
                width_before=1.244,
                width_after=1.118,
            ),
        ),
        "acceptance": AcceptanceTest(
            text="Move SQL01 to R720-B and back, three times; expect 25 s to 31 s; outside that, stop and calibrate.",
            expect_s=around(28.0),
        ),
        "card": "hyperv 2026-11",
    }
    facts |= more
    return Recommendation.model_validate({"rates": rates(facts["timeline"])} | facts)


def cluster(vms: int = 40) -> Recommendation:
    names = tuple(f"VM{i:02d}" for i in range(1, vms + 1))
    return seed_lab(
        title="Cluster of four nodes",
        goals=Goals(max_blackout_s=5.0, max_blackout_name="wsfc-2016", window_s=7200.0),
        vms=tuple(vm(name, source=f"N{i % 4 + 1}", destination=f"N{(i + 1) % 4 + 1}") for i, name in enumerate(names)),
        timeline=tuple(row for i, name in enumerate(names) for row in passes(name, 9.0, (i // 2) * 9.5, 16.0)),
    )


def nothing_allowed() -> Recommendation:
    return Recommendation(
        platform="hyperv",
        goals=Goals(),
        summary="No option is allowed: every one breaks a rule.",
        why=("C01: the hosts' CPUs come from different vendors.",),
        options=(
            RDMA,
            option(
                "TCP/IP",
                70.0,
                verdict=Verdict.NOT_RECOMMENDED,
                rejected_by="C01 forbids it",
                findings=(OTHER_VENDOR,),
            ),
        ),
        card="hyperv 2026-11",
    )


def blackout_unknown() -> Recommendation:
    unsure = MULTICHANNEL.model_copy(update={"verdict": Verdict.UNKNOWN})
    reason = "a limit of 1 s is below what can be told without runs of your own"
    return seed_lab(
        goals=Goals(max_blackout_s=1.0),
        recommended=unsure,
        options=(unsure, *OPTIONS[1:]),
        vms=(vm(verdict=Verdict.UNKNOWN, reasons=(reason,)),),
    )


def hashed_team() -> Recommendation:
    luck = option(
        "TCP/IP",
        40.0,
        verdict=Verdict.READY,
        limit="flows hashed over a team of two",
        modes=(Mode(members=2.0, probability=0.5, total_s=29.0), Mode(members=1.0, probability=0.5, total_s=54.0)),
        total_s=Interval(p05=27.0, p50=40.0, p95=61.0),
    )
    return seed_lab(recommended=luck, options=(luck, RDMA), tiers=())


def rdma_fallback() -> Recommendation:
    return seed_lab(recommended=WITH_RDMA.model_copy(update={"rejected_by": None}), options=(WITH_RDMA, RDMA))


def hostile() -> Recommendation:
    wild = MULTICHANNEL.model_copy(update={"label": HOSTILE, "limit": HOSTILE})
    return seed_lab(
        title=HOSTILE,
        recommended=wild,
        options=(wild, RDMA),
        vms=(vm(HOSTILE, source=HOSTILE),),
        timeline=(*passes(HOSTILE), *passes("web")),
        summary=f"Move {HOSTILE}.",
        goals=Goals(max_blackout_s=1.0, max_blackout_name=HOSTILE),
    )


def estimate(base: OptionAnswer = TODAY, **more: object) -> Estimate:
    facts: dict[str, Any] = {
        "platform": "hyperv",
        "timeline": passes(first_s=66.0),
        "vms": (vm(total_s=around(70.0)),),
        "assumptions": ASSUMPTIONS,
        "card": "hyperv 2026-11",
    }
    facts |= more
    own = {name: getattr(base, name) for name in OptionAnswer.model_fields}
    return Estimate.model_validate({**own, "rates": rates(facts["timeline"]), **facts})


def estimate_batch(vms: int = 6) -> Estimate:
    names = tuple(f"app{i}" for i in range(1, vms + 1))
    return estimate(
        timeline=tuple(row for i, name in enumerate(names) for row in passes(name, 5.0 + i % 3, (i // 2) * 6.0, 9.0)),
        vms=tuple(vm(name) for name in names),
    )
