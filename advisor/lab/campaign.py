"""A campaign: every move of every study of a plan, repeated, measured and written down."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from pathlib import Path

from advisor.domain.plan import LabPlan
from advisor.errors import LabError
from advisor.lab.ends import Ends
from advisor.lab.image import build_image
from advisor.lab.links import build_network
from advisor.lab.load import start_load
from advisor.lab.machine import Machine
from advisor.lab.rows import Row, failed_rows
from advisor.lab.turns import Turn, turns
from advisor.lab.workplace import Workplace


async def measure(plan: LabPlan, machine: Machine, done: Collection[str] = ()) -> AsyncGenerator[list[Row], None]:
    """Run a plan; gives the rows of each turn as it ends.

    Everything the campaign builds is taken away when it ends, however it ends; close it
    (`contextlib.aclosing`) where it is not read to its end. A study that cannot be built, or whose
    guests do not get ready, gives failed rows, and the next study goes on.

    Parameters
    ----------
    done : names of runs that have been written; their turns are left out.

    Raises
    ------
    LabError
        When not even the guest's image can be built.
    """
    async with Workplace() as place:
        image = await build_image(place.directory, machine.compiler)
        for own in turns(plan, done):
            async with aclosing(_study(image, machine, own, plan.seconds_at_most)) as taken:
                async for rows in taken:
                    yield rows


async def _study(
    image: Path, machine: Machine, own: list[Turn], seconds_at_most: float
) -> AsyncGenerator[list[Row], None]:
    """One study: its network and load are built once; the guests go to and fro."""
    study, left = own[0].study, list(own)
    try:
        async with Workplace() as room:
            network = await build_network(room, study.links)
            await start_load(room, network, study)
            ends = Ends(room, image, machine, network, study)
            while left:
                await ends.boot()
                rows = await ends.take(left[0], seconds_at_most)
                left.pop(0)
                yield rows
    except LabError as error:
        for turn in left:
            yield failed_rows(turn, machine, str(error))
