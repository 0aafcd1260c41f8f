"""What the tables of a recommendation and of an estimate share."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.domain.answers import Assumption, OptionAnswer, Verdict, VmAnswer
from advisor.reports.findings import Group, to_heed, to_verify
from advisor.reports.sheet import GUTTER, IN_JSON, Cell, Column, Row, Sheet
from advisor.reports.wording import (
    at_once_phrase,
    basis_phrase,
    fallback_phrase,
    in_seconds,
    modes_phrase,
    number,
    passes_phrase,
    plural,
    span,
)
from advisor.units import format_duration

STYLES = {
    Verdict.READY: "green",
    Verdict.CONDITIONS: "yellow",
    Verdict.UNKNOWN: "yellow",
    Verdict.NOT_RECOMMENDED: "red",
}
_MOST_VMS = 4
_MOST_FINDINGS = 3
_MOST_ASSUMPTIONS = 5
_LONGEST_REASON = 70


def rest_of(width: int, columns: Sequence[Column]) -> int:
    """Width left for a first column beside the given ones."""
    return width - sum(column.width + GUTTER for column in columns)


def time_columns(options: Sequence[OptionAnswer | VmAnswer]) -> tuple[Column, Column]:
    """Columns for total time and blackout, as wide as the widest of the options."""
    cells = [time_cells(option) for option in options]
    widths = (max(len(text) for row in cells for text, _ in row[i].lines) for i in range(2))
    return (Column("Total", next(widths)), Column("Blackout", max(next(widths), len("Blackout"))))


def time_cells(option: OptionAnswer | VmAnswer, style: str = "") -> tuple[Cell, Cell]:
    """Total time and blackout, each its median over its interval."""
    blackout = in_seconds(option.blackout_ms)
    return (
        Cell.of((format_duration(option.total_s.p50), style), (f"[{span(option.total_s)}]", "dim")),
        Cell.of((format_duration(blackout.p50), style), (f"[{span(blackout)}]", "dim")),
    )


def write_numbers(sheet: Sheet, option: OptionAnswer, vms: Sequence[VmAnswer]) -> None:
    """What the headline leaves unsaid of an option: its other numbers, verdict, basis and risks, in a few lines."""
    moves = sum(vm.count for vm in vms)
    sheet.paragraph(
        f"{number(option.sent_gib)} GiB at {number(option.throughput_gbps)} Gbit/s, "
        f"{at_once_phrase(option.simultaneous, moves)}; {passes_phrase(option)}; "
        f"CPU {number(option.cpu_cores.source, 2)} cores at the source, "
        f"{number(option.cpu_cores.destination, 2)} at the destination."
    )
    sheet.paragraph(f"Verdict: {option.verdict.value}. Basis: {basis_phrase(option)}.", STYLES[option.verdict])
    sheet.paragraph(f"Limit: {option.limit}", hanging=7)
    if option.modes:
        sheet.paragraph(f"Luck: {modes_phrase(option.modes)}", hanging=6)
    if option.fallback is not None:
        sheet.paragraph(f"Risk: {fallback_phrase(option, option.fallback)}", "yellow", hanging=6)


def write_findings(sheet: Sheet, option: OptionAnswer) -> None:
    """What holds for an option and what must be verified, a handful of each."""
    heed = [f"{told} {group.remedy}".strip() for group, told in _told(to_heed(option))]
    sheet.gap()
    sheet.items("Mind", heed, _MOST_FINDINGS)
    sheet.items("Verify", [told for _, told in _told(to_verify(option))], _MOST_FINDINGS)


def _told(groups: Sequence[Group]) -> list[tuple[Group, str]]:
    """Findings in words; what a rule says in other words of other host pairs is counted, not told again."""
    alike: dict[tuple[str, ...], list[Group]] = {}
    for group in groups:
        alike.setdefault((*group.rules, group.remedy), []).append(group)
    return [
        (
            first,
            f"{', '.join(first.rules)}: {first.message}"
            + (f" Likewise on {plural(len(others), 'more host pair')}." if others else ""),
        )
        for first, *others in alike.values()
    ]


def write_vms(sheet: Sheet, vms: Sequence[VmAnswer]) -> None:
    """VM by VM: verdict and reasons under the name, times beside it."""
    if not vms:
        return
    shown = vms[:_MOST_VMS]
    columns = (*time_columns(shown), Column("Passes", 6, right=True))
    sheet.gap()
    sheet.table(
        (Column("VM", rest_of(sheet.width, columns)), *columns),
        [
            Row(
                (
                    Cell.of(
                        f"{vm.name} (each of {vm.count})" if vm.count > 1 else vm.name,
                        (f"{vm.source} → {vm.destination}", "dim"),
                    ),
                    *time_cells(vm),
                    Cell.of(number(vm.passes, 2)),
                ),
                ((": ".join(part for part in (vm.verdict.value, "; ".join(vm.reasons)) if part), STYLES[vm.verdict]),),
            )
            for vm in shown
        ],
    )
    if len(vms) > len(shown):
        sheet.paragraph(f"{len(vms) - len(shown)} more{IN_JSON}", "dim")


def write_assumptions(sheet: Sheet, assumptions: Sequence[Assumption]) -> None:
    """Inputs nobody gave; a long reason is left to the other formats."""
    sheet.items("Assumed", [_assumption_phrase(one) for one in assumptions], _MOST_ASSUMPTIONS)


def _assumption_phrase(one: Assumption) -> str:
    why = one.why.partition(";")[0]
    return f"{one.what}: {one.value} ({why})" if len(why) <= _LONGEST_REASON else f"{one.what}: {one.value}"
