"""The two questions advisor answers: which setting, and how long as it is."""

from __future__ import annotations

from dataclasses import replace

from advisor.advice.assumptions import assumptions_of
from advisor.advice.choose import choose, judge
from advisor.advice.combine import combine_option
from advisor.advice.explain import explain, option_answer
from advisor.advice.predict import Forecast, predict
from advisor.advice.prepare import Problem, prepare, prepare_today
from advisor.advice.vm_answers import timeline_of, vm_answers
from advisor.domain.answers import Estimate, Fallback, Recommendation
from advisor.domain.options import Transport
from advisor.domain.scenario import Scenario
from advisor.errors import CardError
from advisor.errors import Problem as InputProblem
from advisor.paths import resolve_case
from advisor.platforms import Way
from advisor.residual.card import Card
from advisor.residual.card_files import shipped_card


def recommend(scenario: Scenario, card: Card | None = None) -> Recommendation:
    """Recommend one setting for the scenario's hosts, with everything it rests on.

    Parameters
    ----------
    card : the model card to use; not given, the shipped one.

    Raises
    ------
    InputError, UnknownNameError
        When the scenario names a platform or workload that does not exist, or has too many VMs; when the
        card is of another platform.

    Examples
    --------
    >>> host = {"os": "2019", "nics": [{"count": 2, "speed_gbps": 100, "rdma": "iwarp"}]}
    >>> answer = recommend(Scenario.model_validate({"source": host, "vms": [{"memory_gib": 55}]}))
    >>> answer.recommended.transport.value
    'rdma'
    """
    problem = prepare(scenario)
    forecast, over_tcp = predict_with_fallbacks(problem, card_for(scenario.platform, card))
    choice = choose(problem, forecast)
    return explain(problem, forecast, choice, over_tcp)


def estimate(scenario: Scenario, transport: Transport | Way | None = None, card: Card | None = None) -> Estimate:
    """What today's configuration does under one transport, nothing improved, pass by pass.

    Parameters
    ----------
    transport : or one of the platform's ways; not given, the one in force today.
    card : the model card to use; not given, the shipped one.

    Raises
    ------
    InputError, UnknownNameError
        See `recommend`; also when the platform has no such transport.

    Examples
    --------
    >>> host = {"os": "2012R2", "nics": [{"speed_gbps": 10}]}
    >>> scenario = Scenario.model_validate({"source": host, "vms": [{"memory_gib": 55, "workload": "idle"}]})
    >>> 63 < estimate(scenario, Transport.TCPIP).total_s.p50 < 77
    True
    """
    problem = prepare_today(scenario, transport)
    forecast, over_tcp = predict_with_fallbacks(problem, card_for(scenario.platform, card))
    one = judge(problem, forecast)[0]
    answer = option_answer(problem, one, fallback=over_tcp.get(0))
    timeline, rates = timeline_of(problem, one.combined, forecast.card)
    return Estimate(
        **{name: getattr(answer, name) for name in type(answer).model_fields},
        platform=problem.platform.name,
        timeline=timeline,
        rates=rates,
        vms=vm_answers(problem, one),
        assumptions=assumptions_of(problem),
        card=forecast.card.name,
    )


def card_for(platform: str, card: Card | None = None) -> Card:
    """The card to predict with on a platform: the one given, else the shipped one.

    Raises
    ------
    CardError
        When the card given is of another platform: what one hypervisor's runs teach is no evidence for another.
    """
    if card is None:
        return shipped_card(platform)
    if card.platform != platform:
        raise CardError(
            InputProblem(
                "the model card is of another platform",
                column="platform",
                value=card.platform,
                allowed=platform,
                mend="give a card made from runs of this platform, or none to use the shipped one",
            )
        )
    return card


def predict_with_fallbacks(problem: Problem, card: Card) -> tuple[Forecast, dict[int, Fallback]]:
    """Every option, and for those that use RDMA the time when it silently fails and SMB goes on over TCP.

    Both are walked in one go: most of a walk is its steps, however many options take them.
    """
    direct = tuple(k for k in range(len(problem.options)) if _is_direct(problem, k)) if problem.platform.smb else ()
    if not direct:
        return predict(problem, card), {}
    over = tuple(problem.options[k].model_copy(update={"transport": Transport.MULTICHANNEL}) for k in direct)
    cases = tuple(
        (
            *row,
            *(
                resolve_case(problem.platform, row[k].pair, option, row[k].vms)
                for k, option in zip(direct, over, strict=True)
            ),
        )
        for row in problem.cases
    )
    both = predict(replace(problem, options=(*problem.options, *over), cases=cases), card)
    own = len(problem.options)
    told = {
        k: Fallback(transport=Transport.MULTICHANNEL, total_s=combine_option(both, own + i).total_s)
        for i, k in enumerate(direct)
    }
    return Forecast(tuple(row[:own] for row in both.outcomes), card), told


def _is_direct(problem: Problem, k: int) -> bool:
    """Whether an option would run over RDMA on every pair that something moves over."""
    return all(
        row[k].path.effective is Transport.RDMA for row, own in zip(problem.cases, problem.vm_of, strict=True) if own
    )
