"""Four significant digits: what a batch ranks by and writes, so that every engine gives the same bytes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

DIGITS: Final = 4


def significant(values: ArrayLike) -> Floats:
    """Numbers to four significant digits; what is not finite stays as it is.

    Examples
    --------
    >>> significant([123456.7, 0.000123456, 0.0, float("nan")]).tolist()
    [123500.0, 0.0001235, 0.0, nan]
    """
    given = np.asarray(values, dtype=np.float64)
    usable = np.isfinite(given) & (given != 0)
    size = np.zeros(given.shape, dtype=np.intp)
    np.floor(np.log10(np.abs(given), where=usable, out=np.zeros(given.shape)), out=size, casting="unsafe")
    places = DIGITS - 1 - size
    # Powers of ten that are whole numbers are exact: divide by those, and the result is the nearest to its decimal.
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    rounded: Floats = np.where(usable, np.round(given * up / down) / up * down, given)
    return rounded
