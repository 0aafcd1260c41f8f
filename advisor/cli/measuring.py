"""Runs a campaign, or reads a dirty curve, with a bar on stderr; ends cleanly on Ctrl-C, SIGTERM and SIGHUP."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from advisor.cli.trouble import warn
from advisor.domain.plan import LabPlan
from advisor.errors import LabError, Problem
from advisor.lab.campaign import measure
from advisor.lab.dirty_curve import DirtyCurve, Mode, measure_dirty_curve, whole_seconds
from advisor.lab.expect import outlook, turn_seconds
from advisor.lab.monitor import Address, Monitor
from advisor.lab.probe import Acceleration, choose
from advisor.lab.records import Records
from advisor.lab.rows import Row
from advisor.lab.turns import turns
from advisor.units import format_duration

T = TypeVar("T")

# Signals beside Ctrl-C that end a program; Windows knows only some.
_ENDING: Final = ("SIGTERM", "SIGHUP")
_ENDED_BY_SIGNAL: Final = 128
# Other programs' share of the machine above which a run says as much of them as of the move.
DISTURBED_SHARE: Final = 0.15
# For how long what was expected counts as much as what was seen [s].
_TRUSTED_S: Final = 30.0


@dataclass(slots=True)
class Told:
    """What a campaign came to."""

    runs: int = 0
    failed: int = 0
    # Of the others, those beside which something else took much of the machine.
    disturbed: int = 0
    seconds: float = 0.0


def run_campaign(plan: LabPlan, file: Path, done: set[str], accelerator: str, *, resume: bool) -> Told:
    """Run what is left of a plan and write each run as soon as it is known.

    Raises
    ------
    LabError
        When something is missing on this machine.
    """
    told, began = Told(), time.monotonic()

    async def work() -> None:
        machine, reason = await choose(plan, cast("Acceleration", accelerator))
        if reason:
            warn(f"guests run without KVM: {reason}")
        left = outlook(plan, done=done)
        with Records(file, resume=resume) as records, bar("measuring", left.seconds) as advance:
            expected = {turn.batch_id: turn_seconds(turn) for own in turns(plan, done) for turn in own}
            scale = left.seconds / max(sum(expected.values()), 1e-9)
            async with aclosing(measure(plan, machine, done)) as taken:
                async for rows in taken:
                    records.add(rows)
                    told.runs += len(rows)
                    told.failed += sum(row.run["outcome"] == "failed" for row in rows)
                    told.disturbed += sum(map(is_disturbed, rows))
                    text = f"{told.runs} of {left.runs} runs"
                    advance(scale * expected[str(rows[0].run["batch_id"])], text, _in_words(rows))

    try:
        _run(work())
    except (KeyboardInterrupt, SystemExit):
        if told.runs:
            warn(f"stopped; {file} holds {told.runs} runs more, and --resume goes on")
        raise
    told.seconds = time.monotonic() - began
    return told


def is_disturbed(row: Row) -> bool:
    """Whether more of the machine was in use than the moves and the load that was asked for take."""
    run = row.run
    if run["outcome"] == "failed" or run["background_gbps"]:  # sending other traffic takes processors too
        return False
    return float(run["other_cpu_share"] or 0.0) - float(run["host_cpu_busy"]) > DISTURBED_SHARE


def curve_behind(address: str, longest_s: float, mode: str | None) -> DirtyCurve:
    """The dirty curve of the VM behind a QMP monitor.

    Raises
    ------
    LabError
        When the address is none, nobody answers there, or QEMU cannot do it.
    """
    where = monitor_address(address)

    async def work() -> DirtyCurve:
        monitor = await Monitor.open(where, address)
        try:
            whole, before = whole_seconds(longest_s), 0.0
            with bar("dirty curve", whole) as advance:

                def progress(seconds: float) -> None:
                    nonlocal before
                    advance(seconds - before, "", "")
                    before = seconds

                return await measure_dirty_curve(monitor, longest_s, cast("Mode | None", mode), progress)
        finally:
            await monitor.close()

    return _run(work())


def monitor_address(text: str) -> Address:
    """Where a monitor listens: ``unix:PATH`` or ``tcp:HOST:PORT``, as QEMU's -qmp takes it.

    Raises
    ------
    LabError
        When the text is neither.

    Examples
    --------
    >>> monitor_address("unix:/run/vm.sock"), monitor_address("tcp:localhost:4444")
    ('/run/vm.sock', ('localhost', 4444))
    """
    kind, _, rest = text.partition(":")
    place = rest.partition(",")[0]  # what QEMU's own option may add, such as server=on
    if kind == "unix" and place:
        return place
    host, _, port = place.rpartition(":")
    if kind == "tcp" and host and port.isdecimal() and 0 < int(port) < 65_536:
        return host.strip("[]"), int(port)
    allowed = "unix:PATH or tcp:HOST:PORT"
    raise LabError(Problem("is no monitor's address", column="--dirty-curve", value=text, allowed=allowed))


@contextmanager
def bar(what: str, whole_s: float) -> Iterator[Callable[[float, str, str], None]]:
    """A bar with the time left, on a terminal; else a line for each step that has something to say.

    The context's value takes how many of the expected seconds are done, a text beside the bar and a line.
    """
    if not sys.stderr.isatty():
        spent, began = 0.0, time.monotonic()

        def tell(seconds: float, text: str, line: str) -> None:
            nonlocal spent
            spent += seconds
            pace = (time.monotonic() - began + _TRUSTED_S) / (spent + _TRUSTED_S)
            left = max(whole_s - spent, 0.0) * pace
            if line:
                warn(f"{text}: {line}; {format_duration(left)} left")

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("left {task.fields[text]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=600.0) as shown:
        task = shown.add_task(what, total=whole_s, text="")
        yield lambda seconds, text, line: shown.update(task, advance=seconds, text=text, description=line or what)


def _in_words(rows: list[Row]) -> str:
    """The move, how long it took and how it ended."""
    first = rows[0].run
    times = [float(row.run["total_s"]) for row in rows if row.run.get("total_s")]
    ends = ", ".join(dict.fromkeys(str(row.run["outcome"]) for row in rows))
    trouble = next((f" ({row.run['trouble']})" for row in rows if row.run.get("trouble")), "")
    took = f" {format_duration(max(times))}" if times else ""
    return f"{first['batch_id']} {first['transport']}{took} {ends}{trouble}"


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, or until a signal; what the work has built is taken away first."""
    received: list[int] = []

    async def until_signal() -> T | None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this runs in one

        def end(number: int) -> None:
            if not received:  # another one must not interrupt the clean-up
                received.append(number)
                task.cancel()

        for name in _ENDING:
            number = getattr(signal, name, None)
            # What was started deaf to a signal, as by nohup, stays so.
            if number is not None and sys.platform != "win32" and signal.getsignal(number) is not signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, end, number)
        try:
            return await work
        except asyncio.CancelledError:
            if received:
                return None
            raise

    result = asyncio.run(until_signal())
    if received:
        raise SystemExit(_ENDED_BY_SIGNAL + received[0])
    return cast("T", result)
