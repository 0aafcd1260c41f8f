"""Storage that moves with a VM: its disks are copied while it goes on writing to them.

What is written during the copy is mirrored: it goes to both ends at once. Nothing is copied twice, but the mirror takes
its part of the path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A copy that shares its path gains on the writes by a fiftieth of its share at least: it does not stand still for good.
_MIRRORED_AT_MOST: Final = 0.98


@dataclass(frozen=True, slots=True)
class Storage:
    """Disks of n VMs; arrays are (n,).

    Attributes
    ----------
    used_bytes : what has to be copied, 0 where no disk moves [bytes].
    write_bytes_s : what the VM writes meanwhile [bytes/s].
    rate_bytes_s : what the storage of both ends reads and writes in a row, infinity where no disk moves [bytes/s].
    at_once : disks that are copied at once, at most.
    memory : whether memory moves as well.
    """

    used_bytes: Floats
    write_bytes_s: Floats
    rate_bytes_s: Floats
    at_once: Floats
    memory: Bools

    @classmethod
    def none(cls, n: int) -> Storage:
        """No disk moves."""
        zero = np.zeros(n)
        return cls(zero, zero, np.full(n, np.inf), np.ones(n), np.ones(n, dtype=np.bool_))

    def take(self, rows: NDArray[np.intp]) -> Storage:
        """Those of these VMs."""
        return Storage(
            self.used_bytes[rows], self.write_bytes_s[rows], self.rate_bytes_s[rows], self.at_once[rows],
            self.memory[rows],
        )  # fmt: skip


def copy_seconds(used_bytes: ArrayLike, path_bytes_s: ArrayLike, write_bytes_s: ArrayLike) -> Floats:
    """Time to copy disks over a path while their VM writes [s].

    U / (B - w): the mirror of the writes takes w of the path's B. Infinite where the VM writes as fast as the path.

    Parameters
    ----------
    used_bytes : what has to be copied [bytes].
    path_bytes_s : the smallest of the network's share and both storages' [bytes/s].
    write_bytes_s : what the VM writes meanwhile [bytes/s].

    References
    ----------
    Mashtizadeh et al., "The Design and Evolution of Live Storage Migration in VMware ESX", USENIX ATC 2011: mirroring
    copies each block once, where passes over dirty blocks may not end. Hyper-V mirrors too.

    Examples
    --------
    >>> copy_seconds([100.0, 100.0], 12.0, [2.0, 12.0]).tolist()
    [10.0, inf]
    """
    left = np.maximum(np.subtract(path_bytes_s, write_bytes_s), 0.0)
    used = np.asarray(used_bytes, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds: Floats = np.where(used > 0, used / left, 0.0)
    return seconds


def gained(share_bytes_s: ArrayLike, write_bytes_s: ArrayLike) -> Floats:
    """What a copy gets done of its share of a path, the mirror of the writes taken off [bytes/s].

    Examples
    --------
    >>> gained([12.0, 12.0], [2.0, 50.0]).round(9).tolist()
    [10.0, 0.24]
    """
    share = np.asarray(share_bytes_s, dtype=np.float64)
    left: Floats = share - np.minimum(write_bytes_s, _MIRRORED_AT_MOST * share)
    return left


def most_mirrored(used_bytes: Floats) -> Floats:
    """The most that a copy of so much mirrors, as `gained` has it [bytes]."""
    return used_bytes * (_MIRRORED_AT_MOST / (1.0 - _MIRRORED_AT_MOST))
