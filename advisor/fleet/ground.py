"""The nodes of a cluster as the event walk sees them: what each carries, and what each VM takes, in every variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.advice.capacity import Capacity, capacity_of
from advisor.advice.factors import Variants, conditions_of, factors_of
from advisor.advice.lane import Lane, moves_of
from advisor.advice.traits import Traits
from advisor.domain.hosts import Host
from advisor.domain.vms import Vm
from advisor.fleet.cases import Cases
from advisor.fleet.facts import with_column
from advisor.fleet.in_force import Setting
from advisor.fleet.moving_disks import HIGH, LOW, MIDDLE, MovingDisks
from advisor.paths import Case, resolve_case
from advisor.platforms.constants import Constants, constant_names
from advisor.precopy.batch import Content, Disks, Moves
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import StopRule, walk
from advisor.precopy.routes import NOTHING_ELSE, Nodes
from advisor.precopy.storage import gained

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

STORAGE_RATE: Final = "storage rate"
"""The factor of storage: how fast it takes saved states, or disks."""


@dataclass(frozen=True, slots=True)
class OpenColumn:
    """A column of the inventory that was not given: its low and high, and the nodes it was taken for."""

    column: str
    low: Any
    high: Any
    nodes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Saved:
    """VMs that leave by quick migration: their memory is written to storage and read back.

    Attributes
    ----------
    moves : which of the moves.
    rate_bytes_s : low, middle and high of what the storage writes or reads [bytes/s].
    """

    moves: frozenset[int]
    rate_bytes_s: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Among:
    """What the ends of moves were chosen from.

    Luck is told apart as it strikes any of them, so that grounds of one choice and of another have the same outcomes.

    Attributes
    ----------
    pairs : the ends that a move might have.
    moves : how many go.
    """

    pairs: tuple[tuple[int, int], ...]
    moves: int


@dataclass(frozen=True)
class Ground:
    """Moves and nodes in every variant: first the middle, then low and high of each factor, then other luck.

    Attributes
    ----------
    moves, flow_bytes_s, over : (n, variants), as in `routes.Routes`.
    nodes : one more than the cluster has where VMs are saved: the storage.
    set_up_s, per_vm_s : (variants,) [s].
    factors : what is varied; the variants of the likeliest luck are 1 + 2 a factor.
    odds : of each outcome of luck; `luck` is the variant of each, the likeliest's being 0.
    case, capacity : of most moves, for what is told of all.
    disk_rows : moves whose disks move too.
    disk_path_bytes_s : (n, variants) what the slowest of network and both storages carries of a copy by itself.
    """

    moves: Moves
    flow_bytes_s: Floats
    over: Ints
    nodes: Nodes
    set_up_s: Floats
    per_vm_s: Floats
    stop: StopRule
    factors: tuple[str, ...]
    odds: tuple[float, ...]
    luck: tuple[int, ...]
    case: Case
    capacity: Capacity
    disk_rows: tuple[int, ...] = ()
    disk_path_bytes_s: Floats | None = None

    @property
    def variants(self) -> int:
        """How many there are."""
        return int(self.set_up_s.size)

    @property
    def main(self) -> int:
        """Variants of the likeliest luck."""
        return 1 + 2 * len(self.factors)

    @cached_property
    def alone(self) -> Alone:
        """Every move with its source, its destination and the links to itself."""
        content = self.moves.content
        wire_most = np.minimum(self.flow_bytes_s, content.most_bytes_s * content.wire_per_raw)
        rate = wire_most / content.wire_per_raw
        done = walk(self.moves.first_bytes, rate, self.moves.curve, self.stop)
        memory = done.sent_bytes + done.final_bytes
        seconds = done.seconds + done.final_bytes / rate + self.moves.device_s
        wire, work, disks = memory * content.wire_per_raw, memory * content.cost, self.moves.disks
        if disks is None or self.disk_path_bytes_s is None:
            none = np.zeros_like(wire)
            return Alone(seconds, wire, work, none, none)
        with np.errstate(divide="ignore", invalid="ignore"):
            # To storage that takes nothing it takes for ever.
            copied_s = np.where(
                disks.used_bytes > 0, disks.used_bytes / gained(self.disk_path_bytes_s, disks.write_bytes_s), 0.0
            )
        copied = copied_s * self.disk_path_bytes_s
        return Alone(seconds + copied_s, wire + copied, work, copied, copied_s)


@dataclass(frozen=True, slots=True)
class Alone:
    """Moves that have everything to themselves, (n, variants): time [s], on the wire, work of processors [bytes].

    The faster a VM's memory leaves, the less of it gets dirty meanwhile: no move takes less in company. `disk_bytes`
    and `disk_s` are the parts that disks have in bytes on the wire, the mirror of writes included, and in time.
    """

    seconds: Floats
    wire_bytes: Floats
    work_bytes: Floats
    disk_bytes: Floats
    disk_s: Floats


@dataclass(frozen=True, slots=True)
class _Strip:
    """Variants that share hosts and luck."""

    hosts: tuple[Host, ...]
    luck: float
    variants: Variants


def ground_of(
    setting: Setting,
    ends: Sequence[tuple[int, int]],
    traits: Sequence[Traits],
    *,
    open_columns: Sequence[OpenColumn] = (),
    saved: Saved | None = None,
    disks: MovingDisks | None = None,
    among: Among | None = None,
    varied: bool = True,
) -> Ground:
    """What moves between nodes take and meet.

    Parameters
    ----------
    ends : source and destination of each move.
    traits : of each move's VM.
    open_columns : what the inventory does not say of the nodes.
    saved : VMs that leave by quick migration.
    disks : of the moves, where any move too.
    among : what the ends were chosen from; not given: there was no choice.
    varied : with every factor at its low and high; else the middle alone, once for each outcome of luck.
    """
    among = among or Among(tuple(ends), len(ends))
    cases = Cases(setting, among.moves)
    lead = cases.of(setting.hosts, *Counter(ends).most_common(1)[0][0])
    every = dict.fromkeys(map(cases.kinds, among.pairs))
    luck, odds = _outcomes([cases.of(setting.hosts, *pair) for pair in every])
    likeliest = int(np.argmax(odds))
    own: tuple[str, ...] = ()
    if varied:
        ranges = setting.card.constants
        pairs = dict.fromkeys(map(cases.kinds, ends))
        found = [factors_of(cases.of(setting.hosts, *pair), ranges) for pair in pairs]
        own = tuple(dict.fromkeys(name for names in found for name in names))
    strips = [_Strip(setting.hosts, luck[likeliest], Variants(own))]
    extra: list[str] = []
    for one in open_columns if varied else ():
        strips += [
            _Strip(_with(setting.hosts, one, value), luck[likeliest], Variants(())) for value in (one.low, one.high)
        ]
        extra.append(f"host.{one.column}")
    if varied and (saved is not None or (disks is not None and disks.is_open)):
        strips += [_Strip(setting.hosts, luck[likeliest], Variants(())) for _ in range(2)]
        extra.append(STORAGE_RATE)
    others = [i for i in range(len(luck)) if i != likeliest]
    main = sum(strip.variants.count for strip in strips)
    strips += [_Strip(setting.hosts, luck[i], Variants(())) for i in others]
    laid = [_lay(setting, cases, strip, ends, traits) for strip in strips]
    ground = _joined(setting, strips, laid)
    if saved is not None:
        ground = _with_saved(ground, saved, main if varied else 0)
    if disks is not None:
        ground = _with_disks(ground, disks, ends, main if varied and disks.is_open else 0)
    order = [0 if i == likeliest else main + others.index(i) for i in range(len(luck))]
    return replace(
        ground,
        factors=(*own, *extra),
        odds=odds,
        luck=tuple(order),
        case=lead,
        capacity=laid[0].lead,
    )


def _outcomes(cases: Sequence[Case]) -> tuple[list[float], tuple[float, ...]]:
    """How far along luck lies in every outcome that any of the paths tells apart, and how likely each is."""
    steps = {round(float(step), 9) for case in cases for step in np.cumsum([odds for _, odds in case.path.occupancy])}
    ends = np.array(sorted(steps))
    starts = np.array([0.0, *ends[:-1]])
    return ((starts + ends) / 2).tolist(), tuple((ends - starts).tolist())


@dataclass(frozen=True, slots=True)
class _Laid:
    """One strip: moves and flow (n, variants), nodes (nodes, variants), and its constants."""

    moves: Moves
    flow: Floats
    nodes: Nodes
    constants: Constants[Floats]
    lead: Capacity


def _lay(
    setting: Setting, cases: Cases, strip: _Strip, ends: Sequence[tuple[int, int]], traits: Sequence[Traits]
) -> _Laid:
    """What moves take and nodes carry in one strip of variants."""
    constants = strip.variants.constants(setting.card.constants)
    groups: dict[tuple[int, int], list[int]] = {}
    for i, (source, destination) in enumerate(ends):
        key = cases.kind(strip.hosts, source), cases.kind(strip.hosts, destination)
        groups.setdefault(key, []).append(i)
    parts, flows, rows = [], [], []
    lead: Capacity | None = None
    for own in groups.values():
        case = cases.of(strip.hosts, *ends[own[0]])
        capacity = _capacity(setting, case, strip, constants)
        members = _members(case, strip.luck)
        lane = Lane(case, members, strip.variants, setting.card.constants, [traits[i] for i in own])
        parts.append(moves_of(setting.platform, lane, constants, capacity))
        flows.append(np.broadcast_to(np.minimum(capacity.flow, capacity.link), (len(own), strip.variants.count)))
        rows += own
        lead = capacity if 0 in own or lead is None else lead
    back = np.argsort(np.array(rows, dtype=np.intp), kind="stable")[:, None]
    moves = Moves.stacked(parts).ordered(np.repeat(back, strip.variants.count, axis=1))
    if lead is None:
        raise ValueError("there is nothing to move")
    return _Laid(moves, np.concatenate(flows)[back[:, 0]], _nodes(setting, cases, strip, constants), constants, lead)


def _members(case: Case, luck: float) -> float:
    """Members' worth of bandwidth of a path where luck lies so far along."""
    ends = np.cumsum([odds for _, odds in case.path.occupancy])
    at = min(int(np.searchsorted(ends, luck)), len(case.path.occupancy) - 1)
    return case.path.occupancy[at][0]


def _capacity(setting: Setting, case: Case, strip: _Strip, constants: Constants[Floats]) -> Capacity:
    generation = setting.platform.generation(case.path.oldest_os)
    return capacity_of(
        case.path, _members(case, strip.luck), constants, conditions_of(case, strip.variants), generation
    )


def _nodes(setting: Setting, cases: Cases, strip: _Strip, constants: Constants[Floats]) -> Nodes:
    """Each node by itself: as fast as to another like it, and as many at once as its limit."""
    by_kind: dict[int, Capacity] = {}
    found = []
    for node in range(len(strip.hosts)):
        kind = cases.kind(strip.hosts, node)
        if kind not in by_kind:
            by_kind[kind] = _capacity(setting, cases.of(strip.hosts, node, node), strip, constants)
        found.append(by_kind[kind])
    link = np.stack([one.link for one in found])
    slots = np.array([setting.slots(node) for node in range(len(found))], dtype=np.intp)
    at_once = np.repeat(slots[:, None], strip.variants.count, axis=1)
    out_work, in_work = (np.stack([one.ends[end] for one in found]) for end in (0, 1))
    return Nodes(link, link, out_work, in_work, at_once, at_once)


def _joined(setting: Setting, strips: Sequence[_Strip], laid: Sequence[_Laid]) -> Ground:
    """The strips side by side; one stop rule, of the oldest system in the cluster."""
    together = Constants(
        **{name: np.concatenate([getattr(one.constants, name) for one in laid]) for name in constant_names()}
    )
    platform = setting.platform
    factor = max(platform.generation(host.os).pass_limit_factor for host in setting.hosts)
    limited = together.with_values(pass_limit=together.pass_limit * factor)
    flow = np.concatenate([one.flow for one in laid], axis=1)
    lead_case = resolve_case(platform, setting.pair(0, 0), setting.option, (Vm(memory_gib=1.0),))
    return Ground(
        moves=Moves.joined([one.moves for one in laid]),
        flow_bytes_s=flow,
        over=np.full(flow.shape, NOTHING_ELSE, dtype=np.intp),
        nodes=side_by_side([one.nodes for one in laid]),
        set_up_s=together.set_up_s,
        per_vm_s=together.per_vm_s,
        stop=platform.stop(limited, lead_case.pair.switchover, setting.option),
        factors=(),
        odds=(1.0,),
        luck=(0,),
        case=lead_case,
        capacity=laid[0].lead,
    )


def side_by_side(parts: Sequence[Nodes]) -> Nodes:
    """The variants of several, of as many nodes; storage that some do not tell of is no limit there."""
    known = dict.fromkeys(name for part in parts for name in part.given)
    return Nodes(
        **{name: np.concatenate([part.given.get(name, _no_limit(part)) for part in parts], axis=1) for name in known}
    )


def _no_limit(nodes: Nodes) -> Ints:
    """(nodes, variants) more than any move takes of a storage."""
    return np.full(nodes.out_slots.shape, np.iinfo(np.int64).max, dtype=np.intp)


def _with(hosts: tuple[Host, ...], one: OpenColumn, value: Any) -> tuple[Host, ...]:
    """The hosts with another value of what was not given of some."""
    return tuple(with_column(host, one.column, value) if i in one.nodes else host for i, host in enumerate(hosts))


def _with_saved(ground: Ground, saved: Saved, main: int) -> Ground:
    """The same with some moves by quick migration: memory to storage and back, over a node that is the storage."""
    low, middle, high = saved.rate_bytes_s
    rate = np.full(ground.variants, middle)
    if main:
        rate[main - 2 : main] = low, high
    rows = np.isin(np.arange(ground.flow_bytes_s.shape[0]), list(saved.moves))[:, None]
    moves = ground.moves
    one, none = np.ones_like(moves.first_bytes), np.zeros_like(moves.first_bytes)
    plain = Content.of(one)
    quick = Moves(
        first_bytes=2.0 * moves.first_bytes,
        curve=DirtyCurve.of(none, none, none),
        content=plain,
        rewritten=plain,
        device_s=moves.device_s,
        head_start_bytes=none,
        scan_s=none,
        tail_share=one,
    )
    nodes = ground.nodes
    unlimited = np.full((1, ground.variants), np.inf)
    none_at_once = np.zeros((1, ground.variants), dtype=np.intp)
    storage = Nodes(rate[None], rate[None], unlimited, unlimited, none_at_once, none_at_once)
    return replace(
        ground,
        moves=moves.chosen(rows, quick),
        flow_bytes_s=np.where(rows, rate, ground.flow_bytes_s),
        over=np.where(rows, nodes.out_slots.shape[0], ground.over),
        nodes=Nodes(**{name: np.concatenate([array, getattr(storage, name)]) for name, array in nodes.given.items()}),
    )


def _with_disks(ground: Ground, disks: MovingDisks, ends: Sequence[tuple[int, int]], main: int) -> Ground:
    """The same with disks that are copied before memory, over the storage of both ends and the wire between them."""
    ranges = np.full(ground.variants, MIDDLE)
    if main:
        ranges[main - 2 : main] = LOW, HIGH
    every = np.ones(ground.variants)
    whole = Disks(disks.used_bytes[:, None] * every, disks.write_bytes_s[:, None] * every)
    slots = np.repeat(disks.simultaneous[:, None], ground.variants, axis=1)
    return replace(
        ground,
        moves=replace(ground.moves, disks=whole),
        nodes=replace(ground.nodes, storage_bytes_s=disks.rate_bytes_s[ranges].T.copy(), storage_slots=slots),
        disk_rows=disks.rows,
        disk_path_bytes_s=disks.path_bytes_s(ends, ground.flow_bytes_s, ranges),
    )
