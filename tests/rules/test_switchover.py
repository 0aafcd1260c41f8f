"""The rule that says a move never converges, against the walk of the passes themselves."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from advisor.domain.dirtying import Dirtying
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import DowntimeLimit, walk
from advisor.rules import Truth
from advisor.rules.qemu_switchover import settles_at
from tests.rules.cases import answer, make_case
from tests.rules.qemu_table import BUSY, qemu

GB = 1e9


@given(
    over=st.floats(0.05, 20),
    size=st.floats(0.1, 100),
    limit_s=st.floats(0.02, 5),
)
def test_passes_that_settle_above_the_limit_are_those_that_never_end(over: float, size: float, limit_s: float) -> None:
    settled = settles_at(Dirtying(over * GB, size * GB, 1.0, given=True), GB)
    # close to the limit, and where dirtying and sending are level, the walk's thousand passes decide nothing
    assume(abs(over - 1) > 0.05 and not 0.9 < settled / (limit_s * GB) < 1.1)
    curve = DirtyCurve.of(hot_set=size * GB, hot_rate=over * GB, ceiling=size * GB)
    done = walk(size * GB, GB, curve, DowntimeLimit(limit_s=limit_s, passes=1000, late_s=limit_s))
    assert bool(done.converged) is (settled <= limit_s * GB)


@given(st.floats(1.001, 50), st.floats(0.1, 100))
def test_what_passes_settle_at_is_what_one_more_pass_dirties(over: float, size: float) -> None:
    settled = settles_at(Dirtying(over * GB, size * GB, 1.0, given=True), GB)
    curve = DirtyCurve.of(hot_set=size * GB, hot_rate=over * GB, ceiling=size * GB)
    assert float(curve.dirty(settled / GB)) == pytest.approx(settled, rel=1e-6)
    assert 0 < settled <= size * GB


@pytest.mark.parametrize(
    ("fields", "truth"),
    [
        (qemu(vm=BUSY), Truth.HOLDS),
        (qemu(vm=BUSY, limit=5000), Truth.DOES_NOT),
        (qemu(vm=BUSY, switchover={"auto_converge": True}), Truth.DOES_NOT),
        (qemu(vm=BUSY, switchover={"max_passes": 5}), Truth.DOES_NOT),
        (qemu(vm=BUSY, switchover={"postcopy": True}), Truth.DOES_NOT),
        (qemu(vm={**BUSY, "working_set_gib": 0.5}), Truth.DOES_NOT),
        (qemu(vm={**BUSY, "dirty_rate_mib_s": 2000}), Truth.DOES_NOT),
        # compressed eight times, 25 Gbit/s carry more than it dirties
        (qemu("compression", vm={**BUSY, "compression_ratio": 8}), Truth.DOES_NOT),
        (qemu("compression", vm={**BUSY, "compression_ratio": 2}), Truth.HOLDS),
    ],
)
def test_what_lets_a_busy_vm_move(fields: dict[str, object], truth: Truth) -> None:
    assert answer("S01", make_case(**fields)).truth is truth  # type: ignore[arg-type]
