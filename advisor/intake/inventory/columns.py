"""Reads the cells of one column: every distinct text is understood and checked once.

What a column allows is read from its field in the domain, so that no bound is written down here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from advisor.domain.describe import Key, adapter_of, bound, types_in, unit
from advisor.domain.estate import EstateCluster, EstateHost, EstateVm
from advisor.errors import Problem
from advisor.intake.inventory.figures import Figures, How
from advisor.intake.inventory.quantities import TwoMeaningsError
from advisor.intake.inventory.tables import Cells, Coded
from advisor.intake.validation import shown, validate

MOST_DISTINCT: Final = 100_000
"""Distinct texts of a column that are remembered; past that they are forgotten and remembered anew."""

FEW: Final = 64
"""Below this many texts, reading numbers together is not worth its while."""

_ONE_WAY: Final = "write it without a mark between thousands: the file does not show which mark it has before decimals"
_ANOTHER_UNIT: Final = "it was read in {}: where that is wrong, write the unit behind the number or in the header"

# What a word needs besides the column in question for that one to be checked alone.
_LEAST: Final[dict[type[BaseModel], dict[str, Any]]] = {
    EstateVm: {"vm": "vm", "memory_gib": 1},
    EstateHost: {"host": "host"},
    EstateCluster: {"cluster": "cluster"},
}


Read = Callable[[str, How], Any]
"""Makes a cell's text what the column wants; None for not known; ValueError where it makes no sense."""


@dataclass(frozen=True, slots=True)
class Take:
    """A column of the estate, and where it is read from.

    Attributes
    ----------
    column : column of the estate; one that begins with _ is not of the estate, and helps to understand the others.
    headers : what the file may call it, letters and digits alone, best first.
    read : how its cells are read.
    remark : what is done to it, for people, such as "/ 2".
    """

    column: str
    headers: tuple[str, ...]
    read: Read
    remark: str = ""


class _Bad:
    """Stands where a cell could not be read, until its row is set aside."""


BAD: Final = _Bad()


class _Memo(dict[str, Any]):
    def __init__(self, understand: Callable[[str], Any]) -> None:
        self.understand = understand

    def __missing__(self, text: str) -> Any:
        if len(self) >= MOST_DISTINCT:
            self.clear()
        value = self[text] = self.understand(text)
        return value


class _Allows(NamedTuple):
    """What a field of numbers allows, for many values together."""

    above: float
    low: float
    high: float
    whole: bool

    @classmethod
    def of(cls, field: FieldInfo) -> _Allows:
        """The bounds that stand in a field."""
        above, low, high = (bound(field, name) for name in ("gt", "ge", "le"))
        return cls(
            -np.inf if above is None else above,
            -np.inf if low is None else low,
            np.inf if high is None else high,
            float not in set(types_in(field.annotation)),
        )

    def mask(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these values are allowed; NaN is not."""
        found: NDArray[np.bool_] = (values > self.above) & (values >= self.low) & (values <= self.high)
        return found & (values % 1 == 0) if self.whole else found


class Column:
    """The reader of one column.

    Attributes
    ----------
    is_number : cells become floats, NaN where nothing is known; else objects, None where nothing is known.
    """

    def __init__(self, take: Take, model: type[BaseModel], how: How) -> None:
        self.take, self.model, self.how = take, model, how
        field = model.model_fields.get(take.column)
        kinds = set() if field is None else set(types_in(field.annotation))
        self.is_number = bool(kinds & {int, float, bool})
        self._adapter = None if field is None else adapter_of(model, take.column)
        self._longest = None if field is None else bound(field, "max_length")
        self._allows = _Allows.of(field) if field is not None and isinstance(take.read, Figures) else None
        self._has_bad = False
        self.memo = _Memo(self._understand)

    def read(self, cells: Cells) -> NDArray[Any]:
        """The values of the cells; `bad` says which could not be read."""
        if isinstance(cells, Coded):
            return self._values(cells.words).take(cells.codes)
        if self._allows is None or len(cells) < FEW:
            return self._values(cells)
        distinct = list(dict.fromkeys(cells))
        found = dict(zip(distinct, self._values(distinct).tolist(), strict=True))
        return np.fromiter(map(found.__getitem__, cells), np.float64, len(cells))

    def _values(self, texts: Sequence[str]) -> NDArray[Any]:
        look_up = self.memo.__getitem__
        if self._allows is None or not isinstance(self.take.read, Figures) or len(texts) < FEW:
            return np.fromiter(map(look_up, texts), np.float64 if self.is_number else object, len(texts))
        values = self.take.read.many(texts, self.how)
        others = np.flatnonzero(~self._allows.mask(values))
        values[others] = np.fromiter((look_up(texts[at]) for at in others.tolist()), np.float64, others.size)
        return values

    def read_names(self, cells: Cells) -> NDArray[Any]:
        """The same for a column of names, most of which stand but once: nothing of it is worth remembering."""
        if isinstance(cells, Coded):
            return self.read_names(cells.words).take(cells.codes)
        found = list(map(str.strip, cells))
        joined = "".join(found)
        plain = joined.isprintable() and "'" not in joined
        if not plain or max(map(len, found), default=0) > (self._longest or 0):
            return np.fromiter(map(self._understand, cells), object, len(cells))
        values = np.fromiter(found, object, len(found))
        if "" in found:
            values[values == ""] = None
        return values

    def bad(self, values: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Which of these values could not be read; None where all could."""
        if not self._has_bad:
            return None
        found: NDArray[np.bool_]
        if self.is_number:
            found = np.isneginf(values)
        else:
            found = np.fromiter((value is BAD for value in values), np.bool_, len(values))
        return found if found.any() else None

    def problem(self, text: str) -> Problem:
        """What is wrong with a cell that could not be read."""
        try:
            content = self.take.read(text, self.how)
        except TwoMeaningsError as error:
            return Problem(str(error), value=shown(text), mend=_ONE_WAY)
        except ValueError:
            content = text
        least = _LEAST.get(self.model, {})
        _, problems = validate(self.model, {**least, self.take.column: content}, _here)
        if not problems:
            return Problem("cannot be read", value=shown(text))
        unit_taken = self._unit_taken(text) if content is not text else ""
        return replace(problems[0], mend=_ANOTHER_UNIT.format(unit_taken)) if unit_taken else problems[0]

    def _unit_taken(self, text: str) -> str:
        """The unit that a format gives to a cell that names none, where it is not the estate's own."""
        read, field = self.take.read, self.model.model_fields.get(self.take.column)
        if not isinstance(read, Figures) or field is None:
            return ""
        taken = read.unit_of(text, self.how)
        return "" if taken == unit(field) else taken

    def _understand(self, text: str) -> Any:
        try:
            value = self.take.read(text, self.how)
            if value is not None and self._adapter is not None:
                value = self._adapter.validate_python(value)
        except (ValueError, ValidationError):
            self._has_bad = True
            return -np.inf if self.is_number else BAD
        if self.is_number:
            return np.nan if value is None else float(value)
        return value.value if isinstance(value, Enum) else value


def _here(path: tuple[Key, ...]) -> Problem:
    del path
    return Problem("")
