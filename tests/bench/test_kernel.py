"""The two ways that bench_kernel times answer alike; nothing is timed here."""

from __future__ import annotations

import pytest

from tests.bench.bench_kernel import checked
from tests.bench.fleet_kernel import by_arrays, turns_of


@pytest.mark.no_cover  # the scalar loop is slow enough without
def test_arrays_and_scalar_loop_answer_alike():
    turns = turns_of(1_000)
    done = by_arrays(turns)
    assert len(checked(turns, done)) > 1_000


@pytest.mark.no_cover
def test_a_kernel_that_answers_otherwise_is_told():
    turns = turns_of(200)
    done = by_arrays(turns)
    done[0][1] *= 1.0 + 1e-6
    with pytest.raises(SystemExit, match="disagree"):
        checked(turns, done)
