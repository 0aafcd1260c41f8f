"""The setting that a drain or a patch night runs under: today's, one that the user names, or the recommended one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from advisor.advice.assumptions import assumptions_of
from advisor.advice.choose import choose
from advisor.advice.predict import predict
from advisor.advice.prepare import Problem, prepare, prepare_today
from advisor.advice.recommend import card_for
from advisor.domain.answers import Assumption
from advisor.domain.estate import EstateCluster, EstateHost
from advisor.domain.goals import Goals
from advisor.domain.hosts import Cluster, Host, Network
from advisor.domain.options import Option, Transport
from advisor.domain.scenario import HostPair, Scenario
from advisor.domain.vms import Vm
from advisor.fleet.assumed import Assumed
from advisor.fleet.facts import PLATFORM, cluster_of, host_of, kind_of
from advisor.platforms import Platform, Way
from advisor.residual.card import Card

MOST_RESERVE: Final = 16
"""Nodes that may be kept in reserve, at most."""

# VMs that a setting is chosen over stand for all of a host's; nodes of a scenario are at most 64.
_VMS_AT_MOST: Final = 48
_KINDS_AT_MOST: Final = 64
STANDING_FOR_VMS: Final = "VMs"
"""What the VMs are called that a setting is chosen over."""
# CPU use is known no better than this.
_BUSY_STEPS: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which setting to take.

    Attributes
    ----------
    transport : the way to use; None for the one in force.
    simultaneous : moves at once on every node; None for as it is set.
    recommended : the setting that advisor recommends, instead of today's.
    """

    transport: Transport | Way | None = None
    simultaneous: int | None = None
    recommended: bool = False


TODAY: Final = Wanted()
"""What is in force."""


@dataclass(frozen=True)
class Asked:
    """How a drain or a patch night is wanted.

    Attributes
    ----------
    goals : window, blackout limit, risk.
    wanted : the setting to use.
    reserve : nodes that may still be lost.
    card : the model card; None for the shipped one.
    """

    goals: Goals = field(default_factory=Goals)
    wanted: Wanted = TODAY
    reserve: int = 1
    card: Card | None = None

    @property
    def own_card(self) -> Card:
        """The card to predict with."""
        return card_for(PLATFORM, self.card)


@dataclass(frozen=True)
class Setting:
    """What is in force while VMs move.

    Attributes
    ----------
    option : transport, limit and changes.
    hosts : by node, as the option's changes leave it.
    cluster, network : around and between them.
    assumptions : what was taken for granted of them.
    """

    platform: Platform
    option: Option
    hosts: tuple[Host, ...]
    cluster: Cluster | None
    network: Network
    card: Card
    assumptions: tuple[Assumption, ...] = ()

    @property
    def label(self) -> str:
        """For people: transport, changes and the limit."""
        return f"{self.option.setting}, {self.slots(0)} at a time"

    def pair(self, source: int, destination: int) -> HostPair:
        """Two nodes as the two ends of a move."""
        return HostPair(
            source=self.hosts[source],
            destination=self.hosts[destination],
            network=self.network,
            cluster=self.cluster,
        )

    def slots(self, node: int) -> int:
        """Moves at once that leave a node, and that come to it."""
        return self._slots[node]

    @cached_property
    def _slots(self) -> tuple[int, ...]:
        """By node."""
        if any(change.code == "simultaneous" for change in self.option.changes):
            return (self.option.simultaneous,) * len(self.hosts)
        pairs = [self.pair(node, node) for node in range(len(self.hosts))]
        return tuple(pair.simultaneous or self.platform.default_simultaneous(pair) for pair in pairs)

    def with_limit(self, simultaneous: int) -> Setting:
        """The same with another number of moves at once on every node."""
        hosts = tuple(host.model_copy(update={"simultaneous": simultaneous}) for host in self.hosts)
        cluster = self.cluster
        if cluster is not None:
            cluster = cluster.model_copy(update={"max_parallel_migrations": simultaneous})
        option = self.option.model_copy(update={"simultaneous": simultaneous})
        return replace(self, option=option, hosts=hosts, cluster=cluster)


def setting_of(
    hosts: Sequence[EstateHost],
    cluster: EstateCluster | None,
    vms: Sequence[Vm],
    assumed: Assumed,
    card: Card,
    wanted: Wanted = TODAY,
    goals: Goals | None = None,
) -> Setting:
    """The setting of a cluster.

    Parameters
    ----------
    hosts : its nodes, completed with defaults.
    vms : what moves; rules ask of them, and the recommended setting is chosen over them.
    goals : what the recommended setting is chosen by.

    Raises
    ------
    ScenarioError
        When the platform has no such transport.
    """
    nodes = _busy_alike(hosts)
    several = list({kind_of(host): host for host in nodes}.values())[:_KINDS_AT_MOST]
    scenario = _scenario(several, cluster, vms, goals or Goals(), assumed)
    problem = prepare(scenario) if wanted.recommended else prepare_today(scenario, wanted.transport)
    k = _chosen(problem, card) if wanted.recommended else 0
    made = [row[k].pair for row in problem.cases]
    changed = {kind_of(host): pair.source for host, pair in zip(several, made, strict=True)}
    setting = Setting(
        platform=problem.platform,
        option=problem.options[k],
        hosts=tuple(_as_changed(host, changed.get(kind_of(host), made[0].source)) for host in nodes),
        cluster=made[0].cluster,
        network=made[0].network,
        card=card,
        assumptions=assumptions_of(problem),
    )
    return setting if wanted.simultaneous is None else setting.with_limit(wanted.simultaneous)


def _busy_alike(hosts: Sequence[EstateHost]) -> tuple[EstateHost, ...]:
    """The hosts with their CPU use in steps, so that those nearly alike are one kind."""
    return tuple(
        host
        if host.cpu_busy is None
        else host.model_copy(update={"cpu_busy": round(host.cpu_busy * _BUSY_STEPS) / _BUSY_STEPS})
        for host in hosts
    )


def _as_changed(host: EstateHost, like: Host) -> Host:
    """A host with the changes that were made to another of its kind: its name and CPU use are its own."""
    own = host_of(host)
    given: dict[str, Any] = {name: getattr(own, name) for name in ("name", "cpu_busy") if name in own.model_fields_set}
    return like.model_copy(update=given)


def _scenario(
    hosts: Sequence[EstateHost], cluster: EstateCluster | None, vms: Sequence[Vm], goals: Goals, assumed: Assumed
) -> Scenario:
    settings, network = cluster_of(cluster, assumed)
    ranked = sorted(vms, key=lambda vm: -vm.memory_gib)
    step = max(len(ranked) // _VMS_AT_MOST, 1)
    some = ranked[::step][:_VMS_AT_MOST] or [Vm(memory_gib=1.0)]
    moving = tuple(vm.model_copy(update={"name": STANDING_FOR_VMS}) for vm in some)
    scenario = Scenario(source=host_of(hosts[0]), vms=moving, goals=goals, network=network)
    if cluster is not None:
        scenario = scenario.model_copy(update={"cluster": settings})
    if len(hosts) == 1:
        return scenario
    nodes = tuple(host_of(host) for host in hosts)
    # Every node sends something, so that rules and options look at all of them.
    more = moving[:1] * max(len(nodes) - len(moving), 0)
    spread = tuple(vm.model_copy(update={"host": nodes[i % len(nodes)].name}) for i, vm in enumerate((*moving, *more)))
    return scenario.model_copy(update={"source": None, "nodes": nodes, "vms": spread})


def _chosen(problem: Problem, card: Card) -> int:
    """The option that advisor recommends, or the first where rules forbid every one."""
    chosen = choose(problem, predict(problem, card)).chosen
    return 0 if chosen is None else chosen.k
