"""The two ends of a study: its guests, and the turns they take to and fro."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from advisor.domain.plan import LabStudy
from advisor.errors import LabError
from advisor.lab.guest import Count, Guest, GuestSpec, dirty_rate_mib_s
from advisor.lab.image import kernel_orders
from advisor.lab.links import Network
from advisor.lab.machine import Machine
from advisor.lab.move import Moved, address, migrate, prepare, read_end
from advisor.lab.rows import Row, failed_rows, row
from advisor.lab.turns import Turn
from advisor.lab.watch import Watch
from advisor.lab.workplace import Workplace

T = TypeVar("T")

_FIRST_PORT: Final = 41_000
_PORTS: Final = 8_000
_SETTLE_S: Final = 0.5


class Ends:
    """The guests of a study and where they are."""

    def __init__(self, room: Workplace, image: Path, machine: Machine, network: Network, study: LabStudy) -> None:
        self._room, self._machine, self._network, self._study = room, machine, network, study
        self._here = 0
        self._guests: list[Guest] = []
        self._arriving: list[Guest] = []
        self._started = 0
        self._ports = random.Random(study.name)  # noqa: S311 - spreads ports, keeps no secret
        orders = [kernel_orders(study.vm, seed + 1) for seed in range(study.simultaneous)]
        self._specs = [
            GuestSpec(machine.qemu, machine.accelerator, machine.kernel, image, order, study.vm.memory_mib)
            for order in orders
        ]

    async def boot(self) -> None:
        """Have the guests there: they run already, or are started and fill their memory.

        Raises
        ------
        LabError
            When a guest does not start or does not get ready; none is left then.
        """
        if self._guests:
            return
        self._here = 0
        try:
            await self._start_all(self._guests, arrive=False)
            await _together([guest.wait_ready() for guest in self._guests])
        except LabError:
            await self._begin_again()
            raise

    async def take(self, turn: Turn, seconds_at_most: float) -> list[Row]:
        """Move all guests at once to the other end, and write down how it went; they have been booted.

        A move that fails is a row that says so. Nothing is known of the guests then: they are ended.
        """
        try:
            rows = await self._move(turn, seconds_at_most)
        except LabError as error:
            await self._begin_again()
            return failed_rows(turn, self._machine, str(error))
        if any(one.run["outcome"] == "failed" for one in rows):
            await self._begin_again()
            return rows
        for guest in self._guests:
            await guest.stop()
        self._guests, self._arriving, self._here = self._arriving, [], 1 - self._here
        return rows

    async def _move(self, turn: Turn, seconds_at_most: float) -> list[Row]:
        there = 1 - self._here
        await self._start_all(self._arriving, arrive=True)
        host, multipath = self._network.address(there), self._network.multipath
        pairs = list(zip(self._guests, self._arriving, strict=True))
        wheres = [address(host, port, multipath=multipath) for port in self._draw_ports()]
        for (source, destination), where in zip(pairs, wheres, strict=True):
            await prepare(source, destination, turn.move, where)
        await asyncio.sleep(_SETTLE_S)
        before = await _together([guest.next_counts(3, 3.0) for guest in self._guests])
        # A guest's own clock counts: from its last word before the move to its last before the switchover.
        first = [max(len(guest.counts()) - 1, 0) for guest in self._guests]
        watch = Watch([*self._guests, *self._arriving], self._network, self._here)
        moved = await _together(
            [
                migrate(source, destination, turn.move, where, seconds_at_most)
                for (source, destination), where in zip(pairs, wheres, strict=True)
            ]
        )
        seen = watch.end()
        await _together([_settle(pair, counts, one) for pair, counts, one in zip(pairs, before, moved, strict=True)])
        sent = sum(one.sent_bytes or 0 for one in moved)
        rows = []
        for index, one in enumerate(moved):
            during = dirty_rate_mib_s(self._guests[index].counts()[first[index] :])
            rates = (dirty_rate_mib_s(before[index]), during)
            rows.append(row(turn, index, self._machine, one, seen, sent, rates))
        return rows

    async def _begin_again(self) -> None:
        for guest in (*self._guests, *self._arriving):
            await guest.stop()
        self._guests, self._arriving = [], []

    async def _start_all(self, guests: list[Guest], *, arrive: bool) -> None:
        """Start a guest of each kind at the end it is for, one by one into the list, so that none is lost."""
        inside = self._network.ends[1 - self._here if arrive else self._here]
        for spec in self._specs:
            self._started += 1
            name = f"guest{self._started}"
            guests.append(await Guest.start(self._room, spec, name, inside=inside, arrives=arrive))

    def _draw_ports(self) -> list[int]:
        """Ports that differ from guest to guest and from move to move, so that hashes fall anew."""
        return [_FIRST_PORT + port for port in self._ports.sample(range(_PORTS), len(self._specs))]


async def _settle(pair: tuple[Guest, Guest], counts: list[Count], moved: Moved) -> None:
    """The figures of a move that ended, and whether the guest lives on."""
    if moved.trouble:
        return
    source, destination = pair
    await read_end(source, moved)
    if not await destination.counts_on(counts[-1] if counts else None):
        moved.trouble = "the guest does not go on counting at the destination"


async def _together(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """What all of them give; where one fails, its error, once none is still at work."""
    results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return cast("list[T]", results)
