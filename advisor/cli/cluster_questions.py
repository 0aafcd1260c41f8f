"""What `advisor drain` and `advisor patch` share: the inventory, the goals, the setting to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from advisor.cli.questions import ANSWER_PANEL, card_named, way_named
from advisor.cli.writing import Output, output
from advisor.domain.estate import Default as DefaultRow
from advisor.domain.inventory import Inventory
from advisor.fleet.in_force import Asked, Wanted
from advisor.intake.night import goals_from

INVENTORY_PANEL: Final = "Inventory"
GOALS_PANEL: Final = "Goals"
SETTING_PANEL: Final = "Setting"

PLATFORM: Final = "hyperv"
"""Clusters of an inventory are Hyper-V's."""

InventoryPaths = Annotated[
    list[Path],
    typer.Option(
        "--inventory",
        "-i",
        metavar="PATH",
        help="Files that belong together, or directories of them; `advisor import` shows how they are understood; "
        "may stand several times",
        show_default=False,
        rich_help_panel=INVENTORY_PANEL,
    ),
]
Default = Annotated[
    list[str] | None,
    typer.Option(
        "--default",
        metavar="COLUMN=VALUE",
        help="Taken where the inventory does not say, such as host.nic_gbps=25, or host.nic_gbps=10,25,40 for low, "
        "middle and high; may stand several times",
        show_default=False,
        rich_help_panel=INVENTORY_PANEL,
    ),
]
Defaults = Annotated[
    Path | None,
    typer.Option(
        "--defaults",
        metavar="FILE",
        help="CSV with the columns of data/defaults.csv, or YAML; over the shipped table",
        show_default=False,
        rich_help_panel=INVENTORY_PANEL,
    ),
]
Window = Annotated[
    str | None,
    typer.Option(
        "--window", metavar="TIME", help="Time it must be done in", show_default=False, rich_help_panel=GOALS_PANEL
    ),
]
MaxBlackout = Annotated[
    str | None,
    typer.Option(
        "--max-blackout",
        metavar="TIME|NAME",
        help="Longest blackout any VM may have, or what must survive it, of data/tolerances.csv",
        show_default=False,
        rich_help_panel=GOALS_PANEL,
    ),
]
Risk = Annotated[
    str | None,
    typer.Option(
        "--risk",
        metavar="NAME",
        help="Quantile held against limits: conservative p95, balanced p80, aggressive p50",
        show_default=False,
        rich_help_panel=GOALS_PANEL,
    ),
]
Reserve = Annotated[
    int,
    typer.Option(
        "--reserve",
        min=0,
        max=16,
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
        min=1,
        max=128,
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
OutputFile = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Write to a file, in UTF-8", show_default=False,
        rich_help_panel=ANSWER_PANEL,
    ),
]  # fmt: skip


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
    from advisor.intake.inventory import read_defaults, read_inventory

    taken = read_defaults(given.defaults, given.default or ())
    asked = Asked(goals=goals, wanted=wanted, reserve=given.reserve, card=card)
    return ClusterQuestion(read_inventory(given.inventory, taken), taken, asked, to)
