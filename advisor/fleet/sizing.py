"""The sizing answer: what is the cheapest change that lets a cluster's hosts meet the window, or why no change does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.domain.costs import ChangeCost
from advisor.domain.fleet import BINDING_WORDS
from advisor.domain.goals import Goals
from advisor.fleet.answers import Numbers
from advisor.fleet.cluster_group import Sorted
from advisor.fleet.digits import significant
from advisor.fleet.drains import BINDINGS
from advisor.fleet.ladder import Ladder, Rung, curve_of, ladder_of, shared_by
from advisor.fleet.late import Late, late_hosts
from advisor.fleet.looked_up import rung_with_defaults_told
from advisor.platforms.changes import RAISED_SMB_FACTOR
from advisor.units import format_duration

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

# Rungs looked at in one go at the middle, and those of which all is told: some of it in vain.
_RUNGS_AT_ONCE: Final = 48
_TOLD_AT_ONCE: Final = 16
_RAISED: Final = (
    f"the cluster's limit on SMB, which would still hold moves to {RAISED_SMB_FACTOR / 100:g} % of all adapters"
)
# What is beyond the window by so much at the middle is beyond it at any risk, whatever the luck.
_ABOUT: Final = 1.1
_SERVES_OTHERS: Final = "no one setting serves all hosts of the cluster: this one misses under what serves most of them"
_SPOILS_OTHERS: Final = "no one setting serves all hosts of the cluster: what helps this one makes others miss"


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


def size_up(sorted_: Sorted, numbers: Numbers, goals: Goals, costs: tuple[ChangeCost, ...], *, curves: bool) -> Sized:
    """Look for what helps every host of a partition that misses the window."""
    hosts = len(sorted_.completed)
    if goals.window_s is None:
        return Sized(np.zeros(hosts, dtype=np.bool_))
    with np.errstate(invalid="ignore"):
        found = Sized(significant(numbers.drain[3]) > goals.window_s)
    for missing, others in late_hosts(sorted_, numbers, found.missing):
        _Climb(missing, others, ladder_of(missing.kind, missing.k, costs), goals, found).go(costs)
        if curves:
            _draw(sorted_, missing, goals, found)
    for host, rung in found.rung.items():
        found.rung[host] = rung_with_defaults_told(rung, sorted_.assumed_columns[host])
    return found


@dataclass(frozen=True, slots=True)
class _Climb:
    """Clusters of one kind on their way up a ladder.

    Attributes
    ----------
    missing, others : hosts that miss the window, and those of their clusters that do not.
    """

    missing: Late
    others: Late
    ladder: Ladder
    goals: Goals
    found: Sized

    @property
    def window_s(self) -> float:
        """What has to be met."""
        return self.goals.window_s or 0.0

    def go(self, costs: tuple[ChangeCost, ...]) -> None:
        """Find for each cluster the cheapest rung that serves all its hosts; where none does, most of them."""
        if not self.ladder.rungs:
            why = "no change helps: rules forbid whatever could be changed"
            self.found.why_none |= dict.fromkeys(self.missing.hosts.tolist(), why)
            return
        left = self.missing.only(self._with_hope({row.change: row.title for row in costs}))
        if not left.hosts.size:
            return
        middles, served = np.full((len(self.ladder.rungs), left.hosts.size), np.inf), np.zeros(left.hosts.size, bool)
        told = np.full((3, *middles.shape), np.nan)
        for at, rung in enumerate(self.ladder.rungs):
            if served.all():
                return
            if np.isinf(middles[at][~served]).all():
                self._look_ahead(left, at, np.nonzero(~served)[0], middles)
            own = np.nonzero(~served & self._whole(left, middles[at], served))[0]
            if np.isnan(told[0, at, own]).any():
                ahead = range(at, min(at + _TOLD_AT_ONCE, len(self.ladder.rungs)))
                may = {one: ~served & self._whole(left, middles[one], served) for one in ahead}
                self._tell(left, {one: which for one, which in may.items() if which.any()}, told)
            served[self._serve(left, at, rung, own, told[:, at, own])] = True
        for cluster in np.unique(left.cluster[~served]).tolist():
            own = np.nonzero(~served & (left.cluster == cluster))[0]
            self._serve_apart(left.only(own), middles[:, own])

    def _tell(self, left: Late, may: dict[int, NDArray[np.bool_]], told: Floats) -> None:
        """Fill in what is told of rungs, for the hosts that some of them may serve: median, what is held, p95 [s]."""
        (own,) = np.nonzero(np.any(list(may.values()), axis=0))
        rungs = np.array(list(may))
        told[np.ix_(np.arange(3), rungs, own)] = self._quantiles(left.only(own), rungs.tolist())

    def _look_ahead(self, left: Late, begin: int, own: Ints, middles: Floats) -> None:
        """Fill in the middles of the next rungs, for those that are not served yet."""
        some = left.only(own)
        options = self.ladder.kind.options[begin : begin + _RUNGS_AT_ONCE]
        middles[begin : begin + len(options), own] = some.middles_s(self.ladder.kind, options)[0]

    def _whole(self, left: Late, middle: Floats, served: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Hosts of clusters that have none which is beyond the window already at the middle."""
        beyond = left.cluster[~served & (middle > _ABOUT * self.window_s)]
        whole: NDArray[np.bool_] = ~np.isin(left.cluster, beyond)
        return whole

    def _serve(self, left: Late, at: int, rung: Rung, own: Ints, told: Floats) -> Ints:
        """Take a rung for the clusters it serves as a whole; which of their hosts those are."""
        if not own.size:
            return own
        p50, held, p95 = told
        clusters = np.setdiff1d(left.cluster[own], left.cluster[own[held > self.window_s]])
        clusters = np.setdiff1d(clusters, self._spoilt(clusters, at, rung))
        taken = np.isin(left.cluster[own], clusters)
        for i in np.nonzero(taken)[0].tolist():
            self._take(int(left.hosts[own[i]]), rung, float(p50[i]), float(p95[i]))
        return own[taken]

    def _spoilt(self, clusters: Ints, at: int, rung: Rung) -> Ints:
        """Clusters in which a rung would make hosts miss that do not: what nodes have in common is changed on all."""
        (own,) = np.nonzero(np.isin(self.others.cluster, clusters))
        today = self.missing.kind.problem.options[self.missing.k]
        if not own.size or rung.shared == shared_by(today):
            return own[:0]
        others = self.others.only(own)
        spoilt: Ints = others.cluster[self._quantiles(others, [at])[1, 0] > self.window_s]
        return spoilt

    def _serve_apart(self, left: Late, middles: Floats) -> None:
        """The one rung for a cluster that serves most of its hosts, the cheapest of those that serve as many."""
        best: dict[int, tuple[Rung, float, float]] = {}
        hope, told = middles <= _ABOUT * self.window_s, np.full((3, *middles.shape), np.nan)
        for at, rung in enumerate(self.ladder.rungs):
            (own,) = np.nonzero(hope[at])
            if own.size <= len(best):
                continue
            if np.isnan(told[0, at, own]).any():
                ahead = range(at, min(at + _TOLD_AT_ONCE, len(self.ladder.rungs)))
                self._tell(left, {one: hope[one] for one in ahead if hope[one].sum() > len(best)}, told)
            p50, held, p95 = told[:, at, own]
            served = np.nonzero(held <= self.window_s)[0].tolist()
            if len(served) > len(best) and not self._spoilt(left.cluster[:1], at, rung).size:
                best = {int(own[i]): (rung, float(p50[i]), float(p95[i])) for i in served}
        for i, host in enumerate(left.hosts.tolist()):
            if i in best:
                self._take(host, *best[i])
            else:
                self.found.why_none[host] = _SERVES_OTHERS if best else _SPOILS_OTHERS

    def _take(self, host: int, rung: Rung, p50: float, p95: float) -> None:
        self.found.rung[host], self.found.p50[host], self.found.p95[host] = rung, p50, p95

    def _quantiles(self, late: Late, rungs: Sequence[int]) -> Floats:
        """Drains under rungs: median, what is held, p95 [s]."""
        options = [self.ladder.kind.options[at] for at in rungs]
        return late.quantiles_s(self.ladder.kind, options, _told_shares(self.goals))

    def _with_hope(self, titles: dict[str, str]) -> Ints:
        """Hosts that some rung brings within the window; of the others it is said what binds there."""
        strongest = _strongest(self.ladder)
        kind = self.ladder.kind
        totals, binds = self.missing.middles_s(kind, [kind.options[at] for at in strongest])
        answers = np.full((3, len(self.ladder.rungs), self.missing.hosts.size), np.nan)
        may = {at: total <= _ABOUT * self.window_s for at, total in zip(strongest, totals, strict=True)}
        if any(which.any() for which in may.values()):
            self._tell(self.missing, {at: which for at, which in may.items() if which.any()}, answers)
        held = answers[1, list(strongest)]
        proven = (held <= self.window_s).any(axis=0)
        for i in np.nonzero(~proven)[0].tolist():
            row = int(totals[:, i].argmin())
            best = self.ladder.rungs[strongest[row]]
            told = f"{' + '.join(titles[code] for code in best.codes)}: {format_duration(float(totals[row, i]))}"
            why = f"the best that was tried is {told}"
            if totals[row, i] <= self.window_s:
                late = f"p{round(self.goals.risk.quantile * 100)} {format_duration(float(held[row, i]))}"
                why = f"no change that was tried meets the window at this risk; {why}, but {late}"
            else:
                what = BINDINGS[int(binds[row, i])]
                what = "cap" if what in {"link", "slots"} and kind.is_capped(kind.options[strongest[row]]) else what
                why = f"{self._nothing_helps(i, what, lifted='cap' in best.codes)}; {why}"
            self.found.why_none[int(self.missing.hosts[i])] = why
        return np.nonzero(proven)[0]

    def _nothing_helps(self, i: int, what: str, *, lifted: bool) -> str:
        """What binds under the best that was tried; where that lifts caps, it is what the cluster still keeps to."""
        count, spacing = int(self.missing.hosted.counts[i]), float(self.missing.kind.card.constants.per_vm_s.p50)
        own = f", {count} VM{'s' if count > 1 else ''}" + (f" {spacing:.2g} s apart" if what == "per_vm" else "")
        numbers = own if what in {"per_vm", "slots"} else ""
        change = "change" if what in {"link", "cap"} else "network change"
        words = _RAISED if lifted and what == "cap" else BINDING_WORDS[what]
        return f"no {change} helps: what binds is {words}{numbers}"


def _told_shares(goals: Goals) -> tuple[float, float, float]:
    """The quantiles of a drain that are told of a change: the median, what is held against the window, and p95."""
    return 0.5, goals.risk.quantile, 0.95


def _strongest(ladder: Ladder) -> tuple[int, ...]:
    """Of each transport and limit, the rung with the fastest links, and of those the one with most changes.

    What it costs does not say that: the cost table is the user's.
    """
    problem = ladder.kind.problem
    best: dict[tuple[str, int], tuple[float, int, int]] = {}
    for at, (rung, k) in enumerate(zip(ladder.rungs, ladder.kind.options, strict=True)):
        option, paths = problem.options[k], [row[k].path for row in problem.cases]
        links = min(
            min(path.cap_bytes_s, path.line_rate_bytes_s * path.expected_members / len(path.members)) for path in paths
        )
        key = option.transport.value, option.simultaneous
        best[key] = max(best.get(key, (0.0, 0, at)), (links, len(rung.codes), at))
    return tuple(at for _, _, at in best.values())


def _draw(sorted_: Sorted, missing: Late, goals: Goals, found: Sized) -> None:
    """Sizing curves of hosts that miss."""
    curve = curve_of(missing.kind, missing.k)
    names = sorted_.partition.cluster_names
    allowed = [option for option in range(len(curve.nics)) if curve.kind.problem.allowed[option]]
    if not allowed:
        return
    told = missing.quantiles_s(curve.kind, allowed, _told_shares(goals))
    for option, p50, held, p95 in zip(allowed, *told, strict=True):
        speed, count = curve.nics[option]
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
