"""How a recommendation hangs on its inputs: over a grid of two of them, and by what is not known."""

from __future__ import annotations

from typing import Final, Protocol

from advisor.advice.choose import Judged, choose
from advisor.advice.headline import summary
from advisor.advice.measuring import what_matters
from advisor.advice.predict import Outcome, predict
from advisor.advice.prepare import Problem, prepare
from advisor.advice.recommend import card_for
from advisor.advice.vm_answers import findings_of, option_verdict, quantiles
from advisor.domain.answers import Interval
from advisor.domain.inputs import Input, input_called, with_inputs
from advisor.domain.scenario import Scenario
from advisor.domain.sensitivity import Axis, Cell, Sensitivity, State, Uncertainty
from advisor.errors import Problem as InputProblem
from advisor.errors import ScenarioError
from advisor.residual.card import Card

_REASONS_TOLD: Final = 3


class Watch(Protocol):
    """Takes note of how far the work is."""

    def __call__(self, done: int, of: int, /) -> None:
        """So many cells are done."""
        ...


def sensitivity(
    scenario: Scenario, across: Axis, up: Axis, card: Card | None = None, watch: Watch | None = None
) -> Sensitivity:
    """What is recommended for every pair of values of two inputs, all else as in the scenario.

    Parameters
    ----------
    across, up : inputs, each value of which is taken for every host, NIC or VM that has the input.
    card : the model card to use; not given, the shipped one.
    watch : told after each cell how many are done.

    Returns
    -------
    Sensitivity
        Each cell as `recommend` answers it; a cell whose values contradict each other or the scenario says why.

    Raises
    ------
    InputError, UnknownNameError
        When an axis names no input, holds values that its field does not take, or both name the same; when no cell
        is possible; see `recommend` for the rest.

    Examples
    --------
    >>> host = {"os": "2019", "nics": [{"speed_gbps": 10}]}
    >>> lab = Scenario.model_validate({"source": host, "vms": [{"memory_gib": 55, "workload": "idle"}]})
    >>> speeds = Axis(input="nics.speed_gbps", values=(1, 10))
    >>> found = sensitivity(lab, speeds, Axis(input="vms.memory_gib", values=(8, 55)))
    >>> [cell.drain_s.p50 < 25 for cell in found.cells]
    [True, True, False, True]
    """
    first, second = _checked(across), _checked(up)
    if first == second:
        raise ScenarioError(
            InputProblem("both axes hold the same input", column=first.path, mend="choose another input for one")
        )
    taken = card_for(scenario.platform, card)
    of = len(across.values) * len(up.values)
    cells: list[Cell] = []
    for high in up.values:
        for wide in across.values:
            cells.append(_cell(scenario, {first: wide, second: high}, taken))
            if watch is not None:
                watch(len(cells), of)
    if all(cell.state is State.IMPOSSIBLE for cell in cells):
        raise ScenarioError(
            [InputProblem(str(reason)) for reason in dict.fromkeys(cell.reason for cell in cells)][:_REASONS_TOLD]
        )
    return Sensitivity(
        across=across,
        up=up,
        cells=tuple(cells),
        across_today=first.today(scenario),
        up_today=second.today(scenario),
        card=taken.name,
    )


def uncertainty(scenario: Scenario, card: Card | None = None) -> Uncertainty:
    """What makes the interval of the scenario's total time wide, with how much knowing it would narrow it.

    Parameters
    ----------
    card : the model card to use; not given, the shipped one.

    Raises
    ------
    InputError, UnknownNameError
        See `recommend`.

    Examples
    --------
    >>> host = {"os": "2019", "nics": [{"speed_gbps": 10}]}
    >>> found = uncertainty(Scenario.model_validate({"source": host, "vms": [{"memory_gib": 55}]}))
    >>> found.factors[0].width_after < found.factors[-1].width_after <= found.width
    True
    """
    taken = card_for(scenario.platform, card)
    problem = prepare(scenario)
    chosen = choose(problem, predict(problem, taken)).chosen
    if chosen is None:
        return Uncertainty(card=taken.name)
    return Uncertainty(
        label=chosen.option.label,
        drain_s=chosen.combined.total_s,
        width=chosen.combined.width,
        factors=what_matters(chosen.combined, problem.platform),
        card=taken.name,
    )


def _checked(axis: Axis) -> Input:
    """The input of an axis, whose values are all such as its field takes."""
    one = input_called(axis.input)
    problems: list[InputProblem] = []
    for value in axis.values:
        try:
            one.checked(value)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return one


def _cell(scenario: Scenario, values: dict[Input, float], card: Card) -> Cell:
    """The recommendation with these values; or why there is none."""
    across, up = values.values()
    try:
        problem = prepare(with_inputs(scenario, values))
    except ScenarioError as error:
        return Cell(across=across, up=up, state=State.IMPOSSIBLE, reason=str(error))
    choice = choose(problem, predict(problem, card))
    if choice.chosen is None:
        return Cell(across=across, up=up, state=State.FORBIDDEN, reason=summary(problem, choice, None))
    return _answered(problem, choice.chosen, across, up)


def _answered(problem: Problem, chosen: Judged, across: float, up: float) -> Cell:
    combined = chosen.combined
    return Cell(
        across=across,
        up=up,
        state=State.ANSWERED,
        label=chosen.option.label,
        transport=chosen.option.transport,
        verdict=option_verdict(chosen, findings_of(problem, chosen.k)),
        simultaneous=chosen.option.simultaneous,
        vm_total_s=longest_move(combined.outcomes),
        drain_s=combined.total_s,
        blackout_s=combined.blackout_s,
        converges=all(bool(outcome.converged.all()) for outcome in combined.outcomes),
        endless=problem.platform.is_endless(problem.scenario.switchover),
    )


def longest_move(outcomes: tuple[Outcome, ...]) -> Interval:
    """The move of a single VM that takes longest in the middle, from its own start [s]."""
    each = [(quantiles(outcome.vm_total), i) for outcome in outcomes for i in range(len(outcome.passes))]
    low, middle, high = max(((p05[i], p50[i], p95[i]) for (p05, p50, p95), i in each), key=lambda one: float(one[1]))
    return Interval(p05=float(low), p50=float(middle), p95=float(high))
