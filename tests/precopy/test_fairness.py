"""Fair shares against progressive filling and bisection, and the definition of fairness itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.precopy import fairness
from advisor.precopy.fairness import fair_rates, max_min_share
from tests.precopy.event_simulation import filled, memory_rates

RATES = st.floats(0.01, 100.0)
RATIOS = st.floats(1.0, 50.0)


def rates_of(link: float, processor: float, flow: float, ratios: list[float]) -> np.ndarray:
    """One variant, every slot sending."""
    wire = 1.0 / np.array(ratios)[:, None]
    every = np.ones_like(wire, dtype=np.bool_)
    return fair_rates(np.array([link]), np.array([processor]), np.array([flow]), wire, every)[:, 0]


def test_everyone_gets_what_there_is_enough_of() -> None:
    assert max_min_share([10.0], [[2.0], [3.0]]).ravel().tolist() == [2.0, 3.0]


def test_who_wants_little_gets_it_all_and_the_rest_is_even() -> None:
    # The textbook case: 2, 2.6, 4, 5 of 10 are 2, 2.6, 2.7, 2.7.
    assert max_min_share([10.0], [[2.0], [2.6], [4.0], [5.0]]).ravel() == pytest.approx([2.0, 2.6, 2.7, 2.7])


def test_variants_do_not_see_each_other() -> None:
    shares = max_min_share([4.0, 100.0], [[3.0, 3.0], [3.0, 3.0], [0.0, 1.0]])
    assert shares.tolist() == [[2.0, 3.0], [2.0, 3.0], [0.0, 1.0]]


def test_one_slot_gets_all() -> None:
    assert max_min_share([4.0, 1.0], [[3.0, 3.0]]).tolist() == [[3.0, 1.0]]


@given(capacity=RATES, wants=st.lists(st.just(0.0) | RATES, min_size=1, max_size=12))
def test_shares_agree_with_progressive_filling(capacity: float, wants: list[float]) -> None:
    shares = max_min_share([capacity], np.array(wants)[:, None])[:, 0]
    assert shares == pytest.approx(filled(capacity, wants), rel=1e-9, abs=1e-12)
    assert shares.sum() == pytest.approx(min(capacity, sum(wants)), rel=1e-9)


def test_without_compression_the_link_is_shared_evenly() -> None:
    assert rates_of(12.0, np.inf, 10.0, [1.0] * 3).tolist() == [4.0, 4.0, 4.0]


def test_a_single_flow_has_its_own_limit() -> None:
    assert rates_of(12.0, np.inf, 5.0, [1.0]).tolist() == [5.0]


def test_a_full_link_is_shared_in_wire_bytes() -> None:
    # TCP knows nothing of ratios: each has half the wire, so 4:1 moves memory four times as fast as 1:1.
    assert rates_of(4.0, 100.0, 4.0, [4.0, 1.0]).tolist() == [2.0, 2.0]


def test_full_processors_are_shared_in_memory_bytes() -> None:
    # Every core packs as many bytes a second, whatever comes out: on the wire 4:1 needs a quarter.
    assert rates_of(100.0, 8.0, 100.0, [4.0, 1.0]).tolist() == [1.0, 4.0]


def test_both_full_at_once() -> None:
    # 0.25 b + a = 6 and b + a = 12: 8 bytes of memory on 2 of wire for the one, 4 on 4 for the other.
    assert rates_of(6.0, 12.0, 9.0, [4.0, 1.0]) == pytest.approx([2.0, 4.0])


def test_slots_that_send_nothing_take_nothing() -> None:
    wire = np.array([[0.25], [1.0], [0.5]])
    sending = np.array([[True], [True], [False]])
    assert fair_rates(np.array([6.0]), np.array([12.0]), np.array([9.0]), wire, sending)[:, 0] == pytest.approx(
        [2, 4, 0]
    )
    assert not fair_rates(np.array([6.0]), np.array([12.0]), np.array([9.0]), wire, sending & False).any()


@given(link=RATES, processor=RATES, flow=RATES, ratios=st.lists(RATIOS, min_size=1, max_size=8))
def test_rates_agree_with_filling_and_bisection(
    link: float, processor: float, flow: float, ratios: list[float]
) -> None:
    wires = [1.0 / ratio for ratio in ratios]
    expected = np.array(memory_rates(link, processor, flow, wires)) * wires
    assert rates_of(link, processor, flow, ratios) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(link=RATES, processor=RATES, flow=RATES, ratios=st.lists(RATIOS, min_size=1, max_size=8))
def test_nobody_can_complain(link: float, processor: float, flow: float, ratios: list[float]) -> None:
    """Bottleneck max fairness: at its own limit, or first among equals on a resource that is full."""
    wire = rates_of(link, processor, flow, ratios)
    memory = wire * ratios
    assert (wire > 0).all()
    assert wire.sum() <= link * (1 + 1e-9)
    assert memory.sum() <= processor * (1 + 1e-9)
    link_full = wire.sum() > link * (1 - 1e-9)
    processor_full = memory.sum() > processor * (1 - 1e-9)
    content = (wire > flow * (1 - 1e-9)) | (link_full & (wire > wire.max() * (1 - 1e-6)))
    content |= processor_full & (memory > memory.max() * (1 - 1e-6))
    assert content.all()


@given(
    link=RATES, flow=RATES, ratio=RATIOS, gap=st.sampled_from([0.0, 1e-15, 1e-12, 1e-9, 1e-6]), n=st.integers(2, 6),
    at=st.floats(-1e-9, 1e-9),
)  # fmt: skip
def test_moves_that_are_all_but_alike_at_the_crossing(
    link: float, flow: float, ratio: float, gap: float, n: int, at: float
) -> None:
    # Where link x ratio is the processor, rounding decides which of the two is full: the rates must not care.
    ratios = [ratio * (1 + gap * k) for k in range(n)]
    wire = rates_of(link, link * ratio * (1 + at), flow, ratios)
    assert wire == pytest.approx([min(link / n, flow)] * n, rel=1e-5)


def test_many_variants_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(5)
    link, processor, flow = rng.uniform(1, 50, (3, 400))
    wire = 1 / rng.uniform(1, 8, (5, 400))
    sending = rng.random((5, 400)) < 0.7
    together = fair_rates(link, processor, flow, wire, sending)
    for i in range(400):
        one = [link[[i]], processor[[i]], flow[[i]], wire[:, [i]], sending[:, [i]]]
        assert together[:, [i]] == pytest.approx(fair_rates(*one), rel=1e-12)


def drawn(seed: int, slots: int, variants: int) -> list[np.ndarray]:
    """Variants most of which fill the link and the processors at once."""
    rng = np.random.default_rng(seed)
    wire = 1 / rng.uniform(1, 30, (slots, variants))
    link = rng.uniform(1, 50, variants)
    # Between all at the best ratio and all at the worst: there both can be full.
    processor = link * rng.uniform(1 / wire.max(axis=0), 1 / wire.min(axis=0))
    flow = link * rng.choice([10.0, 0.9, 0.4], variants)
    return [link, processor, flow, wire, rng.random((slots, variants)) < 0.9]


@pytest.mark.parametrize("seed", range(6))
def test_where_both_are_full_both_sums_are_met(seed: int) -> None:
    # False position ends on the sum of the link; the processors are shared out exactly at every step.
    link, processor, flow, wire, sending = drawn(seed, 6, 500)
    rates = fair_rates(link, processor, flow, wire, sending)
    of_link, of_processor = rates.sum(axis=0) / link, (rates / wire).sum(axis=0) / processor
    assert (of_link <= 1 + 1e-9).all()
    assert (of_processor <= 1 + 1e-9).all()
    at_own_limit = (rates >= np.where(sending, flow, 0.0) * (1 - 1e-9)).all(axis=0)
    assert (at_own_limit | (of_link >= 1 - 1e-9) | (of_processor >= 1 - 1e-9)).all()
    both = (of_link >= 1 - 1e-9) & (of_processor >= 1 - 1e-9)
    assert both.sum() > 50, "the case this is about must occur"


@given(data=st.data(), slots=st.integers(2, 6))
def test_both_full_meets_both_sums(data: st.DataObject, slots: int) -> None:
    ratios = np.array([data.draw(RATIOS) for _ in range(slots)])
    link = data.draw(RATES)
    # Shares of the link by a and of the processors by b: processors of this size are full when the link is.
    share = data.draw(st.floats(0.05, 0.95))
    even = link / slots * ratios
    processor = float(share * even.sum() + (1 - share) * slots * even.min())
    rates = rates_of(link, processor, link, list(ratios))
    assert rates.sum() <= link * (1 + 1e-9)
    assert (rates * ratios).sum() == pytest.approx(processor, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_a_column_is_to_the_last_bit_what_it_is_alone(seed: int) -> None:
    # Hosts of a partition stand side by side: a neighbour that needs more steps must not move a digit.
    whole = drawn(100 + seed, 5, 300)
    together = fair_rates(*whole)
    order = np.random.default_rng(seed).permutation(300)
    moved = fair_rates(*(array[..., order] for array in whole))
    assert (moved == together[:, order]).all()
    for i in range(0, 300, 7):
        alone = fair_rates(*(array[..., [i]] for array in whole))
        assert alone[:, 0].tolist() == together[:, i].tolist()


@pytest.mark.parametrize("seed", range(20))
def test_who_is_bound_by_what_gives_the_shares_that_a_search_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    most = rng.lognormal(0.0, 1.0, (6, 40)) * (rng.random((6, 40)) < 0.9)
    wire = rng.uniform(0.05, 1.0, most.shape)
    link = rng.uniform(0.2, 0.9, 40) * np.maximum(most.sum(axis=0), 0.1)
    work = rng.uniform(0.2, 1.0, 40) * np.maximum((most / wire).sum(axis=0), 0.1)
    solved = fair_rates(link, work, most, wire, most > 0)
    monkeypatch.setattr(fairness, "_both_full", fairness._by_false_position)
    assert solved == pytest.approx(fair_rates(link, work, most, wire, most > 0), rel=1e-9, abs=1e-12)


def test_where_nobody_can_say_who_is_bound_the_search_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    # Alike in all, the link's share and the processors' cannot be told apart.
    one = np.ones((3, 1))
    link, work = np.array([1.5]), np.array([1.5])
    assert fairness._both_full(link, work, one, one).ravel() == pytest.approx([0.5, 0.5, 0.5])
    monkeypatch.setattr(fairness, "_GUESSES", 1)
    assert fairness._both_full(link, 2.0 * work, one, 0.5 * one).ravel() == pytest.approx([0.5, 0.5, 0.5])
