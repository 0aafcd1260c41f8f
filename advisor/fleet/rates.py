"""What each kind of host can carry under an option, by how many of its cores are idle.

Rates depend on a host by its idle cores alone, and are made of straight lines in them: they are computed for a few
shares of idle cores, once for a kind, and read off between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.capacity import Capacity, Conditions, capacity_of
from advisor.advice.factors import Variants, conditions_of
from advisor.advice.lane import Lane, moves_of
from advisor.advice.traits import Traits
from advisor.domain.options import Transport
from advisor.fleet.facts import pair_with
from advisor.fleet.kinds import Kind
from advisor.paths import resolve_case
from advisor.paths.path import Case
from advisor.platforms.constants import Constants

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

# Shares of a host's cores that are idle, at which rates are computed.
_IDLE_SHARES: Final = np.linspace(0.0, 1.0, 9)


@dataclass(frozen=True, eq=False)
class Carried:
    """Rates of one option with so many members in use.

    Attributes
    ----------
    constants, sleeping : what stands behind each variant, and how far cores sleep in it, (variants,).
    capacity : rates at the kind's own idle cores.
    rates : link, flow, processor and threads by share of idle cores, (4, 9, variants) [bytes/s].
    """

    kind: Kind
    pair: int
    k: int
    variants: Variants
    constants: Constants[Floats]
    sleeping: Floats
    capacity: Capacity
    rates: Floats


@lru_cache(maxsize=2048)
def carried(
    kind: Kind, pair: int, k: int, members: float, varied: bool, instead: tuple[str, Any] | None = None
) -> Carried:
    """Rates of an option on a kind of host; with `varied` in every variant, else at the middle.

    Parameters
    ----------
    instead : a column of the inventory and what it may be instead, at both ends; `members` is then found anew.
    """
    case = kind.case(pair, k)
    if instead is not None:
        case = _with_column(kind, case, *instead)
        members = max(case.path.occupancy, key=lambda mode: mode[1])[0]
    variants = kind.variants(pair, k) if varied else Variants(())
    generation = kind.problem.platform.generation(case.path.oldest_os)
    constants = variants.constants(kind.card.constants)
    constants = constants.with_values(pass_limit=constants.pass_limit * generation.pass_limit_factor)
    conditions = conditions_of(case, variants)
    reference = capacity_of(case.path, members, constants, conditions, generation)
    idle = np.repeat(_IDLE_SHARES, variants.count) * case.pair.source.cores
    every = constants.map(lambda value: np.concatenate([value] * _IDLE_SHARES.size))
    whole = capacity_of(
        case.path,
        members,
        every,
        Conditions(np.concatenate([conditions.sleeping] * _IDLE_SHARES.size), idle, idle),
        generation,
    )
    every_rate = (whole.link, whole.flow, whole.processor, whole.threads)
    rates = np.stack([np.broadcast_to(rate, idle.shape) for rate in every_rate])
    shape = (len(every_rate), _IDLE_SHARES.size, variants.count)
    return Carried(kind, pair, k, variants, constants, conditions.sleeping, reference, rates.reshape(shape))


def _with_column(kind: Kind, case: Case, column: str, value: Any) -> Case:
    return resolve_case(kind.problem.platform, pair_with(case.pair, column, value), case.option, case.vms)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a byte of memory of each content takes under an option, (contents, variants): see `precopy.batch.Content`.

    Where nothing compresses all contents are alike, and stand in one row.

    Attributes
    ----------
    one_thread : work of a byte for a move's own threads.
    core_s : what it costs of a core, both ends together, at the middle, (contents,).
    telling : the variants low and high of every factor that moves a rate, a pair each.
    """

    wire: Floats
    cost: Floats
    one_thread: Floats
    core_s: Floats
    telling: Ints


@lru_cache(maxsize=2048)
def contents_of(what: Carried, contents: tuple[Traits, ...]) -> Contents:
    """What the contents of some VMs take under an option on a kind of host; they bear only on what compresses."""
    case, compressor = what.kind.case(what.pair, what.k), what.capacity.compressor
    if compressor is None:
        one = np.ones((1, what.variants.count))
        return Contents(one, one, one, np.zeros(1), _telling(what.rates))
    likeliest = max(case.path.occupancy, key=lambda mode: mode[1])[0]
    lane = Lane(case, likeliest, what.variants, what.kind.card.constants, contents)
    content = moves_of(what.kind.problem.platform, lane, what.constants, what.capacity).content
    wire = content.wire_per_raw[:, :1]
    searched = np.array([one.searched[0] for one in contents])[:, None]
    core, speedup = float(compressor.core_bytes_s[0]), float(compressor.speedup[0])
    core_s = (compressor.work(wire, searched)[:, 0] + compressor.undoing(wire, searched)[:, 0] / speedup) / core
    takes = content.wire_per_raw, content.cost, what.capacity.threads / content.most_bytes_s
    return Contents(*takes, core_s, _telling(what.rates, *takes))


def _telling(*values: Floats) -> Ints:
    """The variants of `Contents.telling`, of all that rates are made of; the last axis is the variants."""
    moved = np.logical_or.reduce([(one != one[..., :1]).reshape(-1, one.shape[-1]).any(axis=0) for one in values])
    (factors,) = np.nonzero(moved[1::2] | moved[2::2])
    return np.stack([1 + 2 * factors, 2 + 2 * factors], axis=1).reshape(-1)


def core_seconds_per_byte(what: Carried) -> float:
    """Processor time of sending and receiving a byte on the wire, both ends together [core s/byte]."""
    direct = what.kind.case(what.pair, what.k).path.effective is Transport.RDMA
    each = what.constants.rdma_core_s_per_byte if direct else what.constants.tcp_core_s_per_byte
    return 2.0 * float(each[0])


Part = tuple[Carried, Contents]
"""An option on a kind of host, and what contents take there."""


@dataclass(frozen=True, slots=True)
class OnHosts:
    """Rates on some hosts, (hosts, variants) [bytes/s], and what contents take there, (hosts, contents, variants)."""

    link: Floats
    flow: Floats
    processor: Floats
    threads: Floats
    wire: Floats
    cost: Floats
    one_thread: Floats

    def of_one(self, moves: Floats) -> Floats:
        """(hosts, contents, variants) memory rate of one of so many moves at once, (hosts,) [bytes/s]."""
        together = moves[:, None]
        wire_rate = np.minimum(self.flow, self.link / together)[:, None, :] / self.wire
        work_rate = (self.processor / together)[:, None, :] / self.cost
        own_rate = self.threads[:, None, :] / self.one_thread
        return np.minimum(np.minimum(wire_rate, work_rate), own_rate)


def on_hosts(parts: Sequence[Part], variants: Ints, part: Ints, idle_share: Floats) -> OnHosts:
    """The rates of hosts of several kinds.

    Parameters
    ----------
    parts : kinds of host under an option, with as many rows of contents each.
    variants : which of its variants are wanted of each part, (parts, variants).
    part : which of the parts each host is of, (hosts,).
    idle_share : of its cores, (hosts,).
    """
    pairs = list(zip(parts, variants, strict=True))
    rates = np.stack([what.rates[:, :, wanted] for (what, _), wanted in pairs])
    place = np.clip(idle_share, 0.0, 1.0) * (_IDLE_SHARES.size - 1)
    below = np.minimum(place.astype(np.intp), _IDLE_SHARES.size - 2)
    low, high = rates[part, :, below], rates[part, :, below + 1]
    # Where nothing compresses both are infinite.
    rise = np.subtract(high, low, out=np.zeros_like(low), where=np.isfinite(low))
    found = np.moveaxis(low + (place - below)[:, None, None] * rise, 1, 0)
    takes = (
        np.stack([getattr(taken, name)[:, wanted] for (_, taken), wanted in pairs])[part]
        for name in ("wire", "cost", "one_thread")
    )
    return OnHosts(*found, *takes)
