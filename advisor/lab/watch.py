"""What the machine does while guests move: its processors and its links."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from advisor.lab.guest import Guest
from advisor.lab.links import Network

_TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class MachineTime:
    """Processor time of the whole machine [s].

    Attributes
    ----------
    busy : used by anything that runs here.
    idle : used by nothing.
    stolen : wanted here, and given to other machines by the host.
    """

    busy: float
    idle: float
    stolen: float

    @classmethod
    def now(cls) -> Self:
        """Since the machine started."""
        return cls.read(Path("/proc/stat").read_text(encoding="ascii"))

    @classmethod
    def read(cls, text: str) -> Self:
        """From what Linux tells in /proc/stat (proc(5)); a guest's time is part of user time there."""
        words = text.split("\n", 1)[0].split()[1:9]
        user, nice, system, idle, wait, hard, soft, stolen = (int(word) / _TICKS for word in words)
        return cls(user + nice + system + hard + soft, idle + wait, stolen)

    def __sub__(self, other: MachineTime) -> MachineTime:
        return MachineTime(self.busy - other.busy, self.idle - other.idle, self.stolen - other.stolen)

    def other_share(self, own_s: float) -> float:
        """Share of the machine used by anything but `own_s` seconds of processor time.

        Examples
        --------
        >>> MachineTime(busy=5.0, idle=4.0, stolen=1.0).other_share(own_s=3.0)
        0.2
        """
        return max(self.busy - own_s, 0.0) / self._whole

    @property
    def stolen_share(self) -> float:
        """Share of the machine that its host gave to others."""
        return self.stolen / self._whole

    @property
    def _whole(self) -> float:
        return max(self.busy + self.idle + self.stolen, 1.0 / _TICKS)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen from the begin of a batch of moves to the completion of its last.

    Attributes
    ----------
    seconds : how long that was [s].
    link_bytes : bytes that left each link's sending end, headers and other traffic included [bytes].
    other_share, stolen_share : share of the machine used by anything but the guests' QEMUs, and by its host.
    """

    seconds: float
    link_bytes: tuple[int, ...]
    other_share: float
    stolen_share: float


class Watch:
    """Begins to count when it is made."""

    def __init__(self, guests: Sequence[Guest], network: Network, here: int) -> None:
        self._guests, self._network, self._here = guests, network, here
        self._own_s = self._cpu_seconds()
        self._sent = network.sent_bytes(here)
        self._machine = MachineTime.now()
        self._began = time.monotonic()

    def end(self) -> Seen:
        """What was seen since."""
        now = self._network.sent_bytes(self._here)
        sent = tuple(late - early for early, late in zip(self._sent, now, strict=True))
        passed = MachineTime.now() - self._machine
        other = passed.other_share(self._cpu_seconds() - self._own_s)
        return Seen(time.monotonic() - self._began, sent, other, passed.stolen_share)

    def _cpu_seconds(self) -> float:
        return sum(guest.cpu_seconds() for guest in self._guests)
