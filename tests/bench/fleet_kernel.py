"""The prediction kernel of a batch two ways: advisor's arrays, and a scalar loop in plain Python for the same VMs.

Both answer p05, p50 and p95 of each VM's own time and blackout under an option: the VM moves among as many others as
run at once on average, with the likeliest luck; no disks move; nothing that the model cards add. What an option can
carry on a kind of host (`rates.carried`, `rates.contents_of`) is given to the scalar loop for nothing.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from advisor.advice.factors import DIRTYING
from advisor.domain.goals import Goals
from advisor.fleet import own_times
from advisor.fleet.batch import question_of
from advisor.fleet.cluster_group import Sorted, sort_out
from advisor.fleet.forecasts import likeliest
from advisor.fleet.hosted import Hosted
from advisor.fleet.rates import carried, contents_of, on_hosts
from advisor.fleet.ready import Kinded, Picks, Ready, make_ready
from advisor.fleet.solve import kinds_for
from advisor.fleet.spill import partition_of, plan_of, spill
from advisor.fleet.spreads import Spreads
from advisor.fleet.weighing import worth_weighing
from advisor.intake.inventory import read_inventory
from advisor.precopy import many
from advisor.units import bytes_to_gib
from tests.fleet.estates import write_estate

SHARES = (0.05, 0.5, 0.95)
LN_19 = math.log(19.0)
# What is put into the exponentials and logarithms that are timed alone.
_SPANS = {"exp": (-3.0, 0.0), "log": (0.3, 3.0)}
Answer = tuple[float, ...]
"""p05, p50, p95 of the time, then of the blackout [s]."""


@dataclass(frozen=True)
class Turn:
    """VMs of a partition under one option each: the first option of every kind of host, or the second, and so on."""

    hosted: Hosted
    kinded: Kinded
    picks: Picks

    def ready(self) -> Ready:
        return make_ready(self.hosted, self.kinded, self.picks)


def turns_of(vms: int, *, seed: int = 1) -> list[Turn]:
    """A generated partition under all options that a batch weighs; of its hosts everything is known."""
    sorted_ = _partition(vms, seed)
    kinded = Kinded.all_known(sorted_.kinded.cells, sorted_.kinded.cell, sorted_.kinded.idle_share)
    options = [worth_weighing(kind) for kind, _ in kinded.cells]
    turns = []
    for turn in range(max(map(len, options))):
        at_turn = {cell: own[turn] for cell, own in enumerate(options) if len(own) > turn}
        (own,) = np.nonzero(np.isin(kinded.cell, list(at_turn)))
        part = kinded.of_hosts(own)
        turns.append(Turn(sorted_.hosted.of_hosts(own)[0], part, likeliest(part, at_turn)))
    return turns


def _partition(vms: int, seed: int) -> Sorted:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        inventory = read_inventory([write_estate(folder / "estate", vms, seed=seed)])
        plan = plan_of(inventory)
        for _ in spill(inventory, plan, frozenset([0]), folder, lambda aside: None):
            pass
        return sort_out(partition_of(inventory, plan, 0, folder), kinds_for(question_of(Goals())))


# ---------------------------------------------------------------- arrays


def by_arrays(turns: list[Turn]) -> list[np.ndarray]:
    """(6, VMs) answers of each turn."""
    return [answers(turn.hosted, turn.ready()) for turn in turns]


def answers(hosted: Hosted, ready: Ready) -> np.ndarray:
    """(6, VMs) answers of VMs on hosts that are ready."""
    odds = np.ones((1, hosted.host.size))
    spreads = [Spreads(middle[None], odds, down, up) for middle, down, up in own_times._reach(hosted, ready)]
    return np.stack([one.quantile(share) for one in spreads for share in SHARES])


Calls = list[tuple[str, int]]
"""exp or log, and of how many numbers."""


@contextmanager
def counted() -> Iterator[tuple[Calls, Calls]]:
    """Notes the exponentials and logarithms that are taken meanwhile: all calls, and those of the passes."""
    every: Calls = []
    passes: Calls = []
    plain, after_pass = {"exp": np.exp, "log": np.log}, many._Going.after_pass

    def noted(name: str) -> Any:
        def call(values: Any, *others: Any, **more: Any) -> Any:
            every.append((name, np.size(values)))
            return plain[name](values, *others, **more)

        return call

    def noted_pass(moves: Any) -> np.ndarray:
        before = len(every)
        dirty = after_pass(moves)
        passes.extend(every[before:])
        return dirty

    for name in plain:
        setattr(np, name, noted(name))
    many._Going.after_pass = noted_pass
    try:
        yield every, passes
    finally:
        many._Going.after_pass = after_pass
        for name, function in plain.items():
            setattr(np, name, function)


def again(calls: Calls) -> Callable[[], None]:
    """As many exponentials and logarithms in calls as large, and nothing else."""
    most = max(size for _, size in calls)
    values = {name: np.random.default_rng(1).uniform(*span, most) for name, span in _SPANS.items()}
    into = np.empty(most)

    def take() -> None:
        for name, size in calls:
            getattr(np, name)(values[name][:size], out=into[:size])

    return take


# ---------------------------------------------------------------- one by one


@dataclass(frozen=True)
class Machine:
    """One VM as plain numbers; what has a range has three. The first of a host wait until its moves are set up."""

    first: bool
    memory: float
    vcpus: float
    hot_set: list[float]
    hot_rate: list[float]
    cold_set: list[float]
    cold_rate: list[float]


@dataclass(frozen=True)
class Way:
    """One option on one host for VMs of one content, as plain numbers: a value each variant.

    The first variant has every uncertain factor at its middle, then come low and high of each
    (`advisor.advice.factors.factors_of`). `dirtying` says which of a VM's three values a variant takes.
    """

    variants: int
    together: float
    dirtying: list[int]
    set_up_s: list[float]
    first_pass_share: list[float]
    pass_limit: list[float]
    small_dirty_bytes: list[float]
    blackout_fixed_s: list[float]
    blackout_per_vcpu_s: list[float]
    blackout_per_gib_s: list[float]
    blackout_sleep_factor: list[float]
    sleeping: list[float]
    age_weight: list[float]
    link: list[float]
    flow: list[float]
    processor: list[float]
    threads: list[float]
    wire: list[float]
    cost: list[float]
    one_thread: list[float]


def asked_of(turn: Turn, rows: np.ndarray) -> list[tuple[Machine, Way]]:
    """Some VMs of a turn, by row, as the scalar loop takes them."""
    hosted, kinded, ready, ways = turn.hosted, turn.kinded, turn.ready(), {}
    vms, found, first = hosted.vms, [], own_times._that_start_first(hosted, ready)
    for row in rows.tolist():
        host, content = int(hosted.host[row]), int(vms.content[row])
        if (host, content) not in ways:
            ways[host, content] = _way(turn, kinded, float(ready.together[host]), host, content)
        sets = (getattr(vms, name)[:, row].tolist() for name in ("hot_set", "hot_rate", "cold_set", "cold_rate"))
        plain = bool(first[row]), float(vms.memory_bytes[row]), float(vms.vcpus[1, row])
        found.append((Machine(*plain, *sets), ways[host, content]))
    return found


def _way(turn: Turn, kinded: Kinded, together: float, host: int, content: int) -> Way:
    cell = int(kinded.cell[host])
    what = carried(*kinded.cells[cell], *turn.picks[cell], True)
    taken, count = contents_of(what, turn.hosted.vms.contents), what.variants.count
    one = np.zeros(1, dtype=np.intp)
    rates = on_hosts([(what, taken)], np.arange(count)[None], one, kinded.idle_share[host : host + 1])
    # Contents that nothing compresses stand in one row.
    row = content if len(taken.wire) > 1 else 0

    def plain(values: Any) -> list[float]:
        return np.broadcast_to(values, count).tolist()

    constants = ("set_up_s", "first_pass_share", "pass_limit", "small_dirty_bytes")
    more = ("blackout_fixed_s", "blackout_per_vcpu_s", "blackout_per_gib_s", "blackout_sleep_factor")
    return Way(
        variants=count,
        together=together,
        dirtying=what.variants.pick(DIRTYING, (0, 1, 2)).astype(int).tolist(),
        **{name: plain(getattr(what.constants, name)) for name in (*constants, *more)},
        sleeping=plain(what.sleeping),
        age_weight=plain(what.capacity.age_weight),
        **{name: plain(getattr(rates, name)[0]) for name in ("link", "flow", "processor", "threads")},
        **{name: plain(getattr(rates, name)[0, row]) for name in ("wire", "cost", "one_thread")},
    )


def one_by_one(vm: Machine, way: Way) -> Answer:
    """Time and blackout of one VM under one option: the pass loop for every variant, then the swings' root of sums."""
    total, dark = passes_of(vm, way, 0)
    squares = [0.0, 0.0, 0.0, 0.0]
    for low in range(1, way.variants, 2):
        ends = passes_of(vm, way, low), passes_of(vm, way, low + 1)
        for i, middle in enumerate((total, dark)):
            swings = [math.log(end[i] / middle) for end in ends]
            squares[2 * i] += max(-swings[0], -swings[1], 0.0) ** 2
            squares[2 * i + 1] += max(swings[0], swings[1], 0.0) ** 2
    roots = [math.sqrt(square) for square in squares]
    return (
        total * math.exp(-roots[0]), total, total * math.exp(roots[1]),
        dark * math.exp(-roots[2]), dark, dark * math.exp(roots[3]),
    )  # fmt: skip


def passes_of(vm: Machine, way: Way, i: int) -> tuple[float, float]:
    """Seconds and blackout of one VM in one variant."""
    wire = min(way.flow[i], way.link[i] / way.together) / way.wire[i]
    work = min(way.processor[i] / way.together / way.cost[i], way.threads[i] / way.one_thread[i])
    rate, at = min(wire, work), way.dirtying[i]
    hot_set, hot_rate, cold_set, cold_rate = vm.hot_set[at], vm.hot_rate[at], vm.cold_set[at], vm.cold_rate[at]
    volume, sent, passes = vm.memory * way.first_pass_share[i], 0.0, 0
    while True:
        seconds = volume / rate
        sent += seconds
        passes += 1
        dirty = hot_set * (1.0 - math.exp(-hot_rate * seconds / hot_set)) if hot_set > 0 else 0.0
        if cold_set > 0:
            dirty += cold_set * (1.0 - math.exp(-cold_rate * seconds / cold_set))
        volume = min(dirty, vm.memory)
        if volume <= way.small_dirty_bytes[i] or passes >= way.pass_limit[i]:
            break
    slowed = way.blackout_sleep_factor[i] ** way.sleeping[i]
    own = way.blackout_fixed_s[i] + way.blackout_per_vcpu_s[i] * vm.vcpus
    dark = volume / rate + (own + way.blackout_per_gib_s[i] * bytes_to_gib(vm.memory)) * slowed ** way.age_weight[i]
    return (way.set_up_s[i] if vm.first else 0.0) + sent + dark, dark
