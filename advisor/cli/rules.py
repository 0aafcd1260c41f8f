"""`advisor rules`: what forbids, warns and advises, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from advisor.cli.writing import DEFAULT_FORMAT, output
from advisor.reports import RULE_FORMATS, render_rule, render_rules
from advisor.rules import Rule, all_rules, get_rule

EXAMPLES: Final = ("advisor rules", "advisor rules R01")


def rules(
    rule_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Rule to explain; not given: all are listed", show_default=False)
    ] = None,
    format: Annotated[
        str | None, typer.Option("-f", "--format", metavar="|".join(RULE_FORMATS), help="How to write them")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file, in UTF-8")
    ] = None,
) -> None:
    """List the rules, or explain one."""
    to = output(format, file, RULE_FORMATS)
    if rule_id is None:
        to.write(render_rules, all_rules())
    elif to.format == DEFAULT_FORMAT:
        to.write(_explained, get_rule(rule_id))
    else:
        to.write(render_rules, (get_rule(rule_id),))


def _explained(rule: Rule, format: str, width: int, /, *, colour: bool, encoding: str) -> str:
    del format  # a rule is explained in a terminal's text alone
    return render_rule(rule, width, colour=colour, encoding=encoding)
