"""The question a user asks: a scenario from a file or from flags, a card, and where the answer goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from advisor.cli.writing import Output, output
from advisor.domain.describe import is_list, unit
from advisor.domain.options import Transport
from advisor.domain.scenario import Scenario
from advisor.errors import InputError, Problem, ScenarioError
from advisor.intake.flag_parts import flag
from advisor.intake.flags import Flags, scenario_from_flags, scenario_with_goals
from advisor.intake.scenario import read_scenario
from advisor.intake.validation import closest, letters_of
from advisor.platforms import Way, platforms
from advisor.reports import FORMATS
from advisor.residual.card import Card
from advisor.residual.card_files import load_card

T = TypeVar("T")

PANELS: Final = {
    "Hosts, both ends alike": (
        "os nics rdma team jumbo power c_states cores cpu_busy simultaneous background vnic max_bandwidth tls platform"
    ).split(),
    "VMs": "vms workload dirty_rate working_set vcpus".split(),
    "Switchover, QEMU": "blackout_limit max_passes auto_converge postcopy".split(),
    "Goals": "goal max_blackout window risk".split(),
}
"""The flags of `Flags` as help groups them."""

ANSWER_PANEL: Final = "Answer"
SHIPPED: Final = "shipped"

ScenarioFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="SCENARIO.yaml",
        help="Hosts, VMs and goals in YAML or JSON; `advisor schema scenario` lists its keys. "
        "Goals given as flags replace those of the file.",
        show_default=False,
    ),
]
FormatName = Annotated[
    str | None,
    typer.Option(
        "-f",
        "--format",
        metavar="|".join(FORMATS),
        help="How to write the answer; not given: by the ending of -o, else a table",
        show_default=False,
        rich_help_panel=ANSWER_PANEL,
    ),
]
OutputFile = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write to a file, in UTF-8",
        show_default=False,
        rich_help_panel=ANSWER_PANEL,
    ),
]
CardFile = Annotated[
    str | None,
    typer.Option(
        "--card",
        metavar=f"CARD.json|{SHIPPED}",
        help="Model card to predict with; not given: the shipped one",
        show_default=False,
        rich_help_panel=ANSWER_PANEL,
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", metavar="", help="Exit 3 where something is not recommended", rich_help_panel=ANSWER_PANEL
    ),
]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked; no transport is today's, no card the shipped one."""

    scenario: Scenario
    transport: Transport | Way | None
    card: Card | None
    output: Output


def question(
    scenario: Path | None,
    flags: Flags,
    *,
    card: str | None,
    format: str | None,
    output_file: Path | None,
    transport: str | None = None,
) -> Question:
    """Read all that a command was given.

    Raises
    ------
    InputError
        With every problem of the file, the flags and the card.
    """
    problems: list[Problem] = []
    read_scenario_ = _read(lambda: _scenario(scenario, flags), problems)
    platform = None if read_scenario_ is None else read_scenario_.platform
    read_transport = _read(lambda: way_named(transport, platform), problems)
    read_card = _read(lambda: card_named(card), problems)
    read_output = _read(lambda: output(format, output_file, FORMATS), problems)
    if problems or read_scenario_ is None or read_output is None:
        raise InputError(problems)
    return Question(read_scenario_, read_transport, read_card, read_output)


def takes_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each field of `Flags`; it gets them together, as its argument ``flags``."""

    def run(**given: Any) -> None:
        flags = {name: given.pop(name) for name in Flags.model_fields}
        command(**given, flags=Flags(**{name: value for name, value in flags.items() if value is not None}))

    own = [
        parameter
        for parameter in inspect.signature(command, eval_str=True).parameters.values()
        if parameter.name != "flags"
    ]
    options = [_option(name, panel) for panel, names in PANELS.items() for name in names]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    signature = inspect.Signature([own[0], *options, *own[1:]])
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    return run


def _option(name: str, panel: str) -> inspect.Parameter:
    field = Flags.model_fields[name]
    kind: Any = list[str] | None if is_list(field) else str | None
    shown = typer.Option(
        flag(name), metavar=unit(field) or "VALUE", help=field.description, show_default=False, rich_help_panel=panel
    )
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, shown])


def _read(reader: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return reader()
    except InputError as error:
        problems += error.problems
        return None


def _scenario(file: Path | None, flags: Flags) -> Scenario:
    if file is not None:
        return scenario_with_goals(read_scenario(file), flags)
    if not flags.model_fields_set:
        mend = "name a scenario file, or say what is there: --os 2022 --vms 6x16 --nics 2x25"
        raise ScenarioError(Problem("neither a scenario file nor flags are given", mend=mend))
    return scenario_from_flags(flags)


def way_named(name: str | None, platform: str | None) -> Transport | Way | None:
    """A transport, or one of the platform's ways by the name it has there.

    Raises
    ------
    ScenarioError
        When there is none of that name.
    """
    if name is None:
        return None
    known = [transport.value for transport in Transport]
    if name.lower() in known:
        return Transport(name.lower())
    ways = {way.name: way for one in platforms() if platform == one.name for way in one.ways}
    way = next((way for own, way in ways.items() if letters_of(own) == letters_of(name)), None)
    if way is not None:
        return way
    known += [own for own in ways if letters_of(own) not in known]
    near = closest(name, known)
    raise ScenarioError(
        Problem(
            "is not a transport",
            column="--transport",
            value=name,
            allowed=", ".join(known),
            mend=f"did you mean {near}?" if near else None,
        )
    )


def card_named(name: str | None) -> Card | None:
    """The model card in a file; none for the shipped one.

    Raises
    ------
    CardError
        When the file holds no card.
    """
    return None if name in {None, SHIPPED} else load_card(Path(str(name)))
