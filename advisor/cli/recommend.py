"""`advisor recommend`: one setting for the hosts, with everything it rests on."""

from __future__ import annotations

from typing import Final

import typer

from advisor.advice import recommend as recommended
from advisor.cli.questions import CardFile, FormatName, OutputFile, ScenarioFile, Strict, question, takes_flags
from advisor.domain.answers import Recommendation, Verdict
from advisor.intake.flags import Flags
from advisor.reports import render

NOT_RECOMMENDED: Final = 3
EXAMPLES: Final = (
    "advisor recommend --os 2012R2 --vms 1x55 --nics 2x10",
    "advisor recommend --os 2022 --vms 20x16 --nics 2x25 --rdma roce --window 1h",
    "advisor recommend --os 10.0 --vms 6x16 --nics 2x25 --team bond:hash",
)


@takes_flags
def recommend(
    scenario: ScenarioFile = None,
    *,
    flags: Flags,
    format: FormatName = None,
    output: OutputFile = None,
    card: CardFile = None,
    strict: Strict = False,
) -> None:
    """Recommend how to set up live migration between the hosts of a scenario.

    The scenario stands in a file, or flags say what is there today; the answer ranges over what could be.
    """
    asked = question(scenario, flags, card=card, format=format, output_file=output)
    answer = recommended(asked.scenario, asked.card)
    asked.output.write(render, answer)
    if strict and _something_is_not_recommended(answer):
        raise typer.Exit(NOT_RECOMMENDED)


def _something_is_not_recommended(answer: Recommendation) -> bool:
    verdicts = [answer.recommended.verdict if answer.recommended else Verdict.NOT_RECOMMENDED]
    return Verdict.NOT_RECOMMENDED in {*verdicts, *(vm.verdict for vm in answer.vms)}
