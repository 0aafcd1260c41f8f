"""Load beside the moves: busy cores at either end, other traffic on the links."""

from __future__ import annotations

import sys
from pathlib import Path

from advisor.domain.plan import LabStudy
from advisor.lab.links import Network
from advisor.lab.workplace import Workplace
from advisor.units import gbps_to_bytes_s


async def start_load(place: Workplace, network: Network, study: LabStudy) -> None:
    """Start the load a study asks for; it ends with the place.

    The source's and the destination's busy cores are the same machine's: what differs is what they are meant for.
    """
    program = [sys.executable, "-I", str(Path(__file__).with_name("load_program.py"))]
    for cores in (study.busy_source_cores, study.busy_destination_cores):
        for share in shares(cores):
            await place.start([*program, "busy", str(share)])
    if study.background_gbps:
        each = gbps_to_bytes_s(study.background_gbps / network.links.count)
        # Both ways: guests go to and fro, and each end is the source in turn.
        for link in range(network.links.count):
            for end in (0, 1):
                to = network.link_address(link, end)
                send = [*program, "send", to, str(each), str(network.links.mtu_bytes)]
                await place.start([*program, "receive", to], inside=network.ends[end])
                await place.start(send, inside=network.ends[1 - end])


def shares(cores: float) -> list[float]:
    """Cores as whole ones and the part that is left.

    Examples
    --------
    >>> shares(2.5), shares(0.0)
    ([1.0, 1.0, 0.5], [])
    """
    whole = int(cores)
    return [1.0] * whole + ([cores - whole] if cores > whole else [])
