"""The numeric inputs of a scenario that can be varied: one value for every host, NIC or VM it applies to.

An input is called by its place and its field, such as ``nics.speed_gbps``; title, unit and bounds are the field's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from advisor.domain.describe import adapter_of, allowed, bound, types_in, unit
from advisor.domain.goals import Goals
from advisor.domain.hosts import Cluster, Host, Network, Nic, Smb, Vnic
from advisor.domain.scenario import Scenario, Switchover
from advisor.domain.vms import Vm
from advisor.domain.word import Word
from advisor.errors import Problem, ScenarioError, UnknownNameError

# By place: the word that has the fields, and what its owners are called.
_PLACES: Final[Mapping[str, tuple[type[Word], str]]] = {
    "nics": (Nic, "NICs"),
    "vms": (Vm, "VMs"),
    "host": (Host, "Hosts"),
    "host.smb": (Smb, "SMB"),
    "host.vnic": (Vnic, "Host vNICs"),
    "network": (Network, "Network"),
    "cluster": (Cluster, "Cluster"),
    "switchover": (Switchover, "Switchover"),
    "goals": (Goals, "Goals"),
}
# Numbers that tell things apart and count nothing; and those that follow another one where nobody gives them.
_TAGS: Final = frozenset({"nics.vlan_id", "vms.config_version"})
_FOLLOW: Final = frozenset({"vms.rewritten_compression_ratio", "vms.rewritten_repeating_share"})
_OF_ONE_PLATFORM: Final = {
    "host.smb": "hyperv",
    "host.vnic": "hyperv",
    "cluster": "hyperv",
    "switchover": "qemu",
    "host.move_cap_mib_s": "qemu",
}
_REPLACED_BY_A_CURVE: Final = frozenset({"vms.dirty_rate_mib_s", "vms.working_set_gib"})
_FIRST_CLAUSE: Final = re.compile(r"[;:,(] |[;:,(]$| \(")


@dataclass(frozen=True, slots=True)
class Input:
    """A numeric field, over everything in a scenario that has it.

    Attributes
    ----------
    place : whose field it is, such as ``nics``: every NIC selected for live migration.
    name : the field.
    """

    place: str
    name: str

    @property
    def path(self) -> str:
        """What it is called by."""
        return f"{self.place}.{self.name}"

    @property
    def model(self) -> type[Word]:
        """The word that has the field."""
        return _PLACES[self.place][0]

    @property
    def field(self) -> FieldInfo:
        """The field, with its unit, bounds and description."""
        return self.model.model_fields[self.name]

    @property
    def unit(self) -> str:
        """What it counts, empty where the title says it."""
        return unit(self.field)

    @property
    def whole(self) -> bool:
        """Whether only whole numbers can be given."""
        return float not in set(types_in(self.field.annotation))

    @property
    def share(self) -> bool:
        """Whether it is a part of a whole, up to 1."""
        return not self.whole and bound(self.field, "le") == 1

    @property
    def labelled(self) -> str:
        """Its title, with the unit behind it."""
        return f"{self.title} [{self.unit}]" if self.unit else self.title

    @property
    def title(self) -> str:
        """Whose it is and what it is, in the field's words.

        Examples
        --------
        >>> input_called("nics.speed_gbps").title, input_called("switchover.blackout_limit_ms").title
        ('NICs: link speed', "Switchover: QEMU's downtime-limit")
        """
        clause = _FIRST_CLAUSE.split(str(self.field.description), maxsplit=1)[0]
        name = any(letter.isupper() for letter in clause.split(" ", 1)[0][1:])
        small = clause if name else clause[:1].lower() + clause[1:]
        return f"{_PLACES[self.place][1]}: {small}"

    def checked(self, value: float) -> float:
        """A value that the field takes.

        Raises
        ------
        ScenarioError
            Where it is out of bounds, or should be whole.

        Examples
        --------
        >>> input_called("host.cores").checked(8.0)
        8
        """
        try:
            found: float = adapter_of(self.model, self.name).validate_python(value)
        except ValidationError:
            said = f"{value:.12g}"
            rule = allowed(self.field)
            raise ScenarioError(
                Problem("is not a value it can take", column=self.path, value=said, allowed=rule)
            ) from None
        return found

    def values_in(self, scenario: Scenario) -> tuple[float | None, ...]:
        """The value of each host, NIC or VM that has it; None where nobody said.

        Examples
        --------
        >>> host = {"os": "2022", "nics": [{"speed_gbps": 25}]}
        >>> both = Scenario.model_validate({"source": host, "vms": [{"memory_gib": 8}, {"memory_gib": 4}]})
        >>> input_called("vms.memory_gib").values_in(both)
        (8.0, 4.0)
        """
        return tuple(getattr(owner, self.name) for owner in _owners(scenario, self.place))

    def today(self, scenario: Scenario) -> float | None:
        """The one value that all have; None where they differ, or nobody said."""
        values = set(self.values_in(scenario))
        return values.pop() if len(values) == 1 else None


@cache
def inputs() -> Mapping[str, Input]:
    """Every numeric input, by what it is called by."""
    found = (
        Input(place, name)
        for place, (model, _) in _PLACES.items()
        for name, field in model.model_fields.items()
        if set(types_in(field.annotation)) & {int, float}
    )
    return {one.path: one for one in found if one.path not in _TAGS | _FOLLOW}


def input_called(path: str) -> Input:
    """The input of that name.

    Raises
    ------
    UnknownNameError
        Where there is none.
    """
    try:
        return inputs()[path]
    except KeyError:
        raise UnknownNameError("input", path, tuple(inputs())) from None


def inputs_of(scenario: Scenario) -> tuple[Input, ...]:
    """The inputs that mean something for a scenario: of its platform, and of what it has.

    Examples
    --------
    >>> host = {"os": "2022", "nics": [{"speed_gbps": 25}]}
    >>> one = Scenario.model_validate({"source": host, "vms": [{"memory_gib": 8}]})
    >>> "host.smb.limit_mib_s" in {each.path for each in inputs_of(one)}
    True
    >>> {"switchover.max_passes", "cluster.smb_limit_factor"} & {each.path for each in inputs_of(one)}
    set()
    """
    return tuple(one for one in inputs().values() if _means_something(one, scenario))


def _means_something(one: Input, scenario: Scenario) -> bool:
    platform = _OF_ONE_PLATFORM.get(one.path, _OF_ONE_PLATFORM.get(one.place))
    if platform not in {None, scenario.platform} or not _owners(scenario, one.place):
        return False
    if one.path in _REPLACED_BY_A_CURVE:
        return not any(vm.dirty_curve for vm in scenario.vms)
    if one.path == "host.simultaneous":
        return not all(pair.cluster_limits_moves for pair in scenario.pairs)
    return True


def with_inputs(scenario: Scenario, values: Mapping[Input, float]) -> Scenario:
    """The scenario with other values, each for every host, NIC or VM that has the input; all else is as it was.

    Raises
    ------
    ScenarioError
        Where a value is out of bounds, or contradicts what else is said.

    Examples
    --------
    >>> host = {"os": "2022", "nics": [{"speed_gbps": 25}]}
    >>> one = Scenario.model_validate({"source": host, "vms": [{"memory_gib": 8}]})
    >>> with_inputs(one, {input_called("nics.speed_gbps"): 100}).source.nics[0].speed_gbps
    100.0
    >>> with_inputs(one, {input_called("vms.nonzero_gib"): 16})
    Traceback (most recent call last):
    advisor.errors.ScenarioError: nonzero_gib is larger than memory_gib
    """
    content = scenario.model_dump(exclude_unset=True)  # what nobody gave stays a default, which the answer tells
    for one, value in values.items():
        checked = one.checked(value)
        for owner in _contents(content, one.place):
            owner[one.name] = checked
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        # Each value by itself was checked: what is left are contradictions, and what follows from them.
        told = dict.fromkeys(str(one["ctx"]["error"]) for one in error.errors() if one["type"] == "value_error")
        raise ScenarioError([Problem(message) for message in told]) from None


def _owners(scenario: Scenario, place: str) -> list[Word]:
    """The words of a scenario that have a place's fields."""
    hosts = list(scenario.hosts)
    parts: dict[str, list[Any]] = {
        "host": hosts,
        "nics": [nic for host in hosts for nic in host.nics if nic.selected],
        "host.smb": [host.smb for host in hosts],
        "host.vnic": [host.vnic for host in hosts],
        "vms": list(scenario.vms),
    }
    found = parts[place] if place in parts else [getattr(scenario, place)]
    return [one for one in found if one is not None]


def _contents(content: dict[str, Any], place: str) -> list[dict[str, Any]]:
    """The same, of a scenario as keys and values, to be changed in place."""
    ends = [content[end] for end in ("source", "destination") if content.get(end)]
    hosts = [*ends, *(content.get("nodes") or ())]
    if place == "host":
        return hosts
    if place == "nics":
        return [nic for host in hosts for nic in host["nics"] if nic.get("selected", True)]
    if place == "host.smb":
        return [host.setdefault("smb", {}) for host in hosts]
    if place == "host.vnic":
        return [host["vnic"] for host in hosts if host.get("vnic") is not None]
    if place == "vms":
        return list(content["vms"])
    return [content.setdefault(place, {})] if content.get(place, {}) is not None else []
