"""A patch night in a terminal: how long, what takes most of it, what would shorten it, then node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from advisor.domain.drain import PatchAnswer, PatchStep
from advisor.reports import Page
from advisor.reports.fleet.fitting import write_fitting
from advisor.reports.fleet.runbook_parts import write_blockers, write_checks, write_footer
from advisor.reports.fleet.runbook_words import (
    STEP_WORDS,
    clock,
    nodes_told,
    patch_headline,
    shares_told,
    steps_of_nodes,
)
from advisor.reports.fleet.wording import counted
from advisor.reports.sheet import IN_JSON, Cell, Column, Row, Sheet
from advisor.reports.wording import with_span
from advisor.units import format_duration

_MOST_HELPS: Final = 5
_MOST_NODES: Final = 32
_HEADS: Final = {"drain": "Drain", "update": "Update", "resync": "Resync", "fail_back": "Fail back", "health": "Health"}


def patch_table(answer: PatchAnswer, page: Page) -> str:
    """Write a patch night for a terminal."""
    sheet = Sheet(page)
    sheet.paragraph(patch_headline(answer), "bold" if answer.feasible and answer.window != "misses" else "bold red")
    sheet.paragraph(f"Setting: {answer.setting}. Basis of the moves: {answer.basis.value}.")
    shares = ", ".join(f"{step} {share * 100:.0f} %" for step, share in shares_told(answer))
    if shares:
        sheet.paragraph(f"Where the time goes: {shares}.", hanging=2)
    if answer.binds:
        sheet.paragraph(f"Limit: {answer.binds}", hanging=7)
    sheet.gap()
    helps = [f"{one.what}: then {with_span(one.total_s)}, {format_duration(one.saves_s)} less" for one in answer.helps]
    sheet.items("Helps", helps, _MOST_HELPS, "green")
    write_blockers(sheet, answer.blockers)
    write_checks(sheet, answer.checks, "before")
    _write_steps(sheet, answer.steps, nodes_told(answer))
    write_checks(sheet, answer.checks, "during")
    write_checks(sheet, answer.checks, "after")
    write_footer(sheet, answer)
    return sheet.text()


def _write_steps(sheet: Sheet, steps: Sequence[PatchStep], short: Mapping[str, str]) -> None:
    nodes = steps_of_nodes(steps)
    if not nodes:
        return
    columns = (
        Column("Node", 0),
        Column("Starts", 8, right=True),
        *(Column(_HEADS[step], 9 if step == "fail_back" else 7, right=True) for step in STEP_WORDS),
        Column("VMs", 5, right=True),
        Column("At once", 7, right=True),
    )
    rows = []
    for own in nodes[:_MOST_NODES]:
        times: dict[str, str] = {step.step: clock(step.time_s.p50) for step in own}
        cells = (
            short[own[0].node],
            clock(own[0].start_s.p50),
            *(times.get(step, "-") for step in STEP_WORDS),
            str(max(step.moves for step in own)),
            str(own[0].at_once or "-"),
        )
        rows.append(Row(tuple(map(Cell.of, cells))))
    sheet.heading("Node by node, medians, times since the night began")
    write_fitting(sheet, columns, rows, ("At once", "VMs", _HEADS["health"], _HEADS["fail_back"]))
    if len(nodes) > len(rows):
        sheet.paragraph(f"{counted(len(nodes) - len(rows), 'more node')}{IN_JSON}", "dim")
