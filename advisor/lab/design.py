"""Studies drawn at random: guests, links and moves spread over what a small machine can run in seconds."""

from __future__ import annotations

import random
from typing import Final, Literal

from advisor.domain.options import Transport
from advisor.domain.plan import KERNEL_MIB, LabLinks, LabMove, LabPlan, LabStudy, LabVm
from advisor.units import gbps_to_bytes_s, mib_to_bytes, ms_to_seconds

_MEMORY_MIB: Final = (192, 256, 384, 512, 768)
_INCOMPRESSIBLE: Final = (0.05, 0.25, 0.5, 0.75, 1.0)
_GBPS: Final = (0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.6, 2.0)
_LIMITS_MS: Final = (50, 100, 300, 500, 1000)
# The first pass of a study alone stays below this, over one link and uncompressed [s].
_FIRST_PASS_S: Final = 9.0


def draw_plan(studies: int, seed: int = 1, *, moves: int = 5, repeats: int = 3) -> LabPlan:
    """A plan of studies that differ in everything the lab varies; the same seed draws the same plan.

    About one study in four moves two to four guests at once, one in six has busy cores, one in six
    other traffic on its links.

    Examples
    --------
    >>> plan = draw_plan(8, seed=3)
    >>> plan == draw_plan(8, seed=3), len(plan.studies)
    (True, 8)
    """
    luck = random.Random(seed)  # noqa: S311 - draws experiments, keeps no secret
    return LabPlan(
        repeats=repeats, studies=tuple(_study(luck, f"lab-s{seed}-{index + 1:02}", moves) for index in range(studies))
    )


def _study(luck: random.Random, name: str, moves: int) -> LabStudy:
    at_once = luck.choice((2, 2, 3, 4)) if luck.random() < 0.25 else 1
    links = _links(luck)
    vm = _vm(luck, links, at_once)
    busy = luck.random() < 1 / 6
    crowded = luck.random() < 1 / 6
    return LabStudy(
        name=name,
        vm=vm,
        simultaneous=at_once,
        links=links,
        busy_source_cores=luck.choice((0.0, 0.5, 1.0)) if busy else 0.0,
        busy_destination_cores=luck.choice((0.5, 1.0)) if busy else 0.0,
        background_gbps=round(luck.choice((0.1, 0.25, 0.4)) * links.gbps * links.count, 3) if crowded else 0.0,
        moves=tuple(_move(luck, vm, links) for _ in range(moves if at_once == 1 else max(moves - 2, 1))),
    )


def _links(luck: random.Random) -> LabLinks:
    count = luck.choices((1, 2, 3, 4), (60, 28, 6, 6))[0]
    gbps = luck.choice(_GBPS) if count == 1 else luck.choice(_GBPS[:7])
    teaming: Literal["none", "address_hash", "multipath"] = "none"
    if count > 1:
        teaming = luck.choice(("address_hash", "multipath"))
    return LabLinks(count=count, gbps=gbps, mtu_bytes=luck.choice((1500, 9000)), teaming=teaming)


def _vm(luck: random.Random, links: LabLinks, at_once: int) -> LabVm:
    most_mib = _FIRST_PASS_S * gbps_to_bytes_s(links.gbps) / mib_to_bytes(1) / at_once
    memory = luck.choice([size for size in _MEMORY_MIB if size * at_once <= 1024])
    room = min(memory - KERNEL_MIB, max(most_mib - KERNEL_MIB, 16))
    fill = max(int(room * luck.uniform(0.15, 1.0)), 8)
    return LabVm(
        memory_mib=memory,
        fill_mib=fill,
        incompressible=luck.choice(_INCOMPRESSIBLE),
        dirty_rate_mib_s=0.0 if luck.random() < 0.2 else round(10 ** luck.uniform(0.0, 2.2), 1),
        working_set_mib=round(max(fill * luck.choice((0.02, 0.1, 0.3, 0.6, 1.0)), 1.0), 1),
        dirty_pattern=luck.choice(("uniform", "uniform", "sequential", "hot_cold")),
    )


def _move(luck: random.Random, vm: LabVm, links: LabLinks) -> LabMove:
    limit = luck.choice(_LIMITS_MS)
    # What stays dirty whatever the pass: where it cannot fall below the limit, few passes are enough to see it.
    rate = mib_to_bytes(vm.dirty_rate_mib_s)
    steady = min(mib_to_bytes(vm.working_set_mib), rate * 1.0)
    stubborn = steady > gbps_to_bytes_s(links.gbps) * ms_to_seconds(limit)
    passes = luck.choice((3, 4, 5)) if stubborn else luck.choice((3, 5, 10, 30))
    kind = luck.choices((Transport.TCPIP, Transport.MULTICHANNEL, Transport.COMPRESSION), (38, 20, 42))[0]
    if kind is Transport.TCPIP:
        return LabMove(blackout_limit_ms=limit, max_passes=passes)
    if kind is Transport.MULTICHANNEL:
        return LabMove(transport=kind, streams=luck.choice((2, 4, 8)), blackout_limit_ms=limit, max_passes=passes)
    return LabMove(
        transport=kind,
        compressor=luck.choice(("zstd", "zstd", "zlib")),
        streams=luck.choices((1, 2, 4), (40, 40, 20))[0],
        blackout_limit_ms=limit,
        max_passes=passes,
    )
