"""advisor: how to set up VM live migration, how long it takes, how sure that is, and why.

Everything in ``__all__`` is imported when it is first asked for, so that ``import advisor`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from advisor.advice import estimate as estimate
    from advisor.advice import recommend as recommend
    from advisor.advice.sensitivity import sensitivity as sensitivity
    from advisor.calibration.cards import calibrate as calibrate
    from advisor.calibration.evaluate import evaluate as evaluate
    from advisor.domain.answers import Estimate as Estimate
    from advisor.domain.answers import Recommendation as Recommendation
    from advisor.domain.options import Transport as Transport
    from advisor.domain.scenario import Scenario as Scenario
    from advisor.errors import AdvisorError as AdvisorError
    from advisor.errors import CalibrationError as CalibrationError
    from advisor.errors import CardError as CardError
    from advisor.errors import InputError as InputError
    from advisor.errors import InventoryError as InventoryError
    from advisor.errors import LabError as LabError
    from advisor.errors import RunsError as RunsError
    from advisor.errors import ScenarioError as ScenarioError
    from advisor.errors import UnknownNameError as UnknownNameError
    from advisor.errors import WorkersLostError as WorkersLostError
    from advisor.fleet.batch import batch as batch
    from advisor.fleet.drain import drain as drain
    from advisor.fleet.patch import patch as patch
    from advisor.intake.inventory import read_corrections as read_corrections
    from advisor.intake.inventory import read_defaults as read_defaults
    from advisor.intake.inventory import read_inventory as read_inventory
    from advisor.intake.inventory import survey_inventory as survey_inventory
    from advisor.intake.runs import read_runs as read_runs
    from advisor.intake.runs import write_runs as write_runs
    from advisor.intake.scenario import read_scenario as read_scenario
    from advisor.reports import render as render
    from advisor.residual.card import Card as Card
    from advisor.residual.card_files import load_card as load_card

    __version__: str

DISTRIBUTION: Final = "live-migration-advisor"
"""The name under which the package index knows advisor."""

__all__ = [
    "AdvisorError",
    "CalibrationError",
    "Card",
    "CardError",
    "Estimate",
    "InputError",
    "InventoryError",
    "LabError",
    "Recommendation",
    "RunsError",
    "Scenario",
    "ScenarioError",
    "Transport",
    "UnknownNameError",
    "WorkersLostError",
    "__version__",
    "batch",
    "calibrate",
    "drain",
    "estimate",
    "evaluate",
    "load_card",
    "patch",
    "read_corrections",
    "read_defaults",
    "read_inventory",
    "read_runs",
    "read_scenario",
    "recommend",
    "render",
    "sensitivity",
    "survey_inventory",
    "write_runs",
]

_HOMES: Final = {
    "advisor.advice": ("estimate", "recommend"),
    "advisor.advice.sensitivity": ("sensitivity",),
    "advisor.calibration.cards": ("calibrate",),
    "advisor.calibration.evaluate": ("evaluate",),
    "advisor.domain.answers": ("Estimate", "Recommendation"),
    "advisor.domain.options": ("Transport",),
    "advisor.domain.scenario": ("Scenario",),
    "advisor.errors": (
        "AdvisorError",
        "CalibrationError",
        "CardError",
        "InputError",
        "InventoryError",
        "LabError",
        "RunsError",
        "ScenarioError",
        "UnknownNameError",
        "WorkersLostError",
    ),
    "advisor.fleet.batch": ("batch",),
    "advisor.fleet.drain": ("drain",),
    "advisor.fleet.patch": ("patch",),
    "advisor.intake.inventory": ("read_corrections", "read_defaults", "read_inventory", "survey_inventory"),
    "advisor.intake.runs": ("read_runs", "write_runs"),
    "advisor.intake.scenario": ("read_scenario",),
    "advisor.reports": ("render",),
    "advisor.residual.card": ("Card",),
    "advisor.residual.card_files": ("load_card",),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
    else:
        raise AttributeError(f"module 'advisor' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0+not-installed"  # run from a checkout that nobody installed
