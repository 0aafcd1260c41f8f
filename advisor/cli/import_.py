"""`advisor import`: how an inventory is understood, before anything is worked out from it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from advisor.cli.inventory_flags import Columns, Default, Defaults
from advisor.cli.trouble import warn
from advisor.cli.writing import output
from advisor.reports import SURVEY_FORMATS, render_survey

EXAMPLES: Final = (
    "advisor import data/examples/inventories/small",
    "advisor import data/examples/inventories/hyperv --default host.cores=24",
    "advisor import data/examples/inventories/small --column vms.csv:vcpus=ignore",
)


def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Files that belong together, or directories of them: CSV, JSON, xlsx, Parquet",
            show_default=False,
        ),
    ],
    column: Columns = None,
    default: Default = None,
    defaults: Defaults = None,
    format: Annotated[
        str | None, typer.Option("-f", "--format", metavar="|".join(SURVEY_FORMATS), help="How to write it")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file, in UTF-8")
    ] = None,
) -> None:
    """Show how an inventory is understood: formats, columns, rows set aside, what defaults fill in."""
    to = output(format, file, SURVEY_FORMATS)
    from advisor.intake.inventory import read_corrections, read_defaults, read_inventory, survey_inventory

    corrections = read_corrections(column or ())
    taken = read_defaults(defaults, default or ())
    to.write(render_survey, survey_inventory(read_inventory(paths, taken, corrections), taken))
    if file is not None and sys.stderr.isatty():
        warn(f"written to {file}")
