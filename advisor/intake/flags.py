"""The flags that stand for a scenario file: what is there today, both ends alike."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from pydantic import ConfigDict, field_validator

from advisor.domain.describe import Key
from advisor.domain.goals import Goals
from advisor.domain.hosts import Team
from advisor.domain.scenario import TEAM_KINDS, Scenario
from advisor.domain.word import Word, field
from advisor.errors import Problem, ScenarioError
from advisor.intake.flag_parts import duration_ms, flag, flag_problem, nic_groups, power, switch, team, vm_groups
from advisor.intake.goals import check_workload, read_goals
from advisor.intake.validation import canonical, platform_of, validate

KeyPath = tuple[Key, ...]


class Flags(Word):
    """What a user says on the command line, as written; nothing is checked before all of it can be.

    None, or an empty tuple, is a flag that was not given. ``scenario_from_flags`` reads the text.
    """

    model_config = ConfigDict(coerce_numbers_to_str=True)

    os: str | None = field(
        None,
        "Windows Server version of the hosts: 2012, 2012R2, 2016, 2019, 2022, 2025 or AzureLocal; "
        "or their version of QEMU, such as 10.0",
    )
    vms: tuple[str, ...] = field((), "VMs to move as COUNTxGIB, such as 1x55 or 6x9,2x16; a single number is one VM")
    nics: tuple[str, ...] = field((), "NICs for live migration at each end as COUNTxGBPS, such as 2x10 or 2x10,1x1")
    rdma: str | None = field(None, "RDMA the NICs speak: none, iwarp, roce or infiniband")
    team: str | None = field(
        None,
        "Team over the NICs as KIND:MODE:BALANCING: none, lbfo:switch_independent:dynamic, set:hyperv_port, "
        "bond:lacp:hash, bond:multipath …",
    )
    jumbo: str | None = field(None, "NICs with jumbo frames: none, all or how many")
    power: str | None = field(
        None, "Windows power plan: balanced or high (takes C-states as off unless --c-states says otherwise)"
    )
    c_states: str | None = field(None, "C-states in the BIOS: on or off")
    cores: str | None = field(None, "Physical cores of a host")
    cpu_busy: str | None = field(None, "Share of a host's CPU its VMs use, 0 to 1")
    workload: str | None = field(None, "Workload class of the VMs, such as idle, typical or database_oltp")
    dirty_rate: str | None = field(None, "Memory a VM first dirties per second", unit="MiB/s")
    working_set: str | None = field(None, "Memory a VM keeps rewriting; needs --dirty-rate", unit="GiB")
    vcpus: str | None = field(None, "Virtual processors of a VM")
    simultaneous: str | None = field(None, "Simultaneous live migrations a host allows today")
    goal: str | None = field(None, "What to make small: time, blackout, cpu or network")
    max_blackout: str | None = field(
        None, "Longest blackout: a time such as 1s, or what must survive it, such as sql_ag_lease"
    )
    window: str | None = field(None, "Time all moves must be done in, such as 2h")
    risk: str | None = field(
        None, "Quantile held against limits: conservative (p95), balanced (p80) or aggressive (p50)"
    )
    blackout_limit: str | None = field(
        None, "QEMU's downtime-limit, such as 300ms: it switches over when what is left fits into it"
    )
    max_passes: str | None = field(None, "Switchover forced from outside after so many passes: QEMU has no limit")
    auto_converge: str | None = field(None, "QEMU slows down VMs that dirty more than is sent: on or off")
    postcopy: str | None = field(None, "QEMU may start a VM before all of its memory is there: on or off")
    max_bandwidth: str | None = field(
        None, "Most that one move may send, QEMU's max-bandwidth; 0: no limit", unit="MiB/s"
    )
    tls: str | None = field(None, "Live migration is encrypted with TLS: on or off")
    platform: str | None = field(None, "Hypervisor, hyperv or qemu; not given: the one --os is a version of")
    background: str | None = field(None, "Other traffic on the NICs", unit="Gbit/s")
    vnic: str | None = field(None, "Host vNICs that carry live migration; not given: native adapters")

    @field_validator("vms", "nics", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, (str, int, float)) else value


# Where a value that a flag gives lands in the scenario, so that a problem there can name the flag.
_FLAG_OF: Final[dict[tuple[str, ...], str]] = {
    ("source", "os"): "os",
    ("source", "cores"): "cores",
    ("source", "cpu_busy"): "cpu_busy",
    ("source", "simultaneous"): "simultaneous",
    ("source", "nics", "rdma"): "rdma",
    ("source", "nics"): "nics",
    ("source", "power", "plan"): "power",
    ("source", "power", "c_states"): "c_states",
    ("source", "team"): "team",
    ("source", "vnic"): "vnic",
    ("source", "move_cap_mib_s"): "max_bandwidth",
    ("source", "tls"): "tls",
    ("switchover", "blackout_limit_ms"): "blackout_limit",
    ("switchover", "max_passes"): "max_passes",
    ("switchover", "auto_converge"): "auto_converge",
    ("switchover", "postcopy"): "postcopy",
    ("network", "background_gbps"): "background",
    ("vms", "workload"): "workload",
    ("vms", "dirty_rate_mib_s"): "dirty_rate",
    ("vms", "working_set_gib"): "working_set",
    ("vms", "vcpus"): "vcpus",
    ("vms", "memory_gib"): "vms",
    ("vms",): "vms",
    ("goals", "goal"): "goal",
    ("goals", "risk"): "risk",
    ("goals", "max_blackout"): "max_blackout",
    ("goals", "max_blackout_s"): "max_blackout",
    ("goals", "window"): "window",
    ("goals", "window_s"): "window",
    ("platform",): "platform",
}
# What cannot be read is a problem already; these stand in for it, so that whatever else is wrong is found as well.
_STAND_IN_NIC: Final = {"speed_gbps": "10"}
_STAND_IN_VM: Final = {"memory_gib": "65536"}

# What belongs to one platform's hosts alone.
_HYPERV_ALONE: Final = ("power", "c_states", "vnic")
_QEMU_ALONE: Final = ("blackout_limit", "max_passes", "auto_converge", "postcopy", "max_bandwidth", "tls")

_GOALS: Final = frozenset(name for path, name in _FLAG_OF.items() if path[0] == "goals")


def scenario_from_flags(flags: Flags) -> Scenario:
    """The scenario that flags stand for; what no flag gives is left unset, so that defaults stay visible as such.

    Raises
    ------
    ScenarioError
        With every problem found: flag, value, what is allowed, how to mend it.

    Examples
    --------
    >>> scenario = scenario_from_flags(Flags(os="2012R2", vms="1x55", nics="2x10", jumbo="1"))
    >>> [(nic.count, nic.mtu_bytes) for nic in scenario.hosts[0].nics]
    [(1, 9000), (1, 1500)]
    """
    problems: list[Problem] = []
    flags = _of_one_platform(flags, problems)
    every_vm = {
        "workload": flags.workload,
        "dirty_rate_mib_s": flags.dirty_rate,
        "working_set_gib": flags.working_set if flags.dirty_rate is not None else None,
        "vcpus": flags.vcpus,
    }
    content: dict[str, Any] = {
        "platform": flags.platform,
        "source": {
            "os": flags.os,
            "cores": flags.cores,
            "cpu_busy": flags.cpu_busy,
            "simultaneous": flags.simultaneous,
            "nics": [
                _given({**nic, "rdma": flags.rdma})
                for nic in nic_groups(flags.nics, flags.jumbo, problems) or [_STAND_IN_NIC]
            ],
            "team": team(flags.team, flags.os, problems),
            "power": power(flags.power, flags.c_states, problems),
            "vnic": None if flags.vnic in {None, "none", "0"} else {"count": flags.vnic},
            "move_cap_mib_s": flags.max_bandwidth,
            "tls": switch("tls", flags.tls, problems),
        },
        "switchover": {
            "blackout_limit_ms": duration_ms("blackout_limit", flags.blackout_limit, problems),
            "max_passes": flags.max_passes,
            "auto_converge": switch("auto_converge", flags.auto_converge, problems),
            "postcopy": switch("postcopy", flags.postcopy, problems),
        },
        "network": {"background_gbps": flags.background},
        "vms": [_given({**group, **every_vm}) for group in vm_groups(flags.vms, problems) or [_STAND_IN_VM]],
    }
    goals = {"goal": flags.goal, "risk": flags.risk, "max_blackout": flags.max_blackout, "window": flags.window}
    content["goals"], wrong = read_goals(goals, ("goals",), _place)
    problems += wrong
    problems += check_workload(flags.workload, ("vms", 0, "workload"), _place)
    problems += _contradictions(flags)
    scenario, wrong = validate(Scenario, {"source": {}, **_given(content)}, _place)
    problems += _new(wrong, problems)
    if scenario is None or problems:
        raise ScenarioError(problems)
    return scenario


def scenario_with_goals(scenario: Scenario, flags: Flags) -> Scenario:
    """A scenario with the goals that flags name in place of its own; the hosts and VMs stay those of the file.

    Raises
    ------
    ScenarioError
        With every problem found: a goal that cannot be read, a flag that speaks of hosts or VMs.

    Examples
    --------
    >>> scenario = scenario_from_flags(Flags(os="2022", vms="1x8", nics="2x25", max_blackout="tcp_session"))
    >>> scenario_with_goals(scenario, Flags(max_blackout="2s", window="1h")).goals.model_dump(exclude_unset=True)
    {'max_blackout_s': 2.0, 'window_s': 3600.0}
    """
    given = flags.model_dump(exclude_defaults=True)
    problems = [
        flag_problem(name, "stands beside a scenario file", _written(value), None, "change the file, or leave it out")
        for name, value in given.items()
        if name not in _GOALS
    ]
    read, wrong = read_goals({name: value for name, value in given.items() if name in _GOALS}, ("goals",), _place)
    problems += wrong
    kept = scenario.goals.model_dump(exclude_unset=True)
    if flags.max_blackout is not None:
        kept = {name: value for name, value in kept.items() if not name.startswith("max_blackout")}
    goals, wrong = validate(Goals, kept | read, lambda path: _place(("goals", *path)))
    problems += _new(wrong, problems)
    if goals is None or problems:
        raise ScenarioError(problems)
    return scenario.model_copy(update={"goals": goals})


def _written(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _place(path: KeyPath) -> Problem:
    names = tuple(key for key in path if isinstance(key, str))
    for length in range(len(names), 0, -1):
        name = _FLAG_OF.get(names[:length])
        if name is not None:
            return Problem("", column=flag(name))
    return Problem("", column=".".join(names) or None)


def _new(wrong: list[Problem], told: list[Problem]) -> list[Problem]:
    """Problems not yet told: one flag gives its value to every VM or NIC, and what could not be read is not missing."""
    columns = {problem.column for problem in told}
    fresh = {
        (each.column, each.value): replace(
            each, message=_in_flags(each.message), mend=_in_flags(each.mend or "") or None
        )
        for each in wrong
        if not (each.message == "is missing" and each.column in columns)
    }
    return list(fresh.values())


def _in_flags(message: str) -> str:
    message = re.sub(r"^add (\w+): ", lambda found: f"write {flag(found[1])} ", message)
    for path, name in _FLAG_OF.items():
        message = re.sub(rf"\b{path[-1]}\b", flag(name), message) if "_" in path[-1] else message
    return message


def _of_one_platform(flags: Flags, problems: list[Problem]) -> Flags:
    """The flags with the platform that --os belongs to, and without those of another platform, which are problems."""
    theirs = platform_of(flags.os)
    named = flags.platform.strip().lower() if flags.platform is not None else None
    if theirs is not None and named is not None and named in {"hyperv", "qemu"} - {theirs}:
        mend = f"write --platform {theirs}, or leave it out"
        problems.append(flag_problem("platform", f"does not have version {flags.os}", flags.platform, theirs, mend))
        named = theirs
    platform = named or ("qemu" if theirs == "qemu" else None)
    strange = {"qemu": _HYPERV_ALONE, "hyperv": _QEMU_ALONE}.get(platform or "hyperv", ())
    title = "Hyper-V" if platform == "qemu" else "QEMU"
    found = [name for name in strange if getattr(flags, name) is not None]
    mend = "leave it out" if platform == "qemu" else "leave it out, or give a version of QEMU: --os 10.0"
    problems += [flag_problem(name, f"is for {title}", getattr(flags, name), None, mend) for name in found]
    kind = canonical({"kind": (flags.team or "").partition(":")[0].strip()}, Team)["kind"]
    own = TEAM_KINDS.get(platform or "hyperv", TEAM_KINDS["hyperv"])
    if kind in {one for kinds in TEAM_KINDS.values() for one in kinds if one not in own}:
        rule = f"none, {' or '.join(own)}"
        problems.append(flag_problem("team", f"is not of {platform or 'hyperv'}'s hosts", flags.team, rule))
        found.append("team")
    return flags.model_copy(update={"platform": platform, **dict.fromkeys(found)})


def _given(content: dict[str, Any]) -> dict[str, Any]:
    kept = {key: _given(value) if isinstance(value, dict) else value for key, value in content.items()}
    return {key: value for key, value in kept.items() if value is not None and value != {}}


def _contradictions(flags: Flags) -> list[Problem]:
    found: list[Problem] = []
    if flags.working_set is not None and flags.dirty_rate is None:
        mend = "add --dirty-rate, or name a --workload instead"
        found.append(flag_problem("working_set", "needs --dirty-rate beside it", flags.working_set, mend=mend))
    return found
