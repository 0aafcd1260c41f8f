"""What `advisor import` shows: how an inventory was understood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath

from advisor.domain.fleet import SetAside
from advisor.domain.hosts import Balancing, Os, Rdma
from advisor.domain.survey import AsideGroup, DefaultTaken, HostKind, Survey, TableSeen
from advisor.reports import Page
from advisor.reports.fleet.wording import counted, hosts_told
from advisor.reports.json import with_rounded_floats
from advisor.reports.sheet import IN_JSON, Cell, Column, Row, Sheet
from advisor.reports.table_parts import rest_of
from advisor.reports.wording import number

_MOST_IGNORED = 12
_MOST_UNREAD = 12
_MOST_KINDS = 12
_WIDE = 76
# Between units beside each other lie 1,000 or 1,024 times.
_MOST_TIMES = 100
_PROTOCOLS = {Rdma.IWARP: "iWARP", Rdma.ROCE: "RoCE", Rdma.INFINIBAND: "InfiniBand"}
_BALANCING = {
    Balancing.TRANSPORT_PORTS: "TransportPorts",
    Balancing.IP_ADDRESSES: "IPAddresses",
    Balancing.MAC_ADDRESSES: "MacAddresses",
    Balancing.HYPERV_PORT: "HyperVPort",
    Balancing.DYNAMIC: "Dynamic",
    Balancing.MULTIPATH: "multipath",
}
_HOLDS = {"vms": "VMs", "nics": "NICs"}


def survey_table(survey: Survey, page: Page) -> str:
    """Show in a terminal how an inventory was understood."""
    sheet = Sheet(page)
    sheet.paragraph(totals_told(survey), "bold")
    if survey.note:
        sheet.paragraph(survey.note, "yellow")
    sheet.heading("Tables")
    for one in survey.tables:
        _table(sheet, one)
    if survey.unread:
        shown = list(survey.unread[:_MOST_UNREAD])
        more = len(survey.unread) - len(shown)
        names = ", ".join([*(PurePath(name).name for name in shown), *([f"{more} more"] if more else [])])
        sheet.paragraph(f"Of no known format or an answer of a batch, and not read: {names}", "dim")
    if survey.host_kinds:
        sheet.heading("Hosts: NICs taken for live migration, and what else is known of them")
        for kind in survey.host_kinds[:_MOST_KINDS]:
            sheet.paragraph(kind_told(kind), hanging=2)
        rest = survey.host_kinds[_MOST_KINDS:]
        if rest:
            sheet.paragraph(f"{counted(sum(kind.hosts for kind in rest), 'more host')}{IN_JSON}", "dim")
    if survey.set_aside:
        sheet.heading("Set aside")
        columns = (Column("Rows", 9, right=True), Column("Column", 20))
        wide = (*columns, Column("Reason", rest_of(sheet.width, columns)))
        sheet.table(wide, [_group(group) for group in survey.set_aside])
    if survey.defaults:
        sheet.heading("From defaults")
        longest = max(len(one.column) for one in survey.defaults)
        columns = (Column("Column", longest if sheet.width >= _WIDE else 27), Column("Not said of", 14, right=True))
        wide = (*columns, Column("Low, middle, high", rest_of(sheet.width, columns)))
        sheet.table(wide, [_default(one) for one in survey.defaults])
    return sheet.text()


def survey_json(survey: Survey, page: Page) -> str:
    """Say as JSON how an inventory was understood."""
    del page  # JSON is for programs: neither width nor colour bears on it
    content = with_rounded_floats(survey.model_dump(mode="json"))
    return json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def totals_told(survey: Survey) -> str:
    """How much an inventory holds, and how much of it was set aside."""
    return (
        f"{counted(survey.clusters, 'cluster')}, {hosts_told(survey.hosts, survey.hosts_alone)}, "
        f"{counted(survey.vms, 'VM')} with {survey.memory_gib:,.0f} GiB; {counted(survey.rows_set_aside, 'row')} of "
        f"{survey.rows_read:,} set aside"
    )


def changes_told(before: Survey, now: Survey) -> list[str]:
    """The totals that are not what they were, each with what it was."""
    return [
        f"{what} {_figure(was)}{unit} before, {_figure(found)}{unit} now"
        for what, unit, was, found in _both(before, now)
        if was != found
    ]


def jumps_told(before: Survey, now: Survey) -> list[str]:
    """Sizes that changed so much that a unit may have been taken for another."""
    return [
        f"{what[:1].upper()}{what[1:]} changed by more than {_MOST_TIMES} times"
        for what, unit, was, found in _both(before, now)
        if unit and max(was, found) > _MOST_TIMES * min(was, found) > 0
    ]


def _both(before: Survey, now: Survey) -> Iterator[tuple[str, str, float, float]]:
    """What each total is called, its unit, what it was and what it is."""
    for (what, unit, was), (_, _, found) in zip(_totals(before), _totals(now), strict=True):
        yield what, unit, was, found


def _figure(total: float) -> str:
    """A total as the headline writes it where it is large."""
    return f"{total:,.0f}" if total >= 1000 else number(total)


def _totals(survey: Survey) -> tuple[tuple[str, str, float], ...]:
    return (
        ("memory", " GiB", survey.memory_gib),
        ("fastest NIC", " Gbit/s", max((kind.nic_gbps or 0.0 for kind in survey.host_kinds), default=0.0)),
        ("clusters", "", survey.clusters),
        ("hosts", "", survey.hosts),
        ("VMs", "", survey.vms),
        ("rows set aside", "", survey.rows_set_aside),
    )


def _table(sheet: Sheet, one: TableSeen) -> None:
    name = PurePath(one.file).name + (f", sheet {one.sheet}" if one.sheet else "")
    rows = f"{counted(one.rows, 'row')}, {one.used:,} used"
    sheet.paragraph(f"{name}: {one.format}; {_HOLDS.get(one.holds, one.holds)}: {rows}")
    for line in _columns(one):
        sheet.paragraph(line, "dim", indent=2, hanging=2)


def _columns(one: TableSeen) -> Iterator[str]:
    renamed = [f"{column} from {header}" for column, header in one.columns.items() if column != header]
    same = [column for column, header in one.columns.items() if column == header]
    if renamed:
        yield "; ".join(renamed)
    if same:
        yield f"by their own names: {', '.join(same)}"
    if one.ignored:
        more = len(one.ignored) - _MOST_IGNORED
        names = [*one.ignored[:_MOST_IGNORED], *([f"{more} more"] if more > 0 else [])]
        yield f"not used: {', '.join(names)}"


def kind_told(kind: HostKind) -> str:
    """A kind of host in a line: what is known of it, then what is not."""
    more = kind.hosts - len(kind.names)
    names = ", ".join(kind.names) + (f" and {more:,} more" if more else "")
    told = {
        "NICs": _nics(kind),
        "MTU": _mtu(kind),
        "RDMA": _rdma(kind),
        "team": _team(kind),
        "Windows version": _windows(kind),
    }
    known = [text for text in told.values() if text]
    unknown = ", ".join(what for what, text in told.items() if not text)
    return f"{counted(kind.hosts, 'host')} ({names}): " + "; ".join(
        [*known, *([f"not known: {unknown}"] if unknown else [])]
    )


def _nics(kind: HostKind) -> str:
    if kind.nic_gbps is None:
        return "" if kind.nic_count is None else f"{counted(kind.nic_count, 'NIC')} of unknown speed"
    count = "an unknown number of NICs of" if kind.nic_count is None else f"{kind.nic_count} ×"
    return f"{count} {number(kind.nic_gbps)} Gbit/s"


def _mtu(kind: HostKind) -> str:
    return "" if kind.mtu_bytes is None else f"MTU {kind.mtu_bytes}"


def _rdma(kind: HostKind) -> str:
    if kind.rdma is Rdma.NONE:
        return "no RDMA"
    if kind.rdma is None and kind.rdma_enabled is None:
        return ""
    protocol = _PROTOCOLS[kind.rdma] if kind.rdma is not None else "of unknown protocol"
    return f"RDMA {protocol}" + ("" if kind.rdma_enabled is None else ", on" if kind.rdma_enabled else ", off")


def _team(kind: HostKind) -> str:
    if kind.team is None or kind.team == "none":
        return "no team" if kind.team else ""
    balancing = "" if kind.balancing is None else f" by {_BALANCING[kind.balancing]}"
    return f"team {kind.team.upper()}{balancing}"


def _windows(kind: HostKind) -> str:
    if kind.os is None:
        return ""
    return "Azure Local" if kind.os is Os.AZURE_LOCAL else f"Windows Server {kind.os.value.replace('R2', ' R2')}"


def _group(group: AsideGroup) -> Row:
    cells = (Cell.of(f"{group.rows:,}"), Cell.of(group.column), Cell.of((group.reason, "yellow")))
    notes = [(aside_told(row), "dim") for row in group.examples]
    return Row(cells, (*notes, (f"mend: {group.examples[0].mend}", "dim")) if group.examples[0].mend else tuple(notes))


def aside_told(row: SetAside) -> str:
    """A row that is set aside: where it stands, what it is called and what stands there."""
    sheet = f", sheet {row.sheet}" if row.sheet else ""
    line = "" if row.line is None else f", {'row' if row.sheet else 'line'} {row.line}"
    value = f": {row.value}" if row.value else ""
    return f"{PurePath(row.file).name}{sheet}{line}{f', {row.name}' if row.name else ''}{value}"


def _default(one: DefaultTaken) -> Row:
    values = one.middle if one.low == one.middle == one.high else f"{one.low}, {one.middle}, {one.high}"
    cells = (Cell.of(one.column), Cell.of(f"{one.missing:,} of {one.of:,}"), Cell.of(values))
    return Row(cells, ((one.source, "dim"),))
