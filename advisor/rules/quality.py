"""The quality of the network and the hosts migration runs on (Q01 to Q06)."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import PowerPlan
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import FAST_GBPS, jumbo_disagreement, named, selected
from advisor.rules.logic import Known, all_of, any_of, judge, negate
from advisor.rules.registry import Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY

LEAST_GBPS: Final = 1


@rule(
    "Q01",
    "warn",
    EVERY,
    remedy="Give live migration a link of 1 Gbit/s or more.",
    source=cite(official=sources.LINK_SPEED_CHECK),
)
def links_have_a_gigabit(case: Case) -> Answer:
    """Every live migration network has at least 1 Gbit/s."""
    slow = [(host, nic) for host in case.pair.ends for nic in selected(host) if nic.speed_gbps < LEAST_GBPS]
    speeds = " and ".join(dict.fromkeys(f"{nic.speed_gbps:g}" for _, nic in slow))
    hosts = dict.fromkeys(host for host, _ in slow)
    return judge(bool(slow), f"Migration link of {speeds} Gbit/s on {named(hosts)}: the switchover may time out.")


@rule(
    "Q02",
    "warn",
    EVERY,
    remedy="*JumboPacket 9014 on both ends and a larger MTU on the switch, or jumbo nowhere.",
    source=cite(official=(sources.JUMBO_SAMPLE, sources.WINOF_KEYS)),
)
def jumbo_frames_agree_end_to_end(case: Case) -> Answer:
    """Jumbo frames are on at both ends and the switch, or nowhere."""
    disagree, what, largest = jumbo_disagreement(case)
    return judge(
        disagree,
        f"Jumbo frames do not agree from end to end: {what}.",
        f"Verify that the switches pass packets of {largest} bytes (ping -f -l {largest - 28}).",
    )


@rule(
    "Q03",
    "warn",
    EVERY,
    remedy="Give live migration a network or VLAN of its own, or IPsec.",
    source=cite(official=sources.SET_UP_HOSTS),
)
def migration_is_isolated(case: Case) -> Answer:
    """Live migration travels unencrypted and belongs on a network of its own."""
    network = case.pair.network
    shared = any_of(nic.shared_with_vms for host in case.pair.ends for nic in selected(host))
    exposed: Known = shared if network.isolated is None else not network.isolated
    encrypted = any_of(host.smb.encryption for host in case.pair.ends) if case.option.transport.is_smb else False
    place = "a network shared with management or VMs" if shared else "a network that is not isolated"
    return judge(
        all_of([exposed, negate(encrypted)]),
        f"Memory contents travel unencrypted over {place}.",
        "Verify that live migration has a network of its own: memory travels unencrypted.",
    )


@rule(
    "Q04",
    "advise",
    EVERY,
    remedy="Set MigrationExcludeNetworks with Set-ClusterParameter on the type Virtual Machine.",
    source=cite(official=sources.SMB_LIMIT),
)
def cluster_networks_are_chosen(case: Case) -> Answer:
    """A cluster's migration networks are chosen and ordered."""
    cluster = case.pair.cluster
    return judge(
        negate(case.pair.network.networks_ordered) if cluster is not None else False,
        "The cluster's migration networks are not chosen: Windows picks, the cluster/CSV network last.",
        "Verify which networks the cluster migrates over (Get-ClusterParameter MigrationExcludeNetworks).",
    )


@rule(
    "Q05",
    "advise",
    EVERY,
    remedy="powercfg /setactive SCHEME_MIN, and C-states off in the BIOS.",
    source=cite(community=sources.TECHGENIX),
)
def fast_links_want_high_performance(case: Case) -> Answer:
    """With 10 GbE or more, hosts run the High performance plan."""
    saving = [
        host
        for host in case.pair.ends
        if host.power.plan is not PowerPlan.HIGH_PERFORMANCE
        and max(nic.speed_gbps for nic in selected(host)) >= FAST_GBPS
    ]
    speed = max((nic.speed_gbps for host in saving for nic in selected(host)), default=0.0)
    return judge(bool(saving), f"Balanced power plan on {named(saving)}, with {speed:g} Gbit/s NICs.")


@rule(
    "Q06",
    "warn",
    EVERY,
    remedy="Get-NetQosPolicy; take minimum bandwidth off the team, use DCB or vSwitch weights.",
    source=cite(official=sources.NIC_TEAMING),
)
def host_qos_slows_teams(case: Case) -> Answer:
    """Minimum-bandwidth policies of the host's QoS slow a team."""
    teamed = [host for host in case.pair.ends if host.team is not None]
    slowed = [host for host in teamed if host.qos_minimum_bandwidth]
    return judge(
        any_of(host.qos_minimum_bandwidth for host in teamed),
        f"QoS minimum-bandwidth policies on {named(slowed)} hold the team of "
        f"{' and '.join(dict.fromkeys(str(len(host.migration_nics)) for host in slowed))} NICs back.",
        f"Verify that no QoS minimum-bandwidth policy slows the team of {named(teamed)} (Get-NetQosPolicy).",
    )
