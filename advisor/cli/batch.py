"""`advisor batch`: a whole inventory, one setting a cluster, and what that means for every host and VM."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from advisor.cli.inventory_flags import GOALS_PANEL, INVENTORY_PANEL, Default, Defaults, MaxBlackout, Risk, Window
from advisor.cli.questions import ANSWER_PANEL, CardFile, Strict, card_named
from advisor.cli.recommend import NOT_RECOMMENDED
from advisor.cli.trouble import warn
from advisor.cli.writing import Output, write_whole
from advisor.domain.answers import Verdict
from advisor.errors import InputError, Problem
from advisor.intake.night import goals_from
from advisor.reports import BATCH_FORMATS, render_batch

if TYPE_CHECKING:
    from advisor.fleet.batch import Progress
    from advisor.fleet.store import StoredTables

EXAMPLES: Final = (
    "advisor batch data/examples/inventories/small --window 2h --max-blackout 5s",
    "advisor batch data/examples/inventories/small --window 20min -o answer",
    "advisor batch data/examples/inventories/small --window 20min -o answer.xlsx",
)
RUNNING_PANEL: Final = "Running"
PARTS: Final = "parts"
_FOLDERS: Final = ("csv", "parquet")
_FORMATS: Final = (*BATCH_FORMATS, *_FOLDERS, "xlsx")


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
            metavar="|".join(_FORMATS),
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
    to = _target(format, output, resume=resume)
    goals = goals_from({"window": window, "max_blackout": max_blackout, "risk": risk, "goal": goal})
    known_card, ranked = card_named(card), _costs(costs)
    from advisor.fleet.batch import question_of, run_batch
    from advisor.intake.inventory import read_defaults, read_inventory

    runner = _engine(engine, scheduler, jobs)
    taken = read_defaults(defaults, default or ())
    asked = question_of(goals, known_card, taken, ranked, curves=not no_curves)
    inventory = read_inventory(paths, taken)
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


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a batch goes: a folder of tables, a file, or the terminal."""

    format: str
    path: Path | None

    @contextmanager
    def open(self) -> Iterator[tuple[Path, Any]]:
        """The folder for parts, and what takes the rows; parts are cleared once all is written."""
        if self.path is None:
            with tempfile.TemporaryDirectory(prefix="advisor-batch-") as folder:
                yield Path(folder) / PARTS, None
        elif self.format in _FOLDERS:
            from advisor.reports.fleet.table_folder import TableFolder

            with TableFolder(self.path, self.format) as tables:
                yield self.path / PARTS, tables
        else:
            yield self.path.with_name(f"{self.path.name}.{PARTS}"), None

    def write(self, answer: StoredTables, sink: Any) -> None:
        """Write what is written at the end, and clear the parts."""
        if self.path is None:
            Output(self.format).write(render_batch, answer)
            return
        if self.format in _FOLDERS:
            from advisor.fleet.written import schema_of

            sink.close(schema_of)
            write_whole(self.path / "summary.json", answer.summary.model_dump_json(indent=2) + "\n")
        elif self.format == "xlsx":
            from advisor.reports.fleet.batch_xlsx import write_batch_xlsx

            write_batch_xlsx(answer, self.path)
        else:
            Output(self.format, self.path).write(render_batch, answer)
        answer.store.clear()
        if sys.stderr.isatty():
            warn(f"written to {self.path}")


def _target(format: str | None, path: Path | None, *, resume: bool) -> _Target:
    """Where to write, checked before anything is worked out.

    Raises
    ------
    InputError
        When the format does not exist, or does not go where it is to go.
    """
    problems = []
    if format is not None and format not in _FORMATS:
        problems.append(Problem("is not a format", column="--format", value=format, allowed=", ".join(_FORMATS)))
    if path is None:
        if resume:
            problems.append(
                Problem("needs the folder or file of the run that was stopped", column="--resume", mend="-o")
            )
        if format in {*_FOLDERS, "xlsx"}:
            problems.append(Problem("cannot be written to a terminal", column="--format", value=format, mend="add -o"))
        if problems:
            raise InputError(problems)
        return _Target(format or "table", None)
    ending = path.suffix.removeprefix(".").lower()
    if format is None and ending in _FOLDERS:
        problems.append(
            Problem(
                "is one file, and a batch has several tables",
                column="--output",
                value=str(path),
                mend=f"name a folder: -o {path.stem} -f {ending}",
            )
        )
    chosen = format or (ending if ending in {*BATCH_FORMATS, "xlsx"} else "csv")
    if chosen in _FOLDERS and path.exists() and not path.is_dir():
        problems.append(Problem("is a file; the tables go into a folder", column="--output", value=str(path)))
    if chosen not in _FOLDERS and path.is_dir():
        problems.append(Problem("is a directory", column="--output", value=str(path), mend="name a file in it"))
    if problems:
        raise InputError(problems)
    return _Target(chosen, path)


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
