"""The published 2013 runs by hand: 55 GiB over 10 GbE, T = T0 + M / B, with T0 = 2 s and 1.136 GB/s a tuned NIC."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.precopy.compression import processor_rate
from advisor.precopy.link import nic_rate, tcp_goodput
from tests.precopy.batches import moved, one_vm, plain_host

GIB = 2**30
TEN_GBE = 1.25e9
SET_UP_S = 2.0
# Jumbo off leaves 0.85 of the rate as 1460-byte packets, C-states and the balanced plan leave 0.90.
HOST = {"host_limit_bytes_s": 1.136e9, "packet_limit_per_s": 0.85 * 1.136e9 / 1460, "weight": 1.0}
SLEEPING, AWAKE = 0.9, 1.0


def rate(*mtus: int, sleep: float) -> float:
    return float(nic_rate(TEN_GBE, np.array(mtus), sleep_factor=sleep, **HOST).sum())


def seconds(bytes_s: float, vms: int = 1, gib: float = 55.0) -> float:
    """An idle batch through the whole walk, all VMs at once."""
    return float(moved([one_vm(gib * GIB)] * vms, plain_host(bytes_s, vms, set_up=SET_UP_S)).total_s[0])


@pytest.mark.parametrize(
    ("bytes_s", "by_hand", "measured"),
    [
        (rate(1500, sleep=SLEEPING), 70.0, (70, 70)),  # one NIC, untuned
        (rate(9000, sleep=SLEEPING), 59.8, (55, 63)),  # jumbo: "10 % or more" better than 70
        (rate(9000, sleep=AWAKE), 54.0, (54, 54)),  # jumbo and power
        (rate(9000, 1500, sleep=AWAKE), 30.1, (30, 32)),  # two NICs, jumbo on one: 31
        (rate(9000, 9000, sleep=AWAKE), 28.0, (28, 28)),  # both
    ],
)
def test_the_55_gib_vm(bytes_s: float, by_hand: float, measured: tuple[float, float]) -> None:
    assert seconds(bytes_s) == pytest.approx(by_hand, abs=0.1)
    low, high = measured
    assert low * 0.99 <= seconds(bytes_s) <= high * 1.01


def test_framing_alone_is_too_fast_for_jumbo_on_one_of_two() -> None:
    # A 4 % framing loss on one of two NICs gives 28.6 s where 31 were measured: hence the packet limit.
    plain = 1.136e9 * float(tcp_goodput(1.0, 1500) / tcp_goodput(1.0, 9000))
    assert seconds(1.136e9 + plain) == pytest.approx(28.6, abs=0.1)


def test_the_packet_limit_leaves_1_gbe_alone() -> None:
    slow = nic_rate(0.125e9, 1500, sleep_factor=SLEEPING, **HOST)
    assert slow == tcp_goodput(0.125e9, 1500)


@pytest.mark.parametrize(("members", "by_hand"), [(2, 27.5), (1, 53.0)])
def test_six_vms_of_9_gib_over_a_team_without_compression(members: int, by_hand: float) -> None:
    assert seconds(members * 1.136e9, vms=6, gib=9.0) == pytest.approx(by_hand, abs=0.1)


def test_six_vms_of_9_gib_with_compression() -> None:
    # 16 idle cores at 0.33 GB/s each bind before two members at a ratio of 2.5 do: 13.0 s, 12-14 measured.
    processor = float(processor_rate(16.0, 16.0, 0.33e9, 2.4))
    assert processor < 2 * 1.136e9 * 2.5
    host = replace(plain_host(2 * 1.136e9, 6, set_up=SET_UP_S), processor=processor)
    vms = [replace(one_vm(9 * GIB), wire_per_raw=1 / 2.5)] * 6
    total = float(moved(vms, host).total_s[0])
    assert total == pytest.approx(13.0, abs=0.1)
    assert 12 <= total <= 14


@pytest.mark.parametrize(
    ("bytes_s", "vms", "measured"), [(0.1187e9, 10, 40), (0.1187e9, 20, 80), (1.136e9, 10, 13), (1.136e9, 20, 21)]
)
def test_many_small_vms_are_bound_by_the_link_or_by_their_starts(bytes_s: float, vms: int, measured: float) -> None:
    # 512 MB VMs (Finn 2012), T0 3.8 s, 0.79 of the memory sent, 0.92 s from start to start: within 6 %.
    host = plain_host(bytes_s, vms, set_up=3.8, spacing=0.92)
    assert moved([one_vm(0.79 * 0.5 * GIB)] * vms, host).total_s[0] == pytest.approx(measured, rel=0.06)


@pytest.mark.parametrize(("bytes_s", "measured"), [(0.1187e9, 7), (1.136e9, 5)])
def test_one_small_vm_costs_its_set_up(bytes_s: float, measured: float) -> None:
    assert moved([one_vm(0.79 * 0.5 * GIB)], plain_host(bytes_s, set_up=3.8)).total_s[0] == pytest.approx(
        measured, rel=0.25
    )


def test_54_gib_take_a_little_less_than_55() -> None:
    assert 0.98 < seconds(rate(1500, sleep=SLEEPING), gib=54.0) / seconds(rate(1500, sleep=SLEEPING)) < 0.99


def test_a_third_nic_helps_less_than_the_second() -> None:
    one, two, three = (seconds(rate(*[9000] * n, sleep=AWAKE)) for n in (1, 2, 3))
    assert one > two > three
    assert two - three < one - two


def test_two_members_at_86_percent_of_one_links_goodput_times_two() -> None:
    # 28 s for 55 GiB is 16.9 Gbit/s over the whole time, 84 % of two lines, as the author noted.
    assert pytest.approx(0.84, abs=0.01) == 55 * GIB * 8 / 28 / 20e9
    assert seconds(2 * 1.136e9) == pytest.approx(28, abs=0.1)
