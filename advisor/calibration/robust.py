"""Residuals that one odd run cannot rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def heavy_tailed(residual: Floats) -> tuple[Floats, Floats]:
    """Residuals whose squares grow only linearly (pseudo-Huber), and their slope.

    r' = sign(r) sqrt(2 (sqrt(1 + r^2) - 1)); small residuals stay as they are.

    Examples
    --------
    >>> soft, _ = heavy_tailed(np.array([-0.01, 100.0]))
    >>> soft.round(2).tolist()
    [-0.01, 14.07]
    """
    root = np.sqrt(1.0 + residual**2)
    # root - 1 is r^2 / (root + 1): so no digit of a small residual is lost.
    return residual * np.sqrt(2.0 / (root + 1.0)), np.sqrt((root + 1.0) / 2.0) / root
