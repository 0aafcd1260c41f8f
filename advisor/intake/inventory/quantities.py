"""Numbers as exports write them: thousands parted, a decimal comma, a unit behind them, -1 for unknown."""

from __future__ import annotations

import math
import re
from typing import Final

from advisor.units import GIB, KIB, MIB, bytes_to_gib

_PLAIN: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_NUMBER: Final = re.compile(r"([+-]?)([\d.,]*\d[.,]?)([eE][+-]?\d{1,3})?", re.ASCII)
_GROUPED: Final = {mark: re.compile(rf"\d{{1,3}}(\{mark}\d{{3}})+", re.ASCII) for mark in ",."}
_GAPS: Final = re.compile(r"(?<=\d)[ \u00a0\u202f'\u2019](?=\d{3}(\D|$))")
_WITH_UNIT: Final = re.compile(
    r"([+-]?[\d.,' \u00a0\u202f\u2019]*\d[.,]?(?:[eE][+-]?\d+)?)\s*([A-Za-z%][\w/%.]*)?", re.ASCII
)
_LONGEST: Final = 40

UNKNOWN: Final = frozenset(
    {"", "-", "--", "?", "n/a", "#n/a", "na", "nan", "null", "(null)", "<null>", "unknown", "none", "not available"}
)
"""What people and programs write where they know nothing, in small letters."""

_BYTES: Final = {
    "b": 1.0, "byte": 1.0, "bytes": 1.0,
    "k": float(KIB), "kb": float(KIB), "kib": float(KIB),
    "m": float(MIB), "mb": float(MIB), "mib": float(MIB),
    "g": float(GIB), "gb": float(GIB), "gib": float(GIB),
    "t": float(GIB * KIB), "tb": float(GIB * KIB), "tib": float(GIB * KIB),
}  # fmt: skip
# Memory and disks sold in GB are counted in GiB, and what RVTools called MB before it called it MiB is the same number.

_GBPS: Final = {
    "bps": 1e-9, "bit/s": 1e-9,
    "k": 1e-6, "kbps": 1e-6, "kbit/s": 1e-6,
    "m": 1e-3, "mb": 1e-3, "mbps": 1e-3, "mbit/s": 1e-3, "mb/s": 1e-3, "mbit": 1e-3,
    "g": 1.0, "gb": 1.0, "gbps": 1.0, "gbit/s": 1.0, "gb/s": 1.0, "gbit": 1.0, "gbe": 1.0,
    "t": 1e3, "tbps": 1e3,
}  # fmt: skip


def number(text: str, decimal_comma: bool = False) -> float:
    """The number a text says.

    Parameters
    ----------
    decimal_comma : what one comma or point with three digits behind it means where nothing else tells:
        ``16,384`` is 16384 without, and 16.384 with it.

    Raises
    ------
    ValueError
        When it says none.

    Examples
    --------
    >>> number("16,384"), number("1,5"), number("1.234,5"), number("16 384"), number("1.638E+4")
    (16384.0, 1.5, 1234.5, 16384.0, 16380.0)
    >>> number("16,384", decimal_comma=True), number("16.384", decimal_comma=True)
    (16.384, 16384.0)
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise ValueError("too long for a number")
    if _PLAIN.fullmatch(text) and not (decimal_comma and "." in text):
        return _finite(float(text))
    match = _NUMBER.fullmatch(_GAPS.sub("", text))
    if match is None:
        raise ValueError("not a number")
    sign, digits, exponent = match[1], match[2], match[3] or ""
    return _finite(float(f"{sign}{_pointed(digits, decimal_comma)}{exponent}"))


def _pointed(digits: str, decimal_comma: bool) -> str:
    """Digits with a point before the decimals and nothing between the others."""
    if "," in digits and "." in digits:
        decimal = max(",.", key=digits.rfind)
        whole, _, rest = digits.rpartition(decimal)
        other = "," if decimal == "." else "."
        if not _GROUPED[other].fullmatch(whole):
            raise ValueError("not a number")
        return f"{whole.replace(other, '')}.{rest}"
    mark = "," if "," in digits else "."
    groups = digits.count(mark)
    grouped = groups > 0 and _GROUPED[mark].fullmatch(digits)
    if grouped and (groups > 1 or (mark == ",") != decimal_comma):
        return digits.replace(mark, "")
    if groups > 1:
        raise ValueError("not a number")
    return digits.replace(mark, ".")


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def _with_unit(text: str, decimal_comma: bool) -> tuple[float, str]:
    match = _WITH_UNIT.match(text.strip()) if len(text) <= 2 * _LONGEST else None
    if match is None:
        raise ValueError("not a number")
    return number(match[1], decimal_comma), (match[2] or "").lower()


def size_gib(text: str, unit: str, decimal_comma: bool = False) -> float:
    """A size in GiB.

    Parameters
    ----------
    unit : what it is in where the text does not say, such as MiB or bytes.

    Raises
    ------
    ValueError
        When it is none.

    Examples
    --------
    >>> size_gib("17179869184", "bytes"), size_gib("16,384", "MiB"), size_gib("16 GB", "MiB")
    (16.0, 16.0, 16.0)
    """
    value, written = _with_unit(text, decimal_comma)
    factor = _BYTES.get((written or unit).lower())
    if factor is None:
        raise ValueError("not a size")
    return bytes_to_gib(value * factor)


def speed_gbps(text: str, unit: str, decimal_comma: bool = False) -> float:
    """A link's speed in Gbit/s; what stands behind the number and is no unit, such as Full, is left.

    Raises
    ------
    ValueError
        When it is none.

    Examples
    --------
    >>> speed_gbps("10 Gbps", "Mbps"), speed_gbps("10000 Full", "Mbps"), speed_gbps("25000000000", "bps")
    (10.0, 10.0, 25.0)
    """
    value, written = _with_unit(text, decimal_comma)
    factor = _GBPS.get(written) or _GBPS.get(unit.lower())
    if factor is None:
        raise ValueError("not a speed")
    return value * factor
