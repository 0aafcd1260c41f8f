"""How many members of a team or cores of a receiver a move really uses (N15 to N22).

These are physics: they read the members in use from the resolved path, so that what a
rule says and what the time was computed from cannot differ.
"""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Balancing, Os, Team
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import (
    FAST_GBPS,
    end_names,
    ends_running,
    fewest_members,
    is_converged,
    is_tcp_multichannel,
    most_members,
    moves_at_once,
    named,
    one_flow_per_move,
    selected,
    slowest_gbps,
)
from advisor.rules.logic import any_of, judge
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY, since, span

ONE_MEMBER: Final = 1.0 + 1e-9
ONE_CORE_RECEIVES: Final = span(Os.WS2012, Os.WS2012R2)
VNIC_RECEIVE_GBPS: Final = 4.5
"""Measured receive rate of a host vNIC on one core, where the NIC itself filled 10 Gbit/s."""
ONE_STREAM_GBPS: Final = (4, 9)
"""Range of one TCP stream: 4 measured on Windows Server 2012, near 9 on a tuned 2012 R2."""


def _team(case: Case, end: int) -> Team | None:
    """The team of the source (0) or destination (1), where the path has several members to use."""
    return case.pair.ends[end].team if len(case.path.members) > 1 else None


def _members(count: float) -> str:
    return f"{count:.2g} member{'' if count == 1 else 's'}"


@rule(
    "N15",
    "warn",
    EVERY,
    remedy="Move several VMs at once, or take SMB Multichannel over separate NICs.",
    source=cite(official_quoted=sources.HARDINIT_TEAMS, community=sources.VAN_EIJK),
)
def one_move_uses_one_member(case: Case) -> Answer:
    """One move over a team uses one member."""
    teamed = _team(case, 0) is not None or _team(case, 1) is not None
    return judge(
        teamed and one_flow_per_move(case) and moves_at_once(case) == 1 and most_members(case) <= ONE_MEMBER,
        f"One move is one TCP stream: it uses 1 of {len(case.path.members)} members, "
        f"{slowest_gbps(case):g} Gbit/s at most.",
    )


@rule(
    "N16",
    "warn",
    EVERY,
    remedy="Set-NetLbfoTeam -LoadBalancingAlgorithm Dynamic, or separate NICs under SMB.",
    source=cite(official=(sources.NEW_LBFO_TEAM, sources.NIC_TEAMING)),
)
def address_hash_receives_on_one_member(case: Case) -> Answer:
    """A switch-independent address-hash team receives on its primary member only."""
    team = _team(case, 1)
    if team is None or team.mode != "switch_independent" or not team.balancing.is_address_hash:
        return DOES_NOT
    return judge(
        most_members(case) <= ONE_MEMBER,
        f"Everything arrives on 1 of {len(case.path.members)} members of {end_names(case)[1]} "
        f"({team.balancing.value}), {slowest_gbps(case):g} Gbit/s at most.",
    )


@rule(
    "N17",
    "warn",
    EVERY,
    remedy="Add a host vNIC per member and use SMB, or balance by Dynamic.",
    source=cite(official=(sources.TEAMING_SETTINGS, sources.RDMA_AND_SET)),
)
def one_vnic_uses_one_member(case: Case) -> Answer:
    """Under HyperVPort one host vNIC is held to one member."""
    by_port = [
        host
        for end, host in enumerate(case.pair.ends)
        if (team := _team(case, end)) is not None and team.balancing is Balancing.HYPERV_PORT and is_converged(host)
    ]
    return judge(
        bool(by_port) and most_members(case) <= ONE_MEMBER,
        f"HyperVPort on {named(by_port)} holds migration to 1 of {len(case.path.members)} members, both ways.",
    )


@rule(
    "N18",
    "warn",
    since(Os.WS2012R2),
    remedy="Plan with the range; measure one drain to learn which end of it holds.",
    source=cite(
        official=(sources.NEW_LBFO_TEAM, sources.RDMA_AND_SET), measured_contradicts=sources.HARDINIT_COMPRESSION
    ),
)
def dynamic_team_receives_in_a_range(case: Case) -> Answer:
    """A switch-independent Dynamic team spreads sending; receiving is contested."""
    team = _team(case, 1)
    if team is None or team.mode != "switch_independent" or team.balancing is not Balancing.DYNAMIC:
        return DOES_NOT
    low, high = fewest_members(case), most_members(case)
    spread = _members(low) if low == high else f"{low:.2g} to {_members(high)}"
    return judge(
        True,
        f"Receiving at {end_names(case)[1]} may use one member or all {len(case.path.members)}; "
        f"{spread} reckoned with.",
    )


@rule(
    "N19",
    "advise",
    EVERY,
    remedy="Set the switch's port channel to hash TCP ports (layer 4).",
    source=cite(official=sources.TEAMING_SETTINGS, community=sources.ALTARO),
)
def several_moves_hash_over_members(case: Case) -> Answer:
    """Several moves over LACP or static teams hash over the members."""
    team, moves = _team(case, 1), moves_at_once(case)
    if team is None or team.mode == "switch_independent" or moves < 2:
        return DOES_NOT
    if team.balancing not in {Balancing.TRANSPORT_PORTS, Balancing.DYNAMIC}:
        return DOES_NOT
    expected = _members(case.path.expected_members)
    spread = f"{moves} moves at once over {len(case.path.members)} members: {expected} expected"
    return judge(
        None if team.switch_hashes_ports is None else True,
        f"{spread}; the switch hashes {'TCP ports' if team.switch_hashes_ports else 'addresses only'}.",
        f"{spread}; verify that the switch hashes TCP ports.",
    )


@rule(
    "N20",
    "warn",
    ONE_CORE_RECEIVES,
    remedy="Give live migration a physical NIC of its own, or upgrade to Windows Server 2016.",
    source=cite(measured=sources.SAVILL),
)
def old_host_vnic_receives_on_one_core(case: Case) -> Answer:
    """Before Windows Server 2016 one core receives for a host vNIC."""
    bound = [host for host in case.pair.ends if host.vnic is not None]
    return judge(
        case.path.through_vnic and case.path.oldest_os in ONE_CORE_RECEIVES and slowest_gbps(case) >= FAST_GBPS,
        f"Host vNIC on {named(bound)}: one core receives, about {VNIC_RECEIVE_GBPS:g} of "
        f"{slowest_gbps(case):g} Gbit/s.",
    )


@rule(
    "N21",
    "warn",
    EVERY,
    remedy="Move 3 or 4 VMs at once, tune power and jumbo frames, or take SMB.",
    source=cite(measured=sources.SAVILL),
)
def one_stream_may_not_fill_a_fast_nic(case: Case) -> Answer:
    """One TCP/IP move may not fill 10 GbE."""
    single = case.path.effective is Transport.TCPIP and case.path.connections * moves_at_once(case) == 1
    low, high = ONE_STREAM_GBPS
    return judge(
        single and slowest_gbps(case) >= FAST_GBPS,
        f"One TCP stream carries {low} to {high} Gbit/s of {slowest_gbps(case):g}; 3 or 4 moves at once filled 10.",
    )


@rule(
    "N22",
    "warn",
    since(Os.WS2016),
    remedy="Count on VMQ or VMMQ (Get-NetAdapterVmq), or keep migration off the virtual switch.",
    source=cite(official=sources.RDMA_AND_SET),
)
def vswitch_turns_rss_off(case: Case) -> Answer:
    """A NIC bound to a virtual switch has no RSS."""
    if not is_tcp_multichannel(case):
        return DOES_NOT
    bound = [host for host in ends_running(case, since(Os.WS2016)) if host.vnic is not None]
    return judge(
        any_of(nic.rss for host in bound for nic in selected(host)),
        f"NICs of {named(bound)} are bound to a virtual switch: RSS is off there, queues serve VMQ or VMMQ.",
        f"NICs of {named(bound)} are bound to a virtual switch; verify that no plan counts on their RSS.",
    )
