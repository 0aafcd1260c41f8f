"""A small plot of columns for a terminal.

Drawn here, because it is thirty lines, works in ASCII, and costs no import; the plotting library looked at
for it changed its whole interface between its last two major versions.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.reports.wording import number
from advisor.units import format_duration

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_IN_ASCII = " ...:::##"


def columns_plot(values: Sequence[float], end_s: float, height: int = 5, ascii_only: bool = False) -> list[str]:
    """Lines of a column plot: one column per value, from time 0 to `end_s` [s], the highest value labelled.

    Examples
    --------
    >>> for line in columns_plot([4, 2, 1, 0], 20, height=2, ascii_only=True): print(line)
       4 |#
         |##:
         +----
          0  20 s
    """
    top = max(values, default=0.0)
    label = number(top)
    gutter = max(len(label), 4)
    eighths = [round(value / top * height * 8) if top > 0 else 0 for value in values]
    shades = _IN_ASCII if ascii_only else _EIGHTHS
    lines = []
    for row in reversed(range(height)):
        filled = "".join(shades[min(max(count - row * 8, 0), 8)] for count in eighths)
        lines.append(f"{label if row == height - 1 else '':>{gutter}} {'|' if ascii_only else '│'}{filled}".rstrip())
    lines.append(f"{'':>{gutter}} {'+' if ascii_only else '└'}{('-' if ascii_only else '─') * len(values)}")
    until = format_duration(end_s)
    lines.append(f"{'':>{gutter}}  0{until:>{max(len(values) - 1, len(until) + 2)}}")
    return lines
