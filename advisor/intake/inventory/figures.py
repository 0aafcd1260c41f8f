"""How the numbers of a column are read: one from its text, or many together where the texts are plain.

Both ways go through the same formula, so that a unit is converted in one place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.intake.inventory.csv_arrow import ArrowTexts
from advisor.intake.inventory.quantities import UNKNOWN, in_gbps, in_gib, link_speed, number, with_unit

_DIGITS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_POINTED: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
"""What says the same number however a table writes, and where it writes a decimal point."""


class How(NamedTuple):
    """How a table writes: with a decimal comma (None: that is not known), and in the unit that a header names."""

    decimal_comma: bool | None = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Reads numbers. As a function it reads one cell, as the others do; `many` reads plain ones together.

    Attributes
    ----------
    parted : the number in a text and the unit behind it; ValueError where there is none.
    scaled : a number, or an array of them, and its unit, in the unit of the estate; ValueError where that is none.
    base : its unit where neither the cell nor the header says one; empty where the column has none.
    says_nothing : which numbers, as they stand in the cell, mean that nothing is known.
    localised : whether the number is written as the system's language has it; a version is not.
    """

    parted: Callable[[str, bool | None], tuple[float, str]]
    scaled: Callable[[Any, str], Any]
    base: str
    says_nothing: Callable[[Any], Any]
    localised: bool = True

    def __call__(self, cell: str, how: How) -> float | None:
        """The number of a cell; None where it says nothing.

        Raises
        ------
        ValueError
            When there is none.
        """
        word = cell.strip()
        if word.lower() in UNKNOWN:
            return None
        value, unit = self.parted(word, how.decimal_comma if self.localised else False)
        return None if self.says_nothing(value) else float(self.scaled(value, unit or how.unit or self.base))

    def many(self, cells: Sequence[str], how: How) -> NDArray[np.float64]:
        """The numbers of cells that are digits, with a point among them where that can be nothing but a decimal one.

        NaN stands for every other cell, which is left to be read by itself.
        """
        pattern = _POINTED if how.decimal_comma is False or not self.localised else _DIGITS
        found = np.full(len(cells), np.nan)
        plain, values = _plain(cells, pattern)
        try:
            scaled = self.scaled(values, how.unit or self.base)
        except ValueError:  # no unit of this column: each cell is told so by itself
            return found
        found[plain] = np.where(self.says_nothing(values), np.nan, scaled)
        return found

    def unit_of(self, cell: str, how: How) -> str:
        """The unit that was taken because neither the cell nor the header says one, empty where one does."""
        try:
            _, written = self.parted(cell.strip(), how.decimal_comma)
        except ValueError:
            return ""
        return "" if written or how.unit else self.base


def _plain(cells: Sequence[str], pattern: re.Pattern[str]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which cells are of a pattern, and their numbers."""
    if isinstance(cells, ArrowTexts):
        return cells.numbers(pattern.pattern)
    rows = [at for at, match in enumerate(map(pattern.fullmatch, cells)) if match is not None]
    return np.array(rows, np.intp), np.array([float(cells[at]) for at in rows], np.float64)


def _counted(text: str, decimal_comma: bool | None) -> tuple[float, str]:
    return number(text, decimal_comma), ""


def _shared(text: str, decimal_comma: bool | None) -> tuple[float, str]:
    return number(text.removesuffix("%"), decimal_comma), ""


def _halved(value: Any, unit: str) -> Any:
    del unit
    return np.where(value >= 1, np.maximum(1, value // 2), value)


def _is_minus_one(value: Any) -> Any:
    return value == -1


count: Final = Figures(_counted, lambda value, unit: value, "", _is_minus_one)
"""A number; -1 says nothing."""

half: Final = Figures(_counted, _halved, "", _is_minus_one)
"""Half of a count, and one at least: cores of a host that tells its hardware threads, two to a core."""

percent: Final = Figures(_shared, lambda value, unit: value / 100, "", _is_minus_one)
"""A share given as percent."""

config_version: Final = Figures(
    _counted, lambda value, unit: value, "", lambda value: (value == -1) | (value >= 254), localised=False
)
"""Configuration version of a VM; 254 and 255 are previews of a version that has no number yet."""


def size(base: str) -> Figures:
    """A size in GiB, from a unit that the cell or the header names, else from this one.

    Examples
    --------
    >>> size("MiB")("16,384", How()), size("bytes")("16 GB", How()), size("bytes")("-1", How())
    (16.0, 16.0, None)
    """
    return Figures(with_unit, in_gib, base, _is_minus_one)


def speed(base: str, *, down: bool = True) -> Figures:
    """A link's speed in Gbit/s.

    Parameters
    ----------
    down : a speed of zero or less is a link that is down, and has none.

    Examples
    --------
    >>> speed("Mbps")("10000 Full", How()), speed("bps")("10 Gbps", How()), speed("Mbps")("0", How())
    (10.0, 10.0, None)
    """
    return Figures(link_speed, in_gbps, base, (lambda value: value <= 0) if down else _is_minus_one)
