"""An evaluation as a section of Markdown: what the README says of accuracy, written by the command alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from advisor.calibration.evaluation import Evaluation, PlatformScore, TransportScore
from advisor.domain.claims import load_accuracies
from advisor.errors import InputError, Problem
from advisor.platforms import get_platform
from advisor.reports import Page
from advisor.reports.evaluation_words import BASELINES, judged, percent, share
from advisor.reports.wording import plural

BEGIN: Final = "<!-- accuracy: begin"
END: Final = "<!-- accuracy: end -->"
_BETWEEN = re.compile(rf"(?P<begin>{re.escape(BEGIN)}[^\n]*-->\r?\n).*?(?P<end>{re.escape(END)})", re.DOTALL)

SCORE_COLUMNS: Final = (
    "transport", "moves", "studies", "median error", "P90", "badly wrong", "inside the 90 % interval",
    *BASELINES.values(),
)  # fmt: skip
"""Columns of the table of transports."""

_PUBLISHED = ("source", "year", "system", "what", "figure", "where")

_INTRODUCTION = (
    "Predicted against measured total time, {how}. Errors are those of the predicted median, without their sign; badly "
    "wrong is missed by 25 % or more, or wrong about convergence; in brackets stands the 95 % range when studies are "
    "drawn again. Every study weighs the same. The last three columns are median errors of simpler rules on the same "
    "moves."
)
_OTHERS = (
    "These figures are of other hypervisors, hosts, workloads and kinds of error: they say what such models reach, and "
    "are not comparable one to one. Where only the abstract was read, that is said."
)


def evaluation_md(evaluation: Evaluation, page: Page) -> str:
    """Write an evaluation as Markdown: each platform's table, what else is judged, the published figures of others."""
    del page  # Markdown is for a renderer: neither width nor colour bears on it
    blocks = [_INTRODUCTION.format(how=evaluation.how)]
    for platform in evaluation.platforms:
        blocks += _platform(platform)
    blocks += ["### Published by others", _OTHERS, _table(_PUBLISHED, _published(), left=len(_PUBLISHED))]
    return "\n\n".join(blocks) + "\n"


def placed(text: str, section: str, file: str) -> str:
    r"""A document with the section between its two markers replaced.

    Parameters
    ----------
    file : its name, for errors.

    Raises
    ------
    InputError
        When the two markers do not stand in it once each, in order.

    Examples
    --------
    >>> placed("a\n<!-- accuracy: begin -->\nold\n<!-- accuracy: end -->\nb\n", "new\n", "README.md")
    'a\n<!-- accuracy: begin -->\n\nnew\n\n<!-- accuracy: end -->\nb\n'
    """
    found = list(_BETWEEN.finditer(text))
    if len(found) != 1 or text.count(BEGIN) != 1 or text.count(END) != 1:
        raise InputError(
            Problem(
                "has no place for the section",
                file,
                allowed=f"one line '{BEGIN} -->' and below it one line '{END}'",
                mend="add the two lines where the section is to stand",
            )
        )
    (between,) = found
    return f"{text[: between.end('begin')]}\n{section}\n{text[between.start('end') :]}"


def _platform(platform: PlatformScore) -> Iterable[str]:
    title = get_platform(platform.platform).title
    several = len(platform.transports) > 1
    yield f"### {title}: {plural(platform.n, 'run')} of {_studies(platform.studies)}"
    yield _table(
        SCORE_COLUMNS,
        [scores(one) for one in (*platform.transports, *((platform.overall,) if several else ()))],
        left=1,
    )
    yield "\n".join(f"- {label}: {text}" for label, text in judged(platform))


def _studies(count: int) -> str:
    return "1 study" if count == 1 else f"{count} studies"


def scores(one: TransportScore) -> tuple[str, ...]:
    """What is told of one transport, in the order of `SCORE_COLUMNS`."""
    return (
        one.transport,
        str(one.n),
        str(one.studies),
        percent(one.time.median_ape),
        percent(one.time.p90_ape),
        share(one.bad_share),
        share(one.coverage_90, one.coverage_90_range),
        *(percent(one.baselines[name]) for name in BASELINES),
    )


def _published() -> list[tuple[str, ...]]:
    """The figures of data/accuracy_published.csv; those of which only the abstract was read say so."""
    return [(one.source, str(one.year), one.system, one.what, one.figure, one.where) for one in load_accuracies()]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, left: int) -> str:
    """A table whose first columns are text and the rest numbers."""
    rule = ["---" if i < left else "---:" for i in range(len(header))]
    lines = ([cell.replace("|", "\\|") for cell in cells] for cells in (header, rule, *rows))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
