"""The inputs nobody gave: defaults and assumptions, read from the domain's own fields."""

from __future__ import annotations

from advisor.advice.prepare import Problem, simultaneous_today
from advisor.advice.traits import vm_assumptions
from advisor.domain.answers import Assumption
from advisor.domain.hosts import Cluster, Host, Nic, Power
from advisor.domain.word import Word


def assumptions_of(problem: Problem) -> tuple[Assumption, ...]:
    """Everything that was taken for granted; the same of two hosts once."""
    scenario = problem.scenario
    found: list[Assumption] = []
    if scenario.nodes is None and scenario.destination is None:
        found.append(Assumption(what="destination host", value="like the source", why="assumption: hosts are bought in pairs"))
    for host in dict.fromkeys(scenario.hosts):
        found += _host_assumptions(host)
    if scenario.cluster is not None:
        found += _unset(scenario.cluster, Cluster, "cluster")
    if scenario.nodes is not None:
        found.append(Assumption(
            what="destination of each node's VMs", value="the next node of the cluster",
            why="assumption: every node then sends once and receives once",
        ))
        if any(vm.host is None for vm in scenario.vms):
            found.append(Assumption(what="node of VMs with no host", value=scenario.nodes[0].name, why="the first node"))
    if problem.pairs[0].simultaneous is None:
        limit = simultaneous_today(problem.platform, problem.pairs[0])
        found.append(Assumption(what="simultaneous migrations today", value=str(limit), why=f"{problem.platform.title}'s default"))
    for vm in scenario.vms:
        found += vm_assumptions(vm)
    return tuple(dict.fromkeys(found))


def _host_assumptions(host: Host) -> list[Assumption]:
    found = _unset(host, Host, "host")
    found += _unset(host.power, Power, "host") if "power" in host.model_fields_set else _unset(Power(), Power, "host")
    if host.power.c_states is None:
        found.append(Assumption(
            what="C-states in the BIOS", value="on" if host.power.sleeping else "off",
            why="assumption: they follow the power plan; the interval covers the other case",
        ))
    for nic in host.nics:
        found += _unset(nic, Nic, f"NIC {nic.name}")
    return found


def _unset(word: Word, model: type[Word], owner: str) -> list[Assumption]:
    """Fields of a word that nobody set and whose default says why it is taken."""
    found = []
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if name in word.model_fields_set or not isinstance(extra, dict) or "assumed" not in extra:
            continue
        unit = f" {extra['unit']}" if "unit" in extra else ""
        found.append(Assumption(what=f"{owner}: {_plain(name)}", value=f"{getattr(word, name)}{unit}", why=str(extra["assumed"])))
    return found


def _plain(name: str) -> str:
    """A field's name without its unit.

    Examples
    --------
    >>> _plain("mtu_bytes"), _plain("cpu_busy")
    ('mtu', 'cpu busy')
    """
    return name.removesuffix("_bytes").removesuffix("_gib").replace("_", " ")
