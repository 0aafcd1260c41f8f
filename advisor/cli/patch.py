"""`advisor patch`: the patch night of a cluster."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from advisor.cli.cluster_questions import Given, Recommended, Reserve, Simultaneous, TransportName, cluster_question
from advisor.cli.inventory_flags import Columns, Default, Defaults, InventoryPaths, Risk, Window
from advisor.cli.questions import ANSWER_PANEL, CardFile, OutputFile, Strict
from advisor.cli.recommend import NOT_RECOMMENDED
from advisor.fleet.patch import patch as planned
from advisor.fleet.patch_course import HEALTH_S, UPDATE_S, Night
from advisor.intake.night import span_from
from advisor.reports import PATCH_FORMATS, render_patch

EXAMPLES: Final = (
    "advisor patch prod-b --inventory data/examples/inventories/small --window 8h",
    "advisor patch prod-a -i data/examples/inventories/small --resync 1h",
)

_NIGHT: Final = "Night"
_SPAN: Final = "TIME|LOW,MIDDLE,HIGH"


def patch(
    cluster: Annotated[
        str, typer.Argument(metavar="CLUSTER", help="Cluster, as the inventory names it", show_default=False)
    ],
    *,
    inventory: InventoryPaths,
    update: Annotated[
        str | None,
        typer.Option(
            "--update",
            metavar=_SPAN,
            help="Update and reboots of a node; not given: 15min,30min,1h",
            show_default=False,
            rich_help_panel=_NIGHT,
        ),
    ] = None,
    resync: Annotated[
        str | None,
        typer.Option(
            "--resync",
            metavar=_SPAN,
            help="Resync of the storage after a node is back; not given: 10min,40min,4h where the nodes' own disks "
            "make up the storage",
            show_default=False,
            rich_help_panel=_NIGHT,
        ),
    ] = None,
    health: Annotated[
        str | None,
        typer.Option(
            "--health",
            metavar=_SPAN,
            help="Look at a node before its VMs come back; not given: 30s,2min,5min",
            show_default=False,
            rich_help_panel=_NIGHT,
        ),
    ] = None,
    fail_back: Annotated[
        bool,
        typer.Option(
            "--fail-back/--no-fail-back",
            help="Whether a node's VMs come back before the next node's turn",
            rich_help_panel=_NIGHT,
        ),
    ] = True,
    window: Window = None,
    risk: Risk = None,
    reserve: Reserve = 1,
    transport: TransportName = None,
    simultaneous: Simultaneous = None,
    recommended: Recommended = False,
    column: Columns = None,
    default: Default = None,
    defaults: Defaults = None,
    format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="|".join(PATCH_FORMATS),
            help="How to write the answer; not given: by the ending of -o, else a table",
            show_default=False,
            rich_help_panel=ANSWER_PANEL,
        ),
    ] = None,
    output: OutputFile = None,
    card: CardFile = None,
    strict: Strict = False,
) -> None:
    """Plan the patch night of a cluster, node after node: how long it takes, what binds, what helps."""
    goals = {"window": window, "risk": risk}
    given = Given(
        inventory, column, default, defaults, goals, reserve, transport, simultaneous, recommended, card, format, output
    )
    night = Night(
        update=span_from("update", update, UPDATE_S),
        resync=None if resync is None else span_from("resync", resync, UPDATE_S),
        health=span_from("health", health, HEALTH_S),
        fail_back=fail_back,
    )
    asked = cluster_question(given, PATCH_FORMATS)
    answer = planned(asked.inventory, cluster, night=night, asked=asked.asked, defaults=asked.defaults)
    asked.output.write(render_patch, answer)
    if strict and (answer.window == "misses" or not answer.feasible):
        raise typer.Exit(NOT_RECOMMENDED)
