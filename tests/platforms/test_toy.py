"""A platform from one file, and a rule from one function, are enough to be advised."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from advisor import platforms
from advisor.advice import estimate, recommend
from advisor.domain.answers import Basis, Recommendation, Verdict
from advisor.domain.options import Transport
from advisor.domain.scenario import Scenario
from advisor.errors import ScenarioError, UnknownNameError
from advisor.paths.path import Case
from advisor.platforms import get_platform, register
from advisor.residual.card_files import shipped_card
from advisor.rules import registry
from advisor.rules.registry import DOES_NOT, Answer, holds, rule
from tests.platforms import toy


@pytest.fixture
def toy_platform() -> Iterator[None]:
    register(toy.PLATFORM)
    yield
    platforms._PLATFORMS.pop("toy")


def scenario(**fields: object) -> Scenario:
    host = {"os": "2019", "cores": 16, "cpu_busy": 0.0, "nics": [{"speed_gbps": 10}]}
    vm = {"name": "vm", "count": 2, "memory_gib": 16, "nonzero_gib": 8, "compression_ratio": 2.0, "workload": "idle"}
    return Scenario.model_validate({"platform": "toy", "source": host, "vms": [vm], **fields})


@pytest.mark.usefixtures("toy_platform")
def test_the_toy_is_known_by_its_name():
    assert get_platform("toy") is toy.PLATFORM
    assert toy.PLATFORM in platforms.platforms()


@pytest.mark.usefixtures("toy_platform")
def test_without_a_model_card_its_own_constants_are_used():
    card = shipped_card("toy")
    assert card.constants == toy.CONSTANTS
    assert card.kind == "priors only"


@pytest.mark.usefixtures("toy_platform")
def test_it_is_recommended_for_in_its_own_words():
    answer = recommend(scenario())
    assert answer.recommended is not None
    assert answer.recommended.transport is Transport.COMPRESSION
    assert {option.label.partition(" + ")[0] for option in answer.options} == {"plain", "squeezed"}
    assert answer.recommended.basis is Basis.PHYSICS
    assert any(one.value == "3" and "Toy hypervisor" in one.why for one in answer.assumptions)
    assert Recommendation.model_validate_json(answer.model_dump_json()) == answer


@pytest.mark.usefixtures("toy_platform")
def test_its_constants_and_first_pass_make_the_time():
    answer = estimate(scenario(), Transport.TCPIP)
    # 2 x 8 GiB that are not zero at the 10 GbE goodput its host limit leaves, 1 s before, the pauses after.
    goodput = min(1.25e9 * 1460 / 1538, 1e6 * 1460)
    expected = 1.0 + 2 * 8 * 2**30 / goodput
    assert answer.total_s.p50 == pytest.approx(expected, rel=0.03)
    assert answer.sent_gib == pytest.approx(16, rel=0.03)
    assert answer.simultaneous == 3


@pytest.mark.usefixtures("toy_platform")
def test_its_stop_rule_ends_the_passes():
    busy = {"name": "vm", "memory_gib": 16, "nonzero_gib": 16, "dirty_rate_mib_s": 600, "working_set_gib": 12}
    answer = estimate(scenario(vms=[busy]), Transport.TCPIP)
    assert answer.converges
    # Dirty at 0.6 of the link it needs more passes than Hyper-V would walk, until 0.3 s are left.
    assert answer.passes > 5
    assert 50 < answer.blackout_ms.p50 < 50 + 300 + 10


@pytest.mark.usefixtures("toy_platform")
def test_a_rule_from_one_function_changes_its_answer():
    before = recommend(scenario())

    @rule("TOY1", "forbid", (), platform="toy", remedy="Leave it.", source="assumption: a toy")
    def squeezing_is_forbidden(case: Case) -> Answer:
        """Squeezing is forbidden."""
        return holds("The toy must not squeeze.") if case.option.transport is Transport.COMPRESSION else DOES_NOT

    try:
        after = recommend(scenario())
        elsewhere = recommend(Scenario.model_validate({**scenario().model_dump(), "platform": "hyperv"}))
    finally:
        registry.unregister("TOY1")
    assert before.recommended is not None
    assert after.recommended is not None
    assert before.recommended.transport is Transport.COMPRESSION
    assert after.recommended.transport is Transport.TCPIP
    squeezed = next(option for option in after.options if option.transport is Transport.COMPRESSION)
    assert squeezed.verdict is Verdict.NOT_RECOMMENDED
    assert squeezed.rejected_by == "TOY1: The toy must not squeeze"
    assert not any(found.rule == "TOY1" for option in elsewhere.options for found in option.findings)


@pytest.mark.usefixtures("toy_platform")
def test_a_transport_it_does_not_have_is_refused():
    with pytest.raises(ScenarioError, match=r"no such transport.*rdma.*tcpip, compression"):
        estimate(scenario(), Transport.RDMA)


def test_unknown_platforms_are_named():
    with pytest.raises(UnknownNameError, match="no platform is called 'toy'; known: hyperv"):
        recommend(scenario())
    with pytest.raises(UnknownNameError, match="no platform"):
        shipped_card("toy")
