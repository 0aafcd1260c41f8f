"""`advisor evaluate`: how good the predictions are, on measured runs."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer

from advisor.cli.measured import runs_from
from advisor.cli.writing import output
from advisor.errors import InputError, Problem
from advisor.reports import EVALUATION_FORMATS, render_evaluation

EXAMPLES: Final = (
    "advisor evaluate data/measured/hyperv_published.csv",
    "advisor evaluate data/measured/hyperv_published.csv --apply shipped -f json",
)
SHIPPED: Final = "shipped"


class HoldOut(Enum):
    """What is held out together."""

    STUDY = "study"
    ROW = "row"


def evaluate(
    runs: Annotated[Path, typer.Argument(metavar="RUNS.csv", help="Measured runs", show_default=False)],
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
) -> None:
    """Score predictions on measured runs the card has not seen, unless asked otherwise."""
    if in_sample and apply is not None:
        raise InputError(Problem("contradict each other", column="--in-sample and --apply", mend="give one of them"))
    to = output(format, file, EVALUATION_FORMATS)
    measured = runs_from(runs)
    from advisor.calibration.evaluate import evaluate as score
    from advisor.residual.card_files import load_card

    card = load_card(Path(apply)) if apply is not None and apply != SHIPPED else None
    how = "in-sample" if in_sample else "applied" if apply is not None else by.value
    to.write(render_evaluation, score(measured, how, card))
