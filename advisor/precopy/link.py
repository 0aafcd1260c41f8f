"""What the wire and the hosts at its ends carry.

The memory rate is the smallest of: wire goodput, what the host pushes through one NIC (bytes and
packets), what one stream carries, memory copy, and what caps and other traffic leave.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Ethernet around an IP packet: preamble 8, header 14, frame check 4, gap 12 (IEEE 802.3).
ETHERNET_OVERHEAD_BYTES = 38
# A virtual link shaped by software counts the Ethernet header alone (Linux, qdisc_pkt_len).
VIRTUAL_OVERHEAD_BYTES = 14
# IPv4 and TCP headers without options; with the timestamps that Linux sends.
TCP_HEADER_BYTES = 40
TCP_TIMESTAMPS_HEADER_BYTES = 52
# RoCE v2: IPv4 20, UDP 8, base transport header 12, integrity check 4 (InfiniBand Architecture, annex A17).
ROCE_HEADER_BYTES = 44
ROCE_PAYLOADS_BYTES = (256, 512, 1024, 2048, 4096)


def tcp_payload_bytes(mtu_bytes: ArrayLike, header_bytes: float = TCP_HEADER_BYTES) -> Floats:
    """Memory bytes in one full packet.

    Examples
    --------
    >>> float(tcp_payload_bytes(1500))
    1460.0
    """
    return np.asarray(mtu_bytes, dtype=np.float64) - header_bytes


def tcp_goodput(
    speed_bytes_s: ArrayLike,
    mtu_bytes: ArrayLike,
    header_bytes: float = TCP_HEADER_BYTES,
    overhead_bytes: float = ETHERNET_OVERHEAD_BYTES,
) -> Floats:
    """Memory bytes per second that full TCP packets leave of a link's line speed.

    speed x (MTU - 40) / (MTU + 38)

    Examples
    --------
    >>> [round(float(tcp_goodput(1.25e9, mtu)) / 1e9, 3) for mtu in (1500, 9000)]
    [1.187, 1.239]
    """
    mtu = np.asarray(mtu_bytes, dtype=np.float64)
    return np.asarray(speed_bytes_s) * tcp_payload_bytes(mtu, header_bytes) / (mtu + overhead_bytes)


def rdma_goodput(speed_bytes_s: ArrayLike, mtu_bytes: ArrayLike) -> Floats:
    """Memory bytes per second that RDMA packets leave of a link's line speed.

    RDMA cuts memory into the largest power of two (up to 4096 bytes) that fits the packet.

    Examples
    --------
    >>> [round(float(rdma_goodput(1.25e9, mtu)) / 1e9, 3) for mtu in (1500, 9000)]
    [1.157, 1.225]
    """
    room = np.asarray(mtu_bytes, dtype=np.float64) - ROCE_HEADER_BYTES
    sizes = np.asarray(ROCE_PAYLOADS_BYTES, dtype=np.float64)
    payload = sizes[np.maximum(np.searchsorted(sizes, room, side="right") - 1, 0)]
    return np.asarray(speed_bytes_s) * payload / (payload + ROCE_HEADER_BYTES + ETHERNET_OVERHEAD_BYTES)


def tuning_weight(speed_bytes_s: ArrayLike, weight_of_age: ArrayLike, leftover: ArrayLike) -> Floats:
    """How much of the 2013 effect of jumbo frames and power settings is left, 0 to 1.

    Full on 10 GbE and slower NICs of hosts of that age, falling with the logarithm of the speed
    to `leftover` at 25 GbE: newer NICs and drivers coalesce packets. An assumption between two
    sourced ends (2013: 20 % from jumbo, 10 % from power; RDMA-class NICs: about 2 %).

    Parameters
    ----------
    speed_bytes_s : line speed of the NIC [bytes/s].
    weight_of_age : 1 for hosts of 2012 to 2013, 0 for new ones.
    leftover : what stays on the fastest and newest.

    Examples
    --------
    >>> [round(float(tuning_weight(gbps / 8 * 1e9, 1.0, 0.0)), 2) for gbps in (1, 10, 16, 25, 100)]
    [1.0, 1.0, 0.49, 0.0, 0.0]
    """
    ten, twenty_five = 1.25e9, 3.125e9
    speed = np.asarray(speed_bytes_s, dtype=np.float64)
    fall = np.clip(np.log(twenty_five / speed) / np.log(twenty_five / ten), 0.0, 1.0)
    weight: Floats = np.maximum(np.asarray(weight_of_age) * fall, leftover)
    return weight


def nic_rate(
    speed_bytes_s: ArrayLike,
    mtu_bytes: ArrayLike,
    host_limit_bytes_s: ArrayLike,
    packet_limit_per_s: ArrayLike,
    sleep_factor: ArrayLike,
    weight: ArrayLike,
    header_bytes: float = TCP_HEADER_BYTES,
    overhead_bytes: float = ETHERNET_OVERHEAD_BYTES,
) -> Floats:
    """Memory bytes per second through one NIC with TCP.

    min(goodput, h), where the host pushes h = H k^w s^w: H bytes/s whatever the packets are,
    k = min(1, packets/s x payload / H) for the packet limit, s for cores that sleep between
    packets, w for how much of both effects is left (`tuning_weight`). As a minimum it leaves
    1 GbE alone; framing alone (4 %) does not explain the published 10 GbE runs.

    Parameters
    ----------
    host_limit_bytes_s : H of a 10 GbE NIC; a faster NIC is served in proportion [bytes/s].
    packet_limit_per_s : packets a 10 GbE NIC is served with [1/s].
    sleep_factor : share of H left when C-states and power saving are on.
    weight : see `tuning_weight`.

    Examples
    --------
    >>> tuned = nic_rate(1.25e9, 9000, 1.136e9, 6.6e5, 1.0, 1.0)
    >>> untuned = nic_rate(1.25e9, 1500, 1.136e9, 6.6e5, 0.9, 1.0)
    >>> round(float(tuned) / 1e9, 3), round(float(untuned) / 1e9, 3)
    (1.136, 0.867)
    """
    speed = np.asarray(speed_bytes_s, dtype=np.float64)
    scale = np.maximum(speed / 1.25e9, 1.0)
    limit = np.asarray(host_limit_bytes_s) * scale
    packets = np.minimum(np.asarray(packet_limit_per_s) * scale * tcp_payload_bytes(mtu_bytes) / limit, 1.0)
    host = limit * (packets * np.asarray(sleep_factor)) ** np.asarray(weight)
    rate: Floats = np.minimum(tcp_goodput(speed, mtu_bytes, header_bytes, overhead_bytes), host)
    return rate


def what_others_leave(
    capacity_bytes_s: ArrayLike, background_bytes_s: ArrayLike, guaranteed_share: ArrayLike
) -> Floats:
    """Capacity left beside other traffic; a guaranteed share (DCB, QoS) is left in any case.

    Never less than 1 % of the capacity: a transport competing for a full link still gets a trickle.

    Examples
    --------
    >>> float(what_others_leave(10.0, 4.0, 0.0)), float(what_others_leave(10.0, 8.0, 0.5))
    (6.0, 5.0)
    """
    capacity = np.asarray(capacity_bytes_s, dtype=np.float64)
    floor = np.maximum(np.asarray(guaranteed_share), 0.01) * capacity
    left: Floats = np.maximum(capacity - np.asarray(background_bytes_s), floor)
    return left
