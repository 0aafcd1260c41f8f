"""Links: framing, what a host pushes, and what others leave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.precopy.link import (
    nic_rate,
    rdma_goodput,
    tcp_goodput,
    tcp_payload_bytes,
    tuning_weight,
    what_others_leave,
)

GBE = 1e9 / 8
TUNED_HOST = {"host_limit_bytes_s": 1.136e9, "packet_limit_per_s": 6.6e5}


@pytest.mark.parametrize(
    ("mtu", "share"),
    [
        (1500, 0.9493),  # 1460 of 1538 bytes: RFC 894 frames, IEEE 802.3 preamble and gap
        (9000, 0.9914),  # 8960 of 9038
        (9014, 0.9914),  # the NIC driver's *JumboPacket is the same frame: within a ten-thousandth
    ],
)
def test_goodput_of_tcp_over_ethernet(mtu: int, share: float) -> None:
    assert tcp_goodput(1.0, mtu) == pytest.approx(share, abs=1e-4)


def test_published_throughput_of_1_gbe_is_its_goodput() -> None:
    # 119,509,089 to 122,842,926 bytes/s seen on 1 GbE while 512 MB VMs moved (Finn 2012): 1500-byte frames
    # leave 118.7, jumbo frames 123.9 million.
    assert tcp_goodput(GBE, 1500) == pytest.approx(119_509_089, rel=0.01)
    assert tcp_goodput(GBE, 1500) < 122_842_926 < tcp_goodput(GBE, 9000)


def test_rdma_payloads_are_powers_of_two() -> None:
    # RoCE over a 1500-byte MTU sends 1024 at a time, over 9000 4096: 0.926 and 0.980 of the line.
    assert rdma_goodput(1.0, np.array([1500, 4200, 9000])) == pytest.approx([1024 / 1106, 4096 / 4178, 4096 / 4178])


def test_rdma_payload_boundaries() -> None:
    # 4096 bytes need 4140 with their headers; a packet too small even for 256 still carries that.
    assert rdma_goodput(1.0, np.array([4139, 4140, 100])) == pytest.approx([2048 / 2130, 4096 / 4178, 256 / 338])


def test_jumbo_frames_are_worth_4_percent_of_tcp_framing_and_6_of_rdma() -> None:
    assert tcp_goodput(1.0, 9000) / tcp_goodput(1.0, 1500) == pytest.approx(1.044, abs=1e-3)
    assert rdma_goodput(1.0, 9000) / rdma_goodput(1.0, 1500) == pytest.approx(1.059, abs=1e-3)


def test_tuning_fades_to_nothing_at_25_gbe() -> None:
    speeds = GBE * np.array([1, 2.5, 5, 10, 25, 40, 100])
    assert tuning_weight(speeds, 1.0, 0.0).tolist() == [1, 1, 1, 1, 0, 0, 0]
    assert tuning_weight(speeds, 1.0, 0.1).tolist() == [1, 1, 1, 1, 0.1, 0.1, 0.1]
    assert tuning_weight(speeds, 0.0, 0.0).tolist() == [0] * 7


def test_untuned_equals_tuned_on_25_gbe() -> None:
    # Newer NICs coalesce packets: with no weight left, jumbo frames gain only their framing.
    def rate(mtu: int, sleep: float) -> float:
        return float(
            nic_rate(25 * GBE, mtu, **TUNED_HOST, sleep_factor=sleep, weight=tuning_weight(25 * GBE, 1.0, 0.0))
        )

    assert rate(1500, 0.5) == rate(1500, 1.0) == rate(9000, 1.0)


@pytest.mark.parametrize("speed", [0.1, 1.0, 2.5])
@pytest.mark.parametrize("mtu", [1500, 9000])
def test_slow_links_stay_at_line_rate_whatever_the_host(speed: float, mtu: int) -> None:
    # The limits are the host's: 1 GbE was full in 2012 with and without tuning (Finn, Holman).
    assert nic_rate(speed * GBE, mtu, **TUNED_HOST, sleep_factor=0.8, weight=1.0) == tcp_goodput(speed * GBE, mtu)


def test_a_faster_nic_is_served_in_proportion() -> None:
    four = nic_rate(40 * GBE, 9000, **TUNED_HOST, sleep_factor=1.0, weight=1.0)
    assert four == pytest.approx(4 * float(nic_rate(10 * GBE, 9000, **TUNED_HOST, sleep_factor=1.0, weight=1.0)))


def test_jumbo_on_one_of_three_nics_lies_between_none_and_all() -> None:
    def total(*mtus: int) -> float:
        return float(nic_rate(10 * GBE, np.array(mtus), **TUNED_HOST, sleep_factor=0.9, weight=1.0).sum())

    none, one, two, every = (
        total(1500, 1500, 1500),
        total(9000, 1500, 1500),
        total(9000, 9000, 1500),
        total(9000, 9000, 9000),
    )
    assert none < one < two < every
    assert one == pytest.approx(none + (every - none) / 3)
    assert none < total(1500, 1500, 1500, 1500) < 1.34 * none


@given(
    speed=st.floats(0.1, 400), mtu=st.integers(576, 9216), limit=st.floats(1e8, 1e10), packets=st.floats(1e4, 1e7),
    sleep=st.floats(0.1, 1.0), weight=st.floats(0, 1), more=st.floats(1, 3),
)  # fmt: skip
def test_no_nic_beats_its_wire_and_more_of_anything_never_hurts(
    speed: float, mtu: int, limit: float, packets: float, sleep: float, weight: float, more: float
) -> None:
    def rate(speed: float, mtu: float, limit: float, packets: float, sleep: float) -> float:
        return float(nic_rate(speed * GBE, mtu, limit, packets, sleep, weight))

    base = rate(speed, mtu, limit, packets, sleep)
    assert 0 < base <= tcp_goodput(speed * GBE, mtu)
    roomy = base * (1 - 1e-12)
    assert rate(speed * more, mtu, limit, packets, sleep) >= roomy
    assert rate(speed, mtu * more, limit, packets, sleep) >= roomy
    assert rate(speed, mtu, limit * more, packets, sleep) >= roomy
    assert rate(speed, mtu, limit, packets * more, sleep) >= roomy
    assert rate(speed, mtu, limit, packets, min(sleep * more, 1.0)) >= roomy


@pytest.mark.parametrize(
    ("background", "guaranteed", "left"),
    [
        (0.0, 0.0, 10.0),  # nobody else
        (4.0, 0.0, 6.0),
        (4.0, 0.5, 6.0),  # a guarantee is no cap: the others leave more than that
        (8.0, 0.5, 5.0),
        (10.0, 0.0, 0.1),  # a full link still lets a trickle through
        (1e9, 0.0, 0.1),
    ],
)
def test_what_others_leave(background: float, guaranteed: float, left: float) -> None:
    assert what_others_leave(10.0, background, guaranteed) == pytest.approx(left)


def test_payload_of_a_packet() -> None:
    assert tcp_payload_bytes(np.array([1500, 9000])).tolist() == [1460.0, 8960.0]
