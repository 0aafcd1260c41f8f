"""What to find out next: the factors that widen the interval most, and how to learn them."""

from __future__ import annotations

from advisor.advice.combine import Combined
from advisor.advice.factors import C_STATES, CPU_BUSY, DIRTYING, PAYLOAD, ZERO_PAGES
from advisor.domain.answers import Measurement
from advisor.platforms import Platform

_MOST_SHOWN = 3
_WORTH_SHOWING = 1.02

_CALIBRATE = "give its time to `advisor calibrate`"

# What a factor is called, and how to learn it. Factors that nobody can measure from outside are not listed.
HOW_TO_LEARN: dict[str, tuple[str, str]] = {
    "set_up_s": ("fixed set-up time of a move", "time a move of a very small VM; " + _CALIBRATE),
    "per_vm_s": ("serial time of each VM", "time a batch of ten small VMs; " + _CALIBRATE),
    "host_limit_bytes_s": ("what your hosts push through one NIC", "time one large VM over one NIC; " + _CALIBRATE),
    "packet_limit_per_s": (
        "how much jumbo frames matter on your NICs",
        "time the same VM with and without jumbo frames",
    ),
    "sleep_factor": ("how much power saving costs on your hosts", "time the same VM with C-states on and off"),
    "newer_tuning_effect": (
        "whether tuning still matters on your hosts",
        "time the same VM with and without jumbo frames",
    ),
    "stream_bytes_s": ("what one TCP stream carries between your hosts", "ntttcp or iperf3 with one stream"),
    "vnic_bytes_s": ("what one host vNIC receives", "ntttcp or iperf3 to the vEthernet adapter"),
    "rdma_efficiency": (
        "what SMB Direct reaches between your hosts",
        "time one large VM over SMB Direct; " + _CALIBRATE,
    ),
    "copy_bytes_s": ("memory copy and PCIe limit", "time one large VM over all NICs; " + _CALIBRATE),
    "compression_move_share": (
        "how much of the CPU one move's compression uses",
        "time one large VM with Compression; " + _CALIBRATE,
    ),
    "compression_core_bytes_s": ("how fast your cores compress", "time one large VM with Compression; " + _CALIBRATE),
    "first_pass_share": (
        "share of assigned memory really sent",
        r"counters under \Hyper-V VM Live Migration(*) during a move",
    ),
    "pass_limit": ("pass limit of your build", "counter Transfer Pass: Number during a move of a busy VM"),
    "small_dirty_bytes": ("dirty set that ends the passes", "counter Transfer Pass: Dirty Page Count during a move"),
    "blackout_fixed_s": ("blackout of your hosts", "events 20415 and 20417 in Microsoft-Windows-Hyper-V-VMMS-Admin"),
    DIRTYING: (
        "how fast the VMs dirty memory",
        "counter Transfer Pass: Dirty Page Count over pass length; give it as dirty_curve",
    ),
    ZERO_PAGES: (
        "how much of the memory is zero pages",
        "counters Compressed Bytes Sent and Bytes Sent for Compression",
    ),
    PAYLOAD: ("how well the VMs' memory compresses", "counters Compressed Bytes Sent and Bytes Sent for Compression"),
    C_STATES: ("C-states in the BIOS of both hosts", "read the BIOS setup, or powercfg /a and the vendor's tool"),
    CPU_BUSY: (
        "CPU use of the hosts at migration time",
        r"counter \Hyper-V Hypervisor Logical Processor(_Total)\% Total Run Time",
    ),
}


def measure_next(combined: Combined, platform: Platform) -> tuple[Measurement, ...]:
    """The factors whose knowledge narrows the interval of the total time most, best first."""
    ranked = what_matters(combined, platform)
    return tuple(one for one in ranked[:_MOST_SHOWN] if one.width_before / one.width_after >= _WORTH_SHOWING)


def what_matters(combined: Combined, platform: Platform) -> tuple[Measurement, ...]:
    """Every factor that somebody can learn, that which widens the interval of the total time most first."""
    known = {**HOW_TO_LEARN, **platform.words.learn}
    width = combined.width
    found = [
        Measurement(what=what, how=how, width_before=width, width_after=combined.without(factor))
        for factor, (what, how) in ((name, known[name]) for name in combined.factors if name in known)
    ]
    return tuple(sorted(found, key=lambda one: one.width_after))
