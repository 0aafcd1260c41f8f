"""The hosts and clusters of an inventory: whatever its tables call them, each is one, and what they say is joined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from advisor.domain.estate import EstateCluster, EstateHost

_ADDRESS: Final = re.compile(r"[\d.]+|[0-9a-fA-F:.%]*:[0-9a-fA-F:.%]*", re.ASCII)

_NOTHING: Final[Mapping[str, Any]] = {}

Key = tuple[str, str]
"""A cluster's name, empty for none, and a host's, both as they are told apart."""


@lru_cache(maxsize=1 << 16)
def short_name(name: str) -> str:
    """A name up to its first dot, small; an address stays whole.

    Examples
    --------
    >>> short_name("HV01.contoso.com"), short_name("10.1.2.3")
    ('hv01', '10.1.2.3')
    """
    small = name.casefold()
    return small if _ADDRESS.fullmatch(small) else small.partition(".")[0] or small


class _Spellings:
    """Full and short names: one short name with one full name is one thing, with several it is several."""

    def __init__(self) -> None:
        self._full: dict[str, set[str]] = {}
        self._shown: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def learn(self, name: str) -> None:
        """Take note of a spelling."""
        if name in self._keys:
            return
        self._keys[name] = ""
        short = short_name(name)
        full = self._full.setdefault(short, set())
        if name.casefold() != short:
            full.add(name.casefold())

    def key(self, name: str) -> str:
        """What the name is told apart by, once all are learnt."""
        key = self._keys.get(name)
        if not key:
            short = short_name(name)
            key = self._keys[name] = short if len(self._full.get(short, ())) <= 1 else name.casefold()
        return key

    def show(self, name: str) -> str:
        """The spelling that is shown: the first that came."""
        return self._shown.setdefault(self.key(name), name)


class Roster:
    """Gathers what tables say of hosts and clusters; `close` joins it.

    A host is told apart by its cluster and name. A table that names no cluster speaks of the one host of that name;
    where two clusters have one, of a host of its own. The first table that says something of a host is believed.
    """

    def __init__(self) -> None:
        self._hosts = _Spellings()
        self._clusters = _Spellings()
        self._said: list[tuple[str, str, Mapping[str, Any]]] = []
        self._of_cluster: list[tuple[str, Mapping[str, Any]]] = []
        self.hosts: tuple[EstateHost, ...] = ()
        self.clusters: tuple[EstateCluster, ...] = ()
        self._clusters_of: dict[str, set[str]] = {}
        self._position: dict[Key, int] = {}

    def say(self, host: str, cluster: str | None, facts: Mapping[str, Any] | None = None) -> None:
        """A table names a host."""
        self._hosts.learn(host)
        if cluster:
            self._clusters.learn(cluster)
        self._said.append((host, cluster or "", facts or _NOTHING))

    def say_cluster(self, cluster: str, facts: Mapping[str, Any]) -> None:
        """A table says something of a cluster; one without a name is the only one there is."""
        if cluster:
            self._clusters.learn(cluster)
        self._of_cluster.append((cluster, facts))

    def only_name(self, others: Iterable[str] = ()) -> str | None:
        """The host's name where all that was said, and these names, are of one; else None."""
        names = {short_name(name): name for name in (*others, *(host for host, _, _ in self._said))}
        return next(iter(names.values())) if len(names) == 1 else None

    def close(self) -> None:
        """Join what was said."""
        for host, cluster, _ in self._said:
            if cluster:
                self._clusters_of.setdefault(self._hosts.key(host), set()).add(self._clusters.key(cluster))
        shown: dict[Key, tuple[str, str]] = {}
        facts: dict[Key, Mapping[str, Any]] = {}
        for host, cluster, said in self._said:
            key = self._key(host, cluster)
            if key not in shown:
                shown[key] = (self._hosts.show(host), "")
            if cluster and not shown[key][1]:
                shown[key] = (shown[key][0], self._clusters.show(cluster))
            known = facts.get(key)
            facts[key] = {**said, **known} if known else said
        self._said = []  # of a large estate this is as much as the hosts themselves, and so are the facts
        order = sorted(shown, key=lambda key: (shown[key][1] or shown[key][0], shown[key][0], key))
        self._position = {key: at for at, key in enumerate(order)}
        self.hosts = tuple(
            EstateHost.model_validate({**facts.pop(key), "host": shown[key][0], "cluster": shown[key][1] or None})
            for key in order
        )
        self.clusters = self._joined_clusters()

    def _joined_clusters(self) -> tuple[EstateCluster, ...]:
        names = sorted({host.cluster for host in self.hosts if host.cluster})
        facts: dict[str, dict[str, Any]] = {self._clusters.key(name): {} for name in names}
        for cluster, said in self._of_cluster:
            key = self._clusters.key(cluster) if cluster else next(iter(facts)) if len(facts) == 1 else None
            for column, value in said.items():
                if key in facts:
                    facts[key].setdefault(column, value)
        return tuple(
            EstateCluster.model_validate(facts[self._clusters.key(name)] | {"cluster": name}) for name in names
        )

    def _key(self, host: str, cluster: str) -> Key:
        key = self._hosts.key(host)
        if cluster:
            return self._clusters.key(cluster), key
        known = self._clusters_of.get(key, set())
        return (next(iter(known)) if len(known) == 1 else ""), key

    def position(self, host: str, cluster: str | None) -> int | None:
        """Where a host stands in `hosts`; None where nobody named it. One without a name is the only one there is."""
        if not host:
            return 0 if len(self.hosts) == 1 else None
        return self._position.get(self._key(host, cluster or ""))

    def called(self, names: Iterable[str], cluster: str | None) -> tuple[str, ...]:
        """Names of hosts as `hosts` has them; a name that nobody knows stays as it is."""
        found = ((name, self.position(name, cluster)) for name in names)
        return tuple(name if at is None else self.hosts[at].host for name, at in found)
