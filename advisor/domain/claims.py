"""What others published: claims that are no runs, and how well other models predict."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, model_validator

from advisor.domain.options import Transport
from advisor.domain.shipped_tables import shipped_rows
from advisor.domain.word import Word, field

CLAIMS_FILE: Final = "data/claims.csv"
ACCURACIES_FILE: Final = "data/accuracy_published.csv"


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


_Number = Annotated[float | None, BeforeValidator(_empty_is_none)]
_Transport = Annotated[Transport | None, BeforeValidator(_empty_is_none)]


class Claim(Word):
    """One row of data/claims.csv: a published statement that is no timed run; it gave a prior, a rule or a check."""

    published_id: int = field(..., "Number of the published statement; what cites it says claim and this", ge=1)
    platform: str = field(..., "Hypervisor it speaks of, or any", min_length=1, max_length=32)
    quantity: str = field(..., "What it is about", min_length=1, max_length=64)
    transport: _Transport = field(..., "Transport it speaks of; empty: none in particular")
    value: _Number = field(..., "Its number; empty where it has none")
    unit: str = field(..., "What the number counts", max_length=32)
    statement: str = field(..., "What was published", min_length=1)
    source_url: str = field(..., "Where", min_length=1)
    used_for: str = field(..., "What it is used for here", min_length=1)

    @model_validator(mode="after")
    def _number_with_unit(self) -> Self:
        if (self.value is None) == bool(self.unit):
            raise ValueError("a value needs its unit, and a unit its value")
        return self


class PublishedAccuracy(Word):
    """One row of data/accuracy_published.csv: how far another model was from what was measured."""

    source: str = field(..., "Who", min_length=1)
    year: int = field(..., "When", ge=2000, le=2100)
    system: str = field(..., "Hypervisor; empty where it is not said")
    what: str = field(..., "What was predicted, and over what the figure is", min_length=1)
    figure: str = field(..., "The figure as it was published", min_length=1)
    read: Literal["in full", "abstract"] = field(..., "How much of it was read")
    citation: str = field(..., "Where", min_length=1)

    @property
    def where(self) -> str:
        """Its citation, which says so where only the abstract was read."""
        return self.citation + (" (abstract)" if self.read == "abstract" else "")


@cache
def load_claims() -> tuple[Claim, ...]:
    """The shipped claims, read once per process; one publication may claim several things.

    Raises
    ------
    InputError
        When the table was edited and a row of it no longer holds.

    Examples
    --------
    >>> next(claim for claim in load_claims() if claim.published_id == 45).quantity
    'cpu'
    """
    return shipped_rows(Claim, CLAIMS_FILE, key=None)


@cache
def load_accuracies() -> tuple[PublishedAccuracy, ...]:
    """What others published of how well they predict, read once per process.

    Raises
    ------
    InputError
        When the table was edited and a row of it no longer holds.

    Examples
    --------
    >>> load_accuracies()[0].figure
    '12 %'
    """
    return shipped_rows(PublishedAccuracy, ACCURACIES_FILE, key=None)
