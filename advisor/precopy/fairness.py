"""Fair shares: what each of several moves gets of a link, and of the processors that compress."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Wants that come to less than this share of what there is are met in full, whatever rounding does.
_ENOUGH = 1.0 - 1e-9
# Steps to a rate that fills the link to a millionth of a millionth.
_STEPS = 100
_EXACT = 1e-12
# Guesses at who is bound by what; most often two or three are enough.
_GUESSES = 8


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
    share: Floats = want.copy()
    # Most often there is enough for all, and nothing to share out.
    (short,) = (np.add.reduce(want, axis=0) > room * _ENOUGH).nonzero()
    if short.size == want.shape[1]:
        np.minimum(want, _level(room, want), out=share)
    elif short.size:
        lack = want[:, short]
        share[:, short] = np.minimum(lack, _level(room[short], lack))
    return share


def _level(room: Floats, want: Floats) -> Floats:
    """What each may have at most of something that is short; (variants,)."""
    n = want.shape[0]
    ordered = np.sort(want, axis=0)
    # Serving the k smallest in full, the others may have level_k each; the true level is the largest of these.
    served = ordered.cumsum(axis=0)
    served -= ordered
    np.subtract(room, served, out=served)
    served /= np.arange(n, 0, -1)[:, None]
    level: Floats = np.maximum(np.maximum.reduce(served, axis=0), 0.0)
    return level


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
    even = flow_bytes_s.ndim == 1
    rates = even_rates(link_bytes_s, flow_bytes_s, sending) if even else max_min_share(link_bytes_s, most)
    (tight,) = (np.add.reduce(rates / wire_per_raw, axis=0) > processor_bytes_s).nonzero()
    if tight.size == 0:
        return rates
    wire, most = wire_per_raw[:, tight], most[:, tight]
    shared = max_min_share(processor_bytes_s[tight], most / wire) * wire
    over = np.add.reduce(shared, axis=0) > link_bytes_s[tight]
    if np.count_nonzero(over):
        full = tight[over]
        shared[:, over] = _both_full(link_bytes_s[full], processor_bytes_s[full], most[:, over], wire[:, over])
    rates[:, tight] = shared
    return rates


def even_rates(link_bytes_s: Floats, flow_bytes_s: Floats, sending: Bools) -> Floats:
    """Wire bytes per second of every slot where all want as much of a link, and nothing else holds them back.

    Parameters
    ----------
    link_bytes_s, flow_bytes_s : (variants,) wire bytes for all together, and for one at most [bytes/s].
    sending : (slots, variants)

    Examples
    --------
    >>> even_rates(np.array([6.0]), np.array([4.0]), np.array([[True], [False], [True]])).ravel().tolist()
    [3.0, 0.0, 3.0]
    """
    moves = np.maximum(np.add.reduce(sending, axis=0), 1)
    return np.where(sending, np.minimum(flow_bytes_s, link_bytes_s / moves), 0.0)


def _both_full(link: Floats, processor: Floats, most: Floats, wire: Floats) -> Floats:
    """The shares where link and processors are both full."""
    shares, found = _from_who_is_bound(link, processor, most, wire)
    (rest,) = np.nonzero(~found)
    if rest.size:
        shares[:, rest] = _by_false_position(link[rest], processor[rest], most[:, rest], wire[:, rest])
    return shares


def _from_who_is_bound(link: Floats, processor: Floats, most: Floats, wire: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The shares from who is bound by what, and where they were found.

    Where it is known which moves have an even share a of the link, which an even share b of the processors and which
    their own limit, a and b solve two equations: what is sent fills the link, what it takes the processors. Who is
    bound by what is taken from the shares before, until it stays the same: then the shares are those looked for.
    """
    asks = most > 0
    count = np.maximum(asks.sum(axis=0), 1)
    even_link, even_work = link / count, processor / count
    own, by_link, by_work = _who_is_bound(even_link, even_work, most, wire, asks)
    found = np.zeros(link.size, dtype=np.bool_)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(_GUESSES):
            left_link = link - np.where(own, most, 0.0).sum(axis=0)
            left_work = processor - np.where(own, most / wire, 0.0).sum(axis=0)
            shared, pieces = by_link.sum(axis=0), np.where(by_work, wire, 0.0).sum(axis=0)
            taken, worked = np.where(by_link, 1.0 / wire, 0.0).sum(axis=0), by_work.sum(axis=0)
            both = shared * worked - pieces * taken
            even_link = (left_link * worked - pieces * left_work) / both
            even_work = (shared * left_work - taken * left_link) / both
            again = _who_is_bound(even_link, even_work, most, wire, asks)
            same = [(before == now).all(axis=0) for before, now in zip((own, by_link, by_work), again, strict=True)]
            found = same[0] & same[1] & same[2] & (np.abs(both) > _EXACT) & (even_link > 0) & (even_work > 0)
            if found.all():
                break
            own, by_link, by_work = again
        shares = np.where(asks, np.minimum(most, np.minimum(even_link, even_work * wire)), 0.0)
        found &= np.abs(shares.sum(axis=0) - link) <= _EXACT * link
        found &= np.abs((shares / wire).sum(axis=0) - processor) <= _EXACT * processor
    return shares, found


def _who_is_bound(
    even_link: Floats, even_work: Floats, most: Floats, wire: Floats, asks: Bools
) -> tuple[Bools, Bools, Bools]:
    """Which moves have all they want, which an even share of the link, and which of the processors."""
    work = even_work * wire
    own = asks & (most <= np.minimum(even_link, work))
    by_link = asks & ~own & (even_link <= work)
    return own, by_link, asks & ~own & ~by_link


def _by_false_position(link: Floats, processor: Floats, most: Floats, wire: Floats) -> Floats:
    """The shares, by a search for the link's even share.

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
