"""What a process of its own does for large what-ifs; it knows nothing of pages."""

from __future__ import annotations

from advisor.advice import recommend
from advisor.domain.answers import Recommendation
from advisor.domain.scenario import Scenario
from advisor.residual.card import Card
from advisor.ui.job import Watch


def recommended(scenario: Scenario, card: Card | None, watch: Watch) -> Recommendation:
    """The recommendation; how far it is is not known on the way."""
    del watch
    return recommend(scenario, card)
