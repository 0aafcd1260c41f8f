"""How fast this machine compresses: what a row must say before runs of two machines can be compared."""

from __future__ import annotations

import random
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from advisor.units import MIB, PAGE_BYTES

# One core's zlib, level 1, over pages of which half is random [bytes/s]: what makes our own machine, which was timed,
# 0.56 of the first lab's, which was not: both labs' compressed moves say so.
REFERENCE_BYTES_S: Final = 110 * MIB
_PAGES: Final = 512
_ROUNDS: Final = 5


def core_speed(cores: int) -> float:
    """Speed of one core while all of them compress, against the first lab's: 1 is as fast.

    All at once, because two that the machine calls cores may be two threads of one; the best of some rounds,
    because what else runs here only makes it slower. It takes about half a second.
    """
    pages = _pages()
    best = float("inf")
    with ThreadPoolExecutor(cores) as pool:  # zlib lets go of Python's lock
        for _ in range(_ROUNDS):
            best = min(best, *pool.map(_seconds, [pages] * cores))
    return round(len(pages) / best / REFERENCE_BYTES_S, 3)


def _seconds(pages: bytes) -> float:
    began = time.monotonic()
    zlib.compress(pages, 1)
    return time.monotonic() - began


def _pages() -> bytes:
    draw = random.Random(1)  # noqa: S311  data to compress, not a secret
    half = PAGE_BYTES // 2
    return b"".join(draw.randbytes(half) + bytes([page % 250 + 1]) * half for page in range(_PAGES))
