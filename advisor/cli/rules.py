"""`advisor rules`: what forbids, warns and advises, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from advisor.cli.writing import DEFAULT_FORMAT, output
from advisor.platforms import get_platform, platforms
from advisor.reports import RULE_FORMATS, render_rule, render_rules
from advisor.rules import Rule, all_rules, get_rule

EXAMPLES: Final = ("advisor rules", "advisor rules R01", "advisor rules --platform qemu")


def rules(
    rule_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Rule to explain; not given: all are listed", show_default=False)
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(
            "--platform",
            metavar="|".join(one.name for one in platforms()),
            help="Rules of one platform alone; not given: of all",
            show_default=False,
        ),
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
    listed = all_rules()
    if platform is not None:
        name = get_platform(platform.lower()).name
        listed = tuple(rule for rule in listed if rule.platform == name)
    if rule_id is None:
        to.write(render_rules, listed)
    elif to.format == DEFAULT_FORMAT:
        to.write(_explained, get_rule(rule_id))
    else:
        to.write(render_rules, (get_rule(rule_id),))


def _explained(rule: Rule, format: str, width: int, /, *, colour: bool, encoding: str) -> str:
    del format  # a rule is explained in a terminal's text alone
    return render_rule(rule, width, colour=colour, encoding=encoding)
