"""What QEMU's users write: versions, bonds, limits, and what belongs to the other platform."""

from __future__ import annotations

import pytest

from advisor.domain.hosts import Balancing, Os
from advisor.domain.scenario import Scenario
from advisor.errors import ScenarioError
from advisor.intake.flags import Flags, scenario_from_flags
from advisor.intake.scenario import read_scenario

LEAST = {"os": "10.0", "vms": "1x16", "nics": "2x25"}
FILE = "source:\n  os: {os}\n  nics: [{{speed_gbps: 25, count: 2}}]\n{more}vms: [{{memory_gib: 16}}]\n"


def scenario(**flags: str) -> Scenario:
    return scenario_from_flags(Flags(**(LEAST | flags)))


@pytest.fixture
def read(tmp_path):
    def from_text(os: str = "10.0", more: str = "") -> Scenario:
        path = tmp_path / "pair.yaml"
        path.write_text(FILE.format(os=os, more=more))
        return read_scenario(path)

    return from_text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.0", Os.QEMU_10_0),
        ("8.2", Os.QEMU_8_2),
        ("8.2.2", Os.QEMU_8_2),
        ("QEMU 9.1", Os.QEMU_9_1),
        ("qemu-7.2.19", Os.QEMU_7_2),
    ],
)
def test_the_platform_is_the_one_the_version_belongs_to(read, written, meant):
    for found in (scenario(os=written), read(written)):
        assert found.platform == "qemu"
        assert found.hosts[0].os is meant


def test_a_platform_that_is_named_is_taken():
    assert scenario(platform="QEMU").platform == "qemu"
    assert scenario_from_flags(Flags(**(LEAST | {"os": "2022"}))).platform == "hyperv"


def test_a_cluster_of_qemu_hosts_needs_no_platform(tmp_path):
    nodes = "\n".join(f"  - {{name: kvm-{n}, os: 9.2.1, nics: [{{speed_gbps: 25}}]}}" for n in (1, 2))
    path = tmp_path / "cluster.yaml"
    path.write_text(f"nodes:\n{nodes}\nvms: [{{memory_gib: 16}}]\n")
    assert read_scenario(path).platform == "qemu"


def test_a_file_of_both_platforms_says_which_host_is_strange(read):
    with pytest.raises(ScenarioError, match=r"os 2022 belongs to platform hyperv, not qemu.*write platform: hyperv"):
        read(more="destination:\n  os: 2022\n  nics: [{speed_gbps: 25}]\nplatform: qemu\n")


@pytest.mark.parametrize(
    ("written", "mode", "balancing"),
    [
        ("bond", "switch_independent", Balancing.MAC_ADDRESSES),
        ("bond:hash", "switch_independent", Balancing.TRANSPORT_PORTS),
        ("bond:lacp:layer3+4", "lacp", Balancing.TRANSPORT_PORTS),
        ("bond:lacp:layer2", "lacp", Balancing.MAC_ADDRESSES),
        ("bond:lacp:layer2+3", "lacp", Balancing.IP_ADDRESSES),
        ("bond:multipath", "switch_independent", Balancing.MULTIPATH),
        ("bond:MPTCP", "switch_independent", Balancing.MULTIPATH),
    ],
)
def test_a_bond_is_written_as_linux_writes_it(written, mode, balancing):
    team = scenario(team=written).hosts[0].team
    assert team is not None
    assert (team.kind, team.mode, team.balancing) == ("bond", mode, balancing)


def test_limits_land_where_they_belong():
    found = scenario(
        blackout_limit="0.5s", max_passes="6", auto_converge="on", postcopy="off", max_bandwidth="128", tls="on"
    )
    switchover, host = found.switchover, found.hosts[0]
    assert (switchover.blackout_limit_ms, switchover.max_passes) == (500, 6)
    assert (switchover.auto_converge, switchover.postcopy) == (True, False)
    assert (host.move_cap_mib_s, host.tls) == (128, True)


def test_what_no_flag_gives_is_not_set():
    found = scenario()
    assert found.model_fields_set == {"platform", "source", "vms"}
    assert found.hosts[0].model_fields_set == {"os", "nics"}


@pytest.mark.parametrize(
    ("flags", "column", "words"),
    [
        ({"os": "10.7"}, "--os", "10.0"),
        ({"platform": "hyperv"}, "--platform", "write --platform qemu, or leave it out"),
        ({"os": "2022", "platform": "qemu"}, "--platform", "write --platform hyperv"),
        ({"power": "high"}, "--power", "is for Hyper-V"),
        ({"c_states": "off"}, "--c-states", "is for Hyper-V"),
        ({"vnic": "2"}, "--vnic", "leave it out"),
        ({"team": "set:dynamic"}, "--team", "allowed: none, bond"),
        ({"team": "bond:layr2"}, "--team", "neither a mode nor a load balancing"),
        ({"blackout_limit": "300"}, "--blackout-limit", "say in what: 300ms or 300s"),
        ({"blackout_limit": "soon"}, "--blackout-limit", "a time such as 300ms or 1s"),
        ({"blackout_limit": "3h"}, "--blackout-limit", "too large"),
        ({"max_passes": "1"}, "--max-passes", "too small"),
        ({"max_passes": "few"}, "--max-passes", "is not a whole number"),
        ({"auto_converge": "maybe"}, "--auto-converge", "on or off"),
        ({"postcopy": "1"}, "--postcopy", "on or off"),
        ({"tls": "x509"}, "--tls", "on or off"),
        ({"max_bandwidth": "-1"}, "--max-bandwidth", "MiB/s"),
        ({"os": "2022", "blackout_limit": "300ms"}, "--blackout-limit", "give a version of QEMU: --os 10.0"),
        ({"os": "2022", "auto_converge": "on"}, "--auto-converge", "is for QEMU"),
        ({"os": "2022", "max_bandwidth": "9"}, "--max-bandwidth", "is for QEMU"),
        ({"os": "2022", "team": "bond:hash"}, "--team", "none, lbfo or set"),
    ],
)
def test_every_wrong_flag_is_named_once_with_its_cure(flags, column, words):
    with pytest.raises(ScenarioError) as caught:
        scenario(**flags)
    (found,) = caught.value.problems
    assert found.column == column
    assert words in str(found)


def test_a_windows_team_in_a_file_of_qemu_hosts_is_refused(read):
    with pytest.raises(ScenarioError, match="lbfo does not belong to platform qemu; it has bond"):
        read(more="  team: {kind: lbfo, balancing: dynamic}\n")


@pytest.mark.parametrize(("limit", "words"), [("0", "too small"), ("fast", "is not a number")])
def test_a_wrong_limit_in_a_file_is_told_with_its_line(read, limit, words):
    with pytest.raises(ScenarioError) as caught:
        read(more=f"switchover:\n  blackout_limit_ms: {limit}\n")
    (found,) = caught.value.problems
    assert (found.line, found.column) == (5, "switchover.blackout_limit_ms")
    assert words in str(found)


def test_a_cap_of_single_moves_is_refused_for_hyper_v(read):
    with pytest.raises(ScenarioError, match=r"move_cap_mib_s is QEMU's.*limit_mib_s"):
        read(os="2022", more="  move_cap_mib_s: 500\n")
