"""Disks that are copied beside a VM that writes: the closed form and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.precopy.storage import Storage, copy_seconds

RATES = st.floats(1.0, 1e9)


@given(used=st.floats(1.0, 1e13), path=RATES, share=st.floats(0.0, 0.99))
def test_the_copy_and_the_mirror_fill_the_path(used: float, path: float, share: float) -> None:
    # Conservation: what the path carries in that time is the disk and everything written meanwhile.
    writes = share * path
    seconds = float(copy_seconds(used, path, writes))
    assert seconds * path == pytest.approx(used + writes * seconds, rel=1e-9)


def test_a_disk_nobody_writes_to_takes_its_size_over_the_path() -> None:
    assert copy_seconds([600.0, 0.0], 12.0, 0.0).tolist() == [50.0, 0.0]


@pytest.mark.parametrize("writes", [12.0, 13.0, 1e12])
def test_writes_as_fast_as_the_path_never_end(writes: float) -> None:
    assert np.isposinf(copy_seconds(1.0, 12.0, writes))


def test_what_is_not_there_takes_no_time_however_fast_it_is_written() -> None:
    # No disk moves: neither the path nor the writes matter, not even 0/0.
    assert copy_seconds([0.0, 0.0, 0.0], [0.0, 12.0, np.inf], [0.0, 99.0, 1.0]).tolist() == [0.0, 0.0, 0.0]


def test_more_writes_never_make_it_faster() -> None:
    assert (np.diff(copy_seconds(100.0, 12.0, np.linspace(0.0, 11.9, 50))) > 0).all()


def test_no_storage_is_memory_alone() -> None:
    none = Storage.none(3)
    assert none.memory.all()
    assert not none.used_bytes.any()
    assert copy_seconds(none.used_bytes, none.rate_bytes_s, none.write_bytes_s).tolist() == [0.0] * 3


def test_some_vms_keep_what_is_theirs() -> None:
    every = Storage(*(np.arange(4.0) + 10 * i for i in range(4)), np.array([True, False, True, False]))
    some = every.take(np.array([3, 1]))
    assert (some.used_bytes.tolist(), some.at_once.tolist(), some.memory.tolist()) == ([3, 1], [33, 31], [False, False])
