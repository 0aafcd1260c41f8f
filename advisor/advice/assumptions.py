"""The inputs nobody gave: defaults and assumptions, read from the domain's own fields."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.advice.prepare import Problem, simultaneous_today
from advisor.advice.traits import vm_assumptions
from advisor.domain.answers import Assumption
from advisor.domain.hosts import Cluster, Host, Network, Nic, Power
from advisor.domain.scenario import HostPair, Scenario
from advisor.domain.word import Word

# Names listed before "and n more".
_NAMES_SHOWN = 3


def assumptions_of(problem: Problem) -> tuple[Assumption, ...]:
    """Everything that was taken for granted; what is the same of several hosts or VMs stands once."""
    scenario = problem.scenario
    found: list[Assumption] = []
    if scenario.nodes is None and scenario.destination is None:
        found.append(
            Assumption(what="destination host", value="like the source", why="assumption: hosts are bought in pairs")
        )
    found += _of_hosts(problem)
    found += _unset(scenario.network, Network, "network")
    if scenario.cluster is not None:
        found += _unset(scenario.cluster, Cluster, "cluster")
    if scenario.nodes is not None:
        found.append(
            Assumption(
                what="destination of each node's VMs",
                value="the next node of the cluster, the last one's to the first: a ring",
                why="assumption: every node then sends once and receives once",
            )
        )
        if sum(1 for own in problem.vm_of if own) > 1:
            found.append(
                Assumption(
                    what="drains of several nodes",
                    value="one node after another",
                    why="assumption: as in maintenance; total times add",
                )
            )
        if any(vm.host is None for vm in scenario.vms):
            found.append(
                Assumption(what="node of VMs with no host", value=scenario.nodes[0].name, why="the first node")
            )
    if any(pair.simultaneous is None for pair in problem.pairs):
        limit = simultaneous_today(problem.platform, problem.pairs)
        why = problem.platform.words.simultaneous_why or f"{problem.platform.title}'s default"
        found.append(Assumption(what="simultaneous migrations today", value=str(limit), why=why))
    found += [one for pair in problem.pairs for one in problem.platform.assumes(pair)]
    found += _grouped((vm.name, one) for vm in scenario.vms for one in vm_assumptions(vm))
    return tuple(dict.fromkeys(found))


def _of_hosts(problem: Problem) -> list[Assumption]:
    """Those of the hosts, told apart only where they differ."""
    hosts = _called(problem.scenario)
    own = {called: _host_assumptions(problem, called, host) for called, host in hosts}
    grouped = _grouped((called, one) for called, found in own.items() for one in found)
    everyone = f"{', '.join(own)}: " if len(own) <= _NAMES_SHOWN else _joined(list(own)) + ": "
    if len(own) < 2:
        return grouped
    return [
        one.model_copy(update={"what": "every host: " + one.what.removeprefix(everyone)})
        if one.what.startswith(everyone)
        else one
        for one in grouped
    ]


def _called(scenario: Scenario) -> list[tuple[str, Host]]:
    """The distinct hosts and what to call them: by name, or by role where the names are the same."""
    hosts = tuple(dict.fromkeys(scenario.hosts))
    if len(hosts) == 1:
        return [("host", hosts[0])]
    names = [host.name for host in hosts]
    return list(zip(names if len(set(names)) == len(names) else ["source", "destination"], hosts, strict=True))


def _host_assumptions(problem: Problem, called: str, host: Host) -> list[Assumption]:
    found = _unset(host, Host, called)
    if problem.platform.power_matters:
        power = host.power if "power" in host.model_fields_set else Power()
        found += _unset(power, Power, called)
    if problem.platform.power_matters and host.power.c_states is None:
        value = {0.0: "off", 1.0: "on"}.get(host.power.sleeping, "between on and off")
        found.append(
            Assumption(
                what=f"{called}: C-states in the BIOS",
                value=value,
                why="assumption: they follow the power plan; the interval covers the other case",
            )
        )
    if host.performance_option is None:
        platform = problem.platform
        today = platform.today(HostPair(source=host, destination=host, cluster=problem.scenario.cluster))
        found.append(
            Assumption(what=f"{called}: transport today", value=today.set_by, why=f"{platform.title}'s default")
        )
    for nic in dict.fromkeys(host.nics):
        name = f"NIC {nic.name}" if "name" in nic.model_fields_set else "NICs"
        found += _unset(nic, Nic, f"{called}: {name}")
    return found


def _grouped(owned: Iterable[tuple[str, Assumption]]) -> list[Assumption]:
    """Assumptions alike but for their owner, whose name they begin with, as one with the owners' names."""
    owners: dict[Assumption, list[str]] = {}
    for owner, one in owned:
        owners.setdefault(one.model_copy(update={"what": one.what.removeprefix(f"{owner}: ")}), []).append(owner)
    return [one.model_copy(update={"what": f"{_joined(names)}: {one.what}"}) for one, names in owners.items()]


def _joined(names: list[str]) -> str:
    """Names in words, the first few and how many more.

    Examples
    --------
    >>> _joined(["a", "b"]), _joined(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    different = list(dict.fromkeys(names))
    more = len(different) - _NAMES_SHOWN
    return ", ".join(different[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _unset(word: Word, model: type[Word], owner: str) -> list[Assumption]:
    """Fields of a word that nobody set and whose default says why it is taken."""
    found = []
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if name in word.model_fields_set or not isinstance(extra, dict) or "assumed" not in extra:
            continue
        unit = f" {extra['unit']}" if "unit" in extra else ""
        value = getattr(word, name)
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        found.append(Assumption(what=f"{owner}: {_plain(name)}", value=f"{shown}{unit}", why=str(extra["assumed"])))
    return found


def _plain(name: str) -> str:
    """A field's name without its unit.

    Examples
    --------
    >>> _plain("mtu_bytes"), _plain("cpu_busy")
    ('mtu', 'cpu busy')
    """
    return name.removesuffix("_bytes").removesuffix("_gib").removesuffix("_gbps").replace("_", " ")
