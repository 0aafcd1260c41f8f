"""A transport that rules forbid in a cluster, though it was asked for: which rule, and on which nodes."""

from __future__ import annotations

from itertools import pairwise

from advisor.domain.answers import Finding
from advisor.domain.vms import Vm
from advisor.errors import Problem, ScenarioError
from advisor.fleet.in_force import Asked, Setting, setting_of
from advisor.fleet.one_cluster import OneCluster, some_of
from advisor.paths import resolve_case
from advisor.rules import findings, get_rule

_ANY_VM = (Vm(memory_gib=1.0),)


def refuse_forbidden(one: OneCluster, setting: Setting, asked: Asked) -> None:
    """Refuse a transport that was asked for where a rule forbids it and not what is in force today.

    Raises
    ------
    ScenarioError
        When it is forbidden: with the rule and the nodes.
    """
    wanted = asked.wanted.transport
    if wanted is None or asked.wanted.recommended:
        return
    today = setting_of(one.hosts, one.cluster, one.words, one.assumed, asked.own_card)
    found = forbidden(one, setting, today)
    if not found:
        return
    raise ScenarioError(
        [
            Problem(
                f"is forbidden by {rule} ({get_rule(rule).title}): {finding.message.rstrip('.')}; this holds on "
                f"{some_of(nodes)}",
                column="--transport",
                value=getattr(wanted, "value", None) or getattr(wanted, "name", None),
                mend=f"{finding.remedy.rstrip('.')}; what the inventory leaves out can be given, as in "
                "--default host.rdma=roce",
            )
            for rule, (finding, nodes) in found.items()
        ]
    )


def forbidden(one: OneCluster, setting: Setting, today: Setting) -> dict[str, tuple[Finding, tuple[str, ...]]]:
    """By rule, what it says of a setting that it does not say of another, and the nodes it says it of.

    A node is held against itself first, then nodes of different kinds against each other.
    """
    kinds: dict[object, list[int]] = {}
    for node, (host, given) in enumerate(zip(setting.hosts, one.given, strict=True)):
        if given.state in {None, "up", "paused"}:
            kinds.setdefault(host.model_copy(update={"name": "host", "cpu_busy": None}), []).append(node)
    found: dict[str, tuple[Finding, list[int]]] = {}
    for nodes in kinds.values():
        for rule, finding in _held(setting, today, nodes[0], nodes[0]).items():
            found.setdefault(rule, (finding, []))[1].extend(nodes)
    firsts = [nodes[0] for nodes in kinds.values()]
    for first, second in pairwise(firsts):
        for rule, finding in _held(setting, today, first, second).items():
            if rule not in found:
                found[rule] = finding, [first, second]
    return {
        rule: (finding, tuple(one.hosts[node].host for node in sorted(nodes)))
        for rule, (finding, nodes) in found.items()
    }


def _held(setting: Setting, today: Setting, source: int, destination: int) -> dict[str, Finding]:
    """What rules forbid of a setting between two nodes, and do not forbid of what is there today."""
    of_today = {one.rule for one in _forbids(today, source, destination)}
    return {one.rule: one for one in _forbids(setting, source, destination) if one.rule not in of_today}


def _forbids(setting: Setting, source: int, destination: int) -> list[Finding]:
    case = resolve_case(setting.platform, setting.pair(source, destination), setting.option, _ANY_VM)
    return [one for one in findings(case) if one.verdict == "forbid" and one.answer == "holds"]
