"""Host pairs and paths from a few words, for tests of the paths room."""

from __future__ import annotations

from typing import Any

from advisor.domain.options import Option, Tier, Transport
from advisor.domain.scenario import HostPair
from advisor.domain.vms import Vm
from advisor.paths import Path, resolve_path
from advisor.platforms import get_platform

Fields = dict[str, Any]

NIC: Fields = {"speed_gbps": 10}
IWARP: Fields = {"speed_gbps": 25, "rdma": "iwarp", "rdma_enabled": True}


def host(*nics: Fields, os: str = "2019", **fields: Any) -> Fields:
    """A host of some NICs; two of 10 GbE where none are named."""
    return {"os": os, "nics": list(nics) or [{**NIC, "count": 2}], **fields}


def pair(source: Fields, destination: Fields | None = None, **fields: Any) -> HostPair:
    """A host pair; the destination is like the source where it is not given."""
    return HostPair.model_validate({"source": source, "destination": destination or source, **fields})


def path(hosts: HostPair, transport: str = "tcpip", *, moves: int = 1, simultaneous: int | None = None) -> Path:
    """The path of a transport over a pair with so many moves at once."""
    platform = get_platform("hyperv")
    chosen = Transport(transport)
    option = Option(
        transport=chosen,
        name=platform.transports[chosen],
        tier=Tier.TODAY,
        simultaneous=simultaneous if simultaneous is not None else moves,
    )
    return resolve_path(platform, hosts, option, (Vm(name="vm", memory_gib=8, count=moves),))
