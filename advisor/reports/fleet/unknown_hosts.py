"""Hosts of which nobody knows whether they fit the window: what stands in the way, and which VMs it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from advisor.domain.fleet import HostRow, VmRow
from advisor.reports.fleet.tables import BatchTables, words
from advisor.reports.fleet.wording import counted, pieces

_MOST_NAMES: Final = 3


def obstacles_of(tables: BatchTables, hosts: Sequence[HostRow]) -> list[list[str]]:
    """For each host, what stands in the way of emptying it, in words; VMs that cannot be timed are counted and named.

    Parameters
    ----------
    hosts : a few of those of which the window is not known; VMs are read until all that cannot be timed were met.
    """
    untimed: dict[tuple[str, str], dict[str, list[str]]] = {(row.cluster, row.host): {} for row in hosts}
    left = sum(row.not_moving for row in hosts)
    among = {row.host for row in hosts if row.not_moving}
    for vm in words(tables, VmRow, "host", among) if left else ():
        of_host = untimed.get((vm.cluster, vm.host))
        if of_host is None or vm.total_s_p50 is not None:
            continue
        for code in pieces(vm.reasons):
            of_host.setdefault(code, []).append(vm.vm)
        left -= 1
        if not left:
            break
    meanings = tables.summary.reason_words
    return [list(_told(row, untimed[row.cluster, row.host], meanings)) for row in hosts]


def _told(row: HostRow, untimed: Mapping[str, Sequence[str]], meanings: Mapping[str, str]) -> Iterator[str]:
    for code in pieces(row.obstacles):
        meaning, names = meanings.get(code, code), untimed.get(code, ())
        more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
        who = f"{counted(len(names), 'VM')} ({', '.join(names[:_MOST_NAMES])}{more}): " if names else ""
        yield f"{who}{meaning}"
