"""Hyper-V: Windows Server 2012 to 2025 and Azure Local.

Every constant is a 90 % range with its source, or the word assumption. Evidence ids (whi, finn, ...)
stand in data/claims.csv and data/measured/hyperv_published.csv.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from advisor.domain.hosts import Os, Rdma
from advisor.domain.options import Option, Tier, Transport
from advisor.domain.scenario import HostPair, Switchover
from advisor.platforms import changes
from advisor.platforms.constants import Constants, Range
from advisor.platforms.platform import Generation, Offer, Platform, Way, Words
from advisor.precopy.passes import PassLimit, StopRule
from advisor.units import MIB

_NOT_HERE = Range(0.0, 0.0, 0.0, "does not apply to Hyper-V")

# Priors: from sources other than the timed rows wherever one exists; the card made from the timed
# rows (models/hyperv.json) narrows those marked as fitted there.
CONSTANTS = Constants(
    set_up_s=Range(
        1.0,
        3.4,
        5.5,
        "4-5 s of fixed cost moving 0.64 GB over 1 GbE (Notley 2011, claim 38), less a second of blackout",
    ),
    per_vm_s=Range(
        0.4, 0.8, 1.4, "assumption, in view of batches of 10 and 20 small VMs over 10 GbE (Finn, rows 19 and 20)"
    ),
    host_limit_bytes_s=Range(
        0.98e9,
        1.14e9,
        1.24e9,
        "10 GbE can be filled since 2012 (Petri, claim 37), 17-20 Gbit/s over two ports (claims 8, 13)",
    ),
    packet_limit_per_s=Range(
        5.6e5,
        7.3e5,
        8.4e5,
        "jumbo frames gave 20 % (claim 11); 8.5 Gbit/s a port over LACP (claim 8); 3-4 moves fill 10 GbE (claim 31)",
    ),
    sleep_factor=Range(
        0.81, 0.90, 1.0, "C-states and C1E hurt 10 GbE moves (WorkingHardInIT, claim 11); size: assumption"
    ),
    newer_tuning_effect=Range(0.0, 0.0, 0.5, "jumbo frames gave about 2 % with RDMA NICs (claim 12); else assumption"),
    stream_bytes_s=Range(
        0.80e9, 1.25e9, 1.5e9, "one stream on 10 GbE: 4 Gbit/s in 2012 (Savill, claim 30), 6.7-8.75 in 2012 R2 (seed)"
    ),
    vnic_bytes_s=Range(0.50e9, 0.5625e9, 0.75e9, "4.5 Gbit/s through a host vNIC on one core (Savill, claim 32)"),
    rdma_efficiency=Range(
        0.85, 0.97, 0.99, "nearly 10 and nearly 20 Gbit/s over one and two iWARP ports (Finn, claims 23, 24)"
    ),
    copy_bytes_s=Range(
        5e9, 12e9, 20e9, "three 56 Gbit/s ports reach memory speed (Finn, claim 25); lower end: assumption"
    ),
    compression_core_bytes_s=Range(
        0.22e9,
        0.44e9,
        0.75e9,
        "zstd: 0.39 GB/s a core on Sapphire Rapids, 0.5 on Xeon 4210R (claims 80, 120); Hyper-V: assumption",
    ),
    compression_hardness=_NOT_HERE,
    compression_random_hardness=_NOT_HERE,
    decompression_speedup=Range(
        1.5, 2.4, 4.0, "sender 8.1 cores, receiver 3.4, zstd in QEMU (claim 90); Hyper-V: assumption"
    ),
    compression_move_share=Range(
        0.3,
        0.6,
        1.0,
        "one VM took half (claims 7, 25) to a quarter (claims 33, 34) of its TCP/IP time; share of cores: assumption",
    ),
    first_pass_share=Range(
        0.75, 1.0, 1.0, "the seed's 55 GB moves show all of it; 10 x 512 MB in 40 s over 1 GbE cannot be above 0.88"
    ),
    pass_limit=Range(3, 5, 10, "5 from 2012 R2 (Savill), 10 before (Directions on Microsoft); Microsoft states none"),
    small_dirty_bytes=Range(8 * MIB, 64 * MIB, 256 * MIB, "assumption: not published"),
    blackout_fixed_s=Range(
        0.15,
        0.5,
        1.7,
        "0.5 s in a published event 20415, 1-2 s as a statement (claim 49): no measurement with its VM and NIC",
    ),
    blackout_per_vcpu_s=Range(0.0005, 0.0018, 0.005, "680 ms beside memory for 384 vCPUs (QEMU, claim 109)"),
    blackout_per_gib_s=Range(0.0002, 0.0006, 0.002, "36 ms for 64 GiB of dirty log (Cloud Hypervisor)"),
    blackout_sleep_factor=Range(1.67, 2.0, 2.5, "blackout about 50 % better once tuned (seed)"),
    tcp_core_s_per_byte=Range(0.8e-9, 1.65e-9, 2.2e-9, "17 Gbit/s at 22 %, or 12 % tuned, of 16 cores (claims 8, 9)"),
    rdma_core_s_per_byte=Range(0.0, 0.05e-9, 0.2e-9, "practically zero CPU (Armstrong, claim 45)"),
    link_efficiency=Range(1.0, 1.0, 1.0, "what hosts cannot push stands in host_limit_bytes_s"),
    multipath_share=Range(1.0, 1.0, 1.0, "does not apply to Hyper-V"),
    buffer_bytes=_NOT_HERE,
    look_late_s=_NOT_HERE,
    tail_share=_NOT_HERE,
    zero_scan_bytes_s=Range(1e12, 1e12, 1e12, "does not apply to Hyper-V: zero pages travel"),
    zlib_core_bytes_s=Range(1e12, 1e12, 1e12, "does not apply to Hyper-V"),
    zlib_hardness=_NOT_HERE,
    zlib_random_hardness=_NOT_HERE,
)

_TCPIP = Way(Transport.TCPIP, "TCP/IP")
_COMPRESSION = Way(Transport.COMPRESSION, "Compression", compressor="hyperv")
_MULTICHANNEL = Way(Transport.MULTICHANNEL, "SMB Multichannel", setting="SMB")
_DIRECT = Way(Transport.RDMA, "SMB Direct", setting="SMB")

_JUMBO = partial(changes.jumbo_frames, how="*JumboPacket 9014")
_RDMA_ON = partial(changes.rdma_enabled, how="Enable-NetAdapterRdma")
_BRIDGING = partial(changes.data_center_bridging, traffic="SMB")
_TUNING = (changes.receive_side_scaling, _JUMBO, changes.power_plan, changes.c_states)


def generation(os: Os) -> Generation:
    """What the Windows version changes; between the sourced ends (2012 to 2013, and today) it is an assumption."""
    if os is Os.WS2012:
        # Ten passes before 2012 R2, five from then on (see pass_limit).
        return Generation(tuning_weight=1.0, stream_factor=0.65, vnic_on_one_core=True, pass_limit_factor=2.0)
    if os is Os.WS2012R2:
        return Generation(tuning_weight=1.0, stream_factor=1.0, vnic_on_one_core=True)
    if os is Os.WS2016:
        return Generation(tuning_weight=0.5, stream_factor=1.4, vnic_on_one_core=False)
    return Generation(tuning_weight=0.0, stream_factor=1.6, vnic_on_one_core=False)


def stop(constants: Constants[Any], _: Switchover, __: Option) -> StopRule:
    """Pass limit, or a small dirty set: neither confirmed by Microsoft, so both are ranges."""
    return PassLimit(passes=constants.pass_limit, small_dirty_bytes=constants.small_dirty_bytes)


def default_simultaneous(pair: HostPair) -> int:
    """2 on hosts; 1 in clusters of 2022 and later (MaximumParallelMigrations), and on Azure Local."""
    newest = {Os.WS2022, Os.WS2025, Os.AZURE_LOCAL}
    if any(host.os is Os.AZURE_LOCAL for host in pair.ends):
        return 1
    return 1 if pair.cluster is not None and all(host.os in newest for host in pair.ends) else 2


def today(pair: HostPair) -> Way:
    """The performance option in force; Compression where nobody changed it, plain TCP/IP on Windows Server 2012."""
    if any(host.os is Os.WS2012 for host in pair.ends):
        return _TCPIP
    option = (pair.source.performance_option or "compression").casefold()
    if option in {"smb", "smbtransport"}:
        rdma = all(any(nic.rdma_on for nic in host.migration_nics) for host in pair.ends)
        return _DIRECT if rdma else _MULTICHANNEL
    return _TCPIP if option == "tcpip" else _COMPRESSION


def offer(pair: HostPair, transport: Transport, tier: Tier) -> Offer | None:
    """The pair under a transport with everything a tier allows; None where the tier adds nothing."""
    capable = all(any(nic.rdma is not Rdma.NONE for nic in host.migration_nics) for host in pair.ends)
    smb = (changes.multichannel_enabled,) if transport.is_smb else ()
    if tier in {Tier.TODAY, Tier.SETTINGS}:
        return changes.apply_all(pair, smb)
    nics: tuple[changes.Improvement, ...]
    if transport is Transport.RDMA:
        if tier is Tier.HARDWARE:
            made = changes.apply_all(pair, (*smb, changes.rdma_nics, changes.power_plan, changes.c_states))
            return None if capable else made
        if not capable:
            return None
        nics = (changes.team_dissolved, _RDMA_ON, _BRIDGING)
    elif transport is Transport.MULTICHANNEL:
        nics = (changes.team_dissolved,)
    else:
        nics = (changes.dynamic_team,)
    if transport.is_smb:
        nics = (*nics, changes.smb_limit_raised)
    grow = (changes.second_nic,) if tier is Tier.HARDWARE else ()
    made = changes.apply_all(pair, (*smb, *grow, *nics, *_TUNING))
    if tier is Tier.HARDWARE:
        return made if any(change.tier is tier for change in made.changes) else None
    return made if made.changes != changes.apply_all(pair, smb).changes else None


PLATFORM = Platform(
    name="hyperv",
    title="Hyper-V",
    ways=(_TCPIP, _COMPRESSION, _MULTICHANNEL, _DIRECT),
    constants=CONSTANTS,
    first_pass="assigned",
    generation=generation,
    stop=stop,
    default_simultaneous=default_simultaneous,
    today=today,
    offer=offer,
    rdma_advice="Microsoft (rule P01) and the field (rule P03) take SMB Direct where both ends can",
    smb=True,
    words=Words(versions="Windows versions"),
    # No blackout has been published with its VM and NIC.
    blackout_needs_measuring_s=3.0,
)
