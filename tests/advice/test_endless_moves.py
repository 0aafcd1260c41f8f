"""What never converges is told with the time it truly takes, however many passes are allowed."""

from __future__ import annotations

import pytest

from advisor.advice import recommend
from advisor.domain.answers import Recommendation
from advisor.domain.scenario import Scenario


def answer(passes: int, count: int) -> Recommendation:
    return recommend(
        Scenario.model_validate(
            {
                "platform": "qemu",
                "source": {"os": "10.0", "nics": [{"speed_gbps": 1}], "cores": 8},
                "vms": [{"memory_gib": 4, "count": count, "dirty_rate_mib_s": 3000, "working_set_gib": 3}],
                "switchover": {"max_passes": passes},
            }
        )
    )


@pytest.mark.parametrize("count", [1, 2])
def test_time_grows_with_the_passes(count: int) -> None:
    few, most = (
        {option.label: option.total_s.p50 for option in answer(passes, count).options} for passes in (900, 1000)
    )
    grown = [most[label] / few[label] for label in few if few[label] > 3600]
    assert grown
    assert grown == pytest.approx([1000 / 900] * len(grown), rel=0.02)
