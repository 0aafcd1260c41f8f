"""Compression: bytes saved on the wire, paid in idle cores at both ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# A page of zeros shrinks to a header: taken as a hundredth of its size (assumption; any value above 30 acts the same).
ZERO_PAGE_RATIO = 100.0

# What memory that neither repeats nor is random compresses to, raw to compressed: a Linux kernel's pages (own lab);
# Silesia data 2.9, VMs 2 to 3.4 in print.
DATA_RATIO = 2.5


@dataclass(frozen=True, slots=True)
class Compressor:
    """What a compressor takes of a core, by what the memory holds; arrays are (variants,).

    Memory that repeats one value is passed quickly; data is searched, and must be put together again at the
    destination; what is random is searched in vain, and only copied back.

    Attributes
    ----------
    core_bytes_s : memory that repeats, which one core compresses [bytes/s].
    hardness : more of a core for data, at either end: 1 + hardness.
    random_hardness : the same for what does not compress, at the source.
    speedup : how much faster a core decompresses.
    """

    core_bytes_s: Floats
    hardness: Floats
    random_hardness: Floats
    speedup: Floats

    def work(self, wire_per_raw: ArrayLike, searched: ArrayLike) -> Floats:
        """Work of compressing a byte, against a byte that repeats.

        Parameters
        ----------
        wire_per_raw : bytes on the wire for a byte of memory.
        searched : share of the memory that does not repeat one value.

        Examples
        --------
        >>> one = np.ones(1)
        >>> zlib = Compressor(1.4e9 * one, 11 * one, 27 * one, one)
        >>> [float(zlib.work(*memory)[0]) for memory in ((0.01, 0.0), (0.4, 1.0), (1.0, 1.0))]
        [1.0, 12.0, 28.0]
        """
        data, random = _data_and_random(wire_per_raw, searched)
        more: Floats = 1.0 + self.hardness * data + self.random_hardness * random
        return more

    def undoing(self, wire_per_raw: ArrayLike, searched: ArrayLike) -> Floats:
        """Work of decompressing a byte, against a byte that repeats at the same end."""
        more: Floats = 1.0 + self.hardness * _data_and_random(wire_per_raw, searched)[0]
        return more


def _data_and_random(wire_per_raw: ArrayLike, searched: ArrayLike) -> tuple[Floats, Floats]:
    """Shares of memory that are data and random: data compresses by `DATA_RATIO`, what is more on the wire is random.

    data + random = searched; data / DATA_RATIO + random = wire_per_raw.
    """
    hard = np.asarray(searched, dtype=np.float64)
    random = (np.asarray(wire_per_raw) - hard / DATA_RATIO) / (1.0 - 1.0 / DATA_RATIO)
    random = np.clip(random, 0.0, hard)
    return hard - random, random


def memory_ratio(payload_ratio: ArrayLike, nonzero_share: ArrayLike) -> Floats:
    """Raw to compressed size of a VM's whole memory, zero pages included.

    1 / (z / ratio + (1 - z) / 100), z the non-zero share: zero pages cost nearly nothing, so a
    VM that is mostly empty compresses far better than its contents do.

    Examples
    --------
    >>> round(float(memory_ratio(2.0, 0.6)), 2), float(memory_ratio(2.0, 1.0))
    (3.29, 2.0)
    """
    share = np.asarray(nonzero_share, dtype=np.float64)
    ratio: Floats = 1.0 / (share / np.asarray(payload_ratio) + (1.0 - share) / ZERO_PAGE_RATIO)
    return ratio


def processor_rate(
    source_cores: ArrayLike,
    destination_cores: ArrayLike,
    core_bytes_s: ArrayLike,
    decompression_speedup: ArrayLike,
    *,
    one_machine: bool = False,
) -> Floats:
    """Raw bytes per second the idle cores of both ends can compress and decompress.

    min(source cores x c, destination cores x c x d), never less than one core's worth for all
    moves together: the compressor keeps a thread even on a busy host.

    Parameters
    ----------
    core_bytes_s : raw bytes one core compresses per second.
    decompression_speedup : how much faster a core decompresses.
    one_machine : both ends are one machine and take turns on its cores: c / (1 + 1/d) for each.

    Examples
    --------
    >>> float(processor_rate(16.0, 16.0, 0.33e9, 2.4))
    5280000000.0
    """
    core = np.asarray(core_bytes_s, dtype=np.float64)
    if one_machine:
        both: Floats = np.maximum(source_cores, 1.0) * core / (1.0 + 1.0 / np.asarray(decompression_speedup))
        return both
    sending = np.maximum(source_cores, 1.0) * core
    receiving = np.maximum(destination_cores, 1.0) * core * np.asarray(decompression_speedup)
    rate: Floats = np.minimum(sending, receiving)
    return rate
