"""The seed's lab, and other scenarios from a few words."""

from __future__ import annotations

from typing import Any

from advisor.domain.answers import OptionAnswer, Recommendation
from advisor.domain.options import Transport
from advisor.domain.scenario import Scenario

Fields = dict[str, Any]

IDLE_55: Fields = {"name": "big", "memory_gib": 55, "vcpus": 4, "workload": "idle"}
SIX_OF_9: Fields = {"name": "small", "count": 6, "memory_gib": 9, "vcpus": 2, "workload": "idle"}
DYNAMIC: Fields = {"kind": "lbfo", "mode": "switch_independent", "balancing": "dynamic"}
ADDRESS_HASH: Fields = {**DYNAMIC, "balancing": "transport_ports"}
TUNED: Fields = {"plan": "high_performance", "c_states": False}
UNTUNED: Fields = {"plan": "balanced", "c_states": True}
RDMA_25: Fields = {"speed_gbps": 25, "count": 2, "mtu_bytes": 9000, "rdma": "iwarp", "rdma_enabled": True, "rss": True}


def r720(jumbo: int = 0, power: Fields | None = None, vm: Fields | None = None, **host: Any) -> Scenario:
    """Two R720 with 2 x 10 GbE, RDMA switched off; `jumbo` of the NICs have jumbo frames."""
    nics = [
        {
            "name": f"Port {port}",
            "speed_gbps": 10,
            "mtu_bytes": 9000 if port < jumbo else 1500,
            "rdma": "roce",
            "rdma_enabled": False,
        }
        for port in range(2)
    ]
    source = {"os": "2012R2", "cores": 16, "cpu_busy": 0.05, "nics": nics, "power": power or UNTUNED, **host}
    return Scenario.model_validate({"source": source, "vms": [vm or IDLE_55]})


def scenario(
    *nics: Fields, vms: list[Fields] | None = None, goals: Fields | None = None, more: Fields | None = None, **host: Any
) -> Scenario:
    """A pair of equal hosts; 2 x 10 GbE and one VM of 32 GiB where nothing else is said."""
    return Scenario.model_validate(
        {
            "source": {
                "os": "2019",
                "cores": 16,
                "cpu_busy": 0.1,
                "nics": list(nics) or [{"speed_gbps": 10, "count": 2}],
                **host,
            },
            "vms": vms or [{"name": "vm", "memory_gib": 32}],
            "goals": goals or {},
            **(more or {}),
        }
    )


def options(answer: Recommendation, transport: Transport) -> list[OptionAnswer]:
    """The options of one transport, best first."""
    return [option for option in answer.options if option.transport is transport]


def chosen(answer: Recommendation) -> OptionAnswer:
    """The recommended option, which there must be."""
    assert answer.recommended is not None, answer.summary
    return answer.recommended
