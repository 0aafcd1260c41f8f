"""One answer in; a table, JSON, CSV or an HTML page out.

A format is one entry in `FORMATS`: its name, and where the function stands that writes it. That
function takes the answer and a `Page`, and returns text. It is imported when first asked for, so
that a table never pays for charts. Rules have their own, shorter list in `RULE_FORMATS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from advisor.domain.answers import Estimate, Recommendation
from advisor.errors import UnknownNameError

if TYPE_CHECKING:
    from advisor.domain.drain import DrainAnswer, PatchAnswer
    from advisor.reports.fleet.tables import BatchTables

FORMATS: dict[str, str] = {
    "table": "advisor.reports.table:table",
    "json": "advisor.reports.json:json_text",
    "csv": "advisor.reports.csv:csv_text",
    "html": "advisor.reports.html:html_page",
}
RULE_FORMATS: dict[str, str] = {
    "table": "advisor.reports.rules:rules_table",
    "json": "advisor.reports.rules:rules_json",
    "csv": "advisor.reports.rules:rules_csv",
}
EVALUATION_FORMATS: dict[str, str] = {
    "table": "advisor.reports.evaluation:evaluation_table",
    "json": "advisor.reports.evaluation:evaluation_json",
    "csv": "advisor.reports.evaluation:evaluation_csv",
    "md": "advisor.reports.evaluation_md:evaluation_md",
}
CARD_FORMATS: dict[str, str] = {
    "table": "advisor.reports.card:card_table",
    "json": "advisor.reports.card:card_json",
}
NOISE_FORMATS: dict[str, str] = {
    "table": "advisor.reports.lab:noise_table",
    "json": "advisor.reports.lab:noise_json",
}
CURVE_FORMATS: dict[str, str] = {
    "yaml": "advisor.reports.lab:curve_yaml",
    "json": "advisor.reports.lab:curve_json",
}
OUTLOOK_FORMATS: dict[str, str] = {
    "table": "advisor.reports.lab:outlook_table",
    "json": "advisor.reports.lab:outlook_json",
}
BATCH_FORMATS: dict[str, str] = {
    "table": "advisor.reports.fleet.batch_table:batch_table",
    "json": "advisor.reports.fleet.batch_json:batch_json",
    "html": "advisor.reports.fleet.pages:batch_html",
}
"""Formats of a batch that are text; a workbook is written by `advisor.reports.fleet.batch_xlsx.write_batch_xlsx`."""

DRAIN_FORMATS: dict[str, str] = {
    "table": "advisor.reports.fleet.drain_table:drain_table",
    "json": "advisor.reports.json:json_text",
    "md": "advisor.reports.fleet.runbook_md:drain_md",
    "html": "advisor.reports.fleet.pages:drain_html",
}
PATCH_FORMATS: dict[str, str] = {
    "table": "advisor.reports.fleet.patch_table:patch_table",
    "json": "advisor.reports.json:json_text",
    "md": "advisor.reports.fleet.runbook_md:patch_md",
    "html": "advisor.reports.fleet.pages:patch_html",
}
SURVEY_FORMATS: dict[str, str] = {
    "table": "advisor.reports.inventory:survey_table",
    "json": "advisor.reports.inventory:survey_json",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a report is written on; only tables look at it.

    Attributes
    ----------
    width : columns of the terminal; narrower than 60 is taken as 60.
    colour : write ANSI colours.
    encoding : what the terminal can show; anything but a Unicode encoding gets plain ASCII lines and arrows.
    """

    width: int = 80
    colour: bool = False
    encoding: str = "utf-8"


def render(
    answer: Recommendation | Estimate,
    format: str = "table",
    width: int = 80,
    *,
    colour: bool = False,
    encoding: str = "utf-8",
) -> str:
    """Write an answer in one of the formats.

    Parameters
    ----------
    answer : what `advisor recommend` or `advisor estimate` found.
    format : a name in `FORMATS`.
    width : columns of the terminal, for tables.
    colour : ANSI colours in tables.
    encoding : the terminal's encoding, such as ``sys.stdout.encoding``, for tables.

    Raises
    ------
    UnknownNameError
        When no format has that name.

    Examples
    --------
    >>> render(None, "telegram")
    Traceback (most recent call last):
        ...
    advisor.errors.UnknownNameError: no report format is called 'telegram'; known: table, json, csv, html
    """
    return _call(FORMATS, format, answer, Page(width, colour, encoding))


def render_rules(
    rules: Iterable[Any],
    format: str = "table",
    width: int = 80,
    *,
    colour: bool = False,
    encoding: str = "utf-8",
) -> str:
    r"""List rules: id, verdict, versions, title.

    Parameters
    ----------
    rules : anything with the attributes of `advisor.rules.registry.Rule`.
    format : a name in `RULE_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.

    Examples
    --------
    >>> render_rules([], "csv")
    'id,family,platform,verdict,versions,title,remedy,source\n'
    """
    return _call(RULE_FORMATS, format, tuple(rules), Page(width, colour, encoding))


def render_rule(rule: Any, width: int = 80, *, colour: bool = False, encoding: str = "utf-8") -> str:
    """Explain one rule in a terminal: title, verdict, versions, remedy, source.

    Parameters
    ----------
    rule : anything with the attributes of `advisor.rules.registry.Rule`.
    width, colour, encoding : as in `render`.
    """
    return _call({"text": "advisor.reports.rules:rule_text"}, "text", rule, Page(width, colour, encoding))


def render_evaluation(
    evaluation: Any,
    format: str = "table",
    width: int = 80,
    *,
    colour: bool = False,
    encoding: str = "utf-8",
) -> str:
    """Write what `advisor evaluate` found.

    Parameters
    ----------
    evaluation : an `advisor.calibration.evaluation.Evaluation`.
    format : a name in `EVALUATION_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(EVALUATION_FORMATS, format, evaluation, Page(width, colour, encoding))


def render_card(
    card: Any,
    format: str = "table",
    width: int = 80,
    *,
    colour: bool = False,
    encoding: str = "utf-8",
) -> str:
    """Write a model card: its constants with their ranges and sources, or its JSON.

    Parameters
    ----------
    card : an `advisor.residual.card.Card`.
    format : a name in `CARD_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(CARD_FORMATS, format, card, Page(width, colour, encoding))


def render_noise(
    noise: Any, format: str = "table", width: int = 80, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    """Write how far repeats of one move lie apart.

    Parameters
    ----------
    noise : an `advisor.calibration.noise.Noise`.
    format : a name in `NOISE_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(NOISE_FORMATS, format, noise, Page(width, colour, encoding))


def render_curve(
    curve: Any, format: str = "yaml", width: int = 80, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    """Write a measured dirty curve so that it can stand under a VM of a scenario.

    Parameters
    ----------
    curve : an `advisor.lab.dirty_curve.DirtyCurve`.
    format : a name in `CURVE_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(CURVE_FORMATS, format, curve, Page(width, colour, encoding))


def render_outlook(
    outlook: Any, format: str = "table", width: int = 80, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    """Write what a plan would run.

    Parameters
    ----------
    outlook : an `advisor.lab.expect.Outlook`.
    format : a name in `OUTLOOK_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(OUTLOOK_FORMATS, format, outlook, Page(width, colour, encoding))


def render_batch(
    tables: BatchTables, format: str = "table", width: int = 80, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    """Write what `advisor batch` found.

    Parameters
    ----------
    tables : what the batch wrote; its VMs are counted, not listed.
    format : a name in `BATCH_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(BATCH_FORMATS, format, tables, Page(width, colour, encoding))


def render_drain(
    answer: DrainAnswer, format: str = "table", width: int = 80, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    """Write a drain of one host; as Markdown or HTML it is the runbook.

    Parameters
    ----------
    answer : what `advisor drain` found.
    format : a name in `DRAIN_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(DRAIN_FORMATS, format, answer, Page(width, colour, encoding))


def render_patch(
    answer: PatchAnswer, format: str = "table", width: int = 80, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    """Write the patch night of a cluster; as Markdown or HTML it is the runbook.

    Parameters
    ----------
    answer : what `advisor patch` found.
    format : a name in `PATCH_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(PATCH_FORMATS, format, answer, Page(width, colour, encoding))


def render_survey(
    survey: Any, format: str = "table", width: int = 80, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    """Write how an inventory was understood.

    Parameters
    ----------
    survey : an `advisor.domain.survey.Survey`.
    format : a name in `SURVEY_FORMATS`.
    width, colour, encoding : as in `render`.

    Raises
    ------
    UnknownNameError
        When no format has that name.
    """
    return _call(SURVEY_FORMATS, format, survey, Page(width, colour, encoding))


def _call(formats: Mapping[str, str], name: str, subject: object, page: Page) -> str:
    try:
        module, _, function = formats[name].partition(":")
    except KeyError:
        raise UnknownNameError("report format", name, list(formats)) from None
    text: str = getattr(import_module(module), function)(subject, page)
    return text
