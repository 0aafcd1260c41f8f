"""Kinds of cluster: clusters with the same hardware and settings have the same options, rules and links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.factors import Variants, factors_of
from advisor.advice.prepare import Problem, prepare, prepare_today
from advisor.domain.estate import EstateCluster, EstateHost
from advisor.domain.goals import Goals
from advisor.domain.options import Tier
from advisor.domain.scenario import Scenario
from advisor.domain.vms import Vm
from advisor.fleet.assumed import Assumed
from advisor.fleet.facts import cluster_of, host_of, kind_of, network_of
from advisor.paths.path import Case
from advisor.residual.card import Card
from advisor.rules.transport import BUSY_SHARE

# Kinds of cluster that one process keeps at hand.
_KEPT: Final = 512
# What stands for a kind's VMs has as many moves as make every limit worth a look.
_MOVES: Final = 16

# What stands for hosts on either side of the share that rule T05 calls busy.
_BUSY, _NOT_BUSY = 0.9, 0.3

RuleFacts = tuple[float | None, bool | None]
"""What rules ask of a VM: its configuration version, and whether processor compatibility is on."""


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of cluster, ready to be predicted; two kinds are the same only if they are one object.

    Attributes
    ----------
    problem : options, cases and findings; its pairs are the kinds of host, each sending to the next.
    options : places in the problem of what is offered: settings and tuning, but no new hardware.
    today : place in the problem of what is in force.
    card : the model card to predict with.
    """

    problem: Problem
    options: tuple[int, ...]
    today: int
    card: Card

    def case(self, pair: int, k: int) -> Case:
        """An option on one kind of host."""
        return self.problem.cases[pair][k]

    def is_capped(self, k: int) -> bool:
        """Whether caps, not links, hold an option on every kind of host."""
        paths = [row[k].path for row in self.problem.cases]
        return all(
            path.cap_bytes_s <= path.line_rate_bytes_s * path.expected_members / len(path.members) for path in paths
        )

    def variants(self, pair: int, k: int) -> Variants:
        """What is uncertain of it."""
        return Variants(factors_of(self.case(pair, k), self.card.constants))


@dataclass(frozen=True)
class Kinds:
    """Finds the kind of a cluster, and keeps those it has made."""

    assumed: Assumed
    goals: Goals
    card: Card

    def of(self, hosts: tuple[EstateHost, ...], cluster: EstateCluster | None, vms: frozenset[RuleFacts]) -> Kind:
        """The kind of a cluster of completed hosts, one of each kind, in order of `host_kinds`.

        Parameters
        ----------
        hosts : one host of each kind.
        cluster : its settings; none for a host that stands alone.
        vms : what rules ask of its VMs.
        """
        named = tuple(
            host.model_copy(update={"host": f"kind {i + 1}" if len(hosts) > 1 else "host", "cluster": None})
            for i, host in enumerate(hosts)
        )
        own = None if cluster is None else cluster.model_copy(update={"cluster": "cluster"})
        return _made(named, own, vms, self.goals, _Same((self.assumed, self.card)))


@dataclass(frozen=True)
class _Same:
    """Arguments that are the same objects in every call of one run: they are known by that, not by what they hold."""

    value: tuple[Any, ...]

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.value)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and all(
            mine is theirs for mine, theirs in zip(self.value, other.value, strict=True)
        )


@lru_cache(maxsize=_KEPT)
def _made(
    hosts: tuple[EstateHost, ...],
    cluster: EstateCluster | None,
    vms: frozenset[RuleFacts],
    goals: Goals,
    same: _Same,
) -> Kind:
    assumed, card = same.value
    scenario = scenario_of(hosts, cluster, vms, goals, assumed)
    problem = prepare(scenario)
    offered = tuple(k for k, option in enumerate(problem.options) if option.tier is not Tier.HARDWARE)
    today = next((k for k in offered if not problem.options[k].changes and _is_today(problem, k)), None)
    if today is None:
        # What is in force is not worth offering, but is told beside what is.
        problem, today = _with_today(problem, scenario)
    return Kind(problem, offered, today, card)


def scenario_of(
    hosts: tuple[EstateHost, ...],
    cluster: EstateCluster | None,
    vms: frozenset[RuleFacts],
    goals: Goals,
    assumed: Assumed,
) -> Scenario:
    """A scenario that stands for a kind of cluster: a node of each kind, and VMs of each sort rules tell apart."""
    sorts = sorted(vms, key=str) or [(None, None)]
    nodes = tuple(host_of(host) for host in hosts)
    moving = tuple(
        Vm(
            name=f"VMs of version {version:g}" if version is not None else "VMs",
            count=_MOVES,
            memory_gib=8.0,
            config_version=version,
            processor_compatibility=compatible,
            host=node.name if len(nodes) > 1 else None,
        )
        for node in nodes
        for version, compatible in sorts
    )
    settings: dict[str, Any] = {"vms": moving, "goals": goals}
    if cluster is not None:
        settings["cluster"], settings["network"] = cluster_of(cluster, assumed)
    else:
        settings["network"] = network_of(None, assumed)
    if len(nodes) > 1:
        return Scenario(nodes=nodes, **settings)
    return Scenario(source=nodes[0], **settings)


def _is_today(problem: Problem, k: int) -> bool:
    platform = problem.platform
    return problem.options[k].name == platform.today(problem.pairs[0]).name


def _with_today(problem: Problem, scenario: Scenario) -> tuple[Problem, int]:
    now = prepare_today(scenario)
    joined = replace(
        problem,
        options=problem.options + now.options,
        cases=tuple(own + more for own, more in zip(problem.cases, now.cases, strict=True)),
        findings=tuple(own + more for own, more in zip(problem.findings, now.findings, strict=True)),
        allowed=problem.allowed + now.allowed,
    )
    return joined, len(problem.options)


def host_kinds(hosts: Sequence[EstateHost]) -> tuple[tuple[EstateHost, ...], NDArray[np.intp]]:
    """The kinds of host among a cluster's completed hosts, in a fixed order, and the kind of each host.

    Kinds are told apart by what `kind_of` names. Of how busy they are a kind says no more than rules ask, for the
    cluster as a whole; rates are computed from each host's own.
    """
    known = [host.cpu_busy for host in hosts if host.cpu_busy is not None]
    busy = _BUSY if known and sum(known) / len(known) >= BUSY_SHARE else _NOT_BUSY
    blank = {"host": "host", "memory_gib": None, "state": None, "storage_mib_s": None, "storage_simultaneous": None}
    keys = [kind_of(host) for host in hosts]
    kinds = {key: host.model_copy(update={**blank, "cpu_busy": busy}) for key, host in zip(keys, hosts, strict=True)}
    order = sorted(kinds, key=str)
    place = {key: i for i, key in enumerate(order)}
    return tuple(kinds[key] for key in order), np.array([place[key] for key in keys], dtype=np.intp)
