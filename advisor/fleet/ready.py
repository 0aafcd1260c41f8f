"""Hosts made ready under one option each: rates and constants by host, whatever kind of host each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.factors import C_STATES
from advisor.fleet.hosted import Hosted
from advisor.fleet.kinds import Kind
from advisor.fleet.rates import (
    Carried,
    Contents,
    OnHosts,
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
_MOVED_BY: Final = {"sleeping": C_STATES, "age_weight": "newer_tuning_effect"}


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
    """

    cells: tuple[tuple[Kind, int], ...]
    cell: Ints
    idle_share: Floats
    busy_known: Bools
    busy_ends: tuple[float, float]
    instead: tuple[tuple[str, Any], ...]
    open: Bools

    @classmethod
    def all_known(cls, cells: tuple[tuple[Kind, int], ...], cell: Ints, idle_share: Floats) -> Kinded:
        """Hosts of which nothing was taken from defaults."""
        nothing = np.zeros((0, cell.size), dtype=np.bool_)
        return cls(cells, cell, idle_share, np.ones(cell.size, dtype=np.bool_), (0.0, 0.0), (), nothing)

    def of_hosts(self, hosts: Ints) -> Kinded:
        """Of these hosts alone."""
        return replace(
            self,
            cell=self.cell[hosts],
            idle_share=self.idle_share[hosts],
            busy_known=self.busy_known[hosts],
            open=self.open[:, hosts],
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


Options = Mapping[int, int]
"""By cell, its option."""

Picks = Mapping[int, tuple[int, float]]
"""By cell, the option and the members in use."""


def make_ready(hosted: Hosted, kinded: Kinded, picks: Picks, *, varied: bool = True) -> Ready:
    """Put every host under the option picked for its cell."""
    hosts, contents = hosted.hosts, hosted.vms.contents
    parts: list[tuple[Ints, Carried, OnHosts]] = []
    for cell, (k, members) in picks.items():
        (own,) = np.nonzero(kinded.cell == cell)
        if own.size:
            kind, pair = kinded.cells[cell]
            what = carried(kind, pair, k, members, varied)
            parts.append((own, what, on_hosts(what, kinded.idle_share[own], contents_of(what, contents))))
    one = {name: np.empty(hosts) for name in ("link", "flow", "processor", "threads", "core_s_per_wire", "limit")}
    by_content = {
        name: np.empty((hosts, len(contents))) for name in ("wire", "cost", "one_thread", "core_s_per_memory")
    }
    named = {name: np.empty((3, hosts)) for name in (*NAMED, "sleeping", "age_weight")}
    k_of = np.empty(hosts, dtype=np.intp)
    for own, what, rates in parts:
        k_of[own] = what.k
        one["limit"][own] = what.kind.problem.options[what.k].simultaneous
        one["core_s_per_wire"][own] = core_seconds_per_byte(what)
        for name in ("link", "flow", "processor", "threads"):
            one[name][own] = getattr(rates, name)[:, 0]
        for name in ("wire", "cost", "one_thread"):
            by_content[name][own] = getattr(rates.contents, name)[:, 0]
        by_content["core_s_per_memory"][own] = rates.contents.core_s
        for name, values in (
            *((name, getattr(what.constants, name)) for name in NAMED),
            ("sleeping", what.sleeping),
            ("age_weight", what.capacity.age_weight),
        ):
            named[name][:, own] = _three(what, name, np.broadcast_to(values, what.variants.count))[:, None]
    slots = np.minimum(one.pop("limit"), hosted.counts)
    sleeping, age_weight = named.pop("sleeping"), named.pop("age_weight")
    together = _together(hosted, one, by_content["wire"], named, slots)
    rate, down, up = _rates(parts, kinded, together, (hosts, len(contents)))
    return Ready(
        k=k_of,
        constants=named,
        sleeping=sleeping,
        age_weight=age_weight,
        **one,
        **by_content,
        slots=slots,
        together=together,
        rate=rate,
        rate_down=down,
        rate_up=up,
        alone_rate=_alone(one, by_content),
    )


def _three(what: Carried, name: str, values: Floats) -> Floats:
    """(3,) middle, low and high of a constant, or of what a factor of another name moves."""
    factor = _MOVED_BY.get(name, name)
    if factor not in what.variants.factors:
        return np.full(3, values[0])
    at = 1 + 2 * what.variants.factors.index(factor)
    three: Floats = values[[0, at, at + 1]]
    return three


def _together(
    hosted: Hosted, one: Mapping[str, Floats], wire: Floats, constants: Mapping[str, Floats], slots: Floats
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
    shared = mean / one["link"]
    by_link = np.where(spacing > shared, device / np.maximum(spacing - shared, 1e-9), np.inf)
    by_flow = (mean / one["flow"] + device) / spacing
    together: Floats = np.clip(np.maximum(by_link, by_flow), 1.0, slots)
    return together


def _alone(one: Mapping[str, Floats], by_content: Mapping[str, Floats]) -> Floats:
    """(hosts, contents) memory rate of one move with everything to itself."""
    wire = np.minimum(one["flow"], one["link"])[:, None] / by_content["wire"]
    work = np.minimum(
        one["processor"][:, None] / by_content["cost"], one["threads"][:, None] / by_content["one_thread"]
    )
    alone: Floats = np.minimum(wire, work)
    return alone


def _rates(
    parts: list[tuple[Ints, Carried, OnHosts]], kinded: Kinded, together: Floats, shape: tuple[int, int]
) -> tuple[Floats, Floats, Floats]:
    """(hosts, contents) memory rate of one move among the others, and how far its logarithm reaches down and up."""
    rate, down, up = (np.zeros(shape) for _ in range(3))
    for own, what, rates in parts:
        moved = np.moveaxis(rates.of_one(together[own]), -1, 0)
        rate[own] = moved[0]
        if not what.variants.factors:
            continue
        below, above = swings(moved[0], moved[1::2], moved[2::2])
        squares = (below**2).sum(axis=0), (above**2).sum(axis=0)
        for which, ends in _not_known(what, kinded, own, together, rates.contents):
            below, above = swings(moved[0][which], ends[:1], ends[-1:])
            squares[0][which] += below[0] ** 2
            squares[1][which] += above[0] ** 2
        down[own], up[own] = np.sqrt(squares[0]), np.sqrt(squares[1])
    return rate, down, up


def _not_known(
    what: Carried, kinded: Kinded, own: Ints, together: Floats, contents: Contents
) -> Iterator[tuple[Ints, Floats]]:
    """What is not known of hosts: which of them, and the rate with what it may be instead, (ends, ...)."""
    (quiet,) = np.nonzero(~kinded.busy_known[own])
    if quiet.size:
        ends = [on_hosts(what, np.full(quiet.size, 1.0 - busy), contents) for busy in kinded.busy_ends]
        yield quiet, np.stack([one.of_one(together[own[quiet]])[..., 0] for one in ends])
    columns = dict.fromkeys(column for column, _ in kinded.instead)
    for column in columns:
        rates = []
        which = np.empty(0, dtype=np.intp)
        for at, (name, value) in enumerate(kinded.instead):
            if name != column:
                continue
            (which,) = np.nonzero(kinded.open[at, own])
            if which.size:
                other = carried(what.kind, what.pair, what.k, 0.0, False, (name, value))
                there = on_hosts(other, kinded.idle_share[own[which]], contents)
                rates.append(there.of_one(together[own[which]])[..., 0])
        if rates:
            yield which, np.stack(rates)
