"""Which mark a file has before decimals: what its columns of numbers show, and what sizes of memory can be.

``16.384`` is sixteen thousand where people write a decimal comma, and little more than sixteen elsewhere. A cell such
as ``16,5`` or ``1.024,5`` shows which; other cells than numbers, such as a version ``9.0``, show nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import BaseModel

from advisor.domain.estate import EstateHost, EstateVm
from advisor.intake.inventory.quantities import in_gib, with_unit

Band = tuple[float, float]

_SHOWS: Final = {
    decimal: re.compile(
        rf"\d+\{decimal}(\d{{1,2}}|\d{{4,}})|(0\d*|\d{{4,}})\{decimal}\d+"
        rf"|\d{{1,3}}(\{other}\d{{3}})+\{decimal}\d+|[1-9]\d{{0,2}}(\{other}\d{{3}}){{2,}}",
        re.ASCII,
    )
    for decimal, other in (",.", ".,")
}
"""By decimal mark, the numbers that can be written with no other."""

_TWO_MEANINGS: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_BARE: Final = re.compile(r"[+-]?([\d.,]+)\s*[A-Za-z%/]*", re.ASCII)

PLAUSIBLE_GIB: Final[Mapping[type[BaseModel], Band]] = {EstateVm: (1 / 16, 4096.0), EstateHost: (1.0, 65_536.0)}
"""Memory that a VM or a host is likely to have [GiB]: of two readings, one outside is not meant. Assumption."""


class Marks:
    """Gathers what the numbers of a table show."""

    def __init__(self) -> None:
        self._shown: set[str] = set()
        self._likely: set[str] = set()

    def see(self, cell: str, base: str = "", band: Band | None = None) -> None:
        """Take note of a number.

        Parameters
        ----------
        base : unit of a size that says none.
        band : what it is likely to be [GiB].
        """
        match = _BARE.fullmatch(cell.strip())
        if match is None:
            return
        self._shown |= {mark for mark, pattern in _SHOWS.items() if pattern.fullmatch(match[1])}
        if band is not None and _TWO_MEANINGS.fullmatch(match[1]):
            likely = [comma for comma in (False, True) if _is_likely(cell, comma, base, band)]
            if len(likely) == 1:
                self._likely.add("," if likely[0] else ".")

    def decimal_comma(self, separator: str) -> bool | None:
        """Whether there is a comma before decimals; None where nothing tells.

        Where numbers show both marks or none, the one that makes sizes of memory likely is taken. After that, a file
        whose cells are parted by commas has points, for every number with a comma would have to be quoted. One parted
        by semicolons may have either: Excel writes commas there, and PowerShell what its system has.
        """
        for marks in (self._shown, self._likely):
            if len(marks) == 1:
                return marks == {","}
        return False if separator == "," else None


def _is_likely(cell: str, decimal_comma: bool, base: str, band: Band) -> bool:
    try:
        value, unit = with_unit(cell, decimal_comma)
        return band[0] <= in_gib(value, unit or base) <= band[1]
    except ValueError:
        return False


def decimal_comma_in(columns: Iterable[tuple[Iterable[str], str, Band | None]], separator: str) -> bool | None:
    """Whether columns of numbers have a comma before decimals; None where nothing tells.

    Parameters
    ----------
    columns : of each, its cells, its unit, and what memory it is likely to tell [GiB] where it tells any.
    separator : what parts the cells of the file.

    Examples
    --------
    >>> decimal_comma_in([(["16,5"], "GiB", None)], ";"), decimal_comma_in([(["16.5"], "GiB", None)], ";")
    (True, False)
    >>> decimal_comma_in([(["16.384"], "MiB", PLAUSIBLE_GIB[EstateVm])], ";")
    True
    >>> decimal_comma_in([(["1.024"], "GiB", None)], ";") is None
    True
    """
    marks = Marks()
    for cells, base, band in columns:
        for cell in cells:
            marks.see(cell, base, band)
    return marks.decimal_comma(separator)
