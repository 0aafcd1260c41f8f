"""The blackout: what it costs to stop a VM, move its state and start it again."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def device_cost(
    fixed_s: ArrayLike,
    per_vcpu_s: ArrayLike,
    per_gib_s: ArrayLike,
    vcpus: ArrayLike,
    memory_gib: ArrayLike,
    sleep_factor: ArrayLike,
    weight: ArrayLike,
) -> Floats:
    """Seconds of blackout that are not memory: devices, processor state, bitmap, restore.

    (fixed + a vCPUs + b GiB) s^w, s the slow-down where cores sleep between packets, w how much
    of that effect is left. A published 384-vCPU VM spent 680 ms on it (qemu-devel, 2024).

    Examples
    --------
    >>> round(float(device_cost(0.4, 0.002, 0.0005, 4, 64, 1.0, 1.0)), 3)
    0.44
    """
    own = np.asarray(fixed_s) + np.multiply(per_vcpu_s, vcpus) + np.multiply(per_gib_s, memory_gib)
    return np.asarray(own * np.asarray(sleep_factor, dtype=np.float64) ** np.asarray(weight))
