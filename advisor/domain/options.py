"""Transports, tiers and the options an answer chooses from."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from advisor.domain.word import Word, field


class Transport(StrEnum):
    """How memory travels. Hyper-V's SMB is multichannel or, with RDMA at both ends, rdma."""

    TCPIP = "tcpip"
    COMPRESSION = "compression"
    MULTICHANNEL = "multichannel"
    RDMA = "rdma"

    @property
    def is_smb(self) -> bool:
        """True for the transports that ride SMB."""
        return self in {Transport.MULTICHANNEL, Transport.RDMA}


class Tier(StrEnum):
    """What an option asks of the user, least first."""

    TODAY = "today"
    SETTINGS = "settings"
    TUNING = "tuning"
    HARDWARE = "hardware"

    @property
    def rank(self) -> int:
        """0 for today, rising with effort."""
        return list(Tier).index(self)


class Change(Word):
    """One thing to alter, current to recommended."""

    code: str = field(..., "Short name, such as jumbo")
    tier: Tier = field(..., "What it asks of the user")
    what: str = field(..., "What is altered")
    current: str = field(..., "What is there today")
    recommended: str = field(..., "What it should be")
    disruption: Literal["online", "disruptive"] = field(..., "online: no VM or link is interrupted")


class Option(Word):
    """One way to migrate: a transport over today's hosts with some changes made."""

    transport: Transport = field(..., "Transport asked for")
    compressor: Literal["none", "hyperv", "zlib", "zstd"] = field("none", "What compresses the memory")
    streams: int | None = field(None, "Streams of one move, where the setting names a number", ge=1, le=1024)
    name: str = field(..., "What the platform calls it")
    tier: Tier = field(..., "The highest tier among its changes")
    simultaneous: int = field(..., "Moves at once", ge=1, le=4096)
    changes: tuple[Change, ...] = field((), "What must be altered, in order")

    @property
    def setting(self) -> str:
        """Name and changes but for the number of moves at once, which a sentence tells apart."""
        codes = [change.code for change in self.changes if change.code not in {"transport", "simultaneous"}]
        return " + ".join([self.name, *codes])

    @property
    def label(self) -> str:
        """Name and changes, for a table."""
        other_limit = any(change.code == "simultaneous" for change in self.changes)
        return self.setting + (f", {self.simultaneous} at a time" if other_limit else "")
