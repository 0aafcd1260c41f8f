"""How many members of a team a batch of moves really uses: combinatorics, not a mean.

An occupancy is a distribution: (members' worth of bandwidth, probability), luckiest first.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

from advisor.domain.hosts import Balancing, Host, Team

Occupancy = tuple[tuple[float, float], ...]

# More flows than this spread so evenly that their exact partition no longer matters.
_FLOWS_AT_MOST = 32
# Several flows into a native switch-independent Dynamic team: the documentation implies one receiving
# member, a field test saw all (rule N18); the field test is taken as the likelier (assumption).
_DYNAMIC_ALL_MEMBERS = 0.75


def certain(members: float) -> Occupancy:
    """Members in use without any luck."""
    return ((members, 1.0),)


@lru_cache(maxsize=256)
def fullest_member(flows: int, members: int) -> Occupancy:
    """Flows that each stay on the member they hash to: the fullest member ends last.

    With k flows on the fullest of m members, n equal flows end as if n / k members worked.

    Examples
    --------
    >>> fullest_member(2, 2)
    ((2.0, 0.5), (1.0, 0.5))
    """
    flows = min(flows, _FLOWS_AT_MOST)
    at_most = [_loads_at_most(flows, members, k) for k in range(flows + 1)]
    ways = members**flows
    return tuple(
        (flows / k, (at_most[k] - at_most[k - 1]) / ways) for k in range(1, flows + 1) if at_most[k] > at_most[k - 1]
    )


def _loads_at_most(flows: int, members: int, k: int) -> int:
    """Ways to put distinct flows on members with at most k on each."""
    ways = [1] + [0] * flows
    for _ in range(members):
        ways = [sum(comb(n, j) * ways[n - j] for j in range(min(k, n) + 1)) for n in range(flows + 1)]
    return ways[flows]


@lru_cache(maxsize=256)
def members_hit(flows: int, members: int) -> Occupancy:
    """Flows that share one move's memory: every member that at least one flow hashes to is kept busy.

    P(k members) = C(m, k) k! S(n, k) / m^n, S the Stirling numbers of the second kind.

    Examples
    --------
    >>> members_hit(4, 2)
    ((2.0, 0.875), (1.0, 0.125))
    """
    flows = min(flows, _FLOWS_AT_MOST)
    most = min(flows, members)
    onto = [sum((-1) ** (k - j) * comb(k, j) * j**flows for j in range(k + 1)) for k in range(most + 1)]
    return tuple((float(k), comb(members, k) * onto[k] / members**flows) for k in range(most, 0, -1))


def team_occupancy(
    team: Team, host: Host, members: int, flows: int, *, receives: bool, one_move_shares: bool
) -> Occupancy:
    """Members a team uses between two hosts.

    Parameters
    ----------
    team, host : the team, and the host it belongs to (native or vNIC).
    receives : the host is the destination; sending and receiving follow different rules.
    members : NICs in the team.
    flows : TCP connections between the hosts at once.
    one_move_shares : several connections carry the memory of one move (SMB), so none waits for another.

    Notes
    -----
    Documented in New-NetLbfoTeam and NIC Teaming; contested for inbound Dynamic (rule N18). A host
    vNIC is a vSwitch port and a network of its own: SMB takes all of them, TCP/IP and Compression one.
    """
    ports = min(host.vnic.count if host.vnic is not None and one_move_shares else 1, members)
    hashed = members_hit if one_move_shares else fullest_member
    if team.balancing is Balancing.HYPERV_PORT:
        return _ports_occupancy(host, ports, members)
    if team.mode == "switch_independent":
        if team.balancing is not Balancing.DYNAMIC:
            return certain(1.0)
        if flows < 2 or members < 2:
            return certain(1.0)
        if not receives:
            return certain(float(min(members, flows)))  # flowlets leave by every member, whichever port they come from
        if host.vnic is not None:
            return _ports_occupancy(host, ports, members)
        return ((float(min(members, flows)), _DYNAMIC_ALL_MEMBERS), (1.0, 1.0 - _DYNAMIC_ALL_MEMBERS))
    ports_hashed = (
        team.balancing in {Balancing.TRANSPORT_PORTS, Balancing.DYNAMIC} and team.switch_hashes_ports is not False
    )
    return hashed(flows, members) if ports_hashed else certain(1.0)


def _ports_occupancy(host: Host, ports: int, members: int) -> Occupancy:
    """Each vSwitch port lives on one member; unpinned ports may share one."""
    if ports == 1 or (host.vnic is not None and host.vnic.team_mapped):
        return certain(float(ports))
    return members_hit(ports, members)


def worse_of(one: Occupancy, other: Occupancy) -> Occupancy:
    """Both ends have their luck: the worse of two independent occupancies.

    Examples
    --------
    >>> worse_of(((2.0, 0.5), (1.0, 0.5)), ((2.0, 1.0),))
    ((2.0, 0.5), (1.0, 0.5))
    """
    odds: dict[float, float] = {}
    for a, p in one:
        for b, q in other:
            odds[min(a, b)] = odds.get(min(a, b), 0.0) + p * q
    return tuple(sorted(odds.items(), reverse=True))
