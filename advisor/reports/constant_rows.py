"""The constants of a model card as rows: what each is, its range with its unit, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from advisor.platforms import Range
from advisor.platforms.constants import meaning
from advisor.reports.wording import number
from advisor.residual.card import Card

_BYTES: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_NOT_HERE: Final = "does not apply"


@dataclass(frozen=True, slots=True)
class ConstantRow:
    """One constant.

    Attributes
    ----------
    amount : middle and 90 % interval, with their unit.
    rests_on : fitted (measured runs moved it), prior (its source), partly assumption, or assumption.
    """

    name: str
    meaning: str
    amount: str
    rests_on: str
    source: str


@dataclass(frozen=True, slots=True)
class ConstantChange:
    """One constant that a calibration moved or narrowed.

    Attributes
    ----------
    width : how wide its interval is after, against before; 1 is as wide, None where it had no width.
    """

    name: str
    meaning: str
    before: str
    after: str
    width: float | None


def constant_rows(card: Card) -> list[ConstantRow]:
    """The constants that bear on the card's platform, in order.

    Examples
    --------
    >>> from advisor.platforms import get_platform
    >>> from advisor.residual.card import unlearned_card
    >>> constant_rows(unlearned_card(get_platform("hyperv")))[2].amount
    '1.14 [0.98-1.24] GB/s'
    """
    return [
        ConstantRow(name, meaning(name)[0], amount(one, meaning(name)[1]), _rests_on(one), one.source)
        for name, one in card.constants.named().items()
        if not one.source.startswith(_NOT_HERE)
    ]


def changed_constants(before: Card, after: Card) -> list[ConstantChange]:
    """The constants whose range is another in the second card than in the first, those narrowed most first."""
    first = before.constants.named()
    found = [
        ConstantChange(
            name,
            meaning(name)[0],
            amount(first[name], meaning(name)[1]),
            amount(one, meaning(name)[1]),
            _ratio(one.p95 - one.p05, first[name].p95 - first[name].p05),
        )
        for name, one in after.constants.named().items()
        if (one.p05, one.p50, one.p95) != (first[name].p05, first[name].p50, first[name].p95)
    ]
    return sorted(found, key=lambda one: 1.0 if one.width is None else one.width)


def amount(one: Range, unit: str) -> str:
    """Middle and 90 % interval of a constant, in a unit that reads well.

    Examples
    --------
    >>> amount(Range(8e8, 1.25e9, 1.5e9, "assumption"), "bytes/s")
    '1.25 [0.8-1.5] GB/s'
    >>> amount(Range(0.0005, 0.0018, 0.005, "assumption"), "s"), amount(Range(3, 5, 10, "assumption"), "")
    ('1.8 [0.5-5] ms', '5 [3-10]')
    """
    factor, shown = _scale(one.p50, one.p95, unit)
    low, middle, high = (number(value * factor) for value in (one.p05, one.p50, one.p95))
    return f"{middle} {shown}".strip() if low == high else f"{middle} [{low}-{high}] {shown}".strip()


def _scale(middle: float, high: float, unit: str) -> tuple[float, str]:
    if unit in {"bytes", "bytes/s"}:
        size, name = next(((size, name) for size, name in _BYTES if middle >= size), (1.0, "bytes"))
        return 1 / size, unit.replace("bytes", name)
    if unit == "core s/byte":
        return 1e9, "core s/GB"
    if unit == "1/s":
        return 1e-3, "thousand a second"
    if unit == "s" and high < 1:
        return 1e3, "ms"
    return 1.0, unit


def _rests_on(one: Range) -> str:
    if one.fitted:
        return "fitted"
    if one.source.startswith("assumption"):
        return "assumption"
    return "prior, partly assumption" if "assumption" in one.source else "prior"


def _ratio(after: float, before: float) -> float | None:
    return after / before if before > 0 else None
