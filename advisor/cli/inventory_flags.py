"""Flags of every command that reads an inventory: where it is, what is taken where it is silent, what is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

INVENTORY_PANEL: Final = "Inventory"
GOALS_PANEL: Final = "Goals"

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
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FILE:HEADER=COLUMN",
        help="Reads a header of a file as this column, such as vms.csv:RAM=memory_gib; `ignore` as the column reads "
        "nothing from it; FILE#SHEET names a sheet; may stand several times",
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
