"""`advisor measure`: real migrations on this machine, how far their repeats lie apart, a VM's dirty curve."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from advisor.cli.measured import runs_from
from advisor.cli.trouble import warn
from advisor.cli.writing import output
from advisor.errors import InputError, LabError, Problem
from advisor.reports import (
    CURVE_FORMATS,
    NOISE_FORMATS,
    OUTLOOK_FORMATS,
    render_curve,
    render_noise,
    render_outlook,
)
from advisor.units import format_duration, parse_duration_s

if TYPE_CHECKING:
    from advisor.domain.plan import LabPlan

EXAMPLES: Final = (
    "advisor measure --dry-run",
    "advisor measure data/examples/plans/first_look.yaml --dry-run",
    "advisor measure --draw 60 --seed 1 --dry-run -f json",
)
_DEFAULT_DRAW: Final = (6, 5)
"""Studies and seed of the plan that is taken where none is given: every transport, about ten minutes."""


class Acceleration(Enum):
    """What runs the guests' processors."""

    AUTO = "auto"
    TCG = "tcg"
    KVM = "kvm"


class CountBy(Enum):
    """How QEMU counts dirty memory."""

    AUTO = "auto"
    BITMAP = "dirty-bitmap"
    SAMPLING = "page-sampling"
    RING = "dirty-ring"


def measure(
    plan: Annotated[
        Path | None,
        typer.Argument(
            metavar="PLAN.yaml",
            help="Studies to run; `advisor schema plan` lists its keys. Not given: a drawn plan of about ten minutes",
            show_default=False,
        ),
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where the runs go, a row each as soon as it is known; passes go beside it: runs.passes.csv",
            show_default=False,
        ),
    ] = None,
    draw: Annotated[
        int | None,
        typer.Option("--draw", metavar="N", min=1, max=10_000, help="Draw a plan of so many studies"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed draws the same plan")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", metavar="", help="Go on with the file: the runs it holds are left out")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", metavar="", help="Begin the file anew")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Tell what would be run, how long it takes and what is missing"),
    ] = False,
    acceleration: Annotated[
        Acceleration, typer.Option("--accel", help="auto: KVM where a probe guest runs with it, else emulation (tcg)")
    ] = Acceleration.AUTO,
    noise: Annotated[
        Path | None,
        typer.Option("--noise", metavar="RUNS.csv", help="Tell how far repeats lie apart; nothing is run"),
    ] = None,
    dirty_curve: Annotated[
        str | None,
        typer.Option(
            "--dirty-curve",
            metavar="unix:PATH|tcp:HOST:PORT",
            help="Measure the dirty curve of the running VM behind this QMP monitor; it is not migrated",
        ),
    ] = None,
    longest: Annotated[
        str, typer.Option("--longest", metavar="DURATION", help="Longest period of a dirty curve, up to 60s")
    ] = "60s",
    count_by: Annotated[
        CountBy, typer.Option("--count-by", help="auto: the dirty bitmap where KVM has one, else page sampling")
    ] = CountBy.AUTO,
    format: Annotated[
        str | None,
        typer.Option("-f", "--format", metavar="NAME", help="table or json; a dirty curve: yaml or json"),
    ] = None,
) -> None:
    """Run real migrations between two QEMU processes on this machine and write down how they went.

    It needs Linux, QEMU 10 (8.2 with KVM), a kernel image, gcc and root.
    Nothing of it is left when it ends, however it ends.
    """
    _one_deed(plan, draw, noise, dirty_curve)
    if noise is not None:
        from advisor.calibration.noise import noise as spread

        to = output(format, file, NOISE_FORMATS)
        to.write(render_noise, spread(runs_from(noise)))
    elif dirty_curve is not None:
        by_ending = "json" if file is not None and file.suffix.lower() == ".json" else "yaml"
        to = output(format or by_ending, file, CURVE_FORMATS)
        from advisor.cli.measuring import curve_behind

        to.write(render_curve, curve_behind(dirty_curve, _seconds(longest), _mode(count_by)))
    elif dry_run:
        to = output(format, None, OUTLOOK_FORMATS)
        from advisor.lab.expect import outlook
        from advisor.lab.machine import lacking

        asked = _plan(plan, draw, seed)
        done = _done(file, asked, cut=False) if resume else set()
        accelerator = "kvm" if acceleration is Acceleration.KVM else "tcg"
        to.write(render_outlook, outlook(asked, lacking(asked, accelerator), done))
    else:
        _measure(_plan(plan, draw, seed), file, resume, overwrite, acceleration)


def _measure(plan: LabPlan, file: Path | None, resume: bool, overwrite: bool, acceleration: Acceleration) -> None:
    from advisor.cli.measuring import DISTURBED_SHARE, run_campaign

    runs = _writable(file, resume, overwrite)
    done = _done(runs, plan) if resume else set()
    told = run_campaign(plan, runs, done, acceleration.value, resume=resume)
    warn(f"{told.runs} runs in {format_duration(told.seconds)}, {told.failed} of them failed: {runs}")
    if told.disturbed:
        warn(
            f"during {told.disturbed} of them other programs took more than {DISTURBED_SHARE:.0%} of the machine "
            "(other_cpu_share): "
            "measure those again, or take them out before you calibrate"
        )
    if told.runs and told.failed == told.runs:
        raise typer.Exit(1)


def _plan(file: Path | None, draw: int | None, seed: int) -> LabPlan:
    if file is not None:
        from advisor.intake.plan import read_plan

        return read_plan(file)
    from advisor.lab.design import draw_plan

    return draw_plan(draw, seed) if draw is not None else draw_plan(*_DEFAULT_DRAW)


def _one_deed(plan: Path | None, draw: int | None, noise: Path | None, dirty_curve: str | None) -> None:
    given = {"PLAN.yaml": plan, "--draw": draw, "--noise": noise, "--dirty-curve": dirty_curve}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise InputError(Problem("contradict each other", column=" and ".join(named), mend="give one of them"))


def _writable(file: Path | None, resume: bool, overwrite: bool) -> Path:
    """The file to write, refused before anything is built."""
    from advisor.lab.records import passes_path

    if file is None:
        mend = "add -o runs.csv, or --dry-run to see what would be run"
        raise LabError(Problem("is missing: where do the runs go?", column="--output", mend=mend))
    if resume and overwrite:
        raise LabError(Problem("contradict each other", column="--resume and --overwrite", mend="give one of them"))
    if file.is_dir():
        raise LabError(Problem("is a directory", column="--output", value=str(file), mend="name a file in it"))
    if not file.parent.is_dir():
        raise LabError(Problem("no such directory", column="--output", value=str(file.parent), mend="make it first"))
    for one in (file, passes_path(file)):
        if one.exists() and not one.is_file():
            raise LabError(Problem("is no file", column="--output", value=str(one), mend="name another"))
        if one.exists() and not (resume or overwrite):
            mend = "--resume goes on with it, --overwrite begins it anew"
            raise LabError(Problem("exists already", column="--output", value=str(one), mend=mend))
    return file


def _done(file: Path | None, plan: LabPlan, *, cut: bool = True) -> set[str]:
    from advisor.lab.records import take_up

    return take_up(file, plan, cut=cut) if file is not None else set()


def _seconds(text: str) -> float:
    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise LabError(Problem(str(error), column="--longest")) from None


def _mode(count_by: CountBy) -> str | None:
    return None if count_by is CountBy.AUTO else count_by.value
