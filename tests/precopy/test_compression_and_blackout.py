"""Compression and blackout: published numbers, crossings and limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.precopy.blackout import device_cost
from advisor.precopy.compression import ZERO_PAGE_RATIO, memory_ratio, processor_rate
from advisor.precopy.fairness import fair_rates


def raw_rate(link: float, ratio: float, processor: float) -> float:
    """Memory bytes per second of one compressed move alone, by the code that every answer uses."""
    one = np.ones((1, 1))
    share = fair_rates(np.array([link]), np.array([processor]), np.array([link]), one / ratio, one.astype(bool))
    return float(share[0, 0] * ratio)


def test_qemu_zlib_on_an_idle_vm() -> None:
    # 363.5 MB became 107.8 with zlib level 1 (QEMU, 4 GiB idle VM); zero pages were not in those bytes.
    assert memory_ratio(363.5 / 107.8, 1.0) == pytest.approx(3.37, abs=0.01)


def test_zero_pages_lift_the_ratio() -> None:
    # The PostgreSQL VM with 55 to 78 % zero pages: 2:1 of the rest becomes 4.3 to 8.4 over all memory.
    assert memory_ratio(2.0, [0.45, 0.22]) == pytest.approx([4.34, 8.48], abs=0.01)


def test_an_empty_vm_shrinks_to_headers() -> None:
    assert memory_ratio(2.0, 0.0) == pytest.approx(ZERO_PAGE_RATIO)


@given(st.floats(1, 100), st.floats(0, 1), st.floats(0, 1))
def test_the_ratio_lies_between_contents_and_zero_pages(ratio: float, share: float, other: float) -> None:
    fuller, emptier = max(share, other), min(share, other)
    assert ratio * (1 - 1e-12) <= memory_ratio(ratio, fuller) <= memory_ratio(ratio, emptier) * (1 + 1e-12)
    assert memory_ratio(ratio, emptier) <= ZERO_PAGE_RATIO * (1 + 1e-12)


def test_the_published_team_run_needs_16_cores() -> None:
    # 5.27 GB/s of raw memory in the 6 x 9 GB run is 0.33 GB/s a core on two sockets of eight.
    assert processor_rate(16.0, 16.0, 0.33e9, 2.4) == pytest.approx(5.27e9, rel=0.01)


def test_the_weaker_end_decides() -> None:
    assert processor_rate(16.0, 4.0, 1.0, 2.0) == 8.0  # four cores that unpack twice as fast as one packs
    assert processor_rate(4.0, 16.0, 1.0, 2.0) == 4.0


def test_a_busy_host_keeps_one_thread() -> None:
    assert processor_rate(0.0, 0.0, 3.0, 2.0) == 3.0


@given(ratio=st.floats(1, 30), processor=st.floats(1e8, 1e11), factor=st.floats(1.001, 100))
def test_compression_crosses_over_where_link_times_ratio_is_the_processor(
    ratio: float, processor: float, factor: float
) -> None:
    crossing = processor / ratio
    slower, faster = crossing / factor, crossing * factor
    assert raw_rate(slower, ratio, processor) == pytest.approx(
        slower * ratio
    )  # the link binds, all cores are not needed
    assert raw_rate(faster, ratio, processor) == pytest.approx(processor)  # the cores bind, more link gains nothing
    assert raw_rate(crossing, ratio, processor) == pytest.approx(processor)


@given(ratio=st.floats(1.01, 30), processor=st.floats(1e8, 1e11), factor=st.floats(1.001, 100))
def test_compression_loses_to_plain_copy_on_links_faster_than_the_cores(
    ratio: float, processor: float, factor: float
) -> None:
    assert raw_rate(processor * factor, ratio, processor) < processor * factor
    assert raw_rate(processor / factor, ratio, processor) > processor / factor


def test_published_crossing_of_zstd_between_10_and_100_gbe() -> None:
    # 64 GB of Silesia data (Intel, QEMU): at 8.6 Gbit/s 56.7 s raw and 25.6 s with zstd; at 100 Gbit/s 5.8 s raw
    # and 20.2 s with zstd: the eight or so cores pack 64 GB in 20 s whatever the link.
    processor = 64 / 20.2
    for gbit_s, raw_s, zstd_s in ((8.6, 56.7, 25.6), (100, 5.8, 20.2)):
        link = 64 / raw_s
        assert 64 / raw_rate(link, 2.9, processor) == pytest.approx(zstd_s, rel=0.25)
        assert (raw_rate(link, 2.9, processor) > link) == (zstd_s < raw_s), gbit_s


def test_device_cost_is_a_sum_of_parts() -> None:
    assert device_cost(0.4, 0.002, 0.0005, 4, 64, 1.0, 1.0) == pytest.approx(0.4 + 0.008 + 0.032)


def test_a_vm_of_384_processors() -> None:
    # 4,241 ms of blackout, about 680 of them not memory: 1.8 ms for each virtual processor (qemu-devel 2024).
    assert device_cost(0.0, 0.0018, 0.0, 384, 12 * 1024, 1.0, 1.0) == pytest.approx(0.680, rel=0.02)


def test_stopping_the_dirty_log_of_64_gib() -> None:
    # 36 ms with 64 GiB (Cloud Hypervisor): 0.6 ms for each GiB.
    assert device_cost(0.0, 0.0, 0.0006, 32, 64, 1.0, 1.0) == pytest.approx(0.036, rel=0.08)


def test_tuning_halves_the_blackout_of_2013_and_leaves_that_of_today() -> None:
    # "Blackout about 50 % better" once C-states were off: only the ratio was ever published.
    sleeping, awake = (float(device_cost(0.5, 0.002, 0.0006, 4, 55, factor, 1.0)) for factor in (2.0, 1.0))
    assert 0.4 <= awake / sleeping <= 0.6
    assert device_cost(0.5, 0.002, 0.0006, 4, 55, 2.0, 0.0) == awake


@given(st.integers(1, 2048), st.integers(1, 2048), st.floats(0.5, 24e3), st.floats(0.5, 24e3), st.floats(1, 3))
def test_more_processors_memory_or_sleep_never_shorten_it(
    few: int, more: int, small: float, large: float, sleep: float
) -> None:
    costs = device_cost(0.5, 0.002, 0.0006, np.sort([few, more]), np.sort([small, large]), [1.0, sleep], 1.0)
    assert costs[0] <= costs[1]
