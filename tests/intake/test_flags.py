"""Flags: what they stand for, what contradicts itself, and that every problem names its flag."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.domain.goals import Goal, Risk
from advisor.domain.hosts import Balancing, Os, PowerPlan, Rdma
from advisor.errors import AdvisorError, ScenarioError
from advisor.intake.flags import Flags, scenario_from_flags

LEAST = {"os": "2012R2", "vms": "1x55", "nics": "2x10"}


def scenario(**flags):
    return scenario_from_flags(Flags(**(LEAST | flags)))


def host(**flags):
    return scenario(**flags).hosts[0]


def problems(**flags):
    with pytest.raises(ScenarioError) as caught:
        scenario(**flags)
    return caught.value.problems


def test_the_least_a_user_must_say():
    read = scenario()
    assert read.hosts[0] == read.hosts[1]
    assert read.hosts[0].os is Os.WS2012R2
    assert [(nic.count, nic.speed_gbps) for nic in read.hosts[0].nics] == [(2, 10)]
    assert [(vm.count, vm.memory_gib) for vm in read.vms] == [(1, 55)]


def test_what_no_flag_gives_is_not_set():
    read = scenario()
    assert read.hosts[0].model_fields_set == {"os", "nics"}
    assert read.hosts[0].nics[0].model_fields_set == {"count", "speed_gbps"}
    assert read.vms[0].model_fields_set == {"count", "memory_gib"}
    assert read.model_fields_set == {"source", "vms"}


@pytest.mark.parametrize(
    ("written", "groups"),
    [
        ("55", [(1, 55)]),
        (55, [(1, 55)]),
        ("6x9,2x16", [(6, 9), (2, 16)]),
        (("6x9", "2X16"), [(6, 9), (2, 16)]),
        (" 6 x 9.5 ", [(6, 9.5)]),
        ("6×9", [(6, 9)]),
    ],
)
def test_vms_are_counted_groups(written, groups):
    vms = scenario(vms=written).vms
    assert [(vm.count, vm.memory_gib) for vm in vms] == groups
    assert len({vm.name for vm in vms}) == len(vms)


@pytest.mark.parametrize(
    ("jumbo", "groups"),
    [
        ("none", [(2, 10, 1500), (1, 1, 1500)]),
        ("all", [(2, 10, 9000), (1, 1, 9000)]),
        ("1", [(1, 10, 9000), (1, 10, 1500), (1, 1, 1500)]),
        ("2", [(2, 10, 9000), (1, 1, 1500)]),
        (3, [(2, 10, 9000), (1, 1, 9000)]),
    ],
)
def test_jumbo_frames_go_to_the_first_nics(jumbo, groups):
    nics = host(nics=("2x10", "1x1"), jumbo=jumbo).nics
    assert [(nic.count, nic.speed_gbps, nic.mtu_bytes) for nic in nics] == groups
    assert all("mtu_bytes" in nic.model_fields_set for nic in nics)


def test_rdma_is_that_of_every_nic():
    assert {nic.rdma for nic in host(nics="1x10,1x25", rdma="RoCE").nics} == {Rdma.ROCE}


@pytest.mark.parametrize(
    ("team", "os", "read"),
    [
        ("lbfo:switch_independent:dynamic", "2016", ("lbfo", "switch_independent", Balancing.DYNAMIC)),
        ("lbfo:lacp:transport_ports", "2016", ("lbfo", "lacp", Balancing.TRANSPORT_PORTS)),
        ("lbfo:lacp:address_hash", "2016", ("lbfo", "lacp", Balancing.TRANSPORT_PORTS)),
        ("LBFO:Address Hash:Static", "2016", ("lbfo", "static", Balancing.TRANSPORT_PORTS)),
        ("lbfo", "2012", ("lbfo", "switch_independent", Balancing.TRANSPORT_PORTS)),
        ("lbfo", "2012R2", ("lbfo", "switch_independent", Balancing.DYNAMIC)),
        ("set", "2022", ("set", "switch_independent", Balancing.DYNAMIC)),
        ("set", "azurelocal", ("set", "switch_independent", Balancing.HYPERV_PORT)),
        ("set:hyperv_port", "2022", ("set", "switch_independent", Balancing.HYPERV_PORT)),
        ("set:HyperVPort", "2022", ("set", "switch_independent", Balancing.HYPERV_PORT)),
    ],
)
def test_a_team_names_its_parts_or_gets_the_versions_defaults(team, os, read):
    found = host(team=team, os=os).team
    assert (found.kind, found.mode, found.balancing) == read


def test_no_team_is_no_team():
    assert host(team="none").team is None


@pytest.mark.parametrize(
    ("flags", "plan", "c_states"),
    [
        ({"power": "high"}, PowerPlan.HIGH_PERFORMANCE, False),
        ({"power": "High performance", "c_states": "on"}, PowerPlan.HIGH_PERFORMANCE, True),
        ({"power": "balanced"}, PowerPlan.BALANCED, None),
        ({"c_states": "off"}, PowerPlan.BALANCED, False),
        ({}, PowerPlan.BALANCED, None),
    ],
)
def test_high_power_takes_c_states_as_off_unless_they_are_named(flags, plan, c_states):
    power = host(**flags).power
    assert (power.plan, power.c_states) == (plan, c_states)


def test_the_other_flags_land_where_they_belong():
    read = scenario(
        cores=16, cpu_busy=0.3, simultaneous=4, vnic=2, background=1.5, platform="hyperv",
        workload="idle", dirty_rate=100, working_set=2, vcpus=4,
        goal="blackout", max_blackout="sql ag session", window="2h", risk="conservative",
    )  # fmt: skip
    source, vm = read.hosts[0], read.vms[0]
    assert (source.cores, source.cpu_busy, source.simultaneous, source.vnic.count) == (16, 0.3, 4, 2)
    assert read.network.background_gbps == 1.5
    assert (vm.workload, vm.dirty_rate_mib_s, vm.working_set_gib, vm.vcpus) == ("idle", 100, 2, 4)
    assert (read.goals.goal, read.goals.risk) == (Goal.BLACKOUT, Risk.CONSERVATIVE)
    assert (read.goals.max_blackout_s, read.goals.max_blackout_name, read.goals.window_s) == (
        10,
        "sql_ag_session",
        7200,
    )


def test_rdma_beside_an_lbfo_team_is_for_the_rules_to_judge():
    assert host(rdma="roce", team="lbfo:switch_independent:dynamic").team.kind == "lbfo"


@pytest.mark.parametrize(
    ("flags", "column", "words"),
    [
        ({"os": "2013"}, "--os", "AzureLocal"),
        ({"os": None}, "--os", "write --os 2022"),
        ({"vms": ()}, "--vms", "write --vms 1x55"),
        ({"vms": ","}, "--vms", "is empty"),
        ({"nics": ()}, "--nics", "write --nics 2x10"),
        ({"vms": "55GB"}, "--vms", "without a unit"),
        ({"vms": "1x-5"}, "--vms", "too small"),
        ({"vms": "1x1e9"}, "--vms", "too large"),
        ({"vms": "-1x5"}, "--vms", "not COUNTxSIZE"),
        ({"vms": "0x5"}, "--vms", "too small"),
        ({"nics": "2xten"}, "--nics", "0.01 to 1,600 Gbit/s"),
        ({"nics": "99999999999999999999x10"}, "--nics", "not COUNTxSIZE"),
        ({"nics": "65x10"}, "--nics", "from 1 to 64"),
        ({"rdma": "iwrap"}, "--rdma", "did you mean iwarp?"),
        ({"team": "lfbo:dynamic"}, "--team", "did you mean lbfo?"),
        ({"team": "42"}, "--team", "lbfo|set"),
        ({"team": "lbfo:adress_hash"}, "--team", "did you mean address_hash?"),
        ({"team": "lbfo:zzz"}, "--team", "neither a mode nor a load balancing"),
        ({"team": "lbfo:dynamic:hyperv_port"}, "--team", "two of one thing"),
        ({"jumbo": "3"}, "--jumbo", "write --jumbo 2"),
        ({"jumbo": "some"}, "--jumbo", "none, all or a number from 0 to 2"),
        ({"power": "turbo"}, "--power", "balanced or high"),
        ({"c_states": "maybe"}, "--c-states", "on or off"),
        ({"cores": "-1"}, "--cores", "from 1 to 2,048"),
        ({"cpu_busy": "30"}, "--cpu-busy", "write a share, 0.3 for 30 %"),
        ({"workload": "idel"}, "--workload", "did you mean idle?"),
        ({"dirty_rate": "-4"}, "--dirty-rate", "0 to 1,000,000 MiB/s"),
        ({"working_set": "4"}, "--working-set", "needs --dirty-rate"),
        ({"dirty_rate": "9", "working_set": "70"}, "--vms", "--working-set is larger than --vms"),
        ({"vcpus": "two"}, "--vcpus", "is not a whole number"),
        ({"simultaneous": "0"}, "--simultaneous", "from 1 to 128"),
        ({"goal": "speed"}, "--goal", "time, blackout, cpu or network"),
        ({"max_blackout": "1"}, "--max-blackout", "say in what: 1s"),
        ({"max_blackout": "0s"}, "--max-blackout", "too small"),
        ({"window": "soon"}, "--window", "500ms, 2s or 1h30m"),
        ({"risk": "bold"}, "--risk", "conservative, balanced or aggressive"),
        ({"background": "-1"}, "--background", "Gbit/s"),
        ({"vnic": "many"}, "--vnic", "from 1 to 32"),
        ({"platform": "p" * 40}, "--platform", "at most 32 characters"),
    ],
)
def test_every_wrong_flag_is_named_once_with_its_cure(flags, column, words):
    (found,) = problems(**flags)
    assert found.column == column
    assert words in str(found)


def test_all_problems_come_at_once():
    columns = {
        problem.column for problem in problems(os="1999", vms="x", rdma="y", jumbo="9", working_set="3", goal="z")
    }
    assert columns == {"--os", "--vms", "--rdma", "--jumbo", "--working-set", "--goal"}


def test_every_flag_is_described_for_the_help():
    assert all(field.description for field in Flags.model_fields.values())


@settings(max_examples=200)
@given(
    flags=st.dictionaries(
        st.sampled_from(list(Flags.model_fields)),
        st.text(max_size=12)
        | st.sampled_from(["1x1", "none", "lbfo:", "2012", "1s", "-1", "nan", "1e999", "0x0", ":", "x"]),
    )
)
def test_any_flags_read_or_fail_in_words(flags):
    try:
        outcome = scenario_from_flags(Flags(**(LEAST | flags))).platform
    except AdvisorError as error:
        outcome = str(error)
    assert outcome or flags["platform"].strip() == ""
