"""A drain in a terminal: whether it goes, what blocks, what to check, then the moves in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from advisor.domain.drain import DrainAnswer, NodeLoad, PlannedMove
from advisor.reports import Page
from advisor.reports.fleet.fitting import write_fitting
from advisor.reports.fleet.runbook_parts import write_blockers, write_checks, write_footer
from advisor.reports.fleet.runbook_words import (
    bound_phrase,
    clock,
    clock_span,
    commands_note,
    commands_of,
    cpu_phrase,
    drain_headline,
    move_phrase,
    nodes_told,
)
from advisor.reports.fleet.wording import counted
from advisor.reports.sheet import IN_JSON, Cell, Column, Row, Sheet
from advisor.reports.table_parts import STYLES
from advisor.reports.wording import number
from advisor.units import format_duration

_MOST_MOVES: Final = 20
_MOST_NODES: Final = 16
_MOST_COMMANDS: Final = 8
_WIDEST_DESTINATION: Final = 14


def drain_table(answer: DrainAnswer, page: Page) -> str:
    """Write a drain for a terminal."""
    sheet = Sheet(page)
    good = answer.feasible and answer.end_s is not None and answer.window != "misses"
    sheet.paragraph(drain_headline(answer), "bold" if good else "bold red")
    sheet.paragraph(f"Setting: {answer.setting}. Basis: {answer.basis.value}.")
    if answer.limit:
        sheet.paragraph(f"Limit: {answer.limit}", hanging=7)
    if answer.bound_s:
        sheet.paragraph(bound_phrase(answer))
    write_blockers(sheet, answer.blockers, answer.host)
    write_checks(sheet, answer.checks, "before")
    short = nodes_told(answer)
    _write_moves(sheet, answer.moves, short)
    _write_commands(sheet, answer)
    _write_nodes(sheet, answer.nodes, short)
    write_checks(sheet, answer.checks, "during")
    write_checks(sheet, answer.checks, "after")
    write_footer(sheet, answer)
    return sheet.text()


def _write_moves(sheet: Sheet, moves: Sequence[PlannedMove], short: Mapping[str, str]) -> None:
    if not moves:
        return
    shown = moves[:_MOST_MOVES]
    columns = (
        Column("#", 4, right=True),
        Column("VM", 0),
        Column("To", min(max(len(short[move.destination]) for move in shown), _WIDEST_DESTINATION)),
        Column("Starts", 8, right=True),
        Column("Ends", max(len(clock_span(move.end_s)) for move in shown), right=True),
        Column("Dark", 15),
    )
    sheet.heading("Moves in order, timed from the start; past its interval a move is late")
    write_fitting(sheet, columns, [_move(move, short) for move in shown], ("Dark", "Starts"))
    if len(moves) > len(shown):
        sheet.paragraph(f"{counted(len(moves) - len(shown), 'more move')}{IN_JSON}", "dim")


def _write_commands(sheet: Sheet, answer: DrainAnswer) -> None:
    """The commands of few moves; a runbook has those of many."""
    commands = commands_of(answer)
    if not commands:
        return
    if len(commands) > _MOST_COMMANDS:
        sheet.paragraph("The commands of the moves stand in the runbook: -f md or -f html.", "dim")
        return
    sheet.heading("Commands")
    for command in commands:
        # Broken, it could not be copied.
        sheet.line(sheet.clean(command))
    sheet.paragraph(commands_note(answer), "dim")


def _move(move: PlannedMove, short: Mapping[str, str]) -> Row:
    cells = (
        Cell.of(str(move.order)),
        Cell.of(move.vm, (move_phrase(move), "dim")),
        Cell.of(short[move.destination]),
        Cell.of(clock(move.start_s.p50)),
        Cell.of(clock(move.end_s.p50), (clock_span(move.end_s), "dim")),
        Cell.of(format_duration(move.dark_s.p50), (f"p95 {format_duration(move.dark_s.p95)}", "dim")),
    )
    notes = ((f"{move.verdict.value}: {'; '.join(move.reasons)}", STYLES[move.verdict]),) if move.reasons else ()
    return Row(cells, notes)


def _write_nodes(sheet: Sheet, nodes: Sequence[NodeLoad], short: Mapping[str, str]) -> None:
    if not nodes:
        return
    columns = (
        Column("Node", 0),
        Column("GiB", 7, right=True),
        Column("before", 7, right=True),
        Column("most", 7, right=True),
        Column("after", 7, right=True),
        Column("CPU", 12, right=True),
        Column("takes", 5, right=True),
    )
    rows = [
        Row(
            (
                Cell.of(short[node.node]),
                Cell.of("?" if node.memory_gib is None else number(node.memory_gib)),
                *(Cell.of(number(gib)) for gib in (node.before_gib, node.most_gib, node.after_gib)),
                Cell.of(cpu_phrase(node)),
                Cell.of(str(node.moves_in)),
            )
        )
        for node in nodes[:_MOST_NODES]
    ]
    sheet.heading("Nodes: memory of running VMs, and what each takes")
    write_fitting(sheet, columns, rows, ("GiB", "takes", "CPU"))
    if len(nodes) > len(rows):
        sheet.paragraph(f"{counted(len(nodes) - len(rows), 'more node')}{IN_JSON}", "dim")
