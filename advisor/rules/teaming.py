"""Which teams may be built where (N01 to N14)."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations
from typing import Final, Literal

from advisor.domain.hosts import Balancing, Host, Nic, Os, Team
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import FAST_GBPS, ends_running, named, selected
from advisor.rules.logic import Known, all_of, equal, judge, negate
from advisor.rules.registry import Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import AZURE_LOCAL, EVERY, since, span

MOST_SET_MEMBERS: Final = 8
MOST_LBFO_MEMBERS: Final = 32
SET_BALANCING: Final = frozenset({Balancing.HYPERV_PORT, Balancing.DYNAMIC})
WITH_SET: Final = since(Os.WS2016)
WITH_LBFO: Final = span(Os.WS2012, Os.WS2025)
BEFORE_SET: Final = span(Os.WS2012, Os.WS2012R2)
NO_LBFO_VSWITCH: Final = span(Os.WS2022, Os.WS2025)
LBFO_VSWITCH_DISCOURAGED: Final = span(Os.WS2016, Os.WS2019)


def _teams(
    case: Case, versions: Collection[Os], kind: Literal["lbfo", "set"] | None = None
) -> tuple[tuple[Host, Team], ...]:
    """Hosts of these versions that have a team (of this kind), each with its team."""
    return tuple(
        (host, host.team)
        for host in ends_running(case, versions)
        if host.team is not None and (kind is None or host.team.kind == kind)
    )


def _hosts(teams: Collection[tuple[Host, Team]]) -> str:
    return named(host for host, _ in teams)


@rule(
    "N01",
    "forbid",
    NO_LBFO_VSWITCH,
    remedy="Build the switch on SET: New-VMSwitch -EnableEmbeddedTeaming $true.",
    source=cite(official=(sources.REMOVED_FEATURES, sources.CONVERT_TO_SET)),
)
def vswitch_cannot_use_lbfo(case: Case) -> Answer:
    """From Windows Server 2022 on a virtual switch cannot be bound to an LBFO team."""
    bound = [(host, team) for host, team in _teams(case, NO_LBFO_VSWITCH, "lbfo") if host.vnic is not None]
    return judge(bool(bound), f"The virtual switch of {_hosts(bound)} cannot be bound to an LBFO team there.")


@rule(
    "N02",
    "forbid",
    AZURE_LOCAL,
    remedy="Use SET, configured through Network ATC.",
    source=cite(official=sources.HOST_NETWORK),
)
def azure_local_takes_set_only(case: Case) -> Answer:
    """Azure Local supports SET, not LBFO."""
    found = _teams(case, AZURE_LOCAL, "lbfo")
    return judge(bool(found), f"LBFO team on {_hosts(found)}; Azure Local supports SET only.")


@rule(
    "N03",
    "warn",
    LBFO_VSWITCH_DISCOURAGED,
    remedy="Move to SET (Convert-LBFO2SET) in a maintenance window.",
    source=cite(official=(sources.CONVERT_TO_SET, sources.TEAMING_BLOG)),
)
def prefer_set_under_a_vswitch(case: Case) -> Answer:
    """Under a virtual switch SET is preferred to LBFO."""
    bound = [(host, team) for host, team in _teams(case, LBFO_VSWITCH_DISCOURAGED, "lbfo") if host.vnic is not None]
    return judge(bool(bound), f"Virtual switch on an LBFO team on {_hosts(bound)}: no RDMA, no VMMQ, no SDN.")


@rule(
    "N04",
    "forbid",
    BEFORE_SET,
    remedy="Use an LBFO team, or upgrade to Windows Server 2016 or later.",
    source=cite(official=sources.RDMA_AND_SET),
)
def set_needs_2016(case: Case) -> Answer:
    """SET exists from Windows Server 2016 on."""
    found = _teams(case, BEFORE_SET, "set")
    versions = " and ".join(dict.fromkeys(host.os.value for host, _ in found))
    return judge(bool(found), f"SET team on {_hosts(found)}; Windows Server {versions} has no SET.")


@rule(
    "N05",
    "forbid",
    WITH_SET,
    remedy=f"Take at most {MOST_SET_MEMBERS} adapters into the team.",
    source=cite(official=(sources.RDMA_AND_SET, sources.HOST_NETWORK)),
)
def set_takes_eight_members(case: Case) -> Answer:
    """SET takes 1 to 8 adapters."""
    return _too_many(_teams(case, WITH_SET, "set"), MOST_SET_MEMBERS)


@rule(
    "N06",
    "forbid",
    WITH_LBFO,
    remedy=f"Take at most {MOST_LBFO_MEMBERS} adapters into the team.",
    source=cite(official=sources.NIC_TEAMING),
)
def lbfo_takes_32_members(case: Case) -> Answer:
    """LBFO takes 1 to 32 adapters."""
    return _too_many(_teams(case, WITH_LBFO, "lbfo"), MOST_LBFO_MEMBERS)


def _too_many(teams: tuple[tuple[Host, Team], ...], most: int) -> Answer:
    large = [(host, team) for host, team in teams if len(host.migration_nics) > most]
    sizes = " and ".join(dict.fromkeys(str(len(host.migration_nics)) for host, _ in large))
    return judge(bool(large), f"{sizes} members on {_hosts(large)}; at most {most} are possible.")


@rule(
    "N07",
    "forbid",
    WITH_SET,
    remedy="Build the team of one model with one driver and firmware.",
    source=cite(official=(sources.RDMA_AND_SET, sources.HOST_NETWORK, sources.NETWORK_ATC)),
)
def set_members_must_be_identical(case: Case) -> Answer:
    """SET needs identical adapters."""
    teams = _teams(case, WITH_SET, "set")
    alike = [all_of(_identical(one, other) for one, other in combinations(selected(host), 2)) for host, _ in teams]
    uneven = [pair for pair, same in zip(teams, alike, strict=True) if same is False]
    kinds = dict.fromkeys(_described(nic) for host, _ in uneven for nic in selected(host))
    return judge(
        negate(all_of(alike)),
        f"SET members of {_hosts(uneven)} differ: {' / '.join(kinds)}.",
        f"Verify that the SET members of {_hosts(teams)} share make, model, driver and firmware.",
    )


def _identical(one: Nic, other: Nic) -> Known:
    return all_of(
        [
            one.speed_gbps == other.speed_gbps,
            one.rdma is other.rdma,
            equal(one.model, other.model),
            equal(one.driver, other.driver),
        ]
    )


def _described(nic: Nic) -> str:
    return " ".join(part for part in (f"{nic.speed_gbps:g} Gbit/s", nic.model, nic.driver) if part)


@rule(
    "N08",
    "warn",
    WITH_LBFO,
    remedy="Team adapters of one speed.",
    source=cite(official=sources.NEW_LBFO_TEAM),
)
def lbfo_members_want_one_speed(case: Case) -> Answer:
    """LBFO members of different speeds are not supported."""
    teams = _teams(case, WITH_LBFO, "lbfo")
    uneven = [(host, team) for host, team in teams if len({nic.speed_gbps for nic in selected(host)}) > 1]
    speeds = sorted({nic.speed_gbps for host, _ in uneven for nic in selected(host)})
    listed = " and ".join(f"{speed:g}" for speed in speeds)
    return judge(bool(uneven), f"{listed} Gbit/s in one team on {_hosts(uneven)}: spread without regard to speed.")


@rule(
    "N09",
    "forbid",
    WITH_SET,
    remedy="Build SET switch-independent, and take LACP off the switch ports.",
    source=cite(official=(sources.SET_VMSWITCHTEAM, sources.RDMA_AND_SET)),
)
def set_is_switch_independent(case: Case) -> Answer:
    """SET is switch-independent only."""
    found = [(host, team) for host, team in _teams(case, WITH_SET, "set") if team.mode != "switch_independent"]
    modes = " and ".join(dict.fromkeys(team.mode for _, team in found))
    return judge(bool(found), f"SET on {_hosts(found)} is given as {modes}; it has no such mode.")


@rule(
    "N10",
    "forbid",
    WITH_SET,
    remedy="Set-VMSwitchTeam -LoadBalancingAlgorithm HyperVPort or Dynamic.",
    source=cite(official=sources.SET_VMSWITCHTEAM),
)
def set_balances_in_two_ways(case: Case) -> Answer:
    """SET balances by HyperVPort or Dynamic only."""
    found = [(host, team) for host, team in _teams(case, WITH_SET, "set") if team.balancing not in SET_BALANCING]
    ways = " and ".join(dict.fromkeys(team.balancing.value for _, team in found))
    return judge(bool(found), f"SET on {_hosts(found)} is given {ways} balancing, which SET does not have.")


@rule(
    "N11",
    "advise",
    AZURE_LOCAL,
    remedy="Set-VMSwitchTeam -LoadBalancingAlgorithm HyperVPort, through Network ATC.",
    source=cite(official=sources.HOST_NETWORK),
)
def fast_set_prefers_hyperv_port(case: Case) -> Answer:
    """On Azure Local HyperVPort is recommended from 10 Gbit/s on."""
    found = [
        (host, team)
        for host, team in _teams(case, AZURE_LOCAL, "set")
        if team.balancing is not Balancing.HYPERV_PORT and max(nic.speed_gbps for nic in selected(host)) >= FAST_GBPS
    ]
    ways = " and ".join(dict.fromkeys(team.balancing.value for _, team in found))
    return judge(bool(found), f"SET on {_hosts(found)} balances by {ways} over NICs of {FAST_GBPS} Gbit/s or more.")


@rule(
    "N12",
    "forbid",
    EVERY,
    remedy="End all members on one switch or an MLAG pair, or go switch-independent.",
    source=cite(official=sources.TEAMING_SETTINGS),
)
def switch_dependent_teams_need_one_switch(case: Case) -> Answer:
    """LACP and static teams need one logical switch."""
    teams = [(host, team) for host, team in _teams(case, EVERY) if team.mode != "switch_independent"]
    split = [(host, team) for host, team in teams if team.one_logical_switch is False]
    modes = " and ".join(dict.fromkeys(team.mode for _, team in split))
    return judge(
        negate(all_of(team.one_logical_switch for _, team in teams)),
        f"The {modes} team on {_hosts(split)} ends on switches that are not one.",
        f"Verify that all members of the team of {_hosts(teams)} end on one switch or an MLAG pair.",
    )


@rule(
    "N13",
    "forbid",
    EVERY,
    remedy="Team the physical adapters under the virtual switch instead.",
    source=cite(official=sources.NIC_TEAMING),
)
def host_vnics_cannot_be_teamed(case: Case) -> Answer:
    """Teaming host vNICs is unsupported."""
    found = [(host, team) for host, team in _teams(case, EVERY, "lbfo") if team.of_vnics]
    return judge(bool(found), f"The LBFO team on {_hosts(found)} is made of host vNICs.")


@rule(
    "N14",
    "forbid",
    span(Os.WS2012, Os.WS2012),
    remedy="Use another algorithm, or upgrade to 2012 R2.",
    source=cite(community=(sources.HARDINIT_COMPRESSION, sources.FINN_TEAMING)),
)
def dynamic_needs_2012r2(case: Case) -> Answer:
    """Dynamic balancing arrived with Windows Server 2012 R2."""
    found = [(host, team) for host, team in _teams(case, {Os.WS2012}) if team.balancing is Balancing.DYNAMIC]
    return judge(bool(found), f"Dynamic team on {_hosts(found)}; Windows Server 2012 has no Dynamic balancing.")
