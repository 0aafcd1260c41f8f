"""Runbooks of a drain and of a patch night, piece by piece: read before, followed during, kept after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from advisor.reports.fleet.runbook_pieces import Commands, Heading, Item, Items, Paragraph, Piece, Rows
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
_STEP_TIMES: Final = "Times are hours, minutes and seconds since the start: the median, then the 90 % interval."


def drain_pieces(answer: DrainAnswer) -> Iterator[Piece]:
    """The runbook of a drain."""
    yield Heading(f"Drain {answer.host}", title=True)
    yield Paragraph(drain_headline(answer), result=True)
    yield _list(
        [
            f"Setting in force: {answer.setting}",
            *([f"Limit: {answer.limit}"] if answer.limit else []),
            *([bound_phrase(answer)] if answer.bound_s else []),
            f"Basis of the times: {answer.basis.value}",
            f"Wanted: {limits_phrase(answer.goals)}",
        ]
    )
    yield from _checks(answer.checks, "before")
    yield from _blockers(answer.blockers, answer.host)
    yield from _moves(answer.moves)
    yield from _commands(answer)
    yield from _checks(answer.checks, "during")
    yield from _late(answer.moves)
    yield from _nodes(answer.nodes)
    yield from _checks(answer.checks, "after")
    yield from _assumptions(answer.assumptions, answer.card)


def patch_pieces(answer: PatchAnswer) -> Iterator[Piece]:
    """The runbook of a patch night."""
    shares = ", ".join(f"{step} {share * 100:.0f} %" for step, share in shares_told(answer))
    yield Heading(f"Patch night of {answer.cluster}", title=True)
    yield Paragraph(patch_headline(answer), result=True)
    yield _list(
        [
            f"Setting in force: {answer.setting}",
            *([f"Where the time goes: {shares}"] if shares else []),
            *([f"Limit: {answer.binds}"] if answer.binds else []),
            f"Basis of the moves' times: {answer.basis.value}",
            f"Wanted: {limits_phrase(answer.goals)}",
        ]
    )
    yield from _checks(answer.checks, "before")
    yield from _blockers(answer.blockers)
    yield from _steps(answer.steps)
    yield from _checks(answer.checks, "during")
    yield from _helps(answer)
    yield from _checks(answer.checks, "after")
    yield from _assumptions(answer.assumptions, answer.card)


def _list(texts: Iterable[str]) -> Items:
    return Items(tuple(map(Item, texts)))


def _timed(seconds: Interval) -> str:
    """Median and interval, in brackets that Markdown leaves alone."""
    return f"{format_duration(seconds.p50)} ({span(seconds)})"


def _clocked(seconds: Interval) -> str:
    return f"{clock(seconds.p50)} ({clock_span(seconds)})"


def _checks(checks: Sequence[Check], when: str) -> Iterator[Piece]:
    """A checklist; what the inventory says is in order is ticked."""
    own = checks_of(checks, when)
    if own:
        yield Heading(WHEN_WORDS[when])
        yield Items(
            tuple(Item(one.text, f"{STATE_WORDS[one.state]}:", one.how, ticked=one.state == "go") for one in own)
        )


def _blockers(blockers: Sequence[Blocker], host: str = "") -> Iterator[Piece]:
    if blockers:
        yield Heading("What blocks, and what moves at a price")
        yield Rows(
            ("VM", "Why", "In numbers", "What to do", "Blocks"),
            tuple(
                (blocker_name(one, host), OBSTACLE_WORDS[one.why], one.reason, one.mend, "yes" if one.blocks else "no")
                for one in blockers_first(blockers)
            ),
        )


def _moves(moves: Sequence[PlannedMove]) -> Iterator[Piece]:
    if moves:
        yield Heading("Moves, in this order")
        yield Paragraph(_TIMES)
        yield Rows(
            ("#", "VM", "GiB", "From", "To", "How", "Starts", "Ends", "Late after", "Dark", "Verdict"),
            tuple(map(_move, moves)),
            numbers=(0, 2),
        )


def _move(move: PlannedMove) -> tuple[str, ...]:
    return (
        str(move.order),
        move.vm,
        number(move.memory_gib),
        move.source,
        move.destination,
        move.way,
        _clocked(move.start_s),
        _clocked(move.end_s),
        clock(move.end_s.p95),
        _timed(move.dark_s),
        "; ".join([move.verdict.value, *move.reasons]),
    )


def _commands(answer: DrainAnswer) -> Iterator[Piece]:
    """The commands of the moves, to be copied."""
    commands = commands_of(answer)
    if commands:
        yield Heading("Commands")
        yield Paragraph(commands_note(answer))
        yield Commands(tuple(commands))


def _late(moves: Sequence[PlannedMove]) -> Iterator[Piece]:
    """What to do about a late move, for each way that the plan has."""
    ways = [way for way in WAY_WORDS if any(move.way == way for move in moves)]
    if ways:
        yield Heading("When a move is late")
        yield Items(tuple(Item(f"({WAY_WORDS[way]}): {LATE_WORDS[way]}", way) for way in ways))


def _nodes(nodes: Sequence[NodeLoad]) -> Iterator[Piece]:
    if nodes:
        yield Heading("Nodes before and after")
        yield Rows(
            ("Node", "Memory GiB", "VMs before GiB", "most GiB", "after GiB", "CPU", "VMs it takes"),
            tuple(map(_node, nodes)),
            numbers=tuple(range(1, 7)),
        )


def _node(node: NodeLoad) -> tuple[str, ...]:
    return (
        node.node,
        "not known" if node.memory_gib is None else number(node.memory_gib),
        *(number(gib) for gib in (node.before_gib, node.most_gib, node.after_gib)),
        cpu_phrase(node),
        str(node.moves_in),
    )


def _steps(steps: Sequence[PatchStep]) -> Iterator[Piece]:
    if steps:
        yield Heading("Node by node, step by step")
        yield Paragraph(_STEP_TIMES)
        yield Rows(
            ("Node", "Step", "Starts", "Takes", "VMs moved", "At once"),
            tuple(map(_step, steps)),
            numbers=(4, 5),
        )


def _step(step: PatchStep) -> tuple[str, ...]:
    return (
        step.node,
        STEP_WORDS[step.step],
        _clocked(step.start_s),
        _clocked(step.time_s),
        str(step.moves) if step.moves else "",
        str(step.at_once) if step.at_once else "",
    )


def _helps(answer: PatchAnswer) -> Iterator[Piece]:
    if answer.helps:
        yield Heading("What would shorten it")
        yield _list(
            f"{one.what}: then {_timed(one.total_s)}, {format_duration(one.saves_s)} less" for one in answer.helps
        )


def _assumptions(assumptions: Sequence[Assumption], card: str) -> Iterator[Piece]:
    if assumptions:
        yield Heading("Assumed, because nobody said")
        yield _list(map(assumption_told, assumptions))
    if card:
        yield Paragraph(f"Model card {card}. Every interval holds 90 % of the cases expected.")
