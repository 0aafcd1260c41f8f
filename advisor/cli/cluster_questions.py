"""What `advisor drain` and `advisor patch` share: the inventory, the goals, the setting to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from advisor.cli.inventory_flags import GOALS_PANEL
from advisor.cli.questions import card_named, way_named
from advisor.cli.writing import Output, output
from advisor.domain.describe import bound
from advisor.domain.estate import Default as DefaultRow
from advisor.domain.estate import EstateHost
from advisor.domain.inventory import Inventory
from advisor.fleet.facts import PLATFORM
from advisor.fleet.in_force import MOST_RESERVE, Asked, Wanted
from advisor.intake.night import goals_from

SETTING_PANEL: Final = "Setting"
_AT_ONCE: Final = EstateHost.model_fields["simultaneous"]

Reserve = Annotated[
    int,
    typer.Option(
        "--reserve",
        min=0,
        max=MOST_RESERVE,
        help="Nodes that may still be lost while VMs are away",
        rich_help_panel=GOALS_PANEL,
    ),
]
TransportName = Annotated[
    str | None,
    typer.Option(
        "--transport",
        metavar="NAME",
        help="tcpip, compression, multichannel or rdma; not given: the one in force today",
        show_default=False,
        rich_help_panel=SETTING_PANEL,
    ),
]
Simultaneous = Annotated[
    int | None,
    typer.Option(
        "--simultaneous",
        min=bound(_AT_ONCE, "ge"),
        max=bound(_AT_ONCE, "le"),
        help="Moves at once on every node; not given: as it is set today",
        show_default=False,
        rich_help_panel=SETTING_PANEL,
    ),
]
Recommended = Annotated[
    bool,
    typer.Option(
        "--recommended",
        metavar="",
        help="Take the setting that advisor recommends, instead of today's",
        rich_help_panel=SETTING_PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class ClusterQuestion:
    """What was asked of an inventory."""

    inventory: Inventory
    defaults: tuple[DefaultRow, ...]
    asked: Asked
    output: Output


@dataclass(frozen=True, slots=True)
class Given:
    """Flags as they were given."""

    inventory: list[Path]
    column: list[str] | None
    default: list[str] | None
    defaults: Path | None
    goals: Mapping[str, str | None]
    reserve: int
    transport: str | None
    simultaneous: int | None
    recommended: bool
    card: str | None
    format: str | None
    file: Path | None


def cluster_question(given: Given, formats: Mapping[str, str]) -> ClusterQuestion:
    """Read all that a command was given; the inventory last, for it takes longest.

    Raises
    ------
    InputError
        With what is wrong.
    """
    to = output(given.format, given.file, formats)
    goals = goals_from(given.goals)
    wanted = Wanted(way_named(given.transport, PLATFORM), given.simultaneous, given.recommended)
    card = card_named(given.card)
    from advisor.intake.inventory import read_corrections, read_defaults, read_inventory

    corrections = read_corrections(given.column or ())
    taken = read_defaults(given.defaults, given.default or ())
    asked = Asked(goals=goals, wanted=wanted, reserve=given.reserve, card=card)
    return ClusterQuestion(read_inventory(given.inventory, taken, corrections), taken, asked, to)
