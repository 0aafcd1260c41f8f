"""Pages of a batch, a drain and a patch night: one self-contained HTML file each, charts drawn inside."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import ModuleType
from typing import Any, Final

from advisor.domain.answers import Verdict
from advisor.domain.drain import OBSTACLE_WORDS, DrainAnswer, PatchAnswer
from advisor.domain.fleet import BINDING_WORDS, CurveRow, HostRow, SetAside
from advisor.reports import Page
from advisor.reports.fleet import runbook_words, wording
from advisor.reports.fleet.charts import (
    MOST_SETTINGS,
    build_host_drains_chart,
    build_settings_chart,
    build_sizing_chart,
)
from advisor.reports.fleet.gantt import build_drain_gantt, build_patch_gantt
from advisor.reports.fleet.tables import (
    MOST_HOSTS,
    MOST_ROWS,
    BatchTables,
    missing_hosts,
    slowest_hosts,
    unknown_hosts,
    worst_clusters,
)
from advisor.reports.fleet.tables import words as rows_of
from advisor.reports.fleet.unknown_hosts import obstacles_of
from advisor.reports.html import environment, figure
from advisor.reports.palette import DARK_PALETTE, PALETTE
from advisor.reports.wording import printable

MOST_CURVES: Final = 6
_MOST_COUNTS: Final = 12
_MOST_UNKNOWN: Final = 20
_MOST_SET_ASIDE: Final = 50


def batch_html(tables: BatchTables, page: Page) -> str:
    """Write a batch as one HTML page: the hosts and clusters that want looking at, the rest counted."""
    del page  # the page fits whatever shows it
    missing = missing_hosts(tables, MOST_ROWS)
    unknown = unknown_hosts(tables, _MOST_UNKNOWN) if tables.summary.goals.window_s is not None else []
    return _rendered(
        "batch.html.j2",
        wording,
        list(_batch_figures(tables, missing)),
        summary=tables.summary,
        missing=missing,
        unknown=list(zip(unknown, obstacles_of(tables, unknown), strict=True)),
        clusters=worst_clusters(tables, MOST_ROWS),
        settings=wording.by_count(tables.summary.settings),
        set_aside=list(islice(rows_of(tables, SetAside), _MOST_SET_ASIDE)),
        aside_rows=tables.rows("set_aside"),
        verdicts=list(Verdict),
        binding=BINDING_WORDS,
        most_counts=_MOST_COUNTS,
    )


def drain_html(answer: DrainAnswer, page: Page) -> str:
    """Write the runbook of a drain as one HTML page with its Gantt chart."""
    del page  # the page fits whatever shows it
    charts = [figure("Moves by destination", build_drain_gantt(answer))] if answer.moves else []
    return _rendered("drain.html.j2", runbook_words, charts, answer=answer, obstacles=OBSTACLE_WORDS)


def patch_html(answer: PatchAnswer, page: Page) -> str:
    """Write the runbook of a patch night as one HTML page with its Gantt chart."""
    del page  # the page fits whatever shows it
    charts = [figure("Steps by node", build_patch_gantt(answer))] if answer.steps else []
    return _rendered("patch.html.j2", runbook_words, charts, answer=answer, obstacles=OBSTACLE_WORDS)


def _rendered(name: str, words: ModuleType, charts: list[dict[str, Any]], **facts: object) -> str:
    made = environment()
    made.globals.update(words=words)
    return made.get_template(name).render(charts=charts, light=PALETTE, dark=DARK_PALETTE, **facts)


def _batch_figures(tables: BatchTables, missing: list[HostRow]) -> Iterator[dict[str, Any]]:
    summary = tables.summary
    slowest = slowest_hosts(tables, MOST_HOSTS)
    if slowest:
        most = f", the {MOST_HOSTS} longest" if summary.hosts > MOST_HOSTS else ""
        yield figure(f"Drain by host{most}", build_host_drains_chart(slowest, summary.goals))
    if summary.settings:
        most = f", the {MOST_SETTINGS} most frequent" if len(summary.settings) > MOST_SETTINGS else ""
        yield figure(f"{wording.settings_title(summary)}{most}", build_settings_chart(summary.settings))
    worst = missing[:MOST_CURVES]
    curves: dict[tuple[str, str], list[CurveRow]] = {(row.cluster, row.host): [] for row in worst}
    for point in rows_of(tables, CurveRow, "host", [row.host for row in worst]):
        if (point.cluster, point.host) in curves:
            curves[point.cluster, point.host].append(point)
    for (_, host), points in curves.items():
        if points:
            yield figure(f"Other NICs in {printable(host)}", build_sizing_chart(points, summary.goals))
