"""`advisor estimate`: today's configuration under one transport, pass by pass."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from advisor.advice import estimate as estimated
from advisor.cli.questions import (
    ANSWER_PANEL,
    CardFile,
    FormatName,
    OutputFile,
    ScenarioFile,
    Strict,
    question,
    takes_flags,
)
from advisor.cli.recommend import NOT_RECOMMENDED
from advisor.domain.answers import Verdict
from advisor.domain.options import Transport
from advisor.intake.flags import Flags
from advisor.reports import render

EXAMPLES: Final = (
    "advisor estimate --os 2012R2 --vms 1x55 --nics 1x10 --transport tcpip",
    "advisor estimate --os 2019 --vms 6x9 --nics 2x10 --simultaneous 6",
    "advisor estimate --os 10.0 --vms 4x32 --nics 2x25 --transport multifd-x8",
)


@takes_flags
def estimate(
    scenario: ScenarioFile = None,
    *,
    flags: Flags,
    transport: Annotated[
        str | None,
        typer.Option(
            "--transport",
            metavar="NAME",
            help=f"{', '.join(Transport)}, or what the platform calls it, such as 'multifd zstd x8'; "
            "not given: the one in force today",
            show_default=False,
            rich_help_panel=ANSWER_PANEL,
        ),
    ] = None,
    format: FormatName = None,
    output: OutputFile = None,
    card: CardFile = None,
    strict: Strict = False,
) -> None:
    """Estimate how long moves take with exactly today's configuration, nothing improved.

    The same scenario file or flags as `advisor recommend`; the answer goes pass by pass.
    """
    asked = question(scenario, flags, card=card, format=format, output_file=output, transport=transport)
    answer = estimated(asked.scenario, asked.transport, asked.card)
    asked.output.write(render, answer)
    if strict and Verdict.NOT_RECOMMENDED in {answer.verdict, *(vm.verdict for vm in answer.vms)}:
        raise typer.Exit(NOT_RECOMMENDED)
