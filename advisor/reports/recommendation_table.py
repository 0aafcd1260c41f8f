"""A recommendation in a terminal: what to do first, then why, then everything else, shortened."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.domain.answers import OptionAnswer, Recommendation, TierAnswer
from advisor.domain.options import Tier
from advisor.reports.findings import forbidden_by, is_same
from advisor.reports.sheet import IN_JSON, MARGIN, Cell, Column, Row, Sheet
from advisor.reports.table_parts import (
    STYLES,
    rest_of,
    time_cells,
    time_columns,
    write_assumptions,
    write_findings,
    write_numbers,
    write_vms,
)
from advisor.reports.wording import limits_phrase, number, praise, with_span

_CHANGE_MARGIN = MARGIN + 13
_MOST_OPTIONS = 4
_MOST_REJECTED = 3
_MOST_REASONS = 3
_MOST_MEASUREMENTS = 2


def recommendation_table(sheet: Sheet, answer: Recommendation) -> None:
    """Write a recommendation, section by section."""
    sheet.paragraph(answer.summary, "bold" if answer.recommended else "bold red")
    if answer.recommended is not None:
        write_numbers(sheet, answer.recommended, answer.vms)
        _write_changes(sheet, answer.recommended, answer.tiers)
    _write_options(sheet, answer)
    sheet.gap()
    sheet.items("Why", answer.why, _MOST_REASONS)
    write_vms(sheet, answer.vms)
    if answer.recommended is not None:
        write_findings(sheet, answer.recommended)
    write_assumptions(sheet, answer.assumptions)
    _write_next(sheet, answer)
    sheet.gap()
    sheet.paragraph(f"Wanted: {limits_phrase(answer.goals)}.", "dim", hanging=2)
    title = f"{answer.title}; " if answer.title else ""
    sheet.paragraph(f"{title}{answer.platform}, model card {answer.card}", "dim", hanging=2)


def _write_changes(sheet: Sheet, recommended: OptionAnswer, tiers: Sequence[TierAnswer]) -> None:
    """Current to recommended, by tier; each tier says what it brings, also those that go further."""
    best = {tier.tier: tier for tier in tiers}
    sheet.gap()
    if Tier.TODAY in best:
        sheet.items("Today", [_tier_phrase(best[Tier.TODAY])], 1)
    if not recommended.changes:
        sheet.items("Do this", ["nothing: today's configuration is the best found"], 1)
    label = "Do this"
    for tier in Tier:
        changes = [change for change in recommended.changes if change.tier is tier]
        if changes:
            sheet.paragraph(
                f"{tier.value.capitalize()}{_brings(best.get(tier), recommended, tier)}", indent=MARGIN, label=label
            )
            label = ""
        for change in changes:
            sheet.paragraph(
                f"{change.what}: {change.current} → {change.recommended}",
                "yellow" if change.disruption == "disruptive" else "",
                indent=_CHANGE_MARGIN,
                label=f"{'':{MARGIN}}  {change.disruption}",
            )
    beyond = [tier for tier in tiers if tier.tier.rank > recommended.tier.rank]
    sheet.items("Beyond", [f"{tier.tier.value}: {_tier_phrase(tier)}" for tier in beyond], len(Tier))


def _tier_phrase(tier: TierAnswer) -> str:
    return f"{tier.label}, {with_span(tier.total_s)}"


def _brings(best: TierAnswer | None, recommended: OptionAnswer, tier: Tier) -> str:
    """What a tier's changes bring; nothing is said where the best of that tier is not on the way to the recommended."""
    if tier is recommended.tier:
        return f", then {with_span(recommended.total_s)}"
    made = {(change.code, change.recommended) for change in recommended.changes}
    on_the_way = best is not None and {(change.code, change.recommended) for change in best.changes} <= made
    return f", then {with_span(best.total_s)}" if best is not None and on_the_way else ""


def _write_options(sheet: Sheet, answer: Recommendation) -> None:
    """Options that are allowed, with their numbers; then those a rule forbids, a line each."""
    allowed = [option for option in answer.options if not forbidden_by(option)]
    forbidden = [option for option in answer.options if forbidden_by(option)]
    shown = allowed[:_MOST_OPTIONS]
    sheet.gap()
    if shown:
        columns = (*time_columns(shown), Column("Gbit/s", 6, right=True))
        sheet.table(
            (Column("Option", rest_of(sheet.width, columns)), *columns),
            [_option_row(option, is_same(option, answer.recommended)) for option in shown],
        )
    if len(allowed) > len(shown):
        sheet.paragraph(f"{len(allowed) - len(shown)} more{IN_JSON}", "dim")
    rejections = [f"{option.label}: {option.rejected_by or ', '.join(forbidden_by(option))}" for option in forbidden]
    sheet.items("Rejected", rejections, _MOST_REJECTED, "dim")


def _option_row(option: OptionAnswer, recommended: bool) -> Row:
    style = "bold" if recommended else ""
    if recommended:
        note = (f"{praise(option)}, {option.verdict.value}", STYLES[option.verdict])
    else:
        note = (option.rejected_by or option.verdict.value, "dim")
    cells = (
        Cell.of((option.label, style)),
        *time_cells(option, style),
        Cell.of((number(option.throughput_gbps), style)),
    )
    return Row(cells, (note,))


def _write_next(sheet: Sheet, answer: Recommendation) -> None:
    sheet.items(
        "Measure",
        [
            f"{m.what}: {m.how} (narrows p95/p05 from {number(m.width_before)} to {number(m.width_after)})"
            for m in answer.measure_next
        ],
        _MOST_MEASUREMENTS,
    )
    if answer.acceptance is not None:
        sheet.items("Accept", [answer.acceptance.text], 1)
