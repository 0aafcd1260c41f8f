"""Variants that agree in all that goes into a walk: they come to the same, and are walked once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.batch import PER_MOVE, Batch, Moves, Shared

Ints = NDArray[np.intp]

_MOST_CELLS: Final = 2**18
"""Moves times variants that are compared: the numbers of more would take more memory than the walk saves time."""


def different(moves: Moves, shared: Shared) -> tuple[Ints, Ints]:
    """The first of every set of variants that agree in every number, and which of these each variant is like.

    A factor that does not bind moves nothing, and options may differ in what does not bear on the walk. Of very many
    moves every variant counts as different.

    Returns
    -------
    firsts, like : (different,) variants in order, (variants,) positions in `firsts`.

    Examples
    --------
    >>> from advisor.precopy.dirty import DirtyCurve
    >>> from advisor.precopy.passes import PassLimit
    >>> first, one = np.array([[9.0, 8.0, 9.0]]), np.ones((1, 3))
    >>> moves = Moves.of(first, DirtyCurve.of(one, one, first), one, one)
    >>> link, slots = np.ones(3), np.ones(3, dtype=np.intp)
    >>> shared = Shared(link, link, link, slots, link, link, PassLimit(5.0 * link, link))
    >>> firsts, like = different(moves, shared)
    >>> firsts.tolist(), like.tolist()
    ([0, 1], [0, 1, 0])
    """
    variants = moves.first_bytes.shape[1]
    if moves.first_bytes.size > _MOST_CELLS:
        return np.arange(variants), np.arange(variants)
    rows = [np.broadcast_to(array, (*array.shape[:-1], variants)) for array in (*_arrays(moves), *_arrays(shared))]
    table = np.concatenate([np.asarray(row.reshape(-1, variants), dtype=np.float64) for row in rows])
    positions: dict[bytes, int] = {}
    firsts: list[int] = []
    like = np.empty(variants, dtype=np.intp)
    for variant, numbers in enumerate(np.ascontiguousarray(table.T)):
        own = positions.setdefault(numbers.tobytes(), len(firsts))
        if own == len(firsts):
            firsts.append(variant)
        like[variant] = own
    return np.array(firsts, dtype=np.intp), like


def _arrays(words: Any) -> Iterator[NDArray[Any]]:
    """Every array in nested fields whose last axis is the variants; a number is one for all."""
    for name in words.__dataclass_fields__:
        value = getattr(words, name)
        if hasattr(value, "__dataclass_fields__"):
            yield from _arrays(value)
        elif value is not None:
            yield np.atleast_1d(value)


def told_of_all(batch: Batch, like: Ints) -> Batch:
    """What became of every variant, from what became of the different ones."""
    whole = Batch.of([getattr(batch, name)[:, like] for name in PER_MOVE])
    whole.records, whole.rates = batch.records, batch.rates
    return whole
