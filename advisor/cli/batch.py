"""`advisor batch`: a whole inventory, one setting a cluster, and what that means for every host and VM."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from advisor.cli.batch_target import FORMATS, target_of
from advisor.cli.inventory_flags import (
    GOALS_PANEL,
    INVENTORY_PANEL,
    Columns,
    Default,
    Defaults,
    MaxBlackout,
    Risk,
    Window,
)
from advisor.cli.questions import ANSWER_PANEL, CardFile, Strict, card_named
from advisor.cli.recommend import NOT_RECOMMENDED
from advisor.cli.trouble import warn
from advisor.domain.answers import Verdict
from advisor.errors import InputError, Problem
from advisor.intake.night import goals_from

if TYPE_CHECKING:
    from advisor.fleet.batch import Progress

EXAMPLES: Final = (
    "advisor batch data/examples/inventories/small --window 2h --max-blackout 5s",
    "advisor batch data/examples/inventories/small --window 20min -o answer",
    "advisor batch data/examples/inventories/small --window 20min -o answer.xlsx",
)
RUNNING_PANEL: Final = "Running"


def batch(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="INVENTORY...",
            help="Files that belong together, or directories of them; `advisor import` shows how they are understood",
            show_default=False,
        ),
    ],
    *,
    window: Window = None,
    max_blackout: MaxBlackout = None,
    goal: Annotated[
        str | None,
        typer.Option(
            "--goal",
            metavar="NAME",
            help="What to make small: time, blackout, cpu or network",
            show_default=False,
            rich_help_panel=GOALS_PANEL,
        ),
    ] = None,
    risk: Risk = None,
    column: Columns = None,
    default: Default = None,
    defaults: Defaults = None,
    costs: Annotated[
        Path | None,
        typer.Option(
            "--costs",
            metavar="FILE",
            help="What changes cost, as data/change_costs.csv has it; a change that is not in it is not tried",
            show_default=False,
            rich_help_panel=INVENTORY_PANEL,
        ),
    ] = None,
    engine: Annotated[
        Literal["local", "dask"],
        typer.Option(
            "--engine",
            metavar="local|dask",
            help="local: the cores of this machine; dask: the workers of --scheduler",
            rich_help_panel=RUNNING_PANEL,
        ),
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Dask's scheduler, such as tcp://head:8786",
            show_default=False,
            rich_help_panel=RUNNING_PANEL,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            min=1,
            max=1024,
            help="Processes of the local engine; not given: a core each, as long as they fit the memory",
            show_default=False,
            rich_help_panel=RUNNING_PANEL,
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", metavar="", help="Go on with the parts of a run that was stopped", rich_help_panel=RUNNING_PANEL
        ),
    ] = False,
    no_curves: Annotated[
        bool,
        typer.Option(
            "--no-curves", metavar="", help="No sizing curves of hosts that miss", rich_help_panel=RUNNING_PANEL
        ),
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="|".join(FORMATS),
            help="How to write the answer; not given: by the ending of -o, csv into a folder, else a table",
            show_default=False,
            rich_help_panel=ANSWER_PANEL,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FOLDER|FILE",
            help="Write to a folder (csv, parquet) or a file (xlsx, html, json)",
            show_default=False,
            rich_help_panel=ANSWER_PANEL,
        ),
    ] = None,
    card: CardFile = None,
    strict: Strict = False,
) -> None:
    """Size every cluster of an inventory: one setting each, drains of all hosts, times of all VMs.

    Hosts that miss the window get the cheapest change that meets it, or the reason why none does.
    """
    to = target_of(format, output, resume=resume)
    goals = goals_from({"window": window, "max_blackout": max_blackout, "risk": risk, "goal": goal})
    known_card, ranked = card_named(card), _costs(costs)
    from advisor.fleet.batch import question_of, run_batch
    from advisor.intake.inventory import read_corrections, read_defaults, read_inventory

    runner = _engine(engine, scheduler, jobs)
    corrections = read_corrections(column or ())
    taken = read_defaults(defaults, default or ())
    asked = question_of(goals, known_card, taken, ranked, curves=not no_curves)
    inventory = read_inventory(paths, taken, corrections)
    to.check(inventory)
    with to.open() as (parts, sink), _bar() as watch:
        try:
            answer = run_batch(inventory, asked, parts, engine=runner, resume=resume, sink=sink, watch=watch)
        except KeyboardInterrupt:
            if output is not None:
                warn(f"stopped; what is done is kept in {parts}: the same command with --resume goes on")
            raise
        to.write(answer, sink)
    missed = (answer.summary.hosts_missing or 0) > 0
    if strict and (missed or answer.summary.verdicts.get(Verdict.NOT_RECOMMENDED.value)):
        raise typer.Exit(NOT_RECOMMENDED)


def _costs(file: Path | None) -> Any:
    if file is None:
        return None
    from advisor.domain.costs import parse_costs
    from advisor.intake.files import read_text

    return parse_costs(read_text(file, 1_000_000, InputError), str(file))


def _engine(name: str, scheduler: str | None, jobs: int | None) -> Any:
    """Who answers.

    Raises
    ------
    InputError
        When flags of one engine are given for another, or no scheduler answers.
    """
    from advisor.fleet.engines import Cluster, Local

    if name == "local":
        if scheduler is not None:
            raise InputError(Problem("is of the other engine", column="--scheduler", mend="add --engine dask"))
        return Local(jobs)
    if jobs is not None:
        mend = "leave it out: workers are started beside the scheduler"
        raise InputError(Problem("is of the other engine", column="--jobs", value=str(jobs), mend=mend))
    if scheduler is None:
        raise InputError(
            Problem("needs --scheduler", column="--engine", value=name, allowed="an address such as tcp://head:8786")
        )
    return Cluster(scheduler)


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None] | None]:
    """A bar on stderr, where somebody watches it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("VMs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("VMs", total=None)
        yield lambda progress: bar.update(task, completed=progress.vms_done, total=progress.vms)
