"""What `advisor measure` shows beside its runs: the spread of repeats, a dirty curve, what a plan would run."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from advisor.domain.answers import SCHEMA_VERSION
from advisor.domain.plan import LabStudy
from advisor.domain.vms import CurvePoint
from advisor.errors import Problem
from advisor.reports import Page
from advisor.reports.json import with_rounded_floats
from advisor.reports.sheet import Cell, Column, Row, Sheet
from advisor.reports.wording import number
from advisor.units import format_duration

_SPREADS = (
    Column("Transport", 12),
    Column("Teaming", 12),
    Column("At once", 7),
    Column("Cells", 5, right=True),
    Column("Median", 7, right=True),
    Column("P90", 7, right=True),
    Column("Dark", 8, right=True),
    Column("P90", 8, right=True),
)
_STUDIES = (
    Column("Study", 13),
    Column("Guests", 16),
    Column("Links", 24),
    Column("Moves", 5, right=True),
    Column("Runs", 5, right=True),
    Column("About", 11, right=True),
)
_COMMENT_COLUMNS = 100
_STUDIES_SHOWN = 20


class SpreadFacts(Protocol):
    """How far repeats lie apart in one group; `advisor.calibration.noise.Spread` has it all."""

    transport: str
    teaming: str
    simultaneous: str
    cells: int
    total_median: float
    total_p90: float
    blackout_median_ms: float | None
    blackout_p90_ms: float | None


class NoiseFacts(Protocol):
    """Every group; `advisor.calibration.noise.Noise` has it all."""

    @property
    def spreads(self) -> Sequence[Any]:
        """The groups, the whole first."""

    @property
    def left_out(self) -> int:
        """Runs without a repeat."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""


class CurveFacts(Protocol):
    """A measured dirty curve; `advisor.lab.dirty_curve.DirtyCurve` has it all."""

    @property
    def points(self) -> Sequence[CurvePoint]:
        """Its points."""

    @property
    def mode(self) -> str:
        """How QEMU counted."""

    @property
    def notes(self) -> Sequence[str]:
        """What is to be known of them."""


class OutlookFacts(Protocol):
    """What a plan would run; `advisor.lab.expect.Outlook` has it all."""

    @property
    def studies(self) -> Iterable[Any]:
        """Each with its `study`, `runs` and `seconds`."""

    @property
    def runs(self) -> int:
        """How many runs."""

    @property
    def seconds(self) -> float:
        """About how long they take [s]."""

    @property
    def done(self) -> int:
        """Runs the file holds already."""

    @property
    def lacking(self) -> Sequence[Problem]:
        """What is missing on this machine."""


def noise_table(noise: NoiseFacts, page: Page) -> str:
    """Write the spread of repeats for a terminal."""
    sheet = Sheet(page)
    if not noise.spreads:
        sheet.paragraph("No move of these runs was repeated: nothing can be said of their spread.")
        return sheet.text()
    whole = noise.spreads[0]
    sheet.paragraph(
        f"The floor no model beats: total time {_percent(whole.total_median)} median, "
        f"{_percent(whole.total_p90)} P90 (repeated moves: {whole.cells}, their runs: {whole.runs}).",
        "bold",
    )
    if noise.left_out:
        sheet.paragraph(f"{noise.left_out} runs have no repeat and are left out.", "yellow")
    sheet.gap()
    sheet.table(_SPREADS, [_spread(one) for one in noise.spreads])
    sheet.gap()
    sheet.paragraph(
        "Median, P90: what a prediction would still miss that knows the truth of each move, as a share of total time; "
        "Dark: the same of the blackout, in time. From the differences between repeats; every move weighs the same.",
        "dim",
    )
    return sheet.text()


def _spread(one: SpreadFacts) -> Row:
    dark = (one.blackout_median_ms, one.blackout_p90_ms)
    cells = (
        one.transport,
        one.teaming,
        one.simultaneous,
        str(one.cells),
        _percent(one.total_median),
        _percent(one.total_p90),
        *("" if ms is None else f"{number(ms, 3)} ms" for ms in dark),
    )
    return Row(tuple(Cell.of(cell) for cell in cells))


def noise_json(noise: NoiseFacts, page: Page) -> str:
    """Write the spread of repeats as JSON."""
    del page  # JSON is for programs: neither width nor colour bears on it
    return _json(noise.as_dict())


def curve_yaml(curve: CurveFacts, page: Page) -> str:
    """Write a dirty curve so that it can be pasted under a VM of a scenario."""
    del page
    comments = [f"measured over QMP by {curve.mode}", *curve.notes]
    told = [f"# {line}" for note in comments for line in textwrap.wrap(note, _COMMENT_COLUMNS)]
    points = [f"  - {{seconds: {point.seconds:g}, dirty_mib: {point.dirty_mib:g}}}" for point in curve.points]
    return "\n".join([*told, "dirty_curve:", *points]) + "\n"


def curve_json(curve: CurveFacts, page: Page) -> str:
    """Write a dirty curve as JSON."""
    del page
    points = [point.model_dump() for point in curve.points]
    return _json({"mode": curve.mode, "notes": list(curve.notes), "dirty_curve": points})


def outlook_table(outlook: OutlookFacts, page: Page) -> str:
    """Write what a plan would run for a terminal."""
    sheet = Sheet(page)
    studies = list(outlook.studies)
    held = f"; the file holds {outlook.done}" if outlook.done else ""
    sheet.paragraph(
        f"{outlook.runs} runs in {len(studies)} studies, about {format_duration(outlook.seconds)}{held}.", "bold"
    )
    if studies:
        sheet.gap()
        sheet.table(_STUDIES, [_study(one.study, one.runs, one.seconds) for one in studies[:_STUDIES_SHOWN]])
    if len(studies) > _STUDIES_SHOWN:
        sheet.paragraph(f"and {len(studies) - _STUDIES_SHOWN} more; -f json lists every one", "dim")
    sheet.gap()
    if outlook.lacking:
        sheet.paragraph("Missing on this machine:", "yellow")
        for problem in outlook.lacking:
            sheet.paragraph(f"- {problem}")
    else:
        sheet.paragraph("Nothing is missing on this machine.", "green")
    return sheet.text()


def _study(study: LabStudy, runs: int, seconds: float) -> Row:
    links = study.links
    team = "" if links.teaming == "none" else f" {links.teaming}"
    cells = (
        study.name,
        f"{study.simultaneous} x {study.vm.memory_mib} MiB",
        f"{links.count} x {number(links.gbps, 3)} Gbit/s{team}",
        str(len(study.moves)),
        str(runs),
        format_duration(seconds),
    )
    return Row(tuple(Cell.of(cell) for cell in cells))


def outlook_json(outlook: OutlookFacts, page: Page) -> str:
    """Write what a plan would run as JSON."""
    del page
    studies = [
        {"runs": one.runs, "about_s": one.seconds, "study": one.study.model_dump(mode="json")}
        for one in outlook.studies
    ]
    return _json(
        {
            "runs": outlook.runs,
            "about_s": outlook.seconds,
            "done": outlook.done,
            "lacking": [str(problem) for problem in outlook.lacking],
            "studies": studies,
        }
    )


def _json(content: dict[str, Any]) -> str:
    whole = {"schema_version": SCHEMA_VERSION, **content}
    return json.dumps(with_rounded_floats(whole), indent=2, allow_nan=False) + "\n"


def _percent(share: float) -> str:
    return f"{number(100 * share, 2)} %"
