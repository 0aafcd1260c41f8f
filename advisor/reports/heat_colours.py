"""Colours of a heat map's cells, on each of which black or white reads well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

RAMP: Final = ("#ffffd9", "#c7e9b4", "#41b6c4", "#225ea8", "#081d58")
"""Short to long, told apart by lightness alone too (ColorBrewer's YlGnBu)."""

INKS: Final = {"black": "#000000", "white": "#ffffff"}
"""What is written on a cell: called by name, for a page puts other colours in place of those of the palette."""

_WIDE_RANGE: Final = 5.0
_SHORTEST_S: Final = 0.001


def cell_colours(seconds: Sequence[float]) -> list[tuple[str, str]]:
    """For each time the colour of its cell and of what is written on it; by logarithm where the range is wide.

    Examples
    --------
    >>> cell_colours([1.0, 100.0])
    [('#ffffd9', 'black'), ('#081d58', 'white')]
    """
    shown = [max(value, _SHORTEST_S) for value in seconds]
    low, high = min(shown, default=1.0), max(shown, default=1.0)
    scaled = math.log if high / low > _WIDE_RANGE else float
    reach = scaled(high) - scaled(low)
    fills = [_ramp((scaled(value) - scaled(low)) / reach if reach else 0.0) for value in shown]
    return [(fill, _ink_on(fill)) for fill in fills]


def _ink_on(fill: str) -> str:
    return max(INKS, key=lambda ink: contrast(INKS[ink], fill))


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance).

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (channel / 255 for channel in _channels(colour))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _ramp(share: float) -> str:
    at = share * (len(RAMP) - 1)
    first = min(int(at), len(RAMP) - 2)
    ends = zip(_channels(RAMP[first]), _channels(RAMP[first + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (at - first)):02x}" for a, b in ends)
