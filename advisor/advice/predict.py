"""Predict: quantiles of total time and blackout for every option, batch by batch and VM by VM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.advice.adjust import adjusted, facts_of
from advisor.advice.factors import Variants, factors_of
from advisor.advice.lanes import Lane, Walk, walk_lanes
from advisor.advice.prepare import Problem
from advisor.advice.traits import Traits
from advisor.domain.answers import Basis, CpuCores
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.platforms.constants import Constants
from advisor.precopy.sharing import Batch
from advisor.residual.basis import PROVEN, CaseFacts, basis
from advisor.residual.card import UNLEARNED_LOG_SPREAD, Card
from advisor.residual.features import MoveFacts
from advisor.residual.spread import Modes, Spread, combine, swings
from advisor.units import bytes_s_to_gbps, bytes_to_gib

Floats = NDArray[np.float64]

# The published runs moved idle or lightly loaded VMs between hosts with plenty of idle cores.
_IDLE_CORES_OF_THE_PUBLISHED = 8.0
_PASSES_OF_THE_PUBLISHED = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """One option on one host pair.

    Attributes
    ----------
    case : what was resolved.
    factors : what is varied, in order.
    modes : (members' worth, probability, total time [s], longest blackout [s]) at the middle, luckiest first.
    total_s, blackout_s : end of the batch and its longest blackout in every variant, likeliest mode, (variants,).
    vm_total, vm_blackout : spread of each move's own times, (n,) [s].
    passes, sent_bytes, converged : per move, at the middle; wire bytes, (n,).
    cpu : mean cores while the moves run.
    limit : what binds the time.
    basis, blackout_basis : what the two numbers rest on.
    time_extra, blackout_extra : what no factor explains of their logarithms, down and up.
    moves : what physics says of the moves, as what was learned reads it.
    """

    case: Case
    factors: tuple[str, ...]
    modes: tuple[tuple[float, float, float, float], ...]
    total_s: Floats
    blackout_s: Floats
    vm_total: Modes
    vm_blackout: Modes
    passes: Floats
    sent_bytes: Floats
    converged: NDArray[np.bool_]
    cpu: CpuCores
    limit: str
    basis: Basis
    blackout_basis: Basis
    time_extra: tuple[float, float]
    blackout_extra: tuple[float, float]
    moves: MoveFacts


@dataclass(frozen=True, slots=True)
class Forecast:
    """Outcomes by host pair and option, (pairs)(K); None for a pair that nothing moves over."""

    outcomes: tuple[tuple[Outcome | None, ...], ...]
    card: Card


def predict(problem: Problem, card: Card) -> Forecast:
    """Every option on every host pair, with the constants and spreads of a card."""
    rows: list[tuple[Outcome | None, ...]] = []
    for row, vm_of in zip(problem.cases, problem.vm_of, strict=True):
        traits = [problem.traits[vm] for vm in vm_of]
        rows.append(_outcomes(problem, row, traits, card) if traits else (None,) * len(row))
    return Forecast(tuple(rows), card)


def _outcomes(problem: Problem, cases: tuple[Case, ...], traits: list[Traits], card: Card) -> tuple[Outcome, ...]:
    """All options of one pair: a lane with every factor varied for the likeliest luck, one lane a mode for the rest."""
    lanes: list[Lane] = []
    places: list[list[int]] = []
    varied = [factors_of(case, card.constants) for case in cases]
    for case, factors in zip(cases, varied, strict=True):
        likeliest = max(case.path.occupancy, key=lambda mode: mode[1])[0]
        places.append(list(range(len(lanes), len(lanes) + len(case.path.occupancy))))
        lanes += [
            Lane(case, members, Variants(factors if members == likeliest else ()), card.constants, traits)
            for members, _ in case.path.occupancy
        ]
    walks = walk_lanes(problem.platform, lanes)
    outcomes = []
    for case, factors, own in zip(cases, varied, places, strict=True):
        main = max(own, key=lambda i: lanes[i].variants.count)
        outcomes.append(
            _outcome(
                case,
                factors,
                walks[main],
                facts_of(problem.platform, case, factors, walks[main], traits),
                [walks[i].batch for i in own],
                traits,
                card,
            )
        )
    return tuple(outcomes)


def _outcome(
    case: Case,
    factors: tuple[str, ...],
    walk: Walk,
    moves: MoveFacts,
    by_luck: list[Batch],
    traits: list[Traits],
    card: Card,
) -> Outcome:
    """What became of one case: swings from the likeliest luck, middles from every outcome of it."""
    batch = walk.batch
    middle = card.constants.map(lambda constant: constant.p50)
    largest = max(one.memory_bytes for one in traits)
    rests, dark_rests = rests_on(case, card, largest, len(traits), float(batch.passes[:, 0].max()))
    found = adjusted(case, factors, batch, moves, card, proven=rests in PROVEN)
    odds = tuple(probability for _, probability in case.path.occupancy)
    last = int(batch.end_s[:, 0].argmax())
    longest = int(found.vm_blackout_s[:, 0].argmax())
    factor, dark_factor = found.time_factor[last], found.blackout_factor
    dark_extra = unexplained(dark_rests, found.vm_blackout_extra)
    return Outcome(
        case=case,
        factors=factors,
        modes=tuple(
            (
                members,
                probability,
                float(one.total_s[0] * factor),
                float((one.blackout_s[:, 0] * dark_factor).max()),
            )
            for (members, probability), one in zip(case.path.occupancy, by_luck, strict=True)
        ),
        total_s=found.total_s,
        blackout_s=found.vm_blackout_s.max(axis=0),
        vm_total=_by_luck(
            combine(found.vm_total_s[:, 0], *_swings(found.vm_total_s), unexplained(rests, found.vm_time_extra)),
            [(one.end_s[:, 0] - one.begin_s[:, 0]) * found.time_factor for one in by_luck],
            odds,
        ),
        vm_blackout=_by_luck(
            combine(found.vm_blackout_s[:, 0], *_swings(found.vm_blackout_s), dark_extra),
            [one.blackout_s[:, 0] * dark_factor for one in by_luck],
            odds,
        ),
        passes=batch.passes[:, 0],
        sent_bytes=batch.wire_bytes[:, 0],
        converged=batch.converged[:, 0],
        cpu=_cpu(case, middle, walk, traits, float(found.total_s[0])),
        limit=_limit(case, middle, walk),
        basis=rests,
        blackout_basis=dark_rests,
        time_extra=unexplained(rests, found.time_extra),
        blackout_extra=(float(dark_extra[0][longest]), float(dark_extra[1][longest])),
        moves=moves,
    )


def _by_luck(likeliest: Spread, middles: list[Floats], odds: tuple[float, ...]) -> Modes:
    """The likeliest luck's spread around the middle of every outcome."""
    return Modes(tuple(Spread(middle, likeliest.down, likeliest.up) for middle in middles), odds)


def unexplained(rests: Basis, learned: tuple[Any, Any]) -> tuple[Any, Any]:
    """What no factor explains, down and up: as learned where runs cover the case, elsewhere no less than before any."""
    if rests in PROVEN:
        return learned
    return tuple(np.maximum(one, UNLEARNED_LOG_SPREAD) for one in learned)


def rests_on(case: Case, card: Card, largest_bytes: float, moves: int, passes: float) -> tuple[Basis, Basis]:
    """What a case's times and blackouts rest on.

    Parameters
    ----------
    largest_bytes, moves : memory of the largest VM, and how many VMs move [bytes].
    passes : most passes that one of them takes.
    """
    facts = case_facts(case, largest_bytes, moves)
    rests, dark_rests = basis(facts, card.coverage), basis(facts, card.blackout_coverage)
    if rests is Basis.PUBLISHED and card.learned is None and _unlike_published(case, passes):
        rests = Basis.EXTRAPOLATED
    if card.learned is not None and not case.path.one_machine:
        # Its published runs are of a lab within one machine: of two hosts they say little.
        rests, dark_rests = (Basis.EXTRAPOLATED if one is Basis.PUBLISHED else one for one in (rests, dark_rests))
    return rests, dark_rests


def _unlike_published(case: Case, passes: float) -> bool:
    """True where the published runs say nothing: other traffic, caps, vNICs, few idle cores, VMs that stay dirty."""
    path = case.path
    crowded = path.background_bytes_s > 0 or path.cap_bytes_s < np.inf or path.through_vnic
    short = path.effective is Transport.COMPRESSION and min(path.cores_free) < _IDLE_CORES_OF_THE_PUBLISHED
    return crowded or short or passes > _PASSES_OF_THE_PUBLISHED


def _swings(values: Floats) -> tuple[Floats, Floats]:
    """Swings of an answer whose last axis is the variants; factors come first."""
    moved = np.moveaxis(values, -1, 0)
    return swings(moved[0], moved[1::2], moved[2::2])


def _cpu(case: Case, middle: Constants[float], walk: Walk, traits: list[Traits], seconds: float) -> CpuCores:
    """Mean cores at both ends while the moves run, never more than the idle ones, or one."""
    raw, wire = walk.batch.sent_bytes[:, 0], walk.batch.wire_bytes[:, 0]
    each = middle.rdma_core_s_per_byte if case.path.effective is Transport.RDMA else middle.tcp_core_s_per_byte
    source_s = destination_s = each * float(wire.sum())
    compressor = walk.capacity.compressor
    if compressor is not None:
        content = (wire / raw)[:, None], np.array([one.searched[0] for one in traits])[:, None]
        core = float(compressor.core_bytes_s[0])
        source_s += float((raw * compressor.work(*content)[:, 0]).sum()) / core
        destination_s += float((raw * compressor.undoing(*content)[:, 0]).sum()) / core / float(compressor.speedup[0])
    idle_source, idle_destination = (max(cores, 1.0) for cores in case.path.cores_free)
    return CpuCores(
        source=min(source_s / seconds, idle_source), destination=min(destination_s / seconds, idle_destination)
    )


def _limit(case: Case, middle: Constants[float], walk: Walk) -> str:
    """What binds the time at the middle, for people."""
    batch, capacity = walk.batch, walk.capacity
    moves = batch.passes.shape[0]
    slots = min(case.option.simultaneous, moves)
    # What would be left with a link without limits: the starts, one after another, or the device state.
    serial = middle.set_up_s + max((moves - 1) * middle.per_vm_s, moves * middle.blackout_fixed_s / slots)
    if serial > 0.6 * float(batch.total_s[0]):
        return "set-up and per-VM costs, which no NIC cures"
    link, flows = float(capacity.link[0]), float(capacity.flow[0]) * slots
    ratio = float(batch.sent_bytes[:, 0].sum() / batch.wire_bytes[:, 0].sum())
    content = walk.moves.content
    processor = min(
        float(capacity.processor[0] / content.cost[:, 0].mean()), float(content.most_bytes_s[:, 0].mean()) * slots
    )
    if min(link, flows) * ratio > processor:
        return f"idle cores for compression, {bytes_s_to_gbps(processor):.1f} Gbit/s of memory"
    if flows < link * 0.999:
        streams = slots * case.path.connections
        return f"{streams} TCP stream{'s' if streams > 1 else ''}, {bytes_s_to_gbps(flows):.1f} Gbit/s"
    return f"{capacity.binding}, {bytes_s_to_gbps(link):.1f} Gbit/s"


def case_facts(case: Case, largest_bytes: float, moves: int) -> CaseFacts:
    """Where a case lies, for its basis."""
    slots = min(case.option.simultaneous, moves)
    return CaseFacts(
        transport=case.path.effective.value,
        nic_gbps=bytes_s_to_gbps(max(member.speed_bytes_s for member in case.path.members)),
        nic_count=len(case.path.members),
        memory_gib=bytes_to_gib(largest_bytes),
        simultaneous=slots,
        version=case.path.oldest_os.value,
    )
