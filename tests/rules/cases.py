"""Cases from a few words: a base where everything is known and well, and what a test changes in it."""

from __future__ import annotations

from typing import Any

from advisor.domain.options import Option, Tier, Transport
from advisor.domain.scenario import Scenario
from advisor.paths.path import Case
from advisor.paths.resolve import resolve_case
from advisor.platforms import get_platform
from advisor.rules import Answer, get_rule

Fields = dict[str, Any]

NIC: Fields = {"name": "LM", "count": 2, "speed_gbps": 25, "rss": True, "rss_queues": 8, "shared_with_vms": False}
SMB: Fields = {"encryption": False, "signing": False, "compression": False, "constrained": True}
HOST: Fields = {
    "os": "2019",
    "cpu_vendor": "intel",
    "cpu_features": "Ice Lake",
    "power": {"plan": "high_performance", "c_states": False},
    "simultaneous": 2,
    "authentication": "kerberos",
    "credential_guard": False,
    "qos_minimum_bandwidth": False,
}
NETWORK: Fields = {"isolated": True, "crosses_sites": False, "networks_ordered": True}
VM: Fields = {"name": "vm1", "memory_gib": 16, "config_version": 10.0, "processor_compatibility": True}

LINUX_NIC: Fields = {"name": "mig", "speed_gbps": 25, "shared_with_vms": False}
LINUX_HOST: Fields = {
    "os": "10.0",
    "cpu_vendor": "amd",
    "cpu_features": "Milan",
    "performance_option": "tcp",
    "move_cap_mib_s": 0,
    "tls": True,
    "locked_memory": True,
}
LINUX_VM: Fields = {
    "name": "vm1",
    "memory_gib": 16,
    "dirty_rate_mib_s": 50,
    "working_set_gib": 1,
    "machine_type": "pc-q35-9.2",
    "cpu_model": "EPYC-Milan",
}

IWARP: Fields = {"rdma": "iwarp", "rdma_enabled": True, "pfc": True, "ets": True}
ROCE: Fields = {**IWARP, "rdma": "roce", "vlan_id": 711}


def make_scenario(
    *,
    platform: str = "hyperv",
    os: str | None = None,
    nic: Fields | None = None,
    nics: list[Fields] | None = None,
    destination_nic: Fields | None = None,
    smb: Fields | None = None,
    both: Fields | None = None,
    source: Fields | None = None,
    destination: Fields | None = None,
    network: Fields | None = None,
    cluster: Fields | None = None,
    switchover: Fields | None = None,
    vm: Fields | None = None,
) -> Scenario:
    """The platform's base scenario with some fields replaced; `nics` lists kinds of NIC, `nic` alters all of them."""
    hosts = []
    base_host, base_nic, base_vm = (HOST, NIC, VM) if platform == "hyperv" else (LINUX_HOST, LINUX_NIC, LINUX_VM)
    for name, own, own_nic in (("HV1", source, None), ("HV2", destination, destination_nic)):
        kinds = [{**base_nic, **(nic or {}), **kind, **(own_nic or {})} for kind in nics or [{}]]
        version = {"os": os} if os else {}
        hosts.append(
            {
                **base_host,
                **version,
                "name": name,
                "nics": kinds,
                **({"smb": {**SMB, **(smb or {})}} if platform == "hyperv" else {}),
                **(both or {}),
                **(own or {}),
            }
        )
    return Scenario.model_validate(
        {
            "platform": platform,
            "source": hosts[0],
            "destination": hosts[1],
            "network": {**NETWORK, **(network or {})},
            "cluster": cluster,
            "switchover": switchover or {},
            "vms": [{**base_vm, **(vm or {})}],
        }
    )


def make_case(transport: str = "tcpip", **fields: Any) -> Case:
    """Today's configuration of the base scenario, some fields replaced, under a transport."""
    scenario = make_scenario(**fields)
    platform, pair = get_platform(scenario.platform), scenario.pairs[0]
    way = platform.way(Transport(transport))
    option = Option(
        transport=way.transport,
        compressor=way.compressor,
        streams=way.streams,
        name=way.name,
        tier=Tier.TODAY,
        simultaneous=pair.simultaneous or platform.default_simultaneous(pair),
    )
    return resolve_case(platform, pair, option, scenario.vms)


def answer(rule_id: str, case: Case) -> Answer:
    """What one rule says of a case, were it asked."""
    return get_rule(rule_id).answer(case)
