"""`advisor schema`: the JSON Schema of what advisor reads and writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from advisor.cli.writing import output
from advisor.errors import UnknownNameError

SCHEMAS: Final = {
    "scenario": "advisor.intake.schema:scenario_schema",
    "recommendation": "advisor.domain.answers:Recommendation.model_json_schema",
    "estimate": "advisor.domain.answers:Estimate.model_json_schema",
    "evaluation": "advisor.calibration.evaluation:Evaluation.model_json_schema",
    "run": "advisor.domain.runs:MeasuredRun.model_json_schema",
    "plan": "advisor.domain.plan:LabPlan.model_json_schema",
    "vm": "advisor.domain.estate:EstateVm.model_json_schema",
    "host": "advisor.domain.estate:EstateHost.model_json_schema",
    "cluster": "advisor.domain.estate:EstateCluster.model_json_schema",
    "default": "advisor.domain.estate:Default.model_json_schema",
    "cost": "advisor.domain.costs:ChangeCost.model_json_schema",
    "batch": "advisor.domain.fleet:BatchSummary.model_json_schema",
    "drain": "advisor.domain.drain:DrainAnswer.model_json_schema",
    "patch": "advisor.domain.drain:PatchAnswer.model_json_schema",
    "import": "advisor.domain.survey:Survey.model_json_schema",
    "workload": "advisor.domain.vms:Workload.model_json_schema",
    "tolerance": "advisor.domain.goals:Tolerance.model_json_schema",
}
"""What has a schema, and where the function stands that makes it."""

EXAMPLES: Final = ("advisor schema scenario",)


def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help=f"One of {', '.join(SCHEMAS)}")],
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file, in UTF-8")
    ] = None,
) -> None:
    """Print the JSON Schema of a file or an answer."""
    if name not in SCHEMAS:
        raise UnknownNameError("schema", name, tuple(SCHEMAS))
    content = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_maker(SCHEMAS[name])()}
    output("json", file, ("json",)).write(_as_json, content)


def _as_json(content: dict[str, Any], *_: Any, **__: Any) -> str:
    return json.dumps(content, indent=2) + "\n"


def _maker(place: str) -> Callable[[], dict[str, Any]]:
    module, _, path = place.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]
