"""HTML: one self-contained page, with its charts as inline SVG. Nothing in it is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import altair as alt
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from advisor.domain.answers import Estimate, Recommendation
from advisor.domain.options import Tier
from advisor.reports import Page, wording
from advisor.reports.charts import (
    MOST_OPTIONS,
    build_blackout_chart,
    build_cpu_chart,
    build_dirty_chart,
    build_options_chart,
    build_throughput_chart,
)
from advisor.reports.citing import cited
from advisor.reports.drawing import svg
from advisor.reports.findings import VERDICT_WORDS, forbidden_by, is_same, to_heed, to_verify
from advisor.reports.palette import DARK_PALETTE, PALETTE
from advisor.reports.sheet import NUMBER_AND_UNIT
from advisor.units import format_duration

MOST_VMS = 100
MOST_PASSES = 200


def html_page(answer: Recommendation | Estimate, page: Page) -> str:
    """Write an answer as one HTML page.

    Names and messages are escaped by Jinja2 in the page and by Vega within the charts.
    """
    del page  # the page fits whatever shows it
    template = environment().get_template(
        "estimate.html.j2" if isinstance(answer, Estimate) else "recommendation.html.j2"
    )
    return template.render(answer=answer, charts=list(_figures(answer)), light=PALETTE, dark=DARK_PALETTE)


def unbroken(text: str) -> Markup:
    r"""Escaped text whose numbers stay on one line with their units.

    Examples
    --------
    >>> unbroken("<b> in 1 min 2 s").split(" ")
    [Markup('&lt;b&gt;'), Markup('in'), Markup('1\xa0min\xa02\xa0s')]
    """
    # Control characters go before the spaces are fixed, because that step makes every space an ordinary one.
    return escape(NUMBER_AND_UNIT.sub("\N{NO-BREAK SPACE}", wording.printable(text)))


def _figures(answer: Recommendation | Estimate) -> Iterator[dict[str, Any]]:
    if isinstance(answer, Recommendation) and answer.options:
        first = f", first {MOST_OPTIONS} options" if len(answer.options) > MOST_OPTIONS else ""
        yield figure(f"Total time{first}", build_options_chart(answer))
        yield figure(f"Longest blackout{first}", build_blackout_chart(answer))
        yield figure(f"CPU at both ends{first}", build_cpu_chart(answer))
    if answer.rates:
        yield figure("Rate over the move", build_throughput_chart(answer.rates, answer.timeline))
    if answer.timeline:
        yield figure("Memory left over the move", build_dirty_chart(answer.timeline))


def figure(title: str, chart: alt.LayerChart) -> dict[str, Any]:
    """A chart as the templates take it: title, finding in words, drawing."""
    # The renderer has escaped every name in the drawing.
    return {"title": title, "finding": chart.description, "svg": Markup(svg(chart))}  # noqa: S704


def environment() -> Environment:
    """What renders the pages: text is escaped and cleaned of control characters, numbers are put into words."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters.update(
        duration=format_duration,
        with_span=wording.with_span,
        span=wording.span,
        in_seconds=wording.in_seconds,
        number=wording.number,
        cited=cited,
        unbroken=unbroken,
        typed=lambda text: escape(wording.typed(text)),
    )
    made.globals.update(
        wording=wording,
        forbidden_by=forbidden_by,
        is_same=is_same,
        to_heed=to_heed,
        to_verify=to_verify,
        verdict_words=VERDICT_WORDS,
        tiers=list(Tier),
        most_vms=MOST_VMS,
        most_passes=MOST_PASSES,
    )
    return made


def _shown(value: object) -> object:
    """Text without control characters; markup made here stays as it is."""
    return wording.printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
