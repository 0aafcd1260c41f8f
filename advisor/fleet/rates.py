"""What each kind of host can carry under an option, by how many of its cores are idle.

Rates depend on a host by its idle cores alone, and are made of straight lines in them: they are computed for a few
shares of idle cores, once for a kind, and read off between.
"""

from __future__ import annotations

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
from advisor.fleet.facts import with_column
from advisor.fleet.kinds import Kind
from advisor.paths import resolve_case
from advisor.paths.path import Case
from advisor.platforms.constants import Constants

Floats = NDArray[np.float64]

# Shares of a host's cores that are idle, at which rates are computed.
_IDLE_SHARES: Final = np.linspace(0.0, 1.0, 9)


@dataclass(frozen=True, eq=False)
class Carried:
    """Rates of one option with so many members in use, by share of idle cores: (9, variants) [bytes/s].

    Attributes
    ----------
    constants, sleeping : what stands behind each variant, and how far cores sleep in it, (variants,).
    capacity : the same of the kind's own idle cores.
    """

    kind: Kind
    pair: int
    k: int
    variants: Variants
    constants: Constants[Floats]
    sleeping: Floats
    capacity: Capacity
    link: Floats
    flow: Floats
    processor: Floats
    threads: Floats


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
    shape = (_IDLE_SHARES.size, variants.count)
    rates = (whole.link, whole.flow, whole.processor, whole.threads)
    link, flow, processor, threads = (np.broadcast_to(rate, idle.shape).reshape(shape) for rate in rates)
    return Carried(kind, pair, k, variants, constants, conditions.sleeping, reference, link, flow, processor, threads)


def _with_column(kind: Kind, case: Case, column: str, value: Any) -> Case:
    source, destination = (with_column(host, column, value) for host in case.pair.ends)
    pair = case.pair.model_copy(update={"source": source, "destination": destination})
    return resolve_case(kind.problem.platform, pair, case.option, case.vms)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a byte of memory of each content takes under an option, (contents, variants): see `precopy.batch.Content`.

    `one_thread` is the work of a byte for a move's own threads; `core_s` what it costs of a core, both ends together,
    at the middle, (contents,).
    """

    wire: Floats
    cost: Floats
    one_thread: Floats
    core_s: Floats


@lru_cache(maxsize=2048)
def contents_of(what: Carried, contents: tuple[Traits, ...]) -> Contents:
    """What the contents of some VMs take under an option on a kind of host."""
    case, compressor = what.kind.case(what.pair, what.k), what.capacity.compressor
    if compressor is None:
        one = np.ones((len(contents), what.variants.count))
        return Contents(one, one, one, np.zeros(len(contents)))
    likeliest = max(case.path.occupancy, key=lambda mode: mode[1])[0]
    lane = Lane(case, likeliest, what.variants, what.kind.card.constants, contents)
    content = moves_of(what.kind.problem.platform, lane, what.constants, what.capacity).content
    wire = content.wire_per_raw[:, :1]
    searched = np.array([one.searched[0] for one in contents])[:, None]
    core, speedup = float(compressor.core_bytes_s[0]), float(compressor.speedup[0])
    core_s = (compressor.work(wire, searched)[:, 0] + compressor.undoing(wire, searched)[:, 0] / speedup) / core
    return Contents(content.wire_per_raw, content.cost, what.capacity.threads / content.most_bytes_s, core_s)


def core_seconds_per_byte(what: Carried) -> float:
    """Processor time of sending and receiving a byte on the wire, both ends together [core s/byte]."""
    direct = what.kind.case(what.pair, what.k).path.effective is Transport.RDMA
    each = what.constants.rdma_core_s_per_byte if direct else what.constants.tcp_core_s_per_byte
    return 2.0 * float(each[0])


@dataclass(frozen=True, slots=True)
class OnHosts:
    """Rates on some hosts of a kind, (hosts, variants) [bytes/s], and what contents take."""

    link: Floats
    flow: Floats
    processor: Floats
    threads: Floats
    contents: Contents

    def of_one(self, moves: Floats) -> Floats:
        """(hosts, contents, variants) memory rate of one of so many moves at once, (hosts,) [bytes/s]."""
        together = moves[:, None]
        wire_rate = np.minimum(self.flow, self.link / together)[:, None, :] / self.contents.wire
        work_rate = (self.processor / together)[:, None, :] / self.contents.cost
        own_rate = self.threads[:, None, :] / self.contents.one_thread
        return np.minimum(np.minimum(wire_rate, work_rate), own_rate)


def on_hosts(what: Carried, idle_share: Floats, contents: Contents) -> OnHosts:
    """The rates of hosts with these shares of idle cores, (hosts,)."""
    place = np.clip(idle_share, 0.0, 1.0) * (_IDLE_SHARES.size - 1)
    below = np.minimum(place.astype(np.intp), _IDLE_SHARES.size - 2)
    weight = (place - below)[:, None]

    def between(rate: Floats) -> Floats:
        low, high = rate[below], rate[below + 1]
        if np.isinf(rate[0, 0]):
            return low
        found: Floats = low + weight * (high - low)
        return found

    return OnHosts(between(what.link), between(what.flow), between(what.processor), between(what.threads), contents)
