"""Changes a platform can offer: each makes a host pair better in one respect, or finds nothing to do.

A change is a function of a pair that returns the pair as it would be and, where something differs,
the `Change` that says so. Platforms choose and order them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.domain.hosts import Balancing, Host, Nic, Os, PowerPlan, Rdma, Team
from advisor.domain.options import Change, Tier
from advisor.domain.scenario import HostPair
from advisor.platforms.platform import Offer

Improvement = Callable[[HostPair], Offer]
JUMBO_BYTES = 9000
# Parts of 10,000; the other half is left to storage and the cluster (assumption).
RAISED_SMB_FACTOR = 5000


def on_both_ends(pair: HostPair, alter: Callable[[Host], Host], change: Change) -> Offer:
    """The pair with both hosts altered; no change where nothing differs."""
    source, destination = alter(pair.source), alter(pair.destination)
    if (source, destination) == pair.ends:
        return Offer(pair, ())
    return Offer(pair.model_copy(update={"source": source, "destination": destination}), (change,))


def apply_all(pair: HostPair, improvements: Sequence[Improvement]) -> Offer:
    """Make several changes, one after another."""
    changes: tuple[Change, ...] = ()
    for improve in improvements:
        offer = improve(pair)
        pair, changes = offer.pair, changes + offer.changes
    return Offer(pair, changes)


def _each_nic(host: Host, alter: Callable[[Nic], Nic]) -> Host:
    nics = tuple(alter(nic) if nic.selected else nic for nic in host.nics)
    return host if nics == host.nics else host.model_copy(update={"nics": nics})


def jumbo_frames(pair: HostPair, *, how: str = "") -> Offer:
    """MTU 9000 on every migration NIC and the switches between; `how` is what the platform's tools call it."""

    def alter(nic: Nic) -> Nic:
        return nic if nic.has_jumbo else nic.model_copy(update={"mtu_bytes": JUMBO_BYTES})

    nics = [nic for host in pair.ends for nic in host.migration_nics]
    on = any(nic.has_jumbo for nic in nics)
    change = Change(
        code="jumbo",
        tier=Tier.TUNING,
        what="Jumbo frames on every migration NIC and the switch ports between",
        current="on some of them" if on else "on none",
        recommended=f"MTU {JUMBO_BYTES} on all" + (f" ({how})" if how else ""),
        disruption="disruptive",
    )
    offer = on_both_ends(pair, lambda host: _each_nic(host, alter), change)
    switch = pair.network.switch_mtu_bytes
    if switch is None or switch >= JUMBO_BYTES:
        return offer
    network = pair.network.model_copy(update={"switch_mtu_bytes": JUMBO_BYTES})
    return Offer(offer.pair.model_copy(update={"network": network}), offer.changes or (change,))


def receive_side_scaling(pair: HostPair) -> Offer:
    """RSS on, where it is known to be off or to have one queue."""

    def alter(nic: Nic) -> Nic:
        if nic.rss is not False and nic.rss_queues != 1:
            return nic
        return nic.model_copy(update={"rss": True, "rss_queues": None})

    change = Change(
        code="rss",
        tier=Tier.TUNING,
        what="Receive-side scaling with several queues on the migration NICs",
        current="off, or one queue",
        recommended="on",
        disruption="disruptive",
    )
    return on_both_ends(pair, lambda host: _each_nic(host, alter), change)


def power_plan(pair: HostPair) -> Offer:
    """The High performance plan."""

    def alter(host: Host) -> Host:
        if host.power.plan is PowerPlan.HIGH_PERFORMANCE:
            return host
        # C-states are a BIOS setting: where nothing was known of them they are taken as on until `c_states` ends them.
        c_states = True if host.power.c_states is None else host.power.c_states
        power = host.power.model_copy(update={"plan": PowerPlan.HIGH_PERFORMANCE, "c_states": c_states})
        return host.model_copy(update={"power": power})

    change = Change(
        code="power plan",
        tier=Tier.TUNING,
        what="Windows power plan on every host",
        current="Balanced",
        recommended="High performance (powercfg /setactive SCHEME_MIN)",
        disruption="online",
    )
    return on_both_ends(pair, alter, change)


def c_states(pair: HostPair) -> Offer:
    """C-states and C1E off in the BIOS: a restart, and not what the power plan does."""

    def alter(host: Host) -> Host:
        if host.power.c_states is False or (host.power.c_states is None and not host.power.sleeping):
            return host
        return host.model_copy(update={"power": host.power.model_copy(update={"c_states": False})})

    change = Change(
        code="C-states off",
        tier=Tier.TUNING,
        what="C-states and C1E in the BIOS of every host (not a power plan)",
        current="enabled, or not known",
        recommended="disabled",
        disruption="disruptive",
    )
    return on_both_ends(pair, alter, change)


def multichannel_enabled(pair: HostPair) -> Offer:
    """SMB Multichannel on, where it was switched off."""

    def alter(host: Host) -> Host:
        return (
            host
            if host.smb.multichannel
            else host.model_copy(update={"smb": host.smb.model_copy(update={"multichannel": True})})
        )

    change = Change(
        code="multichannel on",
        tier=Tier.SETTINGS,
        what="SMB Multichannel on every host",
        current="disabled",
        recommended="enabled (Set-SmbClientConfiguration -EnableMultiChannel $true)",
        disruption="online",
    )
    return on_both_ends(pair, alter, change)


def smb_limit_raised(pair: HostPair) -> Offer:
    """Half of all adapters for SMB moves, where the cluster holds them to less."""
    cluster = pair.cluster
    limited = cluster is not None and cluster.smb_limit_enabled is not False and not cluster.virtual_nodes
    if cluster is None or not limited or cluster.smb_limit_factor >= RAISED_SMB_FACTOR:
        return Offer(pair, ())
    if not any(cluster.smb_limit_works(host) for host in pair.ends):
        return Offer(pair, ())
    change = Change(
        code="SMB limit raised",
        tier=Tier.SETTINGS,
        what="The cluster's limit on SMB live migration",
        current=f"{cluster.smb_limit_factor / 100:g} % of all adapters",
        recommended=f"{RAISED_SMB_FACTOR / 100:g} % ((Get-Cluster).SMBBandwidthLimitFactor = {RAISED_SMB_FACTOR})",
        disruption="online",
    )
    if cluster.network_atc or any(host.os is Os.AZURE_LOCAL for host in pair.ends):
        # Network ATC owns the limit and would put its own back.
        share = f"{RAISED_SMB_FACTOR / 100:g} %"
        by_atc = f"{share}, by New-NetIntentGlobalClusterOverrides (set by hand, Network ATC undoes it)"
        change = change.model_copy(update={"recommended": by_atc})
    raised = cluster.model_copy(update={"smb_limit_factor": RAISED_SMB_FACTOR})
    return Offer(pair.model_copy(update={"cluster": raised}), (change,))


def smb_limit_removed(pair: HostPair) -> Offer:
    """The hosts' own limit on SMB moves gone, where they have one."""

    def alter(host: Host) -> Host:
        if host.smb.limit_mib_s is None or host.smb.limit_feature is False:
            return host
        return host.model_copy(update={"smb": host.smb.model_copy(update={"limit_mib_s": None})})

    limits = sorted({host.smb.limit_mib_s for host in pair.ends if host.smb.limit_mib_s is not None})
    change = Change(
        code="SMB limit removed",
        tier=Tier.SETTINGS,
        what="The hosts' own limit on SMB live migration",
        current=" and ".join(f"{limit:g} MiB/s" for limit in limits),
        recommended="none (Remove-SmbBandwidthLimit -Category LiveMigration)",
        disruption="online",
    )
    return on_both_ends(pair, alter, change)


def team_dissolved(pair: HostPair) -> Offer:
    """Each NIC on its own, where an LBFO team keeps SMB from seeing them."""

    def alter(host: Host) -> Host:
        return host.model_copy(update={"team": None}) if host.team is not None and host.team.kind == "lbfo" else host

    change = Change(
        code="no team",
        tier=Tier.TUNING,
        what="LBFO team of the migration NICs",
        current="teamed",
        recommended="each NIC alone, with its own address and subnet",
        disruption="disruptive",
    )
    return on_both_ends(pair, alter, change)


def dynamic_team(pair: HostPair) -> Offer:
    """A switch-independent Dynamic team: the only way for TCP/IP and Compression to use several NICs."""

    def may(host: Host) -> bool:
        nics = host.migration_nics
        able = host.os not in {Os.WS2012, Os.AZURE_LOCAL} and host.vnic is None and host.team is None
        # NICs that speak RDMA would lose it in a team (rule R04): nobody wants that for Compression's sake.
        able = able and not any(nic.rdma_on for nic in nics)
        return able and len(nics) > 1 and len({nic.speed_gbps for nic in nics}) == 1

    if not all(may(host) for host in pair.ends):
        return Offer(pair, ())
    team = Team(kind="lbfo", mode="switch_independent", balancing=Balancing.DYNAMIC)
    change = Change(
        code="Dynamic team",
        tier=Tier.TUNING,
        what="The migration NICs of each host",
        current="each alone, one in use",
        recommended="LBFO team, switch independent, Dynamic, with no vSwitch on it",
        disruption="disruptive",
    )
    return on_both_ends(pair, lambda host: host.model_copy(update={"team": team}), change)


def rdma_enabled(pair: HostPair, *, how: str = "") -> Offer:
    """RDMA on, where the NICs can and it is off."""

    def alter(nic: Nic) -> Nic:
        return (
            nic.model_copy(update={"rdma_enabled": True})
            if nic.rdma is not Rdma.NONE and nic.rdma_enabled is False
            else nic
        )

    change = Change(
        code="RDMA on",
        tier=Tier.TUNING,
        what="RDMA on the migration NICs of every host",
        current="disabled",
        recommended="enabled" + (f" ({how})" if how else ""),
        disruption="disruptive",
    )
    return on_both_ends(pair, lambda host: _each_nic(host, alter), change)


def data_center_bridging(pair: HostPair, *, traffic: str = "migration") -> Offer:
    """PFC, ETS and a VLAN, where RoCE needs them and they are known or likely to be missing."""

    def alter(nic: Nic) -> Nic:
        if nic.rdma is not Rdma.ROCE or (nic.pfc and nic.ets and nic.vlan_id != 0):
            return nic
        return nic.model_copy(update={"pfc": True, "ets": True, "vlan_id": nic.vlan_id or None})

    change = Change(
        code="DCB",
        tier=Tier.TUNING,
        what="Data Center Bridging for RoCE: PFC and ETS on every NIC and switch port, and a VLAN",
        current="missing, or not known",
        recommended=f"PFC on priority 3, ETS for {traffic}, VLAN 1-4094",
        disruption="disruptive",
    )
    return on_both_ends(pair, lambda host: _each_nic(host, alter), change)


def second_nic(pair: HostPair) -> Offer:
    """A second NIC like the first, where there is one."""

    def alter(host: Host) -> Host:
        if len(host.migration_nics) > 1:
            return host
        nics = tuple(nic.model_copy(update={"count": 2}) if nic.selected else nic for nic in host.nics)
        return host.model_copy(update={"nics": nics})

    speed = pair.source.migration_nics[0].speed_gbps
    change = Change(
        code="2nd NIC",
        tier=Tier.HARDWARE,
        what="Migration NICs of each host",
        current=f"one of {speed:g} GbE",
        recommended=f"two of {speed:g} GbE",
        disruption="disruptive",
    )
    return on_both_ends(pair, alter, change)


def faster_nics(pair: HostPair, *, speed_gbps: float) -> Offer:
    """NICs of a higher speed, where today's are slower; what else they can stays.

    Two stand for more, where two carry no less: many slow NICs are not replaced one by one.
    """

    def alter(host: Host) -> Host:
        own = host.migration_nics
        slow = all(nic.speed_gbps < speed_gbps for nic in own)
        if slow and len(own) > 2 and 2 * speed_gbps >= sum(nic.speed_gbps for nic in own):
            others = tuple(nic for nic in host.nics if not nic.selected)
            return host.model_copy(update={"nics": (_of_speed(own[0], speed_gbps, count=2), *others)})
        return _each_nic(host, lambda nic: nic if nic.speed_gbps >= speed_gbps else _of_speed(nic, speed_gbps))

    change = Change(
        code=f"{speed_gbps:g} GbE",
        tier=Tier.HARDWARE,
        what="Migration NICs of every host",
        current=nics_of(pair.source),
        recommended=f"{nics_of(alter(pair.source))}, and switches for them",
        disruption="disruptive",
    )
    return on_both_ends(pair, alter, change)


def _of_speed(nic: Nic, speed_gbps: float, *, count: int | None = None) -> Nic:
    return nic.model_copy(update={"speed_gbps": speed_gbps, "count": count or nic.count})


def nics_of(host: Host) -> str:
    """The migration NICs of a host in words.

    Examples
    --------
    >>> nics_of(Host(os="2022", nics=({"speed_gbps": 25, "count": 2},)))
    '2 x 25 GbE'
    """
    return ", ".join(f"{nic.count} x {nic.speed_gbps:g} GbE" for nic in host.nics if nic.selected)


def rdma_nics(pair: HostPair, *, speed_gbps: float = 25) -> Offer:
    """Two iWARP NICs, where today's cannot do RDMA: iWARP asks nothing of the switches."""
    new = Nic(
        name="RDMA", count=2, speed_gbps=speed_gbps, mtu_bytes=JUMBO_BYTES, rdma=Rdma.IWARP, rdma_enabled=True, rss=True
    )

    def alter(host: Host) -> Host:
        others = tuple(nic for nic in host.nics if not nic.selected)
        return host.model_copy(update={"nics": (new, *others), "team": None, "vnic": None})

    change = Change(
        code=f"2x{speed_gbps:g} GbE RDMA",
        tier=Tier.HARDWARE,
        what="Migration NICs of every host",
        current=nics_of(pair.source),
        recommended=f"two {speed_gbps:g} GbE NICs with RDMA (iWARP; RoCE where the switches have DCB)",
        disruption="disruptive",
    )
    return on_both_ends(pair, alter, change)
