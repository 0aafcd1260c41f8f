"""What a model card learned beside its constants, put on the times of many VMs: ratios, margins, blackout quantiles.

A card of few runs has one ratio and one spread a transport. One of dozens of studies has a correction and margins by
kind of move, and quantiles of blackouts; those are read for each VM. What `advice.adjust` does for the moves of one
case is done here for those of all, but for one thing: the swings of the constants stay in the interval beside the
margins, which makes it no narrower.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from advisor.advice.predict import unexplained
from advisor.domain.answers import Basis
from advisor.domain.options import Transport
from advisor.fleet.hosted import Hosted
from advisor.fleet.ready import Kinded, Options, Ready
from advisor.residual.basis import PROVEN
from advisor.residual.features import MoveFacts
from advisor.residual.learned import Learned, kinds_of

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

BASES = tuple(Basis)
"""What numbers rest on, best first."""
_PROVEN = np.array([basis in PROVEN for basis in BASES])


@dataclass(frozen=True, slots=True)
class Physics:
    """What physics says of VMs, (n,) [s], [bytes]."""

    host: Ints
    own_s: Floats
    dark_s: Floats
    sent_bytes: Floats
    memory_bytes: Floats
    converged: Bools
    content: Ints

    def at(self, rows: Ints) -> Physics:
        """Of these VMs."""
        return Physics(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True, slots=True)
class Added:
    """What a card adds to VMs: ratios, and how far logarithms reach beside what factors explain, (n,)."""

    ratio: Floats
    down: Floats
    up: Floats
    dark_ratio: Floats
    dark_down: Floats
    dark_up: Floats

    def at(self, rows: Ints) -> Added:
        """To these VMs."""
        return Added(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    def on_memory(self, share: Floats) -> Added:
        """The same on times of which memory is so much, (n,), the rest being disks: of those a card knows nothing."""
        if (share >= 1.0).all():
            return self
        return replace(
            self,
            ratio=1.0 + share * (self.ratio - 1.0),
            down=-np.log1p(share * np.expm1(-self.down)),
            up=np.log1p(share * np.expm1(self.up)),
        )


def added(
    hosted: Hosted, kinded: Kinded, options: Options, ready: Ready, physics: Physics, basis: Ints, dark_basis: Ints
) -> Added:
    """What the card of each host's kind adds to its VMs; `basis` and `dark_basis` are of the hosts."""
    n = physics.host.size
    found = Added(np.ones(n), np.zeros(n), np.zeros(n), np.ones(n), np.zeros(n), np.zeros(n))
    for cell, k in options.items():
        (rows,) = np.nonzero(kinded.cell[physics.host] == cell)
        if not rows.size:
            continue
        kind, pair = kinded.cells[cell]
        card = kind.card
        host = physics.host[rows]
        if card.learned is None:
            transport = kind.case(pair, k).path.effective.value
            found.ratio[rows] = np.exp(card.time_ratio.get(transport, 0.0))
            found.dark_ratio[rows] = np.exp(card.blackout_ratio.get(transport, 0.0))
            spread, dark_spread = np.full(rows.size, card.time_log_spread), np.full(rows.size, card.blackout_log_spread)
            reach, dark_reach = (spread, spread), (dark_spread, dark_spread)
        else:
            facts = _facts(hosted, kinded, cell, k, ready, physics, rows)
            reach, dark_reach = _learned(card.learned, facts, _PROVEN[basis[host]], found, rows)
        found.down[rows], found.up[rows] = _by_basis(basis[host], reach)
        found.dark_down[rows], found.dark_up[rows] = _by_basis(dark_basis[host], dark_reach)
    return found


Reach = tuple[Floats, Floats]


def _learned(learned: Learned, facts: MoveFacts, proven: Bools, found: Added, rows: Ints) -> tuple[Reach, Reach]:
    """Write the ratios of a card of dozens of studies into `found`, and return its reaches."""
    found.ratio[rows] = np.where(proven, learned.time_correction(facts), 1.0)
    low, middle, high = learned.blackouts(facts)
    found.dark_ratio[rows] = middle / np.maximum(facts.blackout_s, 1e-9)
    reach = learned.margin(kinds_of(facts)).down_up(facts.total_s * found.ratio[rows])
    return reach, (np.log(middle / low), np.log(high / middle))


def _facts(hosted: Hosted, kinded: Kinded, cell: int, k: int, ready: Ready, physics: Physics, rows: Ints) -> MoveFacts:
    """VMs of one cell as what was learned reads them; Hyper-V has no downtime limit and no queues of its own."""
    kind, pair = kinded.cells[cell]
    case, host, content = kind.case(pair, k), physics.host[rows], physics.content[rows]
    nonzero = np.array([one.nonzero_share[1] for one in hosted.vms.contents])[content]
    compressed = case.path.effective is Transport.COMPRESSION
    slots = int(np.median(ready.slots[host]))
    own = np.minimum(
        ready.processor[host] / slots / ready.cost[host, content], ready.threads[host] / ready.one_thread[host, content]
    )
    dark, none = physics.dark_s[rows], np.zeros(rows.size)
    return MoveFacts(
        total_s=physics.own_s[rows],
        resent_share=physics.sent_bytes[rows] / (physics.memory_bytes[rows] * nonzero) - 1.0,
        blackout_s=dark,
        empty_tail_s=dark,
        full_tail_s=dark,
        early_look_s=dark,
        late_look_s=dark,
        converged=physics.converged[rows],
        limit_s=none,
        queue_s=none,
        compressed=compressed,
        zlib=case.option.compressor == "zlib",
        several_streams=case.path.effective is Transport.MULTICHANNEL,
        links=len(case.path.members) if case.path.multipath else 1,
        crowded=case.path.background_bytes_s > 0,
        processor_bound=np.asarray(ready.link[host] / slots > own * ready.wire[host, content]) & compressed,
        streams=case.option.streams or 1,
        moves=slots,
    )


def _by_basis(basis: Ints, reach: Reach) -> Reach:
    """What no factor explains, down and up, by what each number rests on."""
    down, up = np.empty(basis.size), np.empty(basis.size)
    for place in np.unique(basis).tolist():
        rows = basis == place
        down[rows], up[rows] = (one[rows] for one in unexplained(BASES[place], reach))
    return down, up
