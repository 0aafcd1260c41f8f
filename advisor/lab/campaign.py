"""A campaign: every move of every study of a plan, repeated, measured and written down."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from advisor.domain.options import Transport
from advisor.domain.plan import LabMove, LabPlan, LabStudy
from advisor.lab.guest import Count, Guest, GuestSpec
from advisor.lab.image import build_image, kernel_orders
from advisor.lab.links import Network, build_network, links_used
from advisor.lab.load import start_load
from advisor.lab.machine import Machine, MachineTime
from advisor.lab.move import Moved, address, migrate, prepare
from advisor.lab.workplace import Workplace
from advisor.units import PAGE_BYTES, bytes_s_to_gbps, bytes_to_gib, mib_to_bytes

_FIRST_PORT: Final = 41_000
_PORTS: Final = 8_000
_SETTLE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Turn:
    """One migration of a study: move `cell` of the plan, for the `repeat`-th time."""

    study: LabStudy
    cell: int
    repeat: int

    @property
    def batch_id(self) -> str:
        """Names the moves that start together."""
        return f"{self.study.name}-{self.cell}-{self.repeat}"

    def run_id(self, guest: int) -> str:
        """Names one guest's move."""
        return self.batch_id if self.study.simultaneous == 1 else f"{self.batch_id}-{guest}"


@dataclass(frozen=True, slots=True)
class Row:
    """One run and its passes, as they are written."""

    run: Mapping[str, Any]
    passes: list[Mapping[str, Any]]


def turns(plan: LabPlan, done: Collection[str] = ()) -> list[list[Turn]]:
    """The turns of each study still to be taken, repeats spread over the study's time.

    Examples
    --------
    >>> plan = LabPlan(repeats=2, studies=[{"name": "a", "moves": [{}, {"blackout_limit_ms": 50}]}])
    >>> [turn.batch_id for turn in turns(plan, {"a-0-1"})[0]]
    ['a-1-1', 'a-0-2', 'a-1-2']
    """
    whole = []
    for study in plan.studies:
        own = [Turn(study, cell, repeat + 1) for repeat in range(plan.repeats) for cell in range(len(study.moves))]
        whole.append([turn for turn in own if turn.run_id(study.simultaneous - 1) not in done])
    return [own for own in whole if own]


async def measure(plan: LabPlan, machine: Machine, done: Collection[str] = ()) -> AsyncIterator[list[Row]]:
    """Run a plan; gives the rows of each turn as it ends.

    Everything the campaign builds is taken away when it ends, however it ends.

    Raises
    ------
    LabError
        When the system refuses to build a study.
    """
    async with Workplace() as place:
        image = build_image(place.directory, machine.compiler)
        for own in turns(plan, done):
            async with Workplace() as room:
                async for rows in _run_study(room, image, machine, plan, own):
                    yield rows


async def _run_study(
    room: Workplace, image: Path, machine: Machine, plan: LabPlan, own: list[Turn]
) -> AsyncIterator[list[Row]]:
    """One study: its network and guests are built once; the guests go to and fro."""
    study = own[0].study
    network = await build_network(room, study.links)
    await start_load(room, network, study)
    ends = _Ends(room, image, machine, network, study)
    for turn in own:
        yield await ends.take(turn, plan.seconds_at_most)


class _Ends:
    """The guests of a study and where they are."""

    def __init__(self, room: Workplace, image: Path, machine: Machine, network: Network, study: LabStudy) -> None:
        self.room, self.machine, self.network, self.study = room, machine, network, study
        self.here = 0
        self.guests: list[Guest] = []
        self.started = 0
        self.ports = random.Random(study.name)  # noqa: S311 - spreads ports, keeps no secret
        orders = [kernel_orders(study.vm, seed + 1) for seed in range(study.simultaneous)]
        self.specs = [
            GuestSpec(machine.qemu, machine.accelerator, machine.kernel, image, order, study.vm.memory_mib)
            for order in orders
        ]

    async def take(self, turn: Turn, seconds_at_most: float) -> list[Row]:
        """Move all guests at once to the other end, and write down how it went."""
        await self._boot()
        there = 1 - self.here
        arriving = await self._start_all(self.network.ends[there], arrives=True)
        move = self.study.moves[turn.cell]
        wheres = [
            address(self.network.address(there), self._port(), multipath=self.network.multipath) for _ in arriving
        ]
        for source, destination, where in zip(self.guests, arriving, wheres, strict=True):
            await prepare(source, destination, move, where)
        await asyncio.sleep(_SETTLE_S)
        before = await asyncio.gather(*(guest.next_counts(3, 3.0) for guest in self.guests))
        watch = _Watch.begin(self.guests, arriving, self.network, self.here)
        moved = await asyncio.gather(
            *(
                migrate(source, destination, move, where, seconds_at_most)
                for source, destination, where in zip(self.guests, arriving, wheres, strict=True)
            )
        )
        seen = watch.end()
        alive = await asyncio.gather(
            *(
                guest.counts_on(counts[-1] if counts else None) if not one.trouble else _no()
                for guest, counts, one in zip(arriving, before, moved, strict=True)
            )
        )
        rows = []
        for index, (one, lives) in enumerate(zip(moved, alive, strict=True)):
            if not lives and not one.trouble:
                one.trouble = "the guest does not go on counting at the destination"
            rates = (_rate(before[index]), _rate(self.guests[index].counts()[-8:]))
            rows.append(self._row(turn, index, move, one, seen, rates))
        for guest in self.guests:
            await guest.stop()
        self.guests, self.here = arriving, there
        if any(one.trouble for one in moved):
            await self._begin_again()
        return rows

    async def _boot(self) -> None:
        if self.guests:
            return
        self.here = 0
        self.guests = await self._start_all(self.network.ends[0], arrives=False)
        await asyncio.gather(*(guest.wait_ready() for guest in self.guests))

    async def _begin_again(self) -> None:
        """After a failed move nothing is known of the guests: away with them."""
        for guest in self.guests:
            await guest.stop()
        self.guests = []

    async def _start_all(self, inside: int, *, arrives: bool) -> list[Guest]:
        guests = []
        for spec in self.specs:
            self.started += 1
            guests.append(await Guest.start(self.room, spec, f"guest{self.started}", inside=inside, arrives=arrives))
        return guests

    def _port(self) -> int:
        """A port that differs from move to move, so that hashes fall anew."""
        return _FIRST_PORT + self.ports.randrange(_PORTS)

    def _row(
        self, turn: Turn, index: int, move: LabMove, moved: Moved, seen: _Seen, rates: tuple[float | None, float | None]
    ) -> Row:
        study, vm, links = self.study, self.study.vm, self.study.links
        run_id = turn.run_id(index)
        outcome = "failed" if moved.trouble else ("forced" if moved.forced else "converged")
        total = moved.total_s
        run = {
            "run_id": run_id,
            "study": study.name,
            "batch_id": turn.batch_id,
            "repeat": turn.repeat,
            "source": "own lab",
            "evidence": "measured",
            "platform": "qemu",
            "platform_version": self.machine.version,
            "transport": move.transport.value,
            "compressor": move.compressor,
            "streams": move.streams,
            "nic_gbps": links.gbps,
            "nic_count": links.count,
            "links_used": links_used(seen.link_bytes),
            "mtu_bytes": links.mtu_bytes,
            "teaming": links.teaming,
            "rdma": "none",
            "host_cores": self.machine.cores,
            "host_cpu_busy": round((study.busy_source_cores + study.busy_destination_cores) / self.machine.cores, 4),
            "background_gbps": study.background_gbps,
            "vm_count": 1,
            "simultaneous": study.simultaneous,
            "vm_memory_gib": bytes_to_gib(mib_to_bytes(vm.memory_mib)),
            "vm_nonzero_gib": _rounded(_nonzero_gib(moved)),
            "vcpus": 1,
            "dirty_rate_mib_s": vm.dirty_rate_mib_s,
            "working_set_gib": _rounded(bytes_to_gib(mib_to_bytes(vm.working_set_mib))),
            "dirty_pattern": vm.dirty_pattern,
            "incompressible": vm.incompressible,
            "max_passes": move.max_passes,
            "blackout_limit_ms": move.blackout_limit_ms,
            "total_s": total,
            "blackout_ms": moved.blackout_ms,
            "sent_gib": _rounded(None if moved.sent_bytes is None else bytes_to_gib(moved.sent_bytes)),
            "passes": moved.syncs,
            "outcome": outcome,
            "src_cpu_s": _rounded(seen.source_cpu_s[index]),
            "dst_cpu_s": _rounded(seen.destination_cpu_s[index]),
            "busy_source_cores": study.busy_source_cores,
            "busy_destination_cores": study.busy_destination_cores,
            "auto_converge": int(move.auto_converge),
            "dark_ms": _rounded(moved.dark_ms),
            "link_mib": " ".join(f"{count / mib_to_bytes(1):.1f}" for count in seen.link_bytes),
            "throughput_gbps": _rounded(None if not total else bytes_s_to_gbps((moved.sent_bytes or 0) / total)),
            "dirty_rate_before_mib_s": _rounded(rates[0]),
            "dirty_rate_during_mib_s": _rounded(rates[1]),
            "other_cpu_share": _rounded(seen.other_share),
            "trouble": moved.trouble,
        }
        passes: list[Mapping[str, Any]] = [
            {"run_id": run_id, "study": study.name} | asdict(one) | {"seconds": _rounded(one.seconds)}
            for one in moved.passes
        ]
        return Row(run, passes)


async def _no() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the machine did while the moves ran."""

    source_cpu_s: list[float]
    destination_cpu_s: list[float]
    link_bytes: tuple[int, ...]
    other_share: float


@dataclass(frozen=True, slots=True)
class _Watch:
    """Counters of the machine as the moves began."""

    sources: list[Guest]
    destinations: list[Guest]
    network: Network
    here: int
    cpu: list[float]
    sent: tuple[int, ...]
    machine: MachineTime

    @classmethod
    def begin(cls, sources: list[Guest], destinations: list[Guest], network: Network, here: int) -> _Watch:
        cpu = [guest.cpu_seconds() for guest in (*sources, *destinations)]
        return cls(sources, destinations, network, here, cpu, network.sent_bytes(here), MachineTime.now())

    def end(self) -> _Seen:
        now = [guest.cpu_seconds() for guest in (*self.sources, *self.destinations)]
        used = [late - early for early, late in zip(self.cpu, now, strict=True)]
        sent = tuple(late - early for early, late in zip(self.sent, self.network.sent_bytes(self.here), strict=True))
        passed = MachineTime.now() - self.machine
        n = len(self.sources)
        return _Seen(used[:n], used[n:], sent, passed.other_share(sum(used)))


def _rate(counts: list[Count]) -> float | None:
    """Page writes times page size between the first and the last count [MiB/s]."""
    if len(counts) < 2 or counts[-1].seconds <= counts[0].seconds:  # noqa: PLR2004 - a rate needs two
        return None
    writes = counts[-1].writes - counts[0].writes
    return writes * PAGE_BYTES / mib_to_bytes(1) / (counts[-1].seconds - counts[0].seconds)


def _nonzero_gib(moved: Moved) -> float | None:
    """Memory that did not travel as a note that a page is zero; only a page or two is such a note twice."""
    if moved.memory_bytes is None or moved.zero_pages is None:
        return None
    return bytes_to_gib(moved.memory_bytes - moved.zero_pages * PAGE_BYTES)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
