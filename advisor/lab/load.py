"""Load beside the moves: busy cores at either end, other traffic on the links.

Run as a program of its own (`python -m advisor.lab.load`), so that it shares nothing with the lab but the machine.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Sequence
from typing import Final

from advisor.domain.plan import LabStudy
from advisor.lab.links import Network
from advisor.lab.workplace import Workplace
from advisor.units import gbps_to_bytes_s

_SLICE_S: Final = 0.02
_PORT: Final = 9
# Linux: cut one large send into packets (udp(7), UDP_SEGMENT).
_UDP_SEGMENT: Final = 103
_UDP_HEADER_BYTES: Final = 28


async def start_load(place: Workplace, network: Network, study: LabStudy) -> None:
    """Start the load a study asks for; it ends with the place.

    The source's and the destination's busy cores are the same machine's: what differs is what they are meant for.
    """
    program = [sys.executable, "-m", "advisor.lab.load"]
    for cores in (study.busy_source_cores, study.busy_destination_cores):
        while cores > 0:
            await place.start([*program, "busy", str(min(cores, 1.0))])
            cores -= 1.0  # noqa: PLW2901 - counts down the cores still to be started
    if study.background_gbps:
        each = gbps_to_bytes_s(study.background_gbps / network.links.count)
        for link in range(network.links.count):
            to = network.link_address(link, 1)
            await place.start([*program, "receive", to], inside=network.ends[1])
            await place.start([*program, "send", to, str(each), str(network.links.mtu_bytes)], inside=network.ends[0])


def _busy(share: float) -> None:
    """Keep one core busy for a share of the time."""
    while True:
        start = time.monotonic()
        while time.monotonic() - start < share * _SLICE_S:
            pass
        time.sleep(max(_SLICE_S * (1.0 - share), 0.0))


def _receive(to: str) -> None:
    """Have a socket that takes everything and reads nothing: what does not fit is dropped."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((to, _PORT))
        while True:
            time.sleep(3600)


def _send(to: str, bytes_s: float, mtu_bytes: int) -> None:
    """Send at an even rate, headers included."""
    payload = mtu_bytes - _UDP_HEADER_BYTES
    packets = max(min(60_000 // payload, 40), 1)
    burst = bytes(payload * packets)
    gap = (mtu_bytes + 14) * packets / bytes_s
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, payload)
        due = time.monotonic()
        while True:
            try:
                out.sendto(burst, (to, _PORT))
            except OSError:  # the link's queue is full
                pass
            due = max(due + gap, time.monotonic() - 1.0)
            time.sleep(max(due - time.monotonic(), 0.0))


def main(words: Sequence[str]) -> None:
    """Be the load that the words name."""
    if words[0] == "busy":
        _busy(float(words[1]))
    elif words[0] == "receive":
        _receive(words[1])
    else:
        _send(words[1], float(words[2]), int(words[3]))


if __name__ == "__main__":
    main(sys.argv[1:])
