"""A grid over two inputs answers each cell as `recommend` does; and what makes the interval wide."""

import pytest

from advisor import recommend, sensitivity
from advisor.advice.axes import suggested, suggested_inputs
from advisor.advice.sensitivity import uncertainty
from advisor.domain.answers import Interval
from advisor.domain.inputs import input_called, inputs_of, with_inputs
from advisor.domain.scenario import Scenario
from advisor.domain.sensitivity import Axis, Measure, State
from advisor.errors import CardError, ScenarioError, UnknownNameError
from advisor.intake.scenario import read_scenario
from advisor.residual.card_files import shipped_card
from advisor.units import ms_to_seconds

QUICK_KVM = {
    "platform": "qemu",
    "source": {"os": "9.2", "cores": 8, "cpu_busy": 0.2, "nics": [{"speed_gbps": 10, "mtu_bytes": 9000}]},
    "vms": [{"memory_gib": 4, "workload": "idle", "count": 2}],
}


def axis(path, *values):
    return Axis(input=path, values=values)


def one_host(**more):
    host = {"os": "2019", "nics": [{"speed_gbps": 10}], **more}
    return Scenario.model_validate({"source": host, "vms": [{"memory_gib": 16, "dirty_rate_mib_s": 100}]})


def in_s(milliseconds):
    return Interval(**{name: ms_to_seconds(getattr(milliseconds, name)) for name in Interval.model_fields})


def check_as_recommended(scenario, found):
    """Every cell is what `recommend` says of the scenario with its values."""
    for cell in found.cells:
        values = {input_called(found.across.input): cell.across, input_called(found.up.input): cell.up}
        answer = recommend(with_inputs(scenario, values))
        option = answer.recommended
        if option is None:
            assert cell.state is State.FORBIDDEN
            assert cell.reason == answer.summary
            continue
        assert cell.state is State.ANSWERED
        assert (cell.label, cell.transport, cell.simultaneous) == (option.label, option.transport, option.simultaneous)
        assert cell.verdict is option.verdict
        assert (cell.converges, cell.endless) == (option.converges, option.endless)
        assert cell.drain_s == option.total_s
        assert cell.blackout_s.p50 == pytest.approx(in_s(option.blackout_ms).p50, rel=1e-12)
        assert cell.blackout_s.p95 == pytest.approx(in_s(option.blackout_ms).p95, rel=1e-12)
        assert cell.vm_total_s == max((vm.total_s for vm in answer.vms), key=lambda total: total.p50)


def test_the_seed_s_lab_is_answered_as_recommend_answers_it(checkout):
    scenario = read_scenario(checkout / "data/examples/seed_lab.yaml")
    found = sensitivity(scenario, axis("nics.speed_gbps", 1, 10, 100), axis("vms.memory_gib", 8, 55))
    check_as_recommended(scenario, found)
    today = recommend(scenario).recommended
    assert found.today is found.rows[1][1]
    assert (found.today.label, found.today.drain_s) == (today.label, today.total_s)
    assert len({cell.label for cell in found.cells}) > 1


def test_a_cluster_with_goals_and_cells_where_nothing_is_allowed(checkout):
    scenario = read_scenario(checkout / "data/examples/azure_local.yaml")
    found = sensitivity(scenario, axis("nics.speed_gbps", 25, 100), axis("nics.count", 2, 16))
    check_as_recommended(scenario, found)
    assert [cell.state for cell in found.rows[1]] == [State.FORBIDDEN] * 2
    assert found.rows[1][0].interval(Measure.DRAIN) is None


def test_qemu_and_passes_that_never_end():
    scenario = Scenario.model_validate(QUICK_KVM)
    found = sensitivity(scenario, axis("nics.speed_gbps", 1, 10), axis("vms.dirty_rate_mib_s", 5, 50_000))
    check_as_recommended(scenario, found)
    assert {cell.endless for cell in found.cells} == {True}


def test_cells_that_do_not_converge_are_told():
    found = sensitivity(one_host(), axis("vms.working_set_gib", 0.1, 12), axis("vms.dirty_rate_mib_s", 10, 20_000))
    check_as_recommended(one_host(), found)
    assert [cell.converges for cell in found.cells] == [True, True, False, False]


def test_values_that_contradict_each_other_are_not_possible_and_say_why():
    found = sensitivity(one_host(), axis("vms.memory_gib", 4, 64), axis("vms.working_set_gib", 2, 32))
    assert [cell.state for cell in found.cells] == [
        State.ANSWERED,
        State.ANSWERED,
        State.IMPOSSIBLE,
        State.ANSWERED,
    ]
    assert found.cells[2].reason == "working_set_gib is larger than memory_gib"
    assert found.cells[2].interval(Measure.TOTAL) is None
    assert found.today is None


def test_too_many_vms_for_one_scenario_is_a_cell_that_is_not_possible():
    two = one_host().model_copy(update={"vms": one_host().vms * 2})
    found = sensitivity(two, axis("vms.count", 1, 4096), axis("host.cores", 16))
    assert [cell.state for cell in found.cells] == [State.ANSWERED, State.IMPOSSIBLE]
    assert "too many VMs for one scenario" in found.cells[1].reason


def test_when_no_cell_is_possible_the_reason_is_the_error():
    host = {"os": "2019", "nics": [{"speed_gbps": 10}]}
    idle = Scenario.model_validate({"source": host, "vms": [{"memory_gib": 16, "workload": "idle"}]})
    with pytest.raises(ScenarioError, match=r"^working_set_gib needs dirty_rate_mib_s beside it$"):
        sensitivity(idle, axis("vms.working_set_gib", 2, 4), axis("host.cores", 8, 16))


@pytest.mark.parametrize(
    ("across", "error", "told"),
    [
        (axis("nics.sped", 1), UnknownNameError, "no input is called 'nics.sped'"),
        (axis("host.cpu_busy", 0.5, 40, 50), ScenarioError, "(?s)got 40.*got 50.*allowed: a number from 0 to 1"),
        (axis("host.cores", 2, 2.5), ScenarioError, "got 2.5"),
        (axis("vms.memory_gib", 8), ScenarioError, "both axes hold the same input"),
    ],
)
def test_silly_axes_are_told_before_anything_is_worked_out(across, error, told):
    with pytest.raises(error, match=told):
        sensitivity(one_host(), across, axis("vms.memory_gib", 8, 16), watch=lambda done, of: pytest.fail("worked"))


@pytest.mark.parametrize("values", [(), (2, 1), (1, 1), tuple(range(26))])
def test_an_axis_rises_and_is_neither_empty_nor_endless(values):
    with pytest.raises(ValueError, match=r"values must rise|at least 1 item|at most 25 items"):
        axis("host.cores", *values)


def test_a_card_of_another_platform_is_refused():
    with pytest.raises(CardError, match="another platform"):
        sensitivity(one_host(), axis("host.cores", 8), axis("vms.memory_gib", 8), shipped_card("qemu"))


def test_each_cell_is_told_to_the_watch_and_the_watch_can_stop_it():
    told = []
    sensitivity(one_host(), axis("host.cores", 8, 16), axis("vms.memory_gib", 8, 16), watch=lambda *at: told.append(at))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]

    def stop(done, of):
        raise KeyboardInterrupt(done, of)

    with pytest.raises(KeyboardInterrupt):
        sensitivity(one_host(), axis("host.cores", 8, 16), axis("vms.memory_gib", 8, 16), watch=stop)


def test_what_matters_is_ranked_and_agrees_with_what_to_measure_next(checkout):
    scenario = read_scenario(checkout / "data/examples/seed_lab.yaml")
    found, answer = uncertainty(scenario), recommend(scenario)
    assert (found.label, found.drain_s) == (answer.recommended.label, answer.recommended.total_s)
    after = [one.width_after for one in found.factors]
    assert after == sorted(after)
    assert all(1 <= one.width_after <= found.width * (1 + 1e-9) for one in found.factors)
    assert {one.width_before for one in found.factors} == {found.width}
    assert found.factors[: len(answer.measure_next)] == answer.measure_next
    assert len(found.factors) > len(answer.measure_next) == 3


def test_where_nothing_is_allowed_nothing_is_uncertain(checkout):
    scenario = read_scenario(checkout / "data/examples/azure_local.yaml")
    found = uncertainty(with_inputs(scenario, {input_called("nics.count"): 16}))
    assert (found.label, found.drain_s, found.factors) == (None, None, ())


@pytest.mark.parametrize("name", ["seed_lab", "azure_local", "branch_1gbe", "many_vms", "qemu_pair"])
@pytest.mark.parametrize("count", [1, 5, 9])
def test_suggested_values_are_allowed_and_hold_today_s(checkout, name, count):
    scenario = read_scenario(checkout / f"data/examples/{name}.yaml")
    offered = inputs_of(scenario)
    assert set(suggested_inputs(scenario)) <= {one.path for one in offered}
    for one in offered:
        values = suggested(scenario, one.path, count).values
        assert 1 <= len(values) <= count, one.path
        assert [one.checked(value) for value in values] == list(values), one.path
        today = one.today(scenario)
        if today:
            assert today in values, one.path


def test_suggested_values_of_unlike_vms_reach_beyond_both_ends():
    unlike = Scenario.model_validate(
        {"source": {"os": "2019", "nics": [{"speed_gbps": 10}]}, "vms": [{"memory_gib": 8}, {"memory_gib": 128}]}
    )
    values = suggested(unlike, "vms.memory_gib").values
    assert values[0] < 8
    assert values[-1] > 128
