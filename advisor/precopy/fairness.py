"""Fair shares: what each of several moves gets of a link, and of the processors that compress."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Steps to a rate that fills the link to a millionth of a millionth.
_STEPS = 100
_EXACT = 1e-12


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

    w_i = min(flow_i, a, b p_i): an even share a of the link's wire bytes and an even share b of the
    processors' work, p_i wire bytes for a piece of work, such as a byte of memory compressed. a is
    finite only where the link is full, b only where the processors are: every move either runs at
    its own limit or has no less than any other move of a resource that is full.

    Parameters
    ----------
    link_bytes_s : (variants,) wire bytes for all together [bytes/s].
    processor_bytes_s : (variants,) work for all together, infinity where none is needed [bytes/s].
    flow_bytes_s : (slots, variants), or (variants,), wire bytes for one at most [bytes/s].
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
    most = np.where(sending, flow_bytes_s, 0.0)
    rates = max_min_share(link_bytes_s, most)
    (tight,) = np.nonzero((rates / wire_per_raw).sum(axis=0) > processor_bytes_s)
    if tight.size == 0:
        return rates
    wire, most = wire_per_raw[:, tight], most[:, tight]
    shared = max_min_share(processor_bytes_s[tight], most / wire) * wire
    over = shared.sum(axis=0) > link_bytes_s[tight]
    if over.any():
        full = tight[over]
        shared[:, over] = _both_full(link_bytes_s[full], processor_bytes_s[full], most[:, over], wire[:, over])
    rates[:, tight] = shared
    return rates


def _both_full(link: Floats, processor: Floats, most: Floats, wire: Floats) -> Floats:
    """The shares where link and processors are both full.

    With the link's share a given, the processors are shared max-min among min(flow, a) / p; the sum of the wire
    bytes grows with a, by straight lines: a is found by false position, in few steps (Illinois: an end that stays
    counts half). A variant that is found stays as it is, whoever stands beside it.

    References
    ----------
    Dowell, Jarratt, "A modified regula falsi method for computing the root of an equation", BIT 11, 1971.
    """
    low, high = np.zeros_like(link), np.minimum(most.max(axis=0), link)

    def shares(level: Floats) -> Floats:
        return max_min_share(processor, np.minimum(most, level) / wire) * wire

    share = shares(high)
    below, above = -link, share.sum(axis=0) - link
    found, was_over = above <= 0, np.ones(link.size, dtype=np.bool_)
    for _ in range(_STEPS):
        level = high - above * (high - low) / np.where(above > below, above - below, 1.0)
        new = shares(level)
        excess = new.sum(axis=0) - link
        share = np.where(found, share, new)
        found |= np.abs(excess) <= _EXACT * link
        if found.all():
            break
        over = excess > 0
        # An end that stays twice running counts half, so that the other comes nearer.
        again = np.where(over == was_over, 0.5, 1.0)
        below, above = np.where(over, below * again, excess), np.where(over, excess, above * again)
        was_over = over
        low, high = np.where(over, low, level), np.where(over, level, high)
    return share
