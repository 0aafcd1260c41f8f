"""Compression: bytes saved on the wire, paid in idle cores at both ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# A page of zeros shrinks to a header: taken as a hundredth of its size (assumption; any value above 30 acts the same).
ZERO_PAGE_RATIO = 100.0


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
