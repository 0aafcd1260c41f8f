"""The uncertain factors of a prediction: each is varied alone, from its p05 to its p95."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from advisor.advice.capacity import Conditions
from advisor.advice.traits import Traits, Triple
from advisor.domain.hosts import Host
from advisor.domain.options import Transport
from advisor.paths.path import Case, Path
from advisor.platforms.constants import Constants, Range, constant_names

Floats = NDArray[np.float64]

# Not a cause of time: they say what CPU a move takes.
_COSTS_OF_CPU = {"tcp_core_s_per_byte", "rdma_core_s_per_byte"}
_OF_TCP = {"host_limit_bytes_s", "packet_limit_per_s", "stream_bytes_s"}
_OF_OTHERS_THAN_ZLIB = {"compression_core_bytes_s", "compression_hardness", "compression_random_hardness"}
_OF_ANY_COMPRESSION = {*_OF_OTHERS_THAN_ZLIB, "compression_move_share", "decompression_speedup"}
_OF_ZLIB = {"zlib_core_bytes_s", "zlib_hardness", "zlib_random_hardness"}
OF_COMPRESSION = frozenset(_OF_ANY_COMPRESSION | _OF_ZLIB)
"""Constants of what compresses: moves that do not say nothing of them."""
# What the CPU of a host may really be where nobody gave it (assumption).
_BUSY_NOT_GIVEN = (0.0, 0.4)

DIRTYING, ZERO_PAGES, PAYLOAD, C_STATES, CPU_BUSY = "dirtying", "zero pages", "compressibility", "C-states", "CPU use"
# What is not known of the hosts and VMs; the other factors are constants of the model.
INPUTS = frozenset({DIRTYING, ZERO_PAGES, PAYLOAD, C_STATES, CPU_BUSY})


@dataclass(frozen=True, slots=True)
class Variants:
    """Which value each variant takes of each factor.

    The first variant has every factor at its middle; then two a factor, low and high.
    """

    factors: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of variants."""
        return 1 + 2 * len(self.factors)

    def pick(self, name: str, triple: Sequence[float]) -> Floats:
        """(variants,) the middle, but for the two variants of factor `name`."""
        values = np.full(self.count, triple[1])
        if name in self.factors:
            at = 1 + 2 * self.factors.index(name)
            values[at : at + 2] = triple[0], triple[2]
        return values

    def constants(self, ranges: Constants[Range]) -> Constants[Floats]:
        """The constants, one value a variant."""
        named = ranges.named()
        rows = np.repeat(np.array([one.p50 for one in named.values()])[:, None], self.count, axis=1)
        places = {name: row for row, name in enumerate(named)}
        for i, name in enumerate(self.factors):
            if name in named:
                rows[places[name], 1 + 2 * i : 3 + 2 * i] = named[name].p05, named[name].p95
        return Constants(*rows)


@dataclass(frozen=True, slots=True)
class Sets:
    """Variants that are whole sets of constants, all else at its middle: for fitting."""

    sets: tuple[Constants[Range], ...]

    @property
    def count(self) -> int:
        """Number of sets."""
        return len(self.sets)

    def pick(self, name: str, triple: Sequence[float]) -> Floats:
        """(sets,) the middle."""
        del name  # no factor is varied
        return np.full(self.count, triple[1])

    def constants(self, ranges: Constants[Range]) -> Constants[Floats]:
        """The sets' own constants, whatever the lane's are."""
        del ranges  # each set brings its own
        return Constants(**{name: np.array([getattr(one, name).p50 for one in self.sets]) for name in constant_names()})


def factors_of(case: Case, ranges: Constants[Range]) -> tuple[str, ...]:
    """The factors that can move a case's answer."""
    path = case.path
    named = ranges.named()
    found = [name for name in constant_names() if _matters(name, path) and named[name].p05 < named[name].p95]
    found.append(DIRTYING)
    if path.effective is Transport.COMPRESSION:
        found += [ZERO_PAGES, PAYLOAD]
        if any(_busy_not_given(host) for host in case.pair.ends):
            found.append(CPU_BUSY)
    if path.effective is not Transport.RDMA and any(host.power.c_states is None for host in case.pair.ends):
        found.append(C_STATES)
    return tuple(found)


def _matters(name: str, path: Path) -> bool:
    """Whether a constant can move this path's times."""
    if name in _COSTS_OF_CPU:
        return False
    if name in _OF_ZLIB:
        return path.option.compressor == "zlib"
    if name in _OF_ANY_COMPRESSION:
        return path.effective is Transport.COMPRESSION and not (
            name in _OF_OTHERS_THAN_ZLIB and path.option.compressor == "zlib"
        )
    if name == "multipath_share":
        return path.multipath
    if name == "rdma_efficiency":
        return path.effective is Transport.RDMA
    if name == "vnic_bytes_s":
        return path.through_vnic and path.effective is not Transport.RDMA
    if name in {"sleep_factor", "blackout_sleep_factor"}:
        return path.sleeping > 0
    return name not in _OF_TCP or path.effective is not Transport.RDMA


def _busy_not_given(host: Host) -> bool:
    return "cpu_busy" not in host.model_fields_set


def conditions_of(case: Case, variants: Variants | Sets) -> Conditions:
    """How the hosts are taken to be in each variant."""
    ends = (_idle(host, variants) for host in case.pair.ends)
    return Conditions(variants.pick(C_STATES, (0.0, case.path.sleeping, 1.0)), *ends)


def _idle(host: Host, variants: Variants | Sets) -> Floats:
    low, high = _BUSY_NOT_GIVEN if _busy_not_given(host) else (host.cpu_busy, host.cpu_busy)
    return host.cores * (1.0 - variants.pick(CPU_BUSY, (low, host.cpu_busy, high)))


def per_vm(
    variants: Variants | Sets,
    traits: Sequence[Traits],
    factor: str,
    attribute: Literal[
        "hot_rate", "hot_set", "cold_rate", "cold_set", "nonzero_share", "compression_ratio", "rewritten_ratio"
    ],
) -> Floats:
    """(VMs, variants) one trait of each VM."""
    triples: list[Triple] = [getattr(one, attribute) for one in traits]
    rows = {triple: variants.pick(factor, triple) for triple in dict.fromkeys(triples)}
    return np.array([rows[triple] for triple in triples])
