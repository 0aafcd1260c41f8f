"""`advisor drain`: one host of a cluster emptied, as a runbook."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import typer

from advisor.cli.cluster_questions import Given, Recommended, Reserve, Simultaneous, TransportName, cluster_question
from advisor.cli.inventory_flags import Columns, Default, Defaults, InventoryPaths, MaxBlackout, Risk, Window
from advisor.cli.questions import ANSWER_PANEL, CardFile, OutputFile, Strict
from advisor.cli.recommend import NOT_RECOMMENDED
from advisor.domain.answers import Verdict
from advisor.domain.drain import DrainAnswer
from advisor.fleet.drain import drain as planned
from advisor.reports import DRAIN_FORMATS, render_drain

EXAMPLES: Final = (
    "advisor drain hva01 --inventory data/examples/inventories/small --window 2h",
    "advisor drain hva01 --inventory data/examples/inventories/small --plan native",
    "advisor drain hva01 --inventory data/examples/inventories/small -o runbook.md",
)


def drain(
    host: Annotated[
        str, typer.Argument(metavar="HOST", help="Host to be drained, as the inventory names it", show_default=False)
    ],
    *,
    inventory: InventoryPaths,
    plan: Annotated[
        Literal["planned", "native"],
        typer.Option(
            "--plan",
            metavar="planned|native",
            help="planned: explicit moves, then pause; native: what Suspend-ClusterNode -Drain does",
            rich_help_panel=ANSWER_PANEL,
        ),
    ] = "planned",
    window: Window = None,
    max_blackout: MaxBlackout = None,
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
            metavar="|".join(DRAIN_FORMATS),
            help="How to write the answer; not given: by the ending of -o, else a table",
            show_default=False,
            rich_help_panel=ANSWER_PANEL,
        ),
    ] = None,
    output: OutputFile = None,
    card: CardFile = None,
    strict: Strict = False,
) -> None:
    """Plan how a host of a cluster is emptied: which VMs go where and when, what blocks, what to check."""
    goals = {"window": window, "max_blackout": max_blackout, "risk": risk}
    given = Given(
        inventory, column, default, defaults, goals, reserve, transport, simultaneous, recommended, card, format, output
    )
    asked = cluster_question(given, DRAIN_FORMATS)
    answer = planned(asked.inventory, host, mode=plan, asked=asked.asked, defaults=asked.defaults)
    asked.output.write(render_drain, answer)
    if strict and _something_is_not_recommended(answer):
        raise typer.Exit(NOT_RECOMMENDED)


def _something_is_not_recommended(answer: DrainAnswer) -> bool:
    missed = answer.window == "misses" or not answer.feasible
    return missed or any(move.verdict is Verdict.NOT_RECOMMENDED for move in answer.moves)
