"""What `advisor calibrate --show` shows: a card's constants with their ranges and sources."""

from __future__ import annotations

import math

from advisor.reports import Page
from advisor.reports.sheet import Cell, Column, Row, Sheet
from advisor.reports.table_parts import rest_of
from advisor.reports.wording import number, plural
from advisor.residual.card import Card


def card_table(card: Card, page: Page) -> str:
    """Write a card for a terminal: every constant, p05 to p95, fitted or prior, with its source below it."""
    sheet = Sheet(page)
    sheet.paragraph(f"Model card: {card.name}", "bold")
    made = card.made_from
    if made.get("file"):
        left_out = made.get("not_fitted") or []
        sheet.paragraph(
            f"Made from {made['file']}"
            + (
                "; scored but not fitted, for their memory in their time is more than the wire carries: "
                + ", ".join(left_out)
                if left_out
                else ""
            )
            + "."
        )
    sheet.paragraph(
        f"Spread that no constant explains: time x/÷ {_factor(card.time_log_spread)}, "
        f"blackout x/÷ {_factor(card.blackout_log_spread)} (90 %)."
    )
    before, after = (card.errors.get(f"held_out_median_ape_{when}") for when in ("before", "after"))
    if before is not None and after is not None:
        sheet.paragraph(
            f"Held-out median error, by {card.errors.get('held_out_by', 'study')}: {number(before, 3)} % with the "
            "ranges it started from, "
            f"{number(after, 3)} % fitted."
        )
    sheet.gap()
    columns = (
        Column("p05", 10, right=True),
        Column("p50", 10, right=True),
        Column("p95", 10, right=True),
        Column("", 6),
    )
    sheet.table(
        (Column("Constant", rest_of(sheet.width, columns)), *columns),
        [
            Row(
                (
                    Cell.of(name),
                    *(Cell.of(f"{value:.4g}") for value in (one.p05, one.p50, one.p95)),
                    Cell.of("fitted" if one.fitted else ""),
                ),
                ((one.source, "dim"),),
            )
            for name, one in card.constants.named().items()
        ],
    )
    for transport, one in card.coverage.items():
        sheet.paragraph(
            f"{transport}: {plural(one.runs, one.evidence + ' run')} of {plural(one.studies, 'author')}, "
            f"{_span(one.nic_gbps)} Gbit/s, {_span(one.nic_count)} "
            f"NICs, {_span(one.memory_gib)} GiB, {_span(one.simultaneous)} at once, {', '.join(one.versions)}",
            hanging=2,
        )
    return sheet.text()


def card_json(card: Card, page: Page) -> str:
    """Write a card as the JSON that `--card` reads."""
    del page  # JSON is for programs: neither width nor colour bears on it
    return card.to_json()


def _factor(log_spread: float) -> str:
    return number(math.exp(log_spread), 3)


def _span(pair: tuple[float, float]) -> str:
    low, high = pair
    return number(low, 3) if low == high else f"{number(low, 3)}-{number(high, 3)}"
