"""The sizing answer: what is the cheapest change that lets a host meet the window, or why no change does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.domain.costs import ChangeCost
from advisor.domain.fleet import BINDING_WORDS
from advisor.domain.goals import Goals
from advisor.fleet.answers import Numbers
from advisor.fleet.cluster_group import Sorted
from advisor.fleet.digits import significant
from advisor.fleet.drains import BINDINGS, drains
from advisor.fleet.forecasts import forecast, likeliest
from advisor.fleet.hosted import Hosted
from advisor.fleet.kinds import Kind
from advisor.fleet.ladder import Ladder, Rung, curve_of, ladder_of
from advisor.fleet.ready import Kinded, make_ready
from advisor.units import format_duration

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass
class Sized:
    """What was found for hosts that miss the window.

    Attributes
    ----------
    missing : by host, whether it misses.
    rung : by host, the cheapest change that helps; None where none does, or none is needed.
    p50, p95 : its drain with that change [s].
    why_none : by host that no change helps, why.
    curves : rows of sizing curves.
    """

    missing: NDArray[np.bool_]
    rung: dict[int, Rung] = field(default_factory=dict)
    p50: dict[int, float] = field(default_factory=dict)
    p95: dict[int, float] = field(default_factory=dict)
    why_none: dict[int, str] = field(default_factory=dict)
    curves: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Missing:
    """Hosts that miss the window and are of one kind of cluster under one option.

    Attributes
    ----------
    hosts : where they stand in the partition.
    pair, kinded : which of the kind's hosts each is, and what else is known of it.
    ratio : the event walk's drain over that of the sums.
    """

    kind: Kind
    k: int
    hosts: Ints
    hosted: Hosted
    pair: Ints
    kinded: Kinded
    ratio: Floats

    def under(self, kind: Kind) -> Kinded:
        """The same hosts as those of a kind made from theirs."""
        pairs = range(len(kind.problem.pairs))
        return self.kinded.in_cells(tuple((kind, pair) for pair in pairs), self.pair)

    def only(self, which: Ints) -> _Missing:
        """Some of them."""
        return _Missing(
            self.kind,
            self.k,
            self.hosts[which],
            self.hosted.of_hosts(which)[0],
            self.pair[which],
            self.kinded.of_hosts(which),
            self.ratio[which],
        )

    def middle_s(self, kind: Kind, option: int) -> tuple[Floats, Ints]:
        """Their drains under an option of a kind made from theirs, all at the middle [s], and what binds them."""
        kinded = self.under(kind)
        options = dict.fromkeys(range(len(kinded.cells)), option)
        ready = make_ready(self.hosted, kinded, likeliest(kinded, options), varied=False)
        found = drains(self.hosted, ready, varied=False)
        return found.total_s * self.ratio, found.binding

    def quantiles_s(self, kind: Kind, option: int, shares: tuple[float, ...]) -> list[Floats]:
        """Quantiles of the same."""
        kinded = self.under(kind)
        told = forecast(self.hosted, kinded, dict.fromkeys(range(len(kinded.cells)), option))
        return [significant(told.total.quantile(share) * self.ratio) for share in shares]


def size_up(sorted_: Sorted, numbers: Numbers, goals: Goals, costs: tuple[ChangeCost, ...], *, curves: bool) -> Sized:
    """Look for what helps every host of a partition that misses the window."""
    hosts = len(sorted_.completed)
    if goals.window_s is None:
        return Sized(np.zeros(hosts, dtype=np.bool_))
    with np.errstate(invalid="ignore"):
        found = Sized(significant(numbers.drain[3]) > goals.window_s)
    for missing in _missing(sorted_, numbers, found.missing):
        _climb(missing, goals, costs, found)
        if curves:
            _draw(sorted_, missing, goals, found)
    return found


def _missing(sorted_: Sorted, numbers: Numbers, missing: NDArray[np.bool_]) -> Iterator[_Missing]:
    kinded = sorted_.kinded
    kinds = dict.fromkeys(kind for kind, _ in kinded.cells)
    (late,) = np.nonzero(missing[sorted_.busy])
    kind_of = np.array([list(kinds).index(kinded.cells[cell][0]) for cell in kinded.cell[late].tolist()], dtype=np.intp)
    k_of = numbers.k[sorted_.busy[late]]
    for at, k in dict.fromkeys(zip(kind_of.tolist(), k_of.tolist(), strict=True)):
        own = late[(kind_of == at) & (k_of == k)]
        hosts = sorted_.busy[own]
        pair = np.array([kinded.cells[cell][1] for cell in kinded.cell[own].tolist()], dtype=np.intp)
        yield _Missing(
            list(kinds)[at],
            k,
            hosts,
            sorted_.hosted.of_hosts(own)[0],
            pair,
            kinded.of_hosts(own),
            numbers.ratio[hosts],
        )


def _climb(missing: _Missing, goals: Goals, costs: tuple[ChangeCost, ...], found: Sized) -> None:
    """Try the rungs, cheapest first, on the hosts that still miss."""
    ladder = ladder_of(missing.kind, missing.k, costs)
    if not ladder.rungs:
        found.why_none |= dict.fromkeys(
            missing.hosts.tolist(), "no change helps: rules forbid whatever could be changed"
        )
        return
    window = goals.window_s or 0.0
    left = missing.only(_with_hope(missing, ladder, window, found))
    shares = (0.5, goals.risk.quantile, 0.95)
    for rung, option in zip(ladder.rungs, ladder.kind.options, strict=True):
        if not left.hosts.size:
            return
        (near,) = np.nonzero(left.middle_s(ladder.kind, option)[0] <= window)
        if not near.size:
            continue
        p50, held, p95 = left.only(near).quantiles_s(ladder.kind, option, shares)
        met = held <= window
        for i, host in zip(np.nonzero(met)[0].tolist(), left.hosts[near[met]].tolist(), strict=True):
            found.rung[host], found.p50[host], found.p95[host] = rung, float(p50[i]), float(p95[i])
        left = left.only(np.setdiff1d(np.arange(left.hosts.size), near[met]))
    for host in left.hosts.tolist():
        found.why_none[host] = "no change that was tried meets the window at this risk, though the best comes near"


def _with_hope(missing: _Missing, ladder: Ladder, window: float, found: Sized) -> Ints:
    """Hosts that some rung brings within the window in the middle; of the others it is said what binds there."""
    best, binding = np.full(missing.hosts.size, np.inf), np.zeros(missing.hosts.size, dtype=np.intp)
    for option in _strongest(ladder):
        total, binds = missing.middle_s(ladder.kind, option)
        binding = np.where(total < best, binds, binding)
        best = np.minimum(best, total)
    spacing = float(missing.kind.card.constants.per_vm_s.p50)
    for i in np.nonzero(best > window)[0].tolist():
        what, count = BINDINGS[int(binding[i])], int(missing.hosted.counts[i])
        numbers = f", {count} VM{'s' if count > 1 else ''}" + (f" {spacing:.2g} s apart" if what == "per_vm" else "")
        change = "change" if what == "link" else "network change"
        why = f"no {change} helps: what binds is {BINDING_WORDS[what]}{numbers}"
        found.why_none[int(missing.hosts[i])] = (
            f"{why}; the best that was tried takes {format_duration(float(best[i]))}"
        )
    return np.nonzero(best <= window)[0]


def _strongest(ladder: Ladder) -> tuple[int, ...]:
    """Of each transport and limit, the rung with the fastest links, and of those the one with most changes.

    What it costs does not say that: the cost table is the user's.
    """
    problem = ladder.kind.problem
    best: dict[tuple[str, int], tuple[float, int, int]] = {}
    for rung, k in zip(ladder.rungs, ladder.kind.options, strict=True):
        option, paths = problem.options[k], [row[k].path for row in problem.cases]
        links = min(
            min(path.cap_bytes_s, path.line_rate_bytes_s * path.expected_members / len(path.members)) for path in paths
        )
        key = option.transport.value, option.simultaneous
        best[key] = max(best.get(key, (0.0, 0, k)), (links, len(rung.codes), k))
    return tuple(k for _, _, k in best.values())


def _draw(sorted_: Sorted, missing: _Missing, goals: Goals, found: Sized) -> None:
    """Sizing curves of hosts that miss."""
    curve = curve_of(missing.kind, missing.k)
    names = sorted_.partition.cluster_names
    for option, (speed, count) in enumerate(curve.nics):
        if not curve.kind.problem.allowed[option]:
            continue
        p50, held, p95 = missing.quantiles_s(curve.kind, option, (0.5, goals.risk.quantile, 0.95))
        for i, host in enumerate(missing.hosts.tolist()):
            found.curves.append(
                {
                    "cluster": names[host],
                    "host": sorted_.partition.hosts[host].host,
                    "transport": curve.kind.problem.options[option].transport.value,
                    "nic_gbps": speed,
                    "nic_count": count,
                    "drain_s_p50": float(p50[i]),
                    "drain_s_p95": float(p95[i]),
                    "meets": bool(held[i] <= (goals.window_s or 0.0)),
                }
            )
