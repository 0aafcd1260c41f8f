"""What is to be changed though nobody said how it is: it was taken from a default, and has to be looked up first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from advisor.domain.options import Change, Option
from advisor.fleet.ladder import Rung

# The columns of an inventory that say how things stand today, by change of an option and by change of a rung.
_OF_CHANGES: Final[Mapping[str, tuple[str, ...]]] = {
    "jumbo": ("mtu_bytes",),
    "power plan": ("power_plan",),
    "C-states off": ("power_plan",),
    "Dynamic team": ("nic_count", "team"),
    "no team": ("nic_count", "team"),
    "RDMA on": ("rdma",),
    "DCB": ("rdma",),
    "transport": ("performance_option",),
    "simultaneous": ("simultaneous", "cluster.max_parallel_migrations"),
    "SMB limit raised": ("cluster.smb_limit_factor",),
}
_OF_RUNGS: Final[Mapping[str, tuple[str, ...]]] = {
    "limit": ("simultaneous", "cluster.max_parallel_migrations"),
    "cap": ("cluster.smb_limit_factor",),
    "transport": ("performance_option",),
    "power": ("power_plan",),
    "jumbo": ("mtu_bytes",),
    "rdma_on": ("rdma",),
    "team": ("nic_count", "team"),
    "rdma_25": ("nic_gbps", "nic_count", "rdma"),
    "rdma_100": ("nic_gbps", "nic_count", "rdma"),
}
_NICS: Final = ("nic_gbps", "nic_count")


def with_defaults_told(option: Option, assumed: Collection[str]) -> Option:
    """An option whose changes say where what is there today is only a default.

    Parameters
    ----------
    assumed : columns that were taken from defaults.
    """
    changes = tuple(_told(change, assumed) for change in option.changes)
    return option if changes == option.changes else option.model_copy(update={"changes": changes})


def _told(change: Change, assumed: Collection[str]) -> Change:
    columns = [column for column in _OF_CHANGES.get(change.code, ()) if column in assumed]
    if not columns:
        return change
    current = f"{change.current} (a default: look up {' and '.join(columns)} first)"
    return change.model_copy(update={"current": current})


def rung_with_defaults_told(rung: Rung, assumed: Collection[str]) -> Rung:
    """A rung that says which of what it changes is only a default.

    Examples
    --------
    >>> rung = Rung(("jumbo",), 8.0, "TCP/IP, 2 at a time", ("tcpip", 2, False))
    >>> rung_with_defaults_told(rung, ["mtu_bytes"]).setting
    'TCP/IP, 2 at a time; look up mtu_bytes first: a default'
    """
    columns = dict.fromkeys(column for code in rung.codes for column in _OF_RUNGS.get(code, _NICS) if column in assumed)
    if not columns:
        return rung
    return replace(rung, setting=f"{rung.setting}; look up {' and '.join(columns)} first: a default")
