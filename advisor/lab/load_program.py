"""A load, run as a program of its own that imports nothing of advisor: it shares only the machine with the lab.

Words: ``busy SHARE``; ``receive ADDRESS``; ``send ADDRESS BYTES_PER_SECOND MTU``.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

_SLICE_S: Final = 0.02
_PORT: Final = 9
# Linux: cut one large send into packets (udp(7), UDP_SEGMENT).
_UDP_SEGMENT: Final = 103
_UDP_HEADER_BYTES: Final = 28
_ETHERNET_HEADER_BYTES: Final = 14
_MOST_BYTES: Final = 60_000
_MOST_PACKETS: Final = 40


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
    packets = max(min(_MOST_BYTES // payload, _MOST_PACKETS), 1)
    burst = bytes(payload * packets)
    gap = (mtu_bytes + _ETHERNET_HEADER_BYTES) * packets / bytes_s
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, payload)
        due = time.monotonic()
        while True:
            with suppress(OSError):  # the link's queue is full
                out.sendto(burst, (to, _PORT))
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
