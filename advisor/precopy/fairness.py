"""Fair shares: what each of several moves gets of a link, and of the processors that compress."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def max_min_share(capacity: ArrayLike, wants: ArrayLike) -> Floats:
    """Share a capacity max-min fairly: nobody gets more than wanted, the rest is split evenly.

    Parameters
    ----------
    capacity : (variants,)
    wants : (slots, variants), 0 for a slot that wants nothing.

    Returns
    -------
    (slots, variants), summing to the smaller of capacity and all wants.

    References
    ----------
    Bertsekas, Gallager, "Data Networks", 1992, section 6.5.2: progressive filling.

    Examples
    --------
    >>> max_min_share([10.0], [[2.0], [9.0], [9.0]]).ravel().tolist()
    [2.0, 4.0, 4.0]
    """
    want = np.asarray(wants, dtype=np.float64)
    room = np.asarray(capacity, dtype=np.float64)
    if want.shape[0] == 1:
        return np.asarray(np.minimum(want, room))
    ordered = np.sort(want, axis=0)
    n = want.shape[0]
    # Serving the k smallest in full, the others may have level_k each; the true level is the largest of these.
    served = np.cumsum(ordered, axis=0) - ordered
    level = ((room - served) / np.arange(n, 0, -1)[:, None]).max(axis=0)
    share: Floats = np.minimum(want, np.maximum(level, 0.0))
    return share


def fair_rates(
    link_bytes_s: Floats, processor_bytes_s: Floats, flow_bytes_s: Floats, wire_per_raw: Floats, sending: Bools
) -> Floats:
    """Wire bytes per second of every slot, fair on the link and in the processors at once.

    w_i = min(flow, a, b p_i): an even share a of the link's wire bytes and an even share b of the
    processors' memory bytes, p_i wire bytes for a byte of memory. a is finite only where the link
    is full, b only where the processors are: every move either runs at its own limit or has no less
    than any other move of a resource that is full.

    Parameters
    ----------
    link_bytes_s, flow_bytes_s : (variants,) wire bytes for all together, and for one at most [bytes/s].
    processor_bytes_s : (variants,) memory bytes for all together, infinity where none is needed [bytes/s].
    wire_per_raw : (slots, variants)
    sending : (slots, variants)

    Returns
    -------
    (slots, variants), 0 for a slot that sends nothing [bytes/s].

    References
    ----------
    Bonald, Roberts, "Multi-resource fairness: objectives, algorithms and performance", 2014,
    arXiv:1410.0782: bottleneck max fairness, here with every move on both resources.

    Examples
    --------
    One move that compresses well keeps the processors busy, one that does not fills the link:

    >>> both = np.ones((2, 1), dtype=bool)
    >>> fair_rates(np.array([6.0]), np.array([12.0]), np.array([9.0]), np.array([[0.25], [1.0]]), both).ravel().tolist()
    [2.0, 4.0]
    """
    even = np.minimum(flow_bytes_s, link_bytes_s / np.maximum(sending.sum(axis=0), 1))
    rates: Floats = np.where(sending, even, 0.0)
    (tight,) = np.nonzero((rates / wire_per_raw).sum(axis=0) > processor_bytes_s)
    if tight.size == 0:
        return rates
    wire = wire_per_raw[:, tight]
    most = np.where(sending[:, tight], flow_bytes_s[tight], 0.0)
    shared = max_min_share(processor_bytes_s[tight], most / wire) * wire
    over = shared.sum(axis=0) > link_bytes_s[tight]
    if over.any():
        full = tight[over]
        shared[:, over] = _both_full(link_bytes_s[full], processor_bytes_s[full], wire[:, over], sending[:, full])
    rates[:, tight] = shared
    return rates


def _both_full(link: Floats, processor: Floats, wire: Floats, sending: Bools) -> Floats:
    """The shares where link and processors are both full, so that no move runs at its own limit.

    The k moves with the fewest wire bytes are held by the processors, the others by the link:
    S_k b + (n - k) a = link and k b + R_k a = processor, with S_k the sum of their p and R_k the
    others' sum of 1/p. Only for the true k do the moves lie on the right side of p = a / b.
    """
    ordered = np.sort(np.where(sending, wire, np.inf), axis=0)
    moves = sending.sum(axis=0)
    held = np.arange(1, wire.shape[0])[:, None]
    inverse = 1.0 / ordered  # 0 for a slot that sends nothing
    with np.errstate(invalid="ignore", divide="ignore"):
        used = np.cumsum(ordered, axis=0)[:-1]
        rest = np.cumsum(inverse[::-1], axis=0)[::-1][1:]
        determinant = used * rest - held * (moves - held)
        by_processor = (link * rest - (moves - held) * processor) / determinant
        by_link = (used * processor - held * link) / determinant
        outside = np.maximum(ordered[:-1] * by_processor / by_link, by_link / (ordered[1:] * by_processor))
        # Rounding may push every k a hair outside where two moves are nearly alike: the nearest is right.
        valid = (held < moves) & (by_processor > 0) & (by_link > 0)
        best = np.where(valid, outside, np.inf).argmin(axis=0)
        columns = np.arange(link.size)
        share = np.minimum(by_link[best, columns], by_processor[best, columns] * wire)
    # Moves that are all but alike leave no k to choose: they share evenly whatever is scarcer.
    alike = np.minimum(link / moves, processor * wire / moves)
    share = np.where(sending, np.where(valid.any(axis=0), share, alike), 0.0)
    scale = np.minimum(link / share.sum(axis=0), processor / (share / wire).sum(axis=0))
    fair: Floats = share * np.minimum(scale, 1.0)
    return fair
