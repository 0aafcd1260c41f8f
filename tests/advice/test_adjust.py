"""What was learned, put on the numbers of physics: ratios, corrections, margins and blackout quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.advice.adjust import Adjusted, adjusted, facts_of
from advisor.advice.factors import INPUTS, Variants, factors_of
from advisor.advice.lanes import Lane, walk_lanes
from advisor.advice.predict import Outcome, predict
from advisor.advice.prepare import Problem, prepare_today
from advisor.domain.answers import Basis
from advisor.domain.scenario import Scenario
from advisor.paths.path import Case
from advisor.platforms import Way, get_platform
from advisor.platforms.qemu_ways import TCP, multifd
from advisor.precopy.sharing import Batch
from advisor.residual.card import UNLEARNED_LOG_SPREAD, Card, Coverage, unlearned_card
from advisor.residual.features import BLACKOUT_FEATURES, TIME_FEATURES, MoveFacts
from advisor.residual.learned import BLACKOUT_FLOOR_S, Learned, Margin

QEMU = get_platform("qemu")
BARE = unlearned_card(QEMU)
SHORTEST_S = 0.001
STILL = {"name": "vm", "memory_gib": 4, "nonzero_gib": 2, "dirty_rate_mib_s": 5, "working_set_gib": 0.1}
ENDLESS = STILL | {"dirty_rate_mib_s": 5000, "working_set_gib": 2}


@dataclass(frozen=True)
class Walked:
    """One case as physics has it."""

    problem: Problem
    case: Case
    factors: tuple[str, ...]
    batch: Batch
    facts: MoveFacts

    def adjusted(self, card: Card, *, proven: bool = True) -> Adjusted:
        return adjusted(self.case, self.factors, self.batch, self.facts, card, proven=proven)


def walked(way: Way = TCP, *vms: dict[str, Any], switchover: dict[str, Any] | None = None, **network: Any) -> Walked:
    """Moves at once over two bonded links of 1 Gbit/s, with every factor varied; `team` names the bond's balancing."""
    team = network.pop("team", None)
    bond = {"team": {"kind": "bond", "mode": "lacp", "balancing": team}} if team else {}
    nics = [{"speed_gbps": 1, "count": 2 if team else 1}]
    own = vms or (STILL,)
    host = {"os": "10.0", "cores": 8, "cpu_busy": 0.0, "nics": nics, "simultaneous": len(own), **bond}
    scenario = Scenario.model_validate(
        {"platform": "qemu", "source": host, "vms": list(own), "network": network, "switchover": switchover or {}}
    )
    problem = prepare_today(scenario, way)
    case = problem.cases[0][0]
    factors = factors_of(case, BARE.constants)
    traits = [problem.traits[at] for at in problem.vm_of[0]]
    likeliest = max(case.path.occupancy, key=lambda mode: mode[1])[0]
    (walk,) = walk_lanes(QEMU, [Lane(case, likeliest, Variants(factors), BARE.constants, traits)])
    return Walked(problem, case, factors, walk.batch, facts_of(QEMU, case, factors, walk, traits))


def weights(names: tuple[str, ...], **given_weights: float) -> tuple[float, ...]:
    assert set(given_weights) <= set(names)
    return tuple(given_weights.get(name, 0.0) for name in names)


def margin(relative: float) -> Margin:
    """As wide at one side as at the other, and as wide for a short move as for a long one."""
    return Margin(40, relative, 0.0, 1.0, 1.0)


NO_TIME = weights(TIME_FEATURES)
MIDDLE = weights(BLACKOUT_FEATURES, middle=1.0)


def taught(**learned: Any) -> Card:
    """A card that has learned nothing but what is named."""
    nothing: dict[str, Any] = {
        "time_weights": NO_TIME,
        "margins": {"all": margin(0.1)},
        "blackout_weights": (MIDDLE, MIDDLE, MIDDLE),
        "forced_logs": (-0.1, 0.0, 0.1),
        "blackout_rows": (100, 100),
    }
    return replace(BARE, learned=Learned(**nothing | learned))


def columns(one: Walked, *, inputs: bool) -> list[int]:
    """Columns of the factors that are inputs of the user, or constants of the model."""
    own = [i for i, name in enumerate(one.factors) if (name in INPUTS) is inputs]
    return [at for i in own for at in (1 + 2 * i, 2 + 2 * i)]


# ------------------------------------------------------------------ few runs: one ratio a transport


def test_few_runs_move_their_transport_by_one_ratio() -> None:
    card = replace(
        BARE,
        time_ratio={"tcpip": math.log(1.25), "rdma": math.log(9)},
        blackout_ratio={"tcpip": math.log(0.5)},
        time_log_spread=0.07,
        blackout_log_spread=0.6,
    )
    one = walked()
    found = one.adjusted(card)
    physics = one.batch.end_s - one.batch.begin_s
    assert found.vm_total_s == pytest.approx(1.25 * physics)
    assert found.total_s == pytest.approx(1.25 * one.batch.total_s)
    assert found.vm_blackout_s == pytest.approx(0.5 * one.batch.blackout_s)
    assert (found.time_extra, found.time_factor.tolist()) == ((0.07, 0.07), [pytest.approx(1.25)])
    assert [extra.tolist() for extra in found.vm_blackout_extra] == [[0.6], [0.6]]
    # Nothing was measured of this transport.
    other = walked(multifd(4))
    assert other.adjusted(card).total_s == pytest.approx(other.batch.total_s)


# ------------------------------------------------------------------ many runs: corrections


def test_what_taught_nothing_leaves_the_middles_to_physics() -> None:
    one = walked(TCP, STILL, STILL | {"memory_gib": 8, "nonzero_gib": 6})
    found = one.adjusted(taught())
    assert found.vm_total_s[:, 0] == pytest.approx((one.batch.end_s - one.batch.begin_s)[:, 0])
    assert found.total_s[0] == pytest.approx(one.batch.total_s[0])
    assert found.vm_blackout_s[:, 0] == pytest.approx(one.batch.blackout_s[:, 0])


@settings(max_examples=40)
@given(log=st.floats(-0.12, 0.12), of_one=st.floats(-0.1, 0.1))
@example(log=0.5, of_one=0.1)
@example(log=-0.5, of_one=0.1)
def test_a_correction_is_a_factor_of_every_variant(log: float, of_one: float) -> None:
    one = WALKED
    card = taught(time_weights=weights(TIME_FEATURES, one=of_one, **{"log seconds": log}))
    # Elsewhere than where runs were taken they correct nothing.
    assert one.adjusted(card, proven=False).time_factor == pytest.approx(1.0)
    found = one.adjusted(card, proven=True)
    # The constants' swings are in the margins.
    physics = one.batch.end_s - one.batch.begin_s
    physics[:, columns(one, inputs=False)] = physics[:, :1]
    # Never by more than was seen of moves that were measured.
    logs = np.clip(of_one + log * np.log(physics[:, :1]), -0.3, 0.3)
    assert found.vm_total_s == pytest.approx(physics * np.exp(logs))
    # The batch's end is corrected as the move that ends it.
    last = int(one.batch.end_s[:, 0].argmax())
    total = one.batch.total_s.copy()
    total[columns(one, inputs=False)] = total[0]
    assert found.total_s == pytest.approx(total * found.time_factor[last])


def test_only_where_runs_cover_the_case_do_margins_stand_for_the_constants() -> None:
    one = walked()
    physics = one.batch.end_s - one.batch.begin_s
    proven, elsewhere = (one.adjusted(taught(), proven=proven) for proven in (True, False))
    constants, inputs = columns(one, inputs=False), columns(one, inputs=True)
    assert not np.allclose(physics[:, constants], physics[:, :1])
    assert not np.allclose(physics[:, inputs], physics[:, :1])
    for name in ("vm_total_s", "total_s"):
        covered, open_ = (np.atleast_2d(getattr(found, name)) for found in (proven, elsewhere))
        assert covered[:, constants] == pytest.approx(np.repeat(covered[:, :1], len(constants), axis=1))
        # What nobody knows of the hosts and guests is not in any margin.
        assert covered[:, inputs] == pytest.approx(open_[:, inputs])
        assert open_[:, constants] == pytest.approx(
            np.atleast_2d(physics if name == "vm_total_s" else physics[0])[:, constants]
        )


def outcome(one: Walked, card: Card) -> Outcome:
    found = predict(one.problem, card).outcomes[0][0]
    assert found is not None
    return found


def test_narrow_margins_are_kept_to_where_they_were_measured() -> None:
    here = Coverage("calibrated", 900, 60, (1, 1), (1, 2), (4, 4), (1, 1), ("10.0",))
    far = replace(here, memory_gib=(400, 500))
    # What is published of QEMU was measured within one machine; this case is of two.
    lab = replace(here, evidence="published")
    one = walked()
    narrow = taught(margins={"all": margin(0.02)})
    covered, beyond, of_one_machine = (
        outcome(one, replace(narrow, coverage={"tcpip": seen}, blackout_coverage={"tcpip": seen}))
        for seen in (here, far, lab)
    )
    assert (of_one_machine.basis, of_one_machine.blackout_basis) == (Basis.EXTRAPOLATED, Basis.EXTRAPOLATED)
    assert of_one_machine.time_extra == pytest.approx(beyond.time_extra)
    assert covered.time_extra == pytest.approx((0.02, 0.02))
    assert beyond.time_extra == pytest.approx((UNLEARNED_LOG_SPREAD, UNLEARNED_LOG_SPREAD))
    assert min(beyond.blackout_extra) >= UNLEARNED_LOG_SPREAD
    assert beyond.total_s[0] == pytest.approx(covered.total_s[0])


# ------------------------------------------------------------------ margins by kind of move


def test_a_move_takes_the_margin_of_its_links_and_luck_is_in_its_modes() -> None:
    card = taught(
        margins={
            "all": margin(0.1),
            "plain": margin(0.2),
            "plain, two links together": margin(0.3),
            "plain, one link": margin(0.4),
            "compressed": margin(0.5),
        }
    )
    hashed = walked(multifd(4), team="transport_ports")
    assert len(hashed.case.path.occupancy) > 1
    assert hashed.adjusted(card).time_extra == pytest.approx((0.4, 0.4))
    # A single stream stays on one link whatever it hashes to; several routes are all in use.
    assert walked(TCP, team="transport_ports").adjusted(card).time_extra == pytest.approx((0.4, 0.4))
    assert walked(TCP, team="multipath").adjusted(card).time_extra == pytest.approx((0.3, 0.3))
    # Two moves of one stream each may meet on one link: that is luck too.
    assert walked(TCP, STILL, STILL, team="transport_ports").adjusted(card).time_extra == pytest.approx((0.4, 0.4))
    assert walked(multifd(4, "zstd")).adjusted(card).time_extra == pytest.approx((0.5, 0.5))
    assert walked(multifd(4, "zlib")).adjusted(card).time_extra == pytest.approx((0.1, 0.1))


def test_every_move_has_a_margin_of_its_length_and_the_batch_that_of_its_last() -> None:
    one = WALKED
    found = one.adjusted(taught(margins={"all": Margin(40, 0.03, 0.4, 1.0, 2.0)}))
    seconds = (one.batch.end_s - one.batch.begin_s)[:, 0]
    width = np.hypot(0.03, 0.4 / seconds)
    assert found.vm_time_extra[0] == pytest.approx(width)
    assert found.vm_time_extra[1] == pytest.approx(2 * width)
    last = int(one.batch.end_s[:, 0].argmax())
    assert seconds[last] > seconds[1 - last]
    assert found.time_extra == pytest.approx((width[last], 2 * width[last]))


# ------------------------------------------------------------------ blackout quantiles


def blackouts(found: Adjusted) -> tuple[float, float, float]:
    """p05, p50 and p95 of the first move."""
    middle = float(found.vm_blackout_s[0, 0])
    down, up = (float(extra[0]) for extra in found.vm_blackout_extra)
    return middle * math.exp(-down), middle, middle * math.exp(up)


def lines(*seconds: float) -> tuple[tuple[float, ...], ...]:
    return tuple(weights(BLACKOUT_FEATURES, one=one) for one in seconds)


def test_a_move_that_converges_has_the_learned_quantiles() -> None:
    one = walked()
    assert one.facts.converged.all()
    found = one.adjusted(taught(blackout_weights=lines(0.05, 0.12, 0.3)))
    assert blackouts(found) == pytest.approx((0.05, 0.12, 0.3))
    assert found.blackout_factor == pytest.approx(0.12 / one.batch.blackout_s[:, 0])


SECONDS = st.floats(-0.5, 2.0)


@given(low=SECONDS, middle=SECONDS, high=SECONDS)
def test_quantiles_that_cross_are_lifted_and_none_is_below_the_shortest_blackout(
    low: float, middle: float, high: float
) -> None:
    p05, p50, p95 = blackouts(WALKED.adjusted(taught(blackout_weights=lines(low, middle, high))))
    assert p50 == pytest.approx(max(middle, SHORTEST_S))
    assert p05 == pytest.approx(min(max(low, SHORTEST_S), p50))
    assert p95 == pytest.approx(max(high, p50))


@given(logs=st.tuples(st.floats(-9, 3), st.floats(-9, 3), st.floats(-9, 3)))
def test_a_forced_blackout_is_physics_with_what_it_misses_by(logs: tuple[float, float, float]) -> None:
    one = FORCED
    assert not one.facts.converged.any()
    # What is learned of moves that converge says nothing of it.
    low, middle, high = logs
    found = one.adjusted(taught(forced_logs=logs, blackout_weights=lines(9.0, 9.0, 9.0)))
    p05, p50, p95 = blackouts(found)
    dark = float(one.batch.blackout_s[0, 0])

    def at(log: float) -> float:
        return (dark + BLACKOUT_FLOOR_S) * math.exp(log) - BLACKOUT_FLOOR_S

    assert p50 == pytest.approx(max(at(middle), SHORTEST_S))
    assert p05 == pytest.approx(min(max(at(low), SHORTEST_S), p50))
    assert p95 == pytest.approx(max(at(high), p50))


def test_blackouts_vary_with_what_is_not_known_of_the_guest_alone() -> None:
    # The quantiles have the constants in them already, wherever the case lies.
    one = walked()
    found = one.adjusted(taught(), proven=False)
    constants = columns(one, inputs=False)
    assert not np.allclose(one.batch.blackout_s[:, constants], one.batch.blackout_s[:, :1])
    assert found.vm_blackout_s[:, constants] == pytest.approx(
        np.repeat(found.vm_blackout_s[:, :1], len(constants), axis=1)
    )


# ------------------------------------------------------------------ what physics says of a move


def test_looks_and_tails_are_those_of_the_variants() -> None:
    one = walked()
    dark = one.batch.blackout_s
    for name, low, high in (
        ("tail_share", one.facts.empty_tail_s, one.facts.full_tail_s),
        ("look_late_s", one.facts.early_look_s, one.facts.late_look_s),
    ):
        at = 1 + 2 * one.factors.index(name)
        assert low == pytest.approx(dark[:, at])
        assert high == pytest.approx(dark[:, at + 1])
    assert one.facts.empty_tail_s[0] < one.facts.blackout_s[0] < one.facts.full_tail_s[0]
    assert one.facts.late_look_s[0] < one.facts.blackout_s[0] < one.facts.early_look_s[0]
    # A case without these factors has the middle in their place.
    (walk,) = walk_lanes(QEMU, [Lane(one.case, 1.0, Variants(()), BARE.constants, list(one.problem.traits))])
    bare = facts_of(QEMU, one.case, (), walk, list(one.problem.traits))
    assert bare.full_tail_s == bare.late_look_s == bare.blackout_s


def test_a_limit_is_as_strict_as_what_is_written_compresses() -> None:
    vm = STILL | {"compression_ratio": 2, "rewritten_compression_ratio": 5}
    limits = {"blackout_limit_ms": 400}
    assert walked(multifd(4, "zstd"), vm, switchover=limits).facts.limit_s == pytest.approx([0.4 / 5])
    assert walked(multifd(4), vm, switchover=limits).facts.limit_s == pytest.approx([0.4])
    assert walked(TCP, vm).facts.limit_s == pytest.approx([QEMU.default_blackout_limit_ms / 1000])


def test_the_way_is_told_by_its_facts() -> None:
    facts = walked(multifd(4, "zlib"), STILL, STILL).facts
    assert (facts.compressed, facts.zlib, facts.several_streams) == (True, True, False)
    assert (facts.streams, facts.moves) == (4, 2)
    facts = walked(multifd(4), team="multipath").facts
    assert (facts.compressed, facts.zlib, facts.several_streams, facts.links) == (False, False, True, 2)
    assert facts.links == 2
    # What waits in four streams' hands goes at the speed of the move; one plain stream has nothing there.
    assert facts.queue_s == pytest.approx(
        4 * QEMU.packet_bytes * facts.total_s / sent(walked(multifd(4), team="multipath"))
    )
    assert walked(TCP).facts.queue_s.tolist() == [0.0]
    # Links that a hash chooses among are not used together, but by luck.
    for alone in (walked(TCP), walked(TCP, team="transport_ports"), walked(multifd(4), team="transport_ports")):
        assert (alone.facts.links, alone.facts.crowded) == (1, False)


def sent(one: Walked) -> Any:
    return one.batch.sent_bytes[:, 0]


def test_what_is_sent_again_is_told_against_the_memory_that_is_there() -> None:
    quiet, busy = (
        walked(TCP, STILL | {"dirty_rate_mib_s": 0}).facts,
        walked(TCP, STILL | {"dirty_rate_mib_s": 40}).facts,
    )
    assert quiet.resent_share == pytest.approx([0.0], abs=0.01)
    assert busy.resent_share[0] > quiet.resent_share[0] + 0.01


def test_processors_hold_a_move_back_that_compresses_with_few_threads() -> None:
    slow = STILL | {"compression_ratio": 20}
    for way, vm, bound in (
        (multifd(1, "zlib"), slow, True),
        (multifd(8, "zstd"), STILL, False),
        (multifd(1), slow, False),
    ):
        one = walked(way, vm)
        assert one.facts.processor_bound.tolist() == [bound]
        # The same is seen in its time: the link alone would be done much sooner.
        link_s = float(one.batch.wire_bytes[0, 0]) / (1e9 / 8)
        assert bool(one.facts.total_s[0] > 1.3 * link_s) is bound


WALKED = walked(TCP, STILL, STILL | {"name": "large", "memory_gib": 8, "nonzero_gib": 6})
FORCED = walked(TCP, ENDLESS, switchover={"max_passes": 3})
