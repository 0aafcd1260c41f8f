"""Tables of NICs, brought to what an estate knows of a host: how fast its migration NICs are, and how many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from advisor.domain.fleet import SetAside
from advisor.domain.hosts import Rdma
from advisor.intake.inventory.facts import aside, facts_of
from advisor.intake.inventory.recognise import Understood
from advisor.intake.inventory.roster import Roster, short_name

_LINK: Final = ("_status", "_media", "_operational", "_admin")
"""What tells whether a link is there; one that says it is not is believed."""

# Adapters that are no ports: virtual switches and their host vNICs, teams, tunnels.
_NO_PORT: Final = re.compile(
    r"virtual|vEthernet|multiplexor|miniport|loopback|teredo|isatap|6to4|kernel debug|bluetooth|\bv?usb|wi-?fi",
    re.IGNORECASE,
)

# Makes of NIC that speak one RDMA protocol and no other. Of those that speak two, or that also come for InfiniBand,
# nothing is concluded but for ConnectX on Ethernet.
_SPEAKS: Final = (
    (re.compile(r"mellanox.*ethernet|connectx.*ethernet", re.IGNORECASE), Rdma.ROCE),
    (re.compile(r"chelsio|X722", re.IGNORECASE), Rdma.IWARP),
    (re.compile(r"ipoib|infiniband", re.IGNORECASE), Rdma.INFINIBAND),
)


@dataclass(slots=True)
class _Nic:
    name: str
    speed_gbps: float
    description: str = ""
    mtu_bytes: int | None = None


class Nics:
    """Gathers NICs of hosts.

    Of a host's NICs those of the fastest kind that is up are taken for the migration NICs: SMB Multichannel uses NICs
    of one speed together and prefers the fastest, and the 1 GbE ports beside 10 or 25 GbE are for management. Ports
    that are down, and adapters that are none (host vNICs, teams), are not counted. The MTU is the smallest of them.
    """

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], dict[str, _Nic]] = {}
        self._shown: dict[tuple[str, str], tuple[str, str]] = {}
        self._rdma: dict[str, dict[str, bool]] = {}
        self._nameless: list[tuple[Understood, Any]] = []

    def learn(self, understood: Understood) -> tuple[int, list[SetAside]]:
        """Read a table of NICs; the rows there were, and those set aside.

        Raises
        ------
        InventoryError
            When the file cannot be read to its end.
        """
        rows, asides = 0, []
        for fact in facts_of(understood):
            rows += 1
            if fact.aside is not None:
                asides.append(fact.aside)
            elif fact.values.get("host"):
                self._take(fact.values, str(fact.values["host"]))
            else:
                self._nameless.append((understood, fact))
        return rows, asides

    def _take(self, said: dict[str, Any], host: str) -> None:
        name = str(said.get("_name", ""))
        if "rdma_enabled" in said:
            self._rdma.setdefault(short_name(host), {})[name] = bool(said["rdma_enabled"])
            return
        cluster = str(said.get("cluster", ""))
        key = (host.casefold(), cluster.casefold())
        self._shown.setdefault(key, (host, cluster))
        mine = self._of.setdefault(key, {})
        description = str(said.get("_description", ""))
        if (
            "nic_gbps" not in said
            or said.get("_virtual") is True
            or any(said.get(column) is False for column in _LINK)
            or _NO_PORT.search(f"{name} {description}")
        ):
            return
        # A float stands where the column holds numbers, whatever its field's type is.
        mtu = said.get("mtu_bytes")
        nic = _Nic(name, float(said["nic_gbps"]), description, None if mtu is None else int(mtu))
        mine.setdefault(name or str(len(mine)), nic)

    def close(self, roster: Roster) -> list[SetAside]:
        """Tell the roster, once all tables were read.

        NICs that name no host are those of the only one there is, or set aside.
        """
        only = roster.only_name([host for host, _ in self._shown.values()])
        asides = []
        for understood, fact in self._nameless:
            if only is None:
                words = ("names no host", "export it with the name of its host (PSComputerName or SystemName)")
                name = str(fact.values.get("_name", ""))[:60]
                asides.append(aside(understood.table, fact.line, name, "", "", *words))
            else:
                self._take(fact.values, only)
        for key, nics in self._of.items():
            host, cluster = self._shown[key]
            roster.say(host, cluster or None, self._facts(short_name(host), list(nics.values())))
        return asides

    def _facts(self, host: str, nics: list[_Nic]) -> dict[str, Any]:
        if not nics:
            return {}
        fastest = max(nic.speed_gbps for nic in nics)
        kind = [nic for nic in nics if nic.speed_gbps == fastest]
        facts: dict[str, Any] = {"nic_gbps": fastest, "nic_count": min(len(kind), 64)}
        sizes = [nic.mtu_bytes for nic in kind if nic.mtu_bytes is not None]
        if sizes:
            facts["mtu_bytes"] = min(sizes)
        if host in self._rdma:
            listed = self._rdma[host]
            capable = [nic for nic in kind if nic.name in listed]
            if not capable:
                facts["rdma"] = Rdma.NONE
            else:
                facts["rdma_enabled"] = all(listed[nic.name] for nic in capable)
                protocols = {_protocol(nic.description) for nic in kind}
                if len(protocols) == 1 and (protocol := protocols.pop()) is not None:
                    facts["rdma"] = protocol
        return facts


def _protocol(description: str) -> Rdma | None:
    return next((protocol for pattern, protocol in _SPEAKS if pattern.search(description)), None)
