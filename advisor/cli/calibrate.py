"""`advisor calibrate`: a model card from measured runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from advisor.cli.measured import runs_from
from advisor.cli.writing import output
from advisor.errors import InputError, Problem
from advisor.reports import CARD_FORMATS, render_card
from advisor.residual.card_files import load_card, shipped_card
from advisor.shipped import shipped_path

_NO_PRINT: Final = "give a file of runs; `advisor measure` makes one"
EXAMPLES: Final = ("advisor calibrate --show", "advisor calibrate data/measured/hyperv_published.csv -o card.json")


def calibrate(
    runs: Annotated[
        Path | None,
        typer.Argument(metavar="RUNS.csv", help="Measured runs; not given: the published ones", show_default=False),
    ] = None,
    platform: Annotated[
        str, typer.Option("--platform", metavar="NAME", help="Hypervisor whose runs are used")
    ] = "hyperv",
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="CARD.json",
            help="Card to start from; not given: the shipped one, or priors for published runs",
        ),
    ] = None,
    published: Annotated[
        bool,
        typer.Option(
            "--published",
            metavar="",
            help="The card is for everyone: start from the priors, and call what the runs cover published",
        ),
    ] = False,
    show: Annotated[
        bool,
        typer.Option(
            "--show",
            metavar="",
            help="List the constants and their ranges, of the shipped card where no runs are given",
        ),
    ] = False,
    format: Annotated[
        str | None, typer.Option("-f", "--format", metavar="|".join(CARD_FORMATS), help="How to write it")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file, in UTF-8")
    ] = None,
) -> None:
    """Make a model card from measured runs, or list a card's constants.

    The card is JSON; give it to --card. Runs that would make held-out error worse are refused.
    """
    to = output(format or (None if show or file is not None else "json"), file, CARD_FORMATS)
    if show and runs is None:
        to.write(render_card, load_card(start) if start is not None else shipped_card(platform))
        return
    from advisor.calibration.cards import calibrate as fit
    from advisor.platforms import get_platform

    get_platform(platform)  # its name first: then a missing file means a missing file

    source = runs or shipped_path("data", "measured", f"{platform}_published.csv")
    if runs is None and not source.exists():
        raise InputError(Problem("nobody published runs of it", column="RUNS.csv", value=platform, mend=_NO_PRINT))
    measured = runs_from(source)
    to.write(
        render_card,
        fit(
            measured,
            platform,
            load_card(start) if start is not None else None,
            source=source.name,
            published=True if published else None,
        ),
    )
