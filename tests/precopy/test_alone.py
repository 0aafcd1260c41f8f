"""Moves walked by themselves, and variants that agree: the same as all of them from event to event."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.precopy.alike import different, told_of_all
from advisor.precopy.alone import one_after_another
from advisor.precopy.batch import PER_MOVE, Batch, Moves, Shared
from advisor.precopy.passes import PassLimit
from advisor.precopy.sharing import move_batch
from tests.precopy.batches import as_moves, as_shared, draw_batch, one_vm, pass_limit, plain_host


def drawn(count: int, vms: int = 5) -> tuple[Moves, Shared]:
    """Batches of as many VMs, one move at a time, compressed and not."""
    columns, hosts, limits = [], [], []
    seed = 0
    while len(columns) < count:
        own, host, passes, small = draw_batch(seed, compressed=seed % 2 == 0)
        if len(own) == vms:
            columns.append(own)
            hosts.append(replace(host, slots=1))
            limits.append((passes, small))
        seed += 1
    stop = PassLimit(*(np.array(limit) for limit in zip(*limits, strict=True)))
    return as_moves(columns), as_shared(hosts, stop)


def test_one_after_another_is_what_the_whole_batch_is_from_event_to_event() -> None:
    moves, shared = drawn(20)
    apart = one_after_another(moves, shared, move_batch)
    # Records are kept of whole batches alone.
    whole = [move_batch(moves.at(column), shared.at(column), record=True) for column in np.arange(20)[:, None]]
    for name in PER_MOVE:
        expected = np.concatenate([getattr(one, name) for one in whole], axis=1)
        assert getattr(apart, name) == pytest.approx(expected, rel=1e-12, abs=1e-12), name


def test_equal_vms_that_move_one_after_another_are_walked_once() -> None:
    walked = []

    def walk(moves: Moves, shared: Shared) -> Batch:
        walked.append(moves.first_bytes.shape)
        return move_batch(moves, shared)

    large, small = one_vm(64.0, rate=0.5), one_vm(8.0)
    host = plain_host(1.0, set_up=3.0, spacing=2.0)
    found = one_after_another(as_moves([[small, large, small]]), as_shared([host], pass_limit(2.0, 0.0)), walk)
    assert walked == [(1, 2)]
    assert found.begin_s[:, 0].tolist() == [0.0, 11.0, float(found.end_s[1, 0])]
    assert found.end_s[0, 0] == 11.0


def test_starts_keep_their_distance_where_moves_are_shorter() -> None:
    host = plain_host(1.0, set_up=3.0, spacing=20.0)
    moves, shared = as_moves([[one_vm(8.0), one_vm(8.0)]]), as_shared([host], pass_limit(2.0, 0.0))
    assert move_batch(moves, shared).end_s[:, 0].tolist() == [11.0, 31.0]


def test_variants_that_differ_in_any_number_are_told_apart() -> None:
    moves, shared = drawn(6)
    firsts, like = different(moves, shared)
    assert firsts.tolist() == like.tolist() == list(range(6))
    twice = np.array([0, 1, 0, 2, 1])
    firsts, like = different(moves.at(twice), shared.at(twice))
    assert firsts.tolist() == [0, 1, 3]
    assert like.tolist() == [0, 1, 0, 2, 1]
    late = replace(shared.at(twice), set_up_s=np.array([0.0, 0.0, 1.0, 0.0, 0.0]) + shared.set_up_s[twice])
    assert different(moves.at(twice), late)[1].tolist() == [0, 1, 2, 3, 1]


def test_what_became_of_one_is_told_of_all_that_agree() -> None:
    moves, shared = drawn(3)
    twice = np.array([2, 0, 2])
    firsts, like = different(moves.at(twice), shared.at(twice))
    told = told_of_all(move_batch(moves.at(twice[firsts]), shared.at(twice[firsts])), like)
    assert told.end_s.tolist() == move_batch(moves.at(twice), shared.at(twice)).end_s.tolist()
