"""What was learned from runs, put on the numbers of physics: ratios, corrections, margins, blackout quantiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.advice.factors import INPUTS
from advisor.advice.lanes import Walk
from advisor.advice.traits import Traits
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.platforms import Platform
from advisor.precopy.sharing import Batch
from advisor.residual.card import Card
from advisor.residual.features import MoveFacts
from advisor.residual.learned import kinds_of
from advisor.units import ms_to_seconds

Floats = NDArray[np.float64]
Extra = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Times and blackouts of one case's moves, as learned; arrays are (n, variants) unless said otherwise [s].

    Attributes
    ----------
    vm_total_s, vm_blackout_s : of each move.
    total_s : of the batch, (variants,).
    vm_time_extra, vm_blackout_extra : how far logarithms reach down and up beside the factors' swings, (n,) each.
    time_extra : the same for the batch's time.
    time_factor, blackout_factor : what the middles were multiplied by, (n,).
    """

    vm_total_s: Floats
    vm_blackout_s: Floats
    total_s: Floats
    vm_time_extra: Extra
    vm_blackout_extra: Extra
    time_extra: tuple[float, float]
    time_factor: Floats
    blackout_factor: Floats


def adjusted(
    case: Case, factors: tuple[str, ...], batch: Batch, facts: MoveFacts, card: Card, *, proven: bool
) -> Adjusted:
    """The numbers of physics with what a card has learned; `proven` where measured runs cover the case."""
    vm_total = batch.end_s - batch.begin_s
    n = vm_total.shape[0]
    last = int(batch.end_s[:, 0].argmax())
    if card.learned is None:
        transport = case.path.effective.value
        ratio, dark_ratio = (float(np.exp(one.get(transport, 0.0))) for one in (card.time_ratio, card.blackout_ratio))
        same, dark = np.full(n, card.time_log_spread), np.full(n, card.blackout_log_spread)
        return Adjusted(
            vm_total * ratio,
            batch.blackout_s * dark_ratio,
            batch.total_s * ratio,
            (same, same),
            (dark, dark),
            (card.time_log_spread, card.time_log_spread),
            np.full(n, ratio),
            np.full(n, dark_ratio),
        )
    total = batch.total_s
    factor = card.learned.time_correction(facts) if proven else np.ones(n)
    margin = card.learned.margin(kinds_of(facts))
    extra = margin.down_up(vm_total[:, 0] * factor)
    low, middle, high = card.learned.blackouts(facts)
    dark_factor = middle / np.maximum(batch.blackout_s[:, 0], 1e-9)
    if proven:
        # Margins are of moves whose inputs were known: what the constants leave open is in them.
        vm_total = _inputs_only(vm_total, factors)
        total = _inputs_only(total[None], factors)[0]
    return Adjusted(
        vm_total * factor[:, None],
        _inputs_only(batch.blackout_s, factors) * dark_factor[:, None],
        total * factor[last],
        extra,
        (np.log(middle / low), np.log(high / middle)),
        (float(extra[0][last]), float(extra[1][last])),
        factor,
        dark_factor,
    )


def _inputs_only(values: Floats, factors: tuple[str, ...]) -> Floats:
    """The variants of what the user did not know; those of constants are at the middle: quantiles have them already."""
    kept = values.copy()
    for i, name in enumerate(factors):
        if name not in INPUTS:
            kept[:, 1 + 2 * i : 3 + 2 * i] = values[:, :1]
    return kept


def facts_of(platform: Platform, case: Case, factors: tuple[str, ...], walk: Walk, traits: list[Traits]) -> MoveFacts:
    """What physics says of the moves of one case, to be read by what was learned."""
    path, option = case.path, case.option
    batch, capacity, content = walk.batch, walk.capacity, walk.moves.content
    n = batch.blackout_s.shape[0]
    compressed = path.effective is Transport.COMPRESSION
    rewritten = np.array([one.rewritten_ratio[1] if compressed else 1.0 for one in traits])
    limit_ms = case.pair.switchover.blackout_limit_ms or platform.default_blackout_limit_ms
    seconds, sent = (batch.end_s - batch.begin_s)[:, 0], batch.sent_bytes[:, 0]
    wire = batch.wire_bytes[:, 0] / np.maximum(sent, 1.0)
    slots = min(option.simultaneous, n)
    own = np.minimum(capacity.processor[0] / slots / content.cost[:, 0], content.most_bytes_s[:, 0])

    def with_factor(name: str, which: int) -> Floats:
        at = 1 + 2 * factors.index(name) + which if name in factors else 0
        column: Floats = batch.blackout_s[:, at]
        return column

    return MoveFacts(
        total_s=seconds,
        resent_share=sent / np.array([one.memory_bytes * one.nonzero_share[1] for one in traits]) - 1.0,
        blackout_s=batch.blackout_s[:, 0],
        empty_tail_s=with_factor("tail_share", 0),
        full_tail_s=with_factor("tail_share", 1),
        early_look_s=with_factor("look_late_s", 0),
        late_look_s=with_factor("look_late_s", 1),
        converged=batch.converged[:, 0],
        limit_s=ms_to_seconds(limit_ms) / rewritten,
        queue_s=platform.queued_bytes(option) * seconds / np.maximum(sent, 1.0),
        compressed=compressed,
        zlib=option.compressor == "zlib",
        several_streams=path.effective is Transport.MULTICHANNEL,
        links=len(path.members) if path.multipath else 1,
        crowded=path.background_bytes_s > 0,
        processor_bound=np.asarray(capacity.link[0] / slots > own * wire) & compressed,
        streams=option.streams or 1,
        moves=slots,
    )
