"""Fair shares where every move has two ends: the source's link and processors, and the destination's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.precopy.fairness import fair_rates

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# Links alone settle after a round for each full one; links and processors together come closer and closer.
_ROUNDS: Final = 60
_SAME: Final = 1e-11
# What rounding may make of a full link.
_FULL: Final = 1e-12


@dataclass(frozen=True, slots=True)
class End:
    """One end of every slot's move.

    Attributes
    ----------
    node : (slots, variants) position of its node in the other two.
    link_bytes_s : (nodes, variants) wire bytes per second of a node in this direction.
    work_bytes_s : (nodes, variants) processor work per second, infinity where none is needed.
    """

    node: Ints
    link_bytes_s: Floats
    work_bytes_s: Floats

    def at(self, columns: Ints) -> End:
        """These variants."""
        return End(self.node[:, columns], self.link_bytes_s[:, columns], self.work_bytes_s[:, columns])


def fair_at_both_ends(out: End, into: End, most: Floats, per_work: Floats, sending: Bools) -> Floats:
    """Wire bytes per second of every slot, fair on the links and in the processors of all nodes at once.

    Every move either runs at its own limit, or at one of its ends something is full of which no other move has more.
    Each end in turn is shared fairly among what the other ends let through (`fairness.fair_rates`), until nothing
    changes: with links alone that is progressive filling, found after as many rounds as there are full links.

    Parameters
    ----------
    out, into : sources and destinations.
    most : (slots, variants) wire bytes per second of one move at most.
    per_work : (slots, variants) wire bytes for a piece of processor work.
    sending : (slots, variants)

    Returns
    -------
    (slots, variants), 0 for a slot that sends nothing [bytes/s].

    References
    ----------
    Bertsekas, Gallager, "Data Networks", 1992, section 6.5.2. Charny, Clark, Jain, "Congestion control with explicit
    rate indication", ICC 1995: ends that advertise rates to one another settle on the max-min fair ones.

    Examples
    --------
    Two moves leave node 0, which carries 10; one goes to node 1, which takes 2, and leaves the other the rest:

    >>> links = np.array([[10.0], [2.0], [9.0]])
    >>> free = np.full((3, 1), np.inf)
    >>> out, into = End(np.array([[0], [0]]), links, free), End(np.array([[1], [2]]), links, free)
    >>> one, both = np.ones((2, 1)), np.ones((2, 1), dtype=bool)
    >>> fair_at_both_ends(out, into, 10.0 * one, one, both).ravel().tolist()
    [2.0, 8.0]
    """
    if not _is_one(out.node) and _is_one(into.node):
        out, into = into, out
    rates = _first_rates(out, most, per_work, sending)
    (tight,) = np.nonzero(_overload(into, rates, per_work) > 1.0 + _FULL)
    if tight.size:
        own = most[:, tight], per_work[:, tight], sending[:, tight]
        rates[:, tight] = _settled(out.at(tight), into.at(tight), *own)
    return rates


def _settled(out: End, into: End, most: Floats, per_work: Floats, sending: Bools) -> Floats:
    """The rates once what each end lets through is known to the other."""
    rates, let_out = _shared_at(out, most, per_work, sending)
    # Variants that have not settled; the others are left alone.
    open_ = np.arange(most.shape[1])
    near, far, own = out, into, (most, per_work, sending)
    for _ in range(_ROUNDS):
        before = rates[:, open_]
        _, let_in = _shared_at(far, np.minimum(own[0], let_out), own[1], own[2])
        found, let_out = _shared_at(near, np.minimum(own[0], let_in), own[1], own[2])
        rates[:, open_] = found
        (moved,) = np.nonzero((np.abs(found - before) > _SAME * found).any(axis=0))
        if moved.size == 0:
            break
        if moved.size < open_.size:
            open_, let_out, near, far = open_[moved], let_out[:, moved], near.at(moved), far.at(moved)
            own = own[0][:, moved], own[1][:, moved], own[2][:, moved]
    over = np.maximum(_overload(out, rates, per_work), _overload(into, rates, per_work))
    settled: Floats = rates / np.maximum(over, 1.0)
    return settled


def _first_rates(out: End, most: Floats, per_work: Floats, sending: Bools) -> Floats:
    """What the sources send where destinations do not matter."""
    if not _is_one(out.node):
        return _shared_at(out, most, per_work, sending)[0]
    node, columns = out.node[0], np.arange(most.shape[1])
    return fair_rates(out.link_bytes_s[node, columns], out.work_bytes_s[node, columns], most, per_work, sending)


def _is_one(node: Ints) -> bool:
    """Whether in every variant all slots have the same node."""
    return bool((node == node[0]).all())


def _shared_at(end: End, most: Floats, per_work: Floats, sending: Bools) -> tuple[Floats, Floats]:
    """Fair shares at every node of one end, and what the node would let each of its moves have."""
    node, columns, own = _nodes_in_use(end, sending)
    link, work = end.link_bytes_s[node, columns], end.work_bytes_s[node, columns]
    wanted, pieces = most[:, columns], per_work[:, columns]
    share = fair_rates(link, work, wanted, pieces, own)
    share = np.where(own, share, 0.0)
    done = share / pieces
    # A share of something full is the largest that anybody has of it; of what is not full any share may be had.
    fair_link = np.where(share.sum(axis=0) >= link * (1 - _FULL), share.max(axis=0), np.inf)
    fair_work = np.where(done.sum(axis=0) >= work * (1 - _FULL), done.max(axis=0), np.inf)
    let = np.where(own, np.minimum(fair_link, fair_work * pieces), 0.0)
    if columns.size == most.shape[1] and (columns == np.arange(columns.size)).all():
        return share, let  # one node a variant
    rates, limit = np.zeros_like(most), np.zeros_like(most)
    np.add.at(rates.T, columns, share.T)
    np.add.at(limit.T, columns, let.T)
    return rates, limit


def _nodes_in_use(end: End, sending: Bools) -> tuple[Ints, Ints, Bools]:
    """Every node of every variant that sends, once: the node, the variant, and which slots are its own."""
    variants = sending.shape[1]
    if _is_one(end.node):
        return end.node[0], np.arange(variants), sending
    used = np.bincount(_places(end)[sending], minlength=end.link_bytes_s.size)
    (place,) = np.nonzero(used)
    node, columns = place // variants, place % variants
    return node, columns, (end.node[:, columns] == node) & sending[:, columns]


def _places(end: End) -> Ints:
    """(slots, variants) position of each slot's node and variant in arrays of one row."""
    variants = end.node.shape[1]
    places: Ints = end.node * variants + np.arange(variants)
    return places


def _overload(end: End, rates: Floats, per_work: Floats) -> Floats:
    """(variants,) how many times over the fullest link or processor of one end is loaded."""
    shape, places = end.link_bytes_s.shape, _places(end).reshape(-1)

    def load(amounts: Floats, capacity: Floats) -> Floats:
        whole = np.bincount(places, amounts.reshape(-1), minlength=capacity.size).reshape(shape)
        most: Floats = (whole / capacity).max(axis=0)
        return most

    links = load(rates, end.link_bytes_s)
    if np.isinf(end.work_bytes_s).all():
        return links
    return np.maximum(links, load(rates / per_work, end.work_bytes_s))
