"""`advisor evaluate`: how good the predictions are, on measured runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer

from advisor.cli.measured import runs_from
from advisor.cli.writing import output, write_whole
from advisor.domain.runs import MeasuredRun
from advisor.errors import InputError, Problem, RunsError
from advisor.intake.files import read_text
from advisor.reports import EVALUATION_FORMATS, render_evaluation

EXAMPLES: Final = (
    "advisor evaluate data/measured/hyperv_published.csv",
    "advisor evaluate data/measured/hyperv_published.csv --apply shipped -f json",
)
SHIPPED: Final = "shipped"
_LARGEST_DOCUMENT: Final = 10_000_000


class HoldOut(Enum):
    """What is held out together."""

    STUDY = "study"
    ROW = "row"


def evaluate(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUNS.csv", help="Measured runs; platforms are kept apart", show_default=False),
    ],
    by: Annotated[
        HoldOut, typer.Option("--by", help="Predict each study, or each row, by a card made from the others")
    ] = HoldOut.STUDY,
    in_sample: Annotated[
        bool, typer.Option("--in-sample", metavar="", help="Predict all rows by one card made from all")
    ] = False,
    apply: Annotated[
        str | None,
        typer.Option(
            "--apply", metavar="shipped|CARD.json", help="Predict all rows by this card as it is; nothing is fitted"
        ),
    ] = None,
    format: Annotated[
        str | None, typer.Option("-f", "--format", metavar="|".join(EVALUATION_FORMATS), help="How to write it")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file, in UTF-8")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="FILE.md", help="Write it as Markdown between this file's accuracy markers"),
    ] = None,
) -> None:
    """Score predictions on measured runs the card has not seen, unless asked otherwise."""
    if in_sample and apply is not None:
        raise InputError(Problem("contradict each other", column="--in-sample and --apply", mend="give one of them"))
    if into is not None and (file is not None or format not in {None, "md"}):
        raise InputError(
            Problem("contradict each other", column="--into and --output or --format", mend="--into writes Markdown")
        )
    to = output(format, file, EVALUATION_FORMATS)
    document = None if into is None else read_text(into, _LARGEST_DOCUMENT, InputError)
    if into is not None and document is not None:
        _placed(document, "", into)  # before minutes of fitting: is there a place for the section?
    measured = _runs_of(runs)
    from advisor.calibration.evaluate import evaluate as score
    from advisor.residual.card_files import load_card

    card = load_card(Path(apply)) if apply is not None and apply != SHIPPED else None
    how = "in-sample" if in_sample else "applied" if apply is not None else by.value
    with _bar() as progress:
        found = score(measured, how, card, progress)
    if into is None or document is None:
        to.write(render_evaluation, found)
    else:
        write_whole(into, _placed(document, render_evaluation(found, "md"), into))


def _placed(document: str, section: str, file: Path) -> str:
    from advisor.reports.evaluation_md import placed

    return placed(document, section, str(file))


def _runs_of(files: Sequence[Path]) -> list[MeasuredRun]:
    """The good rows of several files.

    Raises
    ------
    RunsError
        Where two files hold a run of the same name: each is known by it.
    """
    found: dict[str, MeasuredRun] = {}
    for file in files:
        for run in runs_from(file):
            if run.run_id in found:
                raise RunsError(
                    Problem(
                        "another file has a run of this name",
                        str(file),
                        column="run_id",
                        value=run.run_id,
                        mend="give each run its own name, or score the files one by one",
                    )
                )
            found[run.run_id] = run
    return list(found.values())


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr that says which fold is being fitted, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("left"))
    with Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=3600.0) as shown:
        task = shown.add_task("reading the runs", total=None)
        yield lambda fold, of: shown.update(
            task,
            completed=fold,
            total=of + 1,
            description=f"fitting without fold {fold} of {of}" if fold else "fitting all runs",
        )
