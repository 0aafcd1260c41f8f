"""What is taken where an inventory does not say: low, middle and high by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from advisor.domain.defaults import default_values, load_defaults
from advisor.domain.estate import Default

Triple = tuple[Any, Any, Any]


@dataclass(frozen=True)
class Assumed:
    """Low, middle and high by column, such as ``host.nic_gbps``, and their sources.

    What no row names is simply not known.
    """

    values: Mapping[str, Triple]
    sources: Mapping[str, str]

    def middle(self, column: str) -> Any:
        """What is taken for a column; None where nothing is."""
        return self.values.get(column, (None, None, None))[1]

    def ends(self, column: str) -> tuple[Any, ...]:
        """What else it may be: its low and high where they differ from the middle."""
        low, middle, high = self.values.get(column, (None, None, None))
        return tuple(value for value in (low, high) if value != middle)


def assumed_from(rows: Iterable[Default]) -> Assumed:
    """Defaults as the columns have them, laid over the shipped ones; of two rows for one column the later counts.

    Raises
    ------
    InputError
        When a row names no column, or gives values that the column does not allow.

    Examples
    --------
    >>> rows = [Default(column="host.nic_gbps", low="10", middle="10", high="25", source="assumption")]
    >>> assumed_from(rows).values["host.nic_gbps"]
    (10.0, 10.0, 25.0)
    """
    every = {row.column: row for row in (*load_defaults(), *rows)}
    return Assumed(
        {column: default_values(row) for column, row in every.items()},
        {column: row.source for column, row in every.items()},
    )
