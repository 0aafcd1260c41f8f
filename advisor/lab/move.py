"""One migration between two QEMU processes, watched pass by pass."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from qemu.qmp import EventListener

from advisor.domain.options import Transport
from advisor.domain.plan import LabMove
from advisor.errors import LabError, Problem
from advisor.lab.guest import Guest

# QEMU's own cap is out of the way: what it counts of compressed multifd bytes would bend it [bytes/s].
_NO_CAP: Final = 10**12
# The longest downtime-limit QEMU takes: with it any remainder is small enough [ms].
_ANY_BLACKOUT_MS: Final = 2_000_000
# total-time reads 0 at the very moment of completion.
_SETTLED_S: Final = 0.2
_RESUME_S: Final = 10.0
# Those a move here depends on, on or off.
_CAPABILITIES: Final = ("events", "multifd", "auto-converge", "xbzrle", "postcopy-ram", "zero-copy-send", "return-path")


@dataclass(frozen=True, slots=True)
class PassSeen:
    """QEMU's figures as it synchronised its dirty bitmap.

    Attributes
    ----------
    sync : the synchronisation's number, from 1.
    seconds : since the move began [s].
    sent_bytes : sent so far, as QEMU counts [bytes].
    dirty_bytes : left to send [bytes].
    normal_pages, zero_pages : sent so far in full, and as a note that they are zero.
    throttle_percent : how far auto-converge slows the guest down.
    """

    sync: int
    seconds: float
    sent_bytes: int
    dirty_bytes: int
    normal_pages: int
    zero_pages: int
    throttle_percent: int


@dataclass(slots=True)
class Moved:
    """What became of one move; None where it did not get so far.

    Attributes
    ----------
    total_s, blackout_ms : QEMU's total-time and downtime.
    dark_ms : from the source's STOP to the destination's RESUME, by QEMU's own clock.
    sent_bytes : QEMU's count of bytes sent.
    memory_bytes, zero_pages : what QEMU moves in all, and how many pages of it travelled as a note [bytes], [count].
    syncs : dirty-sync-count at the end.
    source_cpu_s, destination_cpu_s : processor time of either QEMU from the move's begin to its completion [s].
    forced : the pass limit forced the switchover.
    passes : at each synchronisation.
    trouble : why it failed; empty where it did not.
    """

    total_s: float | None = None
    blackout_ms: float | None = None
    dark_ms: float | None = None
    sent_bytes: int | None = None
    memory_bytes: int | None = None
    zero_pages: int | None = None
    syncs: int | None = None
    source_cpu_s: float | None = None
    destination_cpu_s: float | None = None
    forced: bool = False
    passes: list[PassSeen] = field(default_factory=list)
    trouble: str = ""


def address(host: str, port: int, *, multipath: bool) -> dict[str, Any]:
    """Where a guest arrives, for QEMU's migrate commands.

    Examples
    --------
    >>> address("10.0.0.2", 4444, multipath=True)["addr"]["mptcp"]
    True
    """
    inet = {"transport": "socket", "type": "inet", "host": host, "port": str(port)}
    return {"channel-type": "main", "addr": inet | ({"mptcp": True} if multipath else {})}


async def prepare(source: Guest, destination: Guest, move: LabMove, where: Mapping[str, Any]) -> None:
    """Set both ends for a move and let the destination listen.

    Every capability that this QEMU has is set, true or false: what an earlier move switched on stays on.

    Raises
    ------
    LabError
        When QEMU lacks a capability the move needs, or refuses.
    """
    multifd = move.transport is not Transport.TCPIP
    wanted = {"events": True, "multifd": multifd, "auto-converge": move.auto_converge}
    parameters: dict[str, Any] = {"max_bandwidth": _NO_CAP, "downtime_limit": move.blackout_limit_ms}
    if multifd:
        parameters |= {"multifd_channels": move.streams, "multifd_compression": move.compressor}
    for guest in (source, destination):
        known = {one["capability"] for one in await guest.monitor.ask("query-migrate-capabilities")}
        for name, state in wanted.items():
            if state and name not in known:
                raise LabError(Problem("this QEMU lacks a migration capability", value=name))
        states = [{"capability": name, "state": wanted.get(name, False)} for name in _CAPABILITIES if name in known]
        await guest.monitor.ask("migrate-set-capabilities", capabilities=states)
        await guest.monitor.ask("migrate-set-parameters", **parameters)
    await destination.monitor.ask("migrate-incoming", channels=[dict(where)])


async def migrate(
    source: Guest, destination: Guest, move: LabMove, where: Mapping[str, Any], seconds_at_most: float
) -> Moved:
    """Move the guest and watch it to completion; both ends have been prepared.

    The pass limit is Hyper-V's rule made with QEMU's means: as the dirty bitmap is synchronised more
    often than it allows, the downtime limit is raised out of the way, which forces the switchover.

    Raises
    ------
    LabError
        When a monitor does not answer.
    """
    moved = Moved()
    events = EventListener(("MIGRATION", "MIGRATION_PASS", "STOP"))
    resumed = EventListener(("RESUME",))
    with source.monitor.listen(events), destination.monitor.listen(resumed):
        before = source.cpu_seconds(), destination.cpu_seconds()
        began = time.monotonic()
        await source.monitor.ask("migrate", channels=[dict(where)])
        watch = asyncio.create_task(_watch(source, move, events, began, moved))
        deaths = [asyncio.create_task(guest.process.wait()) for guest in (source, destination)]
        try:
            await asyncio.wait({watch, *deaths}, timeout=seconds_at_most, return_when=asyncio.FIRST_COMPLETED)
            after = source.cpu_seconds(), destination.cpu_seconds()
            if watch.done():
                stopped = watch.result()
                moved.source_cpu_s, moved.destination_cpu_s = after[0] - before[0], after[1] - before[1]
                moved.dark_ms = None if moved.trouble else await _dark_ms(stopped, resumed)
            elif any(death.done() for death in deaths):
                which = "source" if deaths[0].done() else "destination"
                moved.trouble = f"QEMU ended at the {which} during the move"
            else:
                moved.trouble = f"not over after {seconds_at_most:g} s"
                await source.monitor.ask("migrate_cancel")
        finally:
            for task in (watch, *deaths):
                task.cancel()
            await asyncio.gather(watch, *deaths, return_exceptions=True)
    return moved


async def read_end(source: Guest, moved: Moved) -> None:
    """QEMU's figures of the whole move, once they have settled.

    Raises
    ------
    LabError
        When QEMU does not tell them.
    """
    await asyncio.sleep(_SETTLED_S)
    figures = await source.monitor.ask("query-migrate")
    try:
        ram = figures["ram"]
        moved.total_s = float(figures["total-time"]) / 1e3
        moved.blackout_ms = float(figures["downtime"])
        moved.sent_bytes = int(ram["transferred"])
        moved.memory_bytes = int(ram["total"])
        moved.zero_pages = int(ram["duplicate"])
        moved.syncs = int(ram["dirty-sync-count"])
    except KeyError as error:
        raise LabError(Problem("QEMU's figures lack a field", value=str(error))) from None


async def _watch(source: Guest, move: LabMove, events: EventListener, began: float, moved: Moved) -> float | None:
    """Follow the passes to the end; gives the source's clock as it stopped [s]."""
    stopped = None
    async for message in events:
        event: Mapping[str, Any] = cast("Mapping[str, Any]", message)
        if event["event"] == "STOP":
            stopped = _stamp(event)
        elif event["event"] == "MIGRATION_PASS":
            sync = int(event["data"]["pass"])
            if move.max_passes is not None and sync > move.max_passes and not moved.forced and stopped is None:
                moved.forced = True
                await source.monitor.ask("migrate-set-parameters", downtime_limit=_ANY_BLACKOUT_MS)
            seen = _pass_seen(sync, time.monotonic() - began, await source.monitor.ask("query-migrate"))
            if seen is not None:
                moved.passes.append(seen)
        elif event["data"]["status"] == "completed":
            break
        elif event["data"]["status"] in {"failed", "cancelled"}:
            figures = await source.monitor.ask("query-migrate")
            moved.trouble = str(figures.get("error-desc", event["data"]["status"]))
            break
    return stopped


async def _dark_ms(stopped: float | None, resumed: EventListener) -> float | None:
    if stopped is None:
        return None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RESUME_S):
            return (_stamp(await resumed.get()) - stopped) * 1e3
    return None


def _stamp(event: Mapping[str, Any]) -> float:
    at = event["timestamp"]
    return float(at["seconds"]) + float(at["microseconds"]) / 1e6


def _pass_seen(sync: int, seconds: float, figures: Mapping[str, Any]) -> PassSeen | None:
    ram = figures.get("ram")
    if ram is None:
        return None
    return PassSeen(
        sync,
        seconds,
        int(ram["transferred"]),
        int(ram["remaining"]),
        int(ram["normal"]),
        int(ram["duplicate"]),
        int(figures.get("cpu-throttle-percentage", 0)),
    )
