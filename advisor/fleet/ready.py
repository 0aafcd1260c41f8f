"""Hosts made ready under one option each: rates and constants by host, whatever kind of host each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.factors import C_STATES
from advisor.fleet.hosted import Hosted
from advisor.fleet.kinds import Kind
from advisor.fleet.rates import (
    Carried,
    OnHosts,
    Part,
    carried,
    contents_of,
    core_seconds_per_byte,
    on_hosts,
)
from advisor.residual.spread import swings

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

MIDDLE, LOW, HIGH = 0, 1, 2
NAMED: Final = (
    "set_up_s",
    "per_vm_s",
    "first_pass_share",
    "pass_limit",
    "small_dirty_bytes",
    "blackout_fixed_s",
    "blackout_per_vcpu_s",
    "blackout_per_gib_s",
    "blackout_sleep_factor",
)
"""Constants that bear on a drain beside the rates."""


@dataclass(frozen=True, slots=True)
class Kinded:
    """Of what kind each host is, (hosts,).

    Attributes
    ----------
    cells : (kind of cluster, which of its host kinds).
    cell : position in `cells`.
    idle_share : share of the host's cores that is idle.
    busy_known : whether anybody said so.
    busy_ends : low and high of what share is in use where nobody did.
    instead : columns of the inventory that were taken from defaults, and what they may be instead.
    open : which hosts each of those is of, (instead, hosts).
    limits : moves at once as they are allowed now: low, middle, high, (3, hosts); equal where they are known.
    """

    cells: tuple[tuple[Kind, int], ...]
    cell: Ints
    idle_share: Floats
    busy_known: Bools
    busy_ends: tuple[float, float]
    instead: tuple[tuple[str, Any], ...]
    open: Bools
    limits: Floats

    @classmethod
    def all_known(cls, cells: tuple[tuple[Kind, int], ...], cell: Ints, idle_share: Floats) -> Kinded:
        """Hosts of which nothing was taken from defaults."""
        nothing = np.zeros((0, cell.size), dtype=np.bool_)
        known, limits = np.ones(cell.size, dtype=np.bool_), np.ones((3, cell.size))
        return cls(cells, cell, idle_share, known, (0.0, 0.0), (), nothing, limits)

    def of_hosts(self, hosts: Ints) -> Kinded:
        """Of these hosts alone."""
        return replace(
            self,
            cell=self.cell[hosts],
            idle_share=self.idle_share[hosts],
            busy_known=self.busy_known[hosts],
            open=self.open[:, hosts],
            limits=self.limits[:, hosts],
        )

    def in_cells(self, cells: tuple[tuple[Kind, int], ...], cell: Ints) -> Kinded:
        """The same hosts, told apart otherwise."""
        return replace(self, cells=cells, cell=cell)


@dataclass(frozen=True, slots=True)
class Ready:
    """Hosts under one option each, (hosts,) or (hosts, contents) [bytes/s], [s].

    Attributes
    ----------
    k : the option of each host.
    constants : `NAMED`, (3, hosts) each: middle, low, high.
    sleeping, age_weight : how far cores sleep, and how much that still matters, (3, hosts).
    link, flow, processor, threads : rates at the middle.
    wire, cost, one_thread : what contents take, (hosts, contents).
    slots : moves the setting allows at once, or the host's VMs where they are fewer.
    together : moves that run at once on average.
    rate, rate_down, rate_up : memory rate of one move among the others, and how far its logarithm reaches.
    alone_rate : memory rate of one move with everything to itself.
    core_s_per_wire, core_s_per_memory : processor time of a byte, both ends together.
    other_slots, other_together : low and high of the two where the limit in force is not known; else nothing.
    """

    k: Ints
    constants: Mapping[str, Floats]
    sleeping: Floats
    age_weight: Floats
    link: Floats
    flow: Floats
    processor: Floats
    threads: Floats
    wire: Floats
    cost: Floats
    one_thread: Floats
    slots: Floats
    together: Floats
    rate: Floats
    rate_down: Floats
    rate_up: Floats
    alone_rate: Floats
    core_s_per_wire: Floats
    core_s_per_memory: Floats
    other_slots: tuple[Floats, ...] = ()
    other_together: tuple[Floats, ...] = ()


Options = Mapping[int, int]
"""By cell, its option."""

Picks = Mapping[int, tuple[int, float]]
"""By cell, the option and the members in use."""


def make_ready(hosted: Hosted, kinded: Kinded, picks: Picks, *, varied: bool = True) -> Ready:
    """Put every host under the option picked for its cell."""
    hosts, contents = hosted.hosts, hosted.vms.contents
    k_of, limit, core_s = np.empty(hosts, dtype=np.intp), np.empty(hosts), np.empty(hosts)
    rates, takes = np.empty((4, hosts)), np.empty((4, hosts, len(contents)))
    named = np.empty((len(NAMED) + 2, 3, hosts))
    by_rows: dict[int, list[tuple[Part, Ints]]] = {}
    for cell, (k, members) in picks.items():
        (own,) = np.nonzero(kinded.cell == cell)
        if not own.size:
            continue
        what = carried(*kinded.cells[cell], k, members, varied)
        taken = contents_of(what, () if what.capacity.compressor is None else contents)
        by_rows.setdefault(len(taken.wire), []).append(((what, taken), own))
        k_of[own], limit[own] = k, what.kind.problem.options[k].simultaneous
        core_s[own] = core_seconds_per_byte(what)
        middles = taken.wire[:, 0], taken.cost[:, 0], taken.one_thread[:, 0], taken.core_s
        takes[:, own] = np.stack(middles)[:, None]
        named[:, :, own] = _named(what)[..., None]
    alike = [_Alike.of(parts, kinded) for parts in by_rows.values()]
    for one in alike:
        rates[:, one.own] = one.on.link[:, 0], one.on.flow[:, 0], one.on.processor[:, 0], one.on.threads[:, 0]
    link, flow, processor, threads = rates
    wire, cost, one_thread, core_s_per_memory = takes
    constants = dict(zip(NAMED, named, strict=False))
    slots = np.minimum(limit, hosted.counts)
    together = _together(hosted, link, flow, wire, constants, slots)
    rate, down, up = (np.zeros(wire.shape) for _ in range(3))
    for one in alike:
        rate[one.own], down[one.own], up[one.own] = _rates(one, kinded, together, varied=varied)
    others = _other_slots(kinded, picks, limit, hosted.counts) if varied else ()
    return Ready(
        other_slots=others,
        other_together=tuple(_together(hosted, link, flow, wire, constants, one) for one in others),
        k=k_of,
        constants=constants,
        sleeping=named[-2],
        age_weight=named[-1],
        link=link,
        flow=flow,
        processor=processor,
        threads=threads,
        wire=wire,
        cost=cost,
        one_thread=one_thread,
        slots=slots,
        together=together,
        rate=rate,
        rate_down=down,
        rate_up=up,
        alone_rate=np.minimum(
            np.minimum(flow, link)[:, None] / wire,
            np.minimum(processor[:, None] / cost, threads[:, None] / one_thread),
        ),
        core_s_per_wire=core_s,
        core_s_per_memory=core_s_per_memory,
    )


def rate_among(ready: Ready, together: Floats) -> Floats:
    """(hosts, contents) memory rate of one move among so many, (hosts,) [bytes/s], at the middle."""
    wire_rate = np.minimum(ready.flow, ready.link / together)[:, None] / ready.wire
    work_rate = (ready.processor / together)[:, None] / ready.cost
    rate: Floats = np.minimum(np.minimum(wire_rate, work_rate), ready.threads[:, None] / ready.one_thread)
    return rate


def _other_slots(kinded: Kinded, picks: Picks, limit: Floats, counts: Floats) -> tuple[Floats, ...]:
    """Moves at once at the low and the high of a limit in force that nobody said; nothing where all are known."""
    low, middle, high = kinded.limits
    open_ = (low != high) & (limit == middle)
    for cell, (k, _) in picks.items():
        changes = kinded.cells[cell][0].problem.options[k].changes
        if any(change.code == "simultaneous" for change in changes):
            open_ &= kinded.cell != cell
    if not open_.any():
        return ()
    return tuple(np.minimum(np.where(open_, end, limit), counts) for end in (low, high))


@dataclass(frozen=True, slots=True)
class _Alike:
    """Hosts that compress, or those that do not, with what options carry in the variants that tell of rates.

    Attributes
    ----------
    parts : their kinds under an option each.
    own, part : rows of the hosts, and which of the parts each is of.
    """

    parts: list[Part]
    own: Ints
    part: Ints
    on: OnHosts

    @classmethod
    def of(cls, parts: list[tuple[Part, Ints]], kinded: Kinded) -> _Alike:
        """Parts and their hosts."""
        own = np.concatenate([rows for _, rows in parts])
        part = np.repeat(np.arange(len(parts)), [rows.size for _, rows in parts])
        # A part that fewer factors tell of has its middle in their place: it swings nothing.
        most = max(taken.telling.size for (_, taken), _ in parts)
        variants = np.zeros((len(parts), 1 + most), dtype=np.intp)
        for row, ((_, taken), _) in zip(variants, parts, strict=True):
            row[1 : 1 + taken.telling.size] = taken.telling
        kinds = [one for one, _ in parts]
        return cls(kinds, own, part, on_hosts(kinds, variants, part, kinded.idle_share[own]))

    def at_middle(self, kinds: list[Part], which: Ints, idle_share: Floats, together: Floats) -> Floats:
        """(hosts, contents) rate of one move on some of the hosts, with other kinds in place of theirs."""
        on = on_hosts(kinds, np.zeros((len(kinds), 1), dtype=np.intp), self.part[which], idle_share)
        return on.of_one(together[self.own[which]])[..., 0]


@lru_cache(maxsize=2048)
def _named(what: Carried) -> Floats:
    """(names, 3) middle, low and high of the constants of `NAMED`, of how far cores sleep and of age weights."""
    constants = [_three(what, name, getattr(what.constants, name)) for name in NAMED]
    # Factors of other names move these.
    moved = _three(what, C_STATES, what.sleeping), _three(what, "newer_tuning_effect", what.capacity.age_weight)
    return np.array([*constants, *moved])


def _three(what: Carried, factor: str, values: Floats) -> Floats:
    """(3,) middle, low and high of what a factor moves."""
    every = np.broadcast_to(values, what.variants.count)
    if factor not in what.variants.factors:
        return np.full(3, every[0])
    at = 1 + 2 * what.variants.factors.index(factor)
    three: Floats = every[[0, at, at + 1]]
    return three


def _together(
    hosted: Hosted, link: Floats, flow: Floats, wire: Floats, constants: Mapping[str, Floats], slots: Floats
) -> Floats:
    """Moves at once on average, (hosts,).

    Starts are c apart. A move of b bytes lasts b x / L + d where x share the link L, and x = T / c: x = d / (c - b/L);
    or, where no more than F goes through one, x = (b/F + d) / c. Never more than the slots.
    """
    spacing = np.maximum(constants["per_vm_s"][MIDDLE], 1e-9)
    vms = hosted.vms
    memory = np.where(hosted.storage.memory, vms.memory_bytes, 0.0)
    mean = hosted.means(memory * wire[hosted.host, vms.content]) * constants["first_pass_share"][MIDDLE]
    device = constants["blackout_fixed_s"][MIDDLE]
    shared = mean / link
    by_link = np.where(spacing > shared, device / np.maximum(spacing - shared, 1e-9), np.inf)
    by_flow = (mean / flow + device) / spacing
    together: Floats = np.clip(np.maximum(by_link, by_flow), 1.0, slots)
    return together


def _rates(one: _Alike, kinded: Kinded, together: Floats, *, varied: bool) -> tuple[Floats, Floats, Floats]:
    """(hosts, contents) memory rate of one move among the others, and how far its logarithm reaches down and up."""
    moved = np.moveaxis(one.on.of_one(together[one.own]), -1, 0)
    middle = moved[0]
    squares = [(swing**2).sum(axis=0) for swing in swings(middle, moved[1::2], moved[2::2])]
    if varied:
        for which, rates in _not_known(one, kinded, together):
            for square, (swing,) in zip(squares, swings(middle[which], rates[:1], rates[-1:]), strict=True):
                square[which] += swing**2
    return middle, np.sqrt(squares[0]), np.sqrt(squares[1])


def _not_known(one: _Alike, kinded: Kinded, together: Floats) -> Iterator[tuple[Ints, Floats]]:
    """What is not known of hosts: which of them, and the rate with what it may be instead, (ends, ...)."""
    (quiet,) = np.nonzero(~kinded.busy_known[one.own])
    if quiet.size:
        yield (
            quiet,
            np.stack(
                [
                    one.at_middle(one.parts, quiet, np.full(quiet.size, 1.0 - busy), together)
                    for busy in kinded.busy_ends
                ]
            ),
        )
    for column in dict.fromkeys(column for column, _ in kinded.instead):
        rates = []
        which = np.empty(0, dtype=np.intp)
        for at, (name, value) in enumerate(kinded.instead):
            if name != column:
                continue
            (which,) = np.nonzero(kinded.open[at, one.own])
            if which.size:
                kinds = one.parts.copy()
                for place in np.unique(one.part[which]).tolist():
                    what, taken = kinds[place]
                    kinds[place] = carried(what.kind, what.pair, what.k, 0.0, False, (name, value)), taken
                rates.append(one.at_middle(kinds, which, kinded.idle_share[one.own[which]], together))
        if rates:
            yield which, np.stack(rates)
