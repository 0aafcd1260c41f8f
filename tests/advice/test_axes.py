"""Values worth trying are values that the scenario can take."""

import pytest

from advisor.advice.axes import suggested
from advisor.domain.inputs import inputs_of, with_inputs
from advisor.intake.scenario import read_scenario

NEEDS_ANOTHER = {"vms.working_set_gib"}


@pytest.mark.parametrize(
    "name", ["seed_lab", "cluster_4_nodes", "azure_local", "branch_1gbe", "many_vms", "qemu_pair", "converged_2x25"]
)
def test_every_value_suggested_fits_what_else_the_scenario_says(checkout, name):
    scenario = read_scenario(checkout / f"data/examples/{name}.yaml")
    for one in inputs_of(scenario):
        if one.path in NEEDS_ANOTHER:
            continue
        for value in suggested(scenario, one.path).values:
            assert set(one.values_in(with_inputs(scenario, {one: value}))) == {value}


def test_memory_is_suggested_from_what_is_known_to_lie_in_it(checkout):
    scenario = read_scenario(checkout / "data/examples/cluster_4_nodes.yaml")
    largest = max(vm.nonzero_gib or 0 for vm in scenario.vms)
    assert largest > 0
    assert suggested(scenario, "vms.memory_gib").values[0] == largest
