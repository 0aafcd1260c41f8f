"""What the tables of a drain and of a patch night share: what blocks, what to check, what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from advisor.domain.drain import Blocker, Check, DrainAnswer, PatchAnswer
from advisor.reports.fleet.wording import (
    BLOCKER_WORDS,
    STATE_STYLES,
    STATE_WORDS,
    WHEN_WORDS,
    blocker_name,
    blockers_first,
    checks_of,
    counted,
)
from advisor.reports.sheet import IN_JSON, MARGIN, Sheet
from advisor.reports.table_parts import write_assumptions
from advisor.reports.wording import limits_phrase

_MOST: Final = 8


def write_blockers(sheet: Sheet, blockers: Sequence[Blocker], host: str = "") -> None:
    """VMs that block, and those that move at a price, with what to do."""
    told = [
        f"{blocker_name(one, host)} ({BLOCKER_WORDS[one.why]}): {one.reason.rstrip('.')}; {one.mend}"
        for one in blockers_first(blockers)
    ]
    blocking = sum(one.blocks for one in blockers)
    sheet.gap()
    sheet.items("Blocks", told[:blocking], _MOST, "red")
    sheet.items("Mind", told[blocking:], _MOST, "yellow")


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
