"""The JSON Schema of a scenario file: the domain's own, and the few things only a file may write."""

from __future__ import annotations

from typing import Any, Final

from advisor.domain.hosts import Os
from advisor.domain.scenario import Scenario
from advisor.intake.flags import Flags

# Goals a file may also write as text with a unit, or by name (`advisor.intake.goals`).
_WRITTEN_GOALS: Final = ("max_blackout", "window")


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file, for editors that check and complete YAML while it is written.

    Examples
    --------
    >>> scenario_schema()["$defs"]["Goals"]["properties"]["window"]["type"]
    'string'
    """
    schema = Scenario.model_json_schema()
    goals = schema["$defs"][Scenario.model_fields["goals"].annotation.__name__]["properties"]  # type: ignore[union-attr]
    for name in _WRITTEN_GOALS:
        goals[name] = {"type": "string", "description": Flags.model_fields[name].description}
    version = schema["$defs"][Os.__name__]
    # YAML reads `os: 2022` as a number, and the reader takes it as it was written.
    version["enum"] = [*version["enum"], *(int(name) for name in version["enum"] if name.isdecimal())]
    del version["type"]
    return schema
