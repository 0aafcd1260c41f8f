"""Runbooks of a drain and of a patch night in Markdown: read before, followed during, kept after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from advisor.domain.answers import Assumption, Interval
from advisor.domain.drain import (
    OBSTACLE_WORDS,
    Blocker,
    Check,
    DrainAnswer,
    NodeLoad,
    PatchAnswer,
    PatchStep,
    PlannedMove,
)
from advisor.reports import Page
from advisor.reports.fleet.markdown import block, bullets, code, escaped, table
from advisor.reports.fleet.runbook_words import (
    LATE_WORDS,
    STATE_WORDS,
    STEP_WORDS,
    WAY_WORDS,
    WHEN_WORDS,
    blocker_name,
    blockers_first,
    bound_phrase,
    checks_of,
    clock,
    clock_span,
    commands_note,
    commands_of,
    cpu_phrase,
    drain_headline,
    patch_headline,
    shares_told,
)
from advisor.reports.fleet.wording import assumption_told
from advisor.reports.wording import limits_phrase, number, span
from advisor.units import format_duration

_TIMES: Final = (
    "Times are hours, minutes and seconds since the start: the median, then the 90 % interval. A move is late past the "
    "end of its interval, which one in twenty is."
)


def drain_md(answer: DrainAnswer, page: Page) -> str:
    """Write the runbook of a drain as Markdown."""
    del page  # Markdown is for a renderer: neither width nor colour bears on it
    facts = [
        f"Setting in force: {escaped(answer.setting)}",
        *([f"Limit: {escaped(answer.limit)}"] if answer.limit else []),
        *([escaped(bound_phrase(answer))] if answer.bound_s else []),
        f"Basis of the times: {answer.basis.value}",
        f"Wanted: {escaped(limits_phrase(answer.goals))}",
    ]
    blocks = [
        f"# Drain {escaped(answer.host)}",
        f"**{escaped(drain_headline(answer))}**",
        bullets(facts),
        *_checks(answer.checks, "before"),
        *_blockers(answer.blockers, answer.host),
        *_moves(answer.moves),
        *_commands(answer),
        *_checks(answer.checks, "during"),
        *_late(answer.moves),
        *_nodes(answer.nodes),
        *_checks(answer.checks, "after"),
        *_assumptions(answer.assumptions, answer.card),
    ]
    return "\n\n".join(blocks) + "\n"


def patch_md(answer: PatchAnswer, page: Page) -> str:
    """Write the runbook of a patch night as Markdown."""
    del page  # Markdown is for a renderer: neither width nor colour bears on it
    shares = ", ".join(f"{step} {share * 100:.0f} %" for step, share in shares_told(answer))
    facts = [
        f"Setting in force: {escaped(answer.setting)}",
        *([f"Where the time goes: {shares}"] if shares else []),
        *([f"Limit: {escaped(answer.binds)}"] if answer.binds else []),
        f"Basis of the moves' times: {answer.basis.value}",
        f"Wanted: {escaped(limits_phrase(answer.goals))}",
    ]
    blocks = [
        f"# Patch night of {escaped(answer.cluster)}",
        f"**{escaped(patch_headline(answer))}**",
        bullets(facts),
        *_checks(answer.checks, "before"),
        *_blockers(answer.blockers),
        *_steps(answer.steps),
        *_checks(answer.checks, "during"),
        *_helps(answer),
        *_checks(answer.checks, "after"),
        *_assumptions(answer.assumptions, answer.card),
    ]
    return "\n\n".join(blocks) + "\n"


def _timed(seconds: Interval) -> str:
    """Median and interval, in brackets that Markdown leaves alone."""
    return f"{format_duration(seconds.p50)} ({span(seconds)})"


def _clocked(seconds: Interval) -> str:
    return f"{clock(seconds.p50)} ({clock_span(seconds)})"


def _checks(checks: Sequence[Check], when: str) -> Iterator[str]:
    """A checklist; what the inventory says is in order is ticked."""
    own = checks_of(checks, when)
    if not own:
        return
    yield f"## {WHEN_WORDS[when]}"
    yield bullets(
        f"[{'x' if check.state == 'go' else ' '}] **{STATE_WORDS[check.state]}:** {escaped(check.text)}"
        + (f" {code(check.how)}" if check.how else "")
        for check in own
    )


def _blockers(blockers: Sequence[Blocker], host: str = "") -> Iterator[str]:
    if not blockers:
        return
    yield "## What blocks, and what moves at a price"
    yield table(
        ("VM", "Why", "In numbers", "What to do", "Blocks"),
        [
            (
                escaped(blocker_name(one, host)),
                OBSTACLE_WORDS[one.why],
                escaped(one.reason),
                escaped(one.mend),
                "**yes**" if one.blocks else "no",
            )
            for one in blockers_first(blockers)
        ],
    )


def _moves(moves: Sequence[PlannedMove]) -> Iterator[str]:
    if not moves:
        return
    yield "## Moves, in this order"
    yield _TIMES
    yield table(
        ("#", "VM", "GiB", "From", "To", "How", "Starts", "Ends", "Late after", "Dark", "Verdict"),
        [
            (
                str(move.order),
                escaped(move.vm),
                number(move.memory_gib),
                escaped(move.source),
                escaped(move.destination),
                move.way,
                _clocked(move.start_s),
                _clocked(move.end_s),
                clock(move.end_s.p95),
                _timed(move.dark_s),
                move.verdict.value + "".join(f"; {escaped(reason)}" for reason in move.reasons),
            )
            for move in moves
        ],
        numbers=(0, 2),
    )


def _commands(answer: DrainAnswer) -> Iterator[str]:
    """The commands of the moves, to be copied."""
    commands = commands_of(answer)
    if not commands:
        return
    yield "## Commands"
    yield escaped(commands_note(answer))
    yield block(commands, "powershell")


def _late(moves: Sequence[PlannedMove]) -> Iterator[str]:
    """What to do about a late move, for each way that the plan has."""
    ways = [way for way in WAY_WORDS if any(move.way == way for move in moves)]
    if not ways:
        return
    yield "## When a move is late"
    yield bullets(f"**{way}** ({WAY_WORDS[way]}): {LATE_WORDS[way]}" for way in ways)


def _nodes(nodes: Sequence[NodeLoad]) -> Iterator[str]:
    if not nodes:
        return
    yield "## Nodes before and after"
    yield table(
        ("Node", "Memory GiB", "VMs before GiB", "most GiB", "after GiB", "CPU", "VMs it takes"),
        [
            (
                escaped(node.node),
                "not known" if node.memory_gib is None else number(node.memory_gib),
                *(number(gib) for gib in (node.before_gib, node.most_gib, node.after_gib)),
                cpu_phrase(node),
                str(node.moves_in),
            )
            for node in nodes
        ],
        numbers=range(1, 7),
    )


def _steps(steps: Sequence[PatchStep]) -> Iterator[str]:
    if not steps:
        return
    yield "## Node by node, step by step"
    yield "Times are hours, minutes and seconds since the start: the median, then the 90 % interval."
    yield table(
        ("Node", "Step", "Starts", "Takes", "VMs moved", "At once"),
        [
            (
                escaped(step.node),
                STEP_WORDS[step.step],
                _clocked(step.start_s),
                _clocked(step.time_s),
                str(step.moves) if step.moves else "",
                str(step.at_once) if step.at_once else "",
            )
            for step in steps
        ],
        numbers=(4, 5),
    )


def _helps(answer: PatchAnswer) -> Iterator[str]:
    if not answer.helps:
        return
    yield "## What would shorten it"
    yield bullets(
        f"{escaped(one.what)}: then {_timed(one.total_s)}, {format_duration(one.saves_s)} less" for one in answer.helps
    )


def _assumptions(assumptions: Sequence[Assumption], card: str) -> Iterator[str]:
    if assumptions:
        yield "## Assumed, because nobody said"
        yield bullets(escaped(assumption_told(one)) for one in assumptions)
    if card:
        yield f"Model card {escaped(card)}. Every interval holds 90 % of the cases expected."
