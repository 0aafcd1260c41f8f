"""A QEMU's monitor: commands that are answered in time or refused in words, and an end without noise."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from qemu.qmp import EventListener, QMPClient
from qemu.qmp.error import QMPError

from advisor.errors import LabError, Problem

_ANSWER_S: Final = 20.0
_QUOTED: Final = 200

Address = str | tuple[str, int] | socket.socket
"""A path, a host and its port, or a socket that is connected."""


class Monitor:
    """The monitor of a QEMU that runs."""

    def __init__(self, client: QMPClient) -> None:
        self._client = client

    @classmethod
    async def open(cls, where: Address, name: str, seconds: float = _ANSWER_S) -> Monitor:
        """Connect to a monitor.

        Raises
        ------
        LabError
            When nobody answers, or it is no QEMU's monitor.
        """
        client = QMPClient(name)
        try:
            async with asyncio.timeout(seconds):
                await client.connect(where)
        except TimeoutError:
            raise LabError(_silent(f"after {seconds:g} s", name)) from None
        except (QMPError, OSError, EOFError) as error:
            reason = getattr(error, "exc", None) or error
            said = str(reason) or type(reason).__name__
            raise LabError(Problem("QEMU's monitor cannot be reached", column=name, value=said[:_QUOTED])) from None
        return cls(client)

    async def ask(self, command: str, **arguments: Any) -> Any:
        """A command; a `_` in an argument's name is a `-` in QEMU's.

        Raises
        ------
        LabError
            When QEMU refuses, does not answer, or has gone.
        """
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await self._client.execute(command, named)
        except TimeoutError:
            raise LabError(_silent(command, None)) from None
        except (QMPError, OSError, EOFError) as error:
            raise LabError(Problem(f"QEMU refused {command}", value=str(error)[:_QUOTED])) from None

    def listen(self, *listeners: EventListener) -> AbstractContextManager[Any]:
        """Hand events to the listeners while the context lasts."""
        return self._client.listen(*listeners)

    async def close(self) -> None:
        """Hang up; that QEMU went first is no trouble."""
        with contextlib.suppress(QMPError, OSError, EOFError, TimeoutError):
            async with asyncio.timeout(_ANSWER_S):
                await self._client.disconnect()


def _silent(asked: str, name: str | None) -> Problem:
    mend = "see whether another client holds it"
    return Problem("QEMU's monitor does not answer", column=name, value=asked, mend=mend)


def version_of(answer: Mapping[str, Any]) -> tuple[int, int]:
    """Major and minor version from the answer to query-version.

    Examples
    --------
    >>> version_of({"qemu": {"major": 10, "minor": 0, "micro": 2}, "package": ""})
    (10, 0)
    """
    return int(answer["qemu"]["major"]), int(answer["qemu"]["minor"])
