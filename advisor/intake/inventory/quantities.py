"""Numbers as exports write them: thousands parted, a decimal comma, a unit behind them, -1 for unknown."""

from __future__ import annotations

import math
import re
from typing import Final, TypeVar, cast

from advisor.units import GIB, KIB, MIB, bytes_to_gib

# A number or an array of numbers.
T = TypeVar("T")

_PLAIN: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_NUMBER: Final = re.compile(r"([+-]?)([\d.,]*\d[.,]?)([eE][+-]?\d{1,3})?", re.ASCII)
_GROUPED: Final = {mark: re.compile(rf"[1-9]\d{{0,2}}(\{mark}\d{{3}})+", re.ASCII) for mark in ",."}
_GAPPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}([ \u00a0\u202f'\u2019]\d{3})+(?!\d)", re.ASCII)
_GAPS: Final = re.compile(r"[ \u00a0\u202f'\u2019]")
_WITH_UNIT: Final = re.compile(
    r"([+-]?[\d.,' \u00a0\u202f\u2019]*\d[.,]?(?:[eE][+-]?\d+)?)[\s\u00a0\u202f]*([A-Za-z%][\w/%.]*)?", re.ASCII
)
_DUPLEX: Final = re.compile(r"[\s(]*(full|half|auto)?[\s-]*(duplex)?[\s)]*", re.ASCII | re.IGNORECASE)
"""What may stand behind a link's speed beside its unit."""

LONGEST: Final = 40
"""A longer text is no number [characters]."""

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


class TwoMeaningsError(ValueError):
    """A number whose one mark may stand between thousands or before decimals."""


def number(text: str, decimal_comma: bool | None = False) -> float:
    """The number a text says.

    Parameters
    ----------
    decimal_comma : what one comma or point with three digits behind it means where nothing else tells:
        ``16,384`` is 16384 without, and 16.384 with it; with None it is not known, and such a text is refused.

    Raises
    ------
    ValueError
        When it says none, or may be one of two.

    Examples
    --------
    >>> number("16,384"), number("1,5"), number("1.234,5"), number("16 384"), number("1.638E+4")
    (16384.0, 1.5, 1234.5, 16384.0, 16380.0)
    >>> number("16,384", decimal_comma=True), number("16.384", decimal_comma=True)
    (16.384, 16384.0)
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise ValueError("too long for a number")
    if _PLAIN.fullmatch(text) and ("." not in text or decimal_comma is False):
        return _finite(float(text))
    gapped = _GAPPED.match(text)
    match = _NUMBER.fullmatch(text if gapped is None else _GAPS.sub("", gapped[0]) + text[gapped.end() :])
    if match is None:
        raise ValueError("not a number")
    sign, digits, exponent = match[1], match[2], match[3] or ""
    return _finite(float(f"{sign}{_pointed(digits, decimal_comma)}{exponent}"))


def _pointed(digits: str, decimal_comma: bool | None) -> str:
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
    if grouped and groups == 1 and decimal_comma is None:
        raise TwoMeaningsError(f"may be {digits.replace(mark, '')} or {digits.replace(mark, '.')}")
    if grouped and (groups > 1 or (mark == ",") != decimal_comma):
        return digits.replace(mark, "")
    if groups > 1:
        raise ValueError("not a number")
    return digits.replace(mark, ".")


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def with_unit(text: str, decimal_comma: bool | None = False) -> tuple[float, str]:
    """A number and the unit written behind it, in small letters, empty where there is none.

    Raises
    ------
    ValueError
        When there is no number, or anything else beside it.

    Examples
    --------
    >>> with_unit("16 GB"), with_unit("16384")
    ((16.0, 'gb'), (16384.0, ''))
    """
    match = _WITH_UNIT.fullmatch(text.strip()) if len(text) <= 2 * LONGEST else None
    if match is None:
        raise ValueError("not a number")
    return number(match[1], decimal_comma), (match[2] or "").lower()


def link_speed(text: str, decimal_comma: bool | None = False) -> tuple[float, str]:
    """The number and unit of a link's speed; Full, Half and Duplex behind them are left.

    Raises
    ------
    ValueError
        When there is no number, or anything else beside it.

    Examples
    --------
    >>> link_speed("10 Gbps"), link_speed("10000 Full")
    ((10.0, 'gbps'), (10000.0, ''))
    """
    text = text.strip()
    match = _WITH_UNIT.match(text) if len(text) <= 2 * LONGEST else None
    if match is None:
        raise ValueError("not a number")
    unit, rest = (match[2] or "").lower(), text[match.end() :]
    if unit not in _GBPS:
        unit, rest = "", text[match.end(1) :]
    if not _DUPLEX.fullmatch(rest):
        raise ValueError("not a speed")
    return number(match[1], decimal_comma), unit


def in_gib(value: T, unit: str) -> T:
    """A number, or an array of them, of a unit as GiB.

    Raises
    ------
    ValueError
        When it is no unit of sizes.

    Examples
    --------
    >>> in_gib(17179869184.0, "bytes"), in_gib(16384.0, "MiB"), in_gib(16.0, "GB")
    (16.0, 16.0, 16.0)
    """
    factor = _BYTES.get(unit.lower())
    if factor is None:
        raise ValueError("not a size")
    return bytes_to_gib(cast("T", value * factor))  # type: ignore[operator]


def in_gbps(value: T, unit: str) -> T:
    """A number, or an array of them, of a unit as Gbit/s.

    Raises
    ------
    ValueError
        When it is no unit of speeds.

    Examples
    --------
    >>> in_gbps(10000.0, "Mbps"), in_gbps(10.0, "Gbps")
    (10.0, 10.0)
    """
    factor = _GBPS.get(unit.lower())
    if factor is None:
        raise ValueError("not a speed")
    return cast("T", value * factor)  # type: ignore[operator]
