"""The table format: finds the writer of the answer's kind."""

from __future__ import annotations

from advisor.domain.answers import Estimate, Recommendation
from advisor.reports import Page
from advisor.reports.sheet import Sheet


def table(answer: Recommendation | Estimate, page: Page) -> str:
    """Write an answer for a terminal, what to do first."""
    sheet = Sheet(page)
    # Imported here, so that neither waits for the other.
    if isinstance(answer, Estimate):
        from advisor.reports.estimate_table import estimate_table

        estimate_table(sheet, answer)
    else:
        from advisor.reports.recommendation_table import recommendation_table

        recommendation_table(sheet, answer)
    return sheet.text()
