"""The form of a what-if: hosts, NICs, team, VMs, goals. What it does not show of a scenario stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from advisor.domain.hosts import QEMU, WINDOWS, Balancing, Rdma
from advisor.domain.scenario import TEAM_KINDS
from advisor.domain.shipped_tables import load_tolerances, load_workloads
from advisor.intake.validation import platform_of
from advisor.platforms import get_platform
from advisor.ui import session
from advisor.ui.fields import Fields
from advisor.ui.tree import KeyPath, put, value_at
from advisor.units import format_duration

_ALL: Final = "all hosts"
_PACKETS: Final = {"1500": "1500 bytes", "9000": "9000 bytes, jumbo", "9014": "9014 bytes, jumbo"}
_TEAMS: Final = {"lbfo": "NIC Teaming (LBFO)", "set": "Switch Embedded Teaming", "bond": "Linux bonding"}
_NEW_NIC: Final = {"speed_gbps": "25"}
_NEW_VM: Final = {"memory_gib": "16"}


def scenario_form(fields: Fields) -> None:
    """Show a scenario's keys and values as widgets, which change them."""
    hosts = _host_paths(fields)
    if not hosts:
        st.info("This scenario names no host: open a file that names one, or start from an example.")
        return
    with st.expander("Hosts", expanded=True, icon=":material/dns:"):
        host = _pick_host(fields, hosts)
        _host(fields, host)
    with st.expander("NICs and team", expanded=True, icon=":material/lan:"):
        _nics(fields, host)
        _team(fields, host)
    with st.expander("VMs", expanded=True, icon=":material/deployed_code:"):
        _vms(fields)
    with st.expander("Goals", expanded=True, icon=":material/flag:"):
        _goals(fields)
    with st.expander("Network and cluster", icon=":material/hub:"):
        _around(fields)


def _host_paths(fields: Fields) -> list[KeyPath]:
    if isinstance(fields.at("nodes"), list):
        return [("nodes", i) for i in range(len(fields.at("nodes")))]
    return [(end,) for end in ("source", "destination") if isinstance(fields.at(end), dict)]


def _pick_host(fields: Fields, hosts: list[KeyPath]) -> KeyPath:
    """The host whose values are shown, and those that change with it."""
    names = [str(fields.at(*host, "name") or host[0]) for host in hosts]
    alike = all(_traits(fields.at(*host)) == _traits(fields.at(*hosts[0])) for host in hosts)
    chosen = 0
    if len(hosts) > 1:
        labels = [_ALL, *(f"{i + 1}: {name}" for i, name in enumerate(names))]
        chosen = st.selectbox(
            "Host to change",
            range(len(labels)),
            index=0 if alike else 1,
            format_func=lambda i: labels[i],
            key=fields.key("host"),
            help="A change of all hosts is made in each of them; what else differs stays as it is",
        )
    if chosen == 0:
        fields.alike[hosts[0]] = hosts[1:]
    if "nodes" not in fields.content:
        two = len(hosts) > 1
        st.checkbox("Both ends alike", value=not two, key=fields.key("alike"), on_change=_part_ends, args=(two,))
    return hosts[max(chosen - 1, 0)]


def _traits(host: Any) -> dict[str, Any]:
    return {key: value for key, value in host.items() if key != "name"} if isinstance(host, dict) else {}


def _part_ends(two: bool) -> None:
    content = session.content()
    if two:
        content.pop("destination", None)
    else:
        content["destination"] = copy.deepcopy(content["source"])
    session.load(content)


def _host(fields: Fields, host: KeyPath) -> None:
    platform = _platform(fields, host)
    windows = {os.value: f"Windows Server {os.value}" if os.value[0] == "2" else "Azure Local" for os in WINDOWS}
    fields.choice("Version", *host, "os", among=windows | {os.value: f"QEMU {os.value}" for os in QEMU})
    row = _row()
    with row[0]:
        fields.number("Cores", *host, "cores")
    with row[1]:
        fields.number("CPU busy, 0 to 1", *host, "cpu_busy")
    row = _row()
    with row[0]:
        fields.choice("Today's option", *host, "performance_option", among=_setting_names(platform))
    with row[1]:
        fields.number("Moves at once", *host, "simultaneous")
    if platform == "hyperv":
        row = _row()
        with row[0]:
            fields.choice("Power plan", *host, "power", "plan")
        with row[1]:
            fields.yes_no("C-states", *host, "power", "c_states")


def _platform(fields: Fields, host: KeyPath) -> str:
    return platform_of(fields.at(*host, "os")) or "hyperv"


def _setting_names(platform: str) -> dict[str, str]:
    if platform == "hyperv":
        return {"TCPIP": "TCP/IP", "Compression": "Compression", "SMB": "SMB"}
    return {way.name: way.name for way in get_platform(platform).ways}


def _nics(fields: Fields, host: KeyPath) -> None:
    nics = (*host, "nics")
    with _one_of(
        fields, "NICs", nics, lambda nic: f"{nic.get('count', 1)} × {nic.get('speed_gbps', '?')} Gbit/s"
    ) as at:
        _nic(fields, (*nics, at))
    _add_and_remove(fields, nics, at, _NEW_NIC, "NICs")


def _nic(fields: Fields, nic: KeyPath) -> None:
    row = _row()
    with row[0]:
        fields.number("NICs", *nic, "count")
    with row[1]:
        fields.number("Speed", *nic, "speed_gbps")
    row = _row()
    with row[0]:
        fields.choice("Packet", *nic, "mtu_bytes", among=_PACKETS)
    with row[1]:
        fields.choice("RDMA", *nic, "rdma")
    if fields.at(*nic, "rdma") not in {None, Rdma.NONE.value}:
        row = _row()
        with row[0]:
            fields.yes_no("RDMA on", *nic, "rdma_enabled")
        with row[1]:
            fields.yes_no("PFC", *nic, "pfc")


def _team(fields: Fields, host: KeyPath) -> None:
    kinds = {kind: _TEAMS[kind] for kind in TEAM_KINDS[_platform(fields, host)]}
    before = fields.at(*host, "team", "kind")
    fields.choice("Team", *host, "team", "kind", among=kinds, none="no team")
    if fields.at(*host, "team", "kind") is None:
        if before is not None:
            fields.take((*host, "team"), None)
        return
    if fields.at(*host, "team", "balancing") is None:
        fields.take((*host, "team", "balancing"), Balancing.DYNAMIC.value)
    row = _row()
    with row[0]:
        fields.choice("Mode", *host, "team", "mode")
    with row[1]:
        fields.choice("Balancing", *host, "team", "balancing")


def _vms(fields: Fields) -> None:
    with _one_of(fields, "VMs", ("vms",), lambda vm: f"{vm.get('count', 1)} × {vm.get('memory_gib', '?')} GiB") as at:
        _vm(fields, ("vms", at))
    _add_and_remove(fields, ("vms",), at, _NEW_VM, "VMs")


def _vm(fields: Fields, vm: KeyPath) -> None:
    row = _row()
    with row[0]:
        fields.number("VMs", *vm, "count")
    with row[1]:
        fields.number("Memory of each", *vm, "memory_gib")
    fields.choice("Workload", *vm, "workload", among={name: one.title for name, one in load_workloads().items()})
    if fields.at(*vm, "dirty_curve") is None:
        row = _row()
        with row[0]:
            fields.number("Dirty rate", *vm, "dirty_rate_mib_s")
        with row[1]:
            fields.number("Working set", *vm, "working_set_gib")


def _goals(fields: Fields) -> None:
    fields.choice("Make small", "goals", "goal")
    fields.choice("Risk", "goals", "risk")
    survive = {name: f"{format_duration(one.limit_s)}: {one.title}" for name, one in load_tolerances().items()}
    help = "A time such as 2s, or what must survive the blackout"
    fields.choice_or_text("Longest blackout", "goals", "max_blackout", among=survive, help=help)
    fields.text("Window", "goals", "window", placeholder="such as 2h", help="Time all moves must be done in")


def _around(fields: Fields) -> None:
    fields.number("Other traffic", "network", "background_gbps")
    clustered = fields.at("cluster") is not None
    if clustered or fields.at("nodes") is not None:
        fields.number("Cluster's moves at once", "cluster", "max_parallel_migrations")
        fields.yes_no("Cluster's SMB limit", "cluster", "smb_limit_enabled")
        fields.number("SMB limit, parts of 10,000", "cluster", "smb_limit_factor")
        fields.yes_no("Network ATC", "cluster", "network_atc")
        if clustered and fields.at("cluster") is None:
            put(fields.content, ("cluster",), {})  # hosts of a cluster stay in it when nothing else is said of it


def _row() -> tuple[DeltaGenerator, ...]:
    """Two places side by side, their widgets on one line."""
    return st.columns(2, vertical_alignment="bottom")


@contextmanager
def _one_of(fields: Fields, label: str, path: KeyPath, words: Callable[[Any], str]) -> Iterator[int]:
    """The entry of a list whose fields are shown; which one is chosen above them, in the words they make of it."""
    above = st.container()
    at = min(st.session_state.get(_picked(label), 0), max(len(fields.at(*path) or ()) - 1, 0))
    yield at
    entries = fields.at(*path) or ()
    if len(entries) > 1:
        labels = [f"{i + 1}: {', '.join(filter(None, (one.get('name'), words(one))))}" for i, one in enumerate(entries)]
        # A browser sends back the words it showed, which the fields below have changed: other words are another box.
        key = fields.key(f"{label} to change", hash(tuple(labels)))
        above.selectbox(
            f"{label} to change",
            range(len(labels)),
            index=at,
            format_func=labels.__getitem__,
            key=key,
            on_change=_pick,
            args=(label, key),
        )


def _picked(label: str) -> str:
    """Where the session keeps which entry of a list is shown."""
    return f"picked:{label}"


def _pick(label: str, key: str) -> None:
    st.session_state[_picked(label)] = st.session_state[key]


def _add_and_remove(fields: Fields, path: KeyPath, at: int, new: Mapping[str, str], what: str) -> None:
    paths = [path, *fields.twins(path)]
    left, right = st.columns(2)
    left.button(
        f"Add {what}",
        key=f"add:{what}",
        on_click=_add,
        args=(paths, new, what),
        width="stretch",
        icon=":material/add:",
    )
    right.button(
        f"Remove {what}",
        key=f"remove:{what}",
        on_click=_remove,
        args=(paths, at),
        disabled=len(fields.at(*path) or ()) < 2,
        width="stretch",
        icon=":material/remove:",
    )


def _add(paths: Sequence[KeyPath], new: Mapping[str, str], what: str) -> None:
    content = session.content()
    for path in paths:
        put(content, path, [*(value_at(content, path) or ()), dict(new)])
    st.session_state[_picked(what)] = len(value_at(content, paths[0])) - 1
    session.load(content)


def _remove(paths: Sequence[KeyPath], at: int) -> None:
    content = session.content()
    for path in paths:
        entries = value_at(content, path) or []
        if len(entries) > max(at, 1):
            entries.pop(at)
    session.load(content)
