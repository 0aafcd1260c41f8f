"""Resolved cases between the nodes of a cluster, one for each two kinds of host."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Host
from advisor.domain.vms import Vm
from advisor.fleet.in_force import Setting
from advisor.paths import Case, resolve_case

# More moves than this share a path as these do.
_MOVES_THAT_MATTER: Final = 4096


class Cases:
    """Resolved cases between nodes, one for each two kinds of host."""

    def __init__(self, setting: Setting, moves: int) -> None:
        self._setting = setting
        self._vms = (Vm(memory_gib=1.0, count=min(max(moves, 1), _MOVES_THAT_MATTER)),)
        self._kinds: dict[Host, int] = {}
        self._of_host: dict[int, dict[int, int]] = {}
        self._kept: dict[tuple[int, int], Case] = {}

    def kind(self, hosts: tuple[Host, ...], node: int) -> int:
        """Hosts that differ only in their names are of one kind."""
        known = self._of_host.setdefault(id(hosts), {})
        if node not in known:
            nameless = hosts[node].model_copy(update={"name": "host"})
            known[node] = self._kinds.setdefault(nameless, len(self._kinds))
        return known[node]

    def kinds(self, ends: tuple[int, int]) -> tuple[int, int]:
        """Of two nodes that are alike for every move, the first ones."""
        hosts = self._setting.hosts
        firsts: dict[int, int] = {}
        for node in ends:
            firsts.setdefault(self.kind(hosts, node), node)
        return firsts[self.kind(hosts, ends[0])], firsts[self.kind(hosts, ends[1])]

    def of(self, hosts: tuple[Host, ...], source: int, destination: int) -> Case:
        """The case of two nodes."""
        key = self.kind(hosts, source), self.kind(hosts, destination)
        if key not in self._kept:
            pair = self._setting.pair(source, destination)
            pair = pair.model_copy(update={"source": hosts[source], "destination": hosts[destination]})
            self._kept[key] = resolve_case(self._setting.platform, pair, self._setting.option, self._vms)
        return self._kept[key]
