"""What changes cost, against each other: the order in which they are tried for hosts that miss the window."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, get_args

from advisor.domain.shipped_tables import parse_rows
from advisor.domain.word import Word, field
from advisor.shipped import shipped_path

COSTS_FILE: Final = "data/change_costs.csv"

Sizing = Literal[
    "limit", "cap", "transport", "power", "jumbo", "rdma_on", "team", "second_nic", "nic_10", "nic_25", "nic_100",
    "rdma_25", "rdma_100",
]  # fmt: skip


class ChangeCost(Word):
    """One row of data/change_costs.csv."""

    change: Sizing = field(..., "Short name of the change")
    title: str = field(..., "What it is, in words", min_length=1)
    cost: float = field(..., "Cost against the others; only sums are compared", ge=0, le=1_000_000)


CHANGES: Final[tuple[str, ...]] = get_args(Sizing)
"""Every change that is tried."""


@lru_cache(maxsize=1)
def load_costs() -> tuple[ChangeCost, ...]:
    """The shipped costs, read once per process.

    Examples
    --------
    >>> min(load_costs(), key=lambda row: row.cost).change
    'limit'
    """
    return parse_costs(shipped_path("data", "change_costs.csv").read_text(encoding="utf-8"), COSTS_FILE)


def parse_costs(text: str, file: str) -> tuple[ChangeCost, ...]:
    r"""Costs from the text of a table such as data/change_costs.csv; a change that no row names is not tried.

    Raises
    ------
    InputError
        Naming every cell that does not hold.

    Examples
    --------
    >>> parse_costs("change,title,cost\nlimit,More moves at once,1\n", "mine.csv")[0].cost
    1.0
    """
    return tuple(row for _, row in parse_rows(text, ChangeCost, file, key="change"))
