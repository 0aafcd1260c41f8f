"""Where the VMs of a node go: memory and processors with head-room, owners, anti-affinity, a node in reserve.

Memory counts as the larger of assigned and start-up memory. The reserve is kept at every moment: what runs on the
nodes that stay, moves under way included, fits on them without the largest of them. During a drain that sum only
grows, so that it is enough to hold it at the end. The VMs of every node that may fail are placed on the others too
(`losses`): a sum says nothing of how VMs cut it up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from advisor.fleet.losses import ALL_FIND_ROOM, Losses, losses
from advisor.fleet.placement_search import LOOKS_AT_MOST, Search
from advisor.fleet.rooms import ROUNDING, Guest, Room, State

# Looks for a placement that breaks anti-affinity less often than the one at hand.
_LOOKS_FOR_FEWER: Final = 200_000
# Placements that are held against the loss of a node, until one bears it.
_PLACEMENTS_AT_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Placement:
    """Where every guest goes.

    Attributes
    ----------
    at : position of its node, by guest.
    together : guests that share a node with another of their anti-affinity class, because nothing else is left.
    losses : what becomes of the VMs of nodes that fail then.
    """

    at: tuple[int, ...]
    together: tuple[int, ...] = ()
    losses: Losses = ALL_FIND_ROOM


Lack = Literal["no_owner", "no_room"]
By = Literal["memory", "time", "fastest"]


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Why there is no placement.

    Attributes
    ----------
    why : the constraint.
    reason : in words, with its numbers.
    guest : the guest that finds no place; None where it is all of them together.
    proven : False where the search was cut short.
    """

    why: Lack
    reason: str
    guest: int | None = None
    proven: bool = True

    @property
    def told(self) -> str:
        """The reason, and that it is not proven where it is not."""
        return self.reason + ("" if self.proven else " (none was found in the time a search may take)")


def lonely(guests: Sequence[Guest], rooms: Sequence[Room]) -> dict[int, NoPlace]:
    """Guests that fit on no node even if they were the only ones to move.

    Examples
    --------
    >>> found = lonely([Guest("sql1", 96.0)], [Room("hv2", 128.0, 64.0)])
    >>> found[0].reason
    'sql1 needs 96 GiB; most room: hv2 with 64 GiB, 32 GiB is missing'
    """
    state = State(rooms)
    found = {}
    for i, guest in enumerate(guests):
        if not any(state.takes(guest, k, apart=False) for k in range(len(rooms))):
            found[i] = _why_alone(i, guest, rooms)
    return found


def reserve_lack(guests: Sequence[Guest], rooms: Sequence[Room], reserve: int) -> float:
    """Memory that is missing to lose `reserve` more nodes once all guests are in; 0 or less where none is [GiB].

    The sum of all VMs' memory, less the room of all nodes but the `reserve` largest. How VMs cut that room up is
    left out, as every such reserve does.

    Examples
    --------
    >>> rooms = [Room("hv2", 100.0, 40.0), Room("hv3", 100.0, 40.0)]
    >>> reserve_lack([Guest("a", 30.0)], rooms, 1), reserve_lack([Guest("a", 30.0)], rooms, 0)
    (10.0, -90.0)
    """
    needed = math.fsum(room.used_gib for room in rooms) + math.fsum(guest.memory_gib for guest in guests)
    kept = sorted((room.memory_gib for room in rooms), reverse=True)[reserve:]
    return needed - math.fsum(kept)


def place(
    guests: Sequence[Guest], rooms: Sequence[Room], *, reserve: int = 1, by: By = "memory"
) -> Placement | NoPlace:
    """A place for every guest.

    Parameters
    ----------
    guests : the VMs that need a place.
    rooms : the nodes that stay.
    reserve : how many more nodes may be lost (`reserve_lack`).
    by : evenly over the nodes' free memory; so that links, slots, processors and storage of all nodes are busy for
        as long; or to the fastest alone while they have room.

    Returns
    -------
    Placement or NoPlace
        Preferred owners first, else as `by` says.
        Anti-affinity is kept where it can be; where it cannot, as few VMs as can be share a node, as a cluster lets
        them unless it was told to enforce it, and the guests are named.

    Notes
    -----
    The guest with the fewest nodes to choose from goes first, then the largest; where one finds no place, all are
    placed again as tightly as can be, and then searched for by branch and bound. A placement after which the VMs of a
    failed node would find no room is none.

    Examples
    --------
    >>> rooms = [Room("hv2", 100.0, 20.0), Room("hv3", 100.0, 20.0), Room("hv4", 100.0, 20.0)]
    >>> place([Guest("a", 40.0), Guest("b", 40.0)], rooms).at
    (0, 1)
    """
    alone = lonely(guests, rooms)
    if alone:
        return next(iter(alone.values()))
    lack = reserve_lack(guests, rooms, reserve)
    if lack > ROUNDING:
        return NoPlace("no_room", _why_reserve(guests, rooms, reserve, lack))
    proven, lacking = True, None
    for at, exhausted in _placements(guests, rooms, tuple(dict.fromkeys((by, "memory", "least room")))):
        proven = exhausted
        if at is None:
            continue
        kept = kept_with(guests, rooms, at, reserve)
        if isinstance(kept, Placement) or kept.proven:
            return kept
        lacking = lacking or kept
    return lacking or NoPlace("no_room", _why_together(guests, rooms), proven=proven)


def kept_with(guests: Sequence[Guest], rooms: Sequence[Room], at: Sequence[int], reserve: int) -> Placement | NoPlace:
    """These places, or the failure after which VMs would find no room."""
    found = losses(rooms, memory_at(guests, rooms, at), reserve)
    if not found.lack:
        return Placement(tuple(at), together(guests, rooms, at), found)
    reason = f"a reserve of {reserve} cannot be kept: {found.lack}; without a reserve (--reserve 0) there is a plan"
    # What finds no room beside no guest at all finds none beside any.
    return NoPlace("no_room", reason, proven=bool(losses(rooms, [()] * len(rooms), reserve).lack))


def memory_at(guests: Sequence[Guest], rooms: Sequence[Room], at: Sequence[int]) -> list[list[float]]:
    """By room, the memory of each guest that comes to it [GiB]."""
    placed: list[list[float]] = [[] for _ in rooms]
    for guest, k in zip(guests, at, strict=True):
        placed[k].append(guest.memory_gib)
    return placed


def _placements(
    guests: Sequence[Guest], rooms: Sequence[Room], ways: Sequence[str]
) -> Iterator[tuple[list[int] | None, bool]]:
    """Placements that keep classes apart, and then one with as few together as was found.

    With each, or with None where one was looked for in vain, whether nothing was left out in the search.
    """
    found = False
    for way in ways:
        at = _greedy(guests, rooms, way, apart=True)
        if at is not None:
            found = True
            yield at, True
    classes = any(guest.classes for guest in guests)
    if not classes or not _must_clash(guests, rooms):
        search = Search(guests, rooms, looks=_LOOKS_FOR_FEWER if classes or found else LOOKS_AT_MOST)
        for at in islice(iter(search.run, None), _PLACEMENTS_AT_MOST):
            yield at, True
        yield None, search.exhausted
    if classes:
        yield _fewest_together(guests, rooms, ways)


def _fewest_together(
    guests: Sequence[Guest], rooms: Sequence[Room], ways: Sequence[str]
) -> tuple[list[int] | None, bool]:
    """A placement that breaks anti-affinity for few guests: from the fewest that must be on, as far as time goes."""
    soft = [at for way in ways if (at := _greedy(guests, rooms, way, apart=False)) is not None]
    if not soft:
        search = Search(guests, rooms, clashes=len(guests))
        any_at = search.run()
        if any_at is None:
            return None, search.exhausted
        soft = [any_at]
    best = min(soft, key=lambda at: _clashes(guests, rooms, at))
    looks = _LOOKS_FOR_FEWER
    for few in range(max(_must_clash(guests, rooms), 1), _clashes(guests, rooms, best)):
        search = Search(guests, rooms, clashes=few, looks=looks)
        fewer = search.run()
        if fewer is not None:
            return fewer, True
        looks -= search.looks
        if looks <= 0:
            break
    return best, True


def _must_clash(guests: Sequence[Guest], rooms: Sequence[Room]) -> int:
    """Guests that some class has more than there are nodes without it, at least."""
    most = 0
    for name in {name for guest in guests for name in guest.classes}:
        own = [guest for guest in guests if name in guest.classes]
        free = [k for k, room in enumerate(rooms) if name not in room.classes]
        able = [k for k in free if any(guest.owners is None or k in guest.owners for guest in own)]
        most = max(most, len(own) - len(able))
    return most


def _clashes(guests: Sequence[Guest], rooms: Sequence[Room], at: Sequence[int]) -> int:
    """Guests that come to a node where one of their class already is."""
    state, count = State(rooms), 0
    for guest, node in zip(guests, at, strict=True):
        count += state.clashes(guest, node)
        state.put(guest, node)
    return count


def _choices(guests: Sequence[Guest], rooms: Sequence[Room], *, apart: bool) -> list[list[int]]:
    """By guest, the nodes it fits on alone."""
    state = State(rooms)
    return [[k for k in range(len(rooms)) if state.takes(guest, k, apart=apart)] for guest in guests]


def _greedy(guests: Sequence[Guest], rooms: Sequence[Room], by: str, *, apart: bool) -> list[int] | None:
    """Hardest first; each to its preferred node, else the one with most room, or least, or that is done first."""
    choices = _choices(guests, rooms, apart=apart)
    state, at = State(rooms), [-1] * len(guests)
    taken = [[0.0] * len(room.rates) for room in rooms]
    whole = [math.fsum(rates) for rates in zip(*(room.rates for room in rooms), strict=True)]

    def hardest(i: int) -> tuple[float, ...]:
        takes = max((load / rate for load, rate in zip(guests[i].loads, whole, strict=True)), default=0.0)
        return len(choices[i]), -takes if by == "time" else 0.0, -guests[i].memory_gib, i

    order = sorted(range(len(guests)), key=hardest)
    for i in order:
        guest = guests[i]
        fits = [k for k in choices[i] if state.takes(guest, k, apart=apart)]
        if not fits:
            return None

        def dislike(k: int, guest: Guest = guest) -> tuple[float, ...]:
            rank = guest.preferred.index(k) if k in guest.preferred else len(guest.preferred)
            first = not apart and state.clashes(guest, k), rank
            if by == "least room":
                return *first, state.memory[k], k
            # What a node takes keeps it busy; what it holds then must not leave others idle.
            full = 1.0 - (state.memory[k] - guest.memory_gib) / max(rooms[k].memory_gib, 1.0)
            full = 0.0 if math.isnan(full) else full
            busy = max(
                ((own + load) / rate for own, load, rate in zip(taken[k], guest.loads, rooms[k].rates, strict=True)),
                default=0.0,
            )
            if by == "fastest":
                return *first, -rooms[k].speed, full, k
            return (*first, busy, full, k) if by == "time" else (*first, full, busy, k)

        at[i] = min(fits, key=dislike)
        taken[at[i]] = [own + load for own, load in zip(taken[at[i]], guest.loads, strict=True)]
        state.put(guest, at[i])
    return at


def together(guests: Sequence[Guest], rooms: Sequence[Room], at: Sequence[int]) -> tuple[int, ...]:
    """Guests that share their node with another VM of one of their classes."""
    found = []
    for i, guest in enumerate(guests):
        if not guest.classes:
            continue
        others = [guests[j].classes for j, node in enumerate(at) if node == at[i] and j != i]
        if guest.classes & rooms[at[i]].classes or any(guest.classes & other for other in others):
            found.append(i)
    return tuple(found)


def gib(amount: float) -> str:
    """An amount of memory for people.

    Examples
    --------
    >>> gib(1536.0), gib(0.5)
    ('1,536 GiB', '0.5 GiB')
    """
    return f"{amount:,.0f} GiB" if amount >= 10 else f"{amount:.3g} GiB"


def _why_alone(i: int, guest: Guest, rooms: Sequence[Room]) -> NoPlace:
    """Why one guest fits nowhere, in words."""
    own = [k for k in range(len(rooms)) if guest.owners is None or k in guest.owners]
    if not rooms:
        return NoPlace("no_room", "no other node is up", i)
    if not own:
        names = ", ".join(room.name for room in rooms[:3]) + (" and others" if len(rooms) > 3 else "")
        return NoPlace("no_owner", f"{guest.name}: none of its possible owners is up; up are {names}", i)
    free = {k: rooms[k].memory_gib - rooms[k].used_gib for k in own}
    most = max(own, key=lambda k: free[k])
    if guest.memory_gib > free[most] + ROUNDING:
        room = max(free[most], 0.0)
        reason = (
            f"{guest.name} needs {gib(guest.memory_gib)}; most room: {rooms[most].name} with {gib(room)}, "
            f"{gib(guest.memory_gib - room)} is missing"
        )
        return NoPlace("no_room", reason, i)
    fits = [k for k in own if guest.memory_gib <= free[k] + ROUNDING]
    idle = max(fits, key=lambda k: rooms[k].cores - rooms[k].used_cores)
    spare = max(rooms[idle].cores - rooms[idle].used_cores, 0.0)
    reason = f"{guest.name} uses {guest.cores:.1f} cores; most that a node with room for its memory has to spare: "
    return NoPlace("no_room", reason + f"{rooms[idle].name} with {spare:.1f}", i)


def _why_reserve(guests: Sequence[Guest], rooms: Sequence[Room], reserve: int, lack: float) -> str:
    needed = math.fsum(room.used_gib for room in rooms) + math.fsum(guest.memory_gib for guest in guests)
    largest = sorted(rooms, key=lambda room: -room.memory_gib)[:reserve]
    names = ", ".join(room.name for room in largest)
    have = math.fsum(room.memory_gib for room in rooms)
    if reserve == 0 or not rooms:
        return f"{gib(needed)} of VMs on {len(rooms)} nodes with room for {gib(have)}: {gib(lack)} is missing"
    if reserve >= len(rooms):
        nodes = f"{len(rooms)} node{'s' if len(rooms) > 1 else ''}"
        missing = needed - have
        fit = "do not fit either" if missing > ROUNDING else "fit by their sum, but the next failure takes them down"
        return (
            f"with {nodes} left there is none to lose, and a reserve of {reserve} cannot be kept; "
            f"without a reserve (--reserve 0) the VMs {fit}: {gib(needed)} of VMs where "
            + ("nobody knows the memory" if math.isinf(have) else f"there are {gib(have)}")
        )
    left = have - math.fsum(room.memory_gib for room in largest)
    return (
        f"with a reserve of {reserve} node{'s' if reserve > 1 else ''}, {gib(needed)} of VMs would have to fit on the "
        f"{len(rooms)} remaining nodes less {names}, {gib(left)}: {gib(lack)} is missing"
    ) + ("; without a reserve (--reserve 0) they find room" if _fit_at_all(guests, rooms) else "")


def _fit_at_all(guests: Sequence[Guest], rooms: Sequence[Room]) -> bool:
    """Whether all guests surely find a place where no node is kept in reserve."""
    return any(_greedy(guests, rooms, way, apart=False) is not None for way in ("memory", "least room"))


def _why_together(guests: Sequence[Guest], rooms: Sequence[Room]) -> str:
    """Each fits alone and all by their sum, but not all at once: the largest, and what is free where."""
    ranked = sorted(guests, key=lambda guest: -guest.memory_gib)[:3]
    free = sorted(((room.memory_gib - room.used_gib, room.name) for room in rooms), reverse=True)[:3]
    needs = ", ".join(f"{guest.name} {gib(guest.memory_gib)}" for guest in ranked)
    has = ", ".join(f"{name} {gib(amount)}" for amount, name in free)
    cores = math.fsum(guest.cores for guest in guests)
    left = math.fsum(room.cores - room.used_cores for room in rooms)
    busiest = max(guests, key=lambda guest: guest.cores)
    processors = (
        f"; they use {cores:,.3g} cores, {busiest.name} {busiest.cores:,.3g} of them, and {left:,.3g} are free"
        if 2 * cores > left
        else ""
    )
    return f"each VM fits somewhere, but not all {len(guests)} at once: largest {needs}; most room {has}{processors}"
