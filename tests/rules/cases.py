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

IWARP: Fields = {"rdma": "iwarp", "rdma_enabled": True, "pfc": True, "ets": True}
ROCE: Fields = {**IWARP, "rdma": "roce", "vlan_id": 711}


def make_scenario(
    *,
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
    vm: Fields | None = None,
) -> Scenario:
    """The base scenario with some fields replaced; `nics` lists kinds of NIC, `nic` alters all of them."""
    hosts = []
    for name, own, own_nic in (("HV1", source, None), ("HV2", destination, destination_nic)):
        kinds = [{**NIC, **(nic or {}), **kind, **(own_nic or {})} for kind in nics or [{}]]
        version = {"os": os} if os else {}
        hosts.append(
            {
                **HOST,
                **version,
                "name": name,
                "nics": kinds,
                "smb": {**SMB, **(smb or {})},
                **(both or {}),
                **(own or {}),
            }
        )
    return Scenario.model_validate(
        {
            "source": hosts[0],
            "destination": hosts[1],
            "network": {**NETWORK, **(network or {})},
            "cluster": cluster,
            "vms": [{**VM, **(vm or {})}],
        }
    )


def make_case(transport: str = "tcpip", **fields: Any) -> Case:
    """Today's configuration of the base scenario, some fields replaced, under a transport."""
    scenario = make_scenario(**fields)
    platform, pair = get_platform("hyperv"), scenario.pairs[0]
    chosen = Transport(transport)
    option = Option(
        transport=chosen,
        name=platform.transports[chosen],
        tier=Tier.TODAY,
        simultaneous=pair.simultaneous or platform.default_simultaneous(pair),
    )
    return resolve_case(platform, pair, option, scenario.vms)


def answer(rule_id: str, case: Case) -> Answer:
    """What one rule says of a case, were it asked."""
    return get_rule(rule_id).answer(case)
