"""What the tables of a drain and of a patch night share: what blocks, what to check, what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from advisor.domain.drain import OBSTACLE_WORDS, Blocker, Check, DrainAnswer, PatchAnswer
from advisor.reports.fleet.runbook_words import STATE_STYLES, STATE_WORDS, WHEN_WORDS, blocker_name, checks_of
from advisor.reports.fleet.wording import counted
from advisor.reports.sheet import IN_JSON, MARGIN, Sheet
from advisor.reports.table_parts import write_assumptions
from advisor.reports.wording import limits_phrase

_MOST: Final = 12
_MOST_OF_A_KIND: Final = 3


def write_blockers(sheet: Sheet, blockers: Sequence[Blocker], host: str = "") -> None:
    """VMs that block, and those that move at a price, with what to do; many of one kind are told together."""
    sheet.gap()
    for label, style, blocks in (("Blocks", "red", True), ("Mind", "yellow", False)):
        kinds: dict[str, list[Blocker]] = {}
        for one in blockers:
            if one.blocks == blocks:
                kinds.setdefault(one.why, []).append(one)
        told = [text for own in kinds.values() for text in _told(own, host)]
        sheet.items(label, told, _MOST, style)


def _told(own: Sequence[Blocker], host: str) -> list[str]:
    """Blockers of one kind: one by one, or where there are many, some names and the first one's reason."""
    if len(own) <= _MOST_OF_A_KIND:
        what = OBSTACLE_WORDS[own[0].why]
        return [f"{blocker_name(one, host)} ({what}): {one.reason.rstrip('.')}; {one.mend}" for one in own]
    first, more = own[0], len(own) - _MOST_OF_A_KIND
    names = ", ".join(blocker_name(one, host) for one in own[:_MOST_OF_A_KIND])
    told = f"{counted(len(own), 'VM')} ({OBSTACLE_WORDS[first.why]}): {names} and {more:,} more{IN_JSON}; "
    return [f"{told}{first.vm}: {first.reason.rstrip('.')}; {first.mend}"]


def write_checks(sheet: Sheet, checks: Sequence[Check], when: str) -> None:
    """Checks of one moment, gravest first, each with where to look."""
    own = checks_of(checks, when)
    if not own:
        return
    sheet.heading(WHEN_WORDS[when])
    for check in own[:_MOST]:
        how = f" ({check.how})" if check.how else ""
        sheet.paragraph(
            f"{check.text}{how}",
            STATE_STYLES[check.state] if check.state == "no-go" else "",
            indent=MARGIN,
            label=STATE_WORDS[check.state],
        )
    if len(own) > _MOST:
        sheet.paragraph(f"{counted(len(own) - _MOST, 'more check')}{IN_JSON}", "dim", indent=MARGIN)


def write_footer(sheet: Sheet, answer: DrainAnswer | PatchAnswer) -> None:
    """Assumptions, what was wanted, and the card."""
    sheet.gap()
    write_assumptions(sheet, answer.assumptions)
    sheet.gap()
    sheet.paragraph(f"Wanted: {limits_phrase(answer.goals)}.", "dim", hanging=2)
    if answer.card:
        sheet.paragraph(f"model card {answer.card}", "dim", hanging=2)
