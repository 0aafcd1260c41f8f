"""Looks an inventory through: totals, what was set aside and why, what defaults have to fill in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from advisor.domain.defaults import load_defaults
from advisor.domain.estate import Default, EstateHost
from advisor.domain.fleet import SetAside
from advisor.domain.hosts import Cluster, Host, Nic, Os
from advisor.domain.inventory import Inventory
from advisor.domain.scenario import HostPair
from advisor.domain.survey import AsideGroup, DefaultTaken, HostKind, Survey, TableSeen
from advisor.intake.inventory.vms import IS_NUMBER

_EXAMPLES: Final = 3
_MOST_GROUPS: Final = 200
_REST: Final = ("other reasons", "")
_SAID_OF_HOSTS: Final = tuple(name for name in HostKind.model_fields if name in EstateHost.model_fields)
_LIMIT: Final = "cluster.max_parallel_migrations"


def survey_inventory(inventory: Inventory, defaults: Iterable[Default] | None = None) -> Survey:
    """Say how an inventory was understood; its VMs are read once more.

    Parameters
    ----------
    defaults : what is taken where it does not say; not given, the shipped table.

    Raises
    ------
    InventoryError
        When a file was changed meanwhile.

    Examples
    --------
    >>> from advisor.intake.inventory import read_inventory
    >>> from advisor.shipped import shipped_path
    >>> survey = survey_inventory(read_inventory(shipped_path("data", "examples", "inventories", "hyperv")))
    >>> survey.hosts, survey.vms, survey.rows_set_aside
    (3, 16, 2)
    """
    rows = tuple(load_defaults() if defaults is None else defaults)
    groups = _Groups()
    missing: Counter[str] = Counter()
    memory_gib, vms = 0.0, 0
    groups.add(inventory.set_aside)
    for table in inventory.tables():
        vms += len(table)
        memory_gib += float(table.memory_gib.sum())
        groups.add(table.set_aside)
        for name, is_number in IS_NUMBER.items():
            values = getattr(table, name)
            unknown = np.isnan(values).sum() if is_number else sum(value is None for value in values.tolist())
            missing[f"vm.{name}"] += int(unknown)
    for kind, words in (("host", inventory.hosts), ("cluster", inventory.clusters)):
        for word in words:
            missing.update(f"{kind}.{name}" for name in type(word).model_fields if getattr(word, name) is None)
    totals = {"vm": vms, "host": len(inventory.hosts), "cluster": len(inventory.clusters)}
    return Survey(
        files=inventory.files,
        tables=tuple(
            TableSeen(
                file=one.file,
                sheet=one.sheet,
                format=one.format,
                holds=one.holds,
                columns=dict(one.columns),
                ignored=one.ignored,
                rows=one.rows,
                used=one.used,
            )
            for one in inventory.mapped
        ),
        unread=inventory.unread,
        note=inventory.note,
        clusters=len(inventory.clusters),
        hosts=len(inventory.hosts),
        hosts_alone=sum(host.cluster is None for host in inventory.hosts),
        host_kinds=_host_kinds(inventory.hosts),
        vms=vms,
        memory_gib=memory_gib,
        rows_read=inventory.rows_read,
        rows_set_aside=inventory.rows_set_aside,
        set_aside=groups.all(),
        defaults=tuple(
            DefaultTaken(missing=missing[row.column], of=totals[row.column.partition(".")[0]], **row.model_dump())
            for row in rows
            if missing[row.column]
        )
        + _limit_in_force(inventory, rows),
        fingerprint=inventory.fingerprint,
    )


def _host_kinds(hosts: Iterable[EstateHost]) -> tuple[HostKind, ...]:
    """Hosts of which the same is known, most first."""
    names: dict[tuple[object, ...], list[str]] = {}
    for host in hosts:
        names.setdefault(tuple(getattr(host, name) for name in _SAID_OF_HOSTS), []).append(host.host)
    ranked = sorted(names.items(), key=lambda one: -len(one[1]))
    return tuple(
        HostKind.model_validate(
            {"hosts": len(own), "names": tuple(own[:_EXAMPLES]), **dict(zip(_SAID_OF_HOSTS, said, strict=True))}
        )
        for said, own in ranked
    )


def _limit_in_force(inventory: Inventory, rows: Iterable[Default]) -> tuple[DefaultTaken, ...]:
    """The limit on moves of clusters that do not say theirs, where it counts all the same over that of the hosts."""
    middles = {row.column: row.middle for row in rows}
    if _LIMIT in middles or "host.os" not in middles:
        return ()
    taken = Os(middles["host.os"])
    silent = {one.cluster for one in inventory.clusters if one.max_parallel_migrations is None}
    by_hosts = set()
    for said in inventory.hosts:
        if said.cluster in silent:
            host = Host(os=said.os or taken, updated=said.updated, nics=(Nic(speed_gbps=1),))
            if not HostPair(source=host, destination=host, cluster=Cluster()).cluster_limits_moves:
                by_hosts.add(said.cluster)
    if not silent - by_hosts:
        return ()
    return (
        DefaultTaken(
            column=_LIMIT,
            missing=len(silent - by_hosts),
            of=len(inventory.clusters),
            low="1",
            middle="1",
            high="1",
            source="the default of clusters of Windows Server 2022 and later, which counts over the hosts' own limit",
        ),
    )


class _Groups:
    """Rows set aside by reason and column, the first few of each kept."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._examples: dict[tuple[str, str], list[SetAside]] = {}

    def add(self, rows: Sequence[SetAside]) -> None:
        """Count rows."""
        for row in rows:
            key = (row.reason, row.column)
            if key not in self._counts and len(self._counts) >= _MOST_GROUPS:
                key = _REST
            self._counts[key] += 1
            examples = self._examples.setdefault(key, [])
            if len(examples) < _EXAMPLES:
                examples.append(row)

    def all(self) -> tuple[AsideGroup, ...]:
        """The groups, largest first."""
        return tuple(
            AsideGroup(reason=key[0], column=key[1], rows=count, examples=tuple(self._examples[key]))
            for key, count in self._counts.most_common()
        )
