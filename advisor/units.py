"""Unit conversions: the only ones in the project.

Boundaries name their unit (``memory_gib``, ``speed_gbps``); inside the physics
everything is bytes, seconds and bytes per second.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar, cast

# A number or an array of numbers.
T = TypeVar("T")

KIB: Final = 2**10
MIB: Final = 2**20
GIB: Final = 2**30
PAGE_BYTES: Final = 4096

_DURATION_SECONDS: Final = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)\s*", re.ASCII)


def gbps_to_bytes_s(gbps: float) -> float:
    """Line speed in bytes per second; a network gigabit is 10**9 bits.

    Examples
    --------
    >>> gbps_to_bytes_s(10)
    1250000000.0
    """
    return gbps * 1e9 / 8


def bytes_s_to_gbps(bytes_s: float) -> float:
    """Bytes per second as network gigabits per second.

    Examples
    --------
    >>> bytes_s_to_gbps(1.25e9)
    10.0
    """
    return bytes_s * 8 / 1e9


def gib_to_bytes(gib: float) -> float:
    """Gibibytes as bytes.

    Examples
    --------
    >>> gib_to_bytes(0.5)
    536870912.0
    """
    return gib * GIB


def bytes_to_gib(count: T) -> T:
    """Bytes as gibibytes.

    Examples
    --------
    >>> bytes_to_gib(2**30)
    1.0
    """
    return cast("T", count / GIB)  # type: ignore[operator]


def mib_to_bytes(mib: float) -> float:
    """Mebibytes as bytes.

    Examples
    --------
    >>> mib_to_bytes(1)
    1048576.0
    """
    return mib * float(MIB)


def seconds_to_ms(seconds: float) -> float:
    """Seconds as milliseconds.

    Examples
    --------
    >>> seconds_to_ms(1.5)
    1500.0
    """
    return seconds * 1e3


def ms_to_seconds(ms: float) -> float:
    """Milliseconds as seconds.

    Examples
    --------
    >>> ms_to_seconds(1500)
    1.5
    """
    return ms / 1e3


def parse_duration_s(text: str) -> float:
    """Read a duration such as ``500ms``, ``54 s``, ``1h30m`` into seconds.

    Raises
    ------
    ValueError
        When the text is not a number and unit, or a sequence of them.

    Examples
    --------
    >>> parse_duration_s("500ms"), parse_duration_s("2h"), parse_duration_s("1h30m")
    (0.5, 7200.0, 5400.0)
    """
    position, total = 0, 0.0
    for match in _DURATION.finditer(text):
        if match.start() != position:
            break
        total += float(match[1]) * _DURATION_SECONDS[match[2]]
        position = match.end()
    if position == 0 or position != len(text):
        raise ValueError(f"{text!r} is not a duration; write a number and ms, s, m, h or d, such as 500ms or 2h")
    return total


def format_duration(seconds: float | None) -> str:
    """Write seconds the way a person reads them, to about three digits; none: not known.

    Examples
    --------
    >>> [format_duration(s) for s in (0.042, 0.84, 54.2, 75, 7261)]
    ['42 ms', '0.84 s', '54 s', '1 min 15 s', '2 h 1 min']
    """
    if seconds is None:
        return "not known"
    if seconds < 0.0995:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < 59.5:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
